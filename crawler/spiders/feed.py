"""Feeds: RSS 0.9 to 2.0, RSS 1.0, Atom 0.3 and 1.0, JSON Feed; broken ones too."""

import calendar
import io
import itertools
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any

from newsdesk import ReadingError

from ..document import Document
from ..lead import Lead
from ..listing import (
    FIRST_YEAR,
    capped,
    headline,
    http_link,
    in_plain_utf8,
    language_tag,
    local,
    moment,
    plain,
    ttl_of,
    unpacked,
    words_of,
    xml_root,
    zone_of,
)
from ..outlet import Outlet
from ..spider import Listing, SourceKind

MAX_ENTRIES = 10_000
_MOST_LOOSE = {b"<": 40_000, b"&": 400_000}

_ROOT = re.compile(rb"<(?:[\w.-]+:)?(rss|rdf|feed|channel)[\s>]", re.IGNORECASE)
_SITEMAP = re.compile(rb"<(?:[\w.-]+:)?(urlset|sitemapindex)[\s>]", re.IGNORECASE)
_DECLARATION = re.compile(rb"<\?xml[\s?]", re.IGNORECASE)
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|script|meta|title|div|p|br|h1)\b", re.IGNORECASE)
_SNIFFED = 65_536
_END = re.compile(rb"</(?:[\w.-]+:)?(?:rss|rdf|feed)\s*>$", re.IGNORECASE)
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_MEDIA = "search.yahoo.com/mrss"
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PUBLISHED = ("pubDate", "published", "issued", "date", "created", "pubdate", "dateTimeWritten")
_UPDATED = ("updated", "modified", "lastBuildDate")


class Feed(SourceKind):
    """A feed of entries, each with a link, most with a title and a date."""

    kind = "feed"
    example = "https://www.example.org/rss.xml"

    def read(self, document: Document, outlet: Outlet) -> Listing:
        """Give what the feed says. Raises ReadingError for an HTML page, a sitemap or no feed at all."""
        body = unpacked(document)
        zone = zone_of(outlet.timezone)
        if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
            return _json_feed(body, document.url, zone)
        body = _from_its_root(body)
        reader = _XmlFeed(document.url, zone, b"xml:base" in body)
        try:
            return reader.read(_strict(body, document))
        except ReadingError:
            return _damaged(body, document, zone)


