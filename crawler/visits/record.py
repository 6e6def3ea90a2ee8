"""Record: what one visit brought, written down in one transaction: its leads, its state, its next time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from newsdesk import Desk, Guard

from .. import gaps, items, state
from ..cadence.cadence import RETRY_AFTER, Next, Outcome, Wishes, next_poll
from ..cadence.habit import Habit
from ..gaps import Before, Gap, Turnover
from ..hubs import rows as hubs
from ..lead import Lead
from ..leads import leads
from ..leads.leads import Debut, Queued
from ..outlet import Outlet
from ..settings import CrawlSettings
from ..sites import Sites
from ..state import SITE, ClaimedSource
from . import children, hosts
from .visit import Brought, host_of, rhythm_of

_AFTER_REST = timedelta(seconds=1)
_SEARCH_AGAIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was written down of one visit: how many leads it added, and when the next one is due."""

    queued: Queued
    following: Next
    gap: Gap | None = None
    """The gap in this source's readings that is still to be filled."""


class Recorder:
    """Writes down visits of one process."""

    def __init__(
        self, desk: Desk, guard: Guard, owner: str, callback: str | None = None, sites: Sites | None = None
    ) -> None:
        """End visits whose sources `owner` holds; `callback` is where hubs can reach this daemon, if they can.

        Leads on the `sites` of other outlets are left to those.
        """
        self._desk, self._guard, self._owner, self._callback = desk, guard, owner, callback
        self._sites = sites or Sites()

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
        hosts.keep(session, brought.hosts)
        children.keep(session, brought.children, now)
        if brought.visited.put_off:
            following = _after_rest(brought, now, dice)
            state.end_visit(session, source, self._owner, brought.visited, following, now)
            return Recorded(queued, following)
        turn = self._turn(session, source, brought, now)
        if found := self._sites.own(source.outlet, brought.leads):
            debut = _debut(session, source, now)
            queued = leads.queue(session, self._desk, source.outlet, source.id, found, now=now, debut=debut)
        for one in brought.sources:
            state.add_discovered(session, source.outlet, one.kind, one.url, now)
        pushed = self._is_pushed(session, source, brought, queued, now)
        outcome = _outcome(source, brought, queued, turn, pushed, now)
        following = self._following(source, outlet, settings, brought, outcome, now, dice)
        habit, wishes = outcome.habit.dumps(), outcome.wishes.dumps()
        visited = replace(brought.visited, fresh=queued.new, habit=habit, wishes=wishes)
        state.end_visit(session, source, self._owner, visited, following, now)
        return Recorded(queued, following, None if visited.error else gaps.pending(session, source.id))

    def _turn(self, session: Session, source: ClaimedSource, brought: Brought, now: datetime) -> Turnover:
        """Compare this whole reading with the one before; a gap between them is put on record."""
        after = brought.visited.marks
        if not after or source.last_read_at is None:
            return Turnover()
        before = Before(at=source.last_read_at, marks=items.loads(source.items))
        turn = gaps.judge(session, self._desk, source.id, source.outlet, before, brought.leads, after, now)
        if turn.gap:
            gaps.begin(session, source.id, source.outlet, before.at, now)
        return turn

    def _is_pushed(
        self, session: Session, source: ClaimedSource, brought: Brought, queued: Queued, now: datetime
    ) -> bool:
        """Keep what the list says of its hubs; tells whether one of them can be trusted to push what is new."""
        if self._callback is None or brought.visited.error is not None:
            return False
        news = queued.new > 0 and not source.is_first_visit
        return hubs.settle_visit(session, self._guard, self._callback, source, brought.offer, now, found_news=news)

    def _following(
        self,
        source: ClaimedSource,
        outlet: Outlet,
        settings: CrawlSettings,
        brought: Brought,
        outcome: Outcome,
        now: datetime,
        dice: float,
    ) -> Next:
        rhythm = rhythm_of(outlet, settings, brought.ip or host_of(source.address), self._guard)
        if source.kind == SITE and not outcome.failures:
            return Next(now + _SEARCH_AGAIN, _SEARCH_AGAIN, "the site is searched weekly")
        return next_poll(rhythm, outcome, now, dice)


def _after_rest(brought: Brought, now: datetime, dice: float) -> Next:
    """Come back when the host has had its rest, not all who were put off at once."""
    rest = (brought.retry_after or timedelta(0)) + _AFTER_REST * (1 + 9 * dice)
    return Next(now + rest, rest, RETRY_AFTER)


def _outcome(
    source: ClaimedSource, brought: Brought, queued: Queued, turn: Turnover, pushed: bool, now: datetime
) -> Outcome:
    visited = brought.visited
    is_read = visited.error is None and not visited.not_modified
    told = Wishes(ttl=brought.ttl, skip_hours=brought.skip_hours, skip_days=brought.skip_days)
    return Outcome(
        habit=_learnt(source, brought, queued, turn, now),
        watched_for=now - source.first_success if source.first_success else timedelta(0),
        failures=source.failures + 1 if visited.error is not None else 0,
        retry_after=brought.retry_after,
        not_before=brought.not_before,
        wishes=told if is_read else Wishes.loads(source.wishes),
        gap=turn.gap,
        hub=pushed,
        window=turn.window,
    )


def _learnt(source: ClaimedSource, brought: Brought, queued: Queued, turn: Turnover, now: datetime) -> Habit:
    """Take what this visit showed into the outlet's habit; of a failed one nothing is learnt."""
    habit = Habit.loads(source.habit)
    if brought.visited.error is not None or source.kind == SITE:
        return habit
    if habit.observed_since is None:
        dates = [stamp for lead in brought.leads if (stamp := lead.published or lead.updated)]
        return habit.learn(dates, now, whole_list=True)
    return habit.learn(_stamps(queued.fresh, source.last_success or now, now), now, whole_list=turn.gap)


def _stamps(fresh: Sequence[Lead], before: datetime, now: datetime) -> list[datetime]:
    """Give the dates of pages newly seen; those without one came at some time since the visit before."""
    undated = [lead for lead in fresh if not (lead.published or lead.updated)]
    spread = [before + (now - before) * ((place + 0.5) / len(undated)) for place in range(len(undated))]
    return [stamp for lead in fresh if (stamp := lead.published or lead.updated)] + spread


def _debut(session: Session, source: ClaimedSource, now: datetime) -> Debut | None:
    if not source.is_first_visit:
        return None
    # Lists date to the second.
    since = source.added_at.replace(microsecond=0) if state.read_before(session, source) else None
    return Debut(since=since, now=now)
