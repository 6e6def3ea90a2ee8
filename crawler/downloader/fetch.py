"""Fetch: one GET with all manners: guarded, allowed by robots.txt, in its turn, each redirect like a first request."""

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode, urlsplit

from scrapy import Request
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadTimeoutError,
    IgnoreRequest,
)
from scrapy.http import Response

from newsdesk import Address, AddressRefused, FetchError, FetchFailure, Guard, clean_url, retry_after

from ..document import Document
from ..settings import CrawlSettings
from .answer import BUSY, PERMANENT, Answer, Validators, answer_of, header_of, target_of
from .engine import Engine
from .gate import Gates, HostRests
from .render import Job, Renderer
from .robots import MAX_BYTES, OPEN, Robots, Rules, Verdict, closed, product_token, read_robots
from .scripts import Part

log = logging.getLogger("tocsin.crawler")

_MOST_HOPS = 10
_ROBOTS_HOPS = 5
_PART_HOPS = 5
_MARKUP = re.compile(r"\s*(?:text/html|application/xhtml\+xml|$)", re.IGNORECASE)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_REPEATED = frozenset({307, 308})
_BUSY = frozenset({429, 503})
_LONGEST_REST = 3600.0
_ROBOTS_SIZE = 10 * MAX_BYTES
_MOST_REPLY = 65_536
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_ENCODINGS = b"gzip, br, zstd, deflate"


class RobotsUnavailable(FetchError):
    """The host's robots.txt could not be had, so the host is closed for now."""


class HostResting(FetchError):
    """The host asked for a rest, so it was not asked at all; it lasts `seconds` more."""

    def __init__(self, seconds: float) -> None:
        """Keep how long the rest still lasts."""
        self.seconds = seconds
        super().__init__(FetchFailure.STATUS, f"the host asked for a rest, which lasts {seconds:.0f} s more")


