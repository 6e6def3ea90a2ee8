"""Poll, sweep, dispatch on the clock: what runs when, one run of a job at a time (the only APScheduler)."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from .log import logger

Job = Callable[[], Awaitable[object]]

_LEAP = 5.0
"""Seconds by which the wall clock may part from the monotonic one before due times are set anew."""

_LAST_WORDS = 1.5
"""Seconds for a run that was cut off to give back what it holds."""

log = logger("schedule")


@dataclass(slots=True)
class JobRecord:
    """What one job has done; times are monotonic seconds, 0 for never."""

    name: str
    runs: int = 0
    errors: int = 0
    failing: int = 0
    """Runs that failed since the last one that did not."""
    last_end: float = 0.0
    last_seconds: float = 0.0
    again: bool = False
    task: asyncio.Task[object] | None = None
    """The run under way."""


class Schedule:
    """Jobs on the clock in the running loop.

    A late job runs once, not as often as it was missed; an unexpected exception ends that run only. A job that is
    woken while it runs, runs once more.
    """

    def __init__(
        self,
        on_run: Callable[[str, float, bool], None] = lambda name, seconds, failed: None,
        *,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Tell each end of a run to `on_run(name, seconds, failed)`."""
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        self._on_run = on_run
        self._wall, self._monotonic = wall, monotonic
        self._loop: asyncio.AbstractEventLoop | None = None
        self._watch: asyncio.Task[None] | None = None
        self.jobs: dict[str, JobRecord] = {}
        self.last_tick = 0.0

    def every(self, name: str, seconds: float, job: Job, *, jitter: float | None = None) -> None:
        """Run `job` each `seconds`, first at the start."""
        self._add(name, job, IntervalTrigger(seconds=seconds, jitter=jitter, timezone=UTC), at_once=True)

    def cron(self, name: str, expression: str, job: Job, timezone: str = "UTC") -> None:
        """Run `job` by a crontab expression of five fields. Raises ValueError."""
        self._add(name, job, CronTrigger.from_crontab(expression, timezone=timezone), at_once=False)

    def remove(self, name: str) -> None:
        """Forget a job; a run that is under way ends by itself."""
        self._scheduler.remove_job(name)
        del self.jobs[name]

    def wake(self, name: str) -> None:
        """Run a job as soon as can be; from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake, name)

    def ticking(self, within: float = 30.0) -> bool:
        """Tell whether the clock's own beat was heard within so many seconds."""
        return self.last_tick > 0 and self._monotonic() - self.last_tick < within

    def failing(self, times: int = 5) -> list[str]:
        """Give the jobs that have failed at least so often in a row."""
        return [record.name for record in self.jobs.values() if record.failing >= times]

    async def start(self) -> None:
        """Begin; every job that runs `every` so often runs at once."""
        self._loop = asyncio.get_running_loop()
        self.last_tick = self._monotonic()
        self._scheduler.start()
        self._watch = asyncio.create_task(self._beat(), name="schedule-beat")

    async def stop(self, grace: float = 5.0) -> None:
        """Start no further run, wait for those under way at most `grace` seconds, cancel the rest."""
        if self._watch is None:
            return
        self._scheduler.pause()
        self._watch.cancel()
        self._watch = None
        busy = [record.task for record in self.jobs.values() if record.task is not None]
        if busy:
            _, late = await asyncio.wait(busy, timeout=grace)
            if late:
                log.warning("jobs cut off in their run", jobs=sorted(task.get_name() for task in late))
                for task in late:
                    task.cancel()
                await asyncio.wait(late, timeout=_LAST_WORDS)
        self._scheduler.shutdown(wait=False)

    def _add(self, name: str, job: Job, trigger: BaseTrigger, *, at_once: bool) -> None:
        record = self.jobs[name] = JobRecord(name)

        async def run() -> None:
            await self._run(record, job)

        extra = {"next_run_time": datetime.now(UTC)} if at_once else {}
        self._scheduler.add_job(run, trigger, id=name, name=name, **extra)

    async def _run(self, record: JobRecord, job: Job) -> None:
        record.task = asyncio.current_task()
        if record.task:
            record.task.set_name(record.name)
        try:
            record.again = True
            while record.again:
                record.again = False
                await self._once(record, job)
        finally:
            record.task = None

    async def _once(self, record: JobRecord, job: Job) -> None:
        began, failed = self._monotonic(), False
        try:
            await job()
        except Exception as error:
            failed = True
            self._note(record, error)
        else:
            record.failing = 0
        record.runs += 1
        record.last_end = self._monotonic()
        record.last_seconds = record.last_end - began
        self._on_run(record.name, record.last_seconds, failed)

    def _note(self, record: JobRecord, error: Exception) -> None:
        """Log the first of a row of failures whole; of the rest the second, fourth, eighth, ... in a line."""
        record.errors += 1
        record.failing += 1
        if record.failing == 1:
            log.exception("job failed", job=record.name)
        elif record.failing & (record.failing - 1) == 0:
            log.error(
                "job still fails", job=record.name, times=record.failing, error=f"{type(error).__name__}: {error}"
            )

    def _wake(self, name: str) -> None:
        record = self.jobs.get(name)
        if record is None or self._watch is None:
            return
        if record.task is not None:
            record.again = True
        else:
            self._scheduler.modify_job(name, next_run_time=datetime.now(UTC))

    async def _beat(self) -> None:
        """Beat each second; when the wall clock leaps, set due times anew: else a step back would halt every job."""
        apart = self._wall() - self._monotonic()
        while True:
            await asyncio.sleep(1)
            self.last_tick = self._monotonic()
            moved = self._wall() - self._monotonic() - apart
            if abs(moved) > _LEAP:
                apart += moved
                log.warning("the clock leapt", seconds=round(moved, 1))
                self._set_due_anew()

    def _set_due_anew(self) -> None:
        now = datetime.now(UTC)
        for job in self._scheduler.get_jobs():
            interval = isinstance(job.trigger, IntervalTrigger)
            job.modify(next_run_time=now if interval else job.trigger.get_next_fire_time(None, now))
