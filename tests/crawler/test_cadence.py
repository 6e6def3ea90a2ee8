"""When a source is polled next."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crawler import CrawlSettings, Outlet
from crawler.cadence import Next, Outcome, Rhythm, fresh_for, next_fire, next_poll
from crawler.visit import rhythm_of
from newsdesk import Guard

NOW = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def following(dice: float = 0.5, rhythm: dict[str, Any] | None = None, **outcome: Any) -> Next:
    wishes = {"every": 5 * MINUTE, "low": MINUTE, "high": timedelta(hours=6), **(rhythm or {})}
    return next_poll(Rhythm(**wishes), Outcome(**{"interval": 5 * MINUTE, **outcome}), NOW, dice)


def minutes(found: Next) -> float:
    return round((found.at - NOW) / MINUTE, 2)


def test_a_source_is_polled_every_so_often() -> None:
    assert minutes(following()) == 5


def test_starts_are_spread_a_little() -> None:
    assert minutes(following(dice=0.0)) == 4.5
    assert minutes(following(dice=0.999)) == pytest.approx(5.5, abs=0.01)


def test_news_at_each_visit_hurries_down_to_the_minimum() -> None:
    assert minutes(following(fresh=True)) == 4
    assert minutes(following(fresh=True, interval=MINUTE)) == 1


def test_a_visit_without_news_slows_down_to_the_base() -> None:
    assert minutes(following(interval=MINUTE)) == 1.25
    assert minutes(following(interval=timedelta(hours=5))) == 5


def test_nothing_new_for_long_stretches_up_to_the_maximum() -> None:
    assert following(quiet_for=timedelta(hours=20)).interval == 12 * MINUTE
    assert following(quiet_for=timedelta(days=300)).interval == timedelta(hours=6)


def test_failures_back_off_to_a_day() -> None:
    assert [minutes(following(0.0, failures=count)) for count in (1, 2, 3, 4)] == [5, 10, 20, 40]
    assert following(0.0, failures=5000).at - NOW == timedelta(days=1)


def test_a_host_gets_at_least_the_rest_it_asks_for() -> None:
    found = following(0.0, failures=1, retry_after=timedelta(hours=2))
    assert (found.at - NOW, found.reason) == (timedelta(hours=2), "Retry-After")
    assert following(0.0, failures=1, retry_after=timedelta(days=9000)).at - NOW == timedelta(days=1)
    assert minutes(following(0.0, failures=1, retry_after=timedelta(seconds=1))) == 5


def test_an_answer_that_stays_fresh_is_not_asked_for_before() -> None:
    assert minutes(following(not_before=timedelta(hours=1))) == 60
    assert following(not_before=timedelta(days=1)).at - NOW == timedelta(hours=6)


def test_the_wish_of_a_list_counts_unless_the_operator_has_one() -> None:
    assert minutes(following(ttl=timedelta(hours=1), interval=timedelta(hours=1))) == 60
    assert minutes(following(ttl=timedelta(hours=1), rhythm={"explicit": True})) == 5


def test_hours_and_days_to_skip_are_skipped() -> None:
    assert following(skip_hours=frozenset({14, 15})).at == NOW.replace(hour=16)
    assert following(skip_days=frozenset({5})).at == datetime(2026, 11, 22, tzinfo=UTC)
    assert minutes(following(skip_hours=frozenset(range(24)))) == 5


def test_an_outlet_with_fixed_times_is_only_made_good_after_them() -> None:
    found = following(rhythm={"poll_at": ("0 6,18 * * *",), "timezone": "Europe/Moscow"})
    assert (found.at, found.reason) == (datetime(2026, 11, 21, 15, 1, tzinfo=UTC), "poll_at")


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
        ({"cache-control": "max-age=99999999"}, 86400),
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
