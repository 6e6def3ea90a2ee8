"""Overlap: which words of one text stand in another, in the same company."""

from collections.abc import Sequence, Set

from .fingerprint import Fingerprint

Group = tuple[str, ...]
"""Neighbouring tokens."""


def group_size(text: Fingerprint) -> int:
    """Give how many neighbours tell a passage from mere language: three words, or six letters that stand as words."""
    return 6 if text.is_unspaced else 3


def groups(tokens: Sequence[str], size: int) -> set[Group]:
    """Give every `size` neighbouring tokens."""
    return set(zip(*(tokens[start:] for start in range(size)), strict=False))


def covered(tokens: Sequence[str], others: Set[Group], size: int) -> list[bool]:
    """Tell of each token whether it stands in one of the groups of another text.

    An edited word costs one token here; among groups of four it would cost four.
    """
    marks = [False] * len(tokens)
    done = 0
    for start, group in enumerate(zip(*(tokens[start:] for start in range(size)), strict=False)):
        if group in others:
            for place in range(max(start, done), start + size):
                marks[place] = True
            done = start + size
    return marks
