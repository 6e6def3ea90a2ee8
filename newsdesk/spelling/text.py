"""How texts are compared: fold() and words(), the same for search and for watches.

A word has one place in the order of words and one or more spellings: `e-mail` is the words `e`, `mail` and also
`email` over both places; `l'Iran` is `iran`; a Chinese, Japanese or Thai text is its characters in order.
"""

import re
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from .clitics import is_suffix, without_clitics
from .folding import APOSTROPHES, EXTENDING, GERSHAYIM, HYPHENS, clusters, fold, without_trailing

__all__ = [
    "Occurrence",
    "Piece",
    "Spelling",
    "Word",
    "clusters",
    "fold",
    "paragraphs",
    "pieces",
    "same_letters",
    "spellings",
    "words",
]

Occurrence = tuple[int, int, int, int]
"""Where a spelling stands: first and last position in the order of words, start and end in code points."""


class Word(NamedTuple):
    """One word: its folded form, where it stands in the text (code points), its number and its paragraph's."""

    text: str
    start: int
    end: int
    position: int
    paragraph: int


class Spelling(NamedTuple):
    """One folded form of a word or of words that hang together; `glued` tells that a particle was taken off."""

    text: str
    first: int
    last: int
    start: int
    end: int
    main: bool = True
    glued: bool = False


Piece = tuple[Spelling, ...]
"""The spellings of a stretch of text without a blank, counted from its start, the last word's at the end."""

# Scripts that are written without spaces: each character is a word.
_SPACELESS = (
    "\u0e01-\u0e2e\u0e30-\u0e3a\u0e40-\u0e4e\u0e81-\u0ecd\u0edc-\u0edf\u1000-\u103f\u1050-\u108f\u109a-\u109d"
    "\u1780-\u17d3\u17d7\u17dc\u17dd\u1950-\u19cf\u1a20-\u1a7f\u1aa7\u2e80-\u2fdf\u3005-\u3007\u3021-\u302f"
    "\u3031-\u3035\u3038-\u303c\u3041-\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uaa60-\uaa7f\uf900-\ufaff\uff66-\uff9f\U00016fe0-\U00018cff\U0001aff0-\U0001b2ff"
    "\U00020000-\U0003ffff"
)
# ㎏, ㎞ and the like, which fold to letters.
_UNITS = "\u3371-\u337a\u3380-\u33df"
_LETTER = rf"(?:(?![{_SPACELESS}])[\w{EXTENDING}{_UNITS}])"
_JOIN = (
    rf"(?:\.?(?:[{re.escape(APOSTROPHES)}](?![\uac00-\ud7a3\u1100-\u115f])|[{re.escape(HYPHENS)}])|[.,．，&＆]|(?<=[\u05d0-\u05ea])[{GERSHAYIM}](?=[\u05d0-\u05ea])"
    r"|(?<=[lL])·(?=[lL]))"
)
# A run is cut into words once and remembered. The first branch, most of any Latin text, costs least.
# ำ is ํ and า in one, in Thai and in Lao.
_RUN = re.compile(
    rf"[A-Za-z0-9]+(?=[.,;:)!?]?[ \n])"
    rf"|[{_SPACELESS}][{EXTENDING}]*(?:[\u0e33\u0eb3]|(?<=[\u0e4d\u0ecd])[\u0e32\u0eb2])?"
    rf"|{_LETTER}+(?:{_JOIN}{_LETTER}+)*(?:(?<=\.[^\W\d_])\.)?"
)
_SPACELESS_LETTER = re.compile(f"[{_SPACELESS}]")
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n\s*|\u2029")
_SAME = str.maketrans(
    dict.fromkeys(APOSTROPHES, "'") | dict.fromkeys(HYPHENS + "_", "-") | dict.fromkeys(GERSHAYIM + "·", "'")
)
# The marks that make no difference inside a word; ŉ folds to ʼn, ŀ to l·.
_UNSEEN = str.maketrans("", "", " -'ʼ·")
_JOINERS = frozenset(APOSTROPHES + HYPHENS + GERSHAYIM + "_·")
_DOTTED = re.compile(r"(?:[^\W\d_]\.){1,}[^\W\d_]\.?")
_NUMBER_MARK = re.compile(r"(?<![0-9])[.,]|[.,](?![0-9])")
_ELIDED = frozenset(
    (  # noqa: SIM905
        "l d j m t s n c qu jusqu lorsqu puisqu quoiqu presqu grand dell all nell sull dall coll un quest quell "
        "gl agl dagl degl negl sugl bell sant mezz tutt anch com dov nessun"
    ).split()
)
_CONTRACTED = frozenset("it he she that there what who where here how when why let".split())  # noqa: SIM905
_MOST_JOINED = 6
_LONGEST_CHAIN = 100
_MEMO_LIMIT = 60_000

