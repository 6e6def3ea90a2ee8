"""Cadence: how soon an article is seen at equal numbers of requests, against other programs' rules for polling.

    python -m benchmarks.cadence [--seeds 2] [--weeks 4] [--feeds DIR]

Publication histories are replayed without any network, beginning with nothing but the first document. Every rule's
scale is tuned by bisection until its requests agree, within 1 %, with those of one poll each ten minutes: for each kind
of history, and for the fleet of all of them, where a rule may spend its requests on whichever outlet it likes. A feed
shows its newest 30 items; what scrolls by unseen counts as missed, its delay ends at the poll that came too late.
Printed are the mean and the 95th percentile of the delay in minutes, and the mean against that of the best rule of
others. `limit` is the least mean of any policy that knows the true rate of the moment, where there is one.

Ours is the product's own next_poll and Habit. Others: `fixed`, the same interval always; `miniflux`, seven days by the
entries of the last week; `mediacloud`, by the percentage of duplicates, ten minutes more where two thirds were known,
an hour less where one third was; `newscrawl`, +50 % after a visit without news, -20 % after one with. How far apart the
bounds of the last two lie is chosen for each history so as to serve them best.

With --feeds, the dates in the feeds of a folder are replayed as they are, nothing is made up: of each feed the newer
four fifths, four weeks at most, where at least fifteen dates are left; all feeds as one fleet, one poll each half hour.
"""

import argparse
import gzip
import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Protocol

from crawler import Outlet
from crawler.cadence.cadence import Outcome, Rhythm, next_poll
from crawler.cadence.habit import Habit
from crawler.document import Document
from crawler.workers.tasks import read_list
from newsdesk import ReadingError

START = datetime(2026, 9, 7, tzinfo=UTC)
HOUR = 3600.0
DAY = 24 * HOUR
WEEK = 7 * DAY
WINDOW = 30
PAST = 2 * WEEK
USUAL = 600.0
HALF_HOUR = 1800.0
SHORTEST, LONGEST = 60.0, DAY
TOLERANCE = 0.01


@dataclass(frozen=True)
class History:
    """Instants, in seconds, at which one outlet published; polls start at `begin`, what came before is its past."""

    stamps: tuple[float, ...]
    end: float
    rate: Callable[[float], float] | None = None
    """The true rate, in articles a second, where there is one."""
    begin: float = 0.0

    def polls(self, interval: float) -> float:
        """Give how often an interval fits in."""
        return (self.end - self.begin) / interval


@dataclass(frozen=True)
class Reading:
    """What one poll showed: the articles not seen before, how many the feed holds, all their dates."""

    now: float
    new: Sequence[float]
    shown: Sequence[float]


class Policy(Protocol):
    """A rule for the next interval; it keeps its own state for one outlet."""

    def next(self, reading: Reading) -> float:
        """Give the seconds until the next poll."""


def _clamp(seconds: float) -> float:
    return min(max(seconds, SHORTEST), LONGEST)


class Fixed:
    """The same interval always."""

    def __init__(self, scale: float) -> None:
        """Poll each `scale` seconds."""
        self._scale = scale

    def next(self, reading: Reading) -> float:
        """Give the interval."""
        return self._scale


class Miniflux:
    """Entry frequency: the week divided by the entries of the last week, times a factor, clamped."""

    def __init__(self, scale: float) -> None:
        """Poll once per expected entry where `scale` is the usual interval, faster or slower in proportion."""
        self._factor = scale / USUAL
        self._seen: list[float] = []

    def next(self, reading: Reading) -> float:
        """Count the week's entries in the feed, as its database would hold them."""
        self._seen = [stamp for stamp in (*self._seen, *reading.new) if stamp > reading.now - WEEK]
        return _clamp(self._factor * WEEK / max(1, len(self._seen)))


