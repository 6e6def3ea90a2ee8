"""Terms: what an article can be found by, the same to the letter for an index of articles and for one of watches."""

import re
from collections.abc import Iterable
from itertools import chain
from operator import itemgetter
from urllib.parse import unquote, urlsplit

from ..article import Article
from ..spelling.text import pieces

TERMS_VERSION = 1
"""Raise it with every change that gives any article other terms: of folding, of words and spellings, of the facets.

Articles indexed by another version are looked at one by one, until they have been indexed again.
"""

_FIELDS = ("title", "lede", "body", "author", "dateline", "section", "url")
MOST_LETTERS = 100
"""Of a longer word these first letters are indexed: what is asked for is cut alike."""

_FACET = ":"
_FIRST = itemgetter(0)
# Neither index takes half a letter or NUL; a blank parts the terms of one.
_UNFIT = re.compile("[\x00-\x20\x7f\ud800-\udfff]")


def fields() -> tuple[str, ...]:
    """Give the names of an article's texts that can be asked for, in the order in which `texts_of` has them."""
    return _FIELDS


def texts_of(article: Article) -> tuple[str, ...]:
    """Give the texts in the order of `fields()`, the authors in one."""
    return (
        article.title,
        article.lede or "",
        article.body,
        ", ".join(article.authors),
        article.dateline or "",
        article.section or "",
        _legible(article.canonical_url),
    )


def language_of(tag: str | None) -> str | None:
    """Give a language as it is compared: `pt-br`."""
    return tag.replace("_", "-").lower() if tag else None


def host_of(url: str) -> str:
    """Give the host of an address in lower case, empty where there is none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def properties_of(outlet: str, language: str | None, host: str) -> list[str]:
    """Give the facets of the whole article: its outlet, its language with and without region, its host and those above.

    They are written `outlet:rt`, `lang:en-gb`, `host:rt.com`.
    """
    found = [f"outlet:{outlet}"]
    if language:
        parts = language.split("-")
        found += [f"lang:{'-'.join(parts[:count])}" for count in range(1, len(parts) + 1)]
    labels = host.split(".")
    return found + [f"host:{'.'.join(labels[index:])}" for index in range(len(labels))]


def terms_of(article: Article) -> frozenset[str]:
    """Give every term of an article: each spelling in title, lede and body, and each facet but its outlet's tags."""
    texts = texts_of(article)
    headline = _spellings(texts[0])
    found = headline | _spellings(texts[2])
    if texts[1]:
        found |= _spellings(texts[1])
    facets = properties_of(article.outlet, language_of(article.language), host_of(texts[6]))
    facets += [f"title:{word}" for word in headline]
    for author in article.authors:
        facets += [f"author:{word}" for word in _spellings(author)]
    for number in range(4, len(_FIELDS)):
        if texts[number]:
            facets += [f"{_FIELDS[number]}:{word}" for word in _spellings(texts[number])]
    found.update(map(facet_term, facets))
    return frozenset(found) if _fit(found) else frozenset(map(fitting, found))


def facet_term(facet: str) -> str:
    """Give the term of a facet like `title:lavrov`; no word begins as it does, whatever the beginning asked for."""
    return _FACET + facet


def fitting(term: str) -> str:
    """Give a term, or the beginning of one, as an index can hold it."""
    return _UNFIT.sub("\ufffd", term[:MOST_LETTERS]) or "\ufffd"


def _fit(terms: Iterable[str]) -> bool:
    together = "".join(terms)
    return not _UNFIT.search(together) and max(map(len, terms)) <= MOST_LETTERS


def _spellings(text: str) -> set[str]:
    cut, read = pieces(text)
    # Each piece once; a comprehension takes twice as long.
    return set(map(_FIRST, chain.from_iterable(dict(zip(cut, read, strict=True)).values())))


def _legible(url: str) -> str:
    """Give an address with the letters of its path as they are read; its host stays as it is."""
    if "%" not in url:
        return url
    *head, path = url.split("/", 3)
    return "/".join((*head, unquote(path))) if len(head) == 3 else url
