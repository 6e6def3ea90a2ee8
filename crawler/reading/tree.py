"""One parse a page: the tree that every tool of reading looks at, and the pruning of what no reader sees."""

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from newsdesk import ReadingError

Element = Any

MAX_TAGS = 80_000
_CONTROLS = bytes([*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
# The parser compares each attribute of a tag with all before it: what 20,000 cost is borne, 200,000 take minutes.
_MAX_ATTRIBUTES = 2000
_CHEAP = 100_000
_ATTRIBUTE = r"""[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\s>]*+))?+"""
# A comment, a script with all it says, or a tag; group 2 is the attribute too many. No letter is looked at twice.
_TAG = re.compile(
    r"<(?:((?i:script|style)(?=[\s/>]))|[a-zA-Z]|!--(?!-?>)(?:[^-]++|-(?!-!?>))*+)[^\s/>]*+"
    rf"(?:{_ATTRIBUTE}){{0,{_MAX_ATTRIBUTES}}}+({_ATTRIBUTE})?+"
    r"(?(1)[^>]*+(?:[^<]++|<(?!/(?i:script|style)))*+)"
)


def words_in(element: Element, most: int = 4000) -> str:
    """Give the text inside an element as it stands, and no more of it than the first `most` letters."""
    pieces: list[str] = []
    length = 0
    for piece in element.itertext():
        pieces.append(piece)
        length += len(piece)
        if length > most:
            break
    return "".join(pieces)[:most]


def scripts(source: str) -> Iterator[tuple[int, int, int]]:
    """Give where each script of a page begins, where what it says begins, and where that ends; in one look."""
    lowered = source.lower()
    end = 0
    while (start := lowered.find("<script", end)) >= 0:
        inner = lowered.find(">", start) + 1
        end = lowered.find("</script", inner)
        if not inner or end < 0:
            return
        yield start, inner, end


def without_scripts(source: str) -> str:
    """Give the markup of a page without what its scripts say."""
    pieces, last = [], 0
    for start, _, end in scripts(source):
        pieces.append(source[last:start])
        last = end
    return " ".join((*pieces, source[last:]))


def parse(text: str) -> Element:
    """Give the root of a page. Raises ReadingError when there is no markup in it, or far too much."""
    if text.count("<") > MAX_TAGS:
        raise ReadingError(f"the page has more than {MAX_TAGS} tags")
    if len(text) > _CHEAP and any(tag[2] for tag in _TAG.finditer(text)):
        raise ReadingError(f"the page has a tag with more than {_MAX_ATTRIBUTES} attributes")
    data = _DECLARATION.sub("", text, count=1).encode("utf-8", "replace").translate(None, _CONTROLS)
    if not data.strip():
        raise ReadingError("the page is empty")
    parser = etree.HTMLParser(
        collect_ids=False, default_doctype=False, encoding="utf-8", remove_comments=True, remove_pis=True
    )
    # One class for every tag, looked up in C: lxml.html's own lookup costs a call of Python for each element.
    parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))
    try:
        root = etree.fromstring(data, parser=parser)
    except (etree.LxmlError, ValueError, AssertionError) as fault:
        raise ReadingError(f"the page is not HTML: {fault}") from None
    if root is None:
        raise ReadingError("the page holds no markup")
    return root
