"""What a worker is asked to do. Kept apart from what the daemon loads: a worker needs neither Scrapy nor a database."""

from .document import Document
from .outlet import Outlet
from .page import PageRules, Reading, read_page
from .spider import SOURCE_KINDS, Listing

_SAMPLE = b"<html><head><title>A</title></head><body><article><h1>A</h1><p>One paragraph.</p></article></body></html>"


def read_list(kind: str, document: Document, outlet: Outlet) -> Listing:
    """Read a list by its kind. Raises ReadingError."""
    return SOURCE_KINDS[kind].read(document, outlet)


def read_article(document: Document, rules: PageRules) -> Reading:
    """Read a page. Raises ReadingError."""
    return read_page(document, rules)


def warm_up() -> None:
    """Load all that reading needs, before memory is counted."""
    len(SOURCE_KINDS)
    read_page(Document("http://example.org/", _SAMPLE, "text/html"))


def rules_of(outlet: Outlet) -> PageRules:
    """Give what an outlet's file says of its pages."""
    own = outlet.article
    return PageRules(
        outlet=outlet.slug,
        name=outlet.name,
        language=outlet.language,
        timezone=outlet.timezone,
        title=own.title,
        lede=own.lede,
        body=own.body,
        published=own.published,
        byline=own.byline,
        remove=own.remove,
    )
