"""What a worker is asked to do. Kept apart from what the daemon loads: a worker needs neither Scrapy nor a database."""

from dataclasses import replace

from ..document import Document
from ..items import marks
from ..outlet import Outlet
from ..page import PageRules, Reading, read_page
from ..reading.furniture import Furniture
from ..spider import SOURCE_KINDS, Listing

# Long enough for its language to be weighed, and in bytes whose charset has to be guessed.
_SENTENCE = "Über die neue Brücke führt, wie der Bürgermeister für Böblingen erklärte, künftig täglich ein Bus. "
_SAMPLE = (
    "<html><head><title>Brücke</title></head><body><article><h1>Brücke</h1>" + f"<p>{_SENTENCE * 3}</p>" * 4
).encode("cp1252")
_DAMAGED_FEED = b"<rss><channel><item><title>This & that</title><link>http://example.org/1</link></item>"


def read_list(kind: str, document: Document, outlet: Outlet) -> Listing:
    """Read a list by its kind, and mark what it names. Raises ReadingError."""
    listing = SOURCE_KINDS[kind].read(document, outlet)
    return replace(listing, marks=marks(listing.leads))


def read_article(document: Document, rules: PageRules) -> Reading:
    """Read a page. Raises ReadingError."""
    return read_page(document, rules)


def warm_up() -> None:
    """Load all that reading needs, before memory is counted."""
    outlet = Outlet(slug="sample", name="Sample", site="http://example.org/")
    SOURCE_KINDS["feed"].read(Document("http://example.org/", _DAMAGED_FEED), outlet)
    read_page(Document("http://example.org/", _SAMPLE, "text/html"))


def rules_of(outlet: Outlet, furniture: Furniture | None = None) -> PageRules:
    """Give what an outlet's file says of its pages, and what was learnt of them."""
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
        furniture=furniture,
    )
