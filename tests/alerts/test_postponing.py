"""What waits keeps its promise whatever comes between: quiet hours, a clock that was wrong, an alert that is broken."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.world.newsroom import Newsroom


def standing(room: Newsroom) -> dict[str, int]:
    found = room.ledger.balance()
    assert found.is_even, found.faults
    return {state: count for state, count in found.states.items() if count}


def body(number: int) -> str:
    return " ".join(f"w{number}x{n}" for n in range(30))


def subjects(room: Newsroom) -> list[str]:
    return [mail.subject for mail in room.mailbox.mails]


async def test_what_could_not_be_sent_before_the_quiet_hours_comes_as_one_after_them(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail(quiet="15:00-20:00"))
    room.waits(minutes=54)
    for number in range(2):
        room.prints(f"Lavrov speaks {number}", body(number))
    await room.sweep()
    room.waits(minutes=10)
    await room.send()
    assert (subjects(room), standing(room)) == ([], {"held": 2})
    room.waits(hours=5)
    await room.send()
    assert (subjects(room), standing(room)) == (["[Quartet] 2 stories"], {"grouped": 2})


async def test_what_was_tried_before_the_quiet_hours_is_tried_again_after_them_under_its_own_id(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail(quiet="15:00-20:00"))
    room.waits(minutes=54)
    room.mailbox.refuse = lambda _recipient: "450 later"
    room.prints("Lavrov speaks", body(1))
    await room.works()
    room.mailbox.refuse = lambda _recipient: None
    (before,) = room.deliveries("pending")
    room.waits(minutes=10)
    await room.send()
    (delivery,) = room.deliveries("pending")
    assert (delivery.id, delivery.attempts, delivery.due_at.hour) == (before.id, 1, 20)
    room.waits(hours=5)
    await room.send()
    assert subjects(room) == ["[Quartet] Lavrov speaks"]


async def test_a_digest_that_was_late_for_the_quiet_hours_waits_as_it_is(
    room: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    room.watch("Lavrov", room.mail(when="hourly", quiet="15:30-20:00"))
    for number in range(2):
        room.prints(f"Lavrov speaks {number}", body(number))
    await room.works()
    room.waits(hours=1)
    await room.dispatch.gather(room.now)
    room.waits(minutes=30)
    room.prints("Lavrov speaks 2", body(2))
    await room.works()
    assert subjects(room) == []
    room.waits(hours=5)
    await room.send()
    assert sorted(subjects(room)) == ["[Quartet] 2 stories", "[Quartet] Lavrov speaks 2"]
    assert standing(room) == {"grouped": 2, "delivered": 1}
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.parametrize("plan", [{}, {"when": "hourly"}, {"quiet": "14:00-15:00"}], ids=str)
async def test_a_clock_that_was_a_month_ahead_holds_nothing_up_once_it_is_right(
    room: Newsroom, plan: dict[str, str]
) -> None:
    room.watch("Lavrov", room.mail(**plan))
    room.mailbox.refuse = lambda _recipient: "450 later"
    room.waits(days=30)
    room.prints("Lavrov speaks", body(1))
    await room.works()
    room.mailbox.refuse = lambda _recipient: None
    room.waits(days=-30)
    for _ in range(2):
        await room.works()
        room.waits(hours=1)
    await room.works()
    assert subjects(room) == ["[Quartet] Lavrov speaks"]
    assert standing(room) == {"delivered": 1}


async def test_a_digest_that_cannot_be_made_is_told_one_by_one_and_holds_up_nobody(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail(when="hourly"), room.mail("bo@example.org", when="hourly"))
    for number in range(2):
        room.prints(f"Lavrov speaks {number}", body(number))
    await room.works()
    broken = room.deliveries()[0]
    with room.database.begin() as session:
        session.execute(text("UPDATE deliveries SET payload = '{' WHERE id = :id"), {"id": broken.id})
    room.waits(hours=1)
    await room.send()
    told = {mail.recipient: mail.subject for mail in room.mailbox.mails}
    other = "bo@example.org" if broken.address == "desk@example.org" else "desk@example.org"
    assert told[other] == "[Quartet] 2 stories"
    assert told[broken.address].startswith("[Quartet] Lavrov speaks")
    room.waits(minutes=1)
    assert standing(room) == {"delivered": 1, "grouped": 2, "pending": 1}


async def test_an_alert_that_cannot_be_worded_anew_keeps_no_other_from_going_out(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail(), room.mail("bo@example.org"))
    room.prints("Lavrov speaks", body(1))
    await room.sweep()
    with room.database.begin() as session:
        broken = "UPDATE deliveries SET payload = :payload WHERE id = :id"
        session.execute(text(broken), {"payload": '{"watches":[{', "id": room.deliveries()[0].id})
    await room.send()
    assert subjects(room) == ["[Quartet] Lavrov speaks"]
    with room.database.begin() as session:
        session.execute(text('UPDATE deliveries SET payload = \'{"data":{"article":{"title":""}}}\''))
    assert standing(room) == {"delivered": 1, "pending": 1}


async def test_a_clock_a_few_seconds_behind_another_daemon_changes_nothing(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail(when="hourly"))
    room.prints("Lavrov speaks", body(1))
    await room.works()
    due = room.deliveries()[0].due_at
    await room.dispatch.gather(room.now - timedelta(seconds=30))
    assert room.deliveries()[0].due_at == due
