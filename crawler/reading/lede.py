"""The lede: the sentence that outlets set apart between headline and text."""

import re
from collections.abc import Iterator
from itertools import chain, islice

from lxml import etree

from .claims import Claims
from .jsonld import text
from .texts import clean, squeeze
from .tree import Element, words_in

_NAME = re.compile(
    r"(?:^|[\s_-])(?:summary|lead|lede|announce(?:-text)?|standfirst|sub-?title|sub-?headline|dek|deck|intro|introduction|"
    r"excerpt|chapeau|chapo|sapo|abstract|description)(?:$|[\s_-])",
    re.I,
)
_NOT_HERE = re.compile(
    r"related|recommend|card|teaser|list|footer|comment|newsletter|promo|sidebar|lenta|cookie|modal", re.I
)
_SHORTEST, _LONGEST = 25, 900
_SURE = 40
_MOST = 60
_PARAGRAPH = 80
_TAGS = frozenset(["div", "p", "h2", "h3", "h4", "span", "section", "strong"])
_INSIDE = frozenset(["a", "b", "em", "i", "strong", "span"])
_SAID = etree.XPath("//body//text()[starts-with(normalize-space(.), $beginning)]")


def find_lede(claims: Claims, title: str) -> str | None:
    """Give the lede: named as one, and either what the page describes itself with or what follows the headline."""
    known = [squeeze(words) for words in _descriptions(claims)]
    named = list(_named(claims, title))
    for words, _ in named:
        if any(_same(squeeze(words), one) for one in known):
            return words
    return next((words for words, element in named if _follows_headline(element)), None)


def said_apart(claims: Claims, paragraphs: list[str]) -> str | None:
    """Give the page's own description where it is shown outside the text; none of the text's paragraphs is a lede."""
    text = [squeeze(line) for line in paragraphs]
    for words in _descriptions(claims):
        key = squeeze(words)
        apart = len(words) >= _SURE and not any(key[:_SURE] in line for line in text)
        if apart and (found := _shown(claims, words)):
            return found
    return None


def _named(claims: Claims, title: str) -> Iterator[tuple[str, Element]]:
    groups = [elements for name, elements in claims.classed.items() if _NAME.search(name)]
    candidates = (element for element in chain(claims.items("description"), *groups) if element.tag in _TAGS)
    for element in islice(candidates, _MOST):
        words = clean(words_in(element))
        fits = _SHORTEST <= len(words) <= _LONGEST and squeeze(words) != squeeze(title)
        if fits and not (_elsewhere(element) or _holds_text(element) or _in_a_row(claims, element)):
            yield words, element


def _shown(claims: Claims, described: str) -> str | None:
    for node in _SAID(claims.root, beginning=described[:_SURE]):
        element = node.getparent()
        while element is not None and element.tag in _INSIDE:
            element = element.getparent()
        if element is None or element.tag not in _TAGS or _elsewhere(element) or _in_a_row(claims, element):
            continue
        words = clean(words_in(element))
        if len(words) <= _LONGEST and _same(squeeze(words), squeeze(described)):
            return words
    return None


def _in_a_row(claims: Claims, element: Element) -> bool:
    """Tell whether an element is one of several alike: then it is a paragraph of the text like the others."""
    box = element.getparent()
    names = (element.get("class"), box.get("class") if box.tag != "body" else None)
    if any(name and len(claims.classed.get(name, ())) > 2 for name in names):
        return True
    if any(len(words_in(elder, 1000)) > _PARAGRAPH for elder in element.itersiblings("p", preceding=True)):
        return True
    row = box.findall("p") if element.tag == "p" else []
    return sum(1 for other in row if len(words_in(other, 1000)) > _PARAGRAPH) > 2


def _descriptions(claims: Claims) -> list[str]:
    said = (
        clean(text(claims.article, "description")),
        claims.meta("description"),
        claims.meta("og:description", "twitter:description"),
    )
    return [words for words in said if len(words) >= _SHORTEST]


def _same(words: str, known: str) -> bool:
    short, long = sorted((words, known), key=len)
    return long.startswith(short) and (len(short) > 60 or len(short) > 0.8 * len(long))


def _elsewhere(element: Element) -> bool:
    for box in (element, *element.iterancestors()):
        if box.tag in ("aside", "nav", "footer", "li"):
            return True
        if box.tag in ("article", "main"):
            return False
        if _NOT_HERE.search(f"{box.get('class', '')} {box.get('id', '')}"):
            return True
    return False


def _holds_text(element: Element) -> bool:
    return element.find(".//h1") is not None or len(element.findall(".//p")) > 2


def _follows_headline(element: Element) -> bool:
    """Tell whether the headline stands shortly before: among the elders within three levels."""
    box = element
    for _ in range(3):
        for elder in box.itersiblings(preceding=True):
            if elder.tag == "h1" or elder.find(".//h1") is not None:
                return True
        box = box.getparent()
        if box is None or box.tag == "body":
            return False
    return False
