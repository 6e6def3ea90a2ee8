"""The letters behind the bytes: byte-order mark, HTTP header, declaration, then the bytes themselves."""

import codecs
import re

from .sniffing import sniff

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HEADER = re.compile(r"charset\s*=\s*[\"']?([\w:.+-]+)", re.I)
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w:.+-]{1,40})", re.I)
_XML = re.compile(rb"^\s*<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w:.+-]{1,40})", re.I)
# How markup begins in charsets of several bytes a sign, the longest first.
_FIRST = tuple(
    (sign.encode(name), name) for name in ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be") for sign in "<{"
)
_DECLARED_WITHIN = 8192
_MARKUP_WITHIN = 1024

# The charsets of the web by their labels, as browsers read them (WHATWG Encoding, 4.2): the larger charset that people
# really mean. Everything else is refused: UTF-7 hides markup, and Python's own codecs (rot13, idna) are no charsets.
_LABELS = {
    "utf-8": "utf-8 utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8",
    "utf-16-le": "utf-16le utf-16 utf16 ucs-2 unicode csunicode iso-10646-ucs-2 unicodefeff",
    "utf-16-be": "utf-16be unicodefffe",
    "cp1252": "ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 "
    "iso_8859-1 iso_8859-1:1987 l1 latin1 latin-1 us-ascii windows-1252 x-cp1252 8859-1",
    "iso8859-2": "csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2",
    "iso8859-3": "csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3",
    "iso8859-4": "csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4",
    "iso8859-5": "csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988",
    "iso8859-6": "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e "
    "iso-8859-6-i iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987",
    "iso8859-7": "csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 iso_8859-7 "
    "iso_8859-7:1987 sun_eu_greek",
    "iso8859-8": "csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 iso88598 iso_8859-8 "
    "iso_8859-8:1988 visual csiso88598i iso-8859-8-i logical",
    "iso8859-10": "csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6",
    "iso8859-13": "iso-8859-13 iso8859-13 iso885913",
    "iso8859-14": "iso-8859-14 iso8859-14 iso885914",
    "iso8859-15": "csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9 latin9",
    "iso8859-16": "iso-8859-16",
    "cp866": "866 cp866 csibm866 ibm866",
    "koi8-r": "cskoi8r koi koi8 koi8-r koi8_r",
    "koi8-u": "koi8-ru koi8-u",
    "mac-roman": "csmacintosh mac macintosh x-mac-roman",
    "mac-cyrillic": "x-mac-cyrillic x-mac-ukrainian",
    "cp874": "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 tis620 windows-874 cp874",
    "cp1250": "cp1250 windows-1250 x-cp1250",
    "cp1251": "cp1251 windows-1251 x-cp1251 win-1251",
    "cp1253": "cp1253 windows-1253 x-cp1253",
    "cp1254": "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5 "
    "windows-1254 x-cp1254",
    "cp1255": "cp1255 windows-1255 x-cp1255",
    "cp1256": "cp1256 windows-1256 x-cp1256",
    "cp1257": "cp1257 windows-1257 x-cp1257",
    "cp1258": "cp1258 windows-1258 x-cp1258",
    "gb18030": "chinese csgb2312 csiso58gb231280 gb2312 gb-2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk gb18030 cp936",
    "hz": "hz hz-gb-2312",
    "big5hkscs": "big5 big5-hkscs cn-big5 csbig5 x-x-big5 cp950",
    "euc_jp": "cseucpkdfmtjapanese euc-jp x-euc-jp",
    "iso2022_jp": "csiso2022jp iso-2022-jp",
    "iso2022_kr": "csiso2022kr iso-2022-kr",
    "cp932": "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis cp932",
    "cp949": "cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 "
    "windows-949 x-euc-kr cp949",
}
_CODECS = {label: name for name, labels in _LABELS.items() for label in labels.split()}
_ESCAPES = re.compile(rb"\x1b\$[@B]")


_NO_TEXT = (b"%PDF-", b"\x89PNG", b"GIF8", b"PK\x03\x04", b"\x1f\x8b", b"\xff\xd8\xff", b"RIFF", b"\x00\x00")


def is_binary(body: bytes) -> bool:
    """Tell pictures, PDF, archives and the like, whatever their header calls them."""
    return body.startswith(_NO_TEXT)


def decode(body: bytes, content_type: str | None = None) -> str:
    """Give the text of a document; what cannot be read becomes U+FFFD, nothing is left out."""
    for bom, name in _BOMS:
        if body.startswith(bom):
            return body[len(bom) :].decode(name, "replace")
    try:
        text = body.decode("utf-8")
        strictly = True
    except UnicodeDecodeError:
        text, strictly = "", False
    names = [name for name in (_of_bytes(body), _of_header(content_type), _of_declaration(body)) if name]
    # Markup in UTF-16 is half NULs; what has none is not in it, whatever its label says.
    names = [name for name in names if not name.startswith("utf-16") or b"\x00" in body[:_MARKUP_WITHIN]]
    wide = next((name for name in names if name.startswith(("utf-16", "utf-32", "iso2022", "hz"))), None)
    if strictly and wide is None:
        # Valid UTF-8 is no accident, whatever label an old server puts on it.
        return text
    return _by_names(body, names)


def _by_names(body: bytes, names: list[str]) -> str:
    for name in names:
        try:
            return body.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    if "utf-8" in names and _is_mostly_sound(text := body.decode("utf-8", "replace")):
        return text
    sniffed = sniff(body)
    names = [*names, sniffed] if sniffed else names or ["cp1252"]
    return min((body.decode(name, "replace") for name in names), key=lambda text: text.count("\ufffd"))


def _is_mostly_sound(text: str) -> bool:
    """Tell damaged UTF-8 from bytes that never were UTF-8: only a few of those read as a sign by chance."""
    broken = text.count("\ufffd")
    return sum(sign > "\x7f" for sign in text) >= 2 * broken


def _of_bytes(body: bytes) -> str | None:
    """Give the charset that the bytes show: markup in UTF-16 or UTF-32, or escapes into Japanese among ASCII."""
    if wide := next((name for first, name in _FIRST if body.startswith(first)), None):
        return wide
    return "iso2022_jp" if _ESCAPES.search(body) and body.isascii() else None


def _of_header(content_type: str | None) -> str | None:
    found = _HEADER.search(content_type or "")
    return _codec(found[1]) if found else None


def _of_declaration(body: bytes) -> str | None:
    head = body[:_DECLARED_WITHIN]
    found = _META.search(head) or _XML.search(head)
    name = _codec(found[1].decode("ascii", "replace")) if found else None
    # A declaration that could be read as ASCII is proof against UTF-16.
    return "utf-8" if name and name.startswith("utf-16") else name


def _codec(label: str) -> str | None:
    return _CODECS.get(label.strip().lower())
