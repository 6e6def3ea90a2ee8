"""What is remembered of each source between two visits: whose turn it is, validators, moves, back-off."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select, update
from sqlalchemy.orm import Session

from newsdesk import Database, insert_missing

from . import gaps, items
from .cadence import belief
from .cadence.cadence import POLL_AT, WISHES, Next, is_shortened
from .gaps import Gap, GapFacts
from .outlet import Outlet
from .tables import LeadRow, SourceRow

SITE = "site"
"""The kind of the row that stands for an outlet without sources: a visit to it looks for some."""
_JUST_NOW = timedelta(seconds=30)
_SLACK = timedelta(minutes=1)
_MOVED_AFTER = 3
_LOST_AFTER = 10

log = logging.getLogger("tocsin.crawler")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """How one source does, for people."""

    outlet: str
    kind: str
    url: str
    state: str
    next_poll_at: datetime
    interval: float
    interval_reason: str
    moved_to: str | None
    polls: int
    not_modified: int
    failures: int
    last_status: int | None
    last_error: str | None
    last_attempt: datetime | None
    last_success: datetime | None
    last_new_at: datetime | None
    last_read_at: datetime | None
    bytes_read: int
    believed_until: datetime | None
    lied_at: datetime | None
    """When it last said 304 though its list had changed; from then on it is asked for the whole list."""
    gap: GapFacts | None = None
    """The last time when items of the list may have scrolled by between two readings."""

    @property
    def not_modified_share(self) -> float:
        """Give the part of all visits, 0 to 1, to which the server said that nothing had changed."""
        return self.not_modified / self.polls if self.polls else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedSource:
    """A source that this process alone visits, until its lease ends."""

    id: int
    outlet: str
    kind: str
    url: str
    interval: float
    etag: str | None
    last_modified: str | None
    validators_url: str | None
    items: str | None
    """Marks of what the list named when it was last read whole (see items.py)."""
    last_read_at: datetime | None
    not_modified: int
    believed_until: datetime | None
    lied_at: datetime | None
    moved_to: str | None
    failures: int
    habit: str | None
    wishes: str | None
    added_at: datetime
    last_attempt: datetime
    """When this visit began."""
    first_success: datetime | None
    last_success: datetime | None
    last_new_at: datetime | None

    @property
    def address(self) -> str:
        """Give where the list is now."""
        return self.moved_to or self.url

    @property
    def is_first_visit(self) -> bool:
        """Tell whether this list has never been read."""
        return self.last_success is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visited:
    """What one visit showed of a source, for its row; `error` is None when the list was read or had not changed."""

    status: int | None = None
    error: str | None = None
    not_modified: bool = False
    gone: bool = False
    etag: str | None = None
    last_modified: str | None = None
    validators_url: str | None = None
    moved_to: str | None = None
    fresh: int = 0
    habit: str | None = None
    wishes: str | None = None
    marks: frozenset[str] = frozenset()
    """Marks of what the list named; nothing when it did not come whole, or named nothing."""
    bytes_read: int = 0
    bare: bool | None = None
    """Whether the list was read and named nothing; None when it was not read."""
    honest: bool | None = None
    """What a look behind its 304s showed, None when there was none or it proved nothing."""
    put_off: bool = False
    """Nothing was asked, for the host rests: the visit counts neither as one nor as a failure."""

    @property
    def result(self) -> str:
        """Give the label of the metric."""
        if self.put_off:
            return "put_off"
        return "failed" if self.error else "not_modified" if self.not_modified else "read"


_DIRECT = {"synchronize_session": False}


def sync(session: Session, outlets: Iterable[Outlet], every: dict[str, timedelta], now: datetime) -> None:
    """Bring the rows in line with the configuration: new sources are due now, those of removed outlets rest."""
    rows = {(row.outlet, row.kind, row.url): row for row in session.scalars(select(SourceRow))}
    wanted = set(_wanted(outlets, rows))
    for key, row in rows.items():
        if key not in wanted:
            _rest(row)
            continue
        if row.state == "resting":
            row.state = "on"
        _bring_forward(row, every[row.outlet], now)
    for outlet, kind, url in wanted - rows.keys():
        _add(session, outlet, kind, url, now, discovered=False)


def _rest(row: SourceRow) -> None:
    """Leave a source alone; a visit under way holds it no longer, so that it can be taken up again at once."""
    if row.state != "resting":
        row.state, row.lease, row.lease_until = "resting", None, None


def _wanted(outlets: Iterable[Outlet], rows: dict[tuple[str, str, str], SourceRow]) -> Iterable[tuple[str, str, str]]:
    discovered: defaultdict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for key, row in rows.items():
        if row.discovered:
            discovered[row.outlet].append(key)
    for outlet in outlets:
        if outlet.sources:
            yield from ((outlet.slug, source.kind, source.url) for source in outlet.sources)
        else:
            yield outlet.slug, SITE, outlet.site
            yield from discovered[outlet.slug]


def _bring_forward(row: SourceRow, every: timedelta, now: datetime) -> None:
    """Correct due times that a shorter interval or a clock set back leaves too far ahead."""
    wait, before = row.next_poll_at - now, timedelta(seconds=row.poll_every)
    if wait > timedelta(seconds=row.interval) * 1.25 + _SLACK and row.kind != SITE:
        row.next_poll_at = now
    elif row.failures == 0 and wait > every and is_shortened(row.interval_reason, before, every):
        row.next_poll_at = now + max(every, wait * (every / before))
        row.poll_every = every.total_seconds()


def add_discovered(session: Session, outlet: str, kind: str, url: str, now: datetime) -> None:
    """Keep a source that was found on an outlet's site."""
    _add(session, outlet, kind, url, now, discovered=True)


