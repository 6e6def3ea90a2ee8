"""Retention: how long articles are kept, and how what has had its time is forgotten, some at a time."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, exists, false, insert, literal, select, tuple_
from sqlalchemy.orm import Session

from .database import Database, Instant
from .filing.arrival import text_of
from .numbers import number_from, period_of
from .search.index import remove
from .tables import ADDRESSES, ARTICLES, FORGOTTEN, SHINGLES
from .units import FOREVER, Keep

_AT_ONCE = 100
"""So few a transaction that what is filed meanwhile waits a fraction of a second."""
_SHINGLES_AT_ONCE = 20_000

_COPIES = ARTICLES.alias("copies")
_HAS_COPIES = exists().where(_COPIES.c.story == ARTICLES.c.story, _COPIES.c.copy_of == ARTICLES.c.id)
_MAY_GO = (ARTICLES.c.unswept.is_(None), ARTICLES.c.cited == false(), ~_HAS_COPIES)
_AGE = (ARTICLES.c.first_seen, ARTICLES.c.id)
_NEXT_PERIOD = (
    select(SHINGLES.c.period).where(SHINGLES.c.period > bindparam("last")).order_by(SHINGLES.c.period).limit(1)
)
_STANDS_IN = (
    select(ARTICLES.c.number)
    .where(ARTICLES.c.number >= bindparam("begin"), ARTICLES.c.number < bindparam("end"))
    .limit(1)
)
_DROP_SHINGLES = delete(SHINGLES).where(
    SHINGLES.c.period == bindparam("old_period"),
    SHINGLES.c.article == bindparam("old_number"),
    SHINGLES.c.hash.in_(bindparam("hashes", expanding=True)),
)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long articles are kept from when they were first seen: those of each outlet, and of the others."""

    others: Keep = FOREVER
    outlets: Mapping[str, Keep] = field(default_factory=dict)

    def rules(self, now: datetime) -> list[tuple[tuple[ColumnElement[bool], ...], datetime]]:
        """Give which articles may go, and the instant before which they must have been first seen."""
        own = {slug: keep for slug, keep in self.outlets.items() if keep != self.others}
        found: list[tuple[tuple[ColumnElement[bool], ...], datetime]]
        found = [((ARTICLES.c.outlet == slug,), now - keep) for slug, keep in own.items() if keep != FOREVER]
        if self.others != FOREVER:
            found.append(((ARTICLES.c.outlet.not_in(own),) if own else (), now - self.others))
        return found


async def forget(database: Database, retention: Retention, now: datetime) -> int:
    """Delete the articles that have had their time; gives how many.

    Those stay that no watch has seen yet, that an alert told of, or that another article on record is a copy of. An
    address stays known, and is no news if it is listed again.
    """
    forgotten = 0
    # What was copied can go once its copies have gone.
    while count := await _forget_once(database, retention, now):
        forgotten += count
    if forgotten:
        await _drop_empty_periods(database)
    return forgotten


async def _forget_once(database: Database, retention: Retention, now: datetime) -> int:
    forgotten = 0
    for which, before in retention.rules(now):
        page = await asyncio.to_thread(_old_page, database, which, (before, ""))
        while page:
            forgotten += await database.transact(partial(_forget, ids=[one.id for one in page]))
            page = await asyncio.to_thread(_old_page, database, which, (page[-1].first_seen, page[-1].id))
    return forgotten


def _old_page(
    database: Database, which: tuple[ColumnElement[bool], ...], before: tuple[datetime, str]
) -> Sequence[Any]:
    """Give some articles that may go, newest first: most copies come after what they were copied from."""
    older = tuple_(*_AGE) < tuple_(literal(before[0], Instant), literal(before[1]))
    query = select(*_AGE).where(*which, older, *_MAY_GO).order_by(*(column.desc() for column in _AGE))
    with database.read() as session:
        return session.execute(query.limit(_AT_ONCE)).all()


def _forget(session: Session, ids: list[str]) -> int:
    """Forget those of the articles that may still go, and leave of each but its addresses."""
    rows = session.execute(select(ARTICLES).where(ARTICLES.c.id.in_(ids), *_MAY_GO)).all()
    going = [row.id for row in rows]
    addresses = select(ADDRESSES.c.url).where(ADDRESSES.c.article_id.in_(going))
    known = select(FORGOTTEN.c.url)
    session.execute(insert(FORGOTTEN).from_select(["url"], addresses.where(ADDRESSES.c.url.not_in(known))))
    remove(session.connection(), rows)
    _drop_shingles(session.connection(), rows)
    session.execute(delete(ARTICLES).where(ARTICLES.c.id.in_(going)))
    return len(rows)


def _drop_shingles(connection: Connection, rows: Sequence[Row[Any]]) -> None:
    for row in rows:
        if hashes := text_of(row.lede, row.body).probes:
            gone = {"old_period": period_of(row.number), "old_number": row.number, "hashes": hashes}
            connection.execute(_DROP_SHINGLES, gone)


async def _drop_empty_periods(database: Database) -> None:
    """Drop what is left of the months in which no article stands any more: shingles made by other rules."""
    for period in await asyncio.to_thread(_empty_periods, database):
        while await database.transact(partial(_drop_some, period=period)):
            pass


def _empty_periods(database: Database) -> list[int]:
    empty: list[int] = []
    last: int | None = -1
    with database.read() as session:
        while (last := session.scalar(_NEXT_PERIOD, {"last": last})) is not None:
            among = {"begin": number_from(_begin(last)), "end": number_from(_begin(last + 1))}
            if session.scalar(_STANDS_IN, among) is None:
                empty.append(last)
    return empty


def _begin(period: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(days=30 * period)


def _drop_some(session: Session, period: int) -> int:
    key = (SHINGLES.c.hash, SHINGLES.c.article)
    some = session.execute(select(*key).where(SHINGLES.c.period == period).limit(_SHINGLES_AT_ONCE)).all()
    if some:
        session.execute(delete(SHINGLES).where(SHINGLES.c.period == period, SHINGLES.c.hash <= max(some)[0]))
    return len(some)
