"""Numbers of articles: the hour in which one was first seen, and its place among those of that hour."""

from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, func, select

from .tables import ARTICLES

_HOUR = 3600
HOUR = 1 << 20
"""So many numbers an hour has."""
_MONTH = 720

_NEWEST = 1 << 62
_GIVEN = "tocsin_numbers"

_LAST = select(func.max(ARTICLES.c.number)).where(ARTICLES.c.number < bindparam("end"))


def number_from(moment: datetime) -> int:
    """Give the least number of an article first seen in the hour of `moment`."""
    return int(moment.timestamp()) // _HOUR * HOUR


def hour_of(number: int) -> datetime:
    """Give the beginning of the hour in which the article of a number was first seen."""
    return datetime.fromtimestamp(number // HOUR * _HOUR, UTC)


def next_number(connection: Connection, first_seen: datetime) -> int:
    """Give the number for one more article; unique keys decide between processes."""
    begin = number_from(first_seen)
    given = _given(connection)
    last = given.get(begin) or connection.scalar(_LAST, {"end": begin + HOUR})
    given[begin] = begin if last is None or last < begin else last + 1
    return given[begin]


def newest_period(connection: Connection) -> int:
    """Give the period of the newest article on record."""
    given = _given(connection)
    if _NEWEST not in given:
        given[_NEWEST] = connection.scalar(_LAST, {"end": _NEWEST}) or 0
    return period_of(max(given.values()))


def _given(connection: Connection) -> dict[int, int]:
    """Give what was asked or given in this transaction, in which nobody else files."""
    transaction = connection.get_transaction()
    kept: tuple[object, dict[int, int]] = connection.info.get(_GIVEN, (None, {}))
    if transaction is None or transaction is not kept[0]:
        kept = connection.info[_GIVEN] = (transaction, {})
    return kept[1]


def period_of(number: int) -> int:
    """Give the 30 days, counted from 1970, into which an article's number falls."""
    return number // HOUR // _MONTH
