"""Trend: what number of stories is usual for an hour or a day, and which is none that chance brings; pure functions.

Counts are taken for negative binomial: Poisson's, where each story comes by itself, with a rate that is itself uneven,
as news draws news. The rate is the level of the last weeks (half-life two weeks), times the habit of the hour of the
day (smoothed over its neighbours), times that of the weekday; each factor is a gamma prior of one for the next, so that
little evidence says little. How uneven counts are is learnt from how they strayed from that rate, and what is not
known of the rate itself counts as unevenness, too. A count is unusual where the upper tail is as improbable as that of
a normal distribution at the chosen sigma: a z-score would call one story after three quiet hours an alarm.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import cached_property, lru_cache
from statistics import NormalDist

from ..occasion import Per

WINDOW = timedelta(days=28)
"""How far back the usual is learnt from."""

NEEDED = {Per.HOUR: 7, Per.DAY: 14}
"""How many days must have been watched before anything is called unusual."""

CALM = {Per.HOUR: 3, Per.DAY: 1}
"""After how many usual hours or days in a row an episode is over."""

SLOT = 900
"""Seconds; every zone's offset from UTC is a multiple of it, so that counts by it serve any zone."""

_HALF_LIFE = 14.0
_HOUR_PRIOR, _DAY_PRIOR = 3.0, 8.0
"""How many stories' worth of evidence outweighs that each hour, each weekday is like any other."""
_STRAY, _STRAY_PRIOR = 0.25, 4.0
"""How uneven counts are taken to be at first (variance beyond Poisson's over squared mean), and how firmly."""
_LEAST_STRAY, _MOST_STRAY = 0.01, 10.0
_HALF_A_STORY = 0.5
_BURSTS = 0.03
"""What share of the buckets may have been bursts ..."""
_FAR_OUT = 4.0
"""... and at how many sigma of the others they are cut."""
_MOSTLY = 0.75
"""An hour or day that was watched for less of it tells nothing."""

Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Bucket:
    """One hour or day of the clock in the zone of a watch."""

    begin: datetime
    end: datetime

    @property
    def slots(self) -> range:
        """Give the quarters of an hour in it."""
        return range(slot_of(self.begin), slot_of(self.end))


def slot_of(moment: datetime) -> int:
    """Give the quarter of an hour that a moment falls into, counted from 1970."""
    return int(moment.timestamp()) // SLOT


def bucket_of(moment: datetime, per: Per, zone: tzinfo) -> Bucket:
    """Give the hour or day that a moment falls into."""
    local = moment.astimezone(zone)
    if per is Per.HOUR:
        # Counted in UTC, so that a clock change neither skips nor doubles an hour.
        offset = (local.utcoffset() or timedelta()) % timedelta(hours=1)
        begin = (moment.astimezone(UTC) + offset).replace(minute=0, second=0, microsecond=0) - offset
        return Bucket(begin, begin + timedelta(hours=1))
    first, last = (
        datetime.combine(local.date() + timedelta(days=days), time(), zone).astimezone(UTC) for days in (0, 1)
    )
    return Bucket(first, last)


def buckets_before(bucket: Bucket, per: Per, zone: tzinfo, since: datetime) -> Iterator[Bucket]:
    """Give the buckets before one, newest first, as far as they lie after `since` as a whole."""
    while True:
        bucket = bucket_of(bucket.begin - timedelta(seconds=1), per, zone)
        if bucket.begin < since:
            return
        yield bucket


def watched(stretches: Sequence[Stretch], begin: datetime, end: datetime) -> timedelta:
    """Give how much of a time somebody was looking; before the first stretch somebody was, for all that is known."""
    known = [(begin, min(end, stretches[0][0])), *stretches] if stretches else [(begin, end)]
    parts = ((max(first, begin), min(last, end)) for first, last in known)
    return sum((last - first for first, last in parts if first < last), timedelta())


def runs_out(stretches: Sequence[Stretch], since: datetime, after: timedelta, now: datetime) -> datetime:
    """Give when a silence that began at `since` will have been watched for so long, or was."""
    left = after
    first = [(since, stretches[0][0])] if stretches else [(since, now)]
    for begin, end in [*first, *stretches]:
        begin, end = max(begin, since), min(end, now)
        if begin >= end:
            continue
        if end - begin >= left:
            return begin + left
        left -= end - begin
    return now + left


