"""The dateline at the head of an agency's text: `ISLAMABAD, November 16 (RIA Novosti)`."""

import re

from .months import MONTHS

_HEAD = re.compile(r"^(?P<line>.{2,100}?)\s?\.?\s?(?:[-–—]{1,2})\s?(?=\S)")
_TASS = re.compile(r"^(?P<line>[^\W\d_][^./]{1,60}\. /[^/\d]{2,30}/)\.?\s")
_NOVOSTI = re.compile(
    r"^(?P<line>(?P<place>[^\W\d_][^,\n]{1,60}),\s\d{1,2}\s[а-яё]{3,9}\s[-–—]\s(?:РИА|Sputnik|Новости|ТАСС|Прайм)[^.\n]{0,40})\.\s"
)
_AGENCY = re.compile(r"\s?(?:\(([^()\d]{2,40})\)|/([^/\d]{2,40})/)\s?[.:]?$")
_SMALL_AGENCIES = {
    "afp",
    "ansa",
    "ap",
    "apa",
    "ats",
    "belga",
    "dpa",
    "efe",
    "epd",
    "kna",
    "lusa",
    "ots",
    "pap",
    "sda",
    "sid",
}
_DATE = re.compile(r"^(?:(\d{1,2})\.?\s+([^\W\d_]{3,12})\.?|([^\W\d_]{3,12})\.?\s+(\d{1,2}))(?:,?\s+\d{4})?$")
_PLACE = re.compile(r"[^\W\d_]+(?:[ .'’/-]+[^\W\d_]+){0,4}\.?")


def find_dateline(paragraph: str) -> str | None:
    """Give the dateline that opens a paragraph, as written but for the dash; None where there is none."""
    found = _NOVOSTI.match(paragraph)
    if found and found["place"].isupper():
        return found["line"]
    found = _TASS.match(paragraph) or _HEAD.match(paragraph)
    if not found:
        return None
    line = found["line"].rstrip(" .:")
    agency = _AGENCY.search(line)
    if agency and not _is_agency(agency[1] or agency[2]):
        return None
    place, *others = [part.strip(" .") for part in (line[: agency.start()] if agency else line).split(",")]
    dated = [part for part in others if _is_date(part)]
    if not all(_is_place(part) for part in (place, *others) if part not in dated):
        return None
    shouted = place.isupper() and len(place) > 2
    return line if agency or (shouted and dated) else None


def _is_agency(name: str) -> bool:
    return name[0].isupper() or not name[0].islower() or name.lower().split("/")[0] in _SMALL_AGENCIES


def _is_place(text: str) -> bool:
    return bool(_PLACE.fullmatch(text)) and not text[0].islower() and len(text) <= 40


def _is_date(text: str) -> bool:
    found = _DATE.match(text)
    return bool(found) and (found[2] or found[3]).lower() in MONTHS if found else False
