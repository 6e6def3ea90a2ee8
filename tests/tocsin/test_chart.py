"""The chart shows every day, within its width."""

from datetime import date

import pytest

from tocsin.searching.chart import Day, chart, every_day, worst

DAYS = [
    Day(date(2026, 10, 1), 30, 20),
    Day(date(2026, 10, 2), 3, 1),
    Day(date(2026, 10, 5), 100, 55),
    Day(date(2026, 10, 6), 1, 1),
]


def test_days_without_a_hit_stand_between_the_first_and_the_last() -> None:
    assert [(one.day.day, one.articles) for one in every_day(DAYS[::-1])] == [
        (1, 30),
        (2, 3),
        (3, 0),
        (4, 0),
        (5, 100),
        (6, 1),
    ]
    assert every_day([]) == []


def test_plain_bars_are_letters() -> None:
    assert chart(DAYS, 58, blocks=False) == [
        "day (UTC)       stories  articles",
        "2026-10-01 Thu       20        30  #####..",
        "2026-10-02 Fri        1         3  #",
        "2026-10-03 Sat        0         0",
        "2026-10-04 Sun        0         0",
        "2026-10-05 Mon       55       100  #############..........",
        "2026-10-06 Tue        1         1  #",
    ]


@pytest.mark.parametrize("width", [44, 60, 80, 200])
@pytest.mark.parametrize("blocks", [True, False])
def test_no_line_is_wider_than_the_terminal(width: int, blocks: bool) -> None:
    lines = chart(DAYS, width, blocks=blocks)
    assert max(map(len, lines)) <= width
    assert len(lines[5]) >= min(width, 130)


def test_few_hits_are_short_bars() -> None:
    (_, line) = chart([Day(date(2026, 10, 1), 2, 1)], 80, blocks=True)
    assert line.endswith("  ████░░░░")


def test_long_pauses_of_a_long_stretch_are_one_line() -> None:
    lines = chart([*DAYS, Day(date(2027, 1, 5), 2, 2)], 80, blocks=False)
    assert lines[3].startswith("2026-10-03 Sat")
    assert lines[-2] == "…               90 days without"
    assert lines[-1].startswith("2027-01-05 Tue")


def test_the_worst_day_has_the_most_stories_then_the_most_articles_and_is_the_latest() -> None:
    assert worst([]) is None
    assert worst(DAYS) == DAYS[2]
    first, second = Day(date(2026, 10, 1), 4, 2), Day(date(2026, 10, 2), 3, 2)
    assert worst([second, first]) == first
    assert worst([second, Day(date(2026, 10, 9), 3, 2)]) == Day(date(2026, 10, 9), 3, 2)