class MediaCloud:
    """Duplicate percentage: a sixth of the scale longer when two thirds of the items were known, else less."""

    def __init__(self, scale: float, span: float = 8.0) -> None:
        """Take `scale` for the hour by which an interval is cut; `span` is how far the bounds lie apart."""
        self._low, self._high = scale / 6, scale / 6 * span
        self._scale = self._interval = scale

    def next(self, reading: Reading) -> float:
        """Lengthen when at least 67 % was known, cut when at most 33 % was."""
        known = 1 - len(reading.new) / max(1, len(reading.shown))
        change = self._scale / 6 if known >= 0.67 else -self._scale if known <= 0.33 else 0.0
        self._interval = min(max(self._interval + change, self._low), self._high)
        return _clamp(self._interval)


class NewsCrawl:
    """Adaptive fetch schedule: half as long again without news, a fifth shorter with some."""

    def __init__(self, scale: float, span: float = 8.0) -> None:
        """Begin with `scale` seconds, the lower bound; the upper is `span` times that."""
        self._low, self._high = scale, scale * span
        self._interval = scale

    def next(self, reading: Reading) -> float:
        """Lengthen or shorten."""
        self._interval = min(max(self._interval * (0.8 if reading.new else 1.5), self._low), self._high)
        return _clamp(self._interval)


class Ours:
    """The product's own cadence."""

    def __init__(self, scale: float) -> None:
        """Take `scale` for poll_every."""
        self._rhythm = Rhythm(
            every=timedelta(seconds=scale),
            low=timedelta(seconds=SHORTEST),
            high=timedelta(seconds=max(LONGEST, scale)),
        )
        self._habit = Habit.empty()
        self._begin: float | None = None
        self._random = Random(1)

    def next(self, reading: Reading) -> float:
        """Learn and ask next_poll."""
        now = START + timedelta(seconds=reading.now)
        first = self._begin is None
        self._begin = reading.now if self._begin is None else self._begin
        gap = not first and len(reading.new) == len(reading.shown) > 0
        stamps = [START + timedelta(seconds=stamp) for stamp in (reading.shown if first else reading.new)]
        self._habit = self._habit.learn(stamps, now, whole_list=first or gap)
        outcome = Outcome(habit=self._habit, watched_for=timedelta(seconds=reading.now - self._begin), gap=gap)
        return (next_poll(self._rhythm, outcome, now, self._random.random()).at - now).total_seconds()


SPANS = (3.0, 8.0, 24.0, 100.0)
"""How far apart a rule's bounds may lie: the best of these is what counts for it."""
RULES: dict[str, list[Callable[[float], Policy]]] = {
    "fixed": [Fixed],
    "miniflux": [Miniflux],
    "mediacloud": [partial(MediaCloud, span=span) for span in SPANS],
    "newscrawl": [partial(NewsCrawl, span=span) for span in SPANS],
    "ours": [Ours],
}


@dataclass(frozen=True)
class Result:
    """What one policy reached on one or more histories."""

    requests: int
    delays: tuple[float, ...]
    missed: int

    @property
    def mean(self) -> float:
        """Give the mean delay in minutes."""
        return sum(self.delays) / max(1, len(self.delays)) / 60

    @property
    def late(self) -> float:
        """Give the 95th percentile of the delay in minutes."""
        return sorted(self.delays)[int(0.95 * (len(self.delays) - 1))] / 60 if self.delays else 0.0


def replay(history: History, policy: Policy) -> Result:
    """Poll one history to its end."""
    now = history.begin
    requests = missed = 0
    read = bisect_right(history.stamps, now)
    shown = history.stamps[max(0, read - WINDOW) : read]
    wait = policy.next(Reading(now, shown, shown))
    delays: list[float] = []
    while (now := now + wait) < history.end:
        requests += 1
        upto = bisect_right(history.stamps, now)
        first = max(0, upto - WINDOW)
        delays += [now - stamp for stamp in history.stamps[read:upto]]
        missed += max(0, first - read)
        new = history.stamps[max(read, first) : upto]
        read = upto
        wait = policy.next(Reading(now, new, history.stamps[first:upto]))
    return Result(requests, tuple(delays), missed)


def together(results: Sequence[Result]) -> Result:
    """Add results up."""
    delays = tuple(delay for result in results for delay in result.delays)
    return Result(sum(result.requests for result in results), delays, sum(result.missed for result in results))


