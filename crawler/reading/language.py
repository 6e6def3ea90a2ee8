"""The language of a page: what it claims, unless its own letters say otherwise."""

import re

from .claims import Claims

_LONG_NAMES = {
    "eng": "en", "rus": "ru", "ger": "de", "deu": "de", "fre": "fr", "fra": "fr", "spa": "es", "ita": "it", "por": "pt",
    "ara": "ar", "zho": "zh", "chi": "zh", "jpn": "ja", "kor": "ko", "ukr": "uk", "pol": "pl", "tur": "tr", "heb": "he",
    "per": "fa", "fas": "fa", "hin": "hi", "nld": "nl", "dut": "nl", "swe": "sv", "nor": "no", "dan": "da", "fin": "fi",
    "iw": "he", "in": "id", "ji": "yi", "english": "en", "russian": "ru", "german": "de", "french": "fr",
}  # fmt: skip
_SCRIPTS = (
    (re.compile("[\u0400-\u052f]"), "ru uk be bg sr mk kk ky tg mn tt ba cv os ab ce"),
    (re.compile("[\u0600-\u06ff]"), "ar fa ur ps ku ckb sd ug"),
    (re.compile("[\u0590-\u05ff]"), "he yi"),
    (re.compile("[\u3040-\u30ff]"), "ja"),
    (re.compile("[\uac00-\ud7af]"), "ko"),
    (re.compile("[\u4e00-\u9fff]"), "zh ja yue"),
    (re.compile("[\u0370-\u03ff]"), "el"),
    (re.compile("[\u0900-\u097f]"), "hi mr ne sa"),
    (re.compile("[\u10a0-\u10ff]"), "ka"),
    (re.compile("[\u0530-\u058f]"), "hy"),
    (re.compile("[\u0e00-\u0e7f]"), "th"),
)
_TAG = re.compile(r"^\s*([a-z]{2,8})(?:[-_][\w-]*)?\s*$", re.I)
_SAMPLE = 1000
_LETTERS = 400
_ENOUGH = 40
_OTHER_LETTERS = frozenset(known.split()[0] for _, known in _SCRIPTS)


def find_language(claims: Claims, body: str) -> str | None:
    """Give the language (two or three letters); the text is only weighed where the page is silent or plainly wrong."""
    said = (
        claims.root.get("lang") or claims.root.get("{http://www.w3.org/XML/1998/namespace}lang") or "",
        claims.meta("og:locale", "content-language", "language", "dc.language", "inlanguage"),
    )
    for claim in said:
        language = short_language(claim)
        if language and _possible(language, body):
            return language
    return _detect(body)


def short_language(tag: str) -> str | None:
    """Give `en` for `en-US`, `eng` or `EN_gb`; None for what is no language."""
    found = _TAG.match(tag)
    if not found:
        return None
    name = _LONG_NAMES.get(found[1].lower(), found[1].lower())
    return name if len(name) in (2, 3) and name not in ("und", "mul", "zxx") else None


def _possible(language: str, body: str) -> bool:
    """Tell whether a text in these letters can be in that language at all."""
    sample = body[:_LETTERS]
    if sample.isascii():
        return len(sample) < _ENOUGH or language not in _OTHER_LETTERS
    letters = sum(map(str.isalpha, sample))
    if letters < _ENOUGH:
        return True
    for script, known in _SCRIPTS:
        if 2 * len(script.findall(sample)) > letters:
            return language in known.split()
    return True


def _detect(body: str) -> str | None:
    if sum(map(str.isalpha, body[:_SAMPLE])) < _ENOUGH:
        return None
    from py3langid import classify

    language, _ = classify(body[: 2 * _SAMPLE])
    return str(language)
