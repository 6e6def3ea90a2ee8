"""Marks of what a list names."""

import pytest

from crawler import Lead
from crawler.items import MOST, dumps, loads, marks

HOST = "https://paper.example"


def leads(*numbers: int) -> list[Lead]:
    return [Lead(f"{HOST}/news/{number}") for number in numbers]


def test_one_address_has_one_mark_however_it_is_written() -> None:
    assert marks([Lead(f"{HOST}/a?utm_source=rss"), Lead("HTTPS://PAPER.example/a")]) == marks([Lead(f"{HOST}/a")])
    assert len(marks(leads(1, 2, 3))) == 3


def test_marks_are_short_and_come_back_as_they_were_stored() -> None:
    kept = marks(leads(*range(50)))
    assert loads(dumps(kept)) == kept
    assert max(map(len, kept)) <= 10


def test_two_readings_of_a_long_list_keep_the_same_part_of_it() -> None:
    one, other = marks(leads(*range(2000))), marks(leads(*range(1999, 4, -1)))
    assert len(one) == len(other) == MOST
    assert len(one & other) > MOST * 0.97


@pytest.mark.parametrize("stored", [None, "", "nonsense", "{}", "3", "[1, null]"])
def test_what_is_no_list_of_marks_is_nothing_known(stored: str | None) -> None:
    assert loads(stored) == frozenset()


def test_an_address_that_no_database_stores_has_a_mark_too() -> None:
    assert len(marks([Lead("https://paper.example/\ud800")])) == 1
