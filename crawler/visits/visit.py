"""Visit: one look at one source: its list asked for and read, or an outlet's site searched for lists."""

import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from newsdesk import FetchError, FetchFailure, Guard, ReadingError, clean_url, retry_after

from .. import items
from ..cadence import belief
from ..cadence.cadence import Rhythm, fresh_for
from ..discovery import probe
from ..document import Document
from ..downloader.answer import BUSY, Answer, Validators
from ..downloader.fetch import Fetcher, HostResting
from ..hubs.websub import Offer, offered
from ..lead import Lead
from ..outlet import Outlet, Source
from ..settings import CrawlSettings
from ..spider import Listing
from ..state import SITE, ClaimedSource, Visited
from ..workers.tasks import read_list
from ..workers.workers import Workers
from . import children, hosts
from .sharing import Shared

log = logging.getLogger("tocsin.crawler")

MAX_SITEMAP = 50_000_000
_CHILDREN = 10
_LEAST = timedelta(seconds=60)
_LONGEST_WISH = 30 * 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What one visit brought: for the source's row, for the queue of leads, and for the cadence."""

    visited: Visited
    leads: tuple[Lead, ...] = ()
    sources: tuple[Source, ...] = ()
    """Lists found on the site of an outlet that names none."""
    retry_after: timedelta | None = None
    not_before: timedelta = timedelta(0)
    ttl: timedelta | None = None
    skip_hours: frozenset[int] = field(default_factory=frozenset)
    skip_days: frozenset[int] = field(default_factory=frozenset)
    notes: tuple[str, ...] = ()
    children: tuple[Validators, ...] = ()
    hosts: Mapping[str, datetime | None] = field(default_factory=dict)
    """Since when hosts give no robots.txt, None for those that do again, as far as it is on no record."""
    listing: Listing | None = None
    """The list itself, when it came anew."""
    offer: Offer | None = None
    """What it says of push, when it came anew."""
    ip: str | None = None
    """The address of the machine that answered."""


def host_of(url: str) -> str:
    """Give the host that an address names."""
    return urlsplit(url).hostname or ""


def authority_of(url: str) -> str:
    """Give the host and port that an address names."""
    return urlsplit(url).netloc.lower()


def rhythm_of(outlet: Outlet, settings: CrawlSettings, host: str, guard: Guard) -> Rhythm:
    """Give how often a host, named or by its IP address, may be polled; only allowed private ones may be hurried."""
    own = settings.merged(outlet)
    low = outlet.poll_min or settings.poll_min
    if guard.is_private_allowed(host):
        every, low = own.poll_every, min(low, own.poll_every)
    else:
        low = max(low, _LEAST)
        every = max(own.poll_every, low)
    return Rhythm(
        every=every,
        low=low,
        high=max(own.poll_max, every),
        hint_max=own.hint_max,
        poll_at=outlet.poll_at,
        timezone=outlet.timezone,
    )


