"""JSON-LD: what a page says of itself for machines, read tolerantly and within limits."""

import html
import json
import re
from collections.abc import Iterator
from typing import Any

from .texts import clean
from .tree import Element

Node = dict[str, Any]

_MAX_SCRIPT = 3_000_000
_MAX_NODES = 500
_MAX_DEPTH = 6
_WRAPPING = re.compile(r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)+|(?://\s*)?(?:-->|\]\]>)\s*;?\s*$|;\s*$")
_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")
_TAG = re.compile(r"<[^<>]{1,300}>")
_KINDS = ("Article", "Posting", "Report", "Review")
_NOT_NEWS = ("JobPosting", "VideoObject")
_INSIDE = ("@graph", "mainEntity", "mainEntityOfPage", "hasPart")


class Graph:
    """All nodes of a page's JSON-LD scripts; references by `@id` are followed."""

    def __init__(self, root: Element) -> None:
        """Read every script of the page."""
        self._nodes: list[Node] = []
        self._by_id: dict[str, Node] = {}
        for script in root.iter("script"):
            if "ld+json" in script.get("type", "").lower() and script.text:
                for value in parse(script.text):
                    self._collect(value, 0)

    def article(self, title: str = "") -> Node:
        """Give the node of the page's article, the one headed `title` where there are several; {} when none."""
        found = [node for node in self._nodes if _is_article(node)]
        same = [node for node in found if title and clean(text(node, "headline")) == title]
        return max(same or found, key=_richness, default={})

    def all(self) -> tuple[Node, ...]:
        """Give every node with a type."""
        return tuple(self._nodes)

    def pages(self) -> tuple[Node, ...]:
        """Give the nodes that speak of the page as a whole: weaker, but often the only ones with a date."""
        return tuple(node for node in self._nodes if any(kind.endswith("Page") for kind in kinds(node)))

    def nodes(self, value: Any) -> Iterator[Node]:
        """Give the nodes that `value` (a node, a reference, a list) stands for."""
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                reference = item.get("@id")
                known = self._by_id.get(reference) if isinstance(reference, str) else None
                yield known if known and "name" not in item else item
            elif isinstance(item, str):
                yield {"name": item}

    def _collect(self, value: Any, depth: int) -> None:
        if depth > _MAX_DEPTH or len(self._nodes) >= _MAX_NODES:
            return
        if isinstance(value, list):
            for item in value[:_MAX_NODES]:
                self._collect(item, depth + 1)
        elif isinstance(value, dict):
            if "@type" in value:
                self._nodes.append(value)
            if isinstance(value.get("@id"), str) and len(value) > 1:
                self._by_id.setdefault(value["@id"], value)
            for key in _INSIDE:
                if isinstance(value.get(key), dict | list):
                    self._collect(value[key], depth + 1)


def parse(script: str) -> list[Any]:
    """Give the JSON values in a script, as far as they can be read."""
    if len(script) > _MAX_SCRIPT:
        return []
    source = _WRAPPING.sub("", script).strip()
    for mended in (source, _TRAILING_COMMA.sub("", source), html.unescape(source)):
        try:
            return list(_values(mended))
        except (ValueError, RecursionError):
            continue
    return []


def _values(source: str) -> Iterator[Any]:
    decoder = json.JSONDecoder(strict=False)
    position = 0
    while position < len(source):
        value, position = decoder.raw_decode(source, position)
        yield value
        while position < len(source) and source[position] in " \t\r\n;,":
            position += 1


def kinds(node: Node) -> list[str]:
    """Give the types of a node without their namespace."""
    value = node.get("@type")
    return [str(kind).rsplit("/", 1)[-1].rsplit(":", 1)[-1] for kind in (value if isinstance(value, list) else [value])]


def text(node: Node, key: str) -> str:
    """Give the text at `key`, without markup; of a list the first; of a node its value or name."""
    value = node.get(key)
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("@value") or value.get("name") or value.get("@id")
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return ""
    if "&" in value:
        value = html.unescape(value)
    return _TAG.sub(" ", value) if "<" in value else value


def _is_article(node: Node) -> bool:
    return any(kind.endswith(_KINDS) and kind not in _NOT_NEWS for kind in kinds(node))


def _richness(node: Node) -> tuple[bool, int]:
    return (any(kind.endswith("NewsArticle") for kind in kinds(node)), sum(1 for key in _TOLD if node.get(key)))


_TOLD = ("headline", "datePublished", "author", "articleBody", "description", "dateModified")
