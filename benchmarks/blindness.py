"""Blindness: how often chance alone makes the alarm ring, and how soon it rings when an outlet falls silent.

    python -m benchmarks.blindness --outlets 20 --years 2

Generates publication histories of several kinds, learns each by the crawler's own habit, and replays the alarm's rule
over them. A false alarm is one within a history that goes on. The delay is taken from histories that are cut off at a
random instant: from the first article that is missing, and in articles missing.
"""

import argparse
import random
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from crawler.cadence.habit import Habit
from crawler.health.silence import FLOOR, Quiet, Silences, is_dark, most_by_chance

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
POLL = timedelta(minutes=10)
CHECK = timedelta(minutes=30)
HOLIDAYS = {(1, 1), (4, 1), (5, 1), (5, 9), (5, 20), (8, 26), (10, 3), (12, 24), (12, 25), (12, 26), (12, 31)}

Rate = Callable[[datetime], float]
"""Articles a day at an instant, against the outlet's mean."""


def steady(at: datetime) -> float:
    """An agency that never sleeps: nights a third less."""
    return 0.7 if at.hour < 6 else 1.1


def waking(at: datetime) -> float:
    """A newspaper: little at night, half at weekends."""
    return (0.1 if at.hour < 6 else 1.3) * (0.5 if at.weekday() > 4 else 1.2)


def office(at: datetime) -> float:
    """A ministry: nine to five, five days, not on holidays."""
    return 4.2 if 9 <= at.hour < 17 and at.weekday() < 5 and not is_holiday(at) else 0.0


def sinking(at: datetime) -> float:
    """A newspaper whose holidays are quiet, not empty, and whose summer is slow."""
    return waking(at) * (0.3 if is_holiday(at) else 1.0) * (0.6 if at.month in (7, 8) else 1.0)


def is_holiday(at: datetime) -> bool:
    return (at.month, at.day) in HOLIDAYS


@dataclass(frozen=True)
class Kind:
    """One kind of history: its rate, and how many articles come with one event."""

    name: str
    rate: Rate
    burst: float = 1.0
    moody: float = 0.0
    """How much whole days differ from each other (the spread of a log-normal factor)."""


KINDS = (
    Kind("steady", steady),
    Kind("waking hours", waking, moody=0.2),
    Kind("office hours", office, moody=0.2),
    Kind("bursts", waking, burst=5.0, moody=0.4),
    Kind("holidays", sinking, burst=2.0, moody=0.3),
)


def history(kind: Kind, per_day: float, days: int, chance: random.Random) -> Iterator[datetime]:
    """Give the instants of a history by thinning, each event with its burst within the hour."""
    most = 6.0
    for day in range(days):
        mood = chance.lognormvariate(-(kind.moody**2) / 2, kind.moody)
        found = []
        at = 0.0
        while (at := at + chance.expovariate(most * mood * per_day / kind.burst)) < 1:
            moment = BEGIN + DAY * (day + at)
            if chance.random() * most < kind.rate(moment):
                size = 1 if kind.burst == 1 else 1 + int(chance.expovariate(1 / (kind.burst - 0.5)))
                found += [moment + timedelta(minutes=chance.uniform(0, 60)) for _ in range(size)]
        yield from sorted(found)


@dataclass
class Told:
    """What the alarm did over one history."""

    false: int = 0
    watched: float = 0.0
    """Years."""
    delay: timedelta | None = None
    missed: int = 0


def replay(stamps: Sequence[datetime], cut: datetime | None, end: datetime) -> Told:
    """Show a history to the alarm as a poll every ten minutes would, to its end or a day of silence after `cut`."""
    told = Told(watched=(end - BEGIN) / timedelta(days=365.25))
    habit, silences, news, waiting = Habit.empty(), Silences(), BEGIN, list(reversed(stamps))
    most, alarmed = float("inf"), False
    first = True
    while waiting or cut:
        if cut and (not waiting or waiting[-1] > cut):
            _cut_off(told, habit, silences, news, cut, waiting)
            return told
        at = _polled(waiting[-1])
        if at > end:
            return told
        # Only what is longer than the floor can be darkness, and the rest is quick to pass over.
        most = most_by_chance(silences, [habit], at) if at - news >= FLOOR else float("inf")
        silence = Quiet().longer([habit], [(news, at)])
        alarmed = not first and is_dark(silence, most, at - BEGIN)
        told.false += alarmed
        batch = []
        while waiting and waiting[-1] <= at:
            batch.append(waiting.pop())
        if not first:
            silences = silences.learn(silence.expected, most if alarmed else float("inf"))
        habit = habit.learn(batch, at, whole_list=first)
        news, first = at, False
    return told


def _polled(stamp: datetime) -> datetime:
    return stamp + POLL - (stamp - BEGIN) % POLL


def _cut_off(
    told: Told, habit: Habit, silences: Silences, news: datetime, cut: datetime, missing: list[datetime]
) -> None:
    """Wait for the alarm after an outlet has fallen silent; it is asked every half hour."""
    lost = missing[-1] if missing else cut
    lasting, at = Quiet().longer([habit], [(news, lost)]), lost
    while at < cut + 60 * DAY:
        if is_dark(lasting, most_by_chance(silences, [habit], at), at - BEGIN):
            told.delay = at - lost
            told.missed = sum(stamp <= at for stamp in missing)
            return
        lasting = lasting.longer([habit], [(at, at + CHECK)])
        at += CHECK
        habit = habit.learn([], at, whole_list=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--outlets", type=int, default=10, help="histories of each kind and rate")
    parser.add_argument("--years", type=float, default=1.5)
    parser.add_argument("--kind", choices=[kind.name for kind in KINDS], action="append")
    parser.add_argument("--rate", type=float, action="append", help="articles a day; 3, 20 and 100 by default")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    print(
        f"{'history':14}{'a day':>7}{'false a year':>14}{'outlets with one':>18}{'delay h':>9}{'p95 h':>8}{'missed':>8}"
    )
    days = int(options.years * 365.25)
    for kind in KINDS:
        for per_day in options.rate or (3.0, 20.0, 100.0):
            if options.kind and kind.name not in options.kind:
                continue
            _measure(kind, per_day, days, options.outlets, chance)


def _measure(kind: Kind, per_day: float, days: int, outlets: int, chance: random.Random) -> None:
    told, cut = [], []
    for _ in range(outlets):
        stamps = list(history(kind, per_day, days, chance))
        told.append(replay(stamps, None, BEGIN + DAY * days))
        for _ in range(3):
            end = BEGIN + DAY * chance.uniform(40, 150)
            cut.append(replay(stamps[: _index(stamps, end + 60 * DAY)], end, end + 60 * DAY))
    rate = sum(one.false for one in told) / sum(one.watched for one in told)
    with_one = sum(one.false > 0 for one in told)
    delays = sorted(one.delay / timedelta(hours=1) for one in cut if one.delay is not None)
    late = delays[int(len(delays) * 0.95)] if delays else float("nan")
    middle = statistics.median(delays) if delays else float("nan")
    missed = statistics.median(one.missed for one in cut)
    print(
        f"{kind.name:14}{per_day:7.0f}{rate:14.2f}{with_one:11d} of {outlets:<4d}{middle:9.1f}{late:8.1f}{missed:8.0f}"
        + (f"   ({len(cut) - len(delays)} never)" if len(delays) < len(cut) else ""),
        flush=True,
    )


def _index(stamps: Sequence[datetime], end: datetime) -> int:
    return next((number for number, stamp in enumerate(stamps) if stamp > end), len(stamps))


if __name__ == "__main__":
    main()
