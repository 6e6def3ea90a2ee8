"""Render: a page as a browser shows it once its scripts have run; one browser for all, while it is needed.

The browser has no way to the network (see browser.py). The page is handed to it, and what its scripts ask for is
fetched here, with every check of any other fetch: there is one door, and no address or resolver to pin.
"""

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from scrapy import Request
from scrapy.settings import Settings

from newsdesk import FetchError, FetchFailure

from .browser import browser_trouble, find_browser, launch_options
from .engine import Crawl, scrapy_settings
from .processes import end_the_greedy
from .scripts import Part, Scripts

log = logging.getLogger("tocsin.crawler")

Load = Callable[[str, Mapping[str, str], int, float], Awaitable[Part]]
"""Fetches one address for a page: address, headers, most bytes, seconds left. Raises FetchError."""

_AT_ONCE = 2
_PAGES_A_LIFE = 200
_IDLE = 120.0
_TO_CLOSE = 3.0
_MOST_MEMORY = 768 * 2**20
_WATCH_EVERY = 0.5
_MOST_PARTS = 200
_PARTS_BY_PAGE = 3
_LONGEST_SETTLING = 8.0
_FETCHED = frozenset({"script", "xhr", "fetch"})
_PASSED_ON = ("accept", "accept-language", "origin")
_HANDED_IN = ("content-type", "access-control-")
# What speaks UDP has nothing to do with an article; the browser's own policy is the lock, this the second one.
_NO_DATAGRAMS = (
    "for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection', 'WebTransport']) delete globalThis[name];"
)
# A world of its own: what the page has done to its objects does not change what is read there.
_TAKE = """(() => {
    const html = document.documentElement ? document.documentElement.outerHTML : "";
    return html.length > %d ? html.length : html.toWellFormed();
})()"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One page to render: what its server sent, and what its scripts may spend."""

    url: str
    body: bytes
    content_type: str
    user_agent: str
    browser: str
    """The path of the browser; empty for the one on PATH."""
    seconds: float
    max_bytes: int
    load: Load


class Renderer:
    """Renders pages; the browser starts with the first one and ends after some idle time, many pages or a crash."""

    def __init__(self, *, pages: int = _PAGES_A_LIFE, idle: float = _IDLE, memory: int = _MOST_MEMORY) -> None:
        """Begin anew after so many pages, end after so many idle seconds, end a page that takes so many bytes."""
        self._pages, self._idle, self._memory = pages, idle, memory
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._starting = asyncio.Lock()
        self._browser: _Browser | None = None
        self._scripts = Scripts()
        self._rest: asyncio.TimerHandle | None = None
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def is_running(self) -> bool:
        """Tell whether there is a browser."""
        return self._browser is not None

    async def render(self, job: Job) -> bytes:
        """Give the page's HTML, as UTF-8, after its scripts have run. Raises FetchError."""
        async with self._room:
            browser = await self._ready(job.browser)
            browser.inside += 1
            try:
                return await self._visit(browser, job)
            finally:
                browser.inside -= 1
                self._after(browser)

    async def stop(self) -> None:
        """End the browser, with whatever it still does."""
        if self._rest:
            self._rest.cancel()
        browser, self._browser = self._browser, None
        if browser:
            await browser.stop()
        await asyncio.gather(*self._closing)

    async def _ready(self, path: str) -> "_Browser":
        async with self._starting:
            if self._rest:
                self._rest.cancel()
            if self._browser and self._browser.path != path:
                self._retire(self._browser)
            if self._browser is None:
                if trouble := browser_trouble(path):
                    raise FetchError(FetchFailure.RENDER, "; ".join(trouble))
                browser = _Browser(path, self._memory)
                await browser.start()
                self._browser = browser
            return self._browser

    async def _visit(self, browser: "_Browser", job: Job) -> bytes:
        visit = _Visit(job, self._scripts)
        browser.pages += 1
        try:
            return await browser.show(visit)
        except FetchError:
            raise
        except TimeoutError:
            detail = f"the page was not rendered within {job.seconds:.0f} s"
            raise FetchError(FetchFailure.TIMEOUT, detail) from None
        except Exception as error:
            words = str(error).strip().partition("\n")[0] or type(error).__name__
            raise FetchError(FetchFailure.RENDER, f"the browser failed on the page: {words}"[:300]) from None
        finally:
            if not await visit.close():
                browser.is_worn = True

    def _after(self, browser: "_Browser") -> None:
        if browser.pages >= self._pages:
            browser.is_worn = True
        if browser.is_worn and browser is self._browser:
            self._browser = None
        if browser.inside:
            return
        if browser is not self._browser:
            self._retire(browser)
        else:
            self._rest = asyncio.get_running_loop().call_later(self._idle, self._retire, browser)

    def _retire(self, browser: "_Browser") -> None:
        """Let a browser go, at once when nobody is inside, else with its last page."""
        if browser is self._browser:
            self._browser = None
        if browser.inside:
            return
        task = asyncio.get_running_loop().create_task(browser.stop(), name="browser ends")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


