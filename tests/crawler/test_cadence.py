"""When a source is polled next."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crawler import CrawlSettings, Outlet
from crawler.cadence.cadence import Next, Outcome, Rhythm, Wishes, fresh_for, is_shortened, next_fire, next_poll
from crawler.cadence.habit import Habit
from crawler.visits.visit import rhythm_of
from newsdesk import Guard

NOW = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def following(dice: float = 0.5, rhythm: dict[str, Any] | None = None, at: datetime = NOW, **outcome: Any) -> Next:
    wishes = {"every": 5 * MINUTE, "low": MINUTE, "high": 6 * HOUR, **(rhythm or {})}
    return next_poll(Rhythm(**wishes), Outcome(**outcome), at, dice)


def minutes(found: Next) -> float:
    return round((found.at - NOW) / MINUTE, 2)


def habit(per_hour: float, until: datetime = NOW, days: int = 21) -> Habit:
    """Give the habit of an outlet that publishes all day long."""
    return office(per_hour, until, days, range(24))


def office(per_hour: float, until: datetime = NOW, days: int = 21, hours: Iterable[int] = range(6, 18)) -> Habit:
    """Give the habit of an outlet that publishes evenly at some hours of the day, as one who looked hourly saw it."""
    learnt, at, wanted = Habit.empty().learn([], until - days * DAY, whole_list=True), until - days * DAY, set(hours)
    while at < until:
        stamps = (
            [at + HOUR * (number + 0.5) / per_hour for number in range(round(per_hour))] if at.hour in wanted else []
        )
        at += HOUR
        learnt = learnt.learn(stamps, at, whole_list=False)
    return learnt


def test_a_source_is_polled_every_so_often() -> None:
    assert (minutes(following()), following().reason) == (5, "poll_every")
    assert minutes(following(habit=habit(2), watched_for=21 * DAY)) == pytest.approx(5, rel=0.1)


def test_starts_are_spread_a_little() -> None:
    assert minutes(following(dice=0.0)) == 4.75
    assert minutes(following(dice=0.999)) == pytest.approx(5.25, abs=0.01)
    assert minutes(following(dice=0.0, rhythm={"low": 5 * MINUTE})) == 5


def test_polls_come_with_the_square_root_of_the_rate() -> None:
    found = following(habit=habit(8), watched_for=21 * DAY)
    assert minutes(found) == pytest.approx(2.5, rel=0.1)
    assert found.reason == "its rhythm: busy now"
    assert minutes(following(habit=habit(2 / 16, days=200), watched_for=200 * DAY)) > 15


def test_a_busy_list_is_asked_often_from_its_first_reading_on() -> None:
    busy = Habit.empty().learn([NOW - 3 * MINUTE * number for number in range(50)], NOW, whole_list=True)
    assert minutes(following(habit=busy)) < 2.5


def test_no_list_is_asked_more_often_than_the_minimum() -> None:
    busy = Habit.empty().learn([NOW - timedelta(seconds=number) for number in range(100)], NOW, whole_list=True)
    assert minutes(following(habit=busy, dice=0.0)) == 1


def test_slowness_is_earned_by_watching() -> None:
    dead = Habit.empty().learn([NOW - 400 * DAY, NOW - 500 * DAY], NOW, whole_list=True)
    assert minutes(following(habit=dead)) == 5
    assert minutes(following(habit=dead, watched_for=4 * HOUR)) == 5
    assert minutes(following(habit=dead, watched_for=10 * HOUR)) == 12
    assert 12 < minutes(following(habit=dead, watched_for=30 * DAY)) <= 360
    assert following(habit=dead, watched_for=10 * HOUR).reason == "its rhythm: little news"


def test_no_list_waits_longer_than_the_maximum() -> None:
    dead = Habit.empty().learn([NOW - 900 * DAY], NOW, whole_list=True)
    assert minutes(following(habit=dead, watched_for=900 * DAY, rhythm={"high": HOUR})) == 60


def test_a_quiet_night_is_slept_through_and_the_morning_is_not() -> None:
    midnight = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
    learnt = office(6, midnight, days=28)
    late = following(habit=learnt, watched_for=28 * DAY, at=midnight, rhythm={"timezone": "Europe/Berlin"})
    assert late.interval > 12 * MINUTE
    assert late.reason == "its rhythm: quiet until 07:00"
    early = midnight.replace(hour=5, minute=55)
    first = following(habit=learnt, watched_for=28 * DAY, at=early)
    assert early + 5 * MINUTE < first.at < early + 11 * MINUTE


def test_news_draws_a_closer_look_for_some_hours() -> None:
    calm = habit(2)
    burst = calm.learn([NOW + MINUTE * number for number in range(15)], NOW + 15 * MINUTE, whole_list=False)
    at = NOW + 15 * MINUTE
    assert following(habit=burst, at=at).interval < following(habit=calm, at=at).interval * 0.7


def test_a_gap_between_two_readings_calls_for_a_look_sooner() -> None:
    found = following(gap=True)
    assert (minutes(found), found.reason) == (2.5, "a gap: looking sooner")
    assert minutes(following(gap=True, rhythm={"low": 5 * MINUTE})) == 5


def test_a_list_that_turns_over_fast_is_looked_at_before_it_has() -> None:
    assert minutes(following(window=6 * MINUTE)) == 3
    assert minutes(following(window=10 * HOUR)) == 5


def test_a_list_with_a_hub_is_polled_as_a_backup() -> None:
    found = following(hub=True)
    assert (minutes(found), found.reason) == (60, "backup of its hub")
    assert minutes(following(hub=True, rhythm={"every": 20 * MINUTE})) == 240
    assert minutes(following(hub=True, rhythm={"high": 10 * MINUTE})) == 10


def test_failures_back_off_to_a_day() -> None:
    assert [minutes(following(0.0, failures=count)) for count in (1, 2, 3, 4)] == [5, 10, 20, 40]
    assert following(0.0, failures=5000).at - NOW == DAY
    assert 5 < minutes(following(0.9, failures=1)) < 6


def test_a_host_gets_at_least_the_rest_it_asks_for() -> None:
    for dice in (0.0, 0.5, 0.99):
        found = following(dice, failures=1, retry_after=2 * HOUR)
        assert (found.at - NOW, found.reason) == (2 * HOUR, "Retry-After")
    assert following(0.0, failures=1, retry_after=9000 * DAY).at - NOW == DAY
    assert minutes(following(0.0, failures=1, retry_after=timedelta(seconds=1))) == 5


@pytest.mark.parametrize("dice", [0.0, 0.5, 0.99])
def test_an_answer_that_stays_fresh_is_not_asked_for_before(dice: float) -> None:
    found = following(dice, not_before=HOUR)
    assert (minutes(found), found.reason) == (60, "cache headers")
    assert following(dice, not_before=20 * HOUR).at - NOW == 20 * HOUR
    assert following(dice, not_before=90 * DAY).at - NOW == DAY
    assert following(dice, not_before=90 * DAY, rhythm={"hint_max": HOUR}).at - NOW == HOUR


@pytest.mark.parametrize("dice", [0.0, 0.5, 0.99])
def test_the_wish_of_a_list_counts(dice: float) -> None:
    found = following(dice, wishes=Wishes(ttl=HOUR))
    assert (minutes(found), found.reason) == (60, "ttl")
    assert minutes(following(dice, wishes=Wishes(ttl=HOUR), failures=1)) == 60
    assert minutes(following(dice, wishes=Wishes(ttl=HOUR), gap=True)) == 60


def test_hours_and_days_to_skip_are_skipped() -> None:
    found = following(0.0, wishes=Wishes(skip_hours=frozenset({14, 15})))
    assert (found.at, found.reason) == (NOW.replace(hour=16), "skipHours or skipDays")
    assert found.at <= following(0.9, wishes=Wishes(skip_hours=frozenset({14, 15}))).at <= found.at + 5 * MINUTE
    assert following(0.0, wishes=Wishes(skip_days=frozenset({5}))).at == datetime(2026, 11, 22, tzinfo=UTC)
    assert minutes(following(wishes=Wishes(skip_hours=frozenset(range(24))))) == 5
    assert minutes(following(wishes=Wishes(skip_days=frozenset(range(7))))) == 5


@pytest.mark.parametrize(
    "wishes",
    [
        Wishes(),
        Wishes(ttl=HOUR),
        Wishes(skip_hours=frozenset({0, 23}), skip_days=frozenset({5, 6})),
        Wishes(ttl=7 * DAY, skip_days=frozenset({0})),
    ],
)
def test_wishes_survive_being_written_down(wishes: Wishes) -> None:
    assert Wishes.loads(wishes.dumps()) == wishes


def test_an_outlet_with_fixed_times_is_only_made_good_after_them() -> None:
    found = following(rhythm={"poll_at": ("0 6,18 * * *",), "timezone": "Europe/Moscow"})
    assert (found.at, found.reason) == (datetime(2026, 11, 21, 15, 1, tzinfo=UTC), "poll_at")


def test_only_waits_that_came_of_poll_every_are_shortened_with_it() -> None:
    assert is_shortened("its rhythm: quiet until 06:00", 5 * MINUTE, MINUTE)
    assert is_shortened("poll_every", 5 * MINUTE, MINUTE)
    assert not is_shortened("poll_every", 5 * MINUTE, 5 * MINUTE)
    assert not is_shortened("Retry-After", 5 * MINUTE, MINUTE)


@pytest.mark.parametrize(
    ("expression", "zone", "then"),
    [
        ("* * * * *", "UTC", "2026-11-21T14:01"),
        ("30 2 * * *", "Europe/Berlin", "2026-11-22T01:30"),
        ("0 0 29 2 *", "UTC", "2028-02-29T00:00"),
        ("0 12 * * mon", "UTC", "2026-11-23T12:00"),
        ("0 12 1 * mon", "UTC", "2026-11-23T12:00"),
        ("0 12 22 * mon", "UTC", "2026-11-22T12:00"),
    ],
)
def test_cron_expressions_name_instants(expression: str, zone: str, then: str) -> None:
    assert next_fire(expression, zone, NOW).strftime("%Y-%m-%dT%H:%M") == then


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"cache-control": "public, max-age=600"}, 600),
        ({"cache-control": "max-age=600", "age": "200"}, 400),
        ({"cache-control": "no-cache, max-age=600"}, 0),
        ({"cache-control": "s-maxage=600"}, 0),
        ({"cache-control": "max-age=99999999"}, 99999999),
        ({"cache-control": "max-age=banana"}, 0),
        ({"expires": "Sat, 21 Nov 2026 14:10:00 GMT", "date": "Sat, 21 Nov 2026 14:00:00 GMT"}, 600),
        ({"expires": "0"}, 0),
        ({}, 0),
    ],
)
def test_cache_headers_say_how_long_an_answer_is_fresh(headers: dict[str, str], seconds: float) -> None:
    assert fresh_for(headers).total_seconds() == seconds


def test_only_private_hosts_that_are_allowed_may_be_hurried() -> None:
    outlet = Outlet(slug="a", name="A", site="https://paper.example/", poll_every="2s")  # type: ignore[arg-type]
    guard = Guard(["127.0.0.0/8"])
    assert rhythm_of(outlet, CrawlSettings(), "paper.example", guard).every == MINUTE
    assert rhythm_of(outlet, CrawlSettings(), "127.0.0.1", guard).every == timedelta(seconds=2)
    assert rhythm_of(outlet, CrawlSettings(), "127.0.0.1", Guard()).every == MINUTE
