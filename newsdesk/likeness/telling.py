"""Telling words: the names and numbers of a text, which a series changes from one issue to the next; pure."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

from .fingerprint import split_words
from .overlap import covered, groups

_BLANKS = re.compile(r"[^\S\n]+|(?<!\n)\n(?!\n)")
_THOUSANDS = re.compile("(?<=[0-9])[,.’'\u202f ](?=[0-9]{3}(?![0-9]))")
_INSIDE = ",;)"
_MOSTLY_CAPITALS = 0.5
_PASSAGE = 15
"""So many strange words in a row were written for one text alone; fewer replace what the other says there."""
_END = 6
"""The same where the text begins or ends."""


class Sort(IntEnum):
    """What a word is to a series: its template, or what it fills in."""

    PLAIN = 0
    NAME = 1
    NUMBER = 2


@dataclass(frozen=True)
class Wording:
    """The words of a text, and which of them are names and numbers."""

    tokens: tuple[str, ...]
    sorts: tuple[Sort, ...]

    @classmethod
    def of(cls, text: str) -> "Wording":
        """Take the words of a text: a number is one however it is grouped, a name has a capital within a sentence."""
        plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
        plain = _THOUSANDS.sub("", _BLANKS.sub(" ", plain.replace("_", " ")))
        tokens: list[str] = []
        sorts: list[Sort] = []
        capitals = 0
        for word, before in split_words(plain):
            capitals += word[0].isupper()
            tokens.append(word.lower())
            sorts.append(_sort(word, before))
        if capitals > _MOSTLY_CAPITALS * len(tokens):
            sorts = [Sort.PLAIN if sort is Sort.NAME else sort for sort in sorts]
        return cls(tuple(tokens), tuple(sorts))

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The different words."""
        return frozenset(self.tokens)

    def replaced(self, other: "Wording", size: int) -> "Replaced":
        """Count the different words within the common passages, and those that the other text does not have at all."""
        places = _common_places(covered(self.tokens, groups(other.tokens, size), size))
        used: dict[Sort, set[str]] = {sort: set() for sort in Sort}
        for place in places:
            used[self.sorts[place]].add(self.tokens[place])
        # What is written small somewhere is no name.
        used[Sort.NAME] -= used[Sort.PLAIN]
        return Replaced(
            **{
                field: (len(used[sort] - other.kinds), len(used[sort]))
                for field, sort in (("names", Sort.NAME), ("numbers", Sort.NUMBER), ("plain", Sort.PLAIN))
            }
        )


@dataclass(frozen=True, slots=True)
class Replaced:
    """How many different words of each sort another text lacks, and of how many."""

    names: tuple[int, int]
    numbers: tuple[int, int]
    plain: tuple[int, int]


def _sort(word: str, before: str) -> Sort:
    if any(map(str.isdecimal, word)):
        return Sort.NUMBER
    within = before[1:] == " " and (before[0].isalnum() or before[0] in _INSIDE)
    return Sort.NAME if within and word[0].isupper() else Sort.PLAIN


def _common_places(marks: Sequence[bool]) -> list[int]:
    """Give the places but for those in passages that only one text has: long ones, and additions at an end."""
    places: list[int] = []
    strange: list[int] = []
    for place, mark in enumerate(marks):
        if not mark:
            strange.append(place)
            continue
        if len(strange) < (_PASSAGE if places else _END):
            places += strange
        strange.clear()
        places.append(place)
    return places + strange if len(strange) < _END else places
