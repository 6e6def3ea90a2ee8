"""A house for the web face to stand in: a real database, outlets and watches of one's choice."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from prometheus_client import CollectorRegistry

from alerts import Dispatch, Reception, Watchlist
from crawler import Subscriber, Workers, warm_up
from crawler.downloader.engine import Engine
from crawler.downloader.fetch import Fetcher
from newsdesk import Database, Desk, Guard
from tocsin.metrics import Metrics
from tocsin.web import make_app

from .databases import sqlite_at

HERE = "http://127.0.0.1:8480"


@dataclass
class PlainHouse:
    """What pages may ask for, without a daemon behind it."""

    database: Database
    outlets: list[Any] = field(default_factory=list)
    watches: list[Any] = field(default_factory=list)
    public_url: str = HERE
    hubs: Any = None
    reception: Any = None
    dispatch: Any = None
    trouble: list[str] = field(default_factory=list)
    metrics: Metrics = field(default_factory=Metrics)

    def __post_init__(self) -> None:
        self.reception = self.reception or Reception(self.database, Watchlist([]))
        self.dispatch = self.dispatch or Dispatch(self.database, Watchlist([]))

    @property
    def registry(self) -> CollectorRegistry:
        return self.metrics.registry

    async def troubles(self) -> list[str]:
        return self.trouble

    async def ask(
        self,
        path: str,
        method: str = "GET",
        *,
        headers: dict[str, str] | None = None,
        content: Any = None,
        bind: str = "127.0.0.1",
        by: str = "127.0.0.1",
    ) -> httpx.Response:
        """Ask the face from the address `by`; an error of a page is an answer, not an exception."""
        transport = httpx.ASGITransport(make_app(self, bind), raise_app_exceptions=False, client=(by, 50000))
        async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
            return await client.request(method, path, headers=headers, content=content)


def subscriber(database: Database, **more: Any) -> Subscriber:
    """Give one that hubs can speak to; it knows no outlet unless `place` does, and asks no hub by itself."""
    guard = Guard()
    usual: dict[str, Any] = {
        "place": lambda _slug: None,
        "begin": lambda work, name: asyncio.create_task(work, name=name),
        "on_queued": lambda: None,
        "counters": {"pushes": Counter(), "leads": Counter()},
        "clock": lambda: datetime.now(UTC),
    }
    fetcher, workers = Fetcher(Engine(guard), guard), Workers(warm_up, count=1)
    return Subscriber(database, Desk(database), guard, fetcher, workers, f"{HERE}/websub/", **usual | more)


@contextmanager
def plain_house(folder: Path) -> Iterator[PlainHouse]:
    """Give a house over an empty SQLite database with every table."""
    database = Database(sqlite_at(folder / "tocsin.db"))
    yield PlainHouse(database, hubs=subscriber(database))
    database.close()
