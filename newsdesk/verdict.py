"""Verdict: whether two texts are the same, one carries the other on, or they only look alike; pure."""

from dataclasses import dataclass
from enum import StrEnum

from .fingerprint import Fingerprint

_COPY = 0.8
"""From this share of common words on, a text is a copy; below it there is usually something new to read."""
_UPDATE = 0.35
"""From this share on, a text carries an earlier one on."""
_EXTENDED = 2.5
"""A text so many times longer than the one it holds tells more than that one did."""


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


def judge(text: Fingerprint, earlier: Fingerprint) -> Verdict:
    """Say what `text` is to `earlier`."""
    share = text.containment(earlier)
    if share < _UPDATE:
        return Verdict(Relation.SEPARATE, share, f"{share:.0%} in common")
    if share < _COPY:
        return Verdict(Relation.UPDATE, share, f"{share:.0%} in common")
    if len(text.tokens) > _EXTENDED * len(earlier.tokens):
        return Verdict(Relation.UPDATE, share, "it holds the earlier text and tells much more")
    return Verdict(Relation.COPY, share, f"{share:.0%} in common")
