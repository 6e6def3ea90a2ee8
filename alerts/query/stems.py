"""Stems by Snowball: in the article's language, by script where that is unknown."""

import threading
from typing import Any

import snowballstemmer

from newsdesk import fold, same_letters

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
_written: dict[tuple[str, str, str | None], frozenset[str]] = {}
_stemmers: dict[str, Any] = {}
# A Snowball stemmer keeps the word that it works on in itself.
_turn = threading.Lock()


def stemmed_as(language: str | None) -> str | None:
    """Give the language as far as it decides how words are stemmed: `zxx` for those without a stemmer."""
    base = language.split("-")[0] if language else None
    return base if base is None or base in _ALGORITHMS else "zxx"


def stems_of(folded: str, exact: str, language: str | None) -> frozenset[str]:
    """Give the folded stems of a word, of its folded form and of its form with accents."""
    algorithm = _algorithm(folded, language)
    return frozenset((folded,) if algorithm is None else (_stem(algorithm, folded), _stem(algorithm, exact)))


def written_stems(folded: str, written: str, language: str | None) -> frozenset[str]:
    """Give the folded stems of a word of a text, folded and as it is written there."""
    key = folded, written, language
    found = _written.get(key)
    if found is None:
        if len(_written) >= _MEMO_LIMIT:
            _written.clear()
        found = _written[key] = stems_of(folded, same_letters(written, keep_accents=True), language)
    return found


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
