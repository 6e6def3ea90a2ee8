"""Clean text out of markup: NFC, one line, nothing invisible that could deceive or break."""

import re
import unicodedata
from urllib.parse import urlsplit

# C0 and C1 controls, lone surrogates, bidi embeddings, overrides and isolates, byte-order marks, non-characters.
# The marks U+200E, U+200F and the joiners stay: Arabic, Hebrew, Persian and emoji need them.
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""What no XML tool accepts."""
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff]"
)
_SPACES = re.compile(r"[\s\u2028\u2029\u200b]+")


def clean(text: str | None) -> str:
    """Give `text` as one clean line; the empty text for None."""
    if not text:
        return ""
    text = _SPACES.sub(" ", text).strip()
    if text.isascii() and text.isprintable():
        return text
    return unicodedata.normalize("NFC", _UNWANTED.sub("", text)).strip()


def host_of(address: str) -> str:
    """Give the host of an address in lower case; the empty text for what is no address."""
    try:
        return (urlsplit(address).hostname or "").lower().rstrip(".")
    except ValueError:
        return ""


def squeeze(text: str) -> str:
    """Give the letters and digits of `text` alone, folded: what is compared to see whether two lines say the same."""
    return "".join(_WORDS.findall(text.casefold()))


_WORDS = re.compile(r"[^\W_]+")
