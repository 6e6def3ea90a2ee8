"""Robots: what a host's robots.txt allows, by RFC 9309: no file opens the host, no answer closes it."""

import asyncio
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from protego import Protego

MAX_BYTES = 512_000
_MAX_CRAWL_DELAY = 600.0
_KEEP = 24 * 3600.0
_RETRY_FIRST = 60.0
_RETRY_MOST = 3600.0
_CLOSED_MOST = timedelta(days=30)
_MOST = 20_000
_MOST_TEXT = 50_000_000
_LINE_ENDS = re.compile(r"\r\n|\r|\n")
# What Protego, by str.splitlines, takes for the end of a line though it is none.
_ODD = re.compile("[\x00\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_AGENT = re.compile(r"user[\s-]?agent(?:\s*:|\s)\s*(.*)", re.IGNORECASE)
_AFTER_NAME = re.compile(r"[/\s;,(]")
_RULE = re.compile(r"(?:allow|diss?all?[oa]w|diasllow|crawl[\s-]delay)\s*[:\s]", re.IGNORECASE)


class Verdict(StrEnum):
    """Whether an address may be asked."""

    ALLOWED = "allowed"
    DISALLOWED = "disallowed"
    UNAVAILABLE = "unavailable"
    """The rules could not be had, which closes the whole host for now."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one host; `None` instead of a text opens the host."""

    text: str | None
    available: bool = True
    why: str = ""
    """What keeps the file from being had."""
    _files: dict[str, Protego] = field(default_factory=dict, init=False, repr=False, compare=False)

    def judge(self, url: str, token: str) -> Verdict:
        """Judge one address as the crawler of this product token has to."""
        if not self.available:
            return Verdict.UNAVAILABLE
        file = self._for(token)
        if file is None or urlsplit(url).path == "/robots.txt" or file.can_fetch(url, token):
            return Verdict.ALLOWED
        return Verdict.DISALLOWED

    def delay(self, token: str) -> float:
        """Give the pause between two requests that the host asks for, in seconds; absurd ones are cut."""
        file = self._for(token)
        wish = file.crawl_delay(token) if file else None
        return min(float(wish), _MAX_CRAWL_DELAY) if wish and wish > 0 else 0.0

    def _for(self, token: str) -> Protego | None:
        if self.text is None:
            return None
        if token not in self._files:
            self._files[token] = Protego.parse(_group_of(self.text, token))
        return self._files[token]


OPEN = Rules(None)
CLOSED = Rules(None, available=False)


def _group_of(text: str, token: str) -> str:
    """Give the one group that counts: all that name the token, merged, else those for everybody (RFC 9309 2.2.1).

    Protego alone takes a part of a name for the name, and its work grows with agents times rules.
    """
    own: list[str] | None = None
    general: list[str] = []
    is_own = is_general = in_rules = False
    for line in _LINE_ENDS.split(text):
        line = line.partition("#")[0].strip()
        if agent := _AGENT.match(line):
            if in_rules:
                is_own = is_general = in_rules = False
            name = _AFTER_NAME.split(agent[1], maxsplit=1)[0].lower()
            is_general |= name == "*"
            is_own |= name.strip("*") == token.lower()
            own = (own or []) if is_own else own
        elif _RULE.match(line):
            in_rules = True
            if is_own and own is not None:
                own.append(line)
            if is_general:
                general.append(line)
    return "\n".join(["User-agent: *", *(general if own is None else own)])


def closed(why: str) -> Rules:
    """Give the rules of a host whose file cannot be had."""
    return Rules(None, available=False, why=why)


def read_robots(status: int, body: bytes) -> Rules:
    """Give the rules that an answer to the request for robots.txt means."""
    if 200 <= status < 300:
        return Rules(_text(body))
    # RFC 9309 2.3.1.3: every 4xx opens the host, 429 too; the rest that a busy host asks for is its gate's business.
    return OPEN if 300 <= status < 500 else closed(f"the server answered {status}")


def _text(body: bytes) -> str:
    if len(body) > MAX_BYTES:
        body = body[:MAX_BYTES].rpartition(b"\n")[0]
    return _ODD.sub(" ", body.decode("utf-8-sig", "replace"))


def product_token(user_agent: str) -> str:
    """Give the name that robots.txt files call this crawler by: `Tocsin` of `Tocsin/1.0 (+https://...)`."""
    return user_agent.partition("/")[0].partition(" ")[0]


@dataclass(slots=True)
class _Kept:
    rules: Rules
    until: float
    failures: int = 0

    @property
    def size(self) -> int:
        return len(self.rules.text or "")


class Robots:
    """The rules of the hosts met, each asked once and kept for a day; after a failure asked again sooner."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """Keep time by `clock`; since when a host is closed is told by `now`, which lasts over restarts."""
        self._clock, self._now = clock, now
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._asked: dict[str, asyncio.Future[Rules]] = {}
        self._closed: dict[str, datetime] = {}
        self._size = 0
        self.changes: dict[str, datetime | None] = {}
        """Since when hosts are closed, None for those that have opened, as far as it is on no record yet."""

    def remember(self, closed: Mapping[str, datetime]) -> None:
        """Take over since when hosts are closed."""
        self._closed.update(closed)

    async def rules(self, host: str, ask: Callable[[str], Awaitable[Rules]]) -> Rules:
        """Give the rules for `host`, written as scheme, host and port; `ask` fetches and reads one robots.txt.

        Raises what `ask` raises, which is for when nothing was asked at all.
        """
        kept = self._kept.get(host)
        if kept and kept.until > self._clock():
            self._kept.move_to_end(host)
            return kept.rules
        if host in self._asked:
            return await asyncio.shield(self._asked[host])
        future = self._asked[host] = asyncio.get_running_loop().create_future()
        try:
            rules = await ask(f"{host}/robots.txt")
            future.set_result(rules := self._keep(host, rules, kept.failures if kept else 0))
            return rules
        except Exception as error:
            future.set_exception(error)
            future.exception()  # seen, though nobody else may wait
            raise
        finally:
            del self._asked[host]
            if not future.done():
                # Whoever waits gets an answer even when this task is cancelled in the middle.
                future.set_result(CLOSED)

    def _keep(self, host: str, rules: Rules, failures: int) -> Rules:
        until = self._clock() + _KEEP
        if rules.available:
            if self._closed.pop(host, None):
                self.changes[host] = None
            failures = 0
        else:
            if host not in self._closed:
                self.changes[host] = self._closed[host] = self._now()
            if self._now() - self._closed[host] > _CLOSED_MOST:
                rules = OPEN
            until = self._clock() + min(_RETRY_FIRST * 2 ** min(failures, 10), _RETRY_MOST)
            failures += 1
        self._put(host, _Kept(rules, until, failures))
        return rules

    def _put(self, host: str, kept: _Kept) -> None:
        before = self._kept.pop(host, None)
        self._kept[host] = kept
        self._size += kept.size - (before.size if before else 0)
        while len(self._kept) > 1 and (len(self._kept) > _MOST or self._size > _MOST_TEXT):
            self._size -= self._kept.popitem(last=False)[1].size
