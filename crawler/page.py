"""Page: how any news page becomes a Reading, and what an outlet's own reading must be.

To add an outlet whose pages need their own reading, put a file `pages/<domain>.py` on the shelf that holds one
instance of a Page: its name, its hosts, the rules (CSS selectors) that fill what the outlet's file leaves open,
and, only where selectors do not do, its own `amend`. A golden page in `tests/pages/<domain>/` proves it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from newsdesk import Precision

from .document import Document


class ReadingKind(StrEnum):
    """Whether a page turned out to be an article."""

    ARTICLE = "article"
    NOT_AN_ARTICLE = "not_an_article"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRules:
    """What is known of an outlet before its page is read; `title` to `remove` are CSS selectors, all optional."""

    outlet: str = ""
    name: str | None = None
    language: str | None = None
    timezone: str | None = None
    title: str | None = None
    lede: str | None = None
    body: str | None = None
    published: str | None = None
    byline: str | None = None
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one page says. Texts are clean NFC; instants are aware and in UTC; `canonical` is only what the page claims."""

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


def read_page(document: Document, rules: PageRules | None = None) -> Reading:
    """Read a page. Raises ReadingError when it cannot be read at all."""
    return Reading(url=document.url)
