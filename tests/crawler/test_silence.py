"""When silence is darkness: measured against the habit, learnt from the outlet's own silences."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from crawler.health.silence import EVIDENCE, FLOOR, Quiet, Silences, expected, is_dark, most_by_chance, within

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
OLD = timedelta(days=100)


@dataclass
class Steady:
    """So many articles each hour, on weekdays alone where `weekends` is false."""

    an_hour: float
    weekends: bool = True

    def expected(self, begin: datetime, end: datetime) -> float:
        total, at = 0.0, begin
        while at < end:
            step = min(end, at.replace(minute=0, second=0, microsecond=0) + HOUR)
            if self.weekends or at.weekday() < 5:
                total += self.an_hour * ((step - at) / HOUR)
            at = step
        return total


def taught(*silences: float) -> Silences:
    known = Silences()
    for one in silences:
        known = known.learn(one)
    return known


def exponential(count: int = 400, mean: float = 1.0) -> Silences:
    chance = random.Random(7)
    return taught(*(chance.expovariate(1 / mean) for _ in range(count)))


def test_a_silence_counts_only_while_somebody_looked() -> None:
    away = [(NOW - 9 * HOUR, NOW - 8 * HOUR), (NOW - 2 * HOUR, NOW)]
    assert within(away, NOW - 8.5 * HOUR, NOW - HOUR) == [
        (NOW - 8.5 * HOUR, NOW - 8 * HOUR),
        (NOW - 2 * HOUR, NOW - HOUR),
    ]
    quiet = Quiet().longer([Steady(2)], within(away, NOW - 8.5 * HOUR, NOW - HOUR))
    assert quiet == Quiet(1.5 * HOUR, 3.0)


def test_lists_that_name_the_same_articles_are_not_added_up() -> None:
    assert expected([Steady(2), Steady(3)], [(NOW - HOUR, NOW)]) == 3


def test_too_little_evidence_is_never_darkness() -> None:
    assert most_by_chance(taught(*[1.0] * (EVIDENCE - 1)), [Steady(4)], NOW) == float("inf")
    assert most_by_chance(taught(*[1.0] * EVIDENCE), [Steady(4)], NOW) < 60
    assert most_by_chance(exponential(), [], NOW) == float("inf")


def test_independent_articles_leave_little_room_and_bursts_more() -> None:
    chance = random.Random(3)
    bursts = taught(*(chance.expovariate(1 / 4) if chance.random() < 0.2 else 0.1 for _ in range(400)))
    calm, lively = (most_by_chance(known, [Steady(4)], NOW) for known in (exponential(), bursts))
    assert 8 < calm < 18
    assert calm < lively < 70


def test_the_rarer_the_false_alarm_wanted_for_a_busier_outlet_the_longer_its_limit() -> None:
    known = exponential()
    assert known.limit(weekly=7000) > known.limit(weekly=70) > known.limit(weekly=7)


def test_a_habit_that_promises_too_much_is_seen_through() -> None:
    exaggerated = exponential(mean=5.0)
    assert exaggerated.limit(700) > 3 * exponential().limit(700)


def test_no_limit_is_below_the_longest_silence_so_far() -> None:
    assert exponential().learn(200.0).limit(700) > 200


def test_a_silence_that_had_raised_the_alarm_teaches_no_more_than_the_limit() -> None:
    known = exponential()
    most = known.limit(700)
    assert known.learn(1000.0, most).limit(700) < 1.3 * most


def test_where_weekends_are_kept_a_holiday_may_come_on_top() -> None:
    known = exponential()
    office = most_by_chance(known, [Steady(4, weekends=False)], NOW)
    assert office == pytest.approx(known.limit(4 * 24 * 5) + 96)


def test_no_outlet_is_dark_within_hours_nor_a_strange_one_within_days() -> None:
    long = Quiet(FLOOR, 100.0)
    assert is_dark(long, 20.0, OLD)
    assert not is_dark(Quiet(FLOOR - HOUR, 100.0), 20.0, OLD)
    assert not is_dark(Quiet(FLOOR, 19.0), 20.0, OLD)
    assert not is_dark(long, 20.0, timedelta(days=3))
    assert is_dark(Quiet(timedelta(days=3), 100.0), 20.0, timedelta(days=3))


@pytest.mark.parametrize("text", [None, "", "nonsense", "[]", '{"mean": 0}', '{"what": 1}', '{"mean": "x"}'])
def test_what_cannot_be_read_is_nothing_known(text: str | None) -> None:
    assert Silences.loads(text) == Silences()


def test_what_is_kept_comes_back() -> None:
    known = exponential(50)
    assert Silences.loads(known.dumps()).limit(700) == pytest.approx(known.limit(700), rel=1e-3)
