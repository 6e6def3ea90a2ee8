"""Notices to the operator: by the same outbox, once, in no loop, and from days of failure."""

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts import Ledger, Notice, Notices, Subscriptions, Watchlist, operator
from newsdesk import ConfigError
from tests.world.newsroom import Newsroom

DARK = Notice(
    type="outlet.trouble",
    key="dark rt 2026-11-21",
    subject="RT dark since 09:40 UTC",
    lines=("Watches Quartet and <Hamas> are affected.", "No new article in 4 h 25 min."),
    facts={"outlets": [{"slug": "rt"}]},
)


def tell(room: Newsroom, notice: Notice = DARK) -> int:
    with room.database.begin() as session:
        return Notices(room.database, room.watchlist).promise(session, notice, room.now)


@pytest.fixture
def desk(room: Newsroom) -> Newsroom:
    room.operator = [room.mail("ops@example.org"), room.call("ops")]
    room.keeps()
    return room


async def test_the_operator_is_told_by_mail_and_by_signed_hook(desk: Newsroom) -> None:
    assert tell(desk) == 2
    await desk.send()
    (mail,) = desk.mailbox.mails
    assert mail.subject == "[Tocsin] RT dark since 09:40 UTC"
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert mail.message["List-Id"] == "<_operator.tocsin.news.example>"
    assert mail.message["List-Unsubscribe"] is None
    assert "Watches Quartet and <Hamas> are affected." in mail.text
    assert "Unsubscribe" not in mail.text
    assert "&lt;Hamas&gt;" in mail.html
    (call,) = desk.hook.calls
    assert call.genuine
    assert (call.path, call.json["type"], call.json["timestamp"]) == ("/ops", "outlet.trouble", "2026-11-21T14:05:09Z")
    assert call.json["data"]["outlets"] == [{"slug": "rt"}]
    assert call.json["data"]["id"] == call.id


async def test_a_line_that_is_no_text_keeps_no_notice_back(desk: Newsroom) -> None:
    assert tell(desk, replace(DARK, lines=("said \ud800", "and more"))) == 2
    await desk.send()
    assert "and more" in desk.mailbox.mails[0].text


async def test_what_bears_one_key_is_told_once(desk: Newsroom) -> None:
    assert tell(desk) == 2
    assert tell(desk) == 0
    await desk.send()
    assert len(desk.mailbox.mails) == 1


async def test_a_notice_is_tried_again_with_its_id_and_listed_with_the_deliveries(desk: Newsroom) -> None:
    desk.hook.answers = lambda _path, _body: 500
    tell(desk)
    await desk.send()
    desk.hook.answers = lambda _path, _body: 204
    desk.waits(seconds=10)
    await desk.send()
    first, second = desk.hook.calls
    assert (first.id, first.body) == (second.id, second.body)
    assert {(one.watch, one.title, one.state) for one in Ledger(desk.database).deliveries()} == {
        ("@operator", "RT dark since 09:40 UTC", "sent")
    }


async def test_a_notice_that_follows_another_stands_in_its_thread(desk: Newsroom) -> None:
    tell(desk)
    tell(desk, Notice(type="outlet.recovered", key="over", subject="RT is back", lines=(), about=DARK.key))
    await desk.send()
    first, second = sorted(desk.mailbox.mails, key=lambda mail: "back" in mail.subject)
    assert second.message["References"] == first.message["Message-ID"]


async def test_without_an_operator_nobody_is_told(room: Newsroom) -> None:
    room.keeps()
    assert tell(room) == 0
    assert not Notices(room.database, room.watchlist).reach_someone


