"""When an outlet publishes, learnt from the dates of its articles."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from crawler.cadence.habit import Habit

NOW = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def articles(per_hour: Callable[[datetime], float], begin: datetime, end: datetime) -> Iterator[datetime]:
    random = Random(7)
    while begin < end:
        if random.random() < per_hour(begin) / 60:
            yield begin + MINUTE * random.random()
        begin += MINUTE


def watched(per_hour: Callable[[datetime], float], begin: datetime, end: datetime) -> Habit:
    """Look at an outlet every two hours."""
    habit, came = Habit.empty(), list(articles(per_hour, begin, end))
    while begin < end:
        habit = habit.learn([at for at in came if begin <= at < begin + 2 * HOUR], begin + 2 * HOUR, whole_list=False)
        begin += 2 * HOUR
    return habit


def office(at: datetime) -> float:
    return 4.0 if 8 <= at.hour < 18 and at.weekday() < 5 else 0.1


def per_hour(habit: Habit, at: datetime) -> float:
    return habit.rate(at) * 3600


def test_the_first_document_alone_tells_how_busy_an_outlet_is() -> None:
    habit = Habit.empty().learn([NOW - 6 * MINUTE * number for number in range(50)], NOW, whole_list=True)
    assert per_hour(habit, NOW + HOUR) == pytest.approx(10, rel=0.2)
    assert habit.observed_since == NOW - 44 * 6 * MINUTE


def test_an_outlet_never_seen_is_expected_to_publish_now_and_then() -> None:
    assert 0 < Habit.empty().rate(NOW) < 1 / 3600
    assert Habit.empty().observed_since is None


def test_a_piece_kept_on_top_for_years_does_not_stretch_the_window() -> None:
    stamps = [NOW - 6 * MINUTE * number for number in range(29)] + [NOW - 900 * DAY]
    habit = Habit.empty().learn(stamps, NOW, whole_list=True)
    assert per_hour(habit, NOW + HOUR) == pytest.approx(10, rel=0.3)


def test_hour_of_day_and_weekday_are_learnt() -> None:
    habit = watched(office, NOW - 28 * DAY, NOW)
    thursday, sunday = datetime(2026, 11, 26, 11, 30, tzinfo=UTC), datetime(2026, 11, 22, 11, 30, tzinfo=UTC)
    assert per_hour(habit, thursday) == pytest.approx(4, rel=0.25)
    assert per_hour(habit, thursday.replace(hour=3)) < 0.4
    assert per_hour(habit, sunday) < 0.5
    assert habit.expected(thursday.replace(hour=8), thursday.replace(hour=18)) == pytest.approx(40, rel=0.2)


def test_little_evidence_leaves_all_hours_near_the_mean() -> None:
    habit = Habit.empty().learn([NOW - 3 * HOUR, NOW - 2 * HOUR, NOW - HOUR], NOW, whole_list=True)
    rates = [habit.rate(NOW + HOUR * number) for number in range(168)]
    assert max(rates) < 2.5 * min(rates)


def test_an_outlet_that_falls_silent_is_expected_less_and_less() -> None:
    habit = watched(lambda _: 5.0, NOW - 14 * DAY, NOW)
    after = [habit.learn([], NOW + days * DAY, whole_list=False).rate(NOW) for days in (0, 7, 28, 365)]
    assert after == sorted(after, reverse=True)
    assert after[1] < 0.6 * after[0]
    assert after[3] < 0.02 * after[0]


def test_a_list_whose_newest_article_is_old_comes_from_a_dead_outlet() -> None:
    habit = Habit.empty().learn([NOW - (400 + days) * DAY for days in range(20)], NOW, whole_list=True)
    assert habit.rate(NOW) * 86400 < 0.05


def test_a_changed_habit_is_followed_within_weeks() -> None:
    change = NOW - 42 * DAY
    habit = watched(lambda at: 6.0 if (at.hour < 12) == (at < change) else 0.1, NOW - 84 * DAY, NOW)
    assert per_hour(habit, NOW.replace(hour=18)) > 3 * per_hour(habit, NOW.replace(hour=6))


def test_dates_that_cannot_be_are_ignored() -> None:
    stamps = [NOW - 10 * MINUTE * number for number in range(20)]
    absurd = [NOW + DAY, datetime(9999, 1, 1, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)]
    assert Habit.empty().learn(stamps + absurd, NOW, whole_list=True) == Habit.empty().learn(
        stamps, NOW, whole_list=True
    )


def test_articles_of_one_date_are_one_act_of_publishing() -> None:
    at = NOW - HOUR
    habit = Habit.empty().learn([], NOW - DAY, whole_list=True)
    assert habit.learn([at] * 500, NOW, whole_list=False) == habit.learn([at], NOW, whole_list=False)
    everything_now = Habit.empty().learn([NOW] * 50, NOW, whole_list=True)
    assert everything_now.rate(NOW) == Habit.empty().rate(NOW)


def test_dates_without_a_time_of_day_say_nothing_of_the_hour() -> None:
    stamps = [datetime(2026, 11, day, tzinfo=UTC) for day in range(1, 22) for _ in range(12)]
    habit = Habit.empty().learn(stamps, NOW, whole_list=True)
    rates = [habit.rate(NOW + HOUR * number) for number in range(24)]
    assert max(rates) < 3 * min(rates)
    assert sum(rates) * 3600 == pytest.approx(12, rel=0.35)


def test_what_is_listed_again_after_long_is_no_news() -> None:
    habit = Habit.empty().learn([NOW - DAY], NOW - HOUR, whole_list=True)
    assert habit.learn([NOW - 90 * DAY], NOW, whole_list=False) == habit.learn([], NOW, whole_list=False)


def test_time_that_nobody_saw_is_no_silence() -> None:
    habit = watched(lambda _: 5.0, NOW - 14 * DAY, NOW - 7 * DAY)
    stamps = [NOW - 12 * MINUTE * number for number in range(30)]
    with_hole = habit.learn(stamps, NOW, whole_list=True)
    assert per_hour(with_hole, NOW) == pytest.approx(5, rel=0.3)


def test_a_burst_lifts_the_mood_for_hours() -> None:
    habit = watched(lambda _: 2.0, NOW - 14 * DAY, NOW)
    burst = habit.learn([NOW + MINUTE * number for number in range(20)], NOW + 20 * MINUTE, whole_list=False)
    assert burst.mood(NOW + 20 * MINUTE) > 2
    assert burst.mood(NOW + DAY) == pytest.approx(1, abs=0.01)
    assert habit.learn([], NOW + 4 * HOUR, whole_list=False).mood(NOW + 4 * HOUR) < 0.8


def test_a_habit_survives_being_written_down() -> None:
    habit = watched(office, NOW - 9 * DAY, NOW)
    text = habit.dumps()
    assert len(text) < 1600
    assert Habit.loads(text).dumps() == text
    for hours in range(168):
        at = NOW + HOUR * hours
        assert Habit.loads(text).rate(at) == pytest.approx(habit.rate(at), rel=0.01)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "2;x",
        "1;1;2;3;4;5;6;7;8;",
        "1;nan;2;3;4;5;6;7;8;" + "," * 167,
        "1;a;b;c;d;e;f;g;h;i",
        "1;9;2;3;4;5;6;7;8;" + "," * 167,
    ],
)
def test_text_of_another_kind_is_an_empty_habit(text: str | None) -> None:
    assert Habit.loads(text) == Habit.empty()


def test_a_clock_set_back_changes_nothing_known() -> None:
    habit = watched(lambda _: 2.0, NOW - 7 * DAY, NOW)
    assert habit.learn([], NOW - 5 * HOUR, whole_list=False).rate(NOW) == pytest.approx(habit.rate(NOW))


def test_dates_without_a_time_of_day_are_spread_over_the_time_since_the_last_look() -> None:
    habit = Habit.empty().learn([], NOW - HOUR, whole_list=True)
    today = NOW.replace(hour=0)
    assert habit.learn([today] * 2, NOW, whole_list=False) == habit.learn(
        [NOW - 45 * MINUTE, NOW - 15 * MINUTE], NOW, whole_list=False
    )
