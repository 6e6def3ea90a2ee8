"""What reading any list needs: links, one-line titles, dates, languages, unpacking and safe XML."""

import html
import re
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

from newsdesk import ReadingError

from .document import Document
from .lead import Lead
from .reading.charset import decode
from .reading.texts import clean

MAX_UNPACKED = 50_000_000
MAX_LINK = 4000
# Programs write the year 1 or 1601 for "no date".
FIRST_YEAR = 1800
_MAX_TEXT = 20_000

_TAG = re.compile(r"<!--.*?-->|</?[a-zA-Z][^<>]*>", re.DOTALL)
_INLINE = re.compile(
    r"</?(?:a|abbr|b|bdi|big|br|cite|code|del|div|em|font|h[1-6]|i|img|ins|mark|p|q|s|small|span|strike|strong|sub|sup"
    r"|tt|u|wbr)\b[^<>]*>",
    re.IGNORECASE,
)
_NOWHERE = re.compile(r"https?:/*|#.*", re.IGNORECASE)
_PERIODS = {"hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
_MAX_TTL = timedelta(days=7)
_REFERENCE = re.compile(r"&#([xX][0-9a-fA-F]+|[0-9]+);?")
_INSIDE_LINK = re.compile(r"[\t\r\n]+")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_RFC822 = re.compile(
    r"(?:[^\W\d]+\.?,?\s+)?(\d{1,2})[\s-]+([a-z]{3})[a-z]*\.?,?[\s-]+(\d{4}|\d{2})"
    r"(?:,?\s+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?)?\s*([+-]\d{1,2}:?\d{2}|[a-z]{1,5})?(?:\s.*)?",
    re.IGNORECASE,
)
_CTIME = re.compile(
    r"[a-z]{3,9}\.?,?\s+([a-z]{3})[a-z]*\.?\s+(\d{1,2}),?\s+(?:(\d{4}),?\s+)?(\d{1,2}):(\d{2})(?::(\d{2}))?"
    r"\s*([+-]\d{1,2}:?\d{2}|[a-z]{1,5})?(?:\s+(\d{4}))?",
    re.IGNORECASE,
)
_STAMP = re.compile(r"\d{10}(?:\d{3})?")
_OFFSET = re.compile(r"([+-])(\d{1,2}):?(\d{2})")
# Minutes east of UTC. Names that mean different things in different countries are left to the outlet's own zone.
_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 60, "bst": 60, "cet": 60, "cest": 120, "eet": 120,
    "eest": 180, "msk": 180, "jst": 540, "kst": 540, "hkt": 480, "sgt": 480, "est": -300, "edt": -240, "cdt": -300,
    "mst": -420, "mdt": -360, "pst": -480, "pdt": -420, "aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780,
}  # fmt: skip
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*", re.IGNORECASE | re.ASCII)
# ISO 639-2 and 639-3 codes, as news sitemaps use them, of the languages that have a shorter one.
_SHORT = {
    "afr": "af", "alb": "sq", "amh": "am", "ara": "ar", "arb": "ar", "arm": "hy", "aze": "az", "baq": "eu", "bel": "be",
    "ben": "bn", "bos": "bs", "bul": "bg", "bur": "my", "cat": "ca", "ces": "cs", "chi": "zh", "cmn": "zh", "cym": "cy",
    "cze": "cs", "dan": "da", "deu": "de", "dut": "nl", "ell": "el", "eng": "en", "est": "et", "eus": "eu", "fas": "fa",
    "fin": "fi", "fra": "fr", "fre": "fr", "geo": "ka", "ger": "de", "gle": "ga", "glg": "gl", "gre": "el", "guj": "gu",
    "hau": "ha", "heb": "he", "hin": "hi", "hrv": "hr", "hun": "hu", "hye": "hy", "ice": "is", "ind": "id", "isl": "is",
    "ita": "it", "jpn": "ja", "kan": "kn", "kat": "ka", "kaz": "kk", "khm": "km", "kor": "ko", "lav": "lv", "lit": "lt",
    "mac": "mk", "mal": "ml", "mar": "mr", "may": "ms", "mkd": "mk", "mon": "mn", "msa": "ms", "mya": "my", "nep": "ne",
    "nld": "nl", "nob": "nb", "nor": "no", "pan": "pa", "per": "fa", "pol": "pl", "por": "pt", "ron": "ro", "rum": "ro",
    "rus": "ru", "sin": "si", "slk": "sk", "slo": "sk", "slv": "sl", "som": "so", "spa": "es", "sqi": "sq", "srp": "sr",
    "swa": "sw", "swe": "sv", "tam": "ta", "tel": "te", "tgl": "tl", "tha": "th", "tur": "tr", "ukr": "uk", "urd": "ur",
    "uzb": "uz", "vie": "vi", "zho": "zh",
}  # fmt: skip


