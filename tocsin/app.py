"""App: builds everything once; start, stop, reload; what was started last is stopped first."""

import asyncio
import gc
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from prometheus_client import CollectorRegistry
from sqlalchemy import text

from alerts import (
    Bounces,
    Dispatch,
    Ledger,
    Notices,
    Outbox,
    Pulse,
    Reception,
    Round,
    Sweep,
    SweepReport,
    Watch,
    Watchlist,
)
from crawler import Outlet, OutletState, Poller, Subscriber, Vigil, attention, outlet_states
from newsdesk import Archive, ConfigError, Database, Desk, Guard, TocsinError, crash_point, forget

from .alarms import heartbeat, selfwatch
from .alarms.alarm import Alarm
from .alarms.patience import wait_for_server
from .alarms.selfwatch import SelfWatch
from .alarms.siren import MEMORY, Siren
from .changes import EVERY, Watcher, survey
from .configuration import Configuration
from .keeping import keeper_of, retention_of
from .keyfile import close_secrets
from .log import logger
from .metrics import Metrics
from .schedule import Schedule
from .storage import answers_path, only_daemon, open_database

_STOP_SECONDS = 2.5
"""What deliveries, crawler and schedule each get to finish; the whole stop stays below ten seconds."""
_INDEXED_AT_ONCE = 25
"""So many times some hundred articles are indexed a minute, where there are such."""

log = logger("app")


@dataclass(frozen=True, slots=True)
class Tally:
    """How the deliveries of one visit went."""

    sent: int
    later: int
    failed: int