def _from_its_root(body: bytes) -> bytes:
    """Drop what a careless server put before the feed, and refuse what is none."""
    wide = body[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in body[:4]
    head = body[:_SNIFFED].replace(b"\x00", b"") if wide else body[:_SNIFFED]
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise ReadingError("the document is empty")
    root = _ROOT.search(head)
    page = _HTML.search(head, 0, root.start() if root else len(head))
    if root is None and _SITEMAP.search(head):
        raise ReadingError("a sitemap came instead of a feed; list it as `- sitemap:`")
    if root is None and page:
        raise ReadingError("an HTML page came instead of a feed")
    if root is None or wide:
        return body
    declared = max((found.start() for found in _DECLARATION.finditer(head, 0, root.start())), default=-1)
    start = declared if declared >= 0 else root.start()
    # Instructions and a DOCTYPE may stand between the declaration and the root.
    return body[start:] if head[:start].strip(b"\xef\xbb\xbf \t\r\n") and (declared >= 0 or page) else body.lstrip()


def _strict(body: bytes, document: Document) -> Any:
    if b"<!ENTITY" in body[:_SNIFFED]:
        raise ReadingError("the document declares entities")
    return xml_root(body, document)


@dataclass(slots=True)
class _Entry:
    """What is gathered of one entry before it becomes a lead."""

    title: str | None = None
    other_title: str | None = None
    links: dict[str, str] = field(default_factory=dict)
    """The best address for each place it may stand in, by `_LINKS`."""
    published: str | None = None
    updated: str | None = None
    summary: str | None = None
    language: str | None = None


# Where an entry's address may stand, the best first.
_LINKS = ("original", "page", "alternate", "untyped", "permalink", "id", "source", "via", "related", "self")


class _XmlFeed:
    """Reads the tree of a well-formed feed."""

    def __init__(self, url: str, zone: tzinfo, based: bool) -> None:
        self._url = url
        self._zone = zone
        self._based = based

    def read(self, root: Any) -> Listing:
        name = local(root).lower()
        if name not in ("rss", "rdf", "feed"):
            raise ReadingError(f"<{local(root)}> is not a feed that is known here")
        channel = root if name == "feed" else next((child for child in root if local(child) == "channel"), root)
        entries = [child for parent in {id(root): root, id(channel): channel}.values() for child in parent]
        entries = [child for child in entries if local(child) in ("item", "entry")]
        notes: list[str] = []
        gathered = [self._lead(entry) for entry in entries[: MAX_ENTRIES + 1]]
        leads = capped((lead for lead in gathered if lead), MAX_ENTRIES, notes)
        if missing := sum(lead is None for lead in gathered):
            notes.append(f"{missing} of {len(gathered)} entries have no usable link")
        return self._listing(root, channel, leads, notes)

    def _listing(self, root: Any, channel: Any, leads: tuple[Lead, ...], notes: list[str]) -> Listing:
        texts: dict[str, str] = {}
        hubs: list[str] = []
        ends: dict[str, str] = {}
        for child in channel:
            name = local(child)
            if name in ("link", "atom10:link") and child.get("href"):
                address = http_link(self._base(child), child.get("href"))
                rel = (child.get("rel") or "").lower()
                if address and rel == "hub":
                    hubs.append(address)
                elif address:
                    ends.setdefault(rel or "alternate", address)
            elif name not in ("item", "entry") and _MEDIA not in str(child.tag):
                texts.setdefault(name, words_of(child))
        return Listing(
            leads=leads,
            next=ends.get("next"),
            archive=ends.get("prev-archive"),
            title=headline(texts.get("title")),
            language=language_tag(texts.get("language") or channel.get(_XML_LANG) or root.get(_XML_LANG)),
            ttl=ttl_of(texts),
            skip_hours=_skip_hours(channel),
            skip_days=_skip_days(channel),
            hubs=tuple(dict.fromkeys(hubs)),
            topic=ends.get("self"),
            site=http_link(self._url, texts.get("link")) or ends.get("alternate"),
            generator=headline(texts.get("generator"), 200),
            notes=tuple(notes),
        )

    def _base(self, element: Any) -> str:
        return (element.base or self._url) if self._based else self._url

    def _lead(self, element: Any) -> Lead | None:
        entry = _Entry(language=element.get(_XML_LANG))
        for child in element:
            self._take(entry, local(child), child)
        url = next((entry.links[place] for place in _LINKS if place in entry.links), None)
        if url is None:
            return None
        return Lead(
            url=url,
            title=headline(entry.title) or headline(entry.other_title),
            published=moment(entry.published, self._zone),
            updated=moment(entry.updated, self._zone),
            language=language_tag(entry.language),
            summary=plain(entry.summary),
        )

    def _take(self, entry: _Entry, name: str, child: Any) -> None:  # noqa: C901  (one branch a name, all alike)
        if name == "link":
            self._take_link(entry, child)
        elif name == "title":
            if _MEDIA in child.tag or "purl.org/dc" in child.tag:
                entry.other_title = entry.other_title or words_of(child)
            else:
                entry.title = entry.title or words_of(child)
        elif name in ("guid", "id"):
            self._take_id(entry, name, child)
        elif name in _PUBLISHED:
            entry.published = entry.published or words_of(child)
        elif name in _UPDATED:
            entry.updated = entry.updated or words_of(child)
        elif name in ("description", "summary") and _MEDIA not in child.tag:
            entry.summary = entry.summary or words_of(child)
        elif name == "origLink":
            self._put(entry, "original", child, words_of(child))
        elif name == "content" and child.get("src") and _MEDIA not in child.tag:
            self._put(entry, "source", child, child.get("src"))
        elif name == "language":
            entry.language = words_of(child)

    def _take_link(self, entry: _Entry, child: Any) -> None:
        href = child.get("href")
        if href is None:
            if (child.get("rel") or "alternate").lower() == "alternate":
                self._put(entry, "page", child, words_of(child))
            return
        rel = (child.get("rel") or "alternate").lower()
        kind = (child.get("type") or "").lower()
        if rel == "alternate" and kind and "html" not in kind:
            rel = "untyped"
        if rel in _LINKS:
            self._put(entry, rel, child, href)

    def _take_id(self, entry: _Entry, name: str, child: Any) -> None:
        text = words_of(child).strip()
        if (name == "id" or (child.get("isPermaLink") or "true").lower() != "false") and text[:4].lower() == "http":
            self._put(entry, "permalink" if name == "guid" else "id", child, text)

    def _put(self, entry: _Entry, place: str, child: Any, href: str) -> None:
        address = http_link(self._base(child), href)
        if address:
            entry.links.setdefault(place, address)


def _skipped(channel: Any, name: str) -> Iterator[str]:
    for child in channel:
        if local(child) == name:
            yield from (words_of(part).strip().lower() for part in child)


def _skip_hours(channel: Any) -> frozenset[int]:
    hours = frozenset(int(h) % 24 for h in _skipped(channel, "skipHours") if h.isdecimal() and int(h[:4]) <= 24)
    return hours if len(hours) < 24 else frozenset()


def _skip_days(channel: Any) -> frozenset[int]:
    days = frozenset(_DAYS.index(day) for day in _skipped(channel, "skipDays") if day in _DAYS)
    return days if len(days) < 7 else frozenset()


def _json_feed(body: bytes, url: str, zone: tzinfo) -> Listing:
    try:
        feed = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as error:
        raise ReadingError(f"the JSON is damaged: {error}") from None
    items = feed.get("items")
    if not isinstance(items, list):
        raise ReadingError("the JSON is no JSON Feed: it has no items")
    notes: list[str] = []
    gathered = [_json_lead(item, url, zone) for item in items[: MAX_ENTRIES + 1] if isinstance(item, dict)]
    leads = capped((lead for lead in gathered if lead), MAX_ENTRIES, notes)
    if missing := sum(lead is None for lead in gathered):
        notes.append(f"{missing} of {len(gathered)} entries have no usable link")
    offered = feed.get("hubs")
    hubs = [http_link(url, _text(hub, "url")) for hub in (offered if isinstance(offered, list) else ())]
    return Listing(
        leads=leads,
        next=http_link(url, _text(feed, "next_url")),
        title=headline(_text(feed, "title")),
        language=language_tag(_text(feed, "language")),
        hubs=tuple(hub for hub in hubs if hub),
        topic=http_link(url, _text(feed, "feed_url")),
        site=http_link(url, _text(feed, "home_page_url")),
        notes=tuple(notes),
    )


def _json_lead(item: dict[str, Any], url: str, zone: tzinfo) -> Lead | None:
    identity = _text(item, "id") or ""
    links = [_text(item, "url"), _text(item, "external_url"), identity if identity[:4].lower() == "http" else None]
    address = next((found for link in links if link and (found := http_link(url, link))), None)
    if address is None:
        return None
    return Lead(
        url=address,
        title=headline(_text(item, "title")),
        published=moment(_text(item, "date_published"), zone),
        updated=moment(_text(item, "date_modified"), zone),
        language=language_tag(_text(item, "language")),
        summary=plain(_text(item, "summary") or _text(item, "content_text")),
    )


def _text(item: Any, key: str) -> str | None:
    value = item.get(key) if isinstance(item, dict) else None
    return value if isinstance(value, str) else None


def _damaged(body: bytes, document: Document, zone: tzinfo) -> Listing:
    """Read what strict XML parsing refuses, by the most forgiving reader there is."""
    import feedparser

    notes: list[str] = []
    body = _bounded(in_plain_utf8(body, document.content_type), notes)
    headers = {"content-location": document.url, "content-type": "application/xml; charset=utf-8"}
    # A file object: given bytes, feedparser would first try them as the name of a file.
    feed = feedparser.parse(
        io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )
    if not feed.get("version") and not feed.entries:
        raise ReadingError(
            f"the document is not a feed: {feed.get('bozo_exception') or 'nothing in it looks like one'}"
        )
    if feed.get("bozo"):
        notes.append(f"the feed is damaged and was read as far as possible: {plain(str(feed.bozo_exception), 200)}")
    entries = feed.entries or _mended(body)
    gathered = [_loose_lead(entry, document.url, zone) for entry in entries[: MAX_ENTRIES + 1]]
    leads = capped((lead for lead in gathered if lead), MAX_ENTRIES, notes)
    if missing := sum(lead is None for lead in gathered):
        notes.append(f"{missing} of {len(gathered)} entries have no usable link")
    links = [(link.get("rel"), http_link(document.url, link.get("href"))) for link in feed.feed.get("links") or ()]
    return Listing(
        leads=leads,
        next=_first(href for rel, href in links if rel == "next"),
        archive=_first(href for rel, href in links if rel == "prev-archive"),
        title=headline(feed.feed.get("title")),
        language=language_tag(feed.feed.get("language")),
        ttl=ttl_of({"ttl": str(feed.feed.get("ttl") or "")}),
        hubs=tuple(dict.fromkeys(href for rel, href in links if rel == "hub" and href)),
        topic=_first(href for rel, href in links if rel == "self"),
        site=http_link(document.url, feed.feed.get("link")),
        generator=headline(feed.feed.get("generator"), 200),
        is_whole=bool(_END.search(body[-1000:].rstrip())),
        notes=tuple(notes),
    )


def _bounded(body: bytes, notes: list[str]) -> bytes:
    """Cut off what lies beyond the tags that the forgiving reader gets through in a second."""
    for mark, most in _MOST_LOOSE.items():
        if body.count(mark) > most:
            end = next(itertools.islice(re.finditer(mark, body), most, None)).start()
            body = body[: end - end % 2]
            notes.append(f"only the first {most} {mark.decode()!r} of the damaged feed were read")
    return body


def _mended(body: bytes) -> Any:
    """Try the one reader that mends attributes without quotes and declarations written twice."""
    import fastfeedparser

    if b"<!ENTITY" in body:
        return []
    try:
        return fastfeedparser.parse(body, include_content=False, include_tags=False, include_media=False).entries
    except Exception:  # it promises no closed list of errors, and there is nothing left to try
        return []


def _first(addresses: Iterable[str | None]) -> str | None:
    return next((address for address in addresses if address), None)


def _loose_lead(entry: Any, url: str, zone: tzinfo) -> Lead | None:
    identity = str(entry.get("id") or "")
    by_rel = [link.get("href") for link in entry.get("links") or () if link.get("rel") == "alternate"]
    candidates = [entry.get("feedburner_origlink"), *by_rel, entry.get("link")]
    if identity[:4].lower() == "http":
        candidates.append(identity)
    address = _first(http_link(url, link) for link in candidates)
    if address is None:
        return None
    return Lead(
        url=address,
        title=headline(entry.get("title")),
        published=_loose_moment(entry, "published", zone) or _loose_moment(entry, "created", zone),
        updated=_loose_moment(entry, "updated", zone),
        language=language_tag(entry.get("language")),
        summary=plain(entry.get("summary")),
    )


def _loose_moment(entry: Any, name: str, zone: tzinfo) -> datetime | None:
    # feedparser's own mapping lets "updated" stand for "published"; only what is written counts here.
    if not dict.__contains__(entry, name):
        return None
    if found := moment(str(entry[name]), zone):
        return found
    parsed = entry.get(f"{name}_parsed")
    try:
        found = datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else None
    except (TypeError, ValueError, OverflowError):
        return None
    return found if found and found.year >= FIRST_YEAR else None


FEED = Feed()