def http_link(base: str, href: str | None) -> str | None:
    """Give the absolute http(s) address of a link, or None where it leads elsewhere or nowhere."""
    text = _INSIDE_LINK.sub("", href or "").strip()
    if not text or len(text) > MAX_LINK or _NOWHERE.fullmatch(text):
        return None
    try:
        address = urljoin(base, text)
        parts = urlsplit(address)
        parts.port  # noqa: B018  (asking is what checks it)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or not address.isprintable():
        return None
    return address


def headline(text: str | None, limit: int = 500) -> str | None:
    """Give a title as one clean line without markup, or None when nothing is left."""
    if not text:
        return None
    text = text[:_MAX_TEXT]
    if "<" in text:
        text = _INLINE.sub("", text)
    if "&" in text:
        text = html.unescape(text)
    return clean(text)[:limit].strip() or None


def plain(text: str | None, limit: int = 2000) -> str | None:
    """Give the words of a piece of HTML as one clean line, or None when nothing is left."""
    if not text:
        return None
    return clean(html.unescape(_TAG.sub(" ", text[:_MAX_TEXT])))[:limit].strip() or None


def language_tag(text: str | None) -> str | None:
    """Give a BCP 47 tag for what a list calls its language, or None."""
    tag = (text or "").strip().replace("_", "-")
    if not _LANGUAGE.fullmatch(tag):
        return None
    primary, *rest = tag.split("-")
    primary = _SHORT.get(primary.lower(), primary.lower())
    parts = [part.upper() if len(part) == 2 else part.title() if len(part) == 4 else part for part in rest]
    return "-".join([primary, *parts])


def zone_of(name: str) -> tzinfo:
    """Give the zone in which an outlet means dates that name none."""
    return UTC if name == "UTC" else ZoneInfo(name)


def moment(text: str | None, zone: tzinfo) -> datetime | None:
    """Read a date as lists write it, in UTC; a day without a time is its midnight in UTC. None when it is no date."""
    text = (text or "").strip()
    if not text or len(text) > 100:
        return None
    try:
        found = _moment(text, zone)
    except (ValueError, OverflowError):
        return None
    return found if found and found.year >= FIRST_YEAR else None


def _moment(text: str, zone: tzinfo) -> datetime | None:
    if text[:4].isdecimal() and text[4:5] == "-":
        return _utc(datetime.fromisoformat(text), UTC if len(text) <= 10 else zone)
    if _STAMP.fullmatch(text):
        return datetime.fromtimestamp(int(text[:10]), UTC)
    return _written(text, zone)


def _written(text: str, zone: tzinfo) -> datetime | None:
    if found := _RFC822.fullmatch(text):
        day, month, year, hour, minute, second, offset = found.groups()
    elif found := _CTIME.fullmatch(text):
        month, day, year, hour, minute, second, offset, late_year = found.groups()
        year = year or late_year or ""
    else:
        return None
    number = _MONTHS.index(month.lower()) + 1
    full_year = int(year) + (0 if len(year) > 2 else 2000 if int(year) < 70 else 1900)
    if hour is None:
        return datetime(full_year, number, int(day), tzinfo=UTC)
    # A leap second is written as :60 and known to no clock here.
    naive = datetime(full_year, number, int(day), int(hour) % 24, int(minute), min(int(second or 0), 59))  # noqa: DTZ001
    east = _east(offset)
    return _utc(naive, zone) if east is None else (naive - timedelta(minutes=east)).replace(tzinfo=UTC)


def _east(offset: str | None) -> int | None:
    if not offset:
        return None
    if found := _OFFSET.fullmatch(offset):
        minutes = int(found[2]) * 60 + int(found[3])
        return -minutes if found[1] == "-" else minutes
    return _ZONES.get(offset.lower())


def _utc(value: datetime, zone: tzinfo) -> datetime:
    return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC).replace(microsecond=0)


