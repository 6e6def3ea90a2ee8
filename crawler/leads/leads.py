"""The queue of pages to fetch, as rows: put in with the list that named them, ended with the article they became."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, CursorResult, Select, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from newsdesk import Database, Desk, clean_url, insert_missing

from ..lead import Lead
from ..tables import LeadRow
from .spelled import once

MOST_TRIES = 6
TOO_OLD = "listed far down at the first visit"
_MOST_AT_FIRST = 2000
_LONGEST_URL = 2000
_CHUNK = 400
GONE = "gone since "
_GONE_SINCE = re.compile(rf"{GONE}(\S+?):? ")
_FIRST_PAUSE = timedelta(seconds=4)
_PAUSE_IN_VAIN = timedelta(minutes=10)
_TEXT = 1000
_AHEAD = timedelta(minutes=5)
_KEEP_FILED = timedelta(days=30)
_KEEP_FINDINGS = timedelta(days=180)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedLead:
    """A lead that this process alone works on, until its lease ends. `url` is what is fetched."""

    url: str
    outlet: str
    lead: Lead
    quiet: bool
    since: datetime | None = None
    """A page that turns out to be older is no news."""
    tries: int
    look: bool = False
    """Whether its page is on record already and is looked at once more."""

    def is_quiet(self, published: datetime | None) -> bool:
        """Tell whether its page, of the date that stands on it, is to be filed without an alert."""
        return self.quiet or (self.since is not None and published is not None and published < self.since)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadState:
    """What became of one page that a list named, for people."""

    url: str
    outlet: str
    given: str
    state: str
    reason: str | None
    tries: int
    quiet: bool
    found_at: datetime
    next_try_at: datetime
    ended_at: datetime | None
    look_at: datetime | None
    looks: int


@dataclass(frozen=True, slots=True)
class Queued:
    """What one list added: pages never seen, pages to look at again, addresses that cannot be asked."""

    new: int = 0
    again: int = 0
    refused: int = 0
    fresh: tuple[Lead, ...] = ()
    """What the list says of the pages never seen."""
    left: int = 0
    """Pages far down a first list, noted but not fetched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Debut:
    """The first reading of a list: what stands there is no news, but for what came after `since`.

    `since` is when the source was added, given only where another list of its outlet was read before: else a list
    that fails at first would let what is published meanwhile go by unannounced.
    """

    since: datetime | None
    now: datetime

    def is_quiet(self, lead: Lead) -> bool:
        """Tell whether a page of this list is to be filed without an alert."""
        stamp = lead.published or lead.updated
        return self.since is None or stamp is None or not self.since <= stamp <= self.now + _AHEAD


@dataclass(frozen=True, slots=True, kw_only=True)
class Late(Debut):
    """A list that is read to find what another one let go by: what it names is news, but for what is dated before."""

    def is_quiet(self, lead: Lead) -> bool:
        """Tell whether a page of this list is to be filed without an alert."""
        stamp = lead.published or lead.updated
        return stamp is not None and self.since is not None and stamp < self.since


def queue(
    session: Session,
    desk: Desk,
    outlet: str,
    source_id: int,
    leads: Sequence[Lead],
    *,
    now: datetime,
    debut: Debut | None = None,
) -> Queued:
    """Queue the pages that are neither on record nor queued already, and those that the list says have changed."""
    by_url: dict[str, Lead] = {}
    refused = 0
    for lead in leads:
        url = clean_url(lead.url)
        if not url.startswith(("http://", "https://")) or len(url) > _LONGEST_URL or not url.isprintable():
            refused += 1
        else:
            by_url.setdefault(url, lead)
    urls = list(by_url)
    rows = {row.url: row for row in _rows(session, urls)}
    missing = [url for url in urls if url not in rows]
    known = desk.known(session, missing, outlet) if missing else set()
    fresh = once(session, outlet, [url for url in missing if url not in known], TOO_OLD)
    values = [_values(url, by_url[url], outlet, source_id, debut, now) for url in fresh]
    if debut:
        # Kept on record all the same, so that no later visit takes them for news.
        for value in values[_MOST_AT_FIRST:]:
            value |= {"state": "finding", "reason": TOO_OLD, "ended_at": now}
    for start in range(0, len(values), _CHUNK):
        insert_missing(session, LeadRow, values[start : start + _CHUNK])
    again = [url for url, row in rows.items() if _is_changed(row, by_url[url], source_id, now)]
    for url in again:
        _requeue(session, rows[url], by_url[url], now)
    taken = min(len(values), _MOST_AT_FIRST) if debut else len(values)
    return Queued(taken, len(again), refused, tuple(by_url[url] for url in fresh), len(values) - taken)


