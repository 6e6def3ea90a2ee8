"""What an edit changed: passages that were added, removed or reworded, found on the words of two texts."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from functools import lru_cache

from ..article import Article
from .fingerprint import Fingerprint

_ALIKE = 0.5
"""Two paragraphs with so large a part of their words in common are one that was reworded."""
_MOST_PAIRS = 2500
"""More pairs of paragraphs than this are paired by their places alone."""
_LONG = 1500
"""From so many words on, difflib may pass over the commonest ones, else it takes the square of them."""

_BLANK_LINES = re.compile(r"\n\s*\n")
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_WORD = re.compile(f"[{_UNSPACED}]|[^\\s{_UNSPACED}]+")
# Signs that say something beside a number; all other marks are typography.
_SIGNS = {
    sign: f" {name} "
    for sign, name in zip("%\u2030$\u20ac\u00a3\u00a5\u20bd\u20b9\u20b4\u20ba", "pmdeoyruhl", strict=True)
}
_SIGN = re.compile("[" + "".join(_SIGNS) + "]")
_MINUS = re.compile(r"(?:(?<=\s)|^)[-\u2212\u2013](?=\d)")


class Mark(StrEnum):
    """What became of a piece of text."""

    KEPT = "kept"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Change:
    """One passage as it read before and as it reads now: "" before where it was added, "" after where removed."""

    field: str
    """`title`, `lede` or `body`; of a body it is one paragraph."""
    before_text: str
    after_text: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words, and what became of it."""

    mark: Mark
    text: str


def changes(before: Article, after: Article) -> tuple[Change, ...]:
    """Give what reads otherwise than before, in the order of the text; typography and moved paragraphs do not count."""
    found = [Change(name, old, new) for name, old, new in _heads(before, after) if wording(old) != wording(new)]
    found += [Change("body", old, new) for old, new in _reworded(passages(before.body), passages(after.body))]
    return tuple(found)


def pieces(change: Change) -> tuple[Piece, ...]:
    """Give a change word by word; what was removed stands before what took its place."""
    old, new = list(_WORD.finditer(change.before_text)), list(_WORD.finditer(change.after_text))
    found: list[Piece] = []
    for tag, old_from, old_to, new_from, new_to in _matcher(_keys(old), _keys(new)).get_opcodes():
        if tag == "equal":
            found.append(Piece(Mark.KEPT, _run(change.after_text, new, new_from, new_to)))
            continue
        if old_to > old_from:
            found.append(Piece(Mark.REMOVED, _run(change.before_text, old, old_from, old_to)))
        if new_to > new_from:
            found.append(Piece(Mark.ADDED, _run(change.after_text, new, new_from, new_to)))
    return tuple(found)


@lru_cache(maxsize=4096)
def wording(text: str) -> tuple[str, ...]:
    """Give the words of a text and the signs that change a number's meaning: what two readings are compared by."""
    if _MINUS.search(text):
        text = _MINUS.sub(" minus ", text)
    if _SIGN.search(text):
        text = _SIGN.sub(lambda sign: _SIGNS[sign.group()], text)
    return Fingerprint.of(text).tokens


def passages(body: str) -> tuple[str, ...]:
    """Give the paragraphs that have words."""
    return tuple(one for part in _BLANK_LINES.split(body) if (one := part.strip()) and wording(one))


def likeness(one: str, other: str) -> float:
    """Give the share of words that two passages have in common, in the same order, from 0 to 1."""
    matcher = _matcher(wording(one), wording(other))
    return matcher.ratio() if matcher.quick_ratio() >= _ALIKE else matcher.quick_ratio()


def _heads(before: Article, after: Article) -> Iterator[tuple[str, str, str]]:
    yield "title", before.title, after.title
    yield "lede", before.lede or "", after.lede or ""


def _reworded(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Give what two runs of paragraphs do not share, as pairs."""
    old_keys, new_keys = [wording(one) for one in old], [wording(one) for one in new]
    shared = set(old_keys) & set(new_keys)
    for tag, old_from, old_to, new_from, new_to in _matcher(old_keys, new_keys).get_opcodes():
        if tag == "equal":
            continue
        # What stands elsewhere too was moved, not edited.
        gone = [one for one in old[old_from:old_to] if wording(one) not in shared]
        come = [one for one in new[new_from:new_to] if wording(one) not in shared]
        if wording(" ".join(gone)) != wording(" ".join(come)):
            yield from _paired(gone, come)


def _paired(gone: Sequence[str], come: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Pair each removed paragraph with the next added one that it may have become."""
    start = 0
    for one in gone:
        found = _successor(one, come[start:], few=len(gone) * len(come) <= _MOST_PAIRS)
        if found is None:
            yield one, ""
            continue
        yield from (("", other) for other in come[start : start + found])
        yield one, come[start + found]
        start += found + 1
    yield from (("", other) for other in come[start:])


def _successor(one: str, come: Sequence[str], *, few: bool) -> int | None:
    candidates = range(len(come) if few else min(1, len(come)))
    return next((place for place in candidates if likeness(one, come[place]) >= _ALIKE), None)


def _matcher(old: Sequence[object], new: Sequence[object]) -> "SequenceMatcher[object]":
    return SequenceMatcher(None, old, new, autojunk=len(old) > _LONG or len(new) > _LONG)


def _keys(found: Sequence[re.Match[str]]) -> list[tuple[str, ...]]:
    return [wording(one.group()) for one in found]


def _run(text: str, found: Sequence[re.Match[str]], start: int, end: int) -> str:
    return text[found[start].start() : found[end - 1].end()]
