"""Durations and sizes as people write them: `90s`, `5m`, `2h`, `7d`; `10MB`."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator

FOREVER = timedelta.max
"""How long things are kept that are never thrown away."""

_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_BYTES = {"B": 1, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


def parse_duration(value: Any) -> timedelta:
    """Read `90s`, `5m`, `1.5h`, `7d`. Raises ValueError with the remedy."""
    if isinstance(value, timedelta):
        return value
    found = re.fullmatch(r"(\d{1,15}(?:\.\d+)?)\s*(ms|[smhdw])", str(value).strip())
    if not found:
        raise ValueError("write a number and a unit, like 90s, 5m, 2h, 7d")
    try:
        return timedelta(seconds=float(found[1]) * _SECONDS[found[2]])
    except OverflowError:
        raise ValueError("no duration may be so long") from None


def parse_keep(value: Any) -> timedelta:
    """Read `forever`, or a duration of a day at least. Raises ValueError with the remedy."""
    if value == "forever":
        return FOREVER
    try:
        duration = parse_duration(value)
    except ValueError:
        raise ValueError("write forever, or a number and a unit, like 90d") from None
    if duration < timedelta(days=1):
        raise ValueError("keep articles a day at least: their addresses tell what is new")
    return duration


def parse_size(value: Any) -> int:
    """Read `10MB`, `512kB` into bytes. Raises ValueError with the remedy."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    found = re.fullmatch(r"(\d{1,15}(?:\.\d+)?)\s*([kKMG]i?B|B)", str(value).strip())
    if not found or found[2] not in _BYTES:
        raise ValueError("write a number and a unit, like 512kB, 10MB")
    return int(float(found[1]) * _BYTES[found[2]])


def show_duration(duration: timedelta) -> str:
    """Write a duration in its largest whole unit, up to days: `5m`, `90s`, `14d`, or `forever`."""
    if duration == FOREVER:
        return "forever"
    seconds = duration.total_seconds()
    for unit in ("d", "h", "m", "s"):
        if seconds and seconds % _SECONDS[unit] == 0:
            return f"{int(seconds // _SECONDS[unit])}{unit}"
    return f"{seconds:g}s"


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
Keep = Annotated[timedelta, BeforeValidator(parse_keep)]
Size = Annotated[int, BeforeValidator(parse_size)]
