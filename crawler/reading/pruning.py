"""What no reader of the article sees or wants is taken out of the tree before the text is looked for."""

import re

from lxml import etree

from .claims import Claims
from .texts import squeeze
from .tree import Element

_NEVER = (
    "script", "style", "noscript", "template", "svg", "iframe", "object", "embed", "canvas", "video", "audio",
    "map", "datalist", "progress", "applet", "picture", "legend", "link", "meta",
)  # fmt: skip
# What the extractor would drop too, but only after it has copied the page several times. Where an author forgot to
# close one of these, the whole article stands in it.
_SELDOM = ("head", "nav", "footer", "aside", "menu", "label", "button", "select", "dialog")
_UNCLOSED = ("nav", "menu", "label", "button")
_HIDDEN = etree.XPath("//body//*[@hidden or @style or @aria-hidden]")
_INVISIBLE = re.compile(r"display:\s*none|visibility:\s*hidden", re.I)
_MOST = 8
_COUNT_P = etree.XPath("count(.//p)")


def prune(claims: Claims) -> None:
    """Take out scripts, drawings, hidden blocks, and microdata that only says the text again."""
    root = claims.root
    etree.strip_elements(root, *_NEVER, with_tail=False)
    body = root.find("body")
    if body is None:
        return
    _drop_hidden(body)
    for element in claims.items("articleBody")[:_MOST]:
        if not len(element):
            _drop_said_again(root, element)
    everything = _COUNT_P(body)
    for element in list(root.iter(*_SELDOM)):
        headed = element.find(".//h1") is not None
        if not headed and _COUNT_P(element) * 3 <= everything:
            remove(element)
        elif headed and element.tag in _UNCLOSED and _COUNT_P(element) * 2 > everything:
            element.tag = "div"
            element.attrib.clear()


def remove(element: Element) -> None:
    """Take an element out of its tree and leave what stands after it."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        before = element.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + " " + element.tail
        else:
            parent.text = (parent.text or "") + " " + element.tail
    parent.remove(element)


def _drop_hidden(body: Element) -> None:
    hidden = [element for element in _HIDDEN(body) if _is_hidden(element)]
    if not hidden:
        return
    everything = _COUNT_P(body)
    for element in hidden:
        # Some pages hide the article itself until their scripts have run.
        if _COUNT_P(element) * 3 <= everything:
            remove(element)


def _is_hidden(element: Element) -> bool:
    if element.get("hidden") is not None or _INVISIBLE.search(element.get("style", "")):
        return True
    return element.get("aria-hidden") == "true" and element.find(".//p") is None


def _drop_said_again(root: Element, element: Element) -> None:
    """Drop a text in microdata that the page shows as well, with the whole box of microdata around it."""
    beginning = squeeze((element.text or "")[:400])[:120]
    if len(beginning) < 60 or squeeze("".join(root.itertext())).count(beginning) < 2:
        return
    box = next((above for above in element.iterancestors() if above.get("itemscope") is not None), None)
    plain = box is not None and box.find(".//p") is None and box.find(".//h1") is None
    wholly = plain and box is not None and all(part.get("itemprop") for part in box)
    remove(box if wholly else element)