def _rows(session: Session, urls: Sequence[str]) -> list[LeadRow]:
    rows: list[LeadRow] = []
    for start in range(0, len(urls), _CHUNK):
        rows += session.scalars(select(LeadRow).where(LeadRow.url.in_(urls[start : start + _CHUNK])))
    return rows


def mark_of(lead: Lead) -> str | None:
    """Give what a list says of a page's date and title; without a date nothing can be told from it."""
    stamp = lead.updated or lead.published
    return f"{stamp.isoformat()} {_clean(lead.title) or ''}" if stamp else None


def _is_changed(row: LeadRow, lead: Lead, source_id: int, now: datetime) -> bool:
    """Tell whether a page is worth another look; only the list that named it first is believed.

    Lists that date every page anew each time are found out: each look in vain doubles the pause before the next.
    """
    mark = mark_of(lead)
    if row.state == "due" or row.source_id != source_id or mark is None or mark == row.mark or row.mark is None:
        return False
    if row.in_vain == 0 or row.ended_at is None:
        return True
    return now - row.ended_at >= _PAUSE_IN_VAIN * float(2 ** min(row.in_vain - 1, 10))


def _values(url: str, lead: Lead, outlet: str, source_id: int, debut: Debut | None, now: datetime) -> dict[str, object]:
    return {
        "url": url,
        "outlet": outlet,
        "source_id": source_id,
        "quiet": debut is not None and debut.is_quiet(lead),
        "since": debut.since if isinstance(debut, Late) else None,
        "state": "due",
        "tries": 0,
        "in_vain": 0,
        "next_try_at": now,
        "found_at": now,
        "reason": None,
        "ended_at": None,
        **_said(lead),
    }


def _said(lead: Lead) -> dict[str, object]:
    return {
        "given": _clean(lead.url) or "",
        "title": _clean(lead.title),
        "published": lead.published,
        "updated": lead.updated,
        "language": _clean(lead.language),
        "summary": _clean(lead.summary),
        "mark": mark_of(lead),
    }


def _clean(text: str | None) -> str | None:
    """Drop what no database stores, and the rest of what no headline needs."""
    if text is None:
        return None
    return text.replace("\x00", "").encode("utf-8", "replace").decode()[: 2 * _TEXT]


def _requeue(session: Session, row: LeadRow, lead: Lead, now: datetime) -> None:
    # A page that was never filed is as much or as little news as it was when it was found.
    quiet = row.quiet and row.state == "finding"
    since = row.since if row.state == "finding" else None
    session.execute(
        update(LeadRow)
        .where(LeadRow.url == row.url, LeadRow.state != "due")
        .values(state="due", tries=0, quiet=quiet, since=since, next_try_at=now, reason=None, **_said(lead))
    )


def waiting_outlets(session: Session, now: datetime, after: str = "", most: int = 1_000_000) -> list[str]:
    """Give up to `most` outlets that have leads to fetch now: by name, those behind `after` first, then from the top.

    Each step of the recursion is one look into the index: a backlog of many leads costs no more than one of few.
    """
    found = list(session.scalars(_waiting(now, after).limit(most)))
    if after and len(found) < most:
        found += [slug for slug in session.scalars(_waiting(now, "").limit(most - len(found))) if slug <= after]
    return found


def _waiting(now: datetime, after: str) -> Select[str]:
    due = LeadRow.state == "due"
    first = select(func.min(LeadRow.outlet).label("outlet")).where(due, LeadRow.outlet > after)
    outlets = first.cte("waiting", recursive=True)
    following = select(func.min(LeadRow.outlet)).where(due, LeadRow.outlet > outlets.c.outlet).scalar_subquery()
    outlets = outlets.union_all(select(following).where(outlets.c.outlet.is_not(None)))
    free = select(LeadRow.url).where(LeadRow.outlet == outlets.c.outlet, _free(now)).exists()
    return select(outlets.c.outlet).where(outlets.c.outlet.is_not(None), free)


