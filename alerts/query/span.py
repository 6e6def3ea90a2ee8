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
    for mark in sorted(set(marks), key=lambda mark: (mark.start, -mark.end)):
        same = found.setdefault((mark.first, mark.last, mark.clause), [])
        if not same or same[-1].end < mark.end:
            same.append(mark)
    return {mark for same in found.values() for mark in same}


def spans(marks: Iterable[Mark], doc: Doc) -> tuple[Span, ...]:
    """Give marks as spans, in the order of the text, none twice."""
    places = sorted({(mark[0] >> SHIFT, mark[2], mark[3], mark[4]) for mark in marks})
    return tuple(
        [
            Span(FIELDS[number], start, end, doc.texts[number][start:end], clause)
            for number, start, end, clause in places
            if FIELDS[number] != "url"
        ]
    )
