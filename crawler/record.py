"""Record: what one visit brought, written down in one transaction: its leads, its state, its next time."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from newsdesk import Desk, Guard

from . import leads, state
from .cadence import Next, Outcome, next_poll
from .leads import Debut, Queued
from .outlet import Outlet
from .settings import CrawlSettings
from .state import SITE, ClaimedSource
from .visit import Brought, host_of, rhythm_of

_SEARCH_AGAIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was written down of one visit: how many leads it added, and when the next one is due."""

    queued: Queued
    following: Next


class Recorder:
    """Writes down visits of one process."""

    def __init__(self, desk: Desk, guard: Guard, owner: str) -> None:
        """End visits whose sources `owner` holds."""
        self._desk, self._guard, self._owner = desk, guard, owner

    def record(
        self,
        session: Session,
        source: ClaimedSource,
        outlet: Outlet,
        settings: CrawlSettings,
        brought: Brought,
        now: datetime,
        dice: float,
    ) -> Recorded:
        """Queue the leads, end the visit, set the next one; `settings` are those for every outlet."""
        queued = Queued()
        if brought.leads:
            debut = _debut(session, source, now)
            queued = leads.queue(session, self._desk, source.outlet, source.id, brought.leads, now=now, debut=debut)
        for found in brought.sources:
            state.add_discovered(session, source.outlet, found.kind, found.url, now)
        following = self._following(source, outlet, settings, brought, queued, now, dice)
        visited = replace(brought.visited, fresh=queued.new)
        state.end_visit(session, source, self._owner, visited, following, now)
        return Recorded(queued, following)

    def _following(
        self,
        source: ClaimedSource,
        outlet: Outlet,
        settings: CrawlSettings,
        brought: Brought,
        queued: Queued,
        now: datetime,
        dice: float,
    ) -> Next:
        rhythm = rhythm_of(outlet, settings, brought.ip or host_of(source.address), self._guard)
        failed = brought.visited.error is not None
        if source.kind == SITE and not failed:
            return Next(now + _SEARCH_AGAIN, _SEARCH_AGAIN, "the site is searched weekly")
        outcome = Outcome(
            interval=timedelta(seconds=source.interval) or rhythm.every,
            fresh=queued.new > 0 and not source.is_first_visit,
            failures=source.failures + 1 if failed else 0,
            quiet_for=now - source.last_new_at if source.last_new_at else timedelta(0),
            retry_after=brought.retry_after,
            not_before=brought.not_before,
            ttl=brought.ttl,
            skip_hours=brought.skip_hours,
            skip_days=brought.skip_days,
        )
        return next_poll(rhythm, outcome, now, dice)


def _debut(session: Session, source: ClaimedSource, now: datetime) -> Debut | None:
    if not source.is_first_visit:
        return None
    # Lists date to the second.
    since = source.added_at.replace(microsecond=0) if state.read_before(session, source) else None
    return Debut(since=since, now=now)
