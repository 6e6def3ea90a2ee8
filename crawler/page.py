"""Page: how any news page becomes a Reading, and what an outlet's own reading must be.

To add an outlet whose pages need their own reading, put a file `pages/<domain>.py` on the shelf that holds one
instance of a Page: its name, its hosts, the rules (CSS selectors) that fill what the outlet's file leaves open,
and, only where selectors do not do, a subclass with its own `prepare` or `amend`. A golden page in
`tests/pages/<domain>/` proves it.
"""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import lru_cache

from newsdesk import Precision, ReadingError, Shelf

from .document import Document
from .reading.charset import decode, is_binary
from .reading.reader import Found, Rules, read
from .reading.texts import host_of
from .reading.tree import Element, parse
from .reading.walls import ReadingKind

__all__ = ["PAGES", "Page", "PageRules", "Reading", "ReadingKind", "read_page"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRules(Rules):
    """What is known of an outlet before its page is read; `title` to `remove` are CSS selectors, all optional."""

    outlet: str = ""

    def over(self, other: "PageRules") -> "PageRules":
        """Give these rules, with what they leave open taken from `other`; what is to be removed adds up."""
        filled = {
            field.name: getattr(self, field.name) or getattr(other, field.name)
            for field in fields(self)
            if field.name != "remove"
        }
        return PageRules(**filled, remove=(*self.remove, *other.remove))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one page says.

    Texts are clean NFC, `body` is paragraphs separated by a blank line. Instants are aware and in UTC.
    `canonical` is only what the page claims; `notes` say what was odd. The body keeps its dateline.
    """

    url: str
    kind: ReadingKind = ReadingKind.ARTICLE
    notes: tuple[str, ...] = ()
    title: str = ""
    lede: str | None = None
    body: str = ""
    authors: tuple[str, ...] = ()
    dateline: str | None = None
    section: str | None = None
    language: str | None = None
    published: datetime | None = None
    published_precision: Precision | None = None
    published_raw: str | None = None
    modified: datetime | None = None
    canonical: str | None = None
    furniture: tuple[int, ...] = ()
    """Marks of the passages that were left out because they stand on many pages of the outlet."""


class Page:
    """How the pages of some hosts are read where the general reading needs help."""

    def __init__(self, name: str, hosts: tuple[str, ...], rules: PageRules) -> None:
        """Serve `hosts` and everything under them; `rules` fill what the outlet's file leaves open."""
        self.name = name
        self.hosts = hosts
        self.rules = rules

    def serves(self, host: str) -> bool:
        """Tell whether these pages are of `host`."""
        return any(host == known or host.endswith(f".{known}") for known in self.hosts)

    def prepare(self, root: Element) -> None:
        """Change the tree before anything is read from it."""

    def amend(self, reading: Reading) -> Reading:
        """Mend what was read."""
        return reading


PAGES: Shelf[Page] = Shelf("crawler.pages", Page)


def read_page(document: Document, rules: PageRules | None = None) -> Reading:
    """Read a page: the outlet's selectors first, then what the page claims, then the general reading.

    Raises ReadingError when there is nothing that could be read.
    """
    if is_binary(document.body):
        raise ReadingError("the document is no page of text")
    page = _page_for(host_of(document.url))
    own = rules or PageRules()
    try:
        source = decode(document.body, document.content_type)
        root = parse(source)
        if page:
            page.prepare(root)
        found = read(root, source, document.url, own.over(page.rules) if page else own)
    except RecursionError:
        raise ReadingError("the page is nested too deeply") from None
    reading = _reading(document.url, found)
    return page.amend(reading) if page else reading


@lru_cache(maxsize=1024)
def _page_for(host: str) -> Page | None:
    return next((page for page in PAGES.values() if page.serves(host)), None)


def _reading(url: str, found: Found) -> Reading:
    when = found.published
    reading = Reading(
        url=url,
        notes=tuple(found.notes),
        title=found.title,
        lede=found.lede,
        body="\n\n".join(found.paragraphs),
        authors=found.authors,
        dateline=found.dateline,
        section=found.section,
        language=found.language,
        published=when.value if when else None,
        published_precision=when.precision if when else None,
        published_raw=when.raw if when else None,
        modified=found.modified,
        canonical=found.canonical,
        furniture=found.furniture,
    )
    if found.refusal:
        return replace(reading, kind=found.refusal.kind, notes=(*reading.notes, found.refusal.reason))
    return reading
