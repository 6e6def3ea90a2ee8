"""Arrival: an article at the desk, with all that it is recognised by."""

from base64 import b32encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b

from ..addresses.urls import clean_url, page_key
from ..article import Article, clean, clean_article
from ..likeness.fingerprint import Fingerprint

_LONGEST_ADDRESS = 2000

Tidy = Callable[[str], str]
"""Gives a text without what is known by now to be no part of it."""


def address_of(url: str) -> str:
    """Give the address in its clean form, cut to what an index can hold with a hash in place of the rest."""
    address = clean_url(clean(url))
    if len(address.encode()) <= _LONGEST_ADDRESS:
        return address
    return f"{address[:200]}#{blake2b(address.encode(), digest_size=16).hexdigest()}"


@dataclass(frozen=True)
class Arrival:
    """An article at the desk, with all that it is recognised by."""

    article: Article
    own: str
    """The address that was fetched."""
    addresses: tuple[str, ...]
    """`own`, then what the page calls itself, then what led to it."""
    claim: str | None
    """What the page calls itself, where that looks like no address that was fetched."""
    content: Fingerprint
    text: Fingerprint
    tidy: Tidy | None = None
    """What the text on record is to be put through before the two are compared."""

    @classmethod
    def of(cls, article: Article, tidy: Tidy | None = None) -> "Arrival":
        """Clean the article and work out its addresses and fingerprints."""
        article = clean_article(article)
        own = address_of(article.url)
        claim = address_of(article.canonical_url) if article.canonical_url else own
        fetched = dict.fromkeys((own, *(address_of(url) for url in article.aliases)))
        addresses = tuple(dict.fromkeys((own, claim, *fetched)))
        borne = claim in fetched or page_key(claim) in map(page_key, fetched)
        # As the record holds it, where the further addresses stand in a table of their own.
        article = replace(article, canonical_url=clean_url(article.canonical_url or article.url), aliases=())
        content, text = fingerprints(article.title, article.lede, article.body)
        return cls(article, own, addresses, None if borne else claim, content, text, tidy)

    @property
    def raw(self) -> str:
        """The text without its headline."""
        return raw_text(self.article.lede, self.article.body)

    @cached_property
    def content_key(self) -> str | None:
        """Give what two articles of one outlet may not share, if the text is long enough to mean something."""
        return f"{self.article.outlet}:{self.content.digest}" if self.content.is_enough else None

    @cached_property
    def id(self) -> str:
        """Give the id: made from the address, so that filing anew after a lost commit alerts under the same id."""
        return b32encode(blake2b(self.own.encode(), digest_size=10).digest()).decode().lower()


def fingerprints(title: str, lede: str | None, body: str) -> tuple[Fingerprint, Fingerprint]:
    """Give what stands for the whole content, and what for the text without the headline that others will change."""
    text = text_of(lede, body)
    return Fingerprint(Fingerprint.of(title).tokens + text.tokens), text


def text_of(lede: str | None, body: str) -> Fingerprint:
    """Give what stands for a text without its headline."""
    return Fingerprint.of(raw_text(lede, body))


def raw_text(lede: str | None, body: str) -> str:
    """Give a text without its headline."""
    return f"{lede}\n\n{body}" if lede else body
