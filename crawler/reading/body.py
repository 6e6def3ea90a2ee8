"""The text of an article: found by trafilatura in the tree that is already parsed, then checked."""

import logging
import re
from typing import Any

from .blocks import blocks
from .boilerplate import without_tail
from .claims import Claims
from .coverage import whole
from .embedded import embedded
from .entries import captions, live_blog, shown_entries, with_entries
from .inserts import inserted, without_inserts
from .texts import CONTROLS, clean, squeeze
from .tree import Element

_LINK, _DATE, _LONG = 20, 30, 250
_SHORT_TEXT = 200
_LONG_GLUED = 3000
_LIVE = re.compile(
    r"\blive\b|live-?(?:blog|ticker|updates?)|newsblog|as it happened|en direct|en vivo|онлайн|diretta", re.I
)
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)


def find_body(claims: Claims, url: str, title: str) -> list[str]:
    """Give the paragraphs of the article, untrimmed; the tree is used up."""
    live = bool(live_blog(claims)) or bool(_LIVE.search(f"{url} {title}"))
    entries = shown_entries(claims.root) if live else []
    pictures, boxes = captions(claims), inserted(claims)
    found = _apart(claims.root, general(claims.root, url), title)
    paragraphs = without_inserts(without_links(without_tail(whole(claims, found)), claims.root), boxes)
    paragraphs = with_entries(claims, paragraphs, entries, pictures)
    if sum(map(len, paragraphs)) < _SHORT_TEXT and (better := embedded(claims.source, title)):
        return better if sum(map(len, better)) > 2 * sum(map(len, paragraphs)) else paragraphs
    return paragraphs


def _apart(root: Element, paragraphs: list[str], title: str) -> list[str]:
    """Give the lines of a page where the extractor, having found nothing, glued all of them together."""
    if (
        len(paragraphs) != 1
        or len(paragraphs[0]) > _LONG_GLUED
        or not title
        or squeeze(title) not in squeeze(paragraphs[0])
    ):
        return paragraphs
    box = next(
        (box for name in ("article", "main", "body") for box in [root.find(f".//{name}")] if box is not None), root
    )
    return blocks(box) or paragraphs


def without_links(paragraphs: list[str], root: Element) -> list[str]:
    """Leave out the lines that are nothing but a link to something else, perhaps with a date after it."""
    links: dict[str, set[str]] = {}
    for link in root.iter("a"):
        words = " ".join("".join(link.itertext()).split())
        if len(words) >= _LINK and not link.get("href", "#").startswith("#") and _is_headline(words):
            links.setdefault(words[:_LINK], set()).add(words)
    kept = []
    for line in paragraphs:
        known = links.get(line[:_LINK], ())
        if len(line) > _LONG or not any(line.startswith(words) and len(line) - len(words) <= _DATE for words in known):
            kept.append(line)
    return kept


def _is_headline(words: str) -> bool:
    """Tell headlines from the names of things that a text links: by their words, or without spaces by length."""
    return words.count(" ") >= 5 or (words.count(" ") < len(words) // 15 and not words.startswith("http"))


def general(root: Element, url: str) -> list[str]:
    """Give what trafilatura takes for the text, one entry a paragraph."""
    from trafilatura import bare_extraction

    for _ in range(2):
        try:
            found: Any = bare_extraction(root, url=url, fast=True, include_comments=False)
        except Exception:
            # One page that upsets the extractor is still read, if more plainly.
            return blocks(root)
        if found is not None or not _scrubbed(root):
            break
    return paragraphs_of(found.body) if found is not None else []


def _scrubbed(root: Element) -> bool:
    """Take out the control characters that references (`&#11;`) brought in: the extractor gives up at the first."""
    some = False
    for element in root.iter():
        for name in ("text", "tail"):
            words = getattr(element, name)
            if words and CONTROLS.search(words):
                setattr(element, name, CONTROLS.sub("", words))
                some = True
    return some


def paragraphs_of(body: Element) -> list[str]:
    """Give the paragraphs of an extracted body; line breaks in pairs divide, single ones are spaces."""
    paragraphs: list[str] = []
    for block in body:
        parts = list(block.iter("item", "row")) if block.tag in ("list", "table") else [block]
        for part in parts or [block]:
            paragraphs.extend(_lines(part))
    return paragraphs


def _lines(block: Element) -> list[str]:
    pieces: list[str] = []
    _gather(block, pieces)
    return [line for text in _BREAKS.split("".join(pieces)) if (line := clean(text))]


_BREAKS = re.compile(r"(?:\x1d[^\S\x1d]*){2,}|\x1e")


def _gather(element: Element, pieces: list[str]) -> None:
    """Join the text of a block: \\x1d for a line break, \\x1e for the end of an inner paragraph."""
    pieces.append(element.text or "")
    for child in element:
        inner = child.tag in _INNER
        if child.tag == "lb":
            pieces.append("\x1d ")
        elif inner:
            pieces.append("\x1e" if child.tag != "cell" else " ")
        if not (child.tag in ("list", "item") and element.tag == "item"):
            _gather(child, pieces)
        if inner:
            pieces.append("\x1e" if child.tag != "cell" else " ")
        pieces.append(child.tail or "")


_INNER = ("p", "quote", "list", "item", "cell", "row", "table", "head")