@dataclass(frozen=True, slots=True)
class Past:
    """One bucket that is over: its hour of the day, its weekday (Monday is 0), how old it is, and its stories."""

    hour: int
    weekday: int
    age: float
    """In days."""
    count: float


def history(
    counts: Mapping[int, int],
    bucket: Bucket,
    per: Per,
    zone: tzinfo,
    since: datetime,
    stretches: Sequence[Stretch] = (),
) -> list[Past]:
    """Give what the buckets before one held, as far as they were watched; `counts` are stories by quarter hours."""
    first = slot_of(max(since, bucket.begin - WINDOW) + timedelta(seconds=SLOT - 1))
    return [
        Past(past.hour, past.weekday, past.age, sum(counts[slot] for slot in slots if slot in counts))
        for past, slots in _frame(bucket, per, zone, tuple(stretches))
        if slots.start >= first
    ]


@lru_cache(maxsize=64)
def _frame(bucket: Bucket, per: Per, zone: tzinfo, stretches: tuple[Stretch, ...]) -> tuple[tuple[Past, range], ...]:
    """Give the buckets of the window before one that were watched, without their stories: the same for all watches."""
    found = []
    for past in buckets_before(bucket, per, zone, bucket.begin - WINDOW):
        if stretches and watched(stretches, past.begin, past.end) < _MOSTLY * (past.end - past.begin):
            continue
        local = past.begin.astimezone(zone)
        age = (bucket.begin - past.begin).total_seconds() / 86400
        found.append((Past(local.hour if per is Per.HOUR else 0, local.weekday(), age, 0), past.slots))
    return tuple(found)


@dataclass(frozen=True)
class Usual:
    """What is usual for one bucket: a negative binomial distribution of its count."""

    mean: float
    stray: float
    """Variance beyond Poisson's over squared mean."""

    @cached_property
    def deviation(self) -> float:
        """Give the standard deviation."""
        return math.sqrt(self.mean + self.stray * self.mean**2)

    @cached_property
    def low(self) -> int:
        """Give the count that one in forty stays below."""
        return self._first(0.025)

    @cached_property
    def high(self) -> int:
        """Give the count that one in forty goes beyond."""
        return self._first(0.975)

    def threshold(self, sigma: float, least: int = 1) -> int:
        """Give the smallest count that chance reaches no more often than a normal value goes `sigma` out."""
        return max(self._first(1 - math.erfc(sigma / math.sqrt(2)) / 2) + 1, least)

    def _first(self, share: float) -> int:
        """Give the smallest count whose distribution function reaches `share`."""
        shape = 1 / self.stray
        ratio = self.mean / (shape + self.mean)
        chance = math.exp(-shape * math.log1p(self.mean / shape))
        if chance == 0.0:  # too far out for a double: as good as normal there
            return round(self.mean + NormalDist().inv_cdf(share) * self.deviation)
        total, count = chance, 0
        while total < share:
            chance *= ratio * (shape + count) / (count + 1)
            count += 1
            total += chance
            if chance < 1e-18 and count > self.mean:
                break
        return count


@dataclass(frozen=True)
class Model:
    """What was learnt of one watch: gives the usual for any hour and weekday."""

    level: float
    hours: Mapping[int, float]
    days: Mapping[int, float]
    evidence: Mapping[int, float]
    """How many stories' worth is known of each hour."""
    stray: float
    _known: dict[tuple[int, int], Usual] = field(default_factory=dict, compare=False, repr=False)

    def mean(self, hour: int, weekday: int) -> float:
        """Give the stories that are expected."""
        return self.level * self.hours.get(hour, 1.0) * self.days.get(weekday, 1.0)

    def usual(self, hour: int, weekday: int) -> Usual:
        """Give the distribution; what is not known of the mean counts as unevenness."""
        known = self._known.get((hour, weekday))
        if known is None:
            known = self._known[hour, weekday] = self._usual(hour, weekday)
        return known

    def _usual(self, hour: int, weekday: int) -> Usual:
        unknown = 1 / (self.evidence.get(hour, 0.0) + _HOUR_PRIOR) if len(self.hours) > 1 else 0.0
        unknown += 1 / (self.evidence.get(-1, 0.0) + 1)
        return Usual(self.mean(hour, weekday), self.stray + unknown)


