"""Dates as pages write them: an instant, how exactly it is known, and the very words.

A time without a zone is worth only its day unless the outlet's zone is known; midnight to the second is how
systems write a day; a word that is no date gives nothing. Nothing is ever guessed from the present moment.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from newsdesk import Precision

from .months import MONTHS
from .texts import clean

FIRST_YEAR = 1500
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Moment:
    """One date that a page names: in UTC; `zoned` when the zone was said and not taken from the outlet."""

    value: datetime
    precision: Precision
    raw: str
    zoned: bool = True


_ISO = re.compile(
    r"(\d{4})-(\d\d?)(?:-(\d\d?)(?:[T ]\s?(\d\d?):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?)?)?\s*"
    r"(Z|UTC|GMT|[+-]\d\d:?(?:\d\d)?|[+-]\d)?(?:\[[\w/+-]+\])?",
    re.I,
)
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d)?(Z|[+-]\d\d:?\d\d)?)?")
_STAMP = re.compile(r"\d{9,10}(?:\.\d+)?|\d{12,13}")
_CLOCK = re.compile(
    r"(?<!\d)(\d{1,2})[:.hч](\d\d)(?::(\d\d))?(?![\d:.])\s*(?:uhr|h(?![a-z]))?\s*([ap]\.?\s?m\b\.?)?", re.I
)
_ZONE = re.compile(
    r"(?<![\w])(?:\(?(?:(UTC|GMT)\s?([+-]\d{1,2}(?::?\d\d)?)?|([+-]\d\d:?\d\d)|"
    r"(MSK|МСК|EST|EDT|CST|CDT|PST|PDT|MST|MDT|ET|CET|CEST|EET|EEST|BST|IST|JST|KST|AEST|AEDT|HKT|SGT|PKT|WIB|SAST|TRT)"
    r")\)?|(мск|по москве|московского времени))(?![\w])"
)
_WORDED = re.compile(
    r"(?<![\w])(\d{1,2})(?:st|nd|rd|th|er|º|°|ª)?[\s.,/\-]*(?:de\s+|of\s+)?"
    r"([^\W\d_]{2,14})[\s.,/\-']*(?:de\s+|del\s+)?(\d{4})(?!\d)"
)
_MONTH_FIRST = re.compile(r"(?<![\w])([^\W\d_]{3,14})[\s.]*(\d{1,2})(?:st|nd|rd|th)?[\s,]+(\d{4})(?!\d)")
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})\s?[년年]\s?(\d{1,2})\s?[월月]\s?(\d{1,2})\s?[일日]")
_NUMBERS = re.compile(r"(?<![\d:])(\d{1,4})([./\-])\s?(\d{1,2})\2\s?(\d{4}|\d\d)(?![\d:])")
_MONTH_ONLY = re.compile(r"([^\W\d_]{3,14})[\s,]+(\d{4})")
_HOURS = {
    "MSK": 3, "МСК": 3, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "PST": -8, "PDT": -7, "MST": -7, "MDT": -6,
    "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "BST": 1, "IST": 5.5, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11,
    "HKT": 8, "SGT": 8, "PKT": 5, "WIB": 7, "SAST": 2, "TRT": 3,
}  # fmt: skip
_NAMED = {"ET": "America/New_York"}


def read_date(raw: str | None, timezone_name: str | None = None) -> Moment | None:
    """Read one date, in whatever form; `timezone_name` is the outlet's, for times that name no zone."""
    text = clean(raw) if raw and len(raw) <= 40 * _LONGEST else ""
    if not text or len(text) > _LONGEST:
        return None
    try:
        found = _of_stamp(text) or _of_numbers(text, timezone_name) or _of_mail(text) or _of_words(text, timezone_name)
    except (ValueError, OverflowError):
        return None
    return found if found and found.value.year >= FIRST_YEAR else None


def read_stamp(raw: str | None) -> Moment | None:
    """Read a unix stamp in seconds or milliseconds."""
    try:
        return _of_stamp(clean(raw))
    except (ValueError, OverflowError):
        return None