# What may stand around a word of several letters and belongs to none; not the marks that may join.
_PUNCTUATION = '.,;:!?()[]{}<>"/\\|=+*“”„«»…—'
_LONGEST_PIECE = 60

_memo: dict[str, Piece] = {}


def words(text: str) -> list[Word]:
    """Give the words of a text in order, each once, with its place in the original."""
    found: list[Word] = []
    position = 0
    starts = paragraphs(text)
    paragraph, following = 0, (starts[1] if len(starts) > 1 else len(text) + 1)
    for run in _RUN.finditer(text):
        begin = run.start()
        while begin >= following:
            paragraph += 1
            following = starts[paragraph + 1] if paragraph + 1 < len(starts) else len(text) + 1
        last = -1
        for spelling in _memo.get(run.group()) or _spell(run.group()):
            if spelling.main:
                last = spelling.last
                found.append(
                    Word(spelling.text, begin + spelling.start, begin + spelling.end, position + last, paragraph)
                )
        position += last + 1
    return found


def paragraphs(text: str) -> list[int]:
    """Give where each paragraph starts: after each blank line."""
    return [0, *(found.end() for found in _BLANK_LINE.finditer(text))]


def spellings(text: str) -> Iterator[Spelling]:
    """Give every spelling of every word of a text, with positions and places counted from its start."""
    position = 0
    for run in _RUN.finditer(text):
        begin, last = run.start(), -1
        for one in _memo.get(run.group()) or _spell(run.group()):
            last = max(last, one.last)
            yield Spelling(
                one.text,
                position + one.first,
                position + one.last,
                begin + one.start,
                begin + one.end,
                one.main,
                one.glued,
            )
        position += last + 1


def pieces(text: str) -> tuple[list[str], list[Piece]]:
    """Cut a text at its blanks, long stretches without any word by word; give each piece and its spellings."""
    cut = text.split()
    known = list(map(_memo.get, cut))
    if None not in known:
        return cut, known  # type: ignore[return-value]
    parts: list[str] = []
    read: list[Piece] = []
    for part, found in zip(cut, known, strict=True):
        if found is not None:
            parts.append(part)
            read.append(found)
        elif len(part) <= _LONGEST_PIECE and (part.isascii() or not _SPACELESS_LETTER.search(part)):
            parts.append(part)
            read.append(_read(part))
        else:
            runs = _RUN.findall(part)
            parts += runs
            read += [_memo.get(run) or _spell(run) for run in runs]
    return parts, read


def _read(part: str) -> Piece:
    """Give the spellings of a piece between blanks, and remember them."""
    word = part.strip(_PUNCTUATION)
    if word.isascii() and word.isalnum() and len(word) > 1:
        start = part.index(word)
        return _remember(part, (Spelling(word.lower(), 0, 0, start, start + len(word)),))
    return _remember(part, tuple(spellings(part)))


def same_letters(text: str, *, keep_case: bool = False, keep_accents: bool = False) -> str:
    """Give one word as it is compared where case or accents count: folded but for those, without inner marks."""
    letters = "".join(
        cluster[0].translate(_SAME)
        if cluster[0] in _JOINERS
        else fold(cluster, keep_case=keep_case, keep_accents=keep_accents)
        for cluster, _, _ in clusters(text)
    )
    return _NUMBER_MARK.sub("", letters.translate(_UNSEEN))


def _spell(run: str) -> Piece:
    """Cut a run into its spellings, in an order that ends with the last position."""
    if run.isascii() and run.isalnum():
        found: Piece = (Spelling(run.lower(), 0, 0, 0, len(run)),)
    elif _SPACELESS_LETTER.match(run):
        text = fold(run).replace(" ", "")
        found = (Spelling(text, 0, 0, 0, without_trailing(run)),) if text else ()
    else:
        found = tuple(_Run(run).spellings())
    return _remember(run, found) if len(run) <= _LONGEST_PIECE else found


def _remember(part: str, found: Piece) -> Piece:
    if len(_memo) >= _MEMO_LIMIT:
        _memo.clear()
    _memo[part] = found
    return found


