"""A poller with all its real parts, for the tests of this folder."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import select

from crawler import CrawlSettings, Outlet, Poller, PollReport, run_on_reactor, source_states
from crawler.tables import LeadRow
from crawler.workers.workers import Workers
from newsdesk import Archive, Article, Database, Desk, Guard
from tocsin.demo.newspaper import Newspaper

T = TypeVar("T")
LOOPBACK = ("127.0.0.0/8",)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what other threads and tasks bring about."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  (threads set no event of this loop)
            await asyncio.sleep(0.01)


def settings(**values: Any) -> CrawlSettings:
    return CrawlSettings(**{"delay": "0s", "timeout": "5s", **values})


@dataclass
class House:
    """A database, a desk and the outlets to poll; each visit has a poller of its own."""

    database: Database
    workers: Workers
    outlets: list[Outlet] = field(default_factory=list)
    settings: CrawlSettings = field(default_factory=settings)
    filed: int = 0

    @property
    def desk(self) -> Desk:
        return Desk(self.database)

    def outlet(self, paper: Newspaper, *sources: str, slug: str = "paper", **values: Any) -> Outlet:
        """Add an outlet with its sources as `kind:/path`."""
        pairs = [source.partition(":")[::2] for source in sources or ("feed:/feed.xml",)]
        given = [{"kind": kind, "url": paper.url + path} for kind, path in pairs]
        outlet = Outlet(slug=slug, name=paper.name, site=paper.url + "/", sources=given, **values)  # type: ignore[arg-type]
        self.outlets.append(outlet)
        return outlet

    def poller(self, **more: Any) -> Poller:
        def on_filed() -> None:
            self.filed += 1

        more = {"workers": self.workers, **more}
        return Poller(self.database, self.desk, self.outlets, self.settings, Guard(LOOPBACK), on_filed, **more)

    def run(self, main: Callable[[Poller], Awaitable[T]], **more: Any) -> T:
        """Start a poller, do `main` with it, stop it."""

        async def whole() -> T:
            poller = self.poller(**more)
            await poller.start()
            try:
                return await main(poller)
            finally:
                await poller.stop(5)

        return run_on_reactor(whole)

    def visit(self, times: int = 1) -> PollReport:
        """Visit every outlet; gives the last report of the first."""

        async def main(poller: Poller) -> PollReport:
            for _ in range(times):
                reports = await poller.poll()
            return reports[0]

        return self.run(main)

    def articles(self) -> list[Article]:
        return [filed.article for filed in Archive(self.database).articles()]

    def unswept(self) -> list[str]:
        with self.database.read() as session:
            return sorted(unswept.filed.article.title for unswept in self.desk.unswept(session))

    def lead_states(self) -> Counter[str]:
        with self.database.read() as session:
            return Counter(session.scalars(select(LeadRow.state)))

    def source(self) -> Any:
        return source_states(self.database)[0]

    def make_all_due(self) -> None:
        """Let time pass for the leads that wait for another try."""
        with self.database.begin() as session:
            for row in session.scalars(select(LeadRow)):
                row.next_try_at = row.found_at
