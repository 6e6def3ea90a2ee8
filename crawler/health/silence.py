"""Silence: how long an outlet may be quiet before chance no longer explains it; pure functions.

A silence is measured in articles: how many its habit had let expect meanwhile, so that a night counts little and a
busy hour much. Were articles independent of each other, silences so measured would be exponential with mean 1 (the
time rescaling theorem). They are not: news comes in bursts, holidays empty newsrooms, and a habit is but an estimate.
So the tail is learnt of each outlet's own silences: how often one is longer than their mean, by how much then, and how
unevenly; it is taken for that of an exponential whose rate is gamma distributed (Lomax), the waiting time of a negative
binomial stream. An outlet is dark when its silence is longer than one that chance would bring FALSE_ALARMS times a
year; where weekends are kept, a holiday may come on top.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

FALSE_ALARMS = 0.5
"""How many silences a year chance may make look like darkness, an outlet; see benchmarks/blindness.py."""

FLOOR = timedelta(hours=3)
"""No outlet is dark before, however busy."""

EVIDENCE = 15
"""How many silences must have ended before one is judged."""

_WEEK = timedelta(days=7)
_STRANGE = timedelta(days=9)
"""An outlet known for less has not shown each day of its week twice ..."""
_LONG = timedelta(days=3)
"""... and is dark only after this."""
_WEEKS_A_YEAR = 365.25 / 7
_MEMORY = 400.0
_PRIOR = 20.0
"""How many silences outweigh what is assumed at first:"""
_OVER, _EXCESS, _SPREAD = 0.37, 1.25, 1.5
"""that so many are longer than the mean, by so much, and so unevenly (variance over squared mean; 1 were Poisson's)."""
_LEAST_SPREAD, _MOST_SPREAD = 1.1, 3.0
_BEYOND_LONGEST = 1.25
_FADE = 0.5 ** (1 / 2000)
_KEEPS_WEEKENDS = 0.4


class Expects(Protocol):
    """What a habit tells here."""

    def expected(self, begin: datetime, end: datetime) -> float:
        """Give how many articles are expected between two instants."""
        ...


@dataclass(frozen=True, slots=True)
class Silences:
    """The silences that ended, each measured in articles expected meanwhile."""

    count: float = 0.0
    mean: float = 1.0
    over: float = _OVER
    """The share of those longer than the mean ..."""
    excess: float = _EXCESS
    square: float = _EXCESS**2 * (1 + _SPREAD)
    """... and by how much they are: its mean, and the mean of its square."""
    longest: float = 0.0

    def learn(self, silence: float, most: float = math.inf) -> "Silences":
        """Take in a silence that ended; one that had been called darkness (above `most`) counts no more than that."""
        silence = min(silence, most / _BEYOND_LONGEST)
        weight = min(self.count + _PRIOR, _MEMORY) + 1
        learnt = replace(
            self,
            count=self.count + 1,
            mean=self.mean + (silence - self.mean) / weight,
            over=self.over + ((silence > self.mean) - self.over) / weight,
            longest=max(self.longest * _FADE, silence),
        )
        beyond = silence - self.mean
        if beyond <= 0:
            return learnt
        weight = max(weight * self.over, 1.0)
        excess = self.excess + (beyond - self.excess) / weight
        return replace(learnt, excess=excess, square=self.square + (beyond * beyond - self.square) / weight)

    @property
    def spread(self) -> float:
        """Give how uneven the long silences are: variance over squared mean, 1 where nothing draws anything."""
        return min(max(self.square / self.excess**2 - 1, _LEAST_SPREAD), _MOST_SPREAD)

    def limit(self, weekly: float, day_off: float = 0.0) -> float:
        """Give the silence that chance exceeds FALSE_ALARMS times a year, where `weekly` articles are expected.

        `day_off` is what a holiday may keep back on top; a longer silence than any so far is asked for in any case.
        """
        a_year = max(weekly * _WEEKS_A_YEAR / self.mean * self.over, 1.0)
        shape = 2 * self.spread / (self.spread - 1)
        beyond: float = (a_year / FALSE_ALARMS) ** (1 / shape) - 1
        by_chance = self.mean + self.excess * (shape - 1) * beyond
        return max(by_chance + day_off, self.longest * _BEYOND_LONGEST)

    def dumps(self) -> str:
        """Give compact text."""
        return json.dumps({name: round(value, 4) for name, value in asdict(self).items()})

    @classmethod
    def loads(cls, text: str | None) -> "Silences":
        """Read what dumps() gave; of anything else nothing is known."""
        try:
            values = json.loads(text or "{}")
            found = cls(**{name: float(value) for name, value in values.items()})
        except (TypeError, ValueError, AttributeError):
            return cls()
        is_sound = min(found.mean, found.excess) > 0 and math.isfinite(found.mean + found.square + found.longest)
        return found if is_sound else cls()


Stretch = tuple[datetime, datetime]


def within(stretches: Sequence[Stretch], begin: datetime, end: datetime) -> list[Stretch]:
    """Give the parts of `begin` to `end` in which somebody looked."""
    cut = [(max(first, begin), min(last, end)) for first, last in stretches]
    return [(first, last) for first, last in cut if first < last]


def expected(habits: Sequence[Expects], stretches: Sequence[Stretch]) -> float:
    """Give how many articles an outlet lets expect; its lists name the same ones, so the fullest of them counts."""
    return max((sum(habit.expected(*stretch) for stretch in stretches) for habit in habits), default=0.0)


@dataclass(frozen=True, slots=True)
class Quiet:
    """A silence under way: how long somebody was looking, and what the habit had let expect."""

    watched: timedelta = timedelta(0)
    expected: float = 0.0

    def longer(self, habits: Sequence[Expects], stretches: Sequence[Stretch]) -> "Quiet":
        """Give the silence gone on for more stretches in which somebody looked.

        Measured piece by piece, since a habit wanes with the silence itself.
        """
        watched = sum((last - first for first, last in stretches), self.watched)
        return Quiet(watched, self.expected + expected(habits, stretches))


def most_by_chance(silences: Silences, habits: Sequence[Expects], now: datetime) -> float:
    """Give the longest silence, in articles, that chance and holidays explain; endless while too little is known."""
    if silences.count < EVIDENCE:
        return math.inf
    habit = max(habits, key=lambda one: one.expected(now - _WEEK, now), default=None)
    if habit is None:
        return math.inf
    return silences.limit(habit.expected(now - _WEEK, now), _day_off(habit, now))


def is_dark(quiet: Quiet, most: float, known_for: timedelta) -> bool:
    """Tell whether a silence is none that chance explains."""
    floor = FLOOR if known_for >= _STRANGE else _LONG
    return quiet.watched >= floor and quiet.expected > most


def _day_off(habit: Expects, now: datetime) -> float:
    """Give what a holiday may keep back: a full day, where weekends are kept."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    days = sorted(
        habit.expected(midnight - timedelta(days=back), midnight - timedelta(days=back - 1)) for back in range(7)
    )
    return days[-1] if sum(days[:2]) < _KEEPS_WEEKENDS * sum(days[2:]) / 5 * 2 else 0.0
