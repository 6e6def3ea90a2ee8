"""Furniture: passages that stand on many pages of one outlet, known by their marks, and a text without them.

Which passages are furniture is decided elsewhere (crawler/furniture.py); here they are only taken out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from .texts import squeeze

_LEAST_LEFT = 40
_LEAST_SHARE_LEFT = 0.15


@dataclass(frozen=True, slots=True)
class Furniture:
    """The marks of an outlet's furniture: what goes wherever it stands, and what goes only before and after the text.

    What is furniture `at_edges` stays where a passage of the text's own stands on either side of it.
    """

    anywhere: frozenset[int] = frozenset()
    at_edges: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.anywhere or self.at_edges)

    @property
    def marks(self) -> frozenset[int]:
        """All marks."""
        return self.anywhere | self.at_edges


def mark_of(passage: str) -> int:
    """Give the 63-bit mark of a passage; case, spaces and punctuation make no difference."""
    return int.from_bytes(blake2b(squeeze(passage).encode(), digest_size=8).digest()) >> 1


def without_furniture(paragraphs: Sequence[str], furniture: Furniture | None) -> tuple[list[str], tuple[int, ...]]:
    """Give the paragraphs that are no furniture, and the marks of those that are.

    Where next to nothing would be left, the text is left alone: then the rule is wrong or the page is odd.
    """
    if not furniture or not paragraphs:
        return list(paragraphs), ()
    marks = [mark_of(line) for line in paragraphs]
    own = [at for at, mark in enumerate(marks) if mark not in furniture.anywhere and mark not in furniture.at_edges]
    if not own:
        return list(paragraphs), ()
    kept, dropped = [], []
    for at, (line, mark) in enumerate(zip(paragraphs, marks, strict=True)):
        inside = own[0] < at < own[-1]
        if mark in furniture.anywhere or (mark in furniture.at_edges and not inside):
            dropped.append(mark)
        else:
            kept.append(line)
    left = sum(map(len, kept))
    if left < max(_LEAST_LEFT, _LEAST_SHARE_LEFT * sum(map(len, paragraphs))):
        return list(paragraphs), ()
    return kept, tuple(dropped)
