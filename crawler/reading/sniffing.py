"""Sniffing: which charset bytes without a true label are in, from the signs and letters that languages use."""

import re
from collections.abc import Iterator

_USUAL = "cp1252"
_LEAST_SIGNS = 12
_SAMPLE = 20_000
_LEAST_COMMON = 0.08
_BETWEEN_TAGS = re.compile(rb"[^<>]+")
_PAIR = re.compile(rb"[\x80-\xff]{2}")
_KANA = re.compile("[ぁ-んァ-ヴー、。]")
_HANZI = re.compile(
    "[的一是不了在有人我他中大来上国个到说们为和地出时年会要这于主对生产行发作家成以政新來國個說們為這時會對產發，。]"
)
_HANGUL = re.compile("[이다는을를에의가은고로지한하서기사도리스자인어해대정일으시부]")
# Charsets of two bytes a sign, and the signs by which their languages are known.
_TWO_BYTES = {"euc_jp": _KANA, "cp932": _KANA, "cp949": _HANGUL, "gb18030": _HANZI, "big5hkscs": _HANZI}
_MARKS = frozenset("“”„‚‘’–—…«»‹›€£§°·•¿¡№©®ªº\xa0\xad")
# The letters beyond ASCII of the languages that are written in each; the usual charset first, it wins where all fit.
_LATIN = {
    "cp1252": (
        "àâæçéèêëîïôœùûüÿ", "äöüß", "áéíñóúü", "àáâãçéêíóôõú", "àèéìíòóù", "åäöé", "æøåé", "éèëïóöü", "áðéíóúýþæö",
        "àèéíïòóúüç",
    ),
    "cp1250": ("áčďéěíňóřšťúůýž", "ąćęłńóśźż", "áéíóöőúüű", "áäčďéíĺľňóôŕšťúýž", "čćšžđ", "ăâîşţ"),
    "iso8859-2": ("áčďéěíňóřšťúůýž", "ąćęłńóśźż", "áéíóöőúüű", "áäčďéíĺľňóôŕšťúýž", "čćšžđ", "ăâîşţ"),
    "cp1254": ("çğıöşüâî",),
    "cp1257": ("ąčęėįšųūž", "āčēģīķļņšūž", "äõöüšž"),
    "iso8859-4": ("ąčęėįšųūž", "āčēģīķļņšūž"),
    "mac-roman": ("àâæçéèêëîïôœùûüÿ", "äöüß", "áéíñóúü"),
}  # fmt: skip
_LATIN_GUESSES = re.compile(
    r"cp(1250|1252|1254|1257|125[08]|437|500|775|85\d|86[0135])|iso8859_(1|2|3|4|9|1\d)|latin_1|mac_.*|hp_.*|ptcp.*"
)
_CYRILLIC_MAC = "mac_cyrillic"


def sniff(body: bytes) -> str | None:
    """Guess among the charsets of East Asia and of single bytes, from the texts with more than ASCII; None: too few."""
    sample = b"\n".join(_beyond_ascii(body))
    if not sample:
        return None
    broken = sample.decode("utf-8", "replace").count("\ufffd")
    if broken * 50 < len(sample):
        return "utf-8"
    if sum(byte > 0x7F for byte in sample) < _LEAST_SIGNS:
        return None if _PAIR.search(sample) else _USUAL
    return _east_asian(sample) or _of_single_bytes(sample)


def _beyond_ascii(body: bytes) -> Iterator[bytes]:
    """Give the first texts between tags that hold more than ASCII, whole: a sign of two bytes is not cut."""
    size = 0
    for found in _BETWEEN_TAGS.finditer(body):
        text = found[0]
        if text.isascii():
            continue
        yield text[:_SAMPLE]
        size += len(text)
        if size > _SAMPLE:
            return


def _east_asian(sample: bytes) -> str | None:
    """Give the charset of two bytes a sign in which the sample reads as a language; what is common there tells."""
    best, score = None, _LEAST_COMMON
    for name, common in _TWO_BYTES.items():
        text = sample.decode(name, "replace")
        signs = [sign for sign in text if sign > "\x7f"]
        if not signs or text.count("\ufffd") * 50 > len(signs):
            continue
        share = sum(bool(common.match(sign)) for sign in signs) / len(signs)
        if share > score:
            best, score = name, share
    return best


def _of_single_bytes(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(sample[:_SAMPLE]).best()
    name = best.encoding if best else _USUAL
    return _of_latin(sample) if _LATIN_GUESSES.fullmatch(name) and name != _CYRILLIC_MAC else name


def _of_latin(sample: bytes) -> str:
    """Give the charset in which the letters beyond ASCII are those of one language."""
    best, score = _USUAL, -1.0
    for name, alphabets in _LATIN.items():
        text = sample.decode(name, "replace").lower()
        signs = [sign for sign in text if sign > "\x7f" and sign not in _MARKS]
        share = max(sum(sign in alphabet for sign in signs) for alphabet in alphabets) / max(1, len(signs))
        if share > score:
            best, score = name, share
    return best
