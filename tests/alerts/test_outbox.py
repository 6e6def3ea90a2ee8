"""The outbox: claims, leases, fences, and when a failure is tried again."""

from collections import Counter
from datetime import timedelta
from random import Random

import pytest

from alerts.outbox.outbox import LEASE, SCHEDULE, Claim, Outbox, Outcome
from alerts.outbox.redelivery import send_again
from newsdesk import DeliveryError, DeliveryFailure, PermanentFailure, TemporaryFailure
from tests.world.newsroom import Newsroom

LATER = TemporaryFailure(DeliveryFailure.NETWORK, "not there")


async def promised(room: Newsroom, count: int = 1, to: str = "") -> None:
    """Promise one delivery for each of `count` articles."""
    room.watch("Lavrov", room.call() if not to else room.mail(to))
    for number in range(count):
        room.prints(f"Lavrov speaks {number}", " ".join(f"w{number}x{n}" for n in range(30)))
    await room.sweep()


def claim(room: Newsroom, places: int = 10, per_endpoint: int = 10, outbox: Outbox | None = None) -> list[Claim]:
    taken: Counter[str] = Counter()

    def admits(endpoint: str) -> bool:
        taken[endpoint] += 1
        return taken[endpoint] <= per_endpoint

    with room.database.begin() as session:
        return (outbox or room.outbox).claim(session, room.now, places, admits)


def record(room: Newsroom, claim: Claim, error: DeliveryError | None = None, outbox: Outbox | None = None) -> str:
    outcome = Outcome(room.now, timedelta(milliseconds=12), "204" if error is None else str(error.reason), "x", error)
    with room.database.begin() as session:
        return (outbox or room.outbox).record(session, claim, outcome)


async def test_a_claimed_delivery_is_claimed_by_nobody_else(room: Newsroom) -> None:
    await promised(room)
    assert len(claim(room)) == 1
    assert claim(room) == []


async def test_a_lease_that_is_over_is_taken_over_and_the_late_worker_marks_nothing(room: Newsroom) -> None:
    await promised(room)
    (early,) = claim(room)
    room.now += LEASE
    (heir,) = claim(room)
    assert (heir.id, heir.payload) == (early.id, early.payload)
    assert record(room, early) == "late"
    assert room.states() == ["pending"]
    assert record(room, heir) == "sent"
    assert record(room, early, LATER) == "late"
    assert room.states() == ["sent"]


async def test_what_a_dead_process_had_leased_is_free_at_the_next_start(room: Newsroom) -> None:
    await promised(room)
    assert len(claim(room)) == 1
    with room.database.begin() as session:
        assert room.outbox.reclaim(session) == 1
    assert len(claim(room)) == 1


async def test_a_given_back_delivery_counts_no_attempt(room: Newsroom) -> None:
    await promised(room)
    claims = claim(room)
    with room.database.begin() as session:
        room.outbox.release(session, claims)
    (again,) = claim(room)
    assert again.attempts == 1


async def test_one_long_queue_leaves_room_for_others(room: Newsroom) -> None:
    await promised(room, 12)
    room.waits(seconds=1)
    room.watch("weather", room.mail(), slug="weather")
    room.prints("The weather")
    await room.sweep()
    claims = claim(room, places=10, per_endpoint=3)
    assert [claim.channel for claim in claims].count("webhook") == 3
    assert [claim.channel for claim in claims].count("email") == 1


async def test_no_more_is_claimed_than_there_are_places(room: Newsroom) -> None:
    await promised(room, 5)
    assert len(claim(room, places=3)) == 3
    assert len(claim(room, places=3)) == 2


async def test_nothing_is_claimed_before_it_is_due(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail(when="daily"))
    room.prints("Lavrov speaks")
    await room.sweep()
    assert room.states() == ["held"]
    assert claim(room) == []


async def test_pauses_grow_and_end_in_a_kept_failure(room: Newsroom) -> None:
    await promised(room)
    outbox = Outbox(room.database, jitter=Random(1))
    for pause in SCHEDULE:
        (tried,) = claim(room, outbox=outbox)
        assert record(room, tried, LATER, outbox) == "pending"
        (delivery,) = room.deliveries()
        assert pause <= delivery.due_at - room.now <= pause * 1.2 + timedelta(seconds=1)
        assert claim(room, outbox=outbox) == []
        room.now = delivery.due_at
    (tried,) = claim(room, outbox=outbox)
    assert record(room, tried, LATER, outbox) == "failed"
    (dead,) = room.deliveries("failed")
    assert (dead.reason, dead.detail, dead.attempts) == ("network", "not there", 10)
    assert timedelta(days=3) <= room.now - dead.created_at <= timedelta(days=4)
    assert len(room.ledger.attempts(dead.id)) == 10


@pytest.mark.parametrize(
    ("asked", "least", "most"), [(60.0, 60, 61), (1.0, 5, 7), (1e9, 86400, 86401), (0.0, 5, 7), (None, 5, 7)]
)
async def test_the_receivers_wish_to_wait_is_kept_within_a_day(
    room: Newsroom, asked: float | None, least: int, most: int
) -> None:
    await promised(room)
    record(room, claim(room)[0], TemporaryFailure(DeliveryFailure.THROTTLED, "429", asked))
    (delivery,) = room.deliveries()
    assert timedelta(seconds=least) <= delivery.due_at - room.now <= timedelta(seconds=most)


async def test_a_final_refusal_is_kept_as_failed(room: Newsroom) -> None:
    await promised(room)
    assert record(room, claim(room)[0], PermanentFailure(DeliveryFailure.REJECTED, "550 no")) == "failed"
    (delivery,) = room.deliveries("failed")
    assert (delivery.reason, delivery.detail) == ("rejected", "550 no")


async def test_a_receiver_that_is_gone_is_told_nothing_more(room: Newsroom) -> None:
    await promised(room, 3)
    assert record(room, claim(room, places=1)[0], PermanentFailure(DeliveryFailure.GONE, "410")) == "failed"
    assert room.states() == ["failed"] * 3
    room.prints("Lavrov again")
    assert (await room.sweep()).deliveries == 0


async def test_a_failed_delivery_is_tried_anew_when_asked_for(room: Newsroom) -> None:
    await promised(room)
    first = claim(room)[0]
    record(room, first, PermanentFailure(DeliveryFailure.GONE, "410"))
    with room.database.begin() as session:
        assert send_again(session, [first.id, "unknown"], room.now) == 1
    (again,) = claim(room)
    assert (again.id, again.payload, again.attempts, again.state) == (first.id, first.payload, 1, "active")


async def test_each_attempt_is_on_record(room: Newsroom) -> None:
    await promised(room)
    first = claim(room)[0]
    record(room, first, LATER)
    room.waits(minutes=1)
    record(room, claim(room)[0])
    attempts = room.ledger.attempts(first.id)
    assert [(attempt.number, attempt.status, attempt.duration_ms) for attempt in attempts] == [
        (1, "network", 12),
        (2, "204", 12),
    ]


async def test_the_ledger_counts_and_finds(room: Newsroom) -> None:
    await promised(room, 2)
    record(room, claim(room, places=1)[0])
    assert room.ledger.counts() == {"pending": 1, "sent": 1}
    assert room.ledger.waiting_since() == room.now
    delivery = room.deliveries("sent")[0]
    assert room.ledger.find(delivery.id) == delivery
    assert room.ledger.find("unknown") is None
    assert delivery.article is not None
    assert room.ledger.of_article(delivery.article) == [delivery]
    assert len(room.ledger.deliveries(watch="quartet")) == 2
    assert room.ledger.deliveries(watch="other") == []