def learn(pasts: Sequence[Past]) -> Model:
    """Learn from the buckets that are over, so that what was a burst among them hides none to come.

    A first reading leaves the few out that stand out most; what by its light is far out counts no more than its limit.
    """
    model = _fit(pasts)
    few = int(len(pasts) * _BURSTS)
    if not few:
        return model
    model = _fit(sorted(pasts, key=lambda past: _out(past, model))[:-few])
    clipped = [_clipped(past, model) for past in pasts]
    return _fit(clipped)


def _out(past: Past, model: Model) -> float:
    """Give how far out a bucket is, in standard deviations."""
    usual = model.usual(past.hour, past.weekday)
    return (past.count - usual.mean) / usual.deviation


def _clipped(past: Past, model: Model) -> Past:
    usual = model.usual(past.hour, past.weekday)
    if past.count <= usual.mean + 2 * usual.deviation:
        return past
    return replace(past, count=min(past.count, usual.threshold(_FAR_OUT)))


def _fit(pasts: Sequence[Past]) -> Model:
    weights = [0.5 ** (past.age / _HALF_LIFE) for past in pasts]
    exposure = sum(weights)
    stories = sum(weight * past.count for weight, past in zip(weights, pasts, strict=True))
    level = (stories + _HALF_A_STORY) / max(exposure, 1.0)
    stray = _stray((past.count, level) for past in pasts)
    hours, evidence = _hours(pasts, weights, level, stray)
    by_hour = [level * hours.get(past.hour, 1.0) for past in pasts]
    days = _factors(
        ((past.weekday, w * past.count, w * rate) for past, w, rate in zip(pasts, weights, by_hour, strict=True)),
        level,
        stray,
        _DAY_PRIOR,
    )
    means = [rate * days.get(past.weekday, 1.0) for past, rate in zip(pasts, by_hour, strict=True)]
    stray = _stray((past.count, mean) for past, mean in zip(pasts, means, strict=True))
    evidence[-1] = _worth(stories, level, stray)
    return Model(level, hours, days, evidence, stray)


def _hours(
    pasts: Sequence[Past], weights: Sequence[float], level: float, stray: float
) -> tuple[dict[int, float], dict[int, float]]:
    """Give how each hour differs from the level, smoothed over its neighbours, and what is known of it."""
    stories, exposure = [0.0] * 24, [0.0] * 24
    for past, weight in zip(pasts, weights, strict=True):
        for shift, share in ((-1, 0.25), (0, 0.5), (1, 0.25)):
            stories[(past.hour + shift) % 24] += share * weight * past.count
            exposure[(past.hour + shift) % 24] += share * weight
    seen = {past.hour for past in pasts}
    if len(seen) <= 1:
        return {}, {}
    factors, known = {}, {}
    for hour in range(24):
        expected = exposure[hour] * level
        known[hour] = _worth(expected, level, stray)
        share = stories[hour] / expected if expected else 1.0
        factors[hour] = (share * known[hour] + _HOUR_PRIOR) / (known[hour] + _HOUR_PRIOR)
    return factors, known


def _factors(parts: Iterable[tuple[int, float, float]], level: float, stray: float, prior: float) -> dict[int, float]:
    """Give how the weekdays differ from what their hours let expect."""
    stories: dict[int, float] = {}
    expected: dict[int, float] = {}
    for day, count, rate in parts:
        stories[day] = stories.get(day, 0.0) + count
        expected[day] = expected.get(day, 0.0) + rate
    known = {day: _worth(rate, level, stray) for day, rate in expected.items()}
    return {day: (stories[day] / expected[day] * known[day] + prior) / (known[day] + prior) for day in expected}


def _worth(stories: float, level: float, stray: float) -> float:
    """Give how many independent stories so many tell as much as, where counts are uneven."""
    return stories / (1 + stray * level)


def _stray(pairs: Iterable[tuple[float, float]]) -> float:
    """Give by how much counts stray beyond Poisson's chance, over the squared mean."""
    beyond, square = _STRAY * _STRAY_PRIOR, _STRAY_PRIOR
    for count, mean in pairs:
        beyond += (count - mean) ** 2 - mean
        square += mean * mean
    return min(max(beyond / square, _LEAST_STRAY), _MOST_STRAY)
