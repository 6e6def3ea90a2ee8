"""Inventory: what is learnt of outlets is kept in the database, on either of them, and told to whoever asks later."""

from datetime import UTC, datetime, timedelta

import pytest

from crawler.inventory import Inventory
from crawler.reading.furniture import mark_of
from newsdesk import Article, Database, Desk

from .test_furniture import BOX, CHAT, story, title

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def article(number: int, *lines: str) -> Article:
    return Article(
        outlet="paper",
        url=f"https://paper.example/{number}",
        canonical_url=f"https://paper.example/{number}",
        title=title(number),
        body="\n\n".join([*story(number), *lines]),
    )


def file(
    desk: Desk, inventory: Inventory, numbers: range, *lines: str, now: datetime = NOW, outlet: str = "paper"
) -> None:
    with desk.database.begin() as session:
        for number in numbers:
            desk.file(session, article(number, *lines), now=now)
            inventory.filed(session, "paper", 1, now)


def test_what_was_learnt_outlives_the_process_and_is_of_one_outlet_only(desk: Desk) -> None:
    file(desk, Inventory(desk), range(6), BOX, *CHAT)
    later = Inventory(desk)
    with desk.database.begin() as session:
        assert later.load(session, "paper").marks == {mark_of(line) for line in [BOX, *CHAT]}
        assert not later.load(session, "other")


def test_the_record_is_tidied_when_something_is_learnt(desk: Desk) -> None:
    file(desk, Inventory(desk), range(5), BOX)
    with desk.database.begin() as session:
        filed = desk.newest(session, "paper", 10)
        assert {one.article.body for one in filed} == {"\n\n".join(story(number)) for number in range(5)}
        assert {(one.revision, one.copy_of) for one in filed} == {(1, None)}
        assert desk.file(session, article(3), now=NOW).kind == "known"


def test_a_box_that_changed_is_learnt_anew_and_the_old_one_forgotten(desk: Desk) -> None:
    inventory = Inventory(desk)
    file(desk, inventory, range(6), BOX)
    file(desk, inventory, range(6, 40), CHAT[0], now=NOW + timedelta(days=61))
    with desk.database.begin() as session:
        assert inventory.load(session, "paper").marks == {mark_of(CHAT[0])}


def test_furniture_that_is_met_is_kept(desk: Desk) -> None:
    inventory = Inventory(desk)
    file(desk, inventory, range(6), BOX)
    inventory.met("paper", [mark_of(BOX)])
    file(desk, inventory, range(6, 40), now=NOW + timedelta(days=61))
    with desk.database.begin() as session:
        assert inventory.load(session, "paper").marks == {mark_of(BOX)}