class _Browser:
    """One Chromium behind scrapy-playwright's handler, in a crawl of its own that ends with it."""

    def __init__(self, path: str, memory: int) -> None:
        self.path, self.inside, self.pages, self.is_worn = path, 0, 0, False
        self._memory = memory
        self._crawl: Crawl | None = None
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        logging.getLogger("scrapy-playwright").setLevel(logging.CRITICAL)
        program = find_browser(self.path)
        assert program, "there is no browser"
        self._crawl = Crawl(_crawl_settings(program))
        await self._crawl.start()
        self._watch = asyncio.create_task(self._watching(), name="browser's memory")

    async def stop(self) -> None:
        crawl, self._crawl = self._crawl, None
        if self._watch:
            self._watch.cancel()
        if crawl:
            await crawl.stop()

    async def show(self, visit: "_Visit") -> bytes:
        if self._crawl is None:
            raise FetchError(FetchFailure.RENDER, "the browser has ended")
        shown = asyncio.ensure_future(self._crawl.download(visit.request()))
        crashed = asyncio.ensure_future(visit.crashed.wait())
        try:
            async with asyncio.timeout(visit.job.seconds):
                await asyncio.wait({shown, crashed}, return_when=asyncio.FIRST_COMPLETED)
            if shown.done():
                shown.result()
        finally:
            shown.cancel()
            crashed.cancel()
        if visit.html is None:
            raise FetchError(FetchFailure.RENDER, "the page crashed the browser, or took too much memory")
        return visit.html

    async def _watching(self) -> None:
        while True:
            await asyncio.sleep(_WATCH_EVERY)
            if self.inside and await asyncio.to_thread(end_the_greedy, os.getpid(), self._memory):
                log.warning("a page took too much memory and was ended", extra={"bytes": self._memory})


def _crawl_settings(program: str) -> Settings:
    from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

    class Handler(ScrapyPlaywrightDownloadHandler):  # type: ignore[misc]
        def __init__(self, crawler: Any) -> None:
            super().__init__(crawler)
            # A page that we closed, for its time was over, is not to come back.
            self.config.target_closed_max_retries = 0

        async def close(self) -> None:
            try:
                async with asyncio.timeout(_TO_CLOSE):
                    await super().close()
            except Exception as error:
                log.warning("the browser was ended by force", extra={"detail": str(error) or type(error).__name__})
                end_the_greedy(os.getpid(), 0)

    settings = scrapy_settings()
    settings["DOWNLOAD_HANDLERS"] = dict.fromkeys(settings["DOWNLOAD_HANDLERS"]) | {"http": Handler, "https": Handler}
    settings["PLAYWRIGHT_LAUNCH_OPTIONS"] = launch_options(program, os.geteuid(), os.environ)
    settings["PLAYWRIGHT_MAX_PAGES_PER_CONTEXT"] = 1
    return settings


