"""When a page was published: every date it names, weighed by who says it and how exactly."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from urllib.parse import urlsplit

from newsdesk import Precision

from .claims import Claims, item_value
from .dates import Moment, agree, only_a_date, read_date, read_stamp
from .entries import live_blog, updates
from .jsonld import text
from .months import MONTHS
from .texts import clean, squeeze
from .tree import Element, words_in

_METAS = (
    "article:published_time", "og:article:published_time", "og:published_time", "article:published", "datepublished",
    "published_time_telegram", "parsely-pub-date", "cxenseparse:recs:publishtime", "cxenseparse:publishtime",
    "sailthru.date", "article.published", "publish-date", "publish_date", "publishdate", "published_time",
    "publication_date", "pubdate", "dc.date.issued", "dcterms.created", "dcterms.date", "dc.date", "dc.date.created",
    "dcterms.issued", "article_date_original", "originalpublicationdate", "mediator_published_time", "displaydate",
    "ptime", "bt:pubdate", "date", "rnews:datepublished", "citation_publication_date", "vr:published_time",
    "iso-8601-publish-date",
)  # fmt: skip
_MODIFIED_METAS = ("article:modified_time", "og:updated_time", "datemodified", "last-modified", "dcterms.modified")
_STAMP_METAS = ("analytics:p_ts", "article:published_timestamp")
_STAMPS = ("data-unixtime", "data-pts", "data-timestamp", "data-epoch", "data-published", "data-datetime")
_NAMES_STAMP = re.compile("data-(?:unixtime|pts|timestamp|epoch|published|datetime)=")
_STATED = ("datetime", "content", "data-datetime", "data-published", "title")
_HAS_STAMP = f"//*[{' or '.join('@' + name for name in _STAMPS)}]"
_DATED = """
    .//*[self::time or contains(@class, 'date') or contains(@class, 'Date') or contains(@class, 'time')
         or contains(@class, 'Time') or contains(@class, 'publi') or contains(@class, 'posted')
         or contains(@itemprop, 'date')]
