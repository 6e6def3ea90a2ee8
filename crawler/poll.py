"""Poller: claims what is due and sees it through: visits to sources, then the leads that they bring."""

import asyncio
import contextlib
import logging
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from newsdesk import Database, Desk, FilingKind, Guard

from . import leases, state
from .backfill import Backfill
from .downloader.engine import Engine
from .downloader.fetch import Fetcher
from .evidence.evidence import Keeper
from .health.witness import Witness
from .hubs.subscriber import Subscriber
from .hubs.websub import callback_base
from .leads import leads
from .leads.leads import ClaimedLead
from .leads.turns import MOST_OF_ONE, Turns
from .outlet import Outlet
from .pipelines import Ended, FilingPipeline
from .report import COUNTED, Counters, PollReport, Tally
from .rereader import Rereader
from .rereading import Rereading
from .settings import CrawlSettings
from .sites import Sites
from .state import ClaimedSource, Visited
from .visits.record import Recorded, Recorder
from .visits.visit import Brought, Visitor, authority_of, host_of, rhythm_of
from .workers.tasks import warm_up
from .workers.workers import Workers

Progress = Callable[[PollReport], None]

log = logging.getLogger("tocsin.crawler")

_LEASE = timedelta(minutes=5)
_RENEW = 60.0
_PRUNE = 3600.0
_MOST_CLAIMED = 500
_MOST_VISITS = 50
_MOST_OF_HOST = 2
_PATIENCE = timedelta(seconds=6)
"""How far ahead a second try may lie for poll() to wait for it."""
_CLOCK_SET_BACK = 60.0


