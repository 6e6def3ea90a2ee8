"""Silences: what matches is on record, nobody is told, and the end of a silence brings no flood."""

from datetime import timedelta
from typing import Any

import pytest

from alerts import Silence, Silences
from newsdesk import QueryError
from tests.world.newsroom import Newsroom

BODY = " ".join(f"Sentence number {n} of a long report about Lavrov and the Quartet." for n in range(30))


def silence(room: Newsroom, hours: float = 2, **what: Any) -> Silence:
    own: dict[str, Any] = {"starts_at": room.now, "author": "ana", "comment": "the summit", **what}
    with room.database.begin() as session:
        return Silences(room.database).add(
            session, ends_at=own["starts_at"] + timedelta(hours=hours), now=room.now, **own
        )


def stand(room: Newsroom) -> dict[str, int]:
    found = room.ledger.balance()
    assert found.is_even, found.faults
    return {state: count for state, count in found.states.items() if count}


@pytest.mark.parametrize(
    "what", [{"watch": "quartet"}, {"outlet": "rt"}, {"outlet": "tag:state"}, {"query": "speaks"}, {}], ids=str
)
async def test_what_a_silence_covers_is_kept_and_nobody_is_told(room: Newsroom, what: dict[str, str]) -> None:
    room.watch("Lavrov", room.mail(), room.call())
    made = silence(room, **what)
    article = room.prints("Lavrov speaks")
    await room.works()
    assert (room.mailbox.mails, room.hook.calls, room.deliveries()) == ([], [], [])
    assert stand(room) == {"silenced": 2}
    assert {one.words for one in room.ledger.fates(article.id)} == {f"silenced: silence {made.id}"}
    assert room.ledger.matches(article.id)[0].outcome == "silenced"


@pytest.mark.parametrize(
    "what",
    [{"watch": "other"}, {"outlet": "bbc"}, {"query": "Hamas"}, {"watch": "quartet", "outlet": "bbc"}, {"hours": -1}],
    ids=str,
)
async def test_what_a_silence_does_not_cover_is_told(room: Newsroom, what: dict[str, Any]) -> None:
    room.watch("Lavrov", room.mail())
    silence(room, **what)
    room.prints("Lavrov speaks")
    await room.works()
    assert len(room.mailbox.mails) == 1


async def test_the_end_of_a_silence_brings_no_flood(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail())
    silence(room, watch="quartet")
    room.prints("Lavrov speaks", BODY)
    await room.works()
    room.waits(hours=3)
    await room.works()
    room.prints("Minister speaks", BODY, outlet="bbc")
    await room.works()
    assert room.mailbox.mails == []
    assert stand(room) == {"silenced": 2}
    room.prints("Lavrov answers", "A new report, of something that nobody had heard of before this afternoon.")
    await room.works()
    assert [mail.subject for mail in room.mailbox.mails] == ["[Quartet] Lavrov answers"]


async def test_the_story_of_a_silenced_outlet_is_told_when_another_carries_it(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail())
    silence(room, outlet="rt")
    room.prints("Lavrov speaks", BODY)
    await room.works()
    room.waits(minutes=1)
    room.prints("Minister speaks", BODY, outlet="bbc")
    await room.works()
    assert [mail.subject for mail in room.mailbox.mails] == ["[Quartet] Minister speaks"]
    assert stand(room) == {"silenced": 1, "delivered": 1}


async def test_a_silence_to_come_begins_by_itself_and_can_be_ended(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail())
    made = silence(room, starts_at=room.now + timedelta(hours=1))
    silences = Silences(room.database)
    assert not made.is_in_force(room.now)
    room.waits(hours=1)
    assert made.is_in_force(room.now)
    with room.database.begin() as session:
        assert silences.end(session, "nonsense", room.now) is None
        ended = silences.end(session, made.id, room.now)
    assert ended is not None
    assert not ended.is_in_force(room.now)
    assert (silences.all(over=False, now=room.now), len(silences.all())) == ([], 1)
    room.prints("Lavrov speaks")
    await room.works()
    assert len(room.mailbox.mails) == 1
    with room.database.begin() as session:
        assert silences.end(session, made.id, room.now + timedelta(hours=5)) == ended


async def test_a_silence_of_what_cannot_be_asked_is_refused(room: Newsroom) -> None:
    with pytest.raises(QueryError):
        silence(room, query="(Lavrov")
    assert Silences(room.database).all() == []


async def test_the_operator_is_told_whatever_is_silenced(room: Newsroom) -> None:
    room.operator = [{"email": "ops@example.org"}]
    room.watch("Lavrov", room.mail())
    room.mailbox.refuse = lambda recipient: "550 unknown" if recipient.startswith("desk") else None
    room.prints("Lavrov speaks")
    await room.sweep()
    silence(room)
    await room.send()
    await room.send()
    assert [mail.recipient for mail in room.mailbox.mails] == ["ops@example.org"]
