"""Robots: what a host's robots.txt allows, by RFC 9309: no file opens the host, no answer closes it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from protego import Protego

MAX_BYTES = 512_000
_MAX_CRAWL_DELAY = 600.0
_KEEP = 24 * 3600.0
_RETRY_FIRST = 60.0
_RETRY_MOST = 3600.0
_CLOSED_MOST = 30 * 24 * 3600.0
_MOST = 2000


class Verdict(StrEnum):
    """Whether an address may be asked."""

    ALLOWED = "allowed"
    DISALLOWED = "disallowed"
    UNAVAILABLE = "unavailable"
    """The rules could not be had, which closes the whole host for now."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one host as one product token sees them; `None` instead of a file opens the host."""

    file: Protego | None
    available: bool = True
    why: str = ""
    """What keeps the file from being had."""

    def judge(self, url: str, token: str) -> Verdict:
        """Judge one address."""
        if not self.available:
            return Verdict.UNAVAILABLE
        if self.file is None or urlsplit(url).path == "/robots.txt" or self.file.can_fetch(url, token):
            return Verdict.ALLOWED
        return Verdict.DISALLOWED

    def delay(self, token: str) -> float:
        """Give the pause between two requests that the host asks for, in seconds; absurd ones are cut."""
        wish = self.file.crawl_delay(token) if self.file else None
        return min(float(wish), _MAX_CRAWL_DELAY) if wish and wish > 0 else 0.0


OPEN = Rules(None)
CLOSED = Rules(None, available=False)


def closed(why: str) -> Rules:
    """Give the rules of a host whose file cannot be had."""
    return Rules(None, available=False, why=why)


def read_robots(status: int, body: bytes) -> Rules:
    """Give the rules that an answer to the request for robots.txt means."""
    if 200 <= status < 300:
        return Rules(Protego.parse(_text(body)))
    # 429 is no statement about the file: the host is busy (as search engines read it, beyond RFC 9309).
    return OPEN if 300 <= status < 500 and status != 429 else closed(f"the server answered {status}")


def _text(body: bytes) -> str:
    if len(body) > MAX_BYTES:
        body = body[:MAX_BYTES].rpartition(b"\n")[0]
    return body.decode("utf-8-sig", "replace").replace("\x00", "")


def product_token(user_agent: str) -> str:
    """Give the name that robots.txt files call this crawler by: `Tocsin` of `Tocsin/1.0 (+https://...)`."""
    return user_agent.partition("/")[0].partition(" ")[0]


def origin(url: str) -> str:
    """Give scheme, host and port, which one robots.txt speaks for."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


@dataclass(slots=True)
class _Kept:
    rules: Rules
    until: float
    failures: int = 0
    closed_since: float | None = None


class Robots:
    """The rules of the hosts met, each asked once and kept for a day; after a failure asked again sooner."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Keep time by `clock`."""
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._asked: dict[str, asyncio.Future[Rules]] = {}

    async def rules(self, url: str, ask: Callable[[str], Awaitable[Rules]]) -> Rules:
        """Give the rules for the host of `url`; `ask` fetches and reads one robots.txt and never raises."""
        host = origin(url)
        kept = self._kept.get(host)
        if kept and kept.until > self._clock():
            return kept.rules
        if host in self._asked:
            return await asyncio.shield(self._asked[host])
        future = self._asked[host] = asyncio.get_running_loop().create_future()
        rules = CLOSED
        try:
            rules = await ask(f"{host}/robots.txt")
        finally:
            # Whoever waits gets an answer even when this task is cancelled in the middle.
            del self._asked[host]
            future.set_result(rules)
        return self._keep(host, rules, kept)

    def _keep(self, host: str, rules: Rules, before: _Kept | None) -> Rules:
        now = self._clock()
        if len(self._kept) >= _MOST:
            self._kept = {host: kept for host, kept in self._kept.items() if kept.until > now}
        if len(self._kept) >= _MOST:
            self._kept.clear()
        if rules.available:
            self._kept[host] = _Kept(rules, now + _KEEP)
            return rules
        failures = before.failures + 1 if before else 1
        since = before.closed_since if before and before.closed_since is not None else now
        if now - since > _CLOSED_MOST:
            rules = OPEN
        pause = min(_RETRY_FIRST * 2 ** min(failures - 1, 10), _RETRY_MOST)
        self._kept[host] = _Kept(rules, now + pause, failures, since)
        return rules
