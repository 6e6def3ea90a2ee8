"""Folding: the spellings of one letter become one; case, accents and marks, with places in the original kept."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import groupby

APOSTROPHES = "'’‘‛ʼʻʹʾʿ´`′＇\u05f3"
HYPHENS = "-\u2010\u2011\u2012\u2013\u2212\u05be\u058a－﹣"
GERSHAYIM = '"״'
_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff"
)
_MEMO_LIMIT = 50_000


def _ranges(points: Iterator[int]) -> str:
    """Give the body of a character class that holds the code points."""
    parts = []
    for _, group in groupby(enumerate(points), lambda pair: pair[1] - pair[0]):
        run = [point for _, point in group]
        parts.append(f"{re.escape(chr(run[0]))}-{re.escape(chr(run[-1]))}")
    return "".join(parts)


# The blocks that hold marks; a walk over all of Unicode would cost each start a tenth of a second.
_MARK_BLOCKS = (
    range(0x300, 0x1D00),
    range(0x1DC0, 0x1E00),
    range(0x20D0, 0x2100),
    range(0x302A, 0x3030),
    range(0x3099, 0x309B),
    range(0xA660, 0xAC00),
    range(0xFB1E, 0xFB1F),
    range(0xFE20, 0xFE30),
    range(0x10A00, 0x11E00),
)
_CONJOINING_JAMO = "\u1161-\u11ff"
_KANA_VOICE = "\uff9e\uff9f"
EXTENDING = (
    _ranges(
        point for block in _MARK_BLOCKS for point in block if unicodedata.category(chr(point)) in ("Mn", "Mc", "Me")
    )
    + _INVISIBLE
    + _CONJOINING_JAMO
    + _KANA_VOICE
)
"""Body of a character class: what belongs to the character before it."""

_INVISIBLES = re.compile(f"[{_INVISIBLE}]+")
_INVISIBLE_END = re.compile(f"[{_INVISIBLE}]+$")
_CLUSTER = re.compile(f"(?s:.)[{EXTENDING}]*")

# Marks that are dropped wherever they stand alone: European accents, harakat, Hebrew points.
_DROPPED = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u08ca-\u08e1\u08e3-\u08ff]"
)
# Letters that no decomposition reaches. Lower case first; capitals follow from it.
_LETTERS = {
    "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe", "ı": "i",
    "ß": "ss", "ĸ": "k", "ŋ": "n", "ɓ": "b", "ɗ": "d", "ƙ": "k", "ƴ": "y", "ɖ": "d", "ƒ": "f",
    "ς": "σ", "ё": "е", "ѐ": "е", "ѝ": "и",
}  # fmt: skip
_LETTERS |= {
    small.upper(): plain.upper()
    for small, plain in _LETTERS.items()
    if len(small.upper()) == 1 and small.upper() != small
}
_LETTERS |= {"ẞ": "SS"}
_LETTERS |= dict.fromkeys("أإآٱٲٳ", "ا") | {"ة": "ه", "ى": "ي", "ی": "ي", "ک": "ك", "ڪ": "ك"}
_PLAIN = str.maketrans(_LETTERS)

_memos: dict[tuple[bool, bool], dict[str, str]] = {
    (case, accents): {} for case in (False, True) for accents in (False, True)
}


def fold(text: str, *, keep_case: bool = False, keep_accents: bool = False) -> str:
    """Give the form in which texts are compared."""
    if text.isascii():
        return text if keep_case else text.lower()
    memo = _memos[keep_case, keep_accents]
    found = memo.get(text)
    if found is None:
        found = _fold(text, keep_case, keep_accents)
        if len(text) < 40:
            if len(memo) >= _MEMO_LIMIT:
                memo.clear()
            memo[text] = found
    return found


def _fold(text: str, keep_case: bool, keep_accents: bool) -> str:
    text = unicodedata.normalize("NFKC", _INVISIBLES.sub("", text))
    if not keep_case:
        # Twice: folding can uncover a compatible form, and normalising a capital.
        text = unicodedata.normalize("NFKC", text.casefold()).casefold()
        # Capitals of Turkish: İ is the capital of i, I that of ı.
        text = text.replace("i\u0307", "i").replace("ı", "i")
    text = "".join(_digit(letter) for letter in text)
    if keep_accents:
        return unicodedata.normalize("NFC", text)
    return unicodedata.normalize("NFC", "".join(_bare(letter) for letter in unicodedata.normalize("NFC", text)))


def _digit(letter: str) -> str:
    return str(unicodedata.decimal(letter)) if letter.isdecimal() else letter


def _bare(letter: str) -> str:
    """Take the accent off, unless it makes a letter of its own."""
    plain = letter.translate(_PLAIN)
    if plain != letter:
        return plain
    if "\u0400" <= letter <= "\u052f" or "\u0620" <= letter <= "\u06d5":
        # й, ї, ў, ќ, ؤ, ئ are letters; a loose stress mark or vowel sign is none.
        return _DROPPED.sub("", letter)
    return _DROPPED.sub("", unicodedata.normalize("NFD", letter)).translate(_PLAIN)


def without_trailing(cluster: str) -> int:
    """Give the length of a character with its marks, less the invisible ones at its end."""
    found = _INVISIBLE_END.search(cluster, 1)
    return found.start() if found else len(cluster)


def clusters(text: str) -> Iterator[tuple[str, int, int]]:
    """Give each character with its marks: the raw text and where it starts and ends."""
    for found in _CLUSTER.finditer(text):
        yield found.group(), found.start(), found.end()
