"""Bulk: the pages of an archive read in every core, filed in batches, gone on with where it was interrupted."""

from __future__ import annotations

import asyncio
import os
import resource
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from newsdesk import ReadingError
from tocsin.importer import Dated, Report, Task, can_be_article
from tocsin.importing.intake import Intake, intake
from tocsin.importing.places import Position
from tocsin.reading import Sites, slug_of, to_article

if TYPE_CHECKING:
    from crawler import Document, Outlet, Reading, Workers

_AHEAD = 4
"""How many pages each reader has waiting: enough to be busy while a batch is filed."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of an archive, or with a `fault` what kept it from being one; `after` is where the next record begins.

    A record that is neither only moves the position on.
    """

    number: int
    after: int
    url: str = ""
    document: Document | None = None
    seen: datetime | None = None
    fault: str = ""


@dataclass(slots=True)
class _Speed:
    began: float = field(default_factory=time.monotonic)
    cpu: float = field(default_factory=lambda: _cpu_seconds())
    pages: int = 0

    def told(self, cores: int) -> str:
        """Give pages a second in all and for each second of CPU time, which is one core's work."""
        took = max(time.monotonic() - self.began, 0.001)
        cpu = max(_cpu_seconds() - self.cpu, 0.001)
        return (
            f"{self.pages} pages read in {took:.1f} s: {self.pages / took:.1f} pages/s on {cores} cores, "
            f"{self.pages / cpu:.1f} pages/s per core"
        )


def _cpu_seconds() -> float:
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def backfill(task: Task, records: Callable[[Position], Iterator[Page]], outlets: list[Outlet], report: Report) -> None:
    """File every page that is an article; interrupted, the same call goes on behind what was filed last."""
    with intake(task, report) as taking:
        run = _Run(task, taking, outlets, report)
        asyncio.run(run.read(records(taking.position)))
    task.call.warn(f"{task.name}: {run.speed.told(run.cores)}")


class _Run:
    """One run: pages go to the readers as they come, and are filed in the order of the archive."""

    def __init__(self, task: Task, taking: Intake, outlets: list[Outlet], report: Report) -> None:
        self._task, self._taking, self._report = task, taking, report
        self._sites = Sites(outlets)
        self._waiting: deque[tuple[Page, asyncio.Task[Dated | str | None] | None]] = deque()
        self.cores = os.cpu_count() or 1
        self.speed = _Speed()

    async def read(self, pages: Iterator[Page]) -> None:
        async with _readers(self.cores) as workers:
            self.speed = _Speed()
            try:
                for page in pages:
                    work = self._begin(workers, page)
                    self._waiting.append((page, work))
                    # Tasks start when this one waits.
                    await asyncio.sleep(0)
                    while self._waiting and (self._is_full() or self._is_next_done()):
                        await self._take()
                while self._waiting:
                    await self._take()
            finally:
                for _, work in self._waiting:
                    if work:
                        work.cancel()
        # The readers have ended: now their CPU time counts.

    def _begin(self, workers: Workers, page: Page) -> asyncio.Task[Dated | str | None] | None:
        if page.document is None:
            return None
        outlet = self._sites.outlet_of(page.url)
        if outlet is None and self._task.known_only:
            return None
        self.speed.pages += 1
        return asyncio.create_task(self._article(workers, page, outlet))

    def _is_full(self) -> bool:
        return len(self._waiting) > self.cores * _AHEAD

    def _is_next_done(self) -> bool:
        work = self._waiting[0][1]
        return work is None or work.done()

    async def _take(self) -> None:
        page, work = self._waiting[0]
        outcome = page.fault or (await work if work else None)
        self._waiting.popleft()
        if isinstance(outcome, str) and outcome:
            self._task.refuse(self._report, f"record {page.number}", f"{page.url}: {outcome}" if page.url else outcome)
        elif work and not isinstance(outcome, Dated):
            self._report.counts["not_an_article"] += 1
        self._taking.take(outcome if isinstance(outcome, Dated) else None, Position(page.after, page.number))

    async def _article(self, workers: Workers, page: Page, outlet: Outlet | None) -> Dated | str | None:
        from crawler import ReadingKind, read_page, rules_of

        assert page.document is not None and page.seen is not None
        slug = outlet.slug if outlet else slug_of(page.url.split("/")[2])
        try:
            # Turns go by owner; an archive may hold one site alone.
            reading: Reading = await workers.run(
                f"{page.number % self.cores}", read_page, page.document, rules_of(outlet) if outlet else None
            )
        except ReadingError as error:
            return str(error)
        if reading.kind is not ReadingKind.ARTICLE:
            return None
        article = to_article(reading, slug)
        return can_be_article(article) or Dated(article, page.seen)


@asynccontextmanager
async def _readers(count: int) -> AsyncIterator[Workers]:
    from crawler import Workers, warm_up

    workers = Workers(warm_up, count=count)
    await workers.start()
    try:
        yield workers
    finally:
        await workers.stop()