class Poller:
    """Polls the sources that are due and files what they list; `counters` tells what was done since the start."""

    def __init__(
        self,
        database: Database,
        desk: Desk,
        outlets: Sequence[Outlet],
        settings: CrawlSettings,
        guard: Guard,
        on_filed: Callable[[], None] = lambda: None,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
        workers: Workers | None = None,
        public_url: str | None = None,
        keeper: Keeper | None = None,
    ) -> None:
        """Call `on_filed` after each commit that filed an article not known before.

        `workers` that are given are neither started nor stopped here. `public_url` is where hubs can push news to.
        """
        self.counters: Counters = {name: Counter() for name in COUNTED}
        self._database, self._desk, self._guard = database, desk, guard
        self._outlets = {outlet.slug: outlet for outlet in outlets}
        self._settings = settings
        self._on_filed = on_filed
        self._clock, self._monotonic = clock, monotonic
        self._owner = leases.new_owner()
        self._engine = Engine(guard)
        self.witness = Witness()
        self._own_workers = workers is None
        self._workers = workers or Workers(warm_up)
        fetcher = Fetcher(self._engine, guard)
        self._visitor = Visitor(fetcher, self._workers)
        callback = callback_base(public_url, guard)
        self._sites = Sites(outlets)
        self._recorder = Recorder(desk, guard, self._owner, callback, self._sites)
        self.hubs = Subscriber(
            database, desk, guard, fetcher, self._workers, callback,
            place=self._place, begin=self._begin, on_queued=lambda: self._hungry.set(),
            counters=self.counters, clock=clock, sites=self._sites,
        )  # fmt: skip
        self._backfill = Backfill(
            database, desk, fetcher, self._workers, self._owner, begin=self._begin, visit=self._begin_visit,
            note=self._note, counters=self.counters, clock=clock, sites=self._sites,
        )  # fmt: skip
        rereading = Rereading(monotonic)
        self._pipeline = FilingPipeline(
            database, desk, fetcher, self._workers, self._owner, clock, self.witness, self._sites, rereading, keeper
        )
        self._rereader = Rereader(
            database, self._pipeline, rereading, self._owner, place=self._place, is_busy=self._is_busy,
            begin=self._begin, on_filed=on_filed, counters=self.counters, clock=clock, monotonic=monotonic,
        )  # fmt: skip
        self._lost = leases.Lost(self._owner)
        self._pipeline.lost = self._lost.leads
        self._tasks: set[asyncio.Task[None]] = set()
        self._visiting: Counter[str] = Counter()
        self._working: Counter[str] = Counter()
        self._slots = asyncio.Semaphore(_MOST_VISITS)
        self._hosts: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(_MOST_OF_HOST))
        self._tallies: dict[str, list[Tally]] = {}
        self._turns = Turns(self._owner, _LEASE)
        self._hungry = asyncio.Event()
        self._idle = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None
        self._stopping = False
        self._renewed = self._pruned = self._monotonic()
        self._watched: tuple[datetime, float] | None = None

    @property
    def in_flight(self) -> tuple[int, int]:
        """Give how many visits and how many leads are being worked on."""
        return self._visiting.total(), self._working.total()

    async def start(self) -> None:
        """Start the engine and the readers; take over what a process that died left unfinished."""
        self._stopping = False
        await self._engine.start()
        if self._own_workers:
            await self._workers.start()
        await self._database.transact(lambda session: leases.take_over(session, self._owner))
        await self._database.transact(self._visitor.recall)
        await self._sync()
        self._hungry.set()
        self._pump = asyncio.create_task(self._pumping(), name="leads")

    async def stop(self, timeout: float = 5.0) -> None:  # noqa: ASYNC109  (the face's own promise)
        """Claim nothing more, let what is in flight finish for at most `timeout` seconds, return the rest."""
        self._stopping = True
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.gather(self._pump, return_exceptions=True)
            self._pump = None
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=timeout)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._pipeline.settle()
        await self._database.transact(lambda session: leases.release(session, self._owner))
        if self._own_workers:
            await self._workers.stop()
        await self._engine.stop()

    async def reload(self, outlets: Sequence[Outlet], settings: CrawlSettings | None = None) -> None:
        """Take over a new configuration: new sources fall due, those of removed outlets are kept but rest."""
        self._outlets = {outlet.slug: outlet for outlet in outlets}
        self._settings = settings or self._settings
        await self._sync()

    async def tick(self) -> None:
        """Claim what is due, as far as there is room; the work itself goes on behind it."""
        if self._stopping:
            return
        await self._keep_house()
        room = _MOST_CLAIMED - self._visiting.total()
        if room > 0:
            now = self._clock()
            due = await self._database.transact(
                lambda session: state.claim_due(session, room, self._owner, now, now + _LEASE)
            )
            for source in self._visitor.expect(due):
                self._begin_visit(source)
        self._hungry.set()
        await self._rereader.tick()

    async def poll(self, slugs: Sequence[str] | None = None, progress: Progress | None = None) -> list[PollReport]:
        """Visit outlets now, whether due or not, and wait until their leads have ended."""
        wanted = [slug for slug in (self._outlets if slugs is None else slugs) if slug in self._outlets]
        tallies = {slug: Tally(PollReport(outlet=slug), progress) for slug in wanted}
        for slug, tally in tallies.items():
            self._tallies.setdefault(slug, []).append(tally)
        try:
            await self._visit_all(wanted)
            return await self._reports(tallies)
        finally:
            for slug, tally in tallies.items():
                self._tallies[slug].remove(tally)

    async def _visit_all(self, slugs: Sequence[str], *, only_new: bool = False) -> None:
        now = self._clock()
        sources = await self._database.transact(
            lambda session: state.claim_outlets(session, slugs, self._owner, now, now + _LEASE, only_new=only_new)
        )
        for source in self._visitor.expect(sources):
            self._begin_visit(source)

    async def _reports(self, tallies: dict[str, Tally]) -> list[PollReport]:
        reports: dict[str, PollReport] = {}
        while len(reports) < len(tallies) and not self._stopping:
            self._idle.clear()
            await self._keep_house()
            await self._fill()
            rest = [slug for slug in tallies if slug not in reports and not self._is_busy(slug)]
            now = self._clock()
            waiting = await self._database.transact(
                lambda session, rest=rest, now=now: leads.soon_due(session, rest, now, now + _PATIENCE)  # type: ignore[misc]
            )
            for slug in rest:
                if slug not in waiting and not self._is_busy(slug):
                    reports[slug] = tallies[slug].end()
            if len(reports) < len(tallies):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._idle.wait(), 1.0)
        return [reports.get(slug) or tally.end() for slug, tally in tallies.items()]

    def _is_busy(self, slug: str) -> bool:
        return bool(self._visiting[slug] or self._working[slug] or self._backfill.is_busy(slug))

    def _note(self, slug: str, text: str) -> None:
        for tally in self._tallies.get(slug, ()):
            tally.note(text)
        self._hungry.set()
        self._idle.set()

    async def _sync(self) -> None:
        outlets, now = list(self._outlets.values()), self._clock()
        self._sites.learn(outlets)
        every = await asyncio.to_thread(self._usual, outlets)
        await self._database.transact(lambda session: state.sync(session, outlets, every, now))

    def _usual(self, outlets: Sequence[Outlet]) -> dict[str, timedelta]:
        return {one.slug: rhythm_of(one, self._settings, host_of(one.site), self._guard).every for one in outlets}

    async def _keep_house(self) -> None:
        """Do what is to be done now and then: hold the leases, forget what is old, notice a clock set back."""
        now, ticks = self._clock(), self._monotonic()
        before, self._watched = self._watched, (now, ticks)
        if before:
            leap = (now - before[0]).total_seconds() - (ticks - before[1])
            if leap < -_CLOCK_SET_BACK:
                log.warning("the clock was set back", extra={"seconds": round(-leap)})
                await self._database.transact(lambda session: state.shift(session, timedelta(seconds=leap)))
        await self._lost.put_back(self._database)
        if ticks - self._renewed > _RENEW:
            self._renewed = ticks
            await self._database.transact(lambda session: leases.renew(session, self._owner, now + _LEASE))
        if ticks - self._pruned > _PRUNE:
            self._pruned = ticks
            await self._database.transact(lambda session: leads.prune(session, now))

    def _place(self, slug: str) -> tuple[Outlet, CrawlSettings] | None:
        outlet = self._outlets.get(slug)
        return (outlet, self._settings.merged(outlet)) if outlet else None

    def _begin(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _begin_visit(self, source: ClaimedSource) -> asyncio.Task[None]:
        self._visiting[source.outlet] += 1
        for tally in self._tallies.get(source.outlet, ()):
            tally.list_began()
        return self._begin(self._visit(source), f"visit {source.address}")

    async def _visit(self, source: ClaimedSource) -> None:
        try:
            outlet = self._outlets.get(source.outlet)
            if outlet is None:
                return
            # Who waits for the turn of a host that many share takes no slot from the others.
            async with self._hosts[authority_of(source.address)], self._slots:
                brought = await self._visitor.visit(source, outlet, self._settings.merged(outlet))
            try:
                await self._end_visit(source, outlet, brought)
            except Exception as error:
                log.exception("a visit was lost", extra={"outlet": source.outlet, "url": source.address})
                lost = Visited(error=f"what it brought could not be stored: {error}")
                await self._end_visit(source, outlet, Brought(visited=lost))
        except Exception:
            self._lost.sources.add(source.id)
            log.exception("a visit could not be ended", extra={"outlet": source.outlet, "url": source.address})
        finally:
            self._visiting[source.outlet] -= 1
            self._idle.set()

    async def _end_visit(self, source: ClaimedSource, outlet: Outlet, brought: Brought) -> None:
        now, dice = self._clock(), random.random()  # noqa: S311  (spreads starts, guards no secret)

        recorded = await self._database.transact(
            lambda session: self._recorder.record(session, source, outlet, self._settings, brought, now, dice)
        )
        self._visitor.settle(brought)
        self._tell_visit(source, brought, recorded)
        if recorded.queued.new or recorded.queued.again:
            self._hungry.set()
        if recorded.gap:
            self._backfill.begin(recorded.gap, source, outlet, self._settings.merged(outlet), brought.listing)
        if brought.sources:
            await self._visit_all([source.outlet], only_new=True)

    def _tell_visit(self, source: ClaimedSource, brought: Brought, recorded: Recorded) -> None:
        visited, queued = brought.visited, recorded.queued
        self.counters["visits"][source.outlet, visited.result] += 1
        self.counters["list_bytes"][(source.outlet,)] += visited.bytes_read
        self.counters["leads"][(source.outlet,)] += queued.new
        facts = {"outlet": source.outlet, "url": source.address, "status": visited.status}
        for tally in self._tallies.get(source.outlet, ()):
            if visited.error:
                tally.problem(f"{source.address}: {visited.error}")
            else:
                tally.list_read(queued.new + queued.again, not_modified=visited.not_modified)
                if queued.left:
                    tally.note(f"{source.address}: {queued.left} pages were not fetched: {leads.TOO_OLD}")
        if visited.gone:
            log.warning("source gone, switched off", extra=facts)
        elif visited.put_off:
            log.info("source put off", extra={**facts, "next": recorded.following.at.isoformat()})
        elif visited.error:
            facts |= {
                "detail": visited.error,
                "failures": source.failures + 1,
                "next": recorded.following.at.isoformat(),
            }
            log.warning("source failed", extra=facts)
        elif not visited.not_modified:
            facts |= {"leads": len(brought.leads), "new": queued.new, "again": queued.again}
            log.info("source read", extra=facts | ({"notes": "; ".join(brought.notes)} if brought.notes else {}))
        if visited.moved_to and visited.moved_to != source.moved_to:
            log.info("source redirects for good", extra={**facts, "to": visited.moved_to})

    async def _pumping(self) -> None:
        """Take up leads whenever there may be room for some."""
        while True:
            await self._hungry.wait()
            self._hungry.clear()
            try:
                await self._fill()
            except Exception:
                log.exception("leads could not be claimed")
                await asyncio.sleep(1)

    async def _fill(self) -> None:
        if self._stopping:
            return
        now, busy = self._clock(), +self._working
        claimed = await self._database.transact(lambda session: self._turns.claim(session, busy, self._outlets, now))
        for lead in claimed:
            self._working[lead.outlet] += 1
            self._begin(self._work(lead), f"lead {lead.url}")

    async def _work(self, lead: ClaimedLead) -> None:
        slug = lead.outlet
        try:
            outlet = self._outlets.get(slug)
            if outlet is not None:
                self._tell_lead(await self._pipeline.run(lead, outlet, self._settings.merged(outlet)))
        except Exception:
            log.exception("a lead's end could not be told", extra={"outlet": slug, "url": lead.url})
        finally:
            self._working[slug] -= 1
            if self._working[slug] in (0, MOST_OF_ONE // 2):
                self._hungry.set()
            if not self._working[slug]:
                self._idle.set()

    def _tell_lead(self, ended: Ended) -> None:
        lead, tallies = ended.lead, self._tallies.get(ended.lead.outlet, ())
        facts = {"outlet": lead.outlet, "url": lead.url}
        if ended.filed is not None:
            self.counters["filings"][lead.outlet, ended.filed.value] += 1
            self.counters["page_bytes"][(lead.outlet,)] += ended.size
            for tally in tallies:
                tally.filed(lead.url, ended.filed)
            known = ended.filed is FilingKind.KNOWN
            log.log(
                logging.DEBUG if known else logging.INFO, "article filed", extra={**facts, "kind": ended.filed.value}
            )
            if not known:
                self._on_filed()
            return
        reason = ended.reason or "unknown"
        self.counters["lead_failures"][lead.outlet, reason] += 1
        for tally in tallies:
            if ended.is_harmless:
                tally.set_aside(lead.url, f"{reason}: {ended.detail}")
            else:
                tally.failed(lead.url, f"{reason}: {ended.detail}", later=ended.later)
        what = "lead put back" if ended.later else "lead set aside"
        log.info(what, extra={**facts, "reason": reason, "detail": ended.detail, "tries": lead.tries + 1})
