"""What is remembered of each source between two visits: whose turn it is, validators, moves, back-off."""

import os
import secrets
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, CursorResult, Select, or_, select, update
from sqlalchemy.orm import Session

from newsdesk import Database

from .cadence import Next
from .outlet import Outlet
from .tables import LeadRow, SourceRow, insert_missing

SITE = "site"
"""The kind of the row that stands for an outlet without sources: a visit to it looks for some."""
_FARTHEST = timedelta(days=1, hours=6)
_MOVED_AFTER = 3


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
    moved_to: str | None
    failures: int
    added_at: datetime
    last_attempt: datetime
    """When this visit began."""
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


def new_owner() -> str:
    """Give a name for this process's leases, from which others can tell whether it still lives."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(6)}"


def is_dead(owner: str, me: str) -> bool:
    """Tell whether the process behind a lease surely lives no more; of other machines nothing can be told."""
    host, _, rest = owner.rpartition(":")[0].rpartition(":")
    if owner == me or host != socket.gethostname() or not rest.isdecimal():
        return False
    if int(rest) == os.getpid():
        # A container's first process always has the same id.
        return True
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def take_over(session: Session, me: str) -> int:
    """Free what processes that died held, sources and leads alike, without waiting for their leases to end."""
    freed = 0
    for table in (SourceRow, LeadRow):
        owners = session.scalars(select(table.lease).where(table.lease.is_not(None)).distinct())
        dead = [owner for owner in owners if owner and is_dead(owner, me)]
        if dead:
            freed += _free(session, table, dead)
    return freed


def release(session: Session, me: str) -> None:
    """Free all that this process holds."""
    for table in (SourceRow, LeadRow):
        _free(session, table, [me])


def renew(session: Session, me: str, until: datetime) -> None:
    """Hold on to all that this process works on."""
    for table in (SourceRow, LeadRow):
        session.execute(update(table).where(table.lease == me).values(lease_until=until).execution_options(**_DIRECT))


_DIRECT = {"synchronize_session": False}


def _free(session: Session, table: type[SourceRow] | type[LeadRow], owners: Sequence[str]) -> int:
    result = session.execute(
        update(table).where(table.lease.in_(owners)).values(lease=None, lease_until=None).execution_options(**_DIRECT)
    )
    assert isinstance(result, CursorResult)
    return result.rowcount


def sync(session: Session, outlets: Iterable[Outlet], every: dict[str, timedelta], now: datetime) -> None:
    """Bring the rows in line with the configuration: new sources are due now, those of removed outlets rest."""
    rows = {(row.outlet, row.kind, row.url): row for row in session.scalars(select(SourceRow))}
    wanted = set(_wanted(outlets, rows))
    for key, row in rows.items():
        if key not in wanted:
            row.state = "resting"
            continue
        if row.state == "resting":
            row.state = "on"
        _bring_forward(row, every[row.outlet], now)
    for outlet, kind, url in wanted - rows.keys():
        _add(session, outlet, kind, url, now, discovered=False)


def _wanted(outlets: Iterable[Outlet], rows: dict[tuple[str, str, str], SourceRow]) -> Iterable[tuple[str, str, str]]:
    for outlet in outlets:
        if outlet.sources:
            yield from ((outlet.slug, source.kind, source.url) for source in outlet.sources)
        else:
            yield outlet.slug, SITE, outlet.site
            yield from (key for key, row in rows.items() if key[0] == outlet.slug and row.discovered)


def _bring_forward(row: SourceRow, every: timedelta, now: datetime) -> None:
    """Correct due times that a shorter interval or a clock set back leaves too far ahead."""
    wait = row.next_poll_at - now
    usual = row.failures == 0 and row.interval_reason in ("poll_every", "news at each visit")
    if wait > _FARTHEST and row.kind != SITE:
        row.next_poll_at = now
    elif usual and wait > every * 1.2:
        row.next_poll_at = now + every


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
    zeros = ("moving_count", "polls", "not_modified", "failures")
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
    return _claimed(session, due, owner, now, until)


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
    row.polls += 1
    row.next_poll_at, row.interval = following.at, following.interval.total_seconds()
    row.interval_reason = following.reason
    row.last_status, row.last_error = visited.status, visited.error and visited.error[:1000]
    if visited.error is not None:
        row.failures += 1
        row.state = "gone" if visited.gone else row.state
        return True
    row.state, row.failures, row.last_success = "on", 0, now
    row.first_success = row.first_success or now
    row.last_new_at = now if visited.fresh else row.last_new_at
    row.not_modified += visited.not_modified
    _keep_validators(row, visited)
    _follow_move(row, visited.moved_to)
    return True


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
        return [SourceState(**{name: getattr(row, name) for name in SourceState.__dataclass_fields__}) for row in rows]
