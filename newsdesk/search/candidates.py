"""Candidates: the articles that may fulfil a condition, by the index of terms, some whole hours at a time."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select, text

from ..numbers import HOUR, number_from
from ..tables import ARTICLES
from .condition import AllOf, AnyOf, Condition, Has, Prefix
from .index import indexed_by, stale_versions
from .terms import fitting

_EDGE = 1 << 62
_DAY = 24 * HOUR
_WIDER = 8

_FTS = (
    "SELECT rowid FROM article_terms WHERE article_terms MATCH :match AND rowid >= :low AND rowid < :high "
    "ORDER BY rowid {order} LIMIT :limit"
)
_NEWEST, _OLDEST = (text(_FTS.format(order=order)) for order in ("DESC", "ASC"))
_LEXEMES = text(
    "SELECT number FROM article_terms WHERE number >= :low AND number < :high AND terms @@ CAST(:match AS tsquery)"
)
_NO_JIT = text("SET LOCAL jit = off")
_ENDS = select(func.min(ARTICLES.c.number), func.max(ARTICLES.c.number))

Ask = Callable[[int, int, int], Sequence[int]]
"""Gives the first numbers from the one on and below the other, at most so many (-1: all)."""


class Candidates:
    """A way through the archive that passes every article that may fulfil a condition."""

    def __init__(
        self, condition: Condition, since: datetime | None, until: datetime | None, *, newest_first: bool
    ) -> None:
        """Start at the hour of `since` or, newest first, at that of `until`."""
        self._condition = condition
        self._newest_first = newest_first
        self._low = -_EDGE if since is None else number_from(since)
        self._high = _EDGE if until is None else number_from(until) + HOUR
        self._span = _DAY

    @property
    def are_all_told(self) -> bool:
        """Tell whether there can be no more."""
        return self._low >= self._high

    def some(self, connection: Connection, size: int) -> list[int]:
        """Give the numbers of the next, about `size` of them, in the order of their hours."""
        found: set[int] = set()
        edges = []
        # First those that are not indexed: what is indexed meanwhile is met there if not here.
        for version in stale_versions(connection):
            more, edge = self._whole_hours(lambda *within, v=version: self._unindexed(connection, v, *within), size)
            found.update(more)
            edges.append(edge)
        more, edge = self._indexed(connection, size)
        found.update(more)
        if self._newest_first:
            self._high = max(edge, *edges)
            return sorted((number for number in found if number >= self._high), reverse=True)
        self._low = min(edge, *edges)
        return sorted(number for number in found if number < self._low)

    def _unindexed(self, connection: Connection, version: int | None, low: int, high: int, limit: int) -> Sequence[int]:
        number = ARTICLES.c.number
        query = select(number).where(indexed_by(version), number >= low, number < high)
        query = query.order_by(number.desc() if self._newest_first else number)
        return connection.scalars(query if limit < 0 else query.limit(limit)).all()

    def _indexed(self, connection: Connection, size: int) -> tuple[Sequence[int], int]:
        if connection.dialect.name != "sqlite":
            return self._by_windows(connection, as_tsquery(self._condition), size)
        match, query = as_fts(self._condition), _NEWEST if self._newest_first else _OLDEST

        def ask(low: int, high: int, limit: int) -> Sequence[int]:
            return connection.scalars(query, {"match": match, "low": low, "high": high, "limit": limit}).all()

        return self._whole_hours(ask, size)

    def _whole_hours(self, ask: Ask, size: int) -> tuple[Sequence[int], int]:
        """Ask for the next numbers, leave out the last hour if it may hold more; give where they end."""
        found = ask(self._low, self._high, size + 1)
        if len(found) <= size:
            return found, self._low if self._newest_first else self._high
        last = found[-1] // HOUR * HOUR
        if self._newest_first:
            if found[0] >= last + HOUR:
                return found, last + HOUR
            return ask(last, self._high, -1), last
        if found[0] < last:
            return found, last
        return ask(self._low, last + HOUR, -1), last + HOUR

    def _by_windows(self, connection: Connection, match: str, size: int) -> tuple[Sequence[int], int]:
        """Ask for all inside a window of time, and another, ever wider, until there are some.

        Asked for the newest few, PostgreSQL would at times read every article on the way to a match that is not there.
        """
        # What is estimated to be dear would be compiled first, which takes longer than to run it.
        connection.execute(_NO_JIT)
        first, last = connection.execute(_ENDS).one()
        low, high = max(self._low, first or 0), min(self._high, (last or 0) + 1)
        found: list[int] = []
        while low < high and len(found) < max(1, size // 4):
            middle = max(low, (high - self._span) // HOUR * HOUR)
            window = (middle, high)
            if not self._newest_first:
                middle = min(high, (low + self._span) // HOUR * HOUR + HOUR)
                window = (low, middle)
            more = connection.scalars(_LEXEMES, {"match": match, "low": window[0], "high": window[1]}).all()
            found += more
            low, high = (low, middle) if self._newest_first else (middle, high)
            if len(more) < size // 4:
                self._span *= _WIDER
            elif len(more) > 4 * size:
                self._span = max(HOUR, self._span // _WIDER)
        if low >= high:
            return found, self._low if self._newest_first else self._high
        return found, high if self._newest_first else low


def as_fts(condition: Condition) -> str:
    """Write a condition as SQLite's FTS5 reads it."""
    match condition:
        case Has(term=term):
            return _quoted(fitting(term), '"')
        case Prefix(beginning=beginning):
            return _quoted(fitting(beginning), '"') + " *"
        case AllOf(parts=parts):
            return f"({' AND '.join(map(as_fts, parts))})"
        case AnyOf(parts=parts):
            return f"({' OR '.join(map(as_fts, parts))})"


def as_tsquery(condition: Condition) -> str:
    """Write a condition as PostgreSQL reads a tsquery."""
    match condition:
        case Has(term=term):
            return _quoted(fitting(term).replace("\\", "\\\\"), "'")
        case Prefix(beginning=beginning):
            return _quoted(fitting(beginning).replace("\\", "\\\\"), "'") + ":*"
        case AllOf(parts=parts):
            return f"({' & '.join(map(as_tsquery, parts))})"
        case AnyOf(parts=parts):
            return f"({' | '.join(map(as_tsquery, parts))})"


def _quoted(text: str, quote: str) -> str:
    return quote + text.replace(quote, quote + quote) + quote
