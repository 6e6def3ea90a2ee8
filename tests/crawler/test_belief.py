"""Lists that say "not modified" and lie are found out; those that are honest are believed."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from .guests import NOT_MODIFIED, Headers, edit, feed, sent, visits
from .polling import House
from .wire import played


def liar(numbers: list[int]) -> Callable[[Headers], bytes]:
    """A server that calls its list unchanged to whoever shows a validator."""
    return lambda headers: NOT_MODIFIED if "if-none-match" in headers else feed(*numbers, ETag='"for ever"')


def test_a_list_that_lies_about_being_unchanged_is_found_out_and_asked_whole_from_then_on(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    numbers = [1]
    with played(feed=liar(numbers)) as server, caplog.at_level(logging.WARNING):
        visits(house, server, 2)
        numbers.append(2)
        assert house.visit().leads == 0
        edit(house, not_modified=10)
        assert house.visit().leads == 1
        numbers.append(3)
        assert house.visit().leads == 1
    assert sent(server, "if-none-match")[-3:] == [None, b'"for ever"', None]
    assert house.source().lied_at is not None
    assert any("not modified though" in record.message for record in caplog.records)


def honest(numbers: list[int]) -> Callable[[Headers], bytes]:
    def say(headers: Headers) -> bytes:
        tag = f'"{len(numbers)}"'
        return NOT_MODIFIED if headers.get("if-none-match") == tag.encode() else feed(*numbers, ETag=tag)

    return say


def test_a_list_that_changes_in_the_moment_of_the_look_is_no_liar(house: House) -> None:
    numbers = [1]
    with played(feed=honest(numbers)) as server:
        visits(house, server)
        edit(house, not_modified=10)
        numbers.append(2)
        assert house.visit().leads == 1
        house.visit()
    assert house.source().lied_at is None and house.source().believed_until is not None
    assert sent(server, "if-none-match") == [None, None, b'"1"', b'"2"']


def test_a_list_that_stays_the_same_is_believed_for_longer_each_time(house: House) -> None:
    with played(feed=honest([1])) as server:
        visits(house, server)
        edit(house, not_modified=10, added_at=datetime.now(UTC) - timedelta(days=4))
        house.visit(3)
    source = house.source()
    assert source.believed_until and 1.9 < (source.believed_until - datetime.now(UTC)).total_seconds() / 86400 < 2.1
    assert sent(server, "if-none-match") == [None, None, b'"1"', b'"1"']


def test_a_liar_that_has_learnt_better_is_believed_again(house: House) -> None:
    numbers = [1]
    past = datetime.now(UTC) - timedelta(days=1)
    with played(feed=honest(numbers)) as server:
        visits(house, server)
        edit(house, lied_at=past, believed_until=past)
        house.visit()
        assert house.source().lied_at is not None
        numbers.append(2)
        house.visit()
        assert house.source().lied_at is None
        assert house.visit().not_modified == 1