"""
_ELSEWHERE = re.compile(
    r"(?:^|[\s_-])(?:header__|site-?header|top-?bar|masthead|nav|menu|sidebar|related|recommend|footer|comment|lenta|"
    r"news-?feed|ticker|clock|widget|teaser|card|listing)",
    re.I,
)
_FRAME = re.compile(
    r"(?:^|[\s_-])(?:header__|site-?header|top-?bar|masthead|nav|menu|sidebar|footer|comment|ticker|clock|related)",
    re.I,
)
_CHANGED = re.compile(r"modif|updat|edit|aktualis|mis-a-jour", re.I)
_URL_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)([/_.-]?)(\d\d)\2(\d\d)(?!\d)|/((?:19|20)\d\d)(\d\d)(\d\d)\d{6,12}(?!\d)")
_URL_WORD_DAY = re.compile(r"/((?:19|20)\d\d)/([a-z]{3,9})/(\d\d?)(?=/)")
_URL_MONTH = re.compile(r"/((?:19|20)\d\d)/(\d\d)/")
_LEVELS = 6
_HEADINGS = 60
_NEAR, _PIECES, _SHORTEST, _TEXT, _LEDE = 4, 60, 6, 120, 500
_ARCHIVED = re.compile(r"^/web/\d{14}[a-z_]*/(?:https?:/)?")


def find_published(claims: Claims, url: str, zone: str | None, title: str = "") -> Moment | None:
    """Give the instant of publication as exactly as the page tells it, and no more exactly."""
    best: Moment | None = None
    for moment in _said(claims, url, zone, title):
        best = _better(best, moment)
        if best.zoned and best.precision in (Precision.SECOND, Precision.MINUTE):
            break
    stamp = _stamp(claims, title)
    if best is None or stamp is None:
        return best or stamp
    return agree(best, stamp)


def find_modified(claims: Claims, zone: str | None) -> datetime | None:
    """Give the instant of the last change, where the page tells it to the minute."""
    sources = (
        text(claims.article, "dateModified"),
        claims.meta(*_MODIFIED_METAS),
        claims.item("dateModified"),
    )
    for source in sources:
        moment = read_date(source, zone)
        if moment and moment.precision in (Precision.SECOND, Precision.MINUTE):
            return moment.value
    # A live blog was changed when its last entry came.
    moments = (read_date(text(entry, "datePublished"), zone) for entry in updates(claims, live_blog(claims)))
    exact = (one.value for one in moments if one and one.precision in (Precision.SECOND, Precision.MINUTE))
    return max(exact, default=None)


def read_element(element: Element, zone: str | None) -> Moment | None:
    """Read the date of one element: its unix stamp or machine-readable form before its text."""
    said = _of_element(element, zone)
    for part in (element, *element.iterdescendants()):
        stamp = next((found for name in _STAMPS if (found := read_stamp(part.get(name)))), None)
        if stamp:
            return agree(said, stamp) if said else stamp
    return said


def _of_element(element: Element, zone: str | None) -> Moment | None:
    found = [read_date(element.get(name), zone) for name in _STATED]
    found += [read_date(part.get("datetime"), zone) for part in islice(element.iter("time"), 5)]
    found.append(read_date(words_in(element), zone))
    best: Moment | None = None
    for moment in found:
        best = _better(best, moment) if moment else best
    return best


def _said(claims: Claims, url: str, zone: str | None, title: str) -> Iterator[Moment]:
    for source in _sources(claims):
        if moment := read_date(source, zone):
            yield moment
    for page in claims.graph.pages():
        if moment := read_date(text(page, "datePublished"), zone):
            yield moment
    yield from _shown(claims, zone, title)
    if day := day_of_address(url):
        yield day


def _sources(claims: Claims) -> Iterator[str]:
    for key in ("datePublished", "dateCreated", "uploadDate", "coverageStartTime"):
        yield text(claims.article, key)
    for name in _METAS:
        yield from claims.metas.get(name, ())
    for name in ("datePublished", "dateCreated"):
        for element in claims.items(name)[:3]:
            yield item_value(element)


def _better(held: Moment | None, new: Moment) -> Moment:
    """Keep the earlier source unless the later one tells the same day more exactly."""
    if held is None:
        return new
    finer = _RANKS[new.precision] > _RANKS[held.precision] and held.precision in (Precision.DAY, Precision.MONTH)
    if not finer:
        return held
    if held.precision is Precision.MONTH:
        return new if (new.value.year, new.value.month) == (held.value.year, held.value.month) else held
    # The day that a page names is local; its instant may fall on the neighbour day in UTC.
    return new if abs((new.value - held.value).total_seconds()) < 38 * 3600 else held


_RANKS = {Precision.MONTH: 0, Precision.DAY: 1, Precision.MINUTE: 2, Precision.SECOND: 2}


def _stamp(claims: Claims, title: str) -> Moment | None:
    if stamp := read_stamp(claims.meta(*_STAMP_METAS)):
        return stamp
    if not _NAMES_STAMP.search(claims.source):
        return None
    for box in _around_headline(claims, title):
        own = [box, *([] if _far(box) else box.xpath(f".{_HAS_STAMP}")[:20])]
        for element in own:
            if _elsewhere(element) or _CHANGED.search(element.get("class", "")):
                continue
            stamp = next((found for name in _STAMPS if (found := read_stamp(element.get(name)))), None)
            if stamp:
                return stamp
    return None


def _shown(claims: Claims, zone: str | None, title: str) -> Iterator[Moment]:
    """Give the dates that a reader sees: by the headline, else the only day that the page names at all."""
    boxes = [box for box in _around_headline(claims, title) if not _far(box)]
    for box in boxes:
        if found := _dated(box, zone):
            yield from found[:3]
            return
    if boxes and (moment := _line_of_date(boxes, zone)):
        yield moment
        return
    everywhere = _dated(claims.root, zone)
    if len({moment.value.date() for moment in everywhere}) == 1:
        yield everywhere[0]


def _line_of_date(boxes: list[Element], zone: str | None) -> Moment | None:
    """Find a line that is only a date: shortly before the headline in its own box, or after it before the text."""
    heading, near = boxes[0], boxes[1:_NEAR]
    before = heading.xpath(f"preceding::text()[position() <= {_PIECES}]")[::-1]
    for node in before[:_PIECES]:
        if any(box in near for box in node.getparent().iterancestors()) and (moment := _only_date(node, boxes, zone)):
            return moment
    told = 0
    for node in heading.xpath(f"following::text()[position() <= {_PIECES}]"):
        told += len(clean(node)) if len(node) > _TEXT and node.getparent().tag not in ("script", "style") else 0
        if told > _LEDE:
            return None
        if moment := _only_date(node, boxes, zone):
            return moment
    return None


def _only_date(node: Element, boxes: list[Element], zone: str | None) -> Moment | None:
    line = clean(node) if len(node) <= _TEXT else ""
    if len(line) < _SHORTEST or not only_a_date(line) or _apart(node.getparent(), boxes):
        return None
    return read_date(line.split(": ", 1)[-1], zone)


def _apart(element: Element, boxes: list[Element]) -> bool:
    """Tell whether an element that stands near the headline is of something else; its own siblings are not."""
    for box in (element, *element.iterancestors()):
        if box in boxes:
            return False
        names = _FRAME if box.getparent() in boxes[1:2] else _ELSEWHERE
        if box.tag in ("aside", "nav", "footer") or names.search(f"{box.get('class', '')} {box.get('id', '')}"):
            return True
    return False


def _dated(box: Element, zone: str | None) -> list[Moment]:
    found = []
    for element in box.xpath(_DATED)[:40]:
        name = f"{element.get('class', '')} {element.get('itemprop', '')}"
        if not (_CHANGED.search(name) or _elsewhere(element)) and (moment := _of_element(element, zone)):
            found.append(moment)
    return found


def _around_headline(claims: Claims, title: str) -> Iterator[Element]:
    """Give the headline and the boxes around it, the narrowest first."""
    heading = _heading(claims, title)
    if heading is None:
        heading = next(iter(claims.items("headline")), None)
    if heading is None:
        found = claims.root.xpath("(//*[contains(@class, 'article__title') or contains(@class, 'entry-title')])[1]")
        heading = found[0] if found else None
    level = 0
    while heading is not None and level < _LEVELS:
        yield heading
        heading = heading.getparent()
        level += 1


def _heading(claims: Claims, title: str) -> Element | None:
    """Give the heading that shows the title; in many templates the first one is the site's name."""
    first = None
    for heading in islice(claims.root.iter("h1", "h2", "h3"), _HEADINGS):
        if title and squeeze(words_in(heading, 500)) == squeeze(title):
            return heading
        if first is None and heading.tag == "h1":
            first = heading
    return first


