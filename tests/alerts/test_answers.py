"""What a receiver took is told once, whatever becomes of the process or of the database before that is on record."""

import asyncio
import errno
import os
from asyncio.selector_events import _SelectorSocketTransport  # type: ignore[attr-defined]
from pathlib import Path

import pytest

from alerts import send_again
from alerts.sending.room import Door
from newsdesk import arm_crash_point
from tests.world.newsroom import Newsroom


class Killed(BaseException):
    """The process died here."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tocsin.answers"


def prints(room: Newsroom, count: int = 3) -> None:
    room.watch("Lavrov", room.mail(), room.call())
    for number in range(count):
        words = " ".join(f"w{number}x{place}" for place in range(30))
        room.prints(f"Lavrov speaks {number}", words)


async def revives(room: Newsroom, path: Path) -> None:
    """Go on as a process that starts after this one has died."""
    await room.dispatch.close()
    room.waits(seconds=61)
    room.dispatch = room.dispatcher(answers=path)
    await room.dispatch.recall()


def read(path: Path) -> bytes:
    return path.read_bytes()


def write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def told(room: Newsroom) -> tuple[int, int]:
    """How many messages came, and how many of them were others."""
    ids = [mail.message["Message-ID"] for mail in room.mailbox.mails] + [call.id for call in room.hook.calls]
    return len(ids), len(set(ids))


@pytest.mark.parametrize(("point", "most"), [("answered", 0), ("sent_no_answer", 1)])
async def test_a_kill_repeats_at_most_what_was_not_answered(
    room: Newsroom, path: Path, monkeypatch: pytest.MonkeyPatch, point: str, most: int
) -> None:
    def kill(*_: object) -> None:
        raise Killed

    prints(room)
    await room.sweep()
    await revives(room, path)
    monkeypatch.setattr("os.kill", kill)
    arm_crash_point({"TOCSIN_CRASH_AT": f"{point}:2"})
    await room.send()
    arm_crash_point({})
    assert "pending" in room.states()
    await revives(room, path)
    await room.send()
    assert room.states() == ["sent"] * 6
    came, different = told(room)
    assert different == 6
    assert came <= 6 + most
    assert {len(room.ledger.attempts(delivery.id)) for delivery in room.deliveries()} <= {1, 1 + most}
    status = {room.ledger.attempts(delivery.id)[0].status for delivery in room.deliveries()}
    assert status == {"204", "250"}


async def test_what_goes_out_once_more_on_wish_is_not_kept_back_by_an_old_note(room: Newsroom, path: Path) -> None:
    prints(room, 1)
    await revives(room, path)
    await room.works()
    with room.database.begin() as session:
        assert send_again(session, [delivery.id for delivery in room.deliveries()], room.now) == 2
    noted = read(path)
    assert b'["alert-' in noted
    await room.dispatch.close()
    write(path, noted)
    await revives(room, path)
    await room.send()
    assert told(room) == (4, 2)


async def test_each_process_has_a_file_of_its_own_and_the_next_one_reads_those_of_the_dead(
    room: Newsroom, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object) -> int:
        raise Killed

    def away(*_: object) -> int:
        raise ConnectionError

    one, other = room.dispatcher(answers=path), room.dispatcher(answers=path)
    await one.recall()
    await other.recall()
    prints(room, 1)
    await room.sweep()
    with monkeypatch.context() as patch, room.database.begin() as session:
        first, second = room.outbox.claim(session, room.now, 2, lambda _endpoint: True)
        patch.setattr("alerts.sending.clerk.Clerk.record", lost)
        session.commit()
        for dispatch, claim in ((one, first), (other, second)):
            with pytest.raises(Killed):
                await dispatch._deliver(claim)
    assert room.states() == ["pending"] * 2
    await other.close()
    await revives(room, path)
    assert sorted(room.states()) == ["pending", "sent"]
    await one.close()
    unable = room.dispatcher(answers=path)
    with monkeypatch.context() as patch, pytest.raises(ConnectionError):
        patch.setattr("alerts.outbox.outbox.Outbox.recall", away)
        await unable.recall()
    await unable.close()
    await revives(room, path)
    assert room.states() == ["sent"] * 2
    assert told(room) == (2, 2)


async def test_where_nothing_can_be_noted_all_is_sent(
    room: Newsroom, path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    await revives(room, path / "nowhere")
    assert "answers are not noted" in caplog.text
    prints(room, 1)
    await room.works()
    await revives(room, path)
    monkeypatch.setattr(os, "pwrite", full)
    room.prints("Lavrov speaks again", "and says what he had not said before, at length and in other words than ever")
    await room.works()
    assert room.states() == ["sent"] * 4


async def test_head_and_body_of_a_request_leave_together_so_that_no_kill_parts_them(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(self: _SelectorSocketTransport, data: bytes) -> None:
        sent.append(bytes(data))
        keep(self, data)

    sent: list[bytes] = []
    keep = _SelectorSocketTransport.write
    monkeypatch.setattr(_SelectorSocketTransport, "write", write)
    room.watch("Lavrov", room.call())
    room.prints("Lavrov speaks")
    await room.works()
    (request,) = sent
    assert request.startswith(b"POST /hook")
    assert request.endswith(b"}")


@pytest.mark.parametrize(("seconds", "in_turn", "most"), [(60.0, True, 1), (0.0, True, 2), (60.0, False, 2)])
async def test_to_a_prompt_server_one_goes_after_the_other_to_a_slow_one_a_few_at_once(
    monkeypatch: pytest.MonkeyPatch, seconds: float, in_turn: bool, most: int
) -> None:
    async def goes() -> None:
        async with door.passed(in_turn=in_turn):
            inside.append(len(inside) - len(left) + 1)
            if seconds:
                await asyncio.sleep(0)
            else:
                await both.wait()
            left.append(1)

    monkeypatch.setattr("alerts.sending.room._PROMPT", seconds)
    door, inside, left, both = Door(2), list[int](), list[int](), asyncio.Barrier(2)
    async with asyncio.timeout(20):
        await asyncio.gather(*(goes() for _ in range(4)))
    assert len(left) == 4
    assert max(inside) == most


async def test_what_is_no_whole_note_is_passed_over(room: Newsroom, path: Path) -> None:
    write(path, b'["alert-1", 1, "2026-11-21T14:05'.ljust(512) + b"\xff" * 700 + b"[]\n")
    prints(room, 1)
    await revives(room, path)
    await room.works()
    assert room.states() == ["sent"] * 2
