"""Sitemaps: Google News, plain, as text, and indexes of sitemaps; gzipped too."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import Any
from urllib.parse import urlsplit

from newsdesk import ReadingError

from ..document import Document
from ..lead import Lead
from ..listing import (
    capped,
    headline,
    http_link,
    language_tag,
    local,
    moment,
    unpacked,
    words_of,
    xml_root,
    zone_of,
)
from ..outlet import Outlet
from ..spider import Listing, SourceKind

MAX_URLS = 50_000
MAX_CHILDREN = 50

_HEAD = 65_536
_ROOT = re.compile(rb"<(?:[\w.-]+:)?(urlset|sitemapindex)[\s>]", re.IGNORECASE)
_END = re.compile(rb"</(?:[\w.-]+:)?(?:urlset|sitemapindex)\s*>$", re.IGNORECASE)
_FEED = re.compile(rb"<(?:[\w.-]+:)?(rss|feed|rdf)[\s>]", re.IGNORECASE)
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_ADDRESS_LINE = re.compile(r"\s*https?://\S+\s*", re.IGNORECASE)
# What no page of news ends in.
_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|svg|ico|pdf|mp[34]|m4[av]|mov|avi|zip|gz|css|js|json|xml)$", re.IGNORECASE)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Sitemap(SourceKind):
    """A list of a site's pages for search engines; the newest come first."""

    kind = "sitemap"
    example = "https://www.example.org/news-sitemap.xml"

    def read(self, document: Document, outlet: Outlet) -> Listing:
        """Give the pages, or the further sitemaps of an index. Raises ReadingError when it is no sitemap."""
        body = unpacked(document)
        zone = zone_of(outlet.timezone)
        if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return self._xml(xml_root(body, document), document.url, zone, outlet, [])
        found = _ROOT.search(body[:_HEAD])
        if not found:
            return _lines(body, document.url, outlet)
        notes: list[str] = []
        # What stands before the root (a byte-order mark, blank lines, a warning of PHP) is no reason to fail.
        start = max(0, body.rfind(b"<?xml", 0, found.start()))
        body = body[start:].lstrip(b"\xef\xbb\xbf \t\r\n")
        try:
            root = xml_root(body, document)
        except ReadingError as error:
            root = xml_root(body, document, recover=True)
            notes.append(f"the sitemap is damaged and was read as far as possible: {str(error)[:200]}")
            listing = self._xml(root, document.url, zone, outlet, notes)
            return replace(listing, is_whole=bool(_END.search(body[-1000:].rstrip())))
        return self._xml(root, document.url, zone, outlet, notes)

    def _xml(self, root: Any, url: str, zone: tzinfo, outlet: Outlet, notes: list[str]) -> Listing:
        name = local(root).lower()
        if name == "sitemapindex":
            return _index(root, url, zone, notes)
        if name != "urlset":
            raise ReadingError(f"<{local(root)}> is not a sitemap")
        found = [entry for child in root if (entry := _entry(child, url, zone)) and _wanted(entry, outlet)]
        found.sort(key=_newest, reverse=True)
        return Listing(leads=capped(found, MAX_URLS, notes), notes=tuple(notes))


def _newest(lead: Lead) -> datetime:
    return lead.published or lead.updated or _LONG_AGO


def _wanted(lead: Lead, outlet: Outlet) -> bool:
    parts = urlsplit(lead.url)
    is_home = parts.path in ("", "/") and not parts.query
    return not is_home and not _FILE.search(parts.path) and outlet.article.is_article(lead.url)


def _entry(element: Any, url: str, zone: tzinfo) -> Lead | None:
    """Read one <url>, its parts in any order and the news parts at any depth, but not those of images and videos."""
    if local(element) != "url":
        return None
    texts: dict[str, str] = {}
    for part in _parts(element):
        texts.setdefault(local(part), words_of(part).strip())
    address = http_link(url, texts.get("loc"))
    if address is None:
        return None
    return Lead(
        url=address,
        title=headline(texts.get("title")),
        published=moment(texts.get("publication_date"), zone),
        updated=moment(texts.get("lastmod"), zone),
        language=language_tag(texts.get("language")),
    )


def _parts(element: Any) -> Iterator[Any]:
    for child in element:
        name = local(child)
        if name in ("news", "publication"):
            yield from _parts(child)
        elif name and name not in ("image", "video", "link", "alternate"):
            yield child


def _index(root: Any, url: str, zone: tzinfo, notes: list[str]) -> Listing:
    children: dict[str, datetime] = {}
    for child in root:
        if local(child) != "sitemap":
            continue
        texts = {local(part): words_of(part).strip() for part in child}
        address = http_link(url, texts.get("loc"))
        if address and address != url:
            children.setdefault(address, moment(texts.get("lastmod"), zone) or _LONG_AGO)
    # Sorting is stable: without dates the order is the publisher's. A sitemap of news goes before the others.
    newest = sorted(children, key=lambda one: ("news" in one.rpartition("/")[2].lower(), children[one]), reverse=True)
    if len(newest) > MAX_CHILDREN:
        notes.append(f"{len(newest)} sitemaps in this index: the {MAX_CHILDREN} newest are read")
    return Listing(more=tuple(newest[:MAX_CHILDREN]), notes=tuple(notes))


def _lines(body: bytes, url: str, outlet: Outlet) -> Listing:
    if not body.strip():
        raise ReadingError("the document is empty")
    if _FEED.search(body[:_HEAD]):
        raise ReadingError("a feed came instead of a sitemap; list it as `- feed:`")
    if _HTML.search(body[:_HEAD]):
        raise ReadingError("an HTML page came instead of a sitemap")
    lines = [line for line in body.decode("utf-8-sig", "replace").splitlines() if line.strip()]
    addresses = [http_link(url, line) for line in lines if _ADDRESS_LINE.fullmatch(line)]
    if len(addresses) * 2 <= len(lines):
        raise ReadingError("the document is not a sitemap")
    notes: list[str] = []
    leads = [Lead(url=address) for address in addresses if address]
    return Listing(leads=capped((one for one in leads if _wanted(one, outlet)), MAX_URLS, notes), notes=tuple(notes))


SITEMAP = Sitemap()
