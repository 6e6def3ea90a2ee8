"""Snippet: the stretches of a text around what was found in it, in whole words, for people to read."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from rich.cells import get_character_cell_size

from newsdesk import clusters, words

Piece = tuple[str, bool]
"""A stretch of a text, and whether it was found."""

Place = tuple[int, int, str]
"""Where something was found, in code points, and what asked for it."""

_MOST_WINDOWS = 3
_LONGEST_WORD = 60
_REST = 10
"""So little more is not worth an ellipsis."""
_SPACES = re.compile(r"\s+")
# They turn the direction of what follows, or of the rest of the screen.
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_JOINER = "\u200d"
_ATTACHED = frozenset("\u0e33\u0eb3" + "".join(map(chr, range(0x1F3FB, 0x1F400))))
_FLAGS = "".join(map(chr, range(0x1F1E6, 0x1F200)))


def snippet(text: str, places: Iterable[Place], room: int = 180) -> tuple[Piece, ...]:
    """Give a text of no more than `room` columns whole, else whole words around what was found, or its beginning.

    Of what several clauses found, the first of each is shown, as far as there is room. An ellipsis stands for what is
    left out; no cut goes through a word, or through a character and its marks.
    """
    found = sorted((start, min(end, len(text)), clause) for start, end, clause in places if start < min(end, len(text)))
    if _is_within(text, room):
        windows = [(0, len(text))]
    elif not found:
        windows = [(0, _right(text, 0, room))]
    else:
        windows = _windows(text, found, room)
    return _tidied(_pieces(text, windows, _joined((start, end) for start, end, _ in found)))


def plain(pieces: Iterable[Piece]) -> str:
    """Give the text of pieces, nothing marked."""
    return "".join(text for text, _ in pieces)


def _is_within(text: str, room: int) -> bool:
    return len(text) <= room and sum(map(get_character_cell_size, text)) <= room


def _windows(text: str, found: Sequence[Place], room: int) -> list[tuple[int, int]]:
    """Give the stretches to show: around the first place of each clause, in the order of the text."""
    firsts = sorted({clause: (start, end) for start, end, clause in reversed(found)}.values())[:_MOST_WINDOWS]
    reach = room // (2 * len(firsts))
    # What follows a name says more of it than what goes before.
    wanted = [(_left(text, start, 2 * reach // 3), _right(text, end, 4 * reach // 3)) for start, end in firsts]
    return _joined(wanted)


def _joined(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(stretches):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _left(text: str, place: int, columns: int) -> int:
    """Give where to begin, about so many columns before a place."""
    near = place
    while near and columns > 0:
        near -= 1
        columns -= get_character_cell_size(text[near])
    if near <= _REST:
        return 0
    low = max(0, near - _LONGEST_WORD)
    cuts = _breaks(text, low, place)
    edges = [cut for cut, is_edge in cuts if is_edge]
    return next(
        (cut for cut in edges if cut >= near),
        edges[-1] if edges else next((cut for cut, _ in cuts if cut >= near), place),
    )


def _right(text: str, place: int, columns: int) -> int:
    """Give where to end, about so many columns after a place."""
    near = place
    while near < len(text) and columns > 0:
        columns -= get_character_cell_size(text[near])
        near += 1
    if len(text) - near <= _REST:
        return len(text)
    cuts = [
        (cut, is_edge) for cut, is_edge in _breaks(text, place, min(len(text), near + _LONGEST_WORD)) if cut > place
    ]
    edges = [cut for cut, is_edge in cuts if is_edge]
    within = [cut for cut in edges if cut <= near] or edges[:1] or [cut for cut, _ in cuts if cut <= near]
    return within[-1] if within else near


def _breaks(text: str, low: int, high: int) -> list[tuple[int, bool]]:
    """Give where a text may be cut between two places, and whether that cuts no word either."""
    found: list[tuple[int, bool]] = []
    before = text[low - 1] if low else " "
    # What follows the last place decides whether it ends a word.
    for cluster, start, _ in clusters(text[low : high + 1]):
        if not _clings(before, cluster) and not _is_half_a_flag(text, low + start):
            found.append((low + start, _is_edge(before, cluster)))
        before = cluster
    if high == len(text):
        found.append((high, True))
    return [(cut, whole) for cut, whole in found if cut <= high]


def _clings(before: str, after: str) -> bool:
    """Tell whether two characters are seen as one: joined emoji, a skin's colour, a vowel of its own."""
    return before.endswith(_JOINER) or after[0] in _ATTACHED or bool(unicodedata.combining(after[0]))


def _is_half_a_flag(text: str, place: int) -> bool:
    """Tell whether a cut would part the two letters of a flag; they pair up from the first of a row."""
    if text[place] not in _FLAGS:
        return False
    before = text[:place]
    return (len(before) - len(before.rstrip(_FLAGS))) % 2 == 1


def _is_edge(before: str, after: str) -> bool:
    return before.isspace() or after[0].isspace() or _is_word(before[0]) or _is_word(after[0])


@lru_cache(maxsize=10_000)
def _is_word(letter: str) -> bool:
    """Tell whether a letter is a word by itself, as it is where words do not stand apart."""
    return letter.isalpha() and len(words(letter + letter)) > 1


def _pieces(text: str, windows: Sequence[tuple[int, int]], marks: Sequence[tuple[int, int]]) -> Iterator[Piece]:
    last = 0
    for number, (begin, end) in enumerate(windows):
        if begin:
            yield " … " if number else "…", False
        at = begin
        for start, stop in marks:
            if start >= at and stop <= end:
                yield text[at:start].lstrip() if at == begin else text[at:start], False
                yield text[start:stop], True
                at = stop
        rest = text[at:end]
        yield (rest.lstrip() if at == begin else rest).rstrip(), False
        last = end
    if last < len(text):
        yield "…", False


def _tidied(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    shown = ((_TURNING.sub("", _SPACES.sub(" ", text)), marked) for text, marked in pieces)
    return tuple(piece for piece in shown if piece[0])
