"""The paragraphs of a piece of markup, without weighing: for places that a selector names."""

import re

from .texts import clean
from .tree import Element

_SKIPPED = frozenset(
    (
        "script", "style", "noscript", "template", "svg", "iframe", "object", "figure", "figcaption",
        "aside", "nav", "form", "button", "video", "audio", "h1", "head", "title", "footer",
    )
)  # fmt: skip
_INLINE = frozenset(
    (
        "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font",
        "i", "img", "ins", "kbd", "label", "mark", "nobr", "q", "rp", "rt", "ruby", "s", "samp", "small",
        "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr", "picture", "source",
    )
)  # fmt: skip
_BREAKS = re.compile(r"(?:\x1d\s*){2,}|\x1e")


def blocks(element: Element) -> list[str]:
    """Give the paragraphs inside an element; blocks and double line breaks divide, figures and asides are left out."""
    pieces: list[str] = []
    _gather(element, pieces)
    joined = _CONTROLS.sub("", "".join(pieces))
    return [line for part in _BREAKS.split(joined) if (line := clean(part))]


_CONTROLS = re.compile(r"[\x1c\x1f]")


def _gather(element: Element, pieces: list[str]) -> None:
    pieces.append(element.text or "")
    for child in element:
        tag = child.tag
        if tag == "br":
            pieces.append("\x1d ")
        elif isinstance(tag, str) and tag not in _SKIPPED:
            edge = "" if tag in _INLINE else "\x1e"
            pieces.append(edge)
            _gather(child, pieces)
            pieces.append(edge)
        pieces.append(child.tail or "")