class Fetcher:
    """Fetches for one process: what is learnt of a host (its robots.txt, its pace) holds for every outlet."""

    def __init__(self, engine: Engine, guard: Guard) -> None:
        """Fetch by `engine`; `guard` judges every address, the engine's resolver what names lead to."""
        self._engine = engine
        self._guard = guard
        self.gates = Gates()
        self.robots = Robots()
        self._renderer = Renderer()
        engine.on_stop(self._renderer.stop)

    async def get(
        self,
        url: str,
        settings: CrawlSettings,
        *,
        validators: Validators | None = None,
        max_bytes: int | None = None,
        render: bool = False,
        alone: bool = False,
    ) -> Answer:
        """Ask for `url` and follow redirects; any status is an answer. Raises FetchError.

        A request that is to be `alone` goes before those that wait, and its host is asked nothing beside it.
        With `render` a page is given as a browser shows it, within the same time and size.
        """
        hops: list[str] = []
        moved, left = True, settings.timeout.total_seconds()
        limit = settings.max_page if max_bytes is None else max_bytes
        while True:
            url, rules = await self._allowed(url, settings, hops)
            extra = validators.asking(url) if validators else {}
            response, took = await self._ask(url, settings, rules, left, limit, extra, alone=alone)
            target = target_of(response)
            if target is None:
                moved = bool(hops) and moved
                answer = answer_of(url, response, limit, hops=tuple(hops), moved=moved, conditional=bool(extra))
                return await self._rendered(answer, settings, left - took) if render else answer
            left -= took
            moved = moved and response.status in PERMANENT
            hops.append(url)
            url = target
            if len(hops) > _MOST_HOPS:
                raise FetchError(FetchFailure.NETWORK, f"more than {_MOST_HOPS} redirects")
            if url in hops:
                raise FetchError(FetchFailure.NETWORK, "the redirects run in a circle")

    async def post_form(self, url: str, form: Mapping[str, str], settings: CrawlSettings) -> Answer:
        """Send a form, following only redirects that ask to send it again (307, 308). Raises FetchError.

        It is meant for services that a list names: they are asked in turn and past the guard, robots.txt is not.
        """
        hops: list[str] = []
        left, sent = settings.timeout.total_seconds(), urlencode(form).encode()
        while True:
            self._check(url)
            response, took = await self._ask(url, settings, OPEN, left, _MOST_REPLY, _FORM, sent)
            target = target_of(response) if response.status in _REPEATED else None
            if target is None:
                return answer_of(url, response, _MOST_REPLY, hops=tuple(hops))
            left -= took
            hops.append(url)
            url = target
            if len(hops) > _MOST_HOPS or url in hops:
                raise FetchError(FetchFailure.NETWORK, "the redirects do not end")

    def _check(self, url: str) -> Address:
        try:
            return self._guard.check_url(url)
        except AddressRefused as error:
            raise FetchError(FetchFailure.REFUSED_ADDRESS, str(error)) from None

    async def _allowed(self, url: str, settings: CrawlSettings, hops: Sequence[str]) -> tuple[str, Rules]:
        """Give the address to ask and the rules of its host. Raises FetchError."""
        address = self._check(url)
        if not settings.obey_robots:
            return url, OPEN

        async def ask(address: str) -> Rules:
            return await self._ask_robots(address, settings)

        rules = await self.robots.rules(f"{address.scheme}://{address.netloc}", ask)
        token = product_token(settings.user_agent)
        verdict = rules.judge(url, token)
        if verdict is Verdict.DISALLOWED and (bare := clean_url(url)) not in (url, *hops):
            # Some sites close every address with a query, and yet redirect to one that only tracks.
            url, verdict = bare, rules.judge(bare, token)
        if verdict is Verdict.DISALLOWED:
            raise FetchError(FetchFailure.ROBOTS, "robots.txt disallows the address")
        if verdict is Verdict.UNAVAILABLE:
            raise RobotsUnavailable(
                FetchFailure.ROBOTS, f"robots.txt cannot be had ({rules.why or 'no answer'}), so nothing else is asked"
            )
        return url, rules

    async def _rendered(self, answer: Answer, settings: CrawlSettings, left: float) -> Answer:
        kind = answer.headers.get("content-type", "")
        if not (200 <= answer.status < 300 and _MARKUP.match(kind)):
            return answer
        # A page's parts come at once in any browser; the host's limit of requests at once still holds.
        hurried = settings.model_copy(update={"delay": timedelta(0)})

        async def load(url: str, headers: Mapping[str, str], most: int, seconds: float) -> Part:
            return await self._part(url, hurried, headers, most, seconds)

        body = await self._renderer.render(
            Job(
                url=answer.url,
                body=answer.body,
                content_type=kind,
                user_agent=settings.user_agent,
                browser=settings.browser,
                seconds=max(1.0, left),
                max_bytes=settings.max_page,
                load=load,
            )
        )
        return replace(answer, body=body, headers={**answer.headers, "content-type": "text/html; charset=utf-8"})

    async def _part(
        self, url: str, settings: CrawlSettings, headers: Mapping[str, str], most: int, left: float
    ) -> Part:
        """Fetch what a page's scripts ask for, guarded at each hop. Raises FetchError."""
        for _ in range(_PART_HOPS + 1):
            self._check(url)
            response, took = await self._ask(url, settings, OPEN, left, most, headers)
            left -= took
            target = target_of(response)
            if target is None:
                answer = answer_of(url, response, most)
                return Part(answer.status, answer.headers, answer.body)
            url = target
        raise FetchError(FetchFailure.NETWORK, f"more than {_PART_HOPS} redirects")

    async def _ask_robots(self, url: str, settings: CrawlSettings) -> Rules:
        """Fetch one robots.txt; five redirects are followed, then there is none (RFC 9309 2.3.1.2)."""
        left = settings.timeout.total_seconds()
        try:
            for _ in range(_ROBOTS_HOPS + 1):
                self._check(url)
                response, took = await self._ask(url, settings, OPEN, left, _ROBOTS_SIZE, {}, alone=True)
                left -= took
                target = target_of(response)
                if target is None:
                    return read_robots(response.status, answer_of(url, response, _ROBOTS_SIZE).body)
                url = target
            return OPEN
        except HostResting:
            raise
        except FetchError as error:
            log.info("robots.txt cannot be had", extra={"url": url, "reason": error.reason, "detail": str(error)})
            return closed(str(error))
        except Exception:
            log.exception("robots.txt cannot be read", extra={"url": url})
            return closed("it cannot be read")

    async def _ask(
        self,
        url: str,
        settings: CrawlSettings,
        rules: Rules,
        left: float,
        max_bytes: int,
        headers: Mapping[str, str],
        form: bytes | None = None,
        *,
        alone: bool = False,
    ) -> tuple[Response, float]:
        """Make one request in its turn; gives the answer and the seconds that it took on the wire."""
        if left <= 0:
            raise FetchError(FetchFailure.TIMEOUT, f"no answer within {settings.timeout.total_seconds():g} s")
        host = self._check(url).netloc
        delay = max(settings.delay.total_seconds(), rules.delay(product_token(settings.user_agent)))
        request = Request(
            url,
            method="GET" if form is None else "POST",
            body=form,
            headers=_headers(settings, headers),
            meta={"download_timeout": left, "download_maxsize": max_bytes},
            dont_filter=True,
        )
        try:
            at_once = 1 if alone else settings.requests_per_host
            async with self.gates.enter(host, delay, at_once, ahead=alone):
                began = time.monotonic()
                response = await self._download(request, left)
                took = time.monotonic() - began
        except HostRests as rest:
            raise HostResting(rest.seconds) from None
        if response.status in BUSY:
            wish = retry_after(header_of(response, "retry-after"), datetime.now(UTC))
            if wish:
                self.gates.close_for(host, min(wish, _LONGEST_REST))
        return response, took

    async def _download(self, request: Request, left: float) -> Response:
        try:
            # The engine's own limit runs from the first byte it sends; this one also covers decoding and queues.
            async with asyncio.timeout(left + 5):
                return await self._engine.download(request)
        except (DownloadTimeoutError, TimeoutError):
            raise FetchError(FetchFailure.TIMEOUT, f"no whole answer within {left:.0f} s") from None
        except (DownloadCancelledError, IgnoreRequest):
            most = request.meta["download_maxsize"]
            raise FetchError(FetchFailure.TOO_LARGE, f"the answer is above {most} bytes") from None
        except CannotResolveHostError as error:
            refusal = self._engine.resolver.refusals.pop(urlsplit(request.url).hostname or "", None)
            if refusal:
                raise FetchError(FetchFailure.REFUSED_ADDRESS, refusal) from None
            raise FetchError(FetchFailure.NETWORK, str(error)) from None
        except Exception as error:
            raise FetchError(FetchFailure.NETWORK, _words(error)) from None


