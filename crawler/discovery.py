"""Discovery: which feeds, sitemaps and sections a site offers, and the outlet file that says so."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from .document import Document
from .outlet import Source

Fetch = Callable[[str], Awaitable[Document]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One list that a site offers: where it is, how many leads it gave, what is odd about it."""

    source: Source
    leads: int = 0
    title: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What a site offers, best first; `text` is an outlet file ready to save as `outlets/<slug>.yaml`."""

    slug: str
    name: str
    site: str
    language: str | None
    offers: tuple[Offer, ...]
    text: str


async def probe(url: str, fetch: Fetch) -> Probe:
    """Look what a site offers; `fetch` asks one address and raises FetchError. Raises FetchError for the site itself."""
    raise NotImplementedError
