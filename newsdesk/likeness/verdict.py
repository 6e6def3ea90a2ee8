"""Verdict: whether two texts are the same, one carries the other on, or they only look alike; pure."""

from collections.abc import Callable, Set
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from .fingerprint import Fingerprint
from .overlap import Group, covered, group_size, groups
from .stamps import is_stamp, without_stamps
from .telling import Replaced, Wording

_COPY = 0.8
"""From this share of common words on, a text is a copy; below it there is usually something new to read."""
_COPY_WITHOUT_CASE = 0.85
"""The same where capitals do not tell which words are names."""
_UPDATE = 0.35
"""From this share on, a text carries an earlier one on."""
_EXTENDED = 2.5
"""A text so many times longer than the one it holds tells more than that one did,"""
_ADDED = 200
"""if it is so many words longer: a paragraph added to a brief is none."""
_SURE = 300
"""So many words in common are more than any house adds to its articles."""
_LEFT = 8
"""Fewer words beside a house's standing phrases say nothing."""
_NAMES = 0.4
"""So many of the names replaced, while other words stand, is a template filled in anew;"""
_NUMBERS = 0.45
"""or so many of the numbers;"""
_FEW = 0.6
"""or so many of both where there are few."""
_FEWEST = 2
_TIMES = 3
"""And so many times more of them than of other words: who edits a text spares no sort."""


class Relation(StrEnum):
    """What one text is to an earlier one."""

    COPY = "copy"
    UPDATE = "update"
    SEPARATE = "separate"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a text is to an earlier one, and why."""

    relation: Relation
    share: float
    """How much of the shorter text stands in the longer one, from 0 to 1."""
    why: str


@dataclass(frozen=True)
class Text:
    """A text as it is compared."""

    raw: str
    fingerprint: Fingerprint

    @classmethod
    def of(cls, raw: str) -> "Text":
        """Take the fingerprint of a text."""
        return cls(raw, Fingerprint.of(raw))

    @cached_property
    def wording(self) -> Wording:
        """The words with their sorts, but for clocks and counters: those change by themselves."""
        return Wording.of(
            "\n".join(line for line in without_stamps(self.raw).split("\n") if not line or not is_stamp(line))
        )

    @cached_property
    def is_cased(self) -> bool:
        """Tell whether the script has capitals."""
        letters = [letter for letter in self.raw[:400] if letter.isalpha()]
        return 2 * sum(letter.lower() != letter.upper() for letter in letters) > len(letters)


Standing = Callable[[int], Set[Group]]
"""Gives the groups of so many words that stand in several other stories of the houses concerned."""


def judge(text: Text, earlier: Text, standing: Standing | None = None) -> Verdict:
    """Say what `text` is to `earlier`, by what they have in common, what a series changes and a house repeats."""
    shorter, longer = sorted((text, earlier), key=lambda one: len(one.fingerprint.tokens))
    tokens = shorter.fingerprint.tokens
    size = group_size(shorter.fingerprint)
    marks = covered(tokens, groups(longer.fingerprint.tokens, size), size)
    share = sum(marks) / len(marks) if marks else 0.0
    if share >= _UPDATE and standing is not None and not (share >= _COPY and len(tokens) >= _SURE):
        share = _beside(covered(tokens, standing(size), size), marks, share)
    if share < _UPDATE:
        return Verdict(Relation.SEPARATE, share, f"{share:.0%} of the words in common")
    relation, why = _series(shorter, longer, size)
    if why:
        return Verdict(relation, share, f"{share:.0%} of the words in common, but {why}")
    if share < (_COPY if text.is_cased else _COPY_WITHOUT_CASE):
        return Verdict(Relation.UPDATE, share, f"{share:.0%} of the words in common, the rest is new")
    before, now = len(earlier.fingerprint.tokens), len(text.fingerprint.tokens)
    if now > _EXTENDED * before and now - before >= _ADDED:
        return Verdict(Relation.UPDATE, share, f"holds the earlier text and {now - before} words more")
    return Verdict(Relation.COPY, share, f"{share:.0%} of the words in common")


def _beside(standing: list[bool], marks: list[bool], share: float) -> float:
    """Give the share in common of what is no standing phrase."""
    own = [mark for mark, stands in zip(marks, standing, strict=True) if not stands]
    if len(own) == len(marks):
        return share
    return sum(own) / len(own) if len(own) >= _LEFT else 0.0


def _series(shorter: Text, longer: Text, size: int) -> tuple[Relation, str]:
    """Tell whether names and numbers were replaced while the rest stood, and which; "" where no more than the rest."""
    if shorter.wording.kinds <= longer.wording.kinds:
        return Relation.COPY, ""
    here = shorter.wording.replaced(longer.wording, size)
    only = _is_figures_alone(here)
    if not only and not _is_replaced(here, _FEWEST):
        return Relation.COPY, ""
    # A number written out is missed here, but nothing stands there in its place.
    there = longer.wording.replaced(shorter.wording, size)
    if only and _is_figures_alone(there):
        return (Relation.UPDATE if here.numbers[0] < _FEWEST else Relation.SEPARATE), _in_words(here)
    return (Relation.SEPARATE, _in_words(here)) if _is_replaced(there, 1) else (Relation.COPY, "")


def _is_figures_alone(found: Replaced) -> bool:
    """Tell whether half of the numbers are others, and nothing else is."""
    return (
        not found.names[0] and not found.plain[0] and found.numbers[0] > 0 and 2 * found.numbers[0] >= found.numbers[1]
    )


def _is_replaced(found: Replaced, fewest: int) -> bool:
    names, numbers = found.names, found.numbers
    both = (names[0] + numbers[0], names[1] + numbers[1])
    level = _TIMES * found.plain[0] / max(1, found.plain[1])
    return (
        _more(names, fewest + 1, max(_NAMES, level))
        or _more(numbers, fewest + 1, max(_NUMBERS, level))
        or _more(both, fewest, max(_FEW, level))
    )


def _more(count: tuple[int, int], fewest: int, share: float) -> bool:
    return count[0] >= fewest and count[0] >= share * count[1]


def _in_words(found: Replaced) -> str:
    names, numbers = found.names, found.numbers
    return f"{names[0]} of {names[1]} names and {numbers[0]} of {numbers[1]} numbers were replaced"