async def test_a_delivery_that_failed_for_good_is_told_to_the_operator_once_a_day_and_address(desk: Newsroom) -> None:
    desk.watch("Lavrov", desk.mail())
    desk.mailbox.refuse = lambda recipient: "550 unknown" if recipient.startswith("desk@") else None
    for number in range(3):
        desk.prints(f"Lavrov speaks {number}", " ".join(f"w{number}x{n}" for n in range(30)))
    await desk.works()
    await desk.send()
    (mail,) = desk.mailbox.mails
    assert mail.subject == "[Tocsin] A delivery to email desk@example.org has failed"
    assert "550 unknown" in mail.text
    (call,) = desk.hook.calls
    assert (call.json["type"], call.json["data"]["watch"]) == ("delivery.failed", "quartet")
    desk.waits(days=1)
    desk.prints("Lavrov speaks again", " ".join(f"again{n}" for n in range(30)))
    await desk.works()
    await desk.send()
    assert len(desk.mailbox.mails) == 2


async def test_a_notice_that_fails_is_told_by_no_other(desk: Newsroom) -> None:
    desk.mailbox.refuse = lambda _recipient: "550 unknown"
    desk.hook.answers = lambda _path, _body: 410
    tell(desk)
    for _ in range(3):
        await desk.send()
        desk.waits(days=1)
    assert {one.state for one in desk.deliveries()} == {"failed"}
    assert len(desk.deliveries()) == 2


async def test_a_hook_that_says_gone_is_told_of(desk: Newsroom) -> None:
    desk.watch("Lavrov", desk.call("dead"))
    desk.hook.answers = lambda path, _body: 410 if path == "/dead" else 204
    desk.prints("Lavrov speaks")
    await desk.works()
    await desk.send()
    assert desk.mailbox.mails[0].subject.endswith("is gone and switched off")


async def fails(room: Newsroom, days: int) -> None:
    for day in range(days):
        room.prints(f"Lavrov speaks {day}", " ".join(f"w{day}x{n}" for n in range(30)))
        await room.works()
        room.waits(days=1)
    await room.send()


def state_of(room: Newsroom, watch: str = "quartet") -> str:
    return Subscriptions(room.database).all(watch)[0].state.value


async def test_an_endpoint_that_fails_for_five_days_is_switched_off_and_told_of(desk: Newsroom) -> None:
    desk.watch("Lavrov", desk.call("dead"))
    desk.hook.answers = lambda path, _body: 500 if path == "/dead" else 204
    await fails(desk, 5)
    assert state_of(desk) == "active"
    await fails(desk, 2)
    assert state_of(desk) == "disabled"
    assert any("switched off" in mail.subject for mail in desk.mailbox.mails)
    before = len(desk.hook.calls)
    desk.prints("Lavrov speaks at last", "Nothing else is known of it to anyone, and it is long enough for a story.")
    await desk.works()
    assert [call.path for call in desk.hook.calls[before:]] in ([], ["/ops"])


async def test_an_endpoint_with_one_success_in_between_stays(desk: Newsroom) -> None:
    desk.watch("Lavrov", desk.call("shaky"))
    desk.hook.answers = lambda path, _body: 500 if path == "/shaky" else 204
    await fails(desk, 4)
    desk.hook.answers = lambda _path, _body: 204
    await fails(desk, 1)
    desk.hook.answers = lambda path, _body: 500 if path == "/shaky" else 204
    await fails(desk, 4)
    assert state_of(desk) == "active"


async def test_our_own_mail_server_being_down_switches_no_mailbox_off(desk: Newsroom) -> None:
    desk.watch("Lavrov", desk.mail())
    desk.mailbox.refuse = lambda _recipient: "421 shutting down"
    await fails(desk, 9)
    assert state_of(desk) == "active"


@pytest.mark.parametrize("more", [{"when": "daily"}, {"quiet": "22:00-07:00"}, {"at": "08:00"}])
def test_the_operator_is_told_at_once_or_the_settings_are_refused(more: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="the operator is told at once"):
        Watchlist([], operator=operator([{"email": "ops@example.org", **more}]))


async def test_the_operator_is_no_watch(desk: Newsroom) -> None:
    tell(desk)
    assert desk.watchlist.watches == ()
    assert timedelta(0) <= desk.now - desk.deliveries()[0].created_at