def _add(session: Session, outlet: str, kind: str, url: str, now: datetime, *, discovered: bool) -> None:
    values: dict[str, object] = {
        "outlet": outlet,
        "kind": kind,
        "url": url,
        "state": "on",
        "discovered": discovered,
        "added_at": now,
        "next_poll_at": now,
        "interval": 0.0,
        "interval_reason": "",
    }
    zeros = ("poll_every", "moving_count", "polls", "not_modified", "failures")
    insert_missing(session, SourceRow, [values | dict.fromkeys(zeros, 0)])


def read_before(session: Session, source: ClaimedSource) -> bool:
    """Tell whether another list of the outlet had been read when this visit began."""
    earlier = select(SourceRow.id).where(
        SourceRow.outlet == source.outlet,
        SourceRow.id != source.id,
        SourceRow.kind != SITE,
        SourceRow.first_success < source.last_attempt,
    )
    return session.scalar(earlier.limit(1)) is not None


def claim_due(session: Session, most: int, owner: str, now: datetime, until: datetime) -> list[ClaimedSource]:
    """Take up to `most` sources that are due, the longest waiting first, for `owner` alone until `until`."""
    due = (
        select(SourceRow.id)
        .where(SourceRow.state == "on", SourceRow.next_poll_at <= now, _unleased(now))
        .order_by(SourceRow.next_poll_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    claimed = _claimed(session, due, owner, now, until)
    return claimed + _joining(session, claimed, owner, now, until)


def _joining(
    session: Session, claimed: Sequence[ClaimedSource], owner: str, now: datetime, until: datetime
) -> list[ClaimedSource]:
    """Take what other outlets call by the same address and would ask soon: one request then serves them all."""
    soon = select(SourceRow.id, SourceRow.next_poll_at, SourceRow.interval).where(
        SourceRow.url.in_({source.url for source in claimed}),
        SourceRow.state == "on",
        SourceRow.next_poll_at > now,
        SourceRow.interval_reason != POLL_AT,
        SourceRow.kind != SITE,
        _unleased(now),
    )
    rows = session.execute(soon).all() if claimed else []
    ids = [row.id for row in rows if (row.next_poll_at - now).total_seconds() <= row.interval / 2]
    if not ids:
        return []
    return _claimed(session, select(SourceRow.id).where(SourceRow.id.in_(ids)), owner, now, until)


def claim_outlets(
    session: Session, slugs: Sequence[str], owner: str, now: datetime, until: datetime, *, only_new: bool = False
) -> list[ClaimedSource]:
    """Take every source of these outlets that nobody visits at the moment, due or not, switched off or not."""
    wanted = (
        select(SourceRow.id)
        .where(SourceRow.outlet.in_(slugs), SourceRow.state != "resting", _unleased(now))
        .with_for_update(skip_locked=True)
    )
    if only_new:
        wanted = wanted.where(SourceRow.polls == 0)
    return _claimed(session, wanted, owner, now, until)


def claim_others(session: Session, gap: Gap, owner: str, now: datetime, until: datetime) -> list[ClaimedSource]:
    """Take the other lists of a gap's outlet that were not read since; those whose servers want a rest are left."""
    others = (
        _others(select(SourceRow.id), gap)
        .where(_unleased(now), SourceRow.failures == 0, SourceRow.interval_reason.not_in(WISHES))
        .where(or_(SourceRow.last_success.is_(None), SourceRow.last_success < gap.noticed_at - _JUST_NOW))
        .with_for_update(skip_locked=True)
    )
    return _claimed(session, others, owner, now, until)


def read_since(session: Session, gap: Gap, now: datetime) -> tuple[bool, dict[int, str]]:
    """Tell whether other lists of a gap's outlet are being visited, and give the kinds of those read since, by id."""
    chosen = select(SourceRow.id, SourceRow.kind, SourceRow.last_success, SourceRow.lease_until)
    rows = session.execute(_others(chosen, gap)).all()
    busy = any(row.lease_until is not None and row.lease_until >= now for row in rows)
    since = gap.noticed_at - _JUST_NOW
    return busy, {row.id: row.kind for row in rows if row.last_success and row.last_success >= since}


def _others(chosen: Any, gap: Gap) -> Any:
    return chosen.where(
        SourceRow.outlet == gap.outlet,
        SourceRow.id != gap.source_id,
        SourceRow.kind != SITE,
        SourceRow.state == "on",
    )


def _unleased(now: datetime) -> ColumnElement[bool]:
    return or_(SourceRow.lease_until.is_(None), SourceRow.lease_until < now)


def _claimed(session: Session, ids: Select[int], owner: str, now: datetime, until: datetime) -> list[ClaimedSource]:
    columns = [getattr(SourceRow, name) for name in ClaimedSource.__dataclass_fields__]
    rows = session.execute(
        update(SourceRow)
        .where(SourceRow.id.in_(ids.scalar_subquery()), _unleased(now))
        .values(lease=owner, lease_until=until, last_attempt=now)
        .returning(*columns)
        .execution_options(**_DIRECT)
    )
    return [ClaimedSource(**row._mapping) for row in rows]


def end_visit(
    session: Session, source: ClaimedSource, owner: str, visited: Visited, following: Next, now: datetime
) -> bool:
    """Write down what a visit showed and when the next one is due; False when the lease was lost meanwhile."""
    row = session.get(SourceRow, source.id)
    if row is None or row.lease != owner:
        return False
    row.lease = row.lease_until = None
    if visited.put_off:
        row.next_poll_at, row.interval_reason = following.at, following.reason
        row.interval = following.interval.total_seconds()
        return True
    row.polls += 1
    row.bytes_read += visited.bytes_read
    row.next_poll_at, row.interval = following.at, following.interval.total_seconds()
    row.interval_reason, row.poll_every = following.reason, following.every.total_seconds()
    row.last_status, row.last_error = visited.status, visited.error and visited.error[:1000]
    if visited.error is not None:
        row.failures += 1
        row.state = "gone" if visited.gone else row.state
        # Where nothing is found any more, the address that the operator wrote down is worth another try.
        row.moved_to = None if row.failures >= _LOST_AFTER else row.moved_to
        return True
    row.habit, row.wishes = visited.habit or row.habit, visited.wishes
    # A visit may end after its outlet was taken out of the configuration.
    row.state = row.state if row.state == "resting" else "on"
    row.failures, row.last_success = 0, now
    row.first_success = row.first_success or now
    row.last_new_at = now if visited.fresh else row.last_new_at
    row.not_modified += visited.not_modified
    if visited.marks:
        row.items, row.last_read_at = items.dumps(visited.marks), now
    if visited.bare is not None:
        row.bare_since = (row.bare_since or now) if visited.bare else None
    _keep_belief(row, visited.honest, now)
    _keep_validators(row, visited)
    _follow_move(row, visited.moved_to)
    return True


def _keep_belief(row: SourceRow, honest: bool | None, now: datetime) -> None:
    if honest is None:
        return
    row.lied_at = None if honest else now
    row.believed_until = belief.believed_until(row.added_at, now) if honest else belief.distrusted_until(now)


def _keep_validators(row: SourceRow, visited: Visited) -> None:
    """The newest answer's validators win; a 304 only adds to what is kept (RFC 9111 4.3.4)."""
    if visited.not_modified:
        row.etag = visited.etag or row.etag
        row.last_modified = visited.last_modified or row.last_modified
    else:
        row.etag, row.last_modified = visited.etag, visited.last_modified
        row.validators_url = visited.validators_url


def _follow_move(row: SourceRow, moved_to: str | None) -> None:
    """Believe a permanent redirect when it was given three times running."""
    if moved_to is None:
        row.moving_to, row.moving_count = None, 0
        return
    row.moving_count = row.moving_count + 1 if row.moving_to == moved_to else 1
    row.moving_to = moved_to
    if row.moving_count >= _MOVED_AFTER:
        facts = {"outlet": row.outlet, "source": row.url, "from": row.moved_to or row.url, "to": moved_to}
        log.warning("source has moved for good, asked at its new address from now on", extra=facts)
        row.moved_to, row.moving_to, row.moving_count = moved_to, None, 0


def shift(session: Session, by: timedelta) -> None:
    """Move every time to come, after the clock was set back: else nothing would be due until it has caught up."""
    for row in session.scalars(select(SourceRow)):
        row.next_poll_at += by
        row.lease_until = row.lease_until and row.lease_until + by
    for lead in session.scalars(select(LeadRow).where(LeadRow.state == "due")):
        lead.next_try_at += by
        lead.lease_until = lead.lease_until and lead.lease_until + by


def source_states(database: Database) -> list[SourceState]:
    """Give the state of every source on record, by outlet."""
    with database.read() as session:
        rows = session.scalars(select(SourceRow).order_by(SourceRow.outlet, SourceRow.id))
        names = SourceState.__dataclass_fields__.keys() - {"gap"}
        last = gaps.last_gaps(session)
        return [SourceState(**{name: getattr(row, name) for name in names}, gap=last.get(row.id)) for row in rows]
