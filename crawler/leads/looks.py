"""The looks that are due, as rows: pages on record that are read again; a look never takes a page off the record."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from ..downloader.answer import Validators
from ..lead import Lead
from ..tables import LeadRow
from .leads import GONE, ClaimedLead

_MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedLook:
    """A page on record that this process alone looks at, until its lease ends."""

    claimed: ClaimedLead
    validators: Validators
    born: datetime
    """From when on its age is counted."""
    gone: str | None
    """What was noted when it was found gone."""


def claim_looks(
    session: Session, is_free: Callable[[str], bool], owner: str, now: datetime, until: datetime
) -> list[ClaimedLook]:
    """Take one look at each outlet that `is_free` and where no lead waits: the one that is longest overdue."""
    due = (
        select(LeadRow.outlet, func.min(LeadRow.look_at))
        .where(_due(now))
        .group_by(LeadRow.outlet)
        .order_by(func.min(LeadRow.look_at))
    )
    found = [(outlet, at) for outlet, at in session.execute(due) if at and is_free(outlet)][:_MOST]
    taken = (_claim(session, outlet, at, owner, now, until) for outlet, at in found)
    return [look for look in taken if look is not None]


def _claim(
    session: Session, outlet: str, at: datetime, owner: str, now: datetime, until: datetime
) -> ClaimedLook | None:
    waiting = aliased(LeadRow)
    leads_wait = select(waiting.url).where(waiting.state == "due", waiting.outlet == outlet, waiting.next_try_at <= now)
    if session.execute(leads_wait.limit(1)).first() is not None:
        return None
    one = select(LeadRow.url).where(_due(now), LeadRow.look_at == at, LeadRow.outlet == outlet).limit(1)
    row = session.execute(
        update(LeadRow)
        .where(LeadRow.url.in_(one.with_for_update(skip_locked=True).scalar_subquery()), _due(now))
        .values(lease=owner, lease_until=until)
        .returning(
            LeadRow.url, LeadRow.given, LeadRow.title, LeadRow.published, LeadRow.updated, LeadRow.language,
            LeadRow.summary, LeadRow.found_at, LeadRow.etag, LeadRow.last_modified, LeadRow.reason,
        )
        .execution_options(synchronize_session=False)
    ).first()  # fmt: skip
    if row is None:
        return None
    lead = Lead(row.given, row.title, row.published, row.updated, row.language, row.summary)
    born = row.published if row.published is not None and row.published < row.found_at else row.found_at
    return ClaimedLook(
        claimed=ClaimedLead(url=row.url, outlet=outlet, lead=lead, quiet=False, tries=0, look=True),
        validators=Validators(row.url, row.etag, row.last_modified),
        born=born,
        gone=row.reason if row.reason and row.reason.startswith(GONE) else None,
    )


def _due(now: datetime) -> ColumnElement[bool]:
    free = or_(LeadRow.lease_until.is_(None), LeadRow.lease_until < now)
    # Hidden from the planner, which would walk through all that was ever filed, not the few that are due.
    is_filed = func.coalesce(LeadRow.state, "") == "filed"
    return and_(LeadRow.look_at.is_not(None), LeadRow.look_at <= now, is_filed, free)


def end_look(
    session: Session, url: str, owner: str, next_look: datetime | None, *, reason: str | None = None, asked: bool = True
) -> None:
    """End a look that brought no text, and say when the next one is; the `reason` is for people."""
    session.execute(
        update(LeadRow)
        .where(LeadRow.url == url, LeadRow.lease == owner)
        .values(lease=None, lease_until=None, look_at=next_look, looks=LeadRow.looks + int(asked), reason=reason)
        .execution_options(synchronize_session=False)
    )


def expected(session: Session, urls: Sequence[str]) -> dict[str, datetime]:
    """Give when these pages are looked at next, as far as they are."""
    found = select(LeadRow.url, LeadRow.look_at).where(LeadRow.url.in_(urls), LeadRow.look_at.is_not(None))
    return {url: at for url, at in session.execute(found) if at is not None}