@dataclass(eq=False)
class _Visit:
    """One page in a context of its own: answers all that it asks for, and takes what it has become."""

    job: Job
    scripts: Scripts
    html: bytes | None = None
    crashed: asyncio.Event = field(default_factory=asyncio.Event)
    _context: Any = None
    _is_given: bool = False
    _enough: asyncio.Event = field(default_factory=asyncio.Event)
    _began: float = field(default_factory=time.monotonic)
    _parts: int = 0
    _spent: int = 0

    def request(self) -> Request:
        """Give the request that makes the browser's handler show the page."""
        from scrapy_playwright.page import PageMethod

        meta = {
            "playwright": True,
            "playwright_context": uuid4().hex,
            "playwright_context_kwargs": {
                "accept_downloads": False,
                "service_workers": "block",
                "user_agent": self.job.user_agent,
            },
            "playwright_page_init_callback": self._begin,
            "playwright_page_methods": [PageMethod(self._end)],
            "playwright_page_goto_kwargs": {"wait_until": "commit", "timeout": self.job.seconds * 1000},
            "download_timeout": self.job.seconds,
        }
        return Request(self.job.url, meta=meta, dont_filter=True)

    async def close(self) -> bool:
        """Close the page with all that it kept; False when the browser did not do so in time."""
        self._enough.set()
        if self._context is None:
            return False
        try:
            async with asyncio.timeout(_TO_CLOSE):
                await self._context.close()
        except Exception:
            return False
        return True

    async def _begin(self, page: Any, request: Request) -> None:
        self._context = page.context
        self._context.on("page", _close_popup)
        page.on("crash", lambda _: self.crashed.set())
        await self._context.add_init_script(_NO_DATAGRAMS)
        await self._context.route_web_socket("**/*", _close_socket)
        await self._context.route("**/*", self._answer)
        # The handler has a route of its own, and of a page's routes the youngest counts.
        await page.route("**/*", self._answer)

    async def _answer(self, route: Any) -> None:
        from playwright.async_api import Error

        # Whatever goes wrong here is a page that has gone, or one part that it will have to do without.
        with contextlib.suppress(Error):
            try:
                await self._hand_in(route)
            except FetchError:
                # Said this way, a page that wants to lead elsewhere stays.
                await route.abort("aborted")

    async def _hand_in(self, route: Any) -> None:
        request = route.request
        if request.is_navigation_request():
            if self._is_given:
                raise FetchError(FetchFailure.RENDER, "a page is shown as it came, and leads nowhere")
            self._is_given = True
            kind = self.job.content_type or "text/html"
            await route.fulfill(status=200, headers={"content-type": kind}, body=self.job.body)
        elif request.resource_type == "stylesheet":
            # It is not looked at, but scripts wait for it.
            await route.fulfill(status=200, headers={"content-type": "text/css"}, body="")
        else:
            part = await self._part(request)
            headers = {name: value for name, value in part.headers.items() if name.startswith(_HANDED_IN)}
            await route.fulfill(status=part.status, headers=headers, body=part.body)

    async def _part(self, request: Any) -> Part:
        if request.resource_type not in _FETCHED or request.method != "GET":
            raise FetchError(FetchFailure.RENDER, f"{request.method} {request.resource_type} is not asked for")
        if kept := self.scripts.get(request.url):
            return kept
        self._parts += 1
        room = min(self.job.max_bytes, _PARTS_BY_PAGE * self.job.max_bytes - self._spent)
        if self._parts > _MOST_PARTS or room <= 0:
            raise FetchError(FetchFailure.TOO_LARGE, "the page asks for too much")
        loading = asyncio.ensure_future(self._load(request, room))
        enough = asyncio.ensure_future(self._enough.wait())
        try:
            await asyncio.wait({loading, enough}, return_when=asyncio.FIRST_COMPLETED)
            if not loading.done():
                raise FetchError(FetchFailure.TIMEOUT, "the page has waited long enough")
            part = loading.result()
        finally:
            loading.cancel()
            enough.cancel()
        self._spent += len(part.body)
        if request.resource_type == "script":
            self.scripts.keep(request.url, part)
        return part

    async def _load(self, request: Any, room: int) -> Part:
        asked = request.headers
        headers = {name: asked[name] for name in _PASSED_ON if name in asked}
        headers |= {name: value for name, value in asked.items() if name.startswith("x-")}
        return await self.job.load(request.url, headers, room, self._left())

    def _left(self) -> float:
        return max(0.1, self.job.seconds - (time.monotonic() - self._began))

    async def _end(self, page: Any) -> None:
        """Wait until the page is at rest, take its HTML, and leave it."""
        from playwright.async_api import TimeoutError as Late

        # A page that wanted to lead elsewhere never counts as loaded, and yet comes to rest.
        settling = min(_LONGEST_SETTLING, self._left() / 2)
        with contextlib.suppress(Late):
            await page.wait_for_load_state("networkidle", timeout=settling * 1000)
        self._enough.set()
        session = await page.context.new_cdp_session(page)
        tree = await session.send("Page.getFrameTree")
        frame = {"frameId": tree["frameTree"]["frame"]["id"]}
        world = await session.send("Page.createIsolatedWorld", frame)
        look = {
            "expression": _TAKE % self.job.max_bytes,
            "contextId": world["executionContextId"],
            "returnByValue": True,
        }
        taken = (await session.send("Runtime.evaluate", look))["result"].get("value")
        if isinstance(taken, str) and len(html := taken.encode("utf-8", "replace")) <= self.job.max_bytes:
            self.html = html
        # What follows in the handler would take the page once more, however large.
        await page.goto("about:blank")
        if self.html is None:
            raise FetchError(FetchFailure.TOO_LARGE, f"the rendered page is above {self.job.max_bytes} bytes")


async def _close_popup(page: Any) -> None:
    if await page.opener() is not None:
        await page.close()


async def _close_socket(socket: Any) -> None:
    await socket.close()
