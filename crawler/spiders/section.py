"""Section pages: the links of a page of headlines, by the outlet's pattern or by what article links look like."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote, urlsplit

from newsdesk import ReadingError, clean_url, same_site

from ..document import Document
from ..lead import Lead
from ..listing import capped, headline, http_link, language_tag, local, unpacked
from ..outlet import Outlet
from ..reading.charset import decode
from ..reading.tree import parse
from ..spider import Listing, SourceKind

MAX_LINKS = 1_000
# From this many points on, a link counts as an article's; see `_points`.
ENOUGH = 3

_HEAD = 4_096
_FEED = re.compile(rb"<(?:[\w.-]+:)?(?:rss|feed|rdf|urlset|sitemapindex)[\s>]", re.IGNORECASE)
_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|svg|ico|pdf|mp[34]|m4[av]|mov|avi|zip|gz|css|js|json|xml|rss)$", re.I)
_DATE = re.compile(
    r"(?:^|[/_-])(?:19|20)\d\d[/_-]?(?:0?[1-9]|1[0-2]|[a-z]{3})(?:[/_-]?(?:[0-2]?\d|3[01]))?(?=[/_-])", re.I
)
_NUMBER = re.compile(r"\d{5,}")
_WORDS = re.compile(r"[^\W\d_]{2,}")
_WIDE = re.compile(r"[\u0e00-\u0e7f\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_NEWS_WORDS = """
article articles artikel articolo articulo artigo story stories news noticia noticias notizie nouvelles nachrichten
nieuws novosti haber haberler berita post posts actualite actualites a n p
"""
_OTHER_WORDS = """
about account accessibility advertise advertising author authors autor autoren auteur apps app category categories
comments contact contacts cookie cookies corrections help impressum imprint jobs career careers kontakt legal login
logout member members newsletter newsletters podcast podcasts privacy profile register rss search signin signup
sitemap subscribe subscription subscriptions tag tags terms topic topics user users widget
"""
_OF_NEWS = frozenset(_NEWS_WORDS.split())
_NOT_NEWS = frozenset(_OTHER_WORDS.split())
_ASIDE = frozenset(("nav", "header", "footer", "aside", "form", "menu"))
_HEADING = frozenset(("h1", "h2", "h3", "h4", "article"))


class Section(SourceKind):
    """A page of headlines whose links lead to articles."""

    kind = "section"
    example = "https://www.example.org/news/"

    def read(self, document: Document, outlet: Outlet) -> Listing:
        """Give the links to articles, each once, in the page's order. Raises ReadingError when it is no page."""
        body = unpacked(document)
        if _FEED.search(body[:_HEAD]):
            raise ReadingError("a feed or sitemap came instead of a page; list it as `- feed:` or `- sitemap:`")
        root = parse(decode(body, document.content_type))
        base = http_link(document.url, _first(root.xpath("//base/@href"))) or document.url
        links = _links(root, base)
        if outlet.article.url:
            found = [link for link in links if _by_pattern(link.url, outlet)]
        else:
            found = _by_looks(links, document.url)
        notes: list[str] = []
        if not found:
            notes.append("no link on this page looks like an article; say which do by `article.url`")
        leads = capped((Lead(url=link.url, title=headline(link.text, 300)) for link in found), MAX_LINKS, notes)
        following = _first(root.xpath("//link[@rel='next']/@href | //a[contains(@rel,'next')]/@href"))
        return Listing(
            leads=leads,
            next=http_link(base, following),
            hubs=tuple(dict.fromkeys(_related(root, base, "hub"))),
            topic=_first(_related(root, base, "self")),
            title=headline(_first(root.xpath("//head/title/text()"))),
            language=language_tag(root.get("lang")),
            notes=tuple(notes),
        )


def _related(root: Any, base: str, rel: str) -> list[str]:
    """Give the addresses that a page's head names in one relation; in its body anyone might have put them."""
    links = [link for link in root.xpath("//head//link[@href]") if rel in (link.get("rel") or "").lower().split()]
    return [address for link in links if (address := http_link(base, link.get("href")))]


