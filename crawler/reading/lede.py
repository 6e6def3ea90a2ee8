"""The lede: the sentence that outlets set apart between headline and text."""

import re

from lxml import etree

from .claims import Claims
from .jsonld import text
from .texts import clean, squeeze
from .tree import Element

_NAMED = etree.XPath(
    "//body//*[self::div or self::p or self::h2 or self::h3 or self::span or self::section or self::strong]"
    "[@itemprop='description' or contains(@class, 'summary') or contains(@class, 'lead') or contains(@class, 'lede')"
    " or contains(@class, 'announce') or contains(@class, 'standfirst') or contains(@class, 'subtitle')"
    " or contains(@class, 'sub-title') or contains(@class, 'subheadline') or contains(@class, 'dek')"
    " or contains(@class, 'intro') or contains(@class, 'excerpt') or contains(@class, 'chapeau')"
    " or contains(@class, 'chapo') or contains(@class, 'sapo') or contains(@class, 'deck')"
    " or contains(@class, 'abstract') or contains(@class, 'description')]"
)
_NAME = re.compile(
    r"(?:^|[\s_-])(?:summary|lead|lede|announce(?:-text)?|standfirst|sub-?title|sub-?headline|dek|deck|intro|introduction|"
    r"excerpt|chapeau|chapo|sapo|abstract|description)(?:$|[\s_-])",
    re.I,
)
_NOT_HERE = re.compile(
    r"related|recommend|card|teaser|list|footer|comment|newsletter|promo|sidebar|lenta|cookie|modal", re.I
)
_SHORTEST, _LONGEST = 25, 900


def find_lede(claims: Claims, title: str) -> tuple[str, Element] | None:
    """Give the lede and its element: named as such, and either what the page describes itself with or the only one."""
    described = [squeeze(words) for words in _descriptions(claims)]
    found = []
    for element in _NAMED(claims.root):
        words = clean("".join(element.itertext()))
        if not _SHORTEST <= len(words) <= _LONGEST or squeeze(words) == squeeze(title):
            continue
        if not _NAME.search(element.get("class", "")) and element.get("itemprop") != "description":
            continue
        if _elsewhere(element) or _holds_text(element):
            continue
        if any(_same(squeeze(words), known) for known in described):
            return words, element
        found.append((words, element))
    near = [(words, element) for words, element in found if _follows_headline(element)]
    return near[0] if near else None


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
