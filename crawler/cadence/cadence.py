"""Cadence: when a source is polled next; a pure function of what was seen of it and of the present instant.

Where articles come as a Poisson stream of rate r(t), polls with the density p(t) find them after a mean delay of
1 / 2p(t). The least total delay, the integral of r / 2p, at a fixed number of polls, the integral of p, is had with p
proportional to the square root of r (Lagrange; Cauchy-Schwarz gives the saving). This holds between the hours of one
outlet and between outlets alike, so one scale serves all: an outlet of an ordinary rhythm, fifty articles a day, is
asked each `poll_every`, one with four times the rate twice as often, one that sleeps seldom. The rate is the habit
(habit.py: hour of day, weekday, level) times the mood: news draws news, and a burst raises it for some hours.

The next poll is where the integral of p from now on reaches one. It so falls soon after a morning's rush sets in, not
where the interval of the night happens to end.

Slowness is earned: whatever the dates in a list say, an interval longer than `poll_every` is at most a fiftieth of the
time for which the source was watched. Haste needs no such proof: a busy list is asked often from its first reading on.

What the server wishes comes after all this and can only delay: Cache-Control and Expires (RFC 9111 4.2.1), the list's
own ttl, skipHours, skipDays and updatePeriod, Retry-After. Such wishes count up to `hint_max`.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from newsdesk import http_date

from .habit import Habit

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_GRACE = timedelta(minutes=1)
_JITTER = 0.05
_BACK_OFF_JITTER = 0.2
_SPREAD = timedelta(minutes=5)
_ORDINARY = 2 / 3600
"""Articles a second of an outlet that is asked each `poll_every`."""
_EARNED = 50
_STEP = 600.0
_BACKUP = timedelta(hours=1)
_BACKUP_POLLS = 12
_BUSY, _QUIET = 0.8, 1.25
_OWN_RHYTHM = "its rhythm"
_GAP = "a gap: looking sooner"
_WINDOW = "its list turns over fast"
_HUB = "backup of its hub"
_CACHE, _TTL, _SKIPPED = "cache headers", "ttl", "skipHours or skipDays"
BACK_OFF, RETRY_AFTER, POLL_AT = "back-off", "Retry-After", "poll_at"
"""Why a source is asked when it is, as people read it."""
WISHES = (BACK_OFF, RETRY_AFTER, _CACHE, _TTL, _SKIPPED)
"""Why a source is left alone even where there is reason to look: its server asked for it."""
_USUAL = ("poll_every", _OWN_RHYTHM, _GAP, _WINDOW, _HUB, "news at each visit", "nothing new for long")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,10})\"?(?:[,;\s]|$)", re.IGNORECASE)
_NO_CACHE = re.compile(r"(?:^|[,\s])no-(?:cache|store)(?:[,;\s=]|$)", re.IGNORECASE)
_NUMBERS = re.compile(r"(\d*)/([\d,]*)/([\d,]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How often a source may be polled: the operator's wishes, already clamped for the host."""

    every: timedelta
    low: timedelta
    high: timedelta
    hint_max: timedelta = _DAY
    """How long a rest a server may ask for."""
    poll_at: tuple[str, ...] = ()
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a list itself says of when to ask; hours and days are in UTC, Monday is 0 (RSS 2.0; RSS 1.0 syndication)."""

    ttl: timedelta | None = None
    skip_hours: frozenset[int] = field(default_factory=frozenset)
    skip_days: frozenset[int] = field(default_factory=frozenset)

    def dumps(self) -> str | None:
        """Give the wishes as compact text, None where there are none: an answer of 304 does not repeat them."""
        if self == Wishes():
            return None
        parts = [str(int(self.ttl.total_seconds())) if self.ttl else ""]
        return "/".join([*parts, *(",".join(map(str, sorted(skip))) for skip in (self.skip_hours, self.skip_days))])

    @classmethod
    def loads(cls, text: str | None) -> "Wishes":
        """Read what dumps() gave."""
        if not text or not (found := _NUMBERS.fullmatch(text)):
            return cls()
        ttl, hours, days = found.groups()
        return cls(ttl=timedelta(seconds=int(ttl)) if ttl else None, skip_hours=_set(hours), skip_days=_set(days))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the visits up to now showed."""

    habit: Habit = field(default_factory=Habit.empty)
    watched_for: timedelta = timedelta(0)
    """Since when the list is read, by this crawler's own clock."""
    failures: int = 0
    gap: bool = False
    """The last two readings shared no item: some may have scrolled by."""
    window: timedelta | None = None
    """In what time all of the list's items are replaced by newer ones, as the last two readings show it."""
    hub: bool = False
    """A hub tells of news (WebSub): polls are but a backup."""
    retry_after: timedelta | None = None
    not_before: timedelta = timedelta(0)
    wishes: Wishes = field(default_factory=Wishes)


@dataclass(frozen=True, slots=True)
class Next:
    """When the next visit is due, the interval it came from, why, and what `poll_every` was."""

    at: datetime
    interval: timedelta
    reason: str
    every: timedelta = timedelta(0)


def next_poll(rhythm: Rhythm, outcome: Outcome, now: datetime, dice: float) -> Next:
    """Decide on the next visit; `dice` in [0, 1) spreads the starts of many sources."""
    if outcome.failures:
        wait, reason = _after_failure(rhythm, outcome), BACK_OFF
        # Upwards alone: a host that asked for a rest gets all of it.
        soonest = wait * (1 + _BACK_OFF_JITTER * dice)
    elif rhythm.poll_at:
        times = [next_fire(expression, rhythm.timezone, now) for expression in rhythm.poll_at]
        # The schedule keeps these times itself; this due time only makes good a visit that was missed.
        wait, reason = min(times) + _GRACE - now, POLL_AT
        soonest = wait
    else:
        wait, reason = _by_rhythm(rhythm, outcome, now)
        soonest = max(rhythm.low, wait * (1 + _JITTER * (2 * dice - 1)))
    rest, wish = _hint(rhythm, outcome)
    if rest > wait:
        wait, reason = rest, wish
    after = now + max(soonest, rest)
    at = _skipped(after, outcome.wishes, dice)
    if at > after:
        wait, reason = at - now, _SKIPPED
    return Next(at, wait, reason, rhythm.every)