class Visitor:
    """Visits sources; of the children of sitemap indexes it remembers, while it lives, what has not changed."""

    def __init__(self, fetcher: Fetcher, workers: Workers) -> None:
        """Fetch by `fetcher`, read in `workers`."""
        self._fetcher = fetcher
        self._workers = workers
        self._children: OrderedDict[str, Validators] = OrderedDict()
        self._shared = Shared()

    def recall(self, session: Session) -> None:
        """Take over what was on record before the start: what children said, and which hosts are closed."""
        self._remember(children.recent(session))
        self._fetcher.robots.remember(hosts.closed(session))

    def expect(self, sources: Sequence[ClaimedSource]) -> Sequence[ClaimedSource]:
        """Take note of what was claimed together, and give it back: one request serves all who name the same list."""
        self._shared.expect([source for source in sources if source.kind != SITE])
        return sources

    async def visit(self, source: ClaimedSource, outlet: Outlet, settings: CrawlSettings) -> Brought:
        """Look at one source; whatever goes wrong becomes the visit's error."""
        brought = await self._visited(source, outlet, settings)
        return replace(brought, hosts=dict(self._fetcher.robots.changes))

    def settle(self, brought: Brought) -> None:
        """Remember what child sitemaps said of their state, now that their leads are on record."""
        self._remember(brought.children)
        for host, since in brought.hosts.items():
            if self._fetcher.robots.changes.get(host, host) == since:
                del self._fetcher.robots.changes[host]

    def _remember(self, seen: Sequence[Validators]) -> None:
        for validators in seen:
            self._children[validators.url] = validators
            self._children.move_to_end(validators.url)
        while len(self._children) > children.MOST:
            self._children.popitem(last=False)

    async def _visited(self, source: ClaimedSource, outlet: Outlet, settings: CrawlSettings) -> Brought:
        try:
            if source.kind == SITE:
                return await self._search(source, settings)
            return await self._list(source, outlet, settings)
        except HostResting as error:
            rest = timedelta(seconds=error.seconds)
            return Brought(visited=Visited(error=str(error), put_off=True), retry_after=rest)
        except (FetchError, ReadingError) as error:
            return Brought(visited=Visited(error=str(error)))
        except Exception as error:
            log.exception("a visit failed", extra={"outlet": source.outlet, "url": source.address})
            return Brought(visited=Visited(error=f"{type(error).__name__}: {error}"))

    async def _list(self, source: ClaimedSource, outlet: Outlet, settings: CrawlSettings) -> Brought:
        kept = Validators(source.validators_url or "", source.etag, source.last_modified)
        doubted = _is_doubted(source, kept)
        answer = await self._ask(source, outlet, settings, None if doubted or source.lied_at else kept)
        if answer.is_not_modified:
            visited = _visited(answer, not_modified=True)
            return Brought(visited=visited, not_before=fresh_for(answer.headers), ip=answer.ip)
        if not answer.is_whole:
            return _refused(answer)
        listing = await self._workers.run(outlet.slug, read_list, source.kind, answer.document, outlet)
        leads, children, failures = list(listing.leads), [], []
        for url in listing.more[:_CHILDREN]:
            try:
                more, validators = await self._child(url, source, outlet, settings)
            except (FetchError, ReadingError) as error:
                failures.append(f"{url}: {error}")
                continue
            leads += more
            children.append(validators)
        # An index says little of its children's state: it is always asked for whole.
        visited = replace(_visited(answer, with_validators=not listing.more), bare=not leads and not listing.more)
        if failures and source.is_first_visit:
            visited = Visited(status=answer.status, error=failures[0])
        elif listing.is_whole and not listing.more:
            honest = await self._judged(source, outlet, settings, kept, listing) if doubted else None
            visited = replace(visited, marks=listing.marks, honest=honest)
        return Brought(
            visited=visited,
            listing=listing,
            offer=offered(answer.url, answer.headers.get("link"), listing.hubs, listing.topic),
            leads=tuple(leads),
            children=tuple(children),
            not_before=fresh_for(answer.headers),
            ttl=listing.ttl,
            skip_hours=listing.skip_hours,
            skip_days=listing.skip_days,
            notes=(*listing.notes, *failures),
            ip=answer.ip,
        )

    async def _ask(
        self, source: ClaimedSource, outlet: Outlet, settings: CrawlSettings, kept: Validators | None
    ) -> Answer:
        """Ask for the list, or take part in the answer to another outlet that names it."""
        render, most = outlet.render and source.kind == "section", _most(source.kind, settings)
        manner = (kept, settings.user_agent, settings.obey_robots, most, render)
        return await self._shared.get(
            source,
            manner,
            # One list at a time, and nothing beside it: only pages may come two by two.
            lambda: self._fetcher.get(
                source.address, settings, validators=kept, max_bytes=most, render=render, alone=True
            ),
        )

    async def _judged(
        self, source: ClaimedSource, outlet: Outlet, settings: CrawlSettings, kept: Validators, listing: Listing
    ) -> bool | None:
        """Tell whether the 304s of a list that came whole were true, or None where nothing proves it."""
        if listing.marks == items.loads(source.items):
            return None if source.lied_at else True
        most = _most(source.kind, settings)
        try:
            again = await self._fetcher.get(source.address, settings, validators=kept, max_bytes=most, alone=True)
        except FetchError:
            return None
        if again.is_not_modified:
            facts = {"outlet": source.outlet, "url": source.address}
            log.warning("source said not modified though its list had changed: asked whole from now on", extra=facts)
            return False
        return True if again.is_whole else None

    async def _child(
        self, url: str, source: ClaimedSource, outlet: Outlet, settings: CrawlSettings
    ) -> tuple[tuple[Lead, ...], Validators]:
        address, most = clean_url(url), _most(source.kind, settings)
        # Another outlet may have read it, by rules of its own.
        kept = None if source.is_first_visit else self._children.get(address)
        answer = await self._fetcher.get(address, settings, validators=kept, max_bytes=most, alone=True)
        if answer.is_not_modified and kept:
            return (), kept
        if not answer.is_whole:
            raise FetchError(FetchFailure.STATUS, answer.refusal)
        listing = await self._workers.run(outlet.slug, read_list, source.kind, answer.document, outlet)
        return listing.leads, Validators.of(answer)

    async def _search(self, source: ClaimedSource, settings: CrawlSettings) -> Brought:
        async def fetch(url: str) -> Document:
            answer = await self._fetcher.get(clean_url(url), settings, max_bytes=MAX_SITEMAP)
            if not answer.is_whole:
                raise FetchError(FetchFailure.STATUS, answer.refusal)
            return answer.document

        async def read(kind: str, document: Document, outlet: Outlet) -> Listing:
            return await self._workers.run(source.outlet, read_list, kind, document, outlet)

        found = await probe(source.url, fetch, read)
        if not found.sources:
            return Brought(visited=Visited(error="the site offers no feed, sitemap or section; name its sources"))
        return Brought(visited=Visited(status=200), sources=found.sources)


def _most(kind: str, settings: CrawlSettings) -> int:
    return max(MAX_SITEMAP, settings.max_page) if kind == "sitemap" else settings.max_page


def _visited(answer: Answer, *, not_modified: bool = False, with_validators: bool = True) -> Visited:
    validators = Validators.of(answer)
    return Visited(
        status=answer.status,
        not_modified=not_modified,
        etag=validators.etag if with_validators else None,
        last_modified=validators.last_modified if with_validators else None,
        validators_url=validators.url if with_validators else None,
        moved_to=_moved_to(answer),
        bytes_read=len(answer.body),
    )


def _is_doubted(source: ClaimedSource, kept: Validators) -> bool:
    if not kept.headers or source.items is None:
        return False
    return belief.is_doubted(source.not_modified, source.believed_until, source.last_attempt)


def _moved_to(answer: Answer) -> str | None:
    """Give where a list has moved for good, when that address is as trustworthy as the old one."""
    if not answer.moved:
        return None
    old, new = urlsplit(answer.hops[0]), urlsplit(answer.url)
    return answer.url if new.scheme == "https" or new.hostname == old.hostname else None


def _refused(answer: Answer) -> Brought:
    wish = retry_after(answer.headers.get("retry-after"), datetime.now(UTC)) if answer.status in BUSY else None
    return Brought(
        visited=Visited(
            status=answer.status, error=answer.refusal, gone=answer.status == 410, bytes_read=len(answer.body)
        ),
        retry_after=None if wish is None else timedelta(seconds=min(wish, _LONGEST_WISH)),
        ip=answer.ip,
    )
