"""Silences: stretches of time in which what matches is kept and shown, and nobody is told; by whom, and why."""

import secrets
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from newsdesk import Database, QueryError

from .matcher import Match
from .query import Query, parse
from .tables import SilenceRow
from .watch import Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """What is silenced: a watch, an outlet (slug, host, or `tag:` and a tag), a query; of several all must fit."""

    id: str
    watch: str | None
    outlet: str | None
    query: str | None
    starts_at: datetime
    ends_at: datetime
    author: str
    comment: str
    created_at: datetime

    @property
    def reason(self) -> str:
        """Give what stands beside a match that it silenced."""
        return f"silence {self.id}"

    def is_in_force(self, now: datetime) -> bool:
        """Tell whether it holds."""
        return self.starts_at <= now < self.ends_at

    def covers(self, match: Match) -> bool:
        """Tell whether a match is silenced by it."""
        if self.watch is not None and self.watch != match.watch.slug:
            return False
        doc = match.doc
        if not self.fits_outlet(doc.outlet, doc.host, doc.tags):
            return False
        query = _query(self.query) if self.query is not None else None
        return self.query is None or (query is not None and query.matches(doc))

    def fits_outlet(self, outlet: str, host: str, tags: frozenset[str]) -> bool:
        """Tell whether it is for an outlet."""
        return self.outlet is None or _asking(self.outlet).asks(outlet, host, tags)

    def covers_all_of(self, watch: str) -> bool:
        """Tell whether it silences a watch whatever matched."""
        return self.outlet is None and self.query is None and self.watch in (None, watch)


class Silences:
    """The silences on record; what writes, works in the session that it is given."""

    def __init__(self, database: Database) -> None:
        """Serve the silences of `database`."""
        self.database = database

    def add(
        self,
        session: Session,
        *,
        watch: str | None = None,
        outlet: str | None = None,
        query: str | None = None,
        starts_at: datetime,
        ends_at: datetime,
        author: str,
        comment: str,
        now: datetime,
    ) -> Silence:
        """Put a silence on record. Raises QueryError for a query that cannot be read."""
        if query is not None:
            parse(query)
        made = Silence(
            id=secrets.token_hex(4),
            watch=watch,
            outlet=outlet,
            query=query,
            starts_at=starts_at,
            ends_at=ends_at,
            author=author,
            comment=comment,
            created_at=now,
        )
        session.add(SilenceRow(**asdict(made)))
        session.flush()
        return made

    def end(self, session: Session, id: str, now: datetime) -> Silence | None:
        """End a silence now; one that is over stays as it is."""
        row = session.get(SilenceRow, id, with_for_update=True)
        if row is None:
            return None
        if row.ends_at > now:
            row.starts_at, row.ends_at = min(row.starts_at, now), now
            session.flush()
        return _silence(row)

    def all(self, *, over: bool = True, now: datetime | None = None) -> list[Silence]:
        """Give all silences, the latest end first; without those that are `over` at `now`."""
        return self._read(_wanted(None if over else now).order_by(SilenceRow.ends_at.desc(), SilenceRow.id))

    def some(self, now: datetime | None, *, after: str = "", limit: int = 100) -> list[Silence]:
        """Give silences by their ids, from the one that follows on `after`; without those that are over at `now`."""
        return self._read(_wanted(now).where(SilenceRow.id > after).order_by(SilenceRow.id).limit(limit))

    def find(self, id: str) -> Silence | None:
        """Give one silence."""
        return next(iter(self._read(select(SilenceRow).where(SilenceRow.id == id))), None)

    def _read(self, query: Select[SilenceRow]) -> list[Silence]:
        with self.database.read() as session:
            return [_silence(row) for row in session.scalars(query)]


def _wanted(now: datetime | None) -> Select[SilenceRow]:
    return select(SilenceRow) if now is None else select(SilenceRow).where(SilenceRow.ends_at > now)


def in_force(session: Session, now: datetime) -> tuple[Silence, ...]:
    """Give the silences that hold at `now`, those that end last first."""
    query = select(SilenceRow).where(SilenceRow.ends_at > now, SilenceRow.starts_at <= now)
    return tuple(_silence(row) for row in session.scalars(query.order_by(SilenceRow.ends_at.desc(), SilenceRow.id)))


def silence_of(session: Session, reason: str | None) -> Silence | None:
    """Give the silence that the reason beside a match names."""
    kind, _, id = (reason or "").partition(" ")
    row = session.get(SilenceRow, id) if kind == "silence" else None
    return None if row is None else _silence(row)


def _silence(row: SilenceRow) -> Silence:
    return Silence(**{one.name: getattr(row, one.name) for one in fields(Silence)})


@lru_cache(maxsize=256)
def _query(text: str) -> Query | None:
    """Give a silence's query; none where another version of the language has kept it."""
    try:
        return parse(text)
    except QueryError:
        return None


@lru_cache(maxsize=256)
def _asking(outlet: str) -> Watch:
    return Watch("silence", "", parse("silence"), outlets=(outlet,))