def is_shortened(reason: str, every: timedelta, now_every: timedelta) -> bool:
    """Tell whether a wait that came of `poll_every`, not of a server's wish, is too long since it was made shorter."""
    return reason.startswith(_USUAL) and now_every < every


def _by_rhythm(rhythm: Rhythm, outcome: Outcome, now: datetime) -> tuple[timedelta, str]:
    most = min(rhythm.high, max(rhythm.every, outcome.watched_for / _EARNED))
    wait = min(max(_until_due(outcome.habit, rhythm.every, most, now), rhythm.low), most)
    if outcome.hub:
        return min(max(wait, _BACKUP_POLLS * rhythm.every, _BACKUP), rhythm.high), _HUB
    # Two looks in the time in which the list turns over: so two readings still share half of their items.
    turn = max(outcome.window / 2, rhythm.low) if outcome.window is not None else wait
    if outcome.gap and wait / 2 >= rhythm.low:
        return min(min(wait, rhythm.every) / 2, turn), _GAP
    if turn < wait:
        return turn, _WINDOW
    return wait, _why(rhythm, outcome.habit, wait, now)


def _until_due(habit: Habit, every: timedelta, most: timedelta, now: datetime) -> timedelta:
    """Give how long it takes until the integral of the polling density reaches one, at most `most`."""
    passed, reached, limit = 0.0, 0.0, most.total_seconds()
    scale = every.total_seconds() * math.sqrt(_ORDINARY)
    while passed < limit:
        at = now + timedelta(seconds=passed)
        step = min(_STEP, 3600 - at.timestamp() % 3600, limit - passed)
        density = math.sqrt(habit.rate(at) * habit.mood(at)) / scale
        if density * step >= 1 - reached:
            return timedelta(seconds=passed + (1 - reached) / density)
        reached += density * step
        passed += max(step, 1e-3)
    return most


def _why(rhythm: Rhythm, habit: Habit, wait: timedelta, now: datetime) -> str:
    if wait < rhythm.every * _BUSY:
        return f"{_OWN_RHYTHM}: busy now"
    if wait <= rhythm.every * _QUIET:
        return "poll_every"
    rates = [habit.rate(now + hours * _HOUR) for hours in range(168)]
    mean = sum(rates) / len(rates)
    if rates[0] < mean / 2:
        hours = next(hour for hour, rate in enumerate(rates) if rate >= mean / 2)
        wakes = (now + hours * _HOUR).astimezone(ZoneInfo(rhythm.timezone))
        return f"{_OWN_RHYTHM}: quiet until {wakes:%H}:00" if hours < 24 else f"{_OWN_RHYTHM}: quiet until {wakes:%A}"
    return f"{_OWN_RHYTHM}: little news"


def _after_failure(rhythm: Rhythm, outcome: Outcome) -> timedelta:
    doublings: int = min(outcome.failures - 1, 20)
    return min(max(rhythm.every, rhythm.low) * (1 << doublings), _DAY)


def _hint(rhythm: Rhythm, outcome: Outcome) -> tuple[timedelta, str]:
    """Give the longest rest that the server or the list asks for, and by what."""
    asked = [
        (outcome.not_before, _CACHE),
        (outcome.wishes.ttl or timedelta(0), _TTL),
        (outcome.retry_after or timedelta(0), RETRY_AFTER),
    ]
    rest, wish = max(asked)
    return min(rest, rhythm.hint_max), wish


def _skipped(at: datetime, wishes: Wishes, dice: float) -> datetime:
    """Move `at` out of the hours and days in which the publisher asks not to be polled."""
    if len(wishes.skip_hours) >= 24 or len(wishes.skip_days) >= 7:
        return at
    moved = at.astimezone(UTC)
    while moved.hour in wishes.skip_hours or moved.weekday() in wishes.skip_days:
        moved = moved.replace(minute=0, second=0, microsecond=0) + _HOUR
    return at if moved == at else moved + _SPREAD * dice


def fresh_for(headers: Mapping[str, str]) -> timedelta:
    """Give how long an answer stays fresh by Cache-Control or Expires; nothing where it does not say."""
    control = headers.get("cache-control", "")
    if _NO_CACHE.search(control):
        return timedelta(0)
    if found := _MAX_AGE.search(control):
        age = headers.get("age", "").strip()
        spent = int(age) if re.fullmatch(r"\d{1,10}", age) else 0
        return timedelta(seconds=max(0, int(found[1]) - spent))
    expires, date = http_date(headers.get("expires", "")), http_date(headers.get("date", ""))
    if expires and date and expires > date:
        return expires - date
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


def _set(text: str) -> frozenset[int]:
    return frozenset(int(number) for number in text.split(",") if number)


def _named(field_text: str, value: int) -> bool:
    return field_text == "*" or str(value) in field_text.split(",")


def _day_named(days: str, weekdays: str, day: int, weekday: str) -> bool:
    """Judge a day as crontab(5) does: where both fields are given, either will do."""
    by_date, by_week = _named(days, day), weekdays == "*" or weekday in weekdays.split(",")
    if days != "*" and weekdays != "*":
        return by_date or by_week
    return by_date and by_week
