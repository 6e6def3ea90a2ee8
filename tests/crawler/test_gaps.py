"""Gaps: when a list may have lost items between two readings."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crawler import Lead
from crawler.cadence.cadence import Outcome, Rhythm, next_poll
from crawler.gaps import Before, compare, newest_of, turnover
from crawler.items import marks
from newsdesk import clean_url

NOW = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def item(number: int, *, dated: bool = True, site: str = "https://paper.example", title: str | None = None) -> Lead:
    """The item that was published `number` minutes after noon of an earlier day."""
    at = NOW - timedelta(days=1) + number * MINUTE if dated else None
    return Lead(f"{site}/news/{number}", title or f"Report number {number} of the day", published=at)


def reading(*numbers: int, **values: Any) -> list[Lead]:
    return [item(number, **values) for number in reversed(numbers)]


def before(leads: Sequence[Lead], at: datetime = NOW - HOUR) -> Before:
    names = frozenset(name for lead in leads for name in (f"report number {lead.url.rpartition('/')[2]} of the day",))
    return Before(
        at=at,
        marks=marks(leads),
        newest=max((one.published for one in leads if one.published), default=None),
        names=names,
    )


def is_gap(earlier: Sequence[Lead], later: Sequence[Lead], known: Sequence[Lead] = ()) -> bool:
    return compare(before(earlier), later, {clean_url(lead.url) for lead in known}, NOW).gap


def test_two_readings_that_share_no_item_are_a_gap() -> None:
    assert is_gap(reading(*range(20)), reading(*range(40, 60)))


def test_one_shared_item_joins_two_readings() -> None:
    assert not is_gap(reading(*range(20)), reading(*range(19, 39)))


@pytest.mark.parametrize("earlier, later", [(0, 20), (20, 0), (1, 20), (2, 20), (20, 2), (1, 1)])
def test_an_empty_list_and_one_of_the_latest_only_are_no_gap(earlier: int, later: int) -> None:
    assert not is_gap(reading(*range(earlier)), reading(*range(100, 100 + later)))


def test_a_list_that_moved_to_another_host_is_no_gap_when_its_dates_go_on() -> None:
    assert not is_gap(reading(*range(20)), reading(*range(5, 25), site="https://new.example", title="Other words"))


def test_a_list_without_dates_whose_addresses_were_all_rewritten_is_no_gap_when_its_titles_stay() -> None:
    earlier = reading(*range(20), dated=False)
    assert not is_gap(earlier, reading(*range(12, 32), dated=False, site="https://new.example/a"))
    assert is_gap(earlier, reading(*range(40, 60), dated=False, site="https://new.example/a"))


def test_items_without_dates_and_titles_are_a_gap_when_none_is_shared() -> None:
    assert is_gap(
        [Lead(f"https://paper.example/{n}") for n in range(9)],
        [Lead(f"https://paper.example/{n}") for n in range(10, 19)],
    )


def test_what_another_list_has_named_meanwhile_is_not_missing() -> None:
    later = reading(*range(40, 60))
    assert not is_gap(reading(*range(20)), later, known=later)
    assert not is_gap(reading(*range(20)), later, known=reading(*range(40, 57)))


def test_a_list_that_names_but_some_of_the_items_is_no_witness() -> None:
    later = reading(*range(40, 60))
    assert is_gap(reading(*range(20)), later, known=reading(*range(40, 60, 3)))
    assert is_gap(reading(*range(20)), later, known=reading(40))


def test_an_item_pinned_to_the_list_does_not_hide_a_gap() -> None:
    pinned = item(-5000)
    assert is_gap([*reading(*range(20)), pinned], [pinned, *reading(*range(40, 60))])
    assert not is_gap([*reading(*range(20)), pinned], [pinned, *reading(*range(15, 35))])


def test_one_old_date_among_new_ones_proves_nothing() -> None:
    assert is_gap(reading(*range(20)), [*reading(*range(40, 60)), item(-300, title="Opened again")])


def test_a_list_in_the_order_of_weight_brings_old_pieces_up_again_which_proves_nothing() -> None:
    later = [item(number) for number in (55, 41, 58, 15, 47, 12, 50, 43, 59, 45)]
    assert is_gap(reading(*(number for number in range(20) if number not in (12, 15))), later)
    assert not is_gap(
        reading(*range(20)), [item(number, site="https://new.example") for number in (21, 5, 19, 23, 8, 14, 2, 16)]
    )


def test_planned_dates_do_not_count_as_the_newest_seen_but_a_wrong_clock_does() -> None:
    past = [NOW - n * MINUTE for n in range(1, 8)]
    assert newest_of([NOW + HOUR, *past], NOW) == past[0]
    assert newest_of([NOW + HOUR, NOW + 2 * HOUR, past[0]], NOW) == NOW + 2 * HOUR
    assert newest_of([], NOW) is None


def test_the_time_in_which_a_window_turns_over_is_that_of_the_share_of_new_items() -> None:
    assert turnover(NOW - HOUR, NOW, 20, 10, []) == 2 * HOUR
    assert turnover(NOW - HOUR, NOW, 20, 20, []) == HOUR
    assert turnover(NOW - HOUR, NOW, 20, 0, []) is None


def test_the_newer_half_of_the_dates_tells_the_pace_of_now() -> None:
    night = [Lead(f"https://paper.example/{n}", published=NOW - n * HOUR) for n in range(1, 11)]
    morning = [Lead(f"https://paper.example/m{n}", published=NOW - n * MINUTE) for n in range(10)]
    assert turnover(NOW - 10 * HOUR, NOW, 20, 20, [*morning, *night]) == 18 * MINUTE


def test_a_list_that_turns_over_fast_is_asked_twice_in_that_time() -> None:
    rhythm = Rhythm(every=HOUR, low=MINUTE, high=6 * HOUR)
    assert next_poll(rhythm, Outcome(window=20 * MINUTE), NOW, 0.5).at == NOW + 10 * MINUTE
    assert next_poll(rhythm, Outcome(window=MINUTE), NOW, 0.5).at == NOW + MINUTE
    assert next_poll(rhythm, Outcome(window=20 * MINUTE, not_before=HOUR), NOW, 0.5).at >= NOW + HOUR
    plain = next_poll(rhythm, Outcome(), NOW, 0.5).at
    assert next_poll(rhythm, Outcome(window=timedelta(days=9)), NOW, 0.5).at == plain
    assert next_poll(rhythm, Outcome(gap=True), NOW, 0.5).at < NOW + HOUR
