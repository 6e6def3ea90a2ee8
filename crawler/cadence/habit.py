"""Habit: when an outlet publishes, by hour of day and weekday, learnt from the dates and sightings of its articles.

The stream of articles is taken for a Poisson process whose rate repeats weekly and drifts. Kept are counts for each
hour of the week, older ones fading with a half-life of three weeks, and how long the outlet was in sight. Three
estimates are stacked, each a gamma prior for the next, so that the rate is shrunk toward the mean while there is
little evidence: the hour of day (smoothed over its neighbours), the weekday, the hour of the week. The level follows
faster, with a half-life of one week. Beside the habit stands the mood: how the last hours were against it, since news
draws news.

A list of the newest N items shows its window only: the oldest item is where the window begins, and is no event in it.
Some lists keep a piece from long ago on top, so the oldest tenth of the items is left out likewise.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import pairwise

_HOUR = 3600.0
_DAY = 24
_WEEK = 168
_SLOW = 3.0 * _WEEK
_FAST = 1.0 * _WEEK
_MOOD = 2.0
"""How long a mood lasts (the time constant), in hours."""
_AHEAD = timedelta(minutes=5)
_BEHIND = timedelta(days=1)
_FIRST_YEAR = 1990
_WEIGHT_HOUR, _WEIGHT_DAY, _WEIGHT_CELL, _WEIGHT_LEVEL = 2.0, 6.0, 8.0, 1.0
"""How many articles of evidence each estimate needs to weigh as much as the one above it."""
_EVENNESS = 1.5
"""The shape of the gamma distribution of unusual moods."""
_UNUSUAL = 0.5, 50.0
"""The share of unusual moods assumed at first, and how many moods of evidence that weighs."""
_AT_FIRST = 0.5, 6.0
"""What is assumed before anything was seen: half an article in six hours."""
_VERSION = "1"


@dataclass(frozen=True)
class Habit:
    """What is known of an outlet's hours; immutable. Times inside are hours since 1970, which began on a Thursday."""

    begin: float | None = None
    """Since when the outlet has been in sight."""
    until: float = 0.0
    total: float = 0.0
    fast: float = 0.0
    recent: float = 0.0
    due: float = 0.0
    """What the habit had let expect where `recent` tells what came; both fade within hours."""
    unusual: float = 0.0
    """How long the outlet was in an unusual mood, out of `moods`; both in units of a mood's time."""
    moods: float = 0.0
    counts: tuple[float, ...] = (0.0,) * _WEEK

    @classmethod
    def empty(cls) -> "Habit":
        """Give the habit of an outlet never seen."""
        return cls()

    @property
    def observed_since(self) -> datetime | None:
        """Give since when the outlet has been in sight; for a list's first reading, its oldest item's date."""
        return None if self.begin is None else datetime.fromtimestamp(self.begin * _HOUR, UTC)

    def learn(self, stamps: Sequence[datetime], now: datetime, *, whole_list: bool) -> "Habit":
        """Take in the dates of items newly seen, at each reading, even when there are none.

        `whole_list` says that nothing is known of the time before the oldest of them: at the first reading, or after
        one that may have missed some. Undated items are given the time of their sighting by the caller.
        """
        end = _hours(now)
        moments = _moments(stamps, now, None if whole_list else self.until)
        if self.begin is None or (whole_list and moments):
            begin = moments[len(moments) // 10] if moments else end
            moments = [moment for moment in moments if moment > begin]
            if self.begin is None:
                return Habit(begin=begin, until=begin)._seen(moments, end)
            # The time nobody saw is taken out of the record.
            hole = max(0.0, begin - self.until)
            return replace(self, begin=self.begin + hole, until=max(begin, self.until))._seen(moments, end)
        return self._seen(moments, end)

    def _seen(self, moments: Sequence[float], end: float) -> "Habit":
        end = max(end, self.until)
        passed = end - self.until
        slow, fast, mood = _faded(passed, _SLOW), _faded(passed, _FAST), math.exp(-passed / _MOOD)
        counts = [count * slow for count in self.counts] if slow < 1 else list(self.counts)
        for moment in moments:
            counts[int(moment) % _WEEK] += _faded(end - moment, _SLOW)
        seen = replace(
            self,
            until=end,
            total=self.total + len(moments),
            fast=self.fast * fast + sum(_faded(end - moment, _FAST) for moment in moments),
            recent=self.recent * mood + sum(math.exp((moment - end) / _MOOD) for moment in moments),
            counts=tuple(counts),
        )
        usual = self if self.total else seen
        awaited = usual._sum(max(self.until, end - 8 * _MOOD), end)
        due = self.due * mood + (awaited * _MOOD * (1 - mood) / min(passed, 8 * _MOOD) if passed else 0.0)
        share = min(1.0, passed / _MOOD)
        before = replace(seen, due=due, moods=self.moods * slow, unusual=self.unusual * slow)
        return replace(before, moods=before.moods + share, unusual=before.unusual + share * before._doubt)

    def rate(self, at: datetime) -> float:
        """Give how many articles a second are expected at an instant."""
        return self._rates[int(_hours(at)) % _WEEK] / _HOUR

    def expected(self, begin: datetime, end: datetime) -> float:
        """Give how many articles are expected between two instants."""
        return self._sum(_hours(begin), _hours(end))

    def mood(self, at: datetime) -> float:
        """Give the factor by which the present differs from the habit: above 1 after a burst, fading within hours."""
        came, awaited = 2 * self.recent, 2 * self.due
        ratio = 1 + self._doubt * ((came + _EVENNESS) / (awaited + _EVENNESS) - 1)
        return 1 + (ratio - 1) * math.exp(-max(0.0, _hours(at) - self.until) / _MOOD)

    @cached_property
    def _doubt(self) -> float:
        """The probability that the mood is another than the habit's, by Bayes' rule.

        Sums that fade have half the variance of counts, so twice the sum is taken for a count: Poisson of the habit's
        mean in the usual mood, negative binomial in another.
        """
        came, awaited, shape = 2 * self.recent, 2 * self.due + 1e-9, _EVENNESS
        share, weight = _UNUSUAL
        often = (min(max(self.unusual, 0.0), self.moods) + share * weight) / (self.moods + weight)
        usual = came * math.log(awaited) - awaited
        other = math.lgamma(came + shape) - math.lgamma(shape) + shape * math.log(shape / (shape + awaited))
        other += came * math.log(awaited / (shape + awaited))
        odds = math.log(often / (1 - often)) + other - usual
        return 1 / (1 + math.exp(-odds)) if odds > -700 else 0.0

    def _sum(self, begin: float, end: float) -> float:
        if end <= begin:
            return 0.0
        weeks = (end - begin) // _WEEK
        last = end - weeks * _WEEK
        edges = [begin, *range(math.floor(begin) + 1, math.ceil(last)), last]
        parts: float = sum((high - low) * self._rates[math.floor(low) % _WEEK] for low, high in pairwise(edges))
        return parts + weeks * math.fsum(self._rates)

    @cached_property
    def _rates(self) -> tuple[float, ...]:
        """The articles an hour, for each hour of the week."""
        seen = _in_sight(self.begin, self.until, _SLOW)
        level = _level(self.total, (self.until - self.begin) if self.begin is not None else 0.0)
        middle = (sum(self.counts) + _WEIGHT_LEVEL) / (sum(seen) + _WEIGHT_LEVEL / level)
        shape = _shape(self.counts, seen, middle)
        lately = sum(map(float.__mul__, shape, _in_sight(self.begin, self.until, _FAST)))
        level = (self.fast + _WEIGHT_LEVEL) / (lately + _WEIGHT_LEVEL / middle)
        return tuple(level * factor for factor in shape)

    def dumps(self) -> str:
        """Give the habit as compact text."""
        if self.begin is None:
            return ""
        counts = ",".join(_short(count) for count in self.counts)
        numbers = (self.begin, self.until, self.total, self.fast, self.recent, self.due, self.unusual, self.moods)
        return ";".join(
            [_VERSION, *(f"{number:.7g}" if number < 1e5 else f"{number:.5f}" for number in numbers), counts]
        )

    @classmethod
    def loads(cls, text: str | None) -> "Habit":
        """Read what dumps() gave; text of another kind is an empty habit."""
        version, *rest = (text or "").split(";")
        if version != _VERSION or len(rest) != 9:
            return cls()
        try:
            numbers = [float(number) for number in rest[:-1]]
            counts = tuple(float(count or 0) for count in rest[-1].split(","))
        except ValueError:
            return cls()
        if len(counts) != _WEEK or not all(0 <= number < math.inf for number in (*numbers, *counts)):
            return cls()
        begin, until, total, fast, recent, due, unusual, moods = numbers
        if begin > until:
            return cls()
        return cls(begin, until, total, fast, recent, due, unusual, moods, counts)


def _faded(hours: float, half_life: float) -> float:
    return math.exp2(-hours / half_life)


def _hours(at: datetime) -> float:
    return at.timestamp() / _HOUR


def _short(count: float) -> str:
    return f"{count:.4g}" if count >= 0.001 else ""


def _moments(stamps: Sequence[datetime], now: datetime, until: float | None) -> list[float]:
    """Give the hours of articles in order, without those whose dates cannot be or are no news.

    What bears one and the same date is one act of publishing. Dates without a time of day, all of them, say nothing
    of the hour: they are spread over their day.
    """
    end = _hours(now)
    oldest = -math.inf if until is None else until - _BEHIND / timedelta(hours=1)
    believed = [stamp for stamp in stamps if stamp <= now + _AHEAD and stamp.year >= _FIRST_YEAR]
    found = [min(hour, end) for hour in map(_hours, believed) if hour > oldest]
    per_moment = Counter(found)
    times_of_day = {round(hour % _DAY, 3) for hour in per_moment}
    if _is_without_hour(per_moment, times_of_day, first=until is None):
        return sorted(_spread(per_moment, -math.inf if until is None else until, end))
    return sorted(per_moment)


def _is_without_hour(moments: Mapping[float, int], times_of_day: set[float], *, first: bool) -> bool:
    return len(times_of_day) == 1 and (len(moments) >= 3 if first else times_of_day == {0.0})


def _spread(days: Mapping[float, int], begin: float, end: float) -> Iterator[float]:
    for day, count in days.items():
        low, high = max(day, begin), min(day + _DAY, end)
        yield from (low + (high - low) * (place + 0.5) / count for place in range(count) if high > low)


def _in_sight(begin: float | None, until: float, half_life: float) -> list[float]:
    """Give for each hour of the week how long it was in sight between two instants, the past fading."""
    seen = [0.0] * _WEEK
    if begin is None or until <= begin:
        return seen
    first, last = math.floor(begin), math.floor(until)
    fade = _faded(_WEEK, half_life)
    for back in range(min(_WEEK, last - first + 1)):
        hour = last - back
        times = (hour - first) // _WEEK + 1
        seen[hour % _WEEK] = _faded(until - hour, half_life) * (1 - fade**times) / (1 - fade)
    seen[last % _WEEK] -= _faded(until - last, half_life) * (last + 1 - until)
    seen[first % _WEEK] -= _faded(until - first, half_life) * (begin - first)
    return [max(0.0, hours) for hours in seen]


def _level(count: float, hours: float) -> float:
    assumed, within = _AT_FIRST
    return (count + assumed) / (hours + within)


def _shape(counts: Sequence[float], seen: Sequence[float], middle: float) -> list[float]:
    """Give the factor of each hour of the week against the mean: hour of day, times weekday, times what is left."""
    by_hour = _smooth([sum(counts[hour::_DAY]) for hour in range(_DAY)])
    hours_seen = _smooth([sum(seen[hour::_DAY]) for hour in range(_DAY)])
    hours = [_factor(came, middle * awaited, _WEIGHT_HOUR) for came, awaited in zip(by_hour, hours_seen, strict=True)]
    shape = []
    for start in range(0, _WEEK, _DAY):
        came, awaited = counts[start : start + _DAY], [middle * hours[h] * seen[start + h] for h in range(_DAY)]
        day = _factor(sum(came), sum(awaited), _WEIGHT_DAY)
        shape += [hours[h] * day * _factor(came[h], awaited[h] * day, _WEIGHT_CELL) for h in range(_DAY)]
    mean = sum(shape) / _WEEK
    return [factor / mean for factor in shape]


def _smooth(values: Sequence[float]) -> list[float]:
    return [0.2 * values[h - 1] + 0.6 * values[h] + 0.2 * values[(h + 1) % len(values)] for h in range(len(values))]


def _factor(came: float, awaited: float, weight: float) -> float:
    return (came + weight) / (awaited + weight)
