"""The letters behind the bytes: byte-order mark, HTTP header, declaration, then the bytes themselves."""

import codecs
import re

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_HEADER = re.compile(r"charset\s*=\s*[\"']?([\w:.+-]+)", re.I)
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w:.+-]{1,40})", re.I)
_XML = re.compile(rb"^\s*<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w:.+-]{1,40})", re.I)
_DECLARED_WITHIN = 8192

# Charsets in which pages are written. Everything else is refused: UTF-7 hides markup, and Python's own
# codecs (rot13, unicode_escape, idna) are no charsets of the web.
_KNOWN = re.compile(
    r"utf-?(8|16(-?[bl]e)?)|us-ascii|ascii|latin-?1|(iso-?)?8859-?\d{1,2}(-[ie])?|iso-?(8859-\d{1,2}|2022-(jp|kr))|"
    r"(windows|cp)-?\d{3,4}|x-cp125\d|ibm866|koi8-?[ru]|(x-)?mac-?(cyrillic|roman)|macintosh|gb-?2312|gbk|gb18030|hz(-gb-2312)?|"
    r"big5(-?hkscs)?|(x-)?(shift[-_]?jis|sjis|euc-?(jp|kr))|ks_c_5601-1987|ksc5601|tis-?620|viscii"
)
# What browsers read when a page names these: the larger charset that people really mean.
_MEANT = {
    "ascii": "cp1252", "us-ascii": "cp1252", "latin1": "cp1252", "latin-1": "cp1252", "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252", "iso88591": "cp1252", "8859-1": "cp1252", "iso-8859-9": "cp1254", "iso-8859-11": "cp874",
    "tis-620": "cp874", "tis620": "cp874", "gb2312": "gb18030", "gb-2312": "gb18030", "gbk": "gb18030",
    "big5": "big5hkscs", "big5-hkscs": "big5hkscs", "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932",
    "x-sjis": "cp932", "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "ksc5601": "cp949", "x-euc-jp": "euc-jp",
    "macintosh": "mac-roman", "x-mac-cyrillic": "mac-cyrillic", "iso-8859-8-i": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6", "x-cp1251": "cp1251", "x-cp1250": "cp1250", "x-cp1252": "cp1252",
}  # fmt: skip
_USUAL = "cp1252"
_LEAST_SIGNS = 12


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
    names = [name for name in (_of_header(content_type), _of_declaration(body)) if name]
    wide = next((name for name in names if name.startswith(("utf-16", "iso2022", "hz"))), None)
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
    sniffed = _sniff(body)
    names = [*names, sniffed] if sniffed else names
    return min((body.decode(name, "replace") for name in names or ["utf-8"]), key=lambda text: text.count("\ufffd"))


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
    label = label.strip().lower()
    if not _KNOWN.fullmatch(label):
        return None
    try:
        return codecs.lookup(_MEANT.get(label, label)).name
    except LookupError:
        return None


def _sniff(body: bytes) -> str | None:
    """Guess among the charsets of single bytes and of East Asia, from the bytes beyond ASCII alone."""
    sample = b" ".join(re.findall(rb"[\x80-\xff][^<>]{0,80}", body)[:400])
    if not sample:
        return None
    broken = sample.decode("utf-8", "replace").count("\ufffd")
    if broken * 50 < len(sample):
        return "utf-8"
    if sum(byte > 0x7F for byte in sample) < _LEAST_SIGNS:
        return _USUAL
    from charset_normalizer import from_bytes

    best = from_bytes(sample[:20000]).best()
    name = best.encoding if best else None
    return _codec(name.replace("_", "-")) if name and _codec(name.replace("_", "-")) else _USUAL
