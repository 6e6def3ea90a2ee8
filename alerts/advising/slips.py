"""Slips: words of a query that were likely meant for operators."""

import re
from collections.abc import Iterator
from itertools import pairwise

from ..query.outline import Outline, Value, Word

# Each is no word of a usual query in these capitals; quotes say that it is meant.
_MEANT = {
    **dict.fromkeys(("ADN", "NAD", "ANDD", "AAND", "ANND", "UND"), "AND"),
    **dict.fromkeys(("OOR", "ORR", "AND/OR", "ODER", "ИЛИ"), "OR"),
    **dict.fromkeys(("NTO", "NOTT", "NOOT", "ANDNOT", "AND-NOT", "BUTNOT", "NICHT", "SAUF", "НЕ"), "NOT"),
}
_TITLED = {"And": "AND", "Or": "OR", "Not": "NOT", "aNd": "AND", "ANd": "AND", "AnD": "AND", "oR": "OR", "NOt": "NOT"}
_NEAR = re.compile(r"(?i:(near|onear|w|within|pre|adj|around|before)/(\d{1,3}))|(O?NEAR)(\d{1,3})")
_ORDERED = ("onear", "pre", "before")
_SPLIT = {"AND", "OR", "NOT", "NEAR", "ONEAR"}

Slip = tuple[int, str, str]
"""Where it stands, what it is, and a remedy."""


def slips(outline: Outline) -> Iterator[Slip]:
    """Give the words that look like operators gone wrong, in the order of the text."""
    terms = outline.terms
    for index, term in enumerate(terms):
        if isinstance(term, Value) or not term.is_bare:
            continue
        between = 0 < index < len(terms) - 1
        if index + 1 < len(terms) and (meant := _meant(term.text, between)):
            written = f'"{term.text}" is read as a word'
            yield term.at, written, f'write {meant}, or quote the word: "{term.text}"'
    yield from _split(outline)
    yield from _called(outline)


def _meant(text: str, between: bool) -> str:
    meant = _MEANT.get(text) or _TITLED.get(text) or ("NOT" if text == "NOR" else "")
    if meant:
        return meant if between or meant == "NOT" else ""
    near = _NEAR.fullmatch(text)
    if not near or not between:
        return ""
    name, number = (near[1] or near[3]).lower(), near[2] or near[4]
    return f"{'ONEAR' if name in _ORDERED else 'NEAR'}/{number}"


def _split(outline: Outline) -> Iterator[Slip]:
    """Find operators that a blank has split: AN D, O R, N OT."""
    for index, (one, other) in enumerate(pairwise(outline.terms)):
        if isinstance(one, Value) or isinstance(other, Value) or not one.is_bare or not other.is_bare:
            continue
        gap = outline.text[one.at + len(one.text) : other.at]
        joined = one.text + other.text.partition("/")[0]
        follows = index + 2 < len(outline.terms)
        if gap == " " and joined in _SPLIT and follows and (index or joined == "NOT"):
            number = other.text[len(joined) - len(one.text) :]
            written = f'"{one.text} {other.text}" is read as two words'
            yield one.at, written, f"write {joined}{number}, or quote the words"


def _called(outline: Outline) -> Iterator[Slip]:
    """Find operators that other search engines write like functions: AROUND(5), NEAR(5)."""
    for term in outline.terms:
        if isinstance(term, Word) and term.is_bare and term.text in ("AROUND", "WITHIN", "ADJ"):
            found = re.compile(r"\s?\((\d{1,3})\)").match(outline.text, term.at + len(term.text))
            if found:
                yield term.at, f'"{term.text}" is read as a word', f"write NEAR/{found[1]}"
