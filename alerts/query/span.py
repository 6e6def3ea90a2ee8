"""Spans: what a query found in an article, in the order of the text."""

from collections.abc import Iterable
from typing import NamedTuple

from .doc import FIELDS, SHIFT, Doc


class Span(NamedTuple):
    """What a query found: code points `start` to `end` of a field's own text, and the clause that asked for it.

    `author` is the names joined by `, `.
    """

    field: str
    start: int
    end: int
    text: str
    term: str


class Mark(NamedTuple):
    """One occurrence of one clause."""

    first: int
    last: int
    start: int
    end: int
    clause: str


def _widest(marks: Iterable[Mark]) -> set[Mark]:
    """Leave out what is the same words for the same clause, cut shorter: Iran in l'Iran."""
    found: dict[tuple[int, int, str], list[Mark]] = {}
    different = set(marks)
    for mark in different:
        found.setdefault((mark[0], mark[1], mark[4]), []).append(mark)
    for same in found.values():
        if len(same) > 1:
            different -= {one for one in same if any(_holds(other, one) for other in same)}
    return different


def _holds(one: Mark, other: Mark) -> bool:
    return one is not other and one.start <= other.start and other.end <= one.end


def spans(marks: Iterable[Mark], doc: Doc) -> tuple[Span, ...]:
    """Give marks as spans, in the order of the text, none twice."""
    places = sorted({(mark[0] >> SHIFT, mark[2], mark[3], mark[4]) for mark in _widest(marks)})
    return tuple(
        [
            Span(FIELDS[number], start, end, doc.texts[number][start:end], clause)
            for number, start, end, clause in places
            if FIELDS[number] != "url"
        ]
    )
