"""Cadence: when a source is polled next, from what its servers and its own rhythm say; pure functions of time."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from newsdesk import http_date

_DAY = timedelta(days=1)
_GRACE = timedelta(minutes=1)
_JITTER = 0.1
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,10})\"?(?:[,;\s]|$)", re.IGNORECASE)
_NO_CACHE = re.compile(r"(?:^|[,\s])no-(?:cache|store)(?:[,;\s=]|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How often a source may be polled: the operator's wishes, already clamped for the host."""

    every: timedelta
    low: timedelta
    high: timedelta
    explicit: bool = False
    """The outlet's own file says how often: the publisher's hints inside the list do not slow it down."""
    poll_at: tuple[str, ...] = ()
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the last visit showed."""

    interval: timedelta
    fresh: bool = False
    failures: int = 0
    quiet_for: timedelta = timedelta(0)
    retry_after: timedelta | None = None
    not_before: timedelta = timedelta(0)
    ttl: timedelta | None = None
    skip_hours: frozenset[int] = field(default_factory=frozenset)
    skip_days: frozenset[int] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Next:
    """When the next visit is due, the interval it came from, and why."""

    at: datetime
    interval: timedelta
    reason: str


def next_poll(rhythm: Rhythm, outcome: Outcome, now: datetime, dice: float) -> Next:
    """Decide on the next visit; `dice` in [0, 1) spreads the starts of many sources."""
    if outcome.failures:
        return _after_failure(rhythm, outcome, now, dice)
    interval, reason = _interval(rhythm, outcome)
    if rhythm.poll_at:
        times = [next_fire(expression, rhythm.timezone, now) for expression in rhythm.poll_at]
        # The schedule keeps these times itself; this due time only makes good a visit that was missed.
        return Next(min(times) + _GRACE, interval, "poll_at")
    at = now + interval * (1 + _JITTER * (2 * dice - 1))
    if outcome.not_before > interval:
        at, reason = now + min(outcome.not_before, max(rhythm.high, rhythm.every)), "cache headers"
    if not rhythm.explicit:
        at, reason = _skipped(at, outcome, reason)
    return Next(at, interval, reason)


def _interval(rhythm: Rhythm, outcome: Outcome) -> tuple[timedelta, str]:
    """Go faster while each visit brings news, back to the base while not, slower when nothing came for long."""
    base, reason = rhythm.every, "poll_every"
    if outcome.ttl and outcome.ttl > base and not rhythm.explicit:
        base, reason = min(outcome.ttl, rhythm.high), "the list's own wish"
    idle = outcome.quiet_for / 100
    if outcome.fresh:
        wanted, reason = outcome.interval * 0.8, "news at each visit"
    elif idle > base:
        return min(idle, max(rhythm.high, base)), "nothing new for long"
    else:
        wanted = outcome.interval * 1.25
    interval = min(max(wanted, rhythm.low), base)
    return interval, reason if interval < base or not outcome.fresh else "poll_every"


def _after_failure(rhythm: Rhythm, outcome: Outcome, now: datetime, dice: float) -> Next:
    pause = min(max(rhythm.every, rhythm.low) * 2 ** min(outcome.failures - 1, 20), _DAY)
    reason = "back-off"
    if outcome.retry_after is not None and outcome.retry_after > pause:
        pause, reason = min(outcome.retry_after, _DAY), "Retry-After"
    # Upwards alone: a host that asked for a rest gets all of it.
    return Next(now + pause * (1 + 2 * _JITTER * dice), pause, reason)


def _skipped(at: datetime, outcome: Outcome, reason: str) -> tuple[datetime, str]:
    """Move `at` out of the hours and days in which the publisher asks not to be polled."""
    if len(outcome.skip_hours) >= 24 or len(outcome.skip_days) >= 7:
        return at, reason
    for _ in range(24 * 8):
        utc = at.astimezone(UTC)
        if utc.hour not in outcome.skip_hours and utc.weekday() not in outcome.skip_days:
            break
        at = utc.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        reason = "skipHours or skipDays"
    return at, reason


def fresh_for(headers: Mapping[str, str]) -> timedelta:
    """Give how long an answer stays fresh by Cache-Control or Expires; nothing where it does not say."""
    control = headers.get("cache-control", "")
    if _NO_CACHE.search(control):
        return timedelta(0)
    if found := _MAX_AGE.search(control):
        age = headers.get("age", "").strip()
        spent = int(age) if re.fullmatch(r"\d{1,10}", age) else 0
        return min(timedelta(seconds=max(0, int(found[1]) - spent)), _DAY)
    expires, date = http_date(headers.get("expires", "")), http_date(headers.get("date", ""))
    if expires and date and expires > date:
        return min(expires - date, _DAY)
    return timedelta(0)


def next_fire(expression: str, timezone: str, now: datetime) -> datetime:
    """Give the first instant after `now` that a cron expression, in the plain form of cron.py, names in its zone."""
    minutes, hours, days, months, weekdays = expression.split()
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    for offset in range(366 * 5):
        day = today + timedelta(days=offset)
        if not (_named(months, day.month) and _day_named(days, weekdays, day.day, _WEEKDAYS[day.weekday()])):
            continue
        for hour in _values(hours, 24):
            for minute in _values(minutes, 60):
                at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).astimezone(UTC)
                if at > now:
                    return at
    return now + _DAY


def _values(field_text: str, count: int) -> Sequence[int]:
    return range(count) if field_text == "*" else [int(value) for value in field_text.split(",")]


def _named(field_text: str, value: int) -> bool:
    return field_text == "*" or str(value) in field_text.split(",")


def _day_named(days: str, weekdays: str, day: int, weekday: str) -> bool:
    """Judge a day as crontab(5) does: where both fields are given, either will do."""
    by_date, by_week = _named(days, day), weekdays == "*" or weekday in weekdays.split(",")
    if days != "*" and weekdays != "*":
        return by_date or by_week
    return by_date and by_week
