"""A database that fails for a while: what could not be put back is not held for ever, but worked on again."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from crawler import Poller
from crawler.leads import leads
from crawler.tables import LeadRow, SourceRow
from crawler.visits.record import Recorder
from newsdesk import Desk
from tocsin.demo.newspaper import Newspaper

from .polling import House, until

FULL = OperationalError("COMMIT", {}, Exception("database or disk is full"))


def full(*_: Any, **__: Any) -> Any:
    raise FULL


def held(house: House, table: type[SourceRow] | type[LeadRow]) -> int:
    with house.database.read() as session:
        return len(session.scalars(select(table.lease).where(table.lease.is_not(None))).all())


async def idle(poller: Poller) -> None:
    await until(lambda: poller.in_flight == (0, 0))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newsdesk.database._TRIES", 1)


def test_a_visit_that_could_not_be_ended_is_made_again_once_the_database_works(
    house: House, paper: Newspaper, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper.prints("Harbour report", "The harbour was closed by the storm.\n\nNobody was hurt.")
    house.outlet(paper)

    async def main(poller: Poller) -> None:
        with monkeypatch.context() as failing:
            failing.setattr(Recorder, "record", full)
            await poller.tick()
            await idle(poller)
        assert held(house, SourceRow) == 1
        await poller.tick()
        await until(lambda: len(house.articles()) == 1)

    house.run(main)
    assert len(paper.asked("/feed.xml")) == 2
    assert len(house.articles()) == 1


def test_a_page_that_could_not_be_put_back_is_fetched_again_once_the_database_works(
    house: House, paper: Newspaper, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = paper.prints("Harbour report", "The harbour was closed.\n\nNobody was hurt.").removeprefix(paper.url)
    house.outlet(paper)

    async def main(poller: Poller) -> None:
        with monkeypatch.context() as failing:
            failing.setattr(Desk, "file", full)
            failing.setattr(leads, "postpone", full)
            await poller.tick()
            await until(lambda: bool(paper.asked(path)) and poller.in_flight == (0, 0))
        assert held(house, LeadRow) == 1
        await poller.tick()
        await until(lambda: len(paper.asked(path)) == 2 and poller.in_flight == (0, 0))

    house.run(main)
    assert len(house.articles()) == 1
