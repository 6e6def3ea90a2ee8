"""The reading of one page, step by step, from its tree: rules first, then claims, then the text itself."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TypeVar
from urllib.parse import urljoin

from lxml.cssselect import CSSSelector
from lxml.etree import XPathError

from .authors import find_authors, people_in
from .blocks import blocks
from .body import find_body
from .boilerplate import trimmed
from .claims import Claims
from .dateline import find_dateline
from .dates import Moment
from .furniture import Furniture, mark_of, without_furniture
from .jsonld import text
from .kind import refusal
from .language import find_language
from .lede import find_lede, said_apart
from .pruning import prune, remove
from .published import find_modified, find_published, read_element
from .texts import clean, squeeze
from .titles import find_title
from .tree import Element
from .walls import Refusal, lock_of

T = TypeVar("T")

_DATELINE_WITHIN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What helps to read a page: the outlet's language, time zone and own name, and CSS selectors."""

    name: str | None = None
    language: str | None = None
    timezone: str | None = None
    title: str | None = None
    lede: str | None = None
    body: str | None = None
    published: str | None = None
    byline: str | None = None
    remove: tuple[str, ...] = ()
    furniture: Furniture | None = None
    """What is known to stand on many of the outlet's pages."""


@dataclass(slots=True, kw_only=True)
class Found:
    """What has been found so far."""

    title: str = ""
    lede: str | None = None
    paragraphs: list[str] = field(default_factory=list)
    authors: tuple[str, ...] = ()
    dateline: str | None = None
    section: str | None = None
    language: str | None = None
    published: Moment | None = None
    modified: datetime | None = None
    canonical: str | None = None
    refusal: Refusal | None = None
    furniture: tuple[int, ...] = ()
    """Marks of the passages that were left out because they stand on many pages of the outlet."""
    notes: list[str] = field(default_factory=list)


def read(root: Element, source: str, url: str, rules: Rules) -> Found:
    """Read a page's tree, which is used up; `source` is the markup that it was parsed from."""
    claims = Claims(root, source)
    found = Found()
    picked = _Picker(root, rules, found.notes)
    found.title = picked.by("title", _text) or find_title(claims, rules.name)
    found.published = picked.by("published", lambda e: read_element(e, rules.timezone)) or find_published(
        claims, url, rules.timezone, found.title
    )
    found.modified = find_modified(claims, rules.timezone)
    found.authors = picked.by("byline", lambda e: people_in([_text(e)])) or find_authors(claims, rules.name)
    found.section = _section(claims)
    found.canonical = _canonical(claims, url)
    picked.remove()
    lock = lock_of(claims)
    prune(claims)
    _read_texts(claims, picked, found, url, rules.furniture)
    found.dateline = _dateline(found)
    # An agency that the dateline names is told there; it is no author besides.
    agency = squeeze(found.dateline or "")
    found.authors = tuple(name for name in found.authors if squeeze(name) not in agency)
    found.language = rules.language or find_language(claims, "\n".join([*found.paragraphs[:5], found.lede or ""]))
    found.refusal = refusal(claims, lock, found.title, found.paragraphs, dated=found.published is not None)
    return found


class _Picker:
    """Applies an outlet's selectors and notes the ones that match nothing."""

    def __init__(self, root: Element, rules: Rules, notes: list[str]) -> None:
        self._root = root
        self._rules = rules
        self._notes = notes

    def by(self, what: str, give: Callable[[Element], T]) -> T | None:
        """Give the first answer among the elements that the selector for `what` names."""
        selector = getattr(self._rules, what)
        if not selector:
            return None
        for element in self._matches(what, selector):
            if answer := give(element):
                return answer
        self._notes.append(f"{what}: the selector {selector!r} gave nothing here; the general reading was used")
        return None

    def remove(self) -> None:
        """Take out what the outlet wants removed."""
        for selector in self._rules.remove:
            for element in self._matches("remove", selector):
                remove(element)

    def body(self) -> list[str]:
        """Give the paragraphs in the elements that the selector for the body names."""
        selector = self._rules.body
        if not selector:
            return []
        chosen = self._matches("body", selector)
        inner = [element for element in chosen if not any(above in chosen for above in element.iterancestors())]
        paragraphs = [line for element in inner for line in blocks(element)]
        if not paragraphs:
            self._notes.append(f"body: the selector {selector!r} gave nothing here; the general reading was used")
        return paragraphs

    def _matches(self, what: str, selector: str) -> list[Element]:
        compiled = _compiled(selector)
        if compiled is None:
            self._notes.append(f"{what}: {selector!r} is no CSS selector")
            return []
        return list(compiled(self._root))


@lru_cache(maxsize=2048)
def _compiled(selector: str) -> CSSSelector | None:
    try:
        return CSSSelector(selector)
    except (SyntaxError, XPathError, ValueError):
        return None


def _read_texts(claims: Claims, picked: _Picker, found: Found, url: str, furniture: Furniture | None) -> None:
    """Fill lede and paragraphs.

    A lede is what stands apart from the text; the text does not repeat its line. Where the text's first paragraph
    says the same and more (a dateline, for one), it stays whole.
    """
    lede = picked.by("lede", _text) or find_lede(claims, found.title)
    paragraphs = picked.body() or find_body(claims, url, found.title)
    paragraphs, found.furniture = without_furniture(paragraphs, furniture)
    lede = None if lede and furniture and mark_of(lede) in furniture.marks else lede
    found.paragraphs = trimmed(paragraphs, title=found.title, lede=lede, authors=found.authors)
    lede = lede or said_apart(claims, found.paragraphs)
    found.lede = None if lede and furniture and mark_of(lede) in furniture.marks else lede


def _text(element: Element) -> str:
    return clean(element.get("content") if element.tag == "meta" else "".join(element.itertext()))


def _section(claims: Claims) -> str | None:
    said = (
        claims.meta("article:section") or clean(text(claims.article, "articleSection")) or claims.item("articleSection")
    )
    return said if said and len(said) <= 100 else None


def _canonical(claims: Claims, url: str) -> str | None:
    """Give the address that the page claims for itself: http(s) only, made absolute, else untouched."""
    for link in claims.root.iter("link"):
        if link.get("rel", "").lower() == "canonical" and link.get("href"):
            return _web_address(link.get("href"), url)
    return _web_address(claims.meta("og:url"), url)


def _web_address(address: str, url: str) -> str | None:
    try:
        whole = urljoin(url, clean(address)) if clean(address) else ""
    except ValueError:
        return None
    return whole if whole.lower().startswith(("http://", "https://")) and len(whole) <= 2048 else None


def _dateline(found: Found) -> str | None:
    for line in (*found.paragraphs[:_DATELINE_WITHIN], found.lede or ""):
        if dateline := find_dateline(line):
            return dateline
    return None