def _words(error: Exception) -> str:
    """Give what went wrong on the wire in words: Twisted wraps it in failures whose text is for programmers."""
    reasons = getattr(error.__cause__ or error, "reasons", None)
    said = "; ".join(reason.getErrorMessage() for reason in reasons) if reasons else str(error)
    return said or type(error).__name__


def _headers(settings: CrawlSettings, more: Mapping[str, str]) -> dict[str, str | bytes]:
    headers: dict[str, str | bytes] = {
        "User-Agent": settings.user_agent,
        "Accept": "text/html,application/xhtml+xml,application/rss+xml,application/atom+xml,application/xml;q=0.9,"
        "application/feed+json;q=0.9,*/*;q=0.5",
        "Accept-Encoding": _ENCODINGS,
    }
    if settings.contact:
        headers["From"] = settings.contact
    return headers | {name: value.encode("latin-1", "replace") for name, value in more.items()}


@asynccontextmanager
async def fetching(settings: CrawlSettings, guard: Guard) -> AsyncIterator["Asker"]:
    """Give, on the reactor's loop, a function that fetches one Document at a time: `document = await ask(url)`."""
    engine = Engine(guard)
    await engine.start()
    try:
        yield Asker(Fetcher(engine, guard), settings)
    finally:
        await engine.stop()


class Asker:
    """Fetches documents for commands that look at single pages."""

    def __init__(self, fetcher: Fetcher, settings: CrawlSettings) -> None:
        """Fetch by `fetcher` with the manners of `settings`."""
        self._fetcher = fetcher
        self._settings = settings

    async def __call__(self, url: str, *, render: bool = False) -> Document:
        """Give the document at `url`, on wish as a browser shows it. Raises FetchError, also for a status but 2xx."""
        answer = await self._fetcher.get(clean_url(url), self._settings, render=render)
        if answer.is_whole:
            return answer.document
        reason = FetchFailure.GONE if answer.status in (404, 410) else FetchFailure.STATUS
        raise FetchError(reason, answer.refusal)
