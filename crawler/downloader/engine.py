"""Scrapy's engine inside our own asyncio loop: one long-lived crawl that fetches what it is handed.

Redirects, robots.txt, pace and validators are awaited around each download (see fetch.py), not built as middlewares:
each hop then passes the same checks in the order in which they are read, and a fetch costs half the CPU.
"""

import asyncio
import atexit
import logging
import resource
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

from scrapy import Request, Spider, signals
from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
)
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.logformatter import LogFormatter
from scrapy.settings import Settings
from twisted.web._newclient import HEADER, STATUS, HTTP11ClientProtocol

from newsdesk import Guard

from .resolver import GuardedResolver

T = TypeVar("T")

_SCHEMES_OFF = ("data", "file", "ftp", "s3")
_MOST_HEAD = 500_000
_IDLE = 5
"""Seconds for which a connection is kept for the next page of its host: thousands of hosts share the descriptors."""
_AT_ONCE = 500
_RESERVED = 400
"""Descriptors that fetches leave to others: two hundred deliveries at once, the database, the readers, the web face."""


class _OutletSpider(Spider):
    """Keeps the crawl open for as long as the engine runs."""

    name = "tocsin"

    async def start(self) -> AsyncIterator[Any]:
        await asyncio.Event().wait()
        yield None


class _ShortHeadedProtocol(_LenientHTTP11ClientProtocol):
    """Hangs up on a server whose headers do not end: nothing else counts them."""

    _head = 0

    def request(self, request: Any) -> Any:
        """Ask, and count anew."""
        self._head = 0
        return super().request(request)

    def dataReceived(self, data: bytes) -> None:
        """Take bytes in, as long as the headers stay within reason."""
        parser = self._parser
        if parser is not None and parser.state in (STATUS, HEADER):
            self._head += len(data)
            if self._head > _MOST_HEAD and self.transport is not None:
                self.transport.abortConnection()
                return
        super().dataReceived(data)  # type: ignore[no-untyped-call]


class _ShortHeadedFactory(_LenientHTTP11ClientFactory):
    def buildProtocol(self, addr: Any) -> HTTP11ClientProtocol:
        return _ShortHeadedProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]


class _Handler(HTTP11DownloadHandler):
    """Scrapy's handler of HTTP, with a limit to headers too."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool._factory = _ShortHeadedFactory
        self._pool.cachedConnectionTimeout = _IDLE


class _QuietFormatter(LogFormatter):
    """Says nothing of each download: the poller logs what came of it."""

    def crawled(self, request: Request, response: Response, spider: Spider) -> None:  # type: ignore[override]
        """Say nothing."""


def _at_once() -> int:
    """Give how many requests may be under way, so that of the descriptors a share is left to deliveries."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return _AT_ONCE if most == resource.RLIM_INFINITY else max(8, min(_AT_ONCE, most - _RESERVED))


def scrapy_settings() -> Settings:
    """Give Scrapy's settings: nothing but the HTTP handler; what it brings is unpacked in coding.py."""
    return Settings(
        {
            # Emptied, not turned off one by one: that would load each of them, and aiohttp and requests with them.
            "DOWNLOADER_MIDDLEWARES_BASE": {},
            "SPIDER_MIDDLEWARES_BASE": {},
            "EXTENSIONS_BASE": {},
            "BOT_NAME": "tocsin",
            "CONCURRENT_REQUESTS": _at_once(),
            "CONCURRENT_REQUESTS_PER_DOMAIN": 64,
            "COOKIES_ENABLED": False,
            "DOWNLOAD_DELAY": 0,
            "DOWNLOAD_FAIL_ON_DATALOSS": True,
            "DOWNLOAD_HANDLERS": {**dict.fromkeys(_SCHEMES_OFF), "http": _Handler, "https": _Handler},
            "DOWNLOAD_MAXSIZE": 10_000_000,
            # Timers of ended downloads live as long as this, so it is also what bounds the memory they take.
            "DOWNLOAD_TIMEOUT": 20,
            "DOWNLOAD_VERIFY_CERTIFICATES": True,
            "DOWNLOAD_WARNSIZE": 0,
            "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
            "LOG_FORMATTER": _QuietFormatter,
            "REMOTE_CONTROL_ENABLED": False,
            "ROBOTSTXT_OBEY": False,
            "STATS_CLASS": "scrapy.statscollectors.DummyStatsCollector",
            "STATS_DUMP": False,
            "TELNETCONSOLE_ENABLED": False,
        }
    )