def _first(found: Iterable[Any]) -> str | None:
    return next((str(one) for one in found), None)


class _Link:
    """One address of a page with its longest text and where it stood."""

    __slots__ = ("around", "text", "url")

    def __init__(self, url: str) -> None:
        self.url = url
        self.text = ""
        self.around: set[str] = set()


def _links(root: Any, base: str) -> list[_Link]:
    """Give every http(s) link once, in order, without fragments."""
    links: dict[str, _Link] = {}
    for anchor in root.iter("a", "area"):
        address = http_link(base, anchor.get("href"))
        if address is None:
            continue
        address = address.partition("#")[0]
        link = links.setdefault(address, _Link(address))
        text = _text(anchor) or anchor.get("title") or anchor.get("aria-label") or ""
        if len(text) > len(link.text):
            link.text = text
        link.around |= _around(anchor)
    return list(links.values())


def _text(anchor: Any) -> str:
    pieces = (
        t for e in anchor.iter() for t in (e.tag not in ("style", "script") and e.text, e is not anchor and e.tail)
    )
    return " ".join(" ".join(piece for piece in pieces if piece).split())


def _around(anchor: Any) -> set[str]:
    names = {local(child) for child in anchor.iter("h1", "h2", "h3", "h4")}
    for depth, parent in enumerate(anchor.iterancestors()):
        names.add(local(parent))
        if depth == 12:
            break
    return names & (_ASIDE | _HEADING)


def _by_pattern(url: str, outlet: Outlet) -> bool:
    return outlet.article.is_article(url) or outlet.article.is_article(clean_url(url))


def _by_looks(links: list[_Link], page: str) -> list[_Link]:
    own = clean_url(page).rstrip("/")
    shapes: Counter[str] = Counter()
    good: list[tuple[_Link, int]] = []
    for link in links:
        plain = clean_url(link.url).rstrip("/")
        if plain == own or own.startswith(plain + "/") or not same_site(link.url, page):
            continue
        points = _points(link, urlsplit(link.url).path)
        good.append((link, points))
        if points >= ENOUGH:
            shapes[_shape(link.url)] += 1
    # A link one point short is taken when its address is built like those of three sure articles.
    return [
        link for link, points in good if points >= ENOUGH or (points == ENOUGH - 1 and shapes[_shape(link.url)] > 2)
    ]


def _shape(url: str) -> str:
    """Give the form of an address: its segments but the last, numbers as one sign."""
    segments = [part for part in urlsplit(url).path.split("/") if part]
    return "/".join([re.sub(r"\d+", "0", part) for part in segments[:-1]] + [str(len(segments))])


def _points(link: _Link, path: str) -> int:
    """Weigh what an article's link looks like: its address, its words, its place on the page."""
    segments = [unquote(part) for part in path.split("/") if part]
    if not segments or _FILE.search(path) or any(part.lower() in _NOT_NEWS for part in segments):
        return -9
    return _of_address(path, segments) + _of_text(link.text) + _of_place(link.around)


def _of_address(path: str, segments: list[str]) -> int:
    last = re.sub(r"\.\w{2,5}$", "", segments[-1])
    if last.lower() in ("index", "default"):
        return -9
    words = len(_WORDS.findall(last)) + len(_WIDE.findall(last)) // 4
    points = 2 if words >= 4 else 1 if words == 3 else 0
    points += 3 if _DATE.search(path) else 0
    points += 2 if _NUMBER.search(last) else 1 if last.isdecimal() or re.search(r"\d{3,}", last) else 0
    points += any(part.lower() in _OF_NEWS for part in segments[:-1])
    return points + path.lower().endswith((".html", ".htm", ".shtml", ".ghtml"))


def _of_text(text: str) -> int:
    width = len(text) + len(_WIDE.findall(text))
    if width >= 25 and (" " in text or width > len(text)):
        return 2
    return 1 if width >= 12 else 0 if width else -1


def _of_place(around: set[str]) -> int:
    if around & _HEADING:
        return 1
    return -3 if around & _ASIDE else 0


SECTION = Section()
