"""Gaps: two whole readings of a list that share no item, so that what came between them may have scrolled by.

A list is a window on the outlet's news. As long as two successive readings share an item, nothing was missed; when
they share none, the window has turned over at least once. That is no gap where something else proves that the readings
join: the dates of the items, their titles under rewritten addresses, or another list of the outlet that was read in
between. A list of one or two items turns over with each piece of news: it is looked at sooner, and is no gap.
"""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TypeVar
from urllib.parse import urlsplit

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from newsdesk import Desk, clean_url, fold

from .items import marks
from .lead import Lead
from .tables import GapRow, LeadRow

T = TypeVar("T", int, str)

NOTHING = "nothing found"
LATE = timedelta(hours=1)
"""How long after its date a page may appear in a list and still be news: desks date by when they began to write."""
_FEW = 2
"""So many shared items or fewer are looked at closely: a pinned item stays in the list whatever scrolls by."""
_SHORT = 2
"""A list of so many items or fewer shows only the latest."""
_WITNESSES = 3
_SOME = 20
_ENOUGH_DATES = 5
_LEAST_NAME = 12
_CHUNK = 400
_REMEMBERED = 500
_SHORTEST = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What is remembered of the whole reading before: when it was, its marks, and what was then on record."""

    at: datetime
    marks: frozenset[str]
    newest: datetime | None = None
    """The newest date that the list had named by then."""
    names: frozenset[str] = frozenset()
    """The titles, and the last parts of the addresses, that it had named by then."""


@dataclass(frozen=True, slots=True)
class Turnover:
    """What two successive readings say together. `window` is the time in which the list's window turns over."""

    gap: bool = False
    window: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A gap that is not filled yet."""

    id: int
    source_id: int
    outlet: str
    began_at: datetime
    noticed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GapFacts:
    """The last gap of one source, for people; `ended` is None while it is being filled. `number` counts them all."""

    began: datetime
    noticed: datetime
    ended: datetime | None
    way: str | None
    found: int
    number: int


def compare(before: Before, leads: Sequence[Lead], known: Set[str], now: datetime) -> Turnover:
    """Decide whether a list may have lost items since the reading before.

    `known` are those canonical addresses of the list that were on record before this reading, by whatever list.
    """
    after = {mark: lead for lead in leads for mark in marks([lead])}
    shared = [lead for mark, lead in after.items() if mark in before.marks]
    fresh = [lead for mark, lead in after.items() if mark not in before.marks]
    if not before.marks or not fresh:
        return Turnover()
    window = turnover(before.at, now, len(after), len(fresh), leads)
    if min(len(before.marks), len(after)) <= _SHORT or any(not _is_pinned(one, fresh, before) for one in shared):
        return Turnover(window=window)
    joined = _witnessed(fresh, known) or _joined_by_date(fresh, before) or _joined_by_name(fresh, before)
    return Turnover(gap=not joined, window=window)


def turnover(before: datetime, now: datetime, items: int, fresh: int, leads: Iterable[Lead]) -> timedelta | None:
    """Estimate in what time a list's items are all replaced, by the share of new ones and by its own dates.

    Of the dates the newer half counts, twice: the pace of now, not that of the night. None when nothing was new.
    """
    if not fresh:
        return None
    window = (now - before) * (items / fresh)
    dates = sorted(stamp for lead in leads if (stamp := _stamp(lead)) and stamp <= now)
    if len(dates) >= _ENOUGH_DATES and (by_date := 2 * (dates[-1] - dates[len(dates) // 2])):
        window = min(window, by_date)
    return max(window, _SHORTEST)


def _stamp(lead: Lead) -> datetime | None:
    return lead.published or lead.updated


def _is_pinned(lead: Lead, fresh: Sequence[Lead], before: Before) -> bool:
    """Tell whether a shared item proves nothing: newer ones than it have left the list, and all the rest is new."""
    stamp, newest = _stamp(lead), before.newest
    if stamp is None or newest is None or stamp >= newest:
        return False
    dates = [one for other in fresh if (one := _stamp(other))]
    return len(dates) == len(fresh) and min(dates) > newest


def _witnessed(fresh: Sequence[Lead], known: Set[str]) -> bool:
    """Tell whether other lists had named what is new here, up to the very newest: then they saw the rest, too."""
    if not known:
        return False
    seen = [clean_url(lead.url) in known for lead in fresh]
    if all(seen):
        return True
    old = [_stamp(lead) for lead, is_known in zip(fresh, seen, strict=True) if is_known]
    new = [_stamp(lead) for lead, is_known in zip(fresh, seen, strict=True) if not is_known]
    if len(old) < _WITNESSES or None in old or None in new:
        return False
    return min(stamp for stamp in new if stamp) >= max(stamp for stamp in old if stamp)


def _joined_by_date(fresh: Sequence[Lead], before: Before) -> bool:
    """Tell whether the list reaches back to what the reading before showed; one stray old date in ten is no proof.

    Lists in the order of weight, not of time, bring old pieces up again: of them half must reach back.
    """
    dates = [stamp for lead in fresh if (stamp := _stamp(lead))]
    if not dates or before.newest is None:
        return False
    reaching = sum(stamp <= before.newest for stamp in dates)
    return reaching >= max(1, len(dates) // (10 if _is_in_order(dates) else 2))


def _is_in_order(dates: Sequence[datetime]) -> bool:
    rising = sum(one < two for one, two in pairwise(dates))
    falling = sum(one > two for one, two in pairwise(dates))
    return min(rising, falling) <= max(1, len(dates) // 10)


def _joined_by_name(fresh: Sequence[Lead], before: Before) -> bool:
    """Tell whether the same pieces stand there under other addresses: one in three is too many for chance."""
    return 3 * sum(bool(names_of(lead.url, lead.title) & before.names) for lead in fresh) >= len(fresh)


def names_of(url: str, title: str | None) -> frozenset[str]:
    """Give what tells a piece from others whatever its address: its title, and its address's last part."""
    tail = urlsplit(url).path.rstrip("/").rpartition("/")[2]
    return frozenset(name for name in (fold(title or ""), tail.lower()) if len(name) >= _LEAST_NAME)


