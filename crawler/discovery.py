"""Discovery: which feeds, sitemaps and sections a site offers, and the outlet file that says so."""

import json
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin, urlsplit

from newsdesk import AddressRefused, ReadingError, TocsinError, clean_url, site_of

from .document import Document
from .listing import headline, http_link, language_tag
from .outlet import SLUG, Outlet, Source, http_address
from .reading.charset import decode
from .reading.tree import parse
from .spider import SOURCE_KINDS, Listing

Fetch = Callable[[str], Awaitable[Document]]
Read = Callable[[str, Document, Outlet], Awaitable[Listing]]

MAX_TRIED = {"feed": 10, "sitemap": 6, "section": 2}
_MAX_FEEDS = 5
_ENOUGH_LINKS = 3

_FEED_TYPES = frozenset(
    ("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json", "application/json")
)
_FEED_LINK = re.compile(
    r"(?:/(?:rss|feeds?|atom|rdf)(?:[/.]|$)|\.(?:rss|rdf|atom)$|(?:rss|feed|atom|index)\.(?:xml|json|rdf)$|/rss-?\w*\.xml$)",
    re.IGNORECASE,
)
_COMMENTS = re.compile(r"/comments?/|comments?[-_.]?(?:feed|rss|atom)|/oembed|wp-json|\bcomments=", re.IGNORECASE)
_ROBOTS_SITEMAP = re.compile(r"^\s*sitemap\s*:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_COMMON_FEEDS = ("/rss", "/feed", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feed.json", "/rss/news")
_COMMON_SITEMAPS = ("/news-sitemap.xml", "/sitemap-news.xml", "/newssitemap.xml", "/sitemap.xml", "/sitemap_index.xml")
_NEWS_PATHS = ("/news", "/latest", "/latest-news", "/actualites", "/noticias", "/nachrichten", "/notizie", "/haberler")
_SECOND_LEVEL = frozenset(("ac", "co", "com", "edu", "go", "gov", "ne", "net", "or", "org"))
_PLAIN = re.compile(r"[^\W\d_][\w ().&/+'-]*", re.UNICODE)
_SPECIAL = frozenset(("null", "true", "false", "yes", "no", "on", "off"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One list that a site offers: how many leads it gave, what is odd about it, and whether it is worth polling."""

    source: Source
    leads: int = 0
    title: str | None = None
    language: str | None = None
    is_news: bool = False
    """The list names headlines and dates, not addresses alone."""
    chosen: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What a site offers, best first; `text` is an outlet file ready to save as `outlets/<slug>.yaml`."""

    slug: str
    name: str
    site: str
    language: str | None
    offers: tuple[Offer, ...]

    @property
    def sources(self) -> tuple[Source, ...]:
        """Give the lists that are worth polling."""
        return tuple(offer.source for offer in self.offers if offer.chosen)

    @property
    def text(self) -> str:
        """Give the outlet file."""
        return outlet_file(self)


def feeds_of(root: Any, url: str) -> tuple[str, ...]:
    """Give the feeds that a page names: those of its head first, then links that look like feeds."""
    base = http_link(url, next(iter(root.xpath("//base/@href")), None)) or url
    named = [
        http_link(base, link.get("href"))
        for link in root.iter("link")
        if "alternate" in (link.get("rel") or "").lower().split()
        and (link.get("type") or "").lower().partition(";")[0].strip() in _FEED_TYPES
    ]
    linked = [http_link(base, link.get("href")) for link in root.iter("a")]
    linked = [href for href in linked if href and _FEED_LINK.search(urlsplit(href).path)]
    return tuple(dict.fromkeys(href for href in (*named, *linked) if href and not _COMMENTS.search(href)))


def sitemaps_of(robots: bytes, url: str) -> tuple[str, ...]:
    """Give the sitemaps that a robots.txt names; those of news come first."""
    text = robots[:500_000].decode("utf-8-sig", "replace")
    found = dict.fromkeys(link for line in _ROBOTS_SITEMAP.findall(text) if (link := http_link(url, line)))
    return tuple(sorted(found, key=lambda link: "news" not in link.lower()))


def sections_of(root: Any, url: str) -> tuple[str, ...]:
    """Give the pages of headlines: the news section that the page links to, then the page itself."""
    links = [http_link(url, link.get("href")) for link in root.iter("a")]
    news = [link for link in links if link and urlsplit(link).path.rstrip("/").lower() in _NEWS_PATHS]
    return tuple(dict.fromkeys([*[link for link in news if site_of(link) == site_of(url)][:1], url]))


def slug_of(url: str) -> str:
    """Give a slug for a site: `rt` for https://www.rt.com/, `bbc` for https://www.bbc.co.uk/."""
    host = site_of(url).partition(":")[0]
    labels = host.split(".")
    if not labels[-1].isdecimal() and len(labels) > 1:
        labels = labels[:-1]
        if len(labels) > 1 and labels[-1] in _SECOND_LEVEL:
            labels = labels[:-1]
    slug = re.sub(r"[^a-z0-9]+", "-", "-".join(labels).lower()).strip("-")[:63].rstrip("-")
    return slug if SLUG.fullmatch(slug) else "outlet"


def name_of(root: Any, url: str) -> str:
    """Give the name that a site's page has for it."""
    named = root.xpath("//meta[@property='og:site_name' or @name='application-name']/@content")
    if name := headline(next(iter(named), None), 100):
        return name
    title = headline(" ".join(root.xpath("//head/title/text()")), 200) or ""
    parts = [part.strip() for part in re.split(r"\s+[|–—-]\s+|\s*[|:·]\s+", title) if part.strip()]
    return min(parts, key=len)[:100] if parts else site_of(url)


async def probe(url: str, fetch: Fetch, read: Read | None = None) -> Probe:
    """Look what a site offers.

    `fetch` asks one address and raises FetchError; `read` reads a list elsewhere, as in another process.
    Raises FetchError, ReadingError or AddressRefused when the page at `url` itself cannot be had.
    """
    try:
        url = clean_url(http_address(url))
    except ValueError as error:
        raise AddressRefused(f"{url}: {error}") from None
    search = _Search(fetch, read or _read_here)
    document = await search.document(url)
    given = await search.read_any(document)
    site = document.url
    if given:
        site = urljoin(document.url, "/")
        try:
            document = await search.document(site)
        except TocsinError:
            document = Document(site, b"<html></html>")
    root = parse(decode(document.body, document.content_type))
    offers = [*([given] if given else []), *await search.offers(root, document.url)]
    offers = _choose(_unique(offers))
    language = language_tag(root.get("lang")) or next((offer.language for offer in offers if offer.language), None)
    name = name_of(root, site)
    if name == site_of(site):
        name = next((offer.title for offer in offers if offer.title), name)
    return Probe(slug=slug_of(site), name=name, site=site, language=language, offers=tuple(offers))


async def _read_here(kind: str, document: Document, outlet: Outlet) -> Listing:
    return SOURCE_KINDS[kind].read(document, outlet)


class _Search:
    """Asks for what may be a list, each address once and not without end."""

    def __init__(self, fetch: Fetch, read: Read) -> None:
        self._fetch = fetch
        self._read = read
        self._had: dict[str, Document] = {}
        self._tried: Counter[str] = Counter()

    async def document(self, url: str) -> Document:
        """Give what an address answers, asking once. Raises FetchError."""
        if url not in self._had:
            self._had[url] = await self._fetch(url)
        return self._had[url]

    async def offers(self, root: Any, url: str) -> list[Offer]:
        feeds = await self._try("feed", feeds_of(root, url))
        if not feeds:
            self._tried["feed"] = 0
            feeds = await self._try("feed", [urljoin(url, path) for path in _COMMON_FEEDS], enough=1)
        try:
            robots = (await self.document(urljoin(url, "/robots.txt"))).body
        except TocsinError:
            robots = b""
        named = sitemaps_of(robots, url)
        common = [urljoin(url, path) for path in _COMMON_SITEMAPS]
        sitemaps = await self._try("sitemap", named) or await self._try("sitemap", common, enough=1)
        return [*feeds, *sitemaps, *await self._try("section", sections_of(root, url))]

    async def read_any(self, document: Document) -> Offer | None:
        """Give the offer that a document itself is, when it is a feed or a sitemap."""
        for kind in ("feed", "sitemap"):
            if offer := await self._offer(Source(kind=kind, url=document.url), document):
                return offer
        return None

    async def _try(self, kind: str, urls: Iterable[str], enough: int = 99) -> list[Offer]:
        found: list[Offer] = []
        for url in urls:
            if len(found) >= enough or self._tried[kind] >= MAX_TRIED[kind]:
                break
            self._tried[kind] += 1
            try:
                offer = await self._offer(Source(kind=kind, url=url), await self.document(url))
            except (TocsinError, ValueError):
                continue
            if offer:
                found.append(offer)
        return found

    async def _offer(self, source: Source, document: Document) -> Offer | None:
        try:
            listing = await self._read(source.kind, document, _stranger(document.url))
        except ReadingError:
            return None
        if len(listing.leads) + len(listing.more) < (_ENOUGH_LINKS if source.kind == "section" else 1):
            return None
        children = (f"an index of {len(listing.more)} sitemaps",) if listing.more else ()
        return Offer(
            source=source,
            leads=len(listing.leads),
            title=listing.title,
            language=listing.language,
            is_news=any(lead.title and (lead.published or lead.updated) for lead in listing.leads),
            notes=(*listing.notes, *children),
        )


def _stranger(url: str) -> Outlet:
    return Outlet(slug="probe", name="probe", site=url)


def _unique(offers: Iterable[Offer]) -> list[Offer]:
    return list({(offer.source.kind, clean_url(offer.source.url)): offer for offer in offers}.values())


def _choose(offers: list[Offer]) -> list[Offer]:
    """Take the feeds and a sitemap of news; where there are none, the sitemap, then the section."""
    feeds = [offer for offer in offers if offer.source.kind == "feed"][:_MAX_FEEDS]
    news = [offer for offer in offers if offer.source.kind == "sitemap" and offer.is_news][:1]
    taken = feeds + news
    for kind in ("section", "sitemap"):
        taken = taken or [offer for offer in offers if offer.source.kind == kind][:1]
    return [replace(offer, chosen=any(offer is one for one in taken)) for offer in offers]


def outlet_file(found: Probe) -> str:
    """Write what was found as an outlet file; lists that are not polled stand in it as comments."""
    lines = [f"name: {_scalar(found.name)}", f"site: {found.site}"]
    if found.language:
        lines.append(f"language: {_scalar(found.language)}")
    lines.append("# timezone: Europe/London   # the zone of dates that name none; UTC when left out")
    if not found.offers:
        lines.append(
            "# sources:                  # none were found; a line is like `- section: https://www.example.org/news/`"
        )
        return "\n".join(lines) + "\n"
    lines.append("sources:")
    for offer in sorted(found.offers, key=lambda offer: not offer.chosen):
        mark = "- " if offer.chosen else "# - "
        lines.append(f"  {mark}{offer.source.kind}: {offer.source.url}   # {_remark(offer)}")
    return "\n".join(lines) + "\n"


def _remark(offer: Offer) -> str:
    count = f"{offer.leads} {'link' if offer.leads == 1 else 'links'}" if offer.leads else ""
    return ", ".join(part for part in (offer.title, count, *offer.notes) if part)[:120]


def _scalar(text: str) -> str:
    plain = _PLAIN.fullmatch(text) and text == text.strip() and text.lower() not in _SPECIAL
    return text if plain else json.dumps(text, ensure_ascii=False)
