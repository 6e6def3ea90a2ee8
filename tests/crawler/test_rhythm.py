"""What visits teach of an outlet's rhythm, kept in its row."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from crawler import Poller
from crawler.cadence.habit import Habit
from crawler.tables import SourceRow
from tocsin.demo.newspaper import Answer, Newspaper

from .polling import House

MINUTE = timedelta(minutes=1)
FEED = b"<rss version='2.0'><channel><title>T</title><ttl>90</ttl></channel></rss>"


def row(house: House) -> SourceRow:
    with house.database.read() as session:
        return session.scalars(select(SourceRow)).one()


def print_news(paper: Newspaper, number: int, every: timedelta) -> None:
    for place in range(number):
        paper.prints(f"Report {place}", f"Report {place} of the harbour.", at=datetime.now(UTC) - place * every)


async def tick(poller: Poller) -> None:
    await poller.tick()


def test_the_first_document_teaches_the_rhythm(house: House, paper: Newspaper) -> None:
    print_news(paper, 40, MINUTE)
    house.outlet(paper, poll_every="5m")
    house.visit()
    found = row(house)
    assert Habit.loads(found.habit).rate(datetime.now(UTC)) * 60 == pytest.approx(1, rel=0.5)
    assert (found.interval_reason, found.poll_every) == ("its rhythm: busy now", 300)
    assert found.interval < 120


def test_each_visit_teaches_more(house: House, paper: Newspaper) -> None:
    print_news(paper, 3, 60 * MINUTE)
    house.outlet(paper)
    house.visit()
    before = Habit.loads(row(house).habit)
    print_news(paper, 5, timedelta(seconds=3))
    house.visit()
    assert Habit.loads(row(house).habit).total > before.total
    assert Habit.loads(row(house).habit).observed_since == before.observed_since


def test_of_a_failed_visit_nothing_is_learnt(house: House, paper: Newspaper) -> None:
    print_news(paper, 3, 60 * MINUTE)
    house.outlet(paper)
    house.visit()
    before = row(house).habit
    paper.instead["/feed.xml"] = lambda _: Answer(500)
    house.visit()
    assert row(house).habit == before


def test_a_wish_of_the_list_holds_after_an_answer_that_does_not_repeat_it(house: House, paper: Newspaper) -> None:
    def answer(request: Any) -> Answer:
        if request.headers.get("if-none-match"):
            return Answer(304)
        return Answer(200, FEED, {"Content-Type": "application/rss+xml", "ETag": '"1"'})

    paper.instead["/feed.xml"] = answer
    house.outlet(paper)
    for _ in range(2):
        house.visit()
        assert (row(house).interval, row(house).interval_reason) == (5400, "ttl")
    assert row(house).not_modified == 1


def test_a_restart_polls_nothing_early(house: House, paper: Newspaper) -> None:
    print_news(paper, 3, 60 * MINUTE)
    house.outlet(paper)
    house.visit()
    asked = len(paper.requests)
    house.run(tick)
    assert len(paper.requests) == asked
    with house.database.begin() as session:
        session.execute(update(SourceRow).values(next_poll_at=datetime.now(UTC) - MINUTE))
    house.run(tick)
    assert len(paper.requests) > asked
