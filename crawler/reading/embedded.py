"""A text that stands only in a script's data, as pages built in the browser keep it: looked for within limits.

Whatever the framework (`__NEXT_DATA__`, `__NUXT__`, Arc's `Fusion.globalContent`, a preloaded state), the text is
either a string of markup, or a list whose items are its paragraphs: looked for by what they are, not by their names.
"""

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from newsdesk import ReadingError

from .blocks import blocks
from .texts import clean, squeeze
from .tree import parse, scripts

_STARTS = re.compile(r"(?:=|\(|:)\s*+(?=[{\[])")
_LITERAL = re.compile(r'"((?:[^"\\]++|\\.)*+)"', re.S)
_ESCAPED = re.compile(r"\\u003cp", re.I)
_MARKUP = re.compile(r"<p[\s>]", re.I)
_LEAST, _MOST = 300, 400_000
_MOST_SCRIPTS, _MOST_STARTS, _MOST_LITERALS = 60, 6, 40
_MOST_SCRIPT = 3_000_000
_MOST_NODES, _MOST_DEPTH, _ITEM_DEPTH = 60_000, 40, 6
_NAMES = ("articleBody", "bodyHtml", "body", "content", "text", "html", "story", "article")
_TEXT_KEYS = ("content", "text", "value", "html", "children", "body")
_PARAGRAPHS = 3
_USUAL = 50
_OTHER_ITEM = re.compile(r"image|video|gallery|embed|advert|related|promo|link_list|social|html_?block|caption", re.I)


def embedded(source: str, title: str) -> list[str]:
    """Give the paragraphs of the longest text in the data of a page's scripts, that of the headline `title` first."""
    best: list[str] = []
    weight = 0
    head = squeeze(title)
    for script in _scripts(source):
        for paragraphs, mine in _texts(script, head):
            found = sum(map(len, paragraphs)) * (4 if mine else 1)
            if found > weight:
                best, weight = paragraphs, found
    return best


def _scripts(source: str) -> Iterator[str]:
    long = ((start, end) for _, start, end in scripts(source) if _LEAST <= end - start <= _MOST_SCRIPT)
    for start, end in islice(long, _MOST_SCRIPTS):
        yield source[start:end]


def _texts(script: str, head: str) -> Iterator[tuple[list[str], bool]]:
    some = False
    for value in _values(script):
        some = True
        yield from _walk(value, head)
    if not some:
        yield from ((paragraphs, False) for paragraphs in _literals(script))


def _literals(script: str) -> Iterator[list[str]]:
    """Give the texts among the strings of a script that is no JSON, and of a string that holds such a script."""
    long = (found[0] for found in _LITERAL.finditer(script) if len(found[1]) >= _LEAST)
    for literal in islice(long, _MOST_LITERALS):
        if paragraphs := _paragraphs("", _decoded(literal)):
            yield paragraphs


def _values(script: str) -> Iterator[Any]:
    """Give the JSON values of a script: the whole of it, or what is assigned or passed in it."""
    decoder = json.JSONDecoder(strict=False)
    text = script.strip()
    starts = (
        [0]
        if text[:1] in "{["
        else [start.end() for _, start in zip(range(_MOST_STARTS), _STARTS.finditer(text), strict=False)]
    )
    end = 0
    for start in starts:
        if start < end:
            continue
        try:
            value, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            continue
        if end - start >= _LEAST:
            yield value


def _decoded(literal: str) -> str:
    try:
        return str(json.loads(literal, strict=False))
    except (ValueError, RecursionError):
        return ""


def _walk(value: Any, head: str) -> Iterator[tuple[list[str], bool]]:
    stack: list[tuple[str, Any, int, bool]] = [("", value, 0, False)]
    for _ in range(_MOST_NODES):
        if not stack:
            return
        name, node, depth, mine = stack.pop()
        if isinstance(node, dict):
            titled = _title_of(node)
            mine = titled == head if head and titled else mine
            if depth < _MOST_DEPTH:
                stack.extend((str(key), child, depth + 1, mine) for key, child in node.items())
        elif isinstance(node, list):
            if paragraphs := _items(node):
                yield paragraphs, mine
            if depth < _MOST_DEPTH:
                stack.extend((name, child, depth + 1, mine) for child in node)
        elif isinstance(node, str) and _LEAST <= len(node) <= _MOST:
            texts = _literals(node) if _ESCAPED.search(node) else iter([_paragraphs(name, node)])
            yield from ((paragraphs, mine) for paragraphs in texts if paragraphs)


def _title_of(node: dict[str, Any]) -> str:
    for key in ("headline", "headlines", "title", "name"):
        value = node.get(key)
        if isinstance(value, dict):
            value = value.get("basic") or value.get("main")
        if isinstance(value, str) and value:
            return squeeze(value)
    return ""


def _items(items: list[Any]) -> list[str]:
    """Give the paragraphs that a list is made of; [] when it is made of something else."""
    lines = [line for item in items[:2000] if (line := _item(item, 0))]
    long = sum(1 for line in lines if len(line) >= _USUAL)
    enough = long >= _PARAGRAPHS and 2 * long >= len(lines) and sum(map(len, lines)) >= _LEAST
    return [part for line in lines for part in _split(line)] if enough else []


def _item(item: Any, depth: int) -> str:
    if isinstance(item, str):
        return item if " " in item.strip() or depth else ""
    if isinstance(item, list) and depth:
        return "".join(_item(part, depth + 1) for part in item[:200]) if depth < _ITEM_DEPTH else ""
    if not isinstance(item, dict) or depth >= _ITEM_DEPTH:
        return ""
    if _OTHER_ITEM.search(str(item.get("type") or item.get("_type") or item.get("__typename") or "")) or "url" in item:
        return ""
    for key in _TEXT_KEYS:
        if isinstance(item.get(key), str | list) and (text := _item(item[key], depth + 1)):
            return text
    return ""


def _paragraphs(name: str, text: str) -> list[str]:
    """Give the paragraphs of a string of markup, or of a plain one whose name says that it is a text."""
    if not _LEAST <= len(text) <= _MOST:
        return []
    if not _MARKUP.search(text) and name not in _NAMES:
        return []
    lines = _split(text)
    return lines if sum(map(len, lines)) >= _LEAST and _is_prose(lines) else []


def _is_prose(lines: list[str]) -> bool:
    """Tell prose from code and data: few of its letters are brackets and the like."""
    text = " ".join(lines)[:4000]
    return sum(text.count(sign) for sign in "{}[]<>=;_\\|") * 50 < len(text)


def _split(text: str) -> list[str]:
    if "<" not in text:
        return [line for part in re.split(r"\n+", text) if (line := clean(part))]
    try:
        return blocks(parse(f"<div>{text}</div>"))
    except (ReadingError, RecursionError):
        return []
