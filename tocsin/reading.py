"""A page outside the daily round: from a file, a WARC or an address to an article."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crawler import Outlet, Reading
    from newsdesk import Article


def outlet_of(url: str, outlets: Sequence[Outlet]) -> Outlet | None:
    """Give the outlet on whose site an address lies."""
    return Sites(outlets).outlet_of(url)


class Sites:
    """Outlets by their sites, for many addresses: a sub-domain counts as its parent's, either way."""

    def __init__(self, outlets: Sequence[Outlet]) -> None:
        """Where two outlets share a site, the first one has it."""
        from newsdesk import site_of

        self._site_of = site_of
        self._own: dict[str, Outlet] = {}
        self._above: dict[str, Outlet] = {}
        for outlet in outlets:
            site = site_of(outlet.site)
            self._own.setdefault(site, outlet)
            for parent in _parents(site):
                self._above.setdefault(parent, outlet)

    def outlet_of(self, url: str) -> Outlet | None:
        """Give the outlet whose site an address is on, the nearest one first."""
        site = self._site_of(url)
        if not site:
            return None
        near = next((found for name in (site, *_parents(site)) if (found := self._own.get(name))), None)
        return near or self._above.get(site)


def _parents(site: str) -> list[str]:
    labels = site.split(".")
    return [".".join(labels[start:]) for start in range(1, len(labels))]


def slug_of(text: str) -> str:
    """Give a slug for a name or host: `www.rt.com` is `rt-com`."""
    slug = re.sub(r"[^a-z0-9]+", "-", text.lower().removeprefix("www.")).strip("-")[:63].strip("-")
    return slug or "outlet"


def to_article(reading: Reading, outlet: str) -> Article:
    """Give the article that a page turned out to be; a claimed address counts on the same site only."""
    from newsdesk import Article, clean_url, same_site

    claimed = reading.canonical if reading.canonical and same_site(reading.canonical, reading.url) else None
    return Article(
        outlet=outlet,
        url=reading.url,
        canonical_url=clean_url(claimed or reading.url),
        title=reading.title,
        lede=reading.lede,
        body=reading.body,
        authors=reading.authors,
        dateline=reading.dateline,
        section=reading.section,
        language=reading.language,
        published=reading.published,
        published_precision=reading.published_precision,
        published_raw=reading.published_raw,
        modified=reading.modified,
        aliases=(reading.url,) if claimed else (),
    )
