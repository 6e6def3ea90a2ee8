"""Waiting: who is due is found behind long queues of others; and the clerk, who records what ends together."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from alerts import Outbox, Subscriptions, Watchlist
from alerts.notice import Notices
from alerts.outbox.outbox import Claim, Outcome, Promise
from alerts.sending.clerk import Clerk
from newsdesk import Database, DeliveryFailure, TemporaryFailure

NOW = datetime(2026, 11, 21, 14, 5, 9, tzinfo=UTC)


def promise(database: Database, endpoint: str, count: int, due: datetime = NOW) -> None:
    with database.begin() as session:
        card = Subscriptions(database).ensure(session, "quartet", "webhook", f"https://{endpoint}/", NOW)
        promises = [
            Promise(
                id=f"{endpoint}-{n:04}",
                subscription=card.id,
                endpoint=endpoint,
                type="story.matched",
                payload="{}",
                due=due,
                story=f"story-{n}",
            )
            for n in range(count)
        ]
        Outbox(database).promise(session, promises, NOW)


def claim(database: Database, places: int, most: int, *, full: Sequence[str] = (), now: datetime = NOW) -> list[Claim]:
    taken = Counter[str]()

    def admits(endpoint: str) -> bool:
        if taken[endpoint] >= most:
            return False
        taken[endpoint] += 1
        return True

    with database.begin() as session:
        return Outbox(database).claim(session, now, places, admits, full)


def test_a_long_queue_hides_no_other_server(database: Database) -> None:
    promise(database, "long.example", 150, NOW - timedelta(hours=2))
    promise(database, "early.example", 2, NOW - timedelta(hours=1))
    promise(database, "late.example", 2)
    found = [one.id for one in claim(database, 7, 5, full=["long.example"])]
    assert found == ["early.example-0000", "early.example-0001", "late.example-0000", "late.example-0001"]


def test_each_server_gets_its_places_and_the_longest_waiting_go_first(database: Database) -> None:
    promise(database, "long.example", 150, NOW - timedelta(hours=2))
    promise(database, "late.example", 9)
    promise(database, "early.example", 9, NOW - timedelta(hours=1))
    assert Counter(one.endpoint for one in claim(database, 8, 3)) == {
        "long.example": 3,
        "early.example": 3,
        "late.example": 2,
    }


def test_what_is_claimed_or_not_due_is_left_alone(database: Database) -> None:
    promise(database, "long.example", 3)
    promise(database, "tomorrow.example", 3, NOW + timedelta(days=1))
    first, second = claim(database, 2, 5), claim(database, 9, 5)
    assert [one.id for one in first + second] == [f"long.example-{n:04}" for n in range(3)]
    assert claim(database, 9, 5) == []
    assert claim(database, 0, 5) == []


def taken(at: datetime = NOW, error: TemporaryFailure | None = None) -> Outcome:
    return Outcome(at, timedelta(milliseconds=7), "204", "", error)


async def test_attempts_that_end_together_are_recorded_together_and_a_late_one_stays_late(database: Database) -> None:
    promise(database, "long.example", 5)
    claims = claim(database, 5, 5)
    again = claim(database, 1, 5, now=NOW + timedelta(minutes=5))
    clerk = Clerk(database, Outbox(database), Notices(database, Watchlist([])))
    states = await asyncio.gather(*(clerk.record(one, taken()) for one in claims))
    assert states == ["late", "sent", "sent", "sent", "sent"]
    assert await clerk.record(again[0], taken()) == "sent"


class Broken(Notices):
    def after_attempt(self, *_: object) -> None:
        raise ValueError("broken")


async def test_an_attempt_that_cannot_be_recorded_takes_no_other_along(database: Database) -> None:
    promise(database, "long.example", 4)
    claims = claim(database, 4, 5)
    clerk = Clerk(database, Outbox(database), Broken(database, Watchlist([])))
    failure = TemporaryFailure(DeliveryFailure.REJECTED, "later")
    outcomes = [taken(), taken(error=failure), taken(), taken()]
    waiting = [asyncio.ensure_future(clerk.record(*pair)) for pair in zip(claims, outcomes, strict=True)]
    first, broken, *others = await asyncio.gather(*waiting, return_exceptions=True)
    assert [first, *others] == ["sent"] * 3
    with pytest.raises(ValueError, match="broken"):
        raise broken if isinstance(broken, BaseException) else AssertionError(broken)
    later = claim(database, 9, 5, now=NOW + timedelta(minutes=5))
    assert [one.id for one in later] == ["long.example-0001"]


async def test_what_ended_is_on_record_though_nobody_waits_for_it(database: Database) -> None:
    promise(database, "long.example", 1)
    (one,) = claim(database, 1, 5)
    clerk = Clerk(database, Outbox(database), Notices(database, Watchlist([])))
    waiting = asyncio.ensure_future(clerk.record(one, taken()))
    await asyncio.sleep(0)
    waiting.cancel()
    await clerk.finish()
    assert claim(database, 9, 5, now=NOW + timedelta(minutes=5)) == []