def only_a_date(line: str) -> bool:
    """Tell whether a line is nothing but a date (perhaps with "Published:" or "Updated" before it)."""
    if len(line) > _LONGEST or not any(letter.isdigit() for letter in line):
        return False
    bare = _LABEL.sub("", line)
    return not any(letter.isalnum() for letter in _leftover(bare)) and read_date(bare) is not None


_LABEL = re.compile(
    r"^\s*(?:(?:first |last |date )?(?:published|posted|updated|modified|created)(?: at| on)?|date|on|"
    r"опубликовано|обновлено|дата|publié le|mis à jour le|le|date de publication|fecha|data|"
    r"(?:veröffentlicht|aktualisiert|erschienen)(?: am)?|stand|datum|erscheinungsdatum|"
    r"(?:publicado|actualizado|atualizado)(?: el| em)?|(?:pubblicato|aggiornato)(?: il)?|"
    r"am|em|el|il)\b[\s:]*",
    re.I,
)
_WEEKDAY = re.compile(
    r"\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b|"
    r"\b(?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lundi|mardi|mercredi|jeudi|vendredi|samedi|"
    r"dimanche|lunes|martes|miércoles|jueves|viernes|sábado|domingo)\b|\b(?:at|um|à|a las|uhr|ore|alle|в)\b",
    re.I,
)


def _leftover(line: str) -> str:
    for pattern in (_ISO, _YEAR_FIRST, _NUMBERS, _WORDED, _MONTH_FIRST):
        line = pattern.sub(" ", line, count=1)
    return _WEEKDAY.sub(" ", _ZONE.sub(" ", _CLOCK.sub(" ", line)))


def _of_stamp(text: str) -> Moment | None:
    if not _STAMP.fullmatch(text):
        return None
    number = float(text)
    value = datetime.fromtimestamp(int(number / 1000 if number > 1e11 else number), UTC)
    return Moment(value, Precision.SECOND, text)


def _of_numbers(text: str, zone_name: str | None) -> Moment | None:
    found = _ISO.fullmatch(text) or _COMPACT.fullmatch(text)
    if not found:
        return None
    year, month, day, hour, minute, second, zone = found.groups()
    if int(year) < FIRST_YEAR:
        return None
    if day is None:
        return Moment(datetime(int(year), int(month), 1, tzinfo=UTC), Precision.MONTH, text)
    return _moment((year, month, day), (hour, minute, second), _offset(zone), zone_name, text)


def _of_mail(text: str) -> Moment | None:
    if not re.match(r"[A-Za-z]{3,9},? ", text) or ":" not in text:
        return None
    try:
        value = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    if value.tzinfo is None or not re.search(r"(?:GMT|UTC|UT|[+-]\d{4})\)?$", text):
        return None
    exact = Precision.SECOND if value.second else Precision.MINUTE
    return Moment(value.astimezone(UTC), exact, text) if value.year >= FIRST_YEAR else None


def _of_words(text: str, zone_name: str | None) -> Moment | None:
    day = _day(text.lower())
    if day is None:
        found = _MONTH_ONLY.fullmatch(text.lower())
        if found and found[1] in MONTHS:
            return Moment(datetime(int(found[2]), MONTHS[found[1]], 1, tzinfo=UTC), Precision.MONTH, text)
        return None
    date, rest = day
    clock = _CLOCK.search(rest)
    zone = _ZONE.search(text) if clock else None
    return _moment(date, _time(clock), _named_zone(zone), zone_name, text)


def _day(text: str) -> tuple[tuple[int, int, int], str] | None:
    """Find the day; also give the text without it, in which the clock is looked for."""
    for pattern, order in ((_WORDED, "dmy"), (_MONTH_FIRST, "mdy"), (_YEAR_FIRST, "ymd")):
        for found in pattern.finditer(text):
            part = dict(zip(order, found.groups(), strict=True))
            month = int(part["m"]) if part["m"].isdigit() else MONTHS.get(part["m"])
            if month:
                rest = f"{text[: found.start()]} | {text[found.end() :]}"
                return (int(part["y"]), month, int(part["d"])), rest
    numbers = _NUMBERS.search(text) or re.search(r"(?<!\d)(\d{4})([./\-])(\d\d?)\2(\d\d?)(?!\d)", text)
    if not numbers:
        return None
    date = _order(numbers[1], numbers[2], numbers[3], numbers[4])
    return (date, f"{text[: numbers.start()]} | {text[numbers.end() :]}") if date else None