class Crawl:
    """One crawl of Scrapy, started once and stopped once, that fetches what it is handed."""

    def __init__(self, settings: Settings) -> None:
        """Run with `settings`."""
        self._settings = settings
        self._crawler: Crawler | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Open the crawl. The loop must be the reactor's: see run_on_reactor."""
        # Its warnings repeat what the poller says of each failure, and its infos list settings.
        logging.getLogger("scrapy").setLevel(logging.ERROR)
        self._crawler = Crawler(_OutletSpider, self._settings)
        opened = asyncio.get_running_loop().create_future()

        def on_open() -> None:
            if not opened.done():
                opened.set_result(None)

        self._crawler.signals.connect(on_open, signals.engine_started)
        self._task = asyncio.create_task(self._crawler.crawl_async(), name="crawl")
        await asyncio.wait((self._task, opened), return_when=asyncio.FIRST_COMPLETED)
        if not opened.done():
            await self._task
        # The signal comes a moment before the engine counts as running; a stop in that moment would never end.
        while not (self._crawler.engine.running or self._task.done()):  # noqa: ASYNC110  (it sets no event)
            await asyncio.sleep(0.001)

    async def stop(self) -> None:
        """Close the crawl; downloads that are still awaited end first."""
        if self._crawler is None or self._task is None:
            return
        await self._crawler.stop_async()
        await self._task
        self._crawler = self._task = None

    async def download(self, request: Request) -> Response:
        """Fetch one address once, following nothing."""
        assert self._crawler is not None, "the crawl has not started"
        return await self._crawler.engine.download_async(request)


class Engine:
    """Scrapy with a resolver that refuses names; downloads one Request at a time of whoever awaits it."""

    def __init__(self, guard: Guard) -> None:
        """Connect to no address that `guard` refuses."""
        self.resolver = GuardedResolver(guard)
        self._crawl: Crawl | None = None
        self._before: Any = None
        self._closers: list[Callable[[], Awaitable[None]]] = []

    def on_stop(self, close: Callable[[], Awaitable[None]]) -> None:
        """Await `close` before the engine stops."""
        self._closers.append(close)

    async def start(self) -> None:
        """Open the crawl. The loop must be the reactor's: see run_on_reactor."""
        from twisted.internet import reactor

        self._before = reactor.nameResolver
        reactor.installNameResolver(self.resolver)
        self._crawl = Crawl(scrapy_settings())
        await self._crawl.start()

    async def stop(self) -> None:
        """Close the crawl; downloads that are still awaited end first."""
        from twisted.internet import reactor

        if self._crawl is None:
            return
        for close in self._closers:
            await close()
        await self.resolver.close()
        await self._crawl.stop()
        reactor.installNameResolver(self._before)
        self._crawl = None
        # Connections that were told to close do so in the loop's next rounds.
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def download(self, request: Request) -> Response:
        """Fetch one address once, following nothing."""
        assert self._crawl is not None, "the engine has not started"
        return await self._crawl.download(request)


def run_on_reactor(main: Callable[[], Awaitable[T]]) -> T:
    """Run `main` on the loop of Twisted's asyncio reactor and give its result; signals are left to the caller.

    The reactor is installed at the first call and never stopped: a process has but one, and it cannot start twice.
    """
    loop = _reactor_loop()
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(_awaited(main))
    finally:
        asyncio.set_event_loop(None)


async def _awaited(main: Callable[[], Awaitable[T]]) -> T:
    return await main()


def _reactor_loop() -> asyncio.AbstractEventLoop:
    from twisted.internet import asyncioreactor

    if "twisted.internet.reactor" not in sys.modules:
        fresh = asyncio.new_event_loop()
        atexit.register(fresh.close)
        asyncioreactor.install(fresh)  # type: ignore[no-untyped-call]
    from twisted.internet import reactor

    loop: asyncio.AbstractEventLoop = reactor._asyncioEventloop
    if not reactor.running:
        reactor.startRunning(installSignalHandlers=False)
    return loop
