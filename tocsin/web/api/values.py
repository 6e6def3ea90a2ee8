"""Values: the kinds of values that the API takes and gives, each with its schema."""

import base64
import json
import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, WithJsonSchema

from newsdesk import instant
from tocsin.when import parse_moment

# What no database takes as text: NUL and lone surrogates; a query may go over several lines.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_LONGEST = 400
_NO_CURSOR = "is no cursor of this list: take `next` of the page before as it is"


def _fit(text: str) -> str:
    if _UNFIT.search(text):
        raise ValueError("holds control characters")
    return text


def _moment(value: Any, info: ValidationInfo) -> datetime:
    if not isinstance(value, str):
        raise ValueError("write an instant like 2026-11-21T14:05:09Z, or how long ago, like 30d")
    now = (info.context or {}).get("now") or datetime.now(UTC)
    try:
        return parse_moment(value, now)
    except OverflowError:
        raise ValueError("is out of range") from None


def _told(value: Any) -> Any:
    return instant(value) if isinstance(value, datetime) else value


def _place(value: Any) -> list[str]:
    """Read what `cursor_at` wrote. Raises ValueError."""
    try:
        if not isinstance(value, str) or len(value) > _LONGEST:
            raise ValueError
        parts = json.loads(base64.urlsafe_b64decode(value.encode("ascii") + b"=" * (-len(value) % 4)))
        if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
            raise ValueError
        return [_fit(part) for part in parts]
    except (ValueError, RecursionError):
        raise ValueError(_NO_CURSOR) from None


def _by_age(value: Any) -> tuple[datetime, str]:
    try:
        moment, id = _place(value)
        at = datetime.fromisoformat(moment)
        if at.tzinfo is None or not 1000 < at.year < 9000:
            raise ValueError
    except ValueError:
        raise ValueError(_NO_CURSOR) from None
    return at, id


def _by_name(value: Any) -> str:
    place = _place(value)
    if len(place) != 1:
        raise ValueError(_NO_CURSOR)
    return place[0]


def cursor_at(*place: str) -> str:
    """Give a place in a list as a cursor."""
    text = json.dumps(list(place), separators=(",", ":"), ensure_ascii=True)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def cursor_of(moment: datetime, id: str) -> str:
    """Give the place of a thing in a list by age as a cursor."""
    return cursor_at(moment.astimezone(UTC).isoformat(), id)


Line = Annotated[str, Field(min_length=1, max_length=_LONGEST), AfterValidator(_fit)]
Lines = Annotated[str, Field(min_length=1), AfterValidator(_fit)]
Limit = Annotated[int, Field(ge=1, le=200)]
Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "examples": ["2026-11-21T14:05:09Z", "2026-11-21", "30d"]}),
]
"""An instant, a day, or how long before now."""
AgeCursor = Annotated[tuple[datetime, str], BeforeValidator(_by_age), WithJsonSchema({"type": "string"})]
"""A place in a list by age, newest first: the instant and the id of the last one that was looked at."""
NameCursor = Annotated[str, BeforeValidator(_by_name), WithJsonSchema({"type": "string"})]
"""A place in a list by name or id."""
When = Annotated[str, BeforeValidator(_told), WithJsonSchema({"type": "string", "format": "date-time"})]
"""RFC 3339 in UTC, to the second."""
