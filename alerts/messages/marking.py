"""Marking: texts of strangers made fit to be shown, with the words that matched told from the others."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from newsdesk import fold

Marked = tuple[tuple[str, bool], ...]
"""A text in pieces, each with whether it matched."""

_DIRECTIONS = {"L": "ltr", "R": "rtl", "AL": "rtl"}
_FROM_RIGHT = re.compile("[\u0590-\u08ff\ufb1d-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
"""The blocks of scripts that run from right to left (UAX 9, table 4)."""
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")  # Persian, Indic scripts and emoji are written with them


def direction(text: str) -> str:
    """Give `rtl` or `ltr`, as most letters run: a foreign name may stand first; old clients do not find it out."""
    if not _FROM_RIGHT.search(text):
        return "ltr"
    ways = Counter(_DIRECTIONS.get(unicodedata.bidirectional(c)) for c in text)
    return "rtl" if ways["rtl"] > ways["ltr"] else "ltr"


def safe_url(url: str) -> str:
    """Give an address that may stand in a link, else nothing."""
    return url if re.match(r"https?://[^\s\"'<>\\]+$", url, re.IGNORECASE) else ""


def display_text(text: str) -> str:
    """Give a text without control characters and without marks that turn the direction of what follows."""
    if text.isprintable():
        return text
    kept = (
        " " if c.isspace() else c
        for c in text
        if c.isspace() or unicodedata.category(c) not in _UNSEEN or c in _JOINERS
    )
    return "".join(kept)


def of_field(matches: Iterable[Mapping[str, Any]], field: str) -> list[Mapping[str, Any]]:
    """Give the matches in one field."""
    return [match for match in matches if match["field"] == field]


def by_spans(text: str, matches: Iterable[Mapping[str, Any]]) -> Marked:
    """Mark the places of a text that matched."""
    pieces: list[tuple[str, bool]] = []
    place = 0
    for start, end in sorted((match["start"], min(match["end"], len(text))) for match in matches):
        if end <= place or start >= end:
            continue
        start = max(start, place)
        pieces += [(text[place:start], False), (text[start:end], True)]
        place = end
    pieces.append((text[place:], False))
    return _cleaned(pieces)


def by_words(text: str, words: Iterable[str]) -> Marked:
    """Mark each whole occurrence of the matched words: an excerpt has no places of its own in the payload."""
    pattern = _pattern(words)
    if not pattern:
        return _cleaned([(text, False)])
    return _cleaned([(piece, bool(odd % 2)) for odd, piece in enumerate(re.split(f"({pattern})", text))])


def occur(words: Iterable[str], texts: Iterable[str]) -> bool:
    """Tell whether any of the words stands in any of the texts, as a whole; case and accents do not matter."""
    pattern = _pattern(fold(word) for word in words)
    return bool(pattern) and any(re.search(pattern, " ".join(fold(text).split())) for text in texts)


def plain(pieces: Marked) -> str:
    """Give a marked text without its marks."""
    return "".join(text for text, _ in pieces)


def _pattern(words: Iterable[str]) -> str:
    known = sorted({" ".join(word.split()) for word in words if word.strip()}, key=len, reverse=True)
    return "|".join(_edge(word) for word in known)


def _edge(word: str) -> str:
    left = r"(?<!\w)" if word[0].isalnum() and not is_unspaced(word[0]) else ""
    right = r"(?!\w)" if word[-1].isalnum() and not is_unspaced(word[-1]) else ""
    return left + re.escape(word) + right


def is_unspaced(letter: str) -> bool:
    """Tell whether a letter is of a script that is written without spaces (Chinese, Japanese, Thai and their like)."""
    return "\u0e00" <= letter <= "\u0eff" or "\u1000" <= letter <= "\u109f" or "\u2e80" <= letter <= "\uabff"


def _cleaned(pieces: Sequence[tuple[str, bool]]) -> Marked:
    return tuple((cleaned, marked) for text, marked in pieces if (cleaned := display_text(text)))