class _Run:
    """A run of letters and joining marks, folded, with the place of each folded letter in the original."""

    def __init__(self, run: str) -> None:
        letters: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        for cluster, start, end in clusters(run):
            # An invisible character may stand between a hyphen and the next letter.
            first = cluster[0]
            folded = first.translate(_SAME) if first in _JOINERS else fold(cluster).translate(_UNSEEN)
            letters.append(folded)
            self.starts += [start] * len(folded)
            self.ends += [start + without_trailing(cluster) if end - start > 1 else end] * len(folded)
        self.text = "".join(letters)

    def spellings(self) -> Iterator[Spelling]:
        atoms: list[list[Spelling]] = []
        joined: list[bool] = []
        for part, start in _split(self.text, re.compile("-+")):
            atoms_here = list(self._atoms(part, start))
            joined += [bool(position == 0 and atoms) for position in range(len(atoms_here))]
            atoms += atoms_here
        groups = _groups(joined)
        for position, atom in enumerate(atoms):
            for spelling in atom:
                yield self._placed(spelling, position, position)
            for first in groups[position]:
                yield from self._joins(atoms[first : position + 1], first, position)

    def _joins(self, atoms: list[list[Spelling]], first: int, last: int) -> Iterator[Spelling]:
        middle = "".join(atom[0].text for atom in atoms[1:-1])
        for head, tail in product(atoms[0], atoms[-1]):
            glued = head.glued or tail.glued
            yield self._placed(
                Spelling(head.text + middle + tail.text, 0, 0, head.start, tail.end, False, glued), first, last
            )

    def _placed(self, spelling: Spelling, first: int, last: int) -> Spelling:
        text, _, _, start, end, main, glued = spelling
        return Spelling(text, first, last, self.starts[start], self.ends[end - 1], main, glued)

    def _atoms(self, part: str, start: int) -> Iterator[list[Spelling]]:
        """Split one side of a hyphen at the marks that join nothing, and give each word's spellings."""
        stem = part[:-2] if part.endswith("'s") and len(part) > 2 else part
        if _DOTTED.fullmatch(stem.rstrip("'")):
            dotted = stem.rstrip("'")
            yield [Spelling(dotted.replace(".", ""), 0, 0, start, start + len(dotted))]
            return
        for word, offset in _split(part, _NUMBER_MARK):
            bare = word.strip("'&")
            if bare:
                begin = start + offset + word.index(bare)
                found = list(_apostrophes(bare, begin))
                main = found[0]
                found += [
                    Spelling(text, 0, 0, main.start + first, main.start + last, False, True)
                    for text, first, last in without_clitics(main.text)
                    if len(main.text) == main.end - main.start
                ]
                yield found


def _apostrophes(word: str, start: int) -> Iterator[Spelling]:
    """Give a word without its possessive and its elided article; a contraction also in one piece."""
    end = start + len(word)
    if "'" not in word:
        yield Spelling(word, 0, 0, start, end)
        return
    whole = word.replace("'", "")
    if word.endswith("'s"):
        stem = word[:-2].rstrip("'")
        yield from _elision(stem, start)
        if stem in _CONTRACTED:
            yield Spelling(whole, 0, 0, start, end, False)
        return
    yield from _elision(word, start)


def _elision(word: str, start: int) -> Iterator[Spelling]:
    end = start + len(word)
    head, mark, rest = word.partition("'")
    bare = rest.strip("'")
    if mark and head in _ELIDED and bare and bare[0].isalnum():
        yield Spelling(bare.replace("'", ""), 0, 0, end - len(rest.lstrip("'")), end)
        yield Spelling(word.replace("'", ""), 0, 0, start, end, False)
    else:
        yield Spelling(word.replace("'", ""), 0, 0, start, end)
        if is_suffix(rest) and (len(head) > 1 or head.isdigit()):
            yield Spelling(head, 0, 0, start, start + len(head), False, True)


def _split(text: str, mark: re.Pattern[str]) -> Iterator[tuple[str, int]]:
    """Give the pieces between the marks that are not empty, each with its place."""
    begin = 0
    for found in mark.finditer(text):
        if found.start() > begin:
            yield text[begin : found.start()], begin
        begin = found.end()
    if begin < len(text):
        yield text[begin:], begin


def _groups(joined: list[bool]) -> list[list[int]]:
    """For each word, the earlier ones from which hyphens lead to it: all near ones, and the first of all."""
    found: list[list[int]] = []
    root = 0
    for position, joins in enumerate(joined):
        if not joins:
            root = position
        near = range(max(root, position - _MOST_JOINED + 1), position)
        whole = [root] if near and near[0] != root and position - root < _LONGEST_CHAIN else []
        found.append([*whole, *near])
    return found
