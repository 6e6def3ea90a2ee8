"""Stems by Snowball: in the article's language, by script where that is unknown."""

import threading
from collections.abc import Iterable
from typing import Any

import snowballstemmer

from newsdesk import fold

_ALGORITHMS = {
    "ar": "arabic", "hy": "armenian", "eu": "basque", "ca": "catalan", "cs": "czech", "da": "danish", "nl": "dutch",
    "en": "english", "eo": "esperanto", "et": "estonian", "fi": "finnish", "fr": "french", "de": "german",
    "el": "greek", "hi": "hindi", "hu": "hungarian", "id": "indonesian", "ga": "irish", "it": "italian",
    "lt": "lithuanian", "ne": "nepali", "no": "norwegian", "nb": "norwegian", "nn": "norwegian", "fa": "persian",
    "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "es": "spanish",
    "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
_SCRIPTS = (
    ("\u0370", "\u03ff", "greek"),
    ("\u0400", "\u052f", "russian"),
    ("\u0530", "\u058f", "armenian"),
    ("\u0600", "\u06ff", "arabic"),
    ("\u0900", "\u097f", "hindi"),
    ("\u0b80", "\u0bff", "tamil"),
    ("a", "\u024f", "english"),
)
_MEMO_LIMIT = 50_000

_memo: dict[tuple[str, str], str] = {}
_stemmers: dict[str, Any] = {}
# A Snowball stemmer keeps the word that it works on in itself.
_turn = threading.Lock()


def stems_of(folded: str, exact: str, language: str | None) -> Iterable[str]:
    """Give the folded stems of a word, of its folded form and of its form with accents."""
    algorithm = _algorithm(folded, language)
    if algorithm is None:
        return (folded,)
    return {_stem(algorithm, folded), _stem(algorithm, exact)}


def _algorithm(word: str, language: str | None) -> str | None:
    if language:
        return _ALGORITHMS.get(language.split("-")[0])
    return next((name for low, high, name in _SCRIPTS if low <= word[:1] <= high), None)


def _stem(algorithm: str, word: str) -> str:
    key = (algorithm, word)
    found = _memo.get(key)
    if found is None:
        with _turn:
            if algorithm not in _stemmers:
                available = snowballstemmer.algorithms()
                _stemmers[algorithm] = snowballstemmer.stemmer(algorithm) if algorithm in available else None
            stemmer = _stemmers[algorithm]
            found = fold(stemmer.stemWord(word)) if stemmer else word
        if len(_memo) >= _MEMO_LIMIT:
            _memo.clear()
        _memo[key] = found
    return found
