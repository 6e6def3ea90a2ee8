"""Backfill: what scrolled by between two readings of a list, looked for where it may still be had.

The ways, in this order, until one reaches back to what was known before the gap: the list's own older pages, the
outlet's other lists, and where it has none the news sitemap that robots.txt names and the page whose list it is. What
is found is queued page by page: a process that dies in the middle leaves the gap open, and its next visit goes on.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from sqlalchemy.orm import Session

from newsdesk import Database, Desk, FetchError, FetchFailure, ReadingError, clean_url, same_site

from . import gaps, state
from .discovery import sitemaps_of
from .document import Document
from .downloader.fetch import Fetcher, HostResting, RobotsUnavailable
from .gaps import Gap, GapFacts
from .lead import Lead
from .leads import leads
from .leads.leads import Late
from .outlet import Outlet
from .report import Counters
from .settings import CrawlSettings
from .sites import Sites
from .spider import Listing
from .state import ClaimedSource
from .workers.tasks import read_list
from .workers.workers import Workers

log = logging.getLogger("tocsin.crawler")

PAGED = {"feed": "paged feed", "section": "section page", "sitemap": "news sitemap"}
OTHERS = {"feed": "other feed", "section": "section page", "sitemap": "news sitemap"}
_MOST_PAGES = 8
_MOST_REQUESTS = 12
"""Of one attempt at one gap, robots.txt and the pages that follow it included."""
_MOST_TRIES = 3
_MOST_MAPS = 2
_AT_ONCE = 20
_LEASE = timedelta(minutes=5)
_LOOKS, _PAUSE = 150, 0.2
_MAX_SITEMAP = 50_000_000
_FEED_PATH = ("/feed", "/rss2", "/atom", "/rdf")
_PASSING = frozenset({FetchFailure.NETWORK, FetchFailure.TIMEOUT})

Begin = Callable[[Coroutine[Any, Any, None], str], object]
"""Begins a task that ends with its poller."""
Visit = Callable[[ClaimedSource], asyncio.Task[None]]
"""Begins a visit to a source that is claimed already."""


@dataclass(slots=True)
class _Attempt:
    """One attempt at one gap: what was seen and asked so far."""

    gap: Gap
    source: ClaimedSource
    outlet: Outlet
    settings: CrawlSettings
    seen: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    requests: int = 0
    joined: bool = False
    """Something older than the gap was reached: nothing lies between."""
    interrupted: bool = False
    """A server could not be reached, which may pass."""


class Backfill:
    """Fills gaps for one process, each in a task of its own: the visit that noticed one has ended by then."""

    def __init__(
        self,
        database: Database,
        desk: Desk,
        fetcher: Fetcher,
        workers: Workers,
        owner: str,
        *,
        begin: Begin,
        visit: Visit,
        note: Callable[[str, str], None],
        counters: Counters,
        clock: Callable[[], datetime],
        sites: Sites | None = None,
    ) -> None:
        """Queue what is found in `database`, count it in `counters`; `visit` looks at lists that `owner` has claimed.

        `note` wakes those who take up leads, and tells an outlet's followers what is to be known.
        """
        self._sites = sites or Sites()
        self._database, self._desk = database, desk
        self._fetcher, self._workers = fetcher, workers
        self._owner, self._begin, self._visit = owner, begin, visit
        self._note, self._counters, self._clock = note, counters, clock
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._at: dict[int, str] = {}
        self._tries: Counter[int] = Counter()

    def is_busy(self, outlet: str) -> bool:
        """Tell whether a gap of this outlet is being filled."""
        return outlet in self._at.values()

    def begin(
        self, gap: Gap, source: ClaimedSource, outlet: Outlet, settings: CrawlSettings, listing: Listing | None
    ) -> None:
        """Set about filling a gap; `listing` is what the source's last visit brought, if it brought anything."""
        if gap.noticed_at >= source.last_attempt:
            self._counters["gaps"][(gap.outlet,)] += 1
            log.warning("a list turned over between two readings: items may be missing", extra=_facts(gap, source))
        if gap.id not in self._at:
            self._at[gap.id] = gap.outlet
            # Lists are asked for one at a time.
            manners = settings.model_copy(update={"requests_per_host": 1})
            self._begin(self._fill(_Attempt(gap, source, outlet, manners), listing), f"gap {source.address}")

    async def _fill(self, attempt: _Attempt, listing: Listing | None) -> None:
        gap, facts = attempt.gap, _facts(attempt.gap, attempt.source)
        try:
            async with self._turns:
                await self._try_all(attempt, listing)
            self._tries[gap.id] += 1
            again = attempt.interrupted and not attempt.joined and self._tries[gap.id] < _MOST_TRIES
            now = self._clock()
            ended = None if again else await self._database.transact(lambda session: gaps.end(session, gap.id, now))
            self._tell(attempt, ended)
        except Exception:
            log.exception("a gap could not be filled", extra=facts)
        finally:
            del self._at[gap.id]
            self._note(gap.outlet, "")

    def _tell(self, attempt: _Attempt, ended: GapFacts | None) -> None:
        gap, facts = attempt.gap, _facts(attempt.gap, attempt.source)
        lost = f"{attempt.source.address}: items may have been missed since {gap.began_at:%Y-%m-%dT%H:%M:%SZ}"
        if ended is None:
            self._note(gap.outlet, f"{lost}; what they were is looked for again at its next visit")
            return
        self._tries.pop(gap.id, None)
        said = {"way": ended.way, "found": ended.found}
        if ended.way == gaps.NOTHING:
            log.warning("a gap was not filled", extra=facts | said)
            self._note(gap.outlet, f"{lost}; no other list of the outlet showed them")
        else:
            log.info("a gap was filled", extra=facts | said)
            self._note(gap.outlet, f"{lost}; {ended.found} found by: {ended.way}")

    async def _try_all(self, attempt: _Attempt, listing: Listing | None) -> None:
        for way in (self._by_pages, self._by_others, self._by_site):
            try:
                listing = await way(attempt, listing)
            except FetchError as error:
                passes = isinstance(error, HostResting | RobotsUnavailable)
                attempt.interrupted |= passes or error.reason in _PASSING
                _tell_closed(attempt, error)
            except ReadingError as error:
                _tell_closed(attempt, error)
            except Exception:
                attempt.interrupted = True
                log.exception("a way to fill a gap failed", extra=_facts(attempt.gap, attempt.source))
            if attempt.joined:
                return

    async def _by_pages(self, attempt: _Attempt, listing: Listing | None) -> Listing | None:
        """Read the older pages of the list itself."""
        source = attempt.source
        if listing is None:
            listing = await self._read(attempt, source.address, source.kind)
        attempt.seen |= {clean_url(lead.url) for lead in listing.leads}
        guesses = _numbered(source.address, listing)
        page = listing
        for _ in range(_MOST_PAGES):
            url = page.next or page.archive or next(guesses, None)
            if url is None or url in attempt.asked:
                break
            page = await self._read(attempt, url, source.kind)
            if not await self._take(attempt, page.leads, PAGED.get(source.kind, source.kind)):
                break
        return listing

    async def _by_others(self, attempt: _Attempt, listing: Listing | None) -> Listing | None:
        """Have the outlet's other lists read now."""
        kinds = await self._look_elsewhere(attempt.gap)
        found = await self._database.transact(lambda session: gaps.found_by_others(session, attempt.gap))
        ways = Counter({OTHERS.get(kind, kind): 0 for kind in kinds.values()})
        for source_id, count in found.items():
            ways[OTHERS.get(kinds.get(source_id, "feed"), "other feed")] += count
        for way, count in ways.items():
            if count:
                await self._credit(attempt, way, count)
        attempt.joined = not {"sitemap", "section"}.isdisjoint(kinds.values())
        return listing

    async def _by_site(self, attempt: _Attempt, listing: Listing | None) -> Listing | None:
        """Read, this once, the news sitemap that robots.txt names, and the page whose list it is."""
        site = attempt.outlet.site
        if listing and listing.site and same_site(listing.site, site):
            site = listing.site
        for url in await self._sitemaps(attempt, site):
            if await self._by_sitemap(attempt, url):
                return listing
        if attempt.source.kind != "section":
            page = await self._read(attempt, site, "section")
            await self._take(attempt, page.leads, OTHERS["section"])
        return listing

    async def _sitemaps(self, attempt: _Attempt, site: str) -> list[str]:
        robots = urljoin(site, "/robots.txt")
        try:
            named = sitemaps_of((await self._get(attempt, robots)).body, robots)
        except FetchError as error:
            _tell_closed(attempt, error)
            return []
        return [url for url in named if "news" in url.lower()][:_MOST_MAPS]

    async def _by_sitemap(self, attempt: _Attempt, url: str) -> bool:
        try:
            listing = await self._read(attempt, url, "sitemap")
            found = list(listing.leads)
            for child in listing.more[:_MOST_MAPS]:
                found += (await self._read(attempt, child, "sitemap")).leads
            await self._take(attempt, _dated(found), OTHERS["sitemap"], only_new=True)
        except (FetchError, ReadingError) as error:
            _tell_closed(attempt, error)
        return attempt.joined

    async def _take(self, attempt: _Attempt, found: Sequence[Lead], way: str, *, only_new: bool = False) -> bool:
        """Queue what a document names beyond those before; True while there may be more further back.

        What is older than the gap is filed without an alert, and left out where `only_new`.
        """
        urls = {clean_url(lead.url): lead for lead in found}
        fresh = {url: lead for url, lead in urls.items() if url not in attempt.seen}
        if not fresh:
            return False
        attempt.seen |= fresh.keys()
        gap, now = attempt.gap, self._clock()
        since = gap.began_at - gaps.LATE
        older = {url for url, lead in fresh.items() if _is_older(lead, since)}
        is_archive = len(older) == len(fresh)
        wanted = [lead for url, lead in fresh.items() if not (url in older and (only_new or is_archive))]
        wanted = list(self._sites.own(gap.outlet, wanted))

        def change(session: Session) -> tuple[bool, int]:
            joined = len(older) >= max(1, len(fresh) // 10)
            joined = joined or gaps.reaches_back(session, self._desk, list(fresh), gap.began_at)
            late = Late(since=since, now=now)
            queued = leads.queue(session, self._desk, gap.outlet, gap.source_id, wanted, now=now, debut=late)
            if joined or queued.new:
                gaps.credit(session, gap.id, way, queued.new)
            return joined, queued.new

        joined, new = await self._database.transact(change)
        attempt.joined |= joined
        self._counters["leads"][(gap.outlet,)] += new
        if new:
            self._note(gap.outlet, "")
        return not attempt.joined

    async def _look_elsewhere(self, gap: Gap) -> dict[int, str]:
        """Visit the outlet's other lists; gives the kind of each that is now read, by its id."""
        now = self._clock()
        claimed = await self._database.transact(
            lambda session: state.claim_others(session, gap, self._owner, now, now + _LEASE)
        )
        tasks = [self._visit(source) for source in claimed]
        if tasks:
            await asyncio.wait(tasks)
        # Others may be visited already, as when all of the outlet was asked for at once.
        for _ in range(_LOOKS):
            busy, kinds = await self._database.transact(lambda session: state.read_since(session, gap, now))
            if not busy:
                break
            await asyncio.sleep(_PAUSE)
        return kinds

    async def _credit(self, attempt: _Attempt, way: str, found: int) -> None:
        await self._database.transact(lambda session: gaps.credit(session, attempt.gap.id, way, found))

    async def _read(self, attempt: _Attempt, url: str, kind: str) -> Listing:
        limit = max(_MAX_SITEMAP, attempt.settings.max_page) if kind == "sitemap" else None
        document = await self._get(attempt, url, limit)
        return await self._workers.run(attempt.outlet.slug, read_list, kind, document, attempt.outlet)

    async def _get(self, attempt: _Attempt, url: str, max_bytes: int | None = None) -> Document:
        if attempt.requests >= _MOST_REQUESTS:
            raise FetchError(FetchFailure.STATUS, "enough was asked for this gap")
        attempt.requests += 1
        attempt.asked.add(url)
        answer = await self._fetcher.get(url, attempt.settings, max_bytes=max_bytes)
        if not answer.is_whole:
            passes = answer.status == 429 or answer.status >= 500
            raise FetchError(FetchFailure.NETWORK if passes else FetchFailure.STATUS, answer.refusal)
        return answer.document


def _facts(gap: Gap, source: ClaimedSource) -> dict[str, object]:
    return {"outlet": gap.outlet, "url": source.address, "since": gap.began_at.isoformat()}


def _tell_closed(attempt: _Attempt, error: Exception) -> None:
    log.info("a way to fill a gap is closed", extra=_facts(attempt.gap, attempt.source) | {"detail": str(error)})


def _dated(found: Sequence[Lead]) -> list[Lead]:
    """Leave out what a sitemap names without a date: a site's standing pages are no news."""
    return [lead for lead in found if lead.published or lead.updated]


def _is_older(lead: Lead, since: datetime) -> bool:
    stamp = lead.published or lead.updated
    return stamp is not None and stamp < since


def _numbered(url: str, listing: Listing) -> Iterator[str]:
    """Give the addresses of the older pages of a feed that WordPress makes: `?paged=2` and so on."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    is_wordpress = "wordpress" in (listing.generator or "").lower() or dict(query).get("feed")
    if not is_wordpress and not parts.path.rstrip("/").endswith(_FEED_PATH):
        return
    for number in range(2, _MOST_PAGES + 2):
        paged = [*((key, value) for key, value in query if key != "paged"), ("paged", str(number))]
        yield urlunsplit(parts._replace(query=urlencode(paged)))