def _far(box: Element) -> bool:
    return box.tag in ("body", "html")


def _elsewhere(element: Element) -> bool:
    """Tell whether an element stands in a part of the page that is not the article's: header, lists, footer."""
    for box in (element, *element.iterancestors()):
        if box.tag in ("aside", "nav", "footer", "body"):
            return bool(box.tag != "body")
        if box.tag == "article":
            return False
        if _ELSEWHERE.search(f"{box.get('class', '')} {box.get('id', '')}"):
            return True
    return False


def day_of_address(url: str) -> Moment | None:
    """Give the day (or month) that an address names, as many outlets' do."""
    try:
        path = _ARCHIVED.sub("/", urlsplit(url).path)
        if found := _URL_DAY.search(path):
            year, month, day = (found[1], found[3], found[4]) if found[1] else (found[5], found[6], found[7])
            value = datetime(int(year), int(month), int(day), tzinfo=UTC)
            return Moment(value, Precision.DAY, found[0].strip("/"), zoned=False)
        if (found := _URL_WORD_DAY.search(path)) and found[2] in MONTHS:
            value = datetime(int(found[1]), MONTHS[found[2]], int(found[3]), tzinfo=UTC)
            return Moment(value, Precision.DAY, clean(found[0].strip("/")), zoned=False)
        if found := _URL_MONTH.search(path):
            value = datetime(int(found[1]), int(found[2]), 1, tzinfo=UTC)
            return Moment(value, Precision.MONTH, found[0].strip("/"), zoned=False)
    except ValueError:
        return None
    return None
