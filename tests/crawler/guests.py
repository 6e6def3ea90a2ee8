"""What the tests of manners share: lists as a server writes them, visits, and what was sent."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import update

from crawler import PollReport, run_on_reactor
from crawler.downloader.answer import Answer
from crawler.downloader.engine import Engine
from crawler.downloader.fetch import Fetcher
from crawler.tables import SourceRow
from newsdesk import FetchError, Guard

from .polling import LOOPBACK, House, settings
from .wire import Wire, answer

Headers = dict[str, bytes]


def rss(*numbers: int) -> bytes:
    items = "".join(f"<item><title>Report {n}</title><link>/a/{n}</link></item>" for n in numbers or (1,))
    return f"<rss version='2.0'><channel><title>Wire</title>{items}</channel></rss>".encode()


def feed(*numbers: int, status: str = "200 OK", body: bytes | None = None, **headers: str) -> bytes:
    return answer(rss(*numbers) if body is None else body, status, Content_Type="application/rss+xml", **headers)


NOT_MODIFIED = answer(status="304 Not Modified")


def visits(house: House, server: Wire, times: int = 1, path: str = "/feed", **values: Any) -> PollReport:
    if not house.outlets:
        house.outlet(server, f"feed:{path}", **values)  # type: ignore[arg-type]
    return house.visit(times)


def sent(server: Wire, name: str, path: str = "/feed") -> list[bytes | None]:
    return [headers.get(name) for headers in server.asked(path)]


def leads(house: House) -> int:
    return sum(house.lead_states().values())


def edit(house: House, **values: Any) -> None:
    with house.database.begin() as session:
        session.execute(update(SourceRow).values(**values))


def fetched(main: Callable[[Fetcher], Awaitable[Any]], guard: Guard | None = None) -> Any:
    guard = guard or Guard(LOOPBACK)

    async def whole() -> Any:
        engine = Engine(guard)
        await engine.start()
        try:
            return await main(Fetcher(engine, guard))
        finally:
            await engine.stop()

    return run_on_reactor(whole)


def get(url: str, guard: Guard | None = None, **values: Any) -> Answer:
    most = values.pop("max_bytes", None)
    return fetched(lambda fetcher: fetcher.get(url, settings(**values), max_bytes=most), guard)


def refused(url: str, guard: Guard | None = None, **values: Any) -> FetchError:
    with pytest.raises(FetchError) as caught:
        get(url, guard, **values)
    return caught.value
