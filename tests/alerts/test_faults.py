"""Faults on the way out: answers that are lost, servers that are down for days, stops and crashes in the middle."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from alerts import Dispatch
from alerts.outbox.outbox import SCHEDULE
from newsdesk import arm_crash_point
from tests.world.newsroom import START, Newsroom
from tocsin.demo.mailbox import Mailbox


def text(number: int) -> str:
    """Give a text that no other number's resembles."""
    return " ".join(f"w{number}x{place}" for place in range(30))


async def test_an_answer_that_is_lost_repeats_the_request_under_its_id(room: Newsroom) -> None:
    taken: list[bytes] = []

    def hang_up(_path: str, body: bytes) -> int:
        taken.append(body)
        raise ConnectionResetError

    room.watch("Lavrov", room.call())
    room.prints("Lavrov speaks")
    room.hook.answers = hang_up
    await room.works()
    assert len(taken) == 1
    assert room.states() == ["pending"]
    room.hook.answers = lambda _path, _body: 204
    room.waits(seconds=10)
    await room.send()
    (call,) = room.hook.calls
    assert (call.body, call.id) == (taken[0], room.deliveries()[0].id)
    assert room.states() == ["sent"]


async def test_a_mail_server_that_takes_a_mail_and_hangs_up_gets_it_again_under_its_message_id(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = Mailbox.handle_DATA

    async def hang_up(self: Mailbox, server: SMTP, session: Session, envelope: Envelope) -> str:
        await keep(self, server, session, envelope)
        server.transport.abort()
        return "250 never heard"

    room.watch("Lavrov", room.mail())
    room.prints("Lavrov speaks")
    monkeypatch.setattr(Mailbox, "handle_DATA", hang_up)
    await room.works()
    assert room.states() == ["pending"]
    monkeypatch.setattr(Mailbox, "handle_DATA", keep)
    room.waits(seconds=10)
    await room.send()
    first, second = room.mailbox.mails
    assert first.message["Message-ID"] == second.message["Message-ID"]
    assert room.states() == ["sent"]


async def test_what_a_receiver_missed_in_three_days_reaches_it_when_it_is_back(room: Newsroom) -> None:
    room.watch("Lavrov", room.call())
    room.dispatch = Dispatch(room.database, room.watchlist, schedule=SCHEDULE, clock=lambda: room.now)
    for number in range(3):
        room.prints(f"Lavrov speaks {number}", text(number))
    await room.sweep()
    room.hook.answers = lambda _path, _body: 503
    while room.now < START + timedelta(days=3):
        await room.send()
        room.now = min(delivery.due_at for delivery in room.deliveries("pending"))
    room.hook.answers = lambda _path, _body: 204
    room.waits(days=1)
    await room.send()
    assert room.states() == ["sent"] * 3
    assert len({call.id for call in room.hook.accepted()}) == len(room.hook.accepted()) == 3
    assert set(Counter(call.id for call in room.hook.calls).values()) == {len(SCHEDULE) + 1}


async def test_a_stop_with_fifty_under_way_loses_and_repeats_none(room: Newsroom) -> None:
    release, slow = threading.Event(), threading.Event()

    def answers(_path: str, _body: bytes) -> int:
        slow.set()
        return 204 if release.wait(20) else 500

    room.watch("Lavrov", room.call())
    for number in range(50):
        room.prints(f"Lavrov speaks {number}", text(number))
    await room.sweep()
    room.hook.answers = answers
    room.dispatch = room.dispatcher(per_endpoint=50)
    assert await room.dispatch.run(room.now) == 50
    await asyncio.to_thread(slow.wait, 20)
    closing = asyncio.create_task(room.dispatch.close(20))
    release.set()
    await closing
    assert room.states() == ["sent"] * 50
    room.dispatch = room.dispatcher()
    await room.send()
    assert len(room.hook.calls) == len({call.id for call in room.hook.calls}) == 50


class Killed(BaseException):
    """The process died here."""


def dies_at(monkeypatch: pytest.MonkeyPatch, point: str) -> Callable[[], None]:
    """Die at a point by an exception that nothing catches, in place of a signal; gives what takes that back."""

    def kill(*_: object) -> None:
        raise Killed

    monkeypatch.setattr("os.kill", kill)
    arm_crash_point({"TOCSIN_CRASH_AT": point})
    return lambda: arm_crash_point({})


async def test_a_crash_while_a_digest_is_made_leaves_it_whole_or_not_begun(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.watch("Lavrov", room.mail(when="hourly"), room.call(when="hourly"))
    for number in range(3):
        room.prints(f"Lavrov speaks {number}", text(number))
    await room.sweep()
    room.waits(hours=1)
    with pytest.raises(Killed), room.database.begin() as session:
        room.dispatch._gathering.run(session, room.now)
        raise Killed
    assert room.states() == ["held"] * 6
    undo = dies_at(monkeypatch, "claimed")
    with pytest.raises(Killed):
        await room.dispatch.run(room.now)
    undo()
    assert sorted(room.states()) == ["grouped"] * 6 + ["pending"] * 2
    room.waits(seconds=61)
    room.dispatch = room.dispatcher()
    await room.send()
    (mail,), (call,) = room.mailbox.mails, room.hook.calls
    assert len(call.json["data"]["items"]) == 3
    assert all(f"speaks {number}" in mail.text for number in range(3))