def tuned(histories: Sequence[History], make: Callable[[float], Policy], interval: float) -> Result:
    """Find the scale at which a policy asks as often as by a fixed interval, over all histories together."""
    budget = sum(history.polls(interval) for history in histories)
    low, high, scale, found = 1.0, 60 * DAY, interval, list[Result]()
    for _ in range(30):
        result = together([replay(history, make(scale)) for history in histories])
        found.append(result)
        ratio = result.requests / budget
        if abs(ratio - 1) <= TOLERANCE / 2:
            break
        low, high = (scale, high) if ratio > 1 else (low, scale)
        guess = scale * ratio
        scale = guess if low < guess < high else math.sqrt(low * high)
    return min(found, key=lambda result: abs(result.requests - budget))


def best(histories: Sequence[History], rule: str, interval: float = USUAL) -> Result:
    """Give a rule's result under the bounds that serve it best, of those that meet the number of requests."""
    budget = sum(history.polls(interval) for history in histories)
    results = [tuned(histories, make, interval) for make in RULES[rule]]
    fair = [result for result in results if abs(result.requests / budget - 1) <= TOLERANCE]
    return min(fair or results, key=lambda result: result.mean)


Rate = Callable[[float], float]


def _poisson(rate: Rate, most: float, begin: float, end: float, random: Random) -> Iterator[float]:
    """Draw a Poisson stream by thinning; rates are articles a second."""
    at = begin
    while (at := at + random.expovariate(most)) < end:
        if random.random() * most < rate(at):
            yield at