def ttl_of(texts: dict[str, str]) -> timedelta | None:
    """Give how long a list asks to be left alone, by `ttl` (RSS 2.0) and `sy:updatePeriod`, at most a week."""
    seconds = [0.0]
    if (minutes := texts.get("ttl", "").strip()).isdecimal():
        seconds.append(60.0 * min(int(minutes[:6]), 100_000))
    period = _PERIODS.get(texts.get("updatePeriod", "").strip().lower())
    if period:
        times = texts.get("updateFrequency", "1").strip()[:6]
        seconds.append(period / max(1, int(times) if times.isdecimal() else 1))
    return min(_MAX_TTL, timedelta(seconds=max(seconds))) if max(seconds) > 0 else None


def unpacked(document: Document) -> bytes:
    """Give the body, gunzipped where it still is gzip. Raises ReadingError above 50 MB or when it is damaged."""
    body = document.body
    for _ in range(2):
        if not body.startswith(b"\x1f\x8b"):
            break
        body = _gunzipped(body)
    if len(body) > MAX_UNPACKED:
        raise ReadingError(f"the list is above {MAX_UNPACKED // 1_000_000} MB")
    return body


def _gunzipped(body: bytes) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while body.startswith(b"\x1f\x8b"):
        stream = zlib.decompressobj(31)
        try:
            pieces.append(stream.decompress(body, MAX_UNPACKED + 1 - size))
        except zlib.error as error:
            raise ReadingError(f"the gzip file is damaged: {error}") from None
        size += len(pieces[-1])
        if size > MAX_UNPACKED:
            raise ReadingError(f"the list is above {MAX_UNPACKED // 1_000_000} MB when unpacked")
        if not stream.eof:
            raise ReadingError("the gzip file is cut short")
        body = stream.unused_data
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def local(element: Any) -> str:
    """Give an element's name without its namespace or undeclared prefix; the empty text for what is no element."""
    name = element.tag
    return name.rpartition("}")[2].rpartition(":")[2] if isinstance(name, str) else ""


def words_of(element: Any) -> str:
    """Give all text inside an element."""
    return (element.text or "") if len(element) == 0 else "".join(element.itertext())


def xml_root(body: bytes, document: Document, *, recover: bool = False) -> Any:
    """Parse XML without entities, DTDs or network. Raises ReadingError when it is not well-formed."""
    from lxml import etree

    body, encoding = _in_utf8(body, document.content_type)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        recover=recover,
        collect_ids=False,
        encoding=encoding,
    )
    try:
        root = etree.fromstring(body, parser, base_url=document.url)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ReadingError(f"the XML is damaged: {error}") from None
    if root is None:
        raise ReadingError("the document is empty")
    return root


def _in_utf8(body: bytes, content_type: str | None) -> tuple[bytes, str | None]:
    """Settle what charset XML is in before the parser believes a declaration that is wrong."""
    if body[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in body[:4] or (body.isascii() and b"\x1b$" in body):
        return decode(body, content_type).encode("utf-8", "replace"), "utf-8"
    if body.isascii():
        # Told so, the parser does not believe a declaration of UTF-7.
        return body, "utf-8"
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        if b"encoding" not in body[:200] and "charset" not in (content_type or "").lower():
            return body, None
        body = decode(body, content_type).encode("utf-8", "replace")
    return body, "utf-8"


def in_plain_utf8(body: bytes, content_type: str | None) -> bytes:
    """Give a damaged document in UTF-8, without references to signs that cannot be: readers fall over them."""
    text = decode(body, content_type)
    return (_REFERENCE.sub(_possible, text) if "&#" in text else text).encode("utf-8", "replace")


def _possible(found: re.Match[str]) -> str:
    digits = found[1].lstrip("0xX")
    number = int(digits or "0", 16 if found[1][0] in "xX" else 10) if len(digits) < 8 else 0
    return found[0] if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"


def capped(leads: Iterable[Lead], limit: int, notes: list[str]) -> tuple[Lead, ...]:
    """Give at most `limit` leads, each address once, and note what was cut."""
    unique: dict[str, Lead] = {}
    for lead in leads:
        if len(unique) >= limit and lead.url not in unique:
            notes.append(f"more than {limit} entries: the rest was left out")
            break
        unique.setdefault(lead.url, lead)
    return tuple(unique.values())
