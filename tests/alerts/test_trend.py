"""What is usual and what is not: by tables, and by thousands of hours of chance."""

import math
import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.occasion import Per
from alerts.trends.trend import (
    SLOT,
    Past,
    Usual,
    bucket_of,
    buckets_before,
    history,
    learn,
    runs_out,
    slot_of,
    watched,
)

NOW = datetime(2026, 11, 21, 14, 5, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LONDON, KOLKATA = ZoneInfo("Europe/London"), ZoneInfo("Asia/Kolkata")


def month(counts: list[float]) -> list[Past]:
    """The hours before now, the latest last."""
    total = len(counts)
    return [Past(n % 24, n // 24 % 7, (total - n) / 24, count) for n, count in enumerate(counts)]


def poisson(rate: float, chance: random.Random) -> int:
    count, product, end = 0, chance.random(), math.exp(-rate)
    while product > end:
        count, product = count + 1, product * chance.random()
    return count


def alarms(rates: list[float], chance: random.Random, sigma: float = 3.0) -> float:
    """Give the share of hours of a fifth week that are above, with each day learnt from the four weeks before it."""
    counts = [poisson(rate, chance) for rate in rates]
    above = 0
    for day in range(28, 35):
        model = learn(month([float(count) for count in counts[(day - 28) * 24 : day * 24]]))
        for hour in range(24):
            above += counts[day * 24 + hour] >= model.usual(hour, (day - 28 + 28) % 7).threshold(sigma)
    return above / (7 * 24)


@pytest.mark.parametrize("rate", [0.05, 0.5, 6.0])
def test_steady_chance_raises_no_more_alarms_than_sigma_promises(rate: float) -> None:
    chance = random.Random(7)
    share = sum(alarms([rate] * 840, chance, sigma=2.0) for _ in range(6)) / 6
    assert share <= 0.0228 * 1.5


@pytest.mark.parametrize("spread", [0.5, 1.0])
def test_uneven_chance_raises_few_more(spread: float) -> None:
    chance = random.Random(8)
    share = sum(
        alarms([5 * chance.gammavariate(1 / spread, spread) for _ in range(840)], chance, sigma=2.0) for _ in range(6)
    )
    assert share / 6 <= 0.0228 * 2


def test_the_hours_of_the_day_are_told_apart() -> None:
    chance = random.Random(9)
    rates = [12.0 if 8 <= hour % 24 < 20 else 1.0 for hour in range(672)]
    model = learn(month([float(poisson(rate, chance)) for rate in rates]))
    assert 9 < model.mean(13, 2) < 15
    assert model.mean(2, 2) < 3
    assert model.usual(2, 2).threshold(3) < model.usual(13, 2).threshold(3)


def test_the_days_of_the_week_are_told_apart() -> None:
    chance = random.Random(10)
    rates = [8.0 if hour // 24 % 7 < 5 else 2.0 for hour in range(672)]
    model = learn(month([float(poisson(rate, chance)) for rate in rates]))
    assert model.mean(12, 1) > 2.5 * model.mean(12, 6)


def test_one_story_after_a_quiet_month_is_no_alarm() -> None:
    model = learn(month([0.0] * 672))
    assert model.usual(12, 3).threshold(3) > 1
    assert learn([]).usual(0, 0).threshold(3) > 1


def test_what_was_unusual_before_hides_nothing_now() -> None:
    quiet = [3.0, 2.0, 4.0, 1.0] * 168
    burst = [*quiet[:400], *[90.0] * 6, *quiet[406:]]
    assert learn(month(burst)).usual(12, 3).threshold(3) < 30


@pytest.mark.parametrize(
    ("mean", "stray", "sigma", "threshold"),
    [
        # Poisson's tails, as tabled: P(N >= 4 | 0.5) = 0.00175, P(N >= 5 | 0.5) = 0.00017
        (0.5, 1e-9, 3.0, 5),
        (0.5, 1e-9, 2.0, 3),
        # P(N >= 14 | 6) = 0.0036, P(N >= 15 | 6) = 0.0014, P(N >= 16 | 6) = 0.0005
        (6.0, 1e-9, 3.0, 16),
        (6.0, 1e-9, 2.0, 12),
        # a geometric distribution of mean 1: P(N >= n) = 2 ** -n
        (1.0, 1.0, 3.0, 10),
        (1.0, 1.0, 2.0, 6),
        (5000.0, 0.01, 3.0, 6650),
        # too many to add up: as a normal distribution has it
        (1e6, 1e-9, 3.0, 1_003_000),
    ],
)
def test_the_threshold_is_where_the_tail_is_as_thin_as_sigma_says(
    mean: float, stray: float, sigma: float, threshold: int
) -> None:
    assert abs(Usual(mean, stray).threshold(sigma) - threshold) <= threshold * 0.01


@given(st.floats(0.001, 2000), st.floats(0.01, 10), st.floats(1.5, 10))
def test_the_threshold_is_above_the_usual_and_grows_with_sigma(mean: float, stray: float, sigma: float) -> None:
    usual = Usual(mean, stray)
    assert usual.low <= usual.high
    assert usual.threshold(sigma) > mean
    assert usual.threshold(sigma + 0.5) >= usual.threshold(sigma)
    assert usual.threshold(sigma, least=10**6) >= 10**6


@pytest.mark.parametrize(
    ("moment", "per", "zone", "begin", "hours"),
    [
        (NOW, Per.HOUR, UTC, "2026-11-21T14:00", 1),
        (NOW, Per.HOUR, KOLKATA, "2026-11-21T13:30", 1),
        (NOW, Per.DAY, LONDON, "2026-11-21T00:00", 24),
        (NOW, Per.DAY, KOLKATA, "2026-11-20T18:30", 24),
        (datetime(2026, 3, 29, 12, tzinfo=UTC), Per.DAY, LONDON, "2026-03-29T00:00", 23),
        (datetime(2026, 10, 25, 12, tzinfo=UTC), Per.DAY, LONDON, "2026-10-24T23:00", 25),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), Per.HOUR, LONDON, "2026-10-25T01:00", 1),
    ],
)
def test_hours_and_days_are_those_of_the_zone(
    moment: datetime, per: Per, zone: ZoneInfo, begin: str, hours: int
) -> None:
    bucket = bucket_of(moment, per, zone)
    assert f"{bucket.begin:%Y-%m-%dT%H:%M}" == begin
    assert bucket.end - bucket.begin == hours * HOUR
    assert len(bucket.slots) == hours * 4


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)), st.sampled_from(Per))
def test_the_buckets_of_a_year_neither_overlap_nor_leave_gaps(moment: datetime, per: Per) -> None:
    bucket = bucket_of(moment.replace(tzinfo=UTC), per, LONDON)
    assert bucket.begin <= moment.replace(tzinfo=UTC) < bucket.end
    for before in buckets_before(bucket, per, LONDON, bucket.begin - 3 * DAY):
        assert before.end == bucket.begin
        bucket = before