def newest_of(dates: Sequence[datetime], at: datetime) -> datetime | None:
    """Give the newest of the dates that a list showed by `at`.

    A few dates in the future are planned or mistaken; when most are, the list's clock is off, and they are compared
    with one another.
    """
    past = [date for date in dates if date <= at]
    return max(past if 2 * len(past) >= len(dates) else dates, default=None)


def judge(
    session: Session,
    desk: Desk,
    source_id: int,
    outlet: str,
    before: Before,
    leads: Sequence[Lead],
    after: frozenset[str],
    now: datetime,
) -> Turnover:
    """Compare a reading, `after` being its marks, with the one before; asks the database only where few are shared."""
    if not before.marks or not after:
        return Turnover()
    shared = len(before.marks & after)
    if shared > _FEW or shared == len(after) or min(len(before.marks), len(after)) <= _SHORT:
        return Turnover(window=turnover(before.at, now, len(after), len(after) - shared, leads))
    # A list of thousands is compared by its sample.
    listed = [lead for lead in leads if marks([lead]) <= after]
    known = _on_record(session, desk, outlet, [clean_url(lead.url) for lead in listed])
    rows = list(session.execute(_remembered(LeadRow.source_id, source_id, before.at)))
    rows = rows or list(session.execute(_remembered(LeadRow.outlet, outlet, before.at)))
    dates = [stamp for row in rows if (stamp := row.published or row.updated)]
    filled = Before(
        at=before.at,
        marks=before.marks,
        newest=newest_of(sorted(dates, reverse=True)[:_SOME], before.at),
        names=frozenset(name for row in rows for name in names_of(row.url, row.title)),
    )
    return compare(filled, listed, known, now)


def _remembered(column: object, value: T, at: datetime) -> Select[str, str | None, datetime | None, datetime | None]:
    return (
        select(LeadRow.url, LeadRow.title, LeadRow.published, LeadRow.updated)
        .where(column == value, LeadRow.found_at <= at)  # type: ignore[arg-type]
        .order_by(LeadRow.found_at.desc(), func.coalesce(LeadRow.published, LeadRow.updated).desc())
        .limit(_REMEMBERED)
    )