def _order(first: str, mark: str, second: str, third: str) -> tuple[int, int, int] | None:
    """Tell day, month and year apart; None where 3/4/2020 could be either."""
    if len(first) == 4:
        return int(first), int(second), int(third)
    if len(first) > 2:
        return None
    year = int(third) if len(third) == 4 else 2000 + int(third)
    one, two = int(first), int(second)
    if mark == "." or one > 12 or one == two:
        return year, two, one
    return (year, one, two) if two > 12 else None


def _time(clock: re.Match[str] | None) -> tuple[str | None, str | None, str | None]:
    if clock is None:
        return None, None, None
    hour, minute, second, half = clock.groups()
    if half:
        hour = str(int(hour) % 12 + (12 if half[0].lower() == "p" else 0))
    return hour, minute, second


def _moment(
    date: tuple[str | int, str | int, str | int],
    clock: tuple[str | None, str | None, str | None],
    said: tzinfo | None,
    zone_name: str | None,
    raw: str,
) -> Moment:
    year, month, day = map(int, date)
    hour, minute, second = clock
    zone = said or _zone(zone_name)
    midnight = not any(int(part or 0) for part in clock)
    if hour is None or zone is None or midnight:
        return Moment(datetime(year, month, day, tzinfo=UTC), Precision.DAY, raw, zoned=said is not None)
    local = datetime(year, month, day, int(hour), int(minute or 0), min(int(second or 0), 59), tzinfo=zone)
    # Systems that know only the minute write :00; one second in sixty is claimed too modestly, none too boldly.
    precision = Precision.SECOND if int(second or 0) else Precision.MINUTE
    return Moment(local.astimezone(UTC), precision, raw, zoned=said is not None)


def _offset(text: str | None) -> tzinfo | None:
    if not text:
        return None
    if text.upper() in ("Z", "UTC", "GMT"):
        return UTC
    digits = text[1:].replace(":", "")
    hours, minutes = int(digits[:2]), int(digits[2:] or 0)
    span = timedelta(hours=hours, minutes=minutes)
    return timezone(-span if text[0] == "-" else span)


def _named_zone(found: re.Match[str] | None) -> tzinfo | None:
    if found is None:
        return None
    utc, shift, offset, name, moscow = found.groups()
    if utc:
        return _offset(shift if shift is None or len(shift) > 2 else f"{shift[0]}0{shift[1:]}") or UTC
    if offset:
        return _offset(offset)
    if moscow:
        return timezone(timedelta(hours=3))
    return _zone(_NAMED[name]) if name in _NAMED else timezone(timedelta(hours=_HOURS[name]))


@lru_cache(maxsize=256)
def _zone(name: str | None) -> tzinfo | None:
    if not name:
        return None
    try:
        return UTC if name.upper() in ("UTC", "GMT", "Z") else ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def agree(said: Moment, stamp: Moment) -> Moment:
    """Weigh a date in words against a unix stamp of the same event: where only their zones differ, the stamp holds.

    The stamp is the one that no template mislabels; that the page contradicts itself lowers what is claimed.
    """
    apart = abs((said.value - stamp.value).total_seconds())
    if said.precision is Precision.SECOND and apart < 1:
        return said
    if said.precision in (Precision.DAY, Precision.MONTH):
        return replace(stamp, raw=said.raw) if apart < 48 * 3600 else said
    if apart < 60:
        return replace(stamp, raw=said.raw)
    quarters = apart / 900
    zone_apart = apart <= 14 * 3600 and abs(quarters - round(quarters)) * 900 < 60
    return replace(stamp, raw=said.raw, precision=Precision.MINUTE) if zone_apart else said