def test_hours_in_which_nobody_looked_tell_nothing() -> None:
    bucket = bucket_of(NOW, Per.HOUR, UTC)
    counts = {slot_of(NOW - 3 * HOUR): 7}
    whole = history(counts, bucket, Per.HOUR, UTC, NOW - 6 * HOUR)
    assert [past.count for past in whole] == [0, 0, 7, 0, 0]
    stretches = [(NOW - 4 * HOUR, NOW - 90 * timedelta(minutes=1)), (NOW - timedelta(minutes=20), NOW)]
    assert [past.hour for past in history(counts, bucket, Per.HOUR, UTC, NOW - 6 * HOUR, stretches)] == [11, 10, 9]


def test_only_time_that_was_watched_counts_for_a_silence() -> None:
    begin, end = NOW - 10 * DAY, NOW
    assert watched([], begin, end) == 10 * DAY
    away = [(NOW - 8 * DAY, NOW - 6 * DAY), (NOW - 2 * DAY, NOW)]
    assert watched(away, begin, end) == 6 * DAY  # what was before the first stretch is taken for watched
    assert runs_out(away, begin, 7 * DAY, NOW) == NOW + DAY
    assert runs_out(away, begin, 5 * DAY, NOW) == NOW - DAY
    assert runs_out([], begin, 7 * DAY, NOW) == NOW - 3 * DAY
    assert runs_out([], NOW - DAY, 7 * DAY, NOW) == NOW + 6 * DAY


def test_slots_serve_every_zone() -> None:
    assert SLOT == 15 * 60
