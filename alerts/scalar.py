"""Where a letter of a YAML text stands in its file: plain, quoted and block texts, folded lines included."""

import re
from collections.abc import Iterator
from pathlib import Path

_ESCAPE = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|\r?\n[ \t]*|.)", re.DOTALL)
_HEADER = re.compile(r"[|>][-+0-9]*[ \t]*(?:#[^\n]*)?\n")

Letter = tuple[str, int]
"""A letter of a file's text that may be a letter of the value, and its place."""


def place_in_scalar(path: Path, mark: tuple[int, int], value: str, position: int) -> tuple[int, int]:
    """Give line and column, from 1, of the letter at `position` of a text whose YAML begins at `mark`."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return mark
    start = _offset(text, mark)
    place = start
    letters = _letters(text, start)
    for index, wanted in enumerate(value):
        found = _next(letters, wanted)
        if found is None:
            return mark
        place = found
        if index == position:
            return _line_column(text, place)
    return _line_column(text, place + 1 if value else place)


def _next(letters: Iterator[Letter], wanted: str) -> int | None:
    """Find the wanted letter; blanks and line breaks stand for each other, and blanks may be left out."""
    for letter, place in letters:
        if letter == wanted or (wanted.isspace() and letter.isspace()):
            return place
        if not letter.isspace():
            return None
    return None


def _letters(text: str, start: int) -> Iterator[Letter]:
    header = _HEADER.match(text, start)
    if header:
        yield from _plain(text, header.end())
    elif text[start : start + 1] == '"':
        yield from _double(text, start + 1)
    elif text[start : start + 1] == "'":
        yield from _single(text, start + 1)
    else:
        yield from _plain(text, start)


def _plain(text: str, start: int) -> Iterator[Letter]:
    for place in range(start, len(text)):
        yield text[place], place


def _single(text: str, start: int) -> Iterator[Letter]:
    place = start
    while place < len(text):
        yield text[place], place
        place += 2 if text.startswith("''", place) else 1


def _double(text: str, start: int) -> Iterator[Letter]:
    place = start
    while place < len(text):
        escape = _ESCAPE.match(text, place)
        if escape:
            yield _unescaped(escape.group()), place
            place = escape.end()
        else:
            yield text[place], place
            place += 1


def _unescaped(escape: str) -> str:
    if escape[1] in "xuU":
        return chr(int(escape[2:], 16))
    return {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}.get(escape[1], " " if escape[1].isspace() else escape[1])


def _offset(text: str, mark: tuple[int, int]) -> int:
    lines = text.splitlines(keepends=True)
    return sum(map(len, lines[: mark[0] - 1])) + mark[1] - 1


def _line_column(text: str, place: int) -> tuple[int, int]:
    before = text[:place]
    return before.count("\n") + 1, place - (before.rfind("\n") + 1) + 1