def claim(session: Session, outlet: str, most: int, owner: str, now: datetime, until: datetime) -> list[ClaimedLead]:
    """Take up to `most` leads of one outlet, oldest first, for `owner` alone until `until`."""
    free = (
        select(LeadRow.url)
        .where(LeadRow.outlet == outlet, _free(now))
        .order_by(LeadRow.next_try_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    rows = session.execute(
        update(LeadRow)
        .where(LeadRow.url.in_(free.scalar_subquery()), _free(now))
        .values(lease=owner, lease_until=until)
        .returning(
            LeadRow.url, LeadRow.given, LeadRow.title, LeadRow.published, LeadRow.updated, LeadRow.language,
            LeadRow.summary, LeadRow.quiet, LeadRow.since, LeadRow.tries,
        )
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    return [
        ClaimedLead(
            url=row.url,
            outlet=outlet,
            lead=Lead(row.given, row.title, row.published, row.updated, row.language, row.summary),
            quiet=row.quiet,
            since=row.since,
            tries=row.tries,
        )
        for row in rows
    ]


def _free(now: datetime) -> ColumnElement[bool]:
    return and_(
        LeadRow.state == "due",
        LeadRow.next_try_at <= now,
        or_(LeadRow.lease_until.is_(None), LeadRow.lease_until < now),
    )


def soon_due(session: Session, outlets: Sequence[str], now: datetime, horizon: datetime) -> set[str]:
    """Give those of the outlets that have leads, held by nobody, which fall due before `horizon`."""
    free = or_(LeadRow.lease_until.is_(None), LeadRow.lease_until < now)
    found = select(LeadRow.outlet).where(
        LeadRow.state == "due", LeadRow.outlet.in_(outlets), LeadRow.next_try_at <= horizon, free
    )
    return set(session.scalars(found.distinct()))


def end_set_aside(session: Session, url: str, owner: str, now: datetime, reason: str) -> bool:
    """End a lead that will not become an article."""
    return _end(session, url, owner, state="finding", reason=_clean(reason), ended_at=now, in_vain=LeadRow.in_vain + 1)


def postpone(session: Session, url: str, owner: str, at: datetime, reason: str, *, counts: bool = True) -> bool:
    """Put a lead back that may succeed later; it `counts` as a try when the page was asked for."""
    return _end(session, url, owner, next_try_at=at, reason=_clean(reason), tries=LeadRow.tries + int(counts))


def _end(session: Session, url: str, owner: str, **values: object) -> bool:
    result = session.execute(
        update(LeadRow)
        .where(LeadRow.url == url, LeadRow.lease == owner)
        .values(lease=None, lease_until=None, **values)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)
    return bool(result.rowcount)


def pause_after(tries: int, dice: float) -> timedelta:
    """Give how long a lead waits after so many failures: 4 s, 16 s, ... spread by a quarter."""
    return _FIRST_PAUSE * float(4 ** min(max(tries - 1, 0), 6)) * (1 + dice / 4)


def prune(session: Session, now: datetime) -> None:
    """Forget filed leads after a month, as the desk knows their pages, and those set aside after half a year.

    Those whose pages are still to be looked at stay.
    """
    filed = and_(
        LeadRow.state == "filed",
        LeadRow.ended_at < now - _KEEP_FILED,
        or_(LeadRow.look_at.is_(None), LeadRow.look_at < now - _KEEP_FILED),
    )
    aside = and_(LeadRow.state == "finding", LeadRow.ended_at < now - _KEEP_FINDINGS, LeadRow.reason != TOO_OLD)
    session.execute(delete(LeadRow).where(or_(filed, aside)).execution_options(synchronize_session=False))


def backlog(database: Database) -> int:
    """Count the leads that wait to be fetched."""
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(LeadRow).where(LeadRow.state == "due")) or 0


def gone_since(state: LeadState) -> datetime | None:
    """Give when a page on record was first found gone, None where it was there at the last look."""
    found = _GONE_SINCE.match(state.reason or "")
    return datetime.fromisoformat(found[1]) if found else None


def lead_state(database: Database, url: str) -> LeadState | None:
    """Give what became of the page at `url`, or None when no list named it lately."""
    with database.read() as session:
        row = session.get(LeadRow, clean_url(url))
        if row is None:
            return None
        return LeadState(**{name: getattr(row, name) for name in LeadState.__dataclass_fields__})