class App:
    """The whole product in one process, from one folder's configuration."""

    database: Database
    poller: Poller
    vigil: Vigil
    watchlist: Watchlist
    dispatch: Dispatch
    reception: Reception

    def __init__(self, configuration: Configuration, reread: Callable[..., Configuration] | None = None) -> None:
        """Prepare; nothing is opened before `start()`.

        `reread` reads the folder anew, for `reload()`: the whole, or of outlets what is not as in the one it is given.
        """
        self.configuration = configuration
        self.metrics = Metrics()
        self.schedule = Schedule(self.metrics.job_ended)
        self.is_running = False
        self.web_address = ""
        self.started = datetime.now(UTC)
        self._reread = reread or (lambda before=None: configuration)
        self._watcher = Watcher(configuration.stamps)
        self._daemon = heartbeat.name()
        self._undo = AsyncExitStack()
        self._reloading = asyncio.Lock()

    @property
    def outlets(self) -> Sequence[Outlet]:
        """Give the outlets that are polled."""
        return self.configuration.outlets

    @property
    def watches(self) -> Sequence[Watch]:
        """Give the watches that are kept."""
        return self.configuration.watches

    @property
    def public_url(self) -> str:
        """Give the address under which people reach the web face."""
        return self.configuration.settings.web.public_url

    @property
    def hubs(self) -> Subscriber:
        """Give what hubs speak to."""
        return self.poller.hubs

    @property
    def registry(self) -> CollectorRegistry:
        """Give the metrics."""
        return self.metrics.registry

    async def start(self, *, daemon: bool = True) -> None:
        """Open the database, build every part, start crawling; a `daemon` also gets its clock and its web face.

        Raises StorageError or ConfigError, with everything that was begun undone.
        """
        try:
            await self._open(daemon)
            crash_point("start")
            self._build()
            await self.reception.look()
            self._undo.push_async_callback(self.reception.close)
            self._undo.push_async_callback(self.dispatch.close, _STOP_SECONDS)
            self._undo.push_async_callback(self.poller.stop, _STOP_SECONDS)
            await self.dispatch.recall()
            await self.poller.start()
            if daemon:
                self._undo.push_async_callback(self._bounces.close)
                await self._bounces.open()
                await self._start_clock()
                await self._start_web()
            else:
                self.watchlist.wait_for_nobody()
            self.is_running = True
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Undo in reverse: the web face, the clock with the runs under way, the crawler, the database."""
        self.is_running = False
        await self._undo.aclose()

    async def reload(self, *, whole: bool = True) -> bool:
        """Take over what the folder says now; when anything in it is wrong, log it and keep what is in force.

        Unless the `whole` is asked for, outlet files that are as they were are not read again.
        """
        async with self._reloading:
            try:
                fresh, watchlist = await asyncio.to_thread(self._read_folder, whole)
            except TocsinError as error:
                for problem in error.problems if isinstance(error, ConfigError) else (error,):
                    log.error("configuration refused", problem=str(problem))
                self.metrics.reloaded(False)
                return False
            await self.take_over(fresh, watchlist)
            self.metrics.reloaded(True)
            log.info("configuration taken over", outlets=len(fresh.outlets), watches=len(fresh.watches))
            return True

    async def take_over(self, fresh: Configuration, watchlist: Watchlist) -> None:
        """Go by another configuration from now on."""
        self._tell_what_waits_for_a_restart(fresh)
        self.configuration = fresh
        await self.poller.reload(fresh.outlets, fresh.settings.crawl)
        self._keeper.keep = fresh.settings.archive.keep_pages
        self.watchlist.replace(watchlist)
        gc.freeze()  # else each full collection walks through all watches
        self.schedule.wake("round")
        self._schedule_outlets()
        self.selfwatch.take_over(fresh.direct(), fresh.heart())
        self._schedule_heart()

    def _read_folder(self, whole: bool) -> tuple[Configuration, Watchlist]:
        self._watcher.taken = survey(self.configuration.folder)
        fresh = self._reread(None if whole else self.configuration)
        return fresh, fresh.watchlist()

    async def look(self) -> None:
        """Notice files that were added, changed or removed, and take them over once nobody writes them any more."""
        if self._watcher.is_due(await asyncio.to_thread(survey, self.configuration.folder)):
            await self.reload(whole=False)

    async def keep_vigil(self, now: datetime | None = None) -> None:
        """Look at every outlet's health, and promise to tell the operator what began and what is over."""
        now = now or datetime.now(UTC)
        alarm = Alarm(Notices(self.database, self.watchlist), self.outlets, self.watches)
        if await self.vigil.look([outlet.slug for outlet in self.outlets], now, partial(alarm.tell, now=now)):
            self.schedule.wake("dispatch")

    async def sweep(self) -> SweepReport:
        """Show every article that no watch has seen yet to the watches, and promise what follows from it."""
        report = await self._sweep.run(datetime.now(UTC))
        if report.deliveries:
            self.schedule.wake("dispatch")
        if self._pulse.asks_archive:
            self.schedule.wake("round")
        return report

    async def go_round(self) -> None:
        """Take in new watches of volumes, silences and first mentions, and promise what time alone brings of them."""
        if await self._round.run(datetime.now(UTC)):
            self.schedule.wake("dispatch")

    async def drain(self) -> Tally:
        """Sweep, and deliver what is due until nothing is; for a visit outside the daemon."""
        await self.sweep()
        await self.go_round()
        before = Counter(self.dispatch.counters.attempts)
        while await self.dispatch.run(datetime.now(UTC)):
            await self.dispatch.drain()
        states: Counter[str] = Counter()
        for (_, state), count in (self.dispatch.counters.attempts - before).items():
            states[state] += count
        return Tally(states["sent"], states["pending"], states["failed"])

    async def troubles(self) -> Sequence[str]:
        """Tell what keeps the daemon from its work; nothing when all is well."""
        return [trouble.text for trouble in await self.selfwatch.look(datetime.now(UTC)) if trouble.is_grave]

    async def _open(self, daemon: bool) -> None:
        opened = partial(open_database, self.configuration.settings)
        siren = Siren(self.configuration.direct(), self.configuration.folder / MEMORY)
        self.database = await wait_for_server(opened, siren) if daemon else opened()
        self._undo.callback(self.database.close)
        if daemon:
            await close_secrets(self.database)
        if daemon and self._undo.enter_context(only_daemon(self.database)):
            # Whoever held these leases is dead; without this they would wait a minute.
            await self.database.transact(Outbox(self.database).reclaim)

    def _build(self) -> None:
        settings = self.configuration.settings
        self._desk = Desk(self.database)
        self.watchlist = self.configuration.watchlist()
        gc.freeze()  # else each full collection walks through all watches
        self._pulse = Pulse(self.database, self._desk, self.watchlist, attention)
        self._round = Round(self._pulse)
        self._sweep = Sweep(self.database, self._desk, self.watchlist, self._pulse)
        self._bounces = Bounces(self.database, self.watchlist)
        self.dispatch = Dispatch(
            self.database, self.watchlist, answers=answers_path(self.database, self.configuration.folder)
        )
        self.reception = Reception(self.database, self.watchlist)
        on_filed = partial(self.schedule.wake, "sweep")
        self._keeper = keeper_of(self.database, settings.archive)
        self._undo.callback(self._keeper.close)
        self.poller = Poller(
            self.database,
            self._desk,
            self.outlets,
            settings.crawl,
            Guard(settings.allow_private, settings.web.own),
            on_filed,
            public_url=settings.web.public_url if settings.web.enabled else None,
            keeper=self._keeper,
        )
        self.vigil = Vigil(self.database, self.poller.witness)
        self.metrics.follow(self.poller.counters, self.dispatch.counters, Ledger(self.database))
        self.metrics.watch_health(self._health)
        self.selfwatch = SelfWatch(
            self.database,
            self.schedule,
            self.configuration.direct(),
            self.configuration.heart(),
            dead=lambda: self.dispatch.counters.dead,
            polled=lambda: {outlet.slug for outlet in self.outlets},
            folder=self.configuration.folder,
        )

    async def _start_clock(self) -> None:
        schedule = self.schedule
        schedule.every("poll", 1, self.poller.tick)
        schedule.every("hubs", 5, self.poller.hubs.run)
        schedule.every("sweep", 30, self.sweep)
        schedule.every("round", 60, self.go_round)
        schedule.every("dispatch", 1, self._dispatch_due)
        schedule.every("bounces", 30, self._bounces.read)
        schedule.every("heartbeat", heartbeat.EVERY.total_seconds(), self._beat)
        schedule.every("siren", selfwatch.EVERY, self._sound)
        schedule.every("folder", EVERY, self.look)
        schedule.every("readers", 5, self.reception.look)
        schedule.every("vigil", 60, self.keep_vigil)
        schedule.every("index", 60, self._index)
        schedule.every("housekeeping", 86400, self._keep_house, jitter=600)
        self._schedule_outlets()
        self._schedule_heart()
        await schedule.start()
        self._undo.push_async_callback(self.selfwatch.close)
        self._undo.push_async_callback(self._end_heartbeat)
        self._undo.push_async_callback(schedule.stop, _STOP_SECONDS)

    async def _start_web(self) -> None:
        bind = self.configuration.settings.web.bind
        if bind:
            from .web import WebFace

            face = WebFace(self, bind)
            await face.start()
            self.web_address = face.address
            self._undo.push_async_callback(face.stop)

    def _schedule_outlets(self) -> None:
        """Set the outlets that are polled by cron expressions on the clock."""
        for name in [name for name in self.schedule.jobs if name.startswith("poll_at:")]:
            self.schedule.remove(name)
        for outlet in self.outlets:
            for number, expression in enumerate(outlet.poll_at):
                visit = partial(self.poller.poll, [outlet.slug])
                self.schedule.cron(f"poll_at:{outlet.slug}:{number}", expression, visit, outlet.timezone)

    def _schedule_heart(self) -> None:
        """Set the beat for a watcher outside on the clock, where one is named."""
        if "ping" in self.schedule.jobs:
            self.schedule.remove("ping")
        if self.configuration.settings.operator.heartbeat.get_secret_value():
            every = self.configuration.settings.operator.heartbeat_every
            self.schedule.every("ping", every.total_seconds(), self._ping)

    async def _sound(self) -> None:
        await self.selfwatch.sound(datetime.now(UTC))

    async def _ping(self) -> None:
        await self.selfwatch.beat(datetime.now(UTC))

    async def _dispatch_due(self) -> None:
        if not await self.dispatch.run(datetime.now(UTC)):
            crash_point("idle")

    async def _beat(self) -> None:
        trouble = "; ".join(await self.troubles()) or None
        beat = partial(
            heartbeat.beat, daemon=self._daemon, started=self.started, now=datetime.now(UTC), trouble=trouble
        )
        with self.selfwatch.writing():
            await self.database.transact(beat)

    async def _end_heartbeat(self) -> None:
        await self.database.transact(partial(heartbeat.end, daemon=self._daemon))

    async def _index(self) -> None:
        """Index what an earlier version filed, or indexed by other rules: a bounded part, so that the rest goes on."""
        archive = Archive(self.database)
        for _ in range(_INDEXED_AT_ONCE):
            if not await self.database.transact(archive.index_some):
                break

    async def _keep_house(self) -> None:
        if count := await forget(self.database, retention_of(self.configuration), datetime.now(UTC)):
            log.info("old articles forgotten", articles=count)
        await self.reception.forget()
        if count := await self._keeper.forget(datetime.now(UTC)):
            log.info("old pages removed", files=count)
        await asyncio.to_thread(self._tidy)

    def _tidy(self) -> None:
        if not self.database.is_postgres:
            with self.database.begin() as session:
                session.execute(text("PRAGMA optimize"))

    def _health(self) -> dict[str, OutletState]:
        polled = {outlet.slug for outlet in self.outlets}
        return {slug: state for slug, state in outlet_states(self.database).items() if slug in polled}

    def _tell_what_waits_for_a_restart(self, fresh: Configuration) -> None:
        old, new = self.configuration.settings, fresh.settings
        keys = ("database", "web", "allow_private", "secrets_key")
        waiting = [key for key in keys if getattr(old, key) != getattr(new, key)]
        if waiting:
            log.warning("settings that a restart takes over", settings=waiting)
