"""One parse a page: the tree that every tool of reading looks at, and the pruning of what no reader sees."""

import re
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from newsdesk import ReadingError

Element = Any

MAX_TAGS = 80_000
_CONTROLS = bytes([*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


def parse(text: str) -> Element:
    """Give the root of a page. Raises ReadingError when there is no markup in it, or far too much."""
    if text.count("<") > MAX_TAGS:
        raise ReadingError(f"the page has more than {MAX_TAGS} tags")
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