def _newsroom(at: float) -> float:
    hour, day = at % DAY / HOUR, int(at // DAY) % 7
    busy = 0.2 if hour < 6 else 1.0 if hour < 7 else 4.0 if hour < 19 else 1.0 if hour < 23 else 0.2
    return busy * (0.35 if day >= 5 else 1.0) / HOUR


def _office(at: float) -> float:
    at_work = 8 <= at % DAY / HOUR < 18 and int(at // DAY) % 7 < 5
    return (3.0 if at_work else 0.1) / HOUR


def _by_rate(rate: Rate, most: float, random: Random, end: float) -> History:
    return History(tuple(_poisson(rate, most, -PAST, end, random)), end, rate)


def steady(random: Random, end: float) -> History:
    """Two articles an hour, day and night."""
    return _by_rate(lambda _: 2 / HOUR, 2 / HOUR, random, end)


def newsroom(random: Random, end: float) -> History:
    """Four articles an hour from seven to seven, one in the evening, few at night, a third of that at weekends."""
    return _by_rate(_newsroom, 4 / HOUR, random, end)


def office(random: Random, end: float) -> History:
    """Three articles an hour from eight to six on working days, one in ten hours else."""
    return _by_rate(_office, 3 / HOUR, random, end)


def bursts(random: Random, end: float) -> History:
    """Batches of five to twenty-five articles within some minutes, at five times of the day, a little between."""
    times = [random.uniform(5, 22) for _ in range(5)]
    stamps = list(_poisson(lambda _: 0.2 / HOUR, 0.2 / HOUR, -PAST, end, random))
    for day in range(-int(PAST // DAY), int(end // DAY)):
        for hour in times:
            begin = day * DAY + hour * HOUR + random.gauss(0, 600)
            stamps += (begin + random.expovariate(1 / 300) for _ in range(random.randint(5, 25)))
    return History(tuple(stamps), end)


def dead(random: Random, end: float) -> History:
    """A newsroom that closes after a week; an article in five days from then on."""
    return _by_rate(lambda at: _newsroom(at) if at < WEEK else 0.2 / DAY, 4 / HOUR, random, end)


def breaking(random: Random, end: float) -> History:
    """A newsroom, and at random moments a story that brings ten to forty articles an hour and fades within hours."""
    stories = []
    at = -PAST
    while (at := at + random.expovariate(1 / (1.5 * DAY))) < end:
        stories.append((at, random.uniform(10, 40) / HOUR, random.uniform(1, 4) * HOUR))

    def rate(at: float) -> float:
        return _newsroom(at) + sum(most * math.exp((begin - at) / fade) for begin, most, fade in stories if begin <= at)

    return _by_rate(rate, 130 / HOUR, random, end)


KINDS = {"steady": steady, "newsroom": newsroom, "office": office, "bursts": bursts, "dead": dead, "breaking": breaking}


def generated(kind: str, seed: int, weeks: float) -> History:
    """Make up one history."""
    history = KINDS[kind](Random(f"{kind}{seed}"), weeks * WEEK)
    return replace(history, stamps=tuple(sorted(history.stamps)))


def limit(histories: Sequence[History]) -> float | None:
    """Give the least mean delay, in minutes, of any policy that knows the rates: (mean of roots)^2 / mean of rates."""
    roots = rates = points = 0.0
    for history in histories:
        if history.rate is None:
            return None
        for step in range(int(history.end // 300)):
            rate = history.rate(step * 300.0)
            roots, rates, points = roots + math.sqrt(rate), rates + rate, points + 1
    return USUAL / 2 / 60 * roots**2 / points / rates


def collected(folder: Path) -> list[History]:
    """Read the dates of a folder's feeds."""
    outlet = Outlet(slug="x", name="x", site="https://x.example/")
    histories = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        body = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        try:
            leads = read_list("feed", Document("https://x.example/feed", body), outlet).leads
        except ReadingError:
            continue
        dates = {stamp.timestamp() for lead in leads if (stamp := lead.published or lead.updated)}
        if not dates:
            continue
        # Begins on a Monday like the generated ones, so that hours and weekdays stay what they were.
        begin = START.timestamp() + (max(dates) - 4 * WEEK - START.timestamp()) // WEEK * WEEK + WEEK
        stamps = tuple(sorted(date - begin for date in dates))
        # A feed shows its window only, what came before is unknown; the oldest fifth makes the first document.
        first = max(stamps[len(stamps) // 5], stamps[-1] - 4 * WEEK)
        if sum(stamp > first for stamp in stamps) >= 15:
            histories.append(History(stamps, stamps[-1] + 1, begin=first))
    return histories


def show(name: str, histories: Sequence[History], interval: float, results: dict[str, Result]) -> None:
    """Print a table of one kind of history."""
    others = min(result.mean for rule, result in results.items() if rule != "ours")
    budget, least = sum(history.polls(interval) for history in histories), limit(histories)
    print(
        f"\n{name}: {sum(len(h.stamps) for h in histories)} articles, {len(histories)} outlets, {budget:.0f} requests"
    )
    for rule, result in results.items():
        print(
            f"  {rule:<11}{result.requests / budget:7.1%} of requests   mean {result.mean:6.2f} min"
            f"   95 % {result.late:6.2f} min   missed {result.missed:4d}   {result.mean / others:5.2f}"
        )
    if least is not None:
        print(f"  {'limit':<11}{'':20}   mean {least:6.2f} min{'':31}{least / others:5.2f}")
    gain = 1 - results["ours"].mean / others
    print(f"  ours is {'' if gain >= 0.25 else 'NOT '}a quarter below the best of the others ({gain:.1%})")


def main() -> None:
    """Replay and print."""
    parser = argparse.ArgumentParser(description="Cadence: delay until seen at equal numbers of requests.")
    parser.add_argument("--seeds", type=int, default=2, help="outlets of each kind")
    parser.add_argument("--weeks", type=float, default=4.0, help="how long each is watched")
    parser.add_argument("--feeds", type=Path, help="a folder of feeds, .gz or plain, whose dates are replayed")
    parser.add_argument("--only", choices=[*KINDS, "fleet", "feeds"], action="append", help="these tables only")
    given = parser.parse_args()
    made = {kind: [generated(kind, seed, given.weeks) for seed in range(given.seeds)] for kind in KINDS}
    tables = [(kind, histories, USUAL) for kind, histories in made.items()]
    tables.append(("fleet", [history for histories in made.values() for history in histories], USUAL))
    if given.feeds:
        tables.append(("feeds", collected(given.feeds), HALF_HOUR))
    for name, histories, interval in tables:
        if not given.only or name in given.only:
            show(name, histories, interval, {rule: best(histories, rule, interval) for rule in RULES})


if __name__ == "__main__":
    main()
