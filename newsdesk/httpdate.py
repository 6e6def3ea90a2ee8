"""Instants and waits as servers write them in headers; what makes no sense counts as not said."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_LONGEST = 1e9
"""Seconds; whoever waits has a bound of his own far below."""


def http_date(text: str) -> datetime | None:
    """Read a date of a header (RFC 9110 §5.6.7) as an aware instant; one without a zone is in UTC."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def retry_after(value: str | None, now: datetime) -> float | None:
    """Read Retry-After (RFC 9110 §10.2.3), seconds or a date, as seconds from `now`; None when absent or senseless."""
    if value is None:
        return None
    text = value.strip()
    if re.fullmatch(r"[0-9]+", text):
        return min(float(text[:12]), _LONGEST)
    moment = http_date(text)
    return None if moment is None else max(0.0, (moment - now).total_seconds())
