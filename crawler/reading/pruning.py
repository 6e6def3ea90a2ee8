"""What no reader of the article sees or wants is taken out of the tree before the text is looked for."""

import re

from lxml import etree

from .texts import squeeze
from .tree import Element

_NEVER = (
    "script", "style", "noscript", "template", "svg", "iframe", "object", "embed", "canvas", "video", "audio",
    "map", "math-annotation", "button", "select", "datalist", "dialog", "progress", "applet", "frameset",
)  # fmt: skip
_HIDDEN = etree.XPath(
    "//body//*[@hidden or contains(@style, 'display:none') or contains(@style, 'display: none')"
    " or contains(@style, 'visibility:hidden') or contains(@style, 'visibility: hidden')"
    " or (@aria-hidden='true' and not(descendant::p))]"
)
_SAID_AGAIN = etree.XPath("//*[@itemprop='articleBody' and not(*)]")
_COUNT_P = etree.XPath("count(.//p)")
_NAMED = etree.XPath(
    "//body//*[self::div or self::section or self::aside or self::p or self::ul or self::a or self::span"
    " or self::figure or self::blockquote or self::h2 or self::h3 or self::h4][@class or @id or @data-type]"
)
_UNWANTED = re.compile(
    r"(?:^|[\s_-])(?:read-?more|readmore|also-?on|read-?also|see-?also|related(?:-|_|\b)|recommend(?:ed|ation)|"
    r"newsletter|subscribe|subscription-|sign-?up|share(?:-|_|\b)|sharing|social(?:-|_|\b)|"
    r"disclaimer|copyright|cookie|gdpr|paywall-|promo(?:-|_|\b)|advert|taboola|outbrain|lenta|newsfeed|"
    r"most-(?:read|popular)|trending|tags?-?list|article__tags|author-?bio|about-?author|comments?(?:-|_|\b)|"
    r"breadcrumbs?|userbar|loader|chat(?:-|_|\b))",
    re.I,
)


def prune(root: Element) -> None:
    """Take out scripts, drawings, hidden blocks, and microdata that only says the text again."""
    etree.strip_elements(root, *_NEVER, with_tail=False)
    body = root.find("body")
    if body is None:
        return
    _drop_hidden(body)
    _drop_said_again(root)


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
    hidden = _HIDDEN(body)
    if not hidden:
        return
    everything = _COUNT_P(body)
    for element in hidden:
        # Some pages hide the article itself until their scripts have run.
        if _COUNT_P(element) * 3 <= everything:
            remove(element)


def _drop_said_again(root: Element) -> None:
    for element in _SAID_AGAIN(root):
        beginning = squeeze((element.text or element.get("content") or "")[:400])[:120]
        if len(beginning) < 60 or squeeze("".join(root.itertext())).count(beginning) < 2:
            continue
        box = next((above for above in element.iterancestors() if above.get("itemscope") is not None), None)
        bare = box is not None and box.find(".//p") is None and box.find(".//h1") is None
        whole = box is not None and bare and all(part.get("itemprop") for part in box)
        remove(box if whole else element)
