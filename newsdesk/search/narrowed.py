"""Narrowed: the articles that may fulfil a condition, streamed in the order in which they were first seen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import ColumnElement, bindparam, literal, select, tuple_
from sqlalchemy.orm import Session

from ..article import FiledArticle
from ..database import Database, Instant
from ..numbers import HOUR, hour_of
from ..rows import filed_article
from ..tables import ARTICLES
from .candidates import Candidates
from .condition import NEVER, Condition

_FIRST = 30
"""So many are looked up at first, so that the newest are there at once; then ever more."""
_MOST = 1_000
_GROWTH = 3
_AT_ONCE = 500
_LONG_PAGE = 5_000

_SEEN = (ARTICLES.c.first_seen, ARTICLES.c.id)
_BY_NUMBERS = select(ARTICLES).where(ARTICLES.c.number.in_(bindparam("numbers", expanding=True)))


@dataclass(frozen=True, slots=True)
class Span:
    """Which articles are asked for: of an outlet, first seen from then on and before then."""

    outlet: str | None
    since: datetime | None
    until: datetime | None

    def where(self) -> list[ColumnElement[bool]]:
        """Give what is true of their rows."""
        where: list[ColumnElement[bool]] = []
        if self.outlet is not None:
            where.append(ARTICLES.c.outlet == self.outlet)
        if self.since is not None:
            where.append(ARTICLES.c.first_seen >= self.since)
        if self.until is not None:
            where.append(ARTICLES.c.first_seen < self.until)
        return where


def narrowed(database: Database, span: Span, condition: Condition, *, newest_first: bool) -> Iterator[FiledArticle]:
    """Give the articles of the span that may fulfil the condition, each some read in a transaction of their own."""
    if condition == NEVER:
        return
    candidates = Candidates(condition, span.since, span.until, newest_first=newest_first)
    size = _FIRST
    while not candidates.are_all_told:
        with database.read() as session:
            numbers = candidates.some(session.connection(), size)
        for some in _in_hours(numbers):
            if len(some) > _MOST:
                yield from _by_instant(database, span, some, newest_first)
            else:
                with database.read() as session:
                    found = _read(session, span, some, newest_first)
                yield from found
        size = min(size * _GROWTH, _MOST)


def _in_hours(numbers: Sequence[int]) -> Iterator[list[int]]:
    """Part numbers into lists of whole hours, of some hundred each; an hour of very many stands alone."""
    some: list[int] = []
    for _, same in groupby(numbers, lambda number: number // HOUR):
        hour = list(same)
        if some and len(some) + len(hour) > _AT_ONCE:
            yield some
            some = []
        some += hour
    if some:
        yield some


def _read(session: Session, span: Span, numbers: Sequence[int], newest_first: bool) -> list[FiledArticle]:
    query, found = _BY_NUMBERS.where(*span.where()), []
    for start in range(0, len(numbers), _AT_ONCE):
        rows = session.execute(query, {"numbers": numbers[start : start + _AT_ONCE]})
        found += [filed_article(row) for row in rows]
    return sorted(found, key=lambda one: (one.first_seen, one.id), reverse=newest_first)


def _by_instant(database: Database, span: Span, numbers: Sequence[int], newest_first: bool) -> Iterator[FiledArticle]:
    """Give the articles of one hour, too many to be read and sorted before the first is given."""
    wanted, hour = set(numbers), hour_of(numbers[0])
    query = select(ARTICLES.c.number, *_SEEN).where(
        ARTICLES.c.first_seen >= hour, ARTICLES.c.first_seen < hour + timedelta(hours=1)
    )
    query = query.order_by(*(column.desc() if newest_first else column for column in _SEEN)).limit(_LONG_PAGE)
    page = query
    while True:
        with database.read() as session:
            rows = session.execute(page).all()
            found = _read(session, span, [row.number for row in rows if row.number in wanted], newest_first)
        yield from found
        if len(rows) < _LONG_PAGE:
            return
        last = tuple_(literal(rows[-1].first_seen, Instant), literal(rows[-1].id))
        page = query.where(tuple_(*_SEEN) < last if newest_first else tuple_(*_SEEN) > last)
