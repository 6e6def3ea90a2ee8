"""Boxes set into a text that are not of it: newsletters, related pieces, notes on the author, as their names say.

Their lines are taken from what was extracted; taken from the tree, some pages' text would be looked for elsewhere.
"""

import re

from .blocks import blocks
from .claims import Claims
from .tree import words_in

_INSERTED = re.compile(
    r"(?:^|[\s_-])(?:newsletter|sign-?up|related|recommended|read-?(?:more|also|next)|also-?read|see-?also|"
    r"most-?(?:read|popular|viewed)|taboola|outbrain|author-?(?:bio|box|info|card)|about-?(?:the-?)?author|"
    r"fact-?box|info-?box|advert(?:isement)?|sponsored)(?:$|[\s_-])",
    re.I,
)
_BOXES = frozenset(("div", "section", "aside", "ul", "blockquote", "p", "figure"))
_MOST_BOXES, _LONGEST_BOX = 100, 2500
_MOST_TAKEN = 0.25


def inserted(claims: Claims) -> set[str]:
    """Give the lines of all such boxes; the tree has to be whole yet."""
    named = [element for name, boxes in claims.classed.items() if _INSERTED.search(name) for element in boxes]
    lines: set[str] = set()
    for element in named[:_MOST_BOXES]:
        small = element.tag in _BOXES and len(words_in(element, _LONGEST_BOX + 1)) <= _LONGEST_BOX
        if small and element.find(".//h1") is None:
            lines.update(blocks(element))
    return lines


def without_inserts(paragraphs: list[str], lines: set[str]) -> list[str]:
    """Give the paragraphs without those lines, unless they are much of the text."""
    kept = [line for line in paragraphs if line not in lines] if lines else paragraphs
    taken = sum(map(len, paragraphs)) - sum(map(len, kept))
    return kept if taken <= _MOST_TAKEN * sum(map(len, paragraphs)) else paragraphs
