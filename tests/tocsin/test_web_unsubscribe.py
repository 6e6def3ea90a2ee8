"""What the unsubscribe address promises: GET shows and changes nothing, POST ends, twice is once."""

import sqlite3
from datetime import UTC, datetime

import pytest

from alerts import Subscriptions
from tests.world.house import PlainHouse, plain_house
from tocsin.web import server

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def house(tmp_path):
    with plain_house(tmp_path) as house:
        yield house


@pytest.fixture
def path(house: PlainHouse) -> str:
    with house.database.begin() as session:
        made = Subscriptions(house.database).ensure(session, "harbour", "email", "<b>@example.org", NOW)
    return f"/unsubscribe/{made.token}"


def active(house: PlainHouse, path: str) -> bool:
    found = Subscriptions(house.database).show(path.rpartition("/")[2])
    return found is not None and found.is_active


async def test_get_shows_what_would_end_and_changes_nothing(house, path):
    answer = await house.ask(path)
    assert answer.status_code == 200
    assert "&lt;b&gt;@example.org" in answer.text
    assert '<form method="post">' in answer.text
    assert active(house, path)


async def test_post_ends_it_without_cookie_or_redirect(house, path):
    answer = await house.ask(path, "POST")
    assert answer.status_code == 200
    assert "You are unsubscribed" in answer.text
    assert "set-cookie" not in answer.headers
    assert not active(house, path)


async def test_a_second_post_says_the_same_and_get_then_says_that_it_has_ended(house, path):
    first, second = await house.ask(path, "POST"), await house.ask(path, "POST")
    assert (first.status_code, first.text) == (second.status_code, second.text)
    assert "You are unsubscribed" in (await house.ask(path)).text


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_token_that_is_not_known_ends_nothing(house, path, method):
    answer = await house.ask("/unsubscribe/not-a-token", method)
    assert answer.status_code == 404
    assert "not known" in answer.text
    assert active(house, path)


async def test_anyone_who_holds_the_link_may_use_it_from_anywhere(house, path):
    house.public_url = "https://news.example.org"
    answer = await house.ask(path, "POST", by="10.0.0.9", headers={"host": "news.example.org"})
    assert answer.status_code == 200
    assert not active(house, path)


async def test_while_another_program_holds_the_database_it_says_when_to_ask_again(house, path, monkeypatch):
    holder = sqlite3.connect(house.database.url.database, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with monkeypatch.context() as impatient:
        impatient.setattr(server, "PATIENCE", 0.1)
        answer = await house.ask(path, "POST")
    holder.close()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert (await house.ask(path, "POST")).status_code == 200
    assert not active(house, path)
