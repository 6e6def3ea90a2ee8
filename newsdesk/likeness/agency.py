"""Agency: whose text an article is by its own dateline, and whether an outlet is that agency; pure."""

import re

from ..addresses.urls import site_of
from ..article import Article
from .fingerprint import Fingerprint

_LINE = re.compile(r"[^\n]{2,110}?(?:\s[-–—]{1,2}\s|\)\s?[-–—:.]?\s|/\.?\s)")
_NAMED = re.compile(r"\(([^()\d]{2,40})\)|(?<!\S)/([^/\d]{2,40})/|\s[-–—]{1,2}\s?([^\W\d_][^-–—()/\d]{1,40})$")
_ADDED = ("", "news", "net")
"""What agencies add to their names for an address: `apnews.com`, `kyodonews.net`, `xinhuanet.com`."""


def agency_of(article: Article) -> str | None:
    """Give the agency that the dateline names: `MOSCOW, Nov 21 (RIA Novosti)`, `(Reuters) -`, `PARIS — AP`."""
    line = article.dateline
    if line is None:
        found = _LINE.match(article.lede or article.body)
        line = found[0] if found else ""
    named = _NAMED.search(line.rstrip(" -–—:.")) if line else None
    return next(filter(None, named.groups())).strip() if named else None


def is_own(agency: str, article: Article) -> bool:
    """Tell whether the outlet is the agency itself, by its slug or by the host of the page; no more is guessed."""
    words = Fingerprint.of(agency).tokens
    if not words:
        return False
    # `RIA Novosti` is ria.ru; of a name of two letters the first word alone says too little.
    names = {"".join(words)} | ({words[0]} if len(words[0]) > 2 else set())
    called = {name + added for name in names for added in _ADDED}
    labels = site_of(article.url).partition(":")[0].split(".")[-3:-1]
    return bool(called & {"".join(Fingerprint.of(article.outlet).tokens), *labels})