def _on_record(session: Session, desk: Desk, outlet: str, urls: Sequence[str]) -> set[str]:
    known: set[str] = set()
    for start in range(0, len(urls), _CHUNK):
        known.update(session.scalars(select(LeadRow.url).where(LeadRow.url.in_(urls[start : start + _CHUNK]))))
    return known | desk.known(session, [url for url in urls if url not in known], outlet)


def reaches_back(session: Session, desk: Desk, urls: Sequence[str], at: datetime) -> bool:
    """Tell whether one of these canonical addresses was on record at `at`."""
    found: dict[str, datetime] = {}
    for start in range(0, len(urls), _CHUNK):
        chunk = urls[start : start + _CHUNK]
        rows = session.execute(select(LeadRow.url, LeadRow.found_at).where(LeadRow.url.in_(chunk)))
        found.update({row.url: row.found_at for row in rows})
    # Leads are kept for a month: what only the desk knows is older.
    rest = [url for url in urls if url not in found]
    return any(since <= at for since in found.values()) or bool(desk.known(session, rest))


def begin(session: Session, source_id: int, outlet: str, began: datetime, now: datetime) -> None:
    """Put a gap on record; one that is still open is widened instead."""
    row = session.scalars(_open(source_id)).first()
    if row is None:
        session.add(GapRow(source_id=source_id, outlet=outlet, began_at=began, noticed_at=now, found=0))
    else:
        row.noticed_at = now
    session.flush()


def pending(session: Session, source_id: int) -> Gap | None:
    """Give the gap of a source that is still to be filled."""
    row = session.scalars(_open(source_id)).first()
    return None if row is None else Gap(**{name: getattr(row, name) for name in Gap.__dataclass_fields__})


def _open(source_id: int) -> Select[GapRow]:
    return select(GapRow).where(GapRow.source_id == source_id, GapRow.ended_at.is_(None)).order_by(GapRow.id)


def credit(session: Session, gap_id: int, way: str, found: int) -> None:
    """Add to an open gap what one way of filling it found; a way that found nothing is named when it reached back."""
    row = session.get(GapRow, gap_id)
    if row is None or row.ended_at is not None:
        return
    row.found += found
    ways = row.way.split(" and ") if row.way else []
    row.way = " and ".join(dict.fromkeys([*ways, way]))


def end(session: Session, gap_id: int, now: datetime) -> GapFacts | None:
    """End a gap, filled or not; None when its source has gone or another process has ended it."""
    row = session.get(GapRow, gap_id)
    if row is None or row.ended_at is not None:
        return None
    row.ended_at, row.way = now, row.way or NOTHING
    session.flush()
    return _facts(row, 0)


def last_gaps(session: Session) -> dict[int, GapFacts]:
    """Give the last gap of each source that ever had one, by the source's id."""
    latest = select(func.max(GapRow.id), func.count()).group_by(GapRow.source_id)
    numbers = {row[0]: row[1] for row in session.execute(latest)}
    rows = session.scalars(select(GapRow).where(GapRow.id.in_(select(func.max(GapRow.id)).group_by(GapRow.source_id))))
    return {row.source_id: _facts(row, numbers.get(row.id, 1)) for row in rows}


def _facts(row: GapRow, number: int) -> GapFacts:
    return GapFacts(
        began=row.began_at, noticed=row.noticed_at, ended=row.ended_at, way=row.way, found=row.found, number=number
    )


def found_by_others(session: Session, gap: Gap) -> dict[int, int]:
    """Count the pages that the outlet's other lists named since the gap was noticed, by the list's id."""
    counted = (
        select(LeadRow.source_id, func.count())
        .where(LeadRow.outlet == gap.outlet, LeadRow.found_at >= gap.noticed_at)
        .where(or_(LeadRow.source_id.is_(None), LeadRow.source_id != gap.source_id))
        .group_by(LeadRow.source_id)
    )
    return {row[0]: row[1] for row in session.execute(counted) if row[0] is not None}
