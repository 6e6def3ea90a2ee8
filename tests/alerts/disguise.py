"""Ways to write the same words otherwise, none of which may change what is found."""

import unicodedata
from collections.abc import Callable
from random import Random

from .atoms import FIXED

_AROUND = ["“{}”", "({})", "«{}»", "#{}", "{},", "{};", "‘{}’", "\u200f{}\u200f", "*{}*"]


def _full_width(text: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if letter.isascii() and letter.isalnum() else letter for letter in text)


def _invisible(text: str, random: Random) -> str:
    at = random.randrange(1, len(text)) if len(text) > 1 else 0
    return text[:at] + random.choice("\u00ad\u200b\u2060\u200d\u200e") * bool(at) + text[at:]


def _harakat(text: str) -> str:
    return "".join(letter + "\u064e\u0640" * ("\u0620" <= letter <= "\u064a") for letter in text)


def _possessive(text: str) -> str:
    return text + "’s" if text.isascii() and text.isalpha() else text


def _hyphen(text: str) -> str:
    return text.replace("-", "\u2011") if "-" in text else text.replace("–", "\u2010")


def disguised(text: str, random: Random) -> str:
    """Give an atom of an article as it may also be written."""
    ways: list[Callable[[str], str]] = [lambda text: random.choice(_AROUND).format(text)]
    if text not in FIXED:
        ways += [
            str.upper,
            lambda text: unicodedata.normalize("NFD", text),
            _full_width,
            lambda text: _invisible(text, random),
            _harakat,
            _possessive,
            _hyphen,
        ]
    return random.choice(ways)(text)


def asked_otherwise(form: str, random: Random) -> str:
    """Give a form of a query as it may also be written."""
    if ":" in form or "/" in form or random.random() < 0.5:
        return form
    return random.choice(
        [str.upper, lambda text: unicodedata.normalize("NFD", text), lambda text: text.replace("-", "–")]
    )(form)
