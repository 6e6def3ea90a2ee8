"""Dispatch, over real mail and real hooks: once to each, tried again, nobody held up by another."""

import asyncio
import json
import threading

import pytest

from alerts import Subscriptions, send_again
from newsdesk import Database
from tests.world.newsroom import Newsroom
from tocsin.demo.hook import Hook


async def test_mail_and_hook_are_told_once(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail(), room.call())
    room.prints("Lavrov speaks")
    await room.works()
    await room.works()
    assert [mail.subject for mail in room.mailbox.mails] == ["[Quartet] Lavrov speaks"]
    assert [call.json["data"]["article"]["title"] for call in room.hook.calls] == ["Lavrov speaks"]
    assert room.hook.calls[0].genuine
    assert room.states() == ["sent", "sent"]
    assert dict(room.dispatch.counters.attempts) == {("email", "sent"): 1, ("webhook", "sent"): 1}


async def test_the_mail_shows_the_outlets_name_and_an_unsubscribe_address(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail())
    room.prints("Lavrov speaks")
    await room.works()
    (mail,) = room.mailbox.mails
    token = Subscriptions(room.database).all()[0].token
    assert "RT | 21 November 2026, 14:05 UTC" in mail.text
    assert mail.message["List-Unsubscribe"] == f"<https://tocsin.example/unsubscribe/{token}>"
    assert len(token) >= 22


async def test_a_failure_is_tried_again_with_the_same_id_and_body(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail(), room.call())
    room.prints("Lavrov speaks")
    room.mailbox.refuse = lambda _recipient: "450 later"
    room.hook.answers = lambda _path, _body: 500
    await room.works()
    assert room.mailbox.mails == []
    assert room.states() == ["pending", "pending"]
    await room.send()
    assert len(room.hook.calls) == 1
    room.mailbox.refuse = lambda _recipient: None
    room.hook.answers = lambda _path, _body: 204
    room.waits(seconds=10)
    await room.send()
    first, second = room.hook.calls
    assert (first.id, first.body) == (second.id, second.body)
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    assert len(room.mailbox.mails) == 1
    assert room.states() == ["sent", "sent"]


async def test_a_dead_letter_is_kept_and_can_be_sent_after_all(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail())
    room.prints("Lavrov speaks")
    room.mailbox.refuse = lambda _recipient: "550 unknown"
    await room.works()
    (dead,) = room.deliveries("failed")
    assert (dead.reason, dead.detail) == ("rejected", "550 unknown")
    room.mailbox.refuse = lambda _recipient: None
    with room.database.begin() as session:
        send_again(session, [dead.id], room.now)
    await room.send()
    assert len(room.mailbox.mails) == 1


async def test_one_receiver_that_hangs_holds_up_nobody(room: Newsroom) -> None:
    release = threading.Event()

    def answer(path: str, _body: bytes) -> int:
        if path == "/slow":
            release.wait(20)
        return 204

    room.hook.answers = answer
    other = room.hook.url.replace("127.0.0.1", "localhost")
    room.watch("Lavrov", room.call("slow"), {"webhook": other}, room.mail())
    for number in range(8):
        room.prints(f"Lavrov speaks {number}", " ".join(f"w{number}x{n}" for n in range(30)))
    await room.sweep()
    began = await room.dispatch.run(room.now)
    assert began == 15
    async with asyncio.timeout(20):
        while room.states().count("sent") < 16:  # noqa: ASYNC110  (the states are rows)
            await asyncio.sleep(0.01)
    release.set()
    await room.dispatch.drain(20)
    assert room.states().count("sent") == 24


async def test_run_returns_while_messages_are_under_way_and_a_stop_gives_them_back(room: Newsroom) -> None:
    release = threading.Event()
    room.hook.answers = lambda _path, _body: 204 if release.wait(20) else 500
    room.watch("Lavrov", room.call())
    room.prints("Lavrov speaks")
    await room.sweep()
    assert await room.dispatch.run(room.now) == 1
    await room.dispatch.close(0.05)
    release.set()
    assert room.states() == ["pending"]
    room.dispatch = room.dispatcher()
    await room.send()
    assert room.states() == ["sent"]
    assert room.deliveries()[0].attempts == 1


async def test_a_clock_that_leaps_repeats_nothing_that_is_under_way(room: Newsroom) -> None:
    release = threading.Event()
    room.hook.answers = lambda _path, _body: 204 if release.wait(20) else 500
    room.watch("Lavrov", room.call())
    room.prints("Lavrov speaks")
    await room.sweep()
    assert await room.dispatch.run(room.now) == 1
    room.waits(hours=1)
    assert await room.dispatch.run(room.now) == 0
    release.set()
    await room.dispatch.drain(20)
    assert room.states() == ["sent"]
    assert len(room.hook.calls) == 1


async def test_a_stop_in_the_middle_of_a_claim_leaves_nothing_running(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail())
    room.prints("Lavrov speaks")
    await room.sweep()
    begun = asyncio.create_task(room.dispatch.run(room.now))
    await asyncio.sleep(0)
    await room.dispatch.close(20)
    await begun
    assert room.states() in (["sent"], ["pending"])
    assert len(room.mailbox.mails) == room.states().count("sent")


async def test_a_closed_dispatch_begins_nothing(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail())
    room.prints("Lavrov speaks")
    await room.sweep()
    await room.dispatch.close()
    assert await room.dispatch.run(room.now) == 0


async def test_a_target_that_the_watch_no_longer_names_is_not_told(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail())
    room.prints("Lavrov speaks")
    await room.sweep()
    room.watch("Lavrov", room.mail("other@example.org"))
    await room.send()
    (delivery,) = room.deliveries("failed")
    assert (delivery.reason, delivery.detail) == ("misconfigured", "the watch no longer names this target")
    assert room.mailbox.mails == []


async def test_an_unexpected_mistake_in_a_channel_stops_no_other(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alerts.channels.webhook import Webhook

    async def breaks(*_arguments: object) -> None:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(Webhook, "send", breaks)
    room.watch("Lavrov", room.mail(), room.call())
    room.prints("Lavrov speaks")
    await room.works()
    assert len(room.mailbox.mails) == 1
    (waiting,) = room.deliveries("pending")
    assert waiting.detail == "unexpected: RuntimeError"


async def test_whoever_unsubscribed_is_told_nothing_more(room: Newsroom) -> None:
    subscriptions = Subscriptions(room.database)
    room.watch("Lavrov", room.mail(), room.mail("other@example.org"))
    room.prints("Lavrov speaks")
    await room.sweep()
    token = next(one.token for one in subscriptions.all("quartet") if one.address == "desk@example.org")
    for _ in range(2):
        ended = await room.database.transact(lambda session: subscriptions.end(session, token, room.now))
        assert ended is not None
        assert ended.state == "unsubscribed"
    await room.send()
    assert [mail.recipient for mail in room.mailbox.mails] == ["other@example.org"]
    assert [delivery.reason for delivery in room.deliveries("failed")] == ["unsubscribed"]
    room.prints("Lavrov again")
    await room.works()
    assert [mail.recipient for mail in room.mailbox.mails] == ["other@example.org"] * 2
    with room.database.begin() as session:
        assert send_again(session, [room.deliveries("failed")[0].id], room.now) == 0
        assert subscriptions.end(session, "nonsense", room.now) is None
        assert subscriptions.resume(session, "nonsense") is None
        assert subscriptions.resume(session, token) == subscriptions.ensure(
            session, "quartet", "email", "desk@example.org", room.now
        )
    shown = subscriptions.show(token)
    assert shown is not None
    assert shown.is_active
    assert subscriptions.show("nonsense") is None
    room.prints("Lavrov once more")
    await room.works()
    assert len(room.mailbox.mails) == 4


async def test_a_daily_digest_holds_what_came_since_and_is_sent_once(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail(when="daily", at="08:00"), room.call(when="daily", at="08:00"))
    for number in range(3):
        room.prints(f"Lavrov speaks {number}", " ".join(f"w{number}x{n}" for n in range(30)))
        await room.works()
        room.waits(hours=1)
    assert room.mailbox.mails == []
    room.waits(hours=26)
    await room.send()
    await room.send()
    (mail,) = room.mailbox.mails
    (call,) = room.hook.calls
    assert mail.subject == "[Quartet] 3 stories"
    assert call.json["type"] == "digest"
    assert [item["article"]["title"] for item in call.json["data"]["items"]] == [
        "Lavrov speaks 2",
        "Lavrov speaks 1",
        "Lavrov speaks 0",
    ]
    assert sorted(room.states()) == ["grouped"] * 6 + ["sent"] * 2
    digest = next(delivery for delivery in room.deliveries("sent") if delivery.channel == "email")
    member = next(delivery for delivery in room.deliveries("grouped") if delivery.channel == "email")
    assert member.grouped_into == digest.id
    assert digest.title == "3 stories"
    assert member.article is not None
    assert digest in room.ledger.of_article(member.article)


async def test_a_digest_of_one_is_an_alert_and_of_none_is_nothing(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail(when="hourly"))
    room.waits(hours=1)
    await room.works()
    assert room.deliveries() == []
    room.prints("Lavrov speaks")
    await room.works()
    room.waits(hours=1)
    await room.send()
    assert [mail.subject for mail in room.mailbox.mails] == ["[Quartet] Lavrov speaks"]
    assert room.states() == ["sent"]


async def test_quiet_hours_hold_and_then_release_as_one(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail(quiet="14:00-15:00"))
    for number in range(2):
        room.prints(f"Lavrov speaks {number}", " ".join(f"w{number}x{n}" for n in range(30)))
    await room.works()
    assert room.mailbox.mails == []
    room.waits(hours=1)
    await room.send()
    assert [mail.subject for mail in room.mailbox.mails] == ["[Quartet] 2 stories"]


async def test_a_held_alert_of_a_forgotten_target_is_kept_as_failed(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail(when="daily"))
    for number in range(2):
        room.prints(f"Lavrov speaks {number}", " ".join(f"w{number}x{n}" for n in range(30)))
    await room.works()
    room.watch("Lavrov", room.mail("other@example.org"))
    room.waits(days=1)
    await room.send()
    assert room.states() == ["failed", "failed"]


async def test_a_test_message_goes_to_each_target_and_is_tried_once(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail(), room.call(), room.mail("other@example.org"))
    room.mailbox.refuse = lambda recipient: "450 later" if recipient.startswith("other") else None
    results = {result.address: result for result in await room.dispatch.test("quartet")}
    assert results["desk@example.org"].ok
    assert results[room.hook.url].ok
    assert not results["other@example.org"].ok
    assert "450 later" in results["other@example.org"].detail
    assert room.mailbox.mails[0].subject.startswith("[Quartet] Test: ")
    assert room.hook.calls[0].json["type"] == "test"
    assert sorted(room.states()) == ["failed", "sent", "sent"]
    with pytest.raises(KeyError):
        await room.dispatch.test("unknown")


async def test_whole_texts_are_sent_where_the_watch_asks_for_them(room: Newsroom) -> None:
    body = "\n\n".join(f"Paragraph {n} about Lavrov, " + "word " * 200 for n in range(30)).strip()
    room.watch("Lavrov", room.call(body=True))
    room.prints("Lavrov speaks", body)
    await room.works()
    assert room.hook.calls[0].json["data"]["article"]["body"] == body


async def test_the_matches_point_into_the_fields_as_exported(room: Newsroom) -> None:
    room.watch('Lavrov OR "foreign minister"', room.call(body=True))
    room.prints("🔔 Lavrov speaks", "The Foreign Minister of Russia, Сергей Lavrov, spoke.", lede="A Lavrov lede")
    await room.works()
    data = room.hook.calls[0].json["data"]
    assert {match["field"] for match in data["matches"]} == {"title", "lede", "body"}
    for match in data["matches"]:
        assert data["article"][match["field"]][match["start"] : match["end"]] == match["text"]


async def test_two_processes_share_the_work_and_repeat_nothing(room: Newsroom) -> None:
    room.watch("Lavrov", room.call())
    for number in range(20):
        room.prints(f"Lavrov speaks {number}", " ".join(f"w{number}x{n}" for n in range(30)))
    await room.sweep()
    other = Database(room.database.url.render_as_string(hide_password=False))
    first, room.database = room.database, other
    second = room.dispatcher()
    room.database = first
    for _ in range(5):
        await asyncio.gather(room.dispatch.run(room.now), second.run(room.now))
    await room.dispatch.drain(20)
    await second.close(20)
    other.close()
    ids = [call.id for call in room.hook.calls]
    assert len(ids) == len(set(ids)) == 20


async def test_no_log_line_holds_a_secret(room: Newsroom, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="tocsin.alerts")
    room.watch("Lavrov", room.call())
    room.prints("Lavrov speaks")
    await room.works()
    assert any(record.message == "delivered" for record in caplog.records)
    assert "whsec_" not in json.dumps([vars(record) for record in caplog.records], default=repr)


async def test_a_receiver_that_is_down_is_asked_one_at_a_time(room: Newsroom) -> None:
    room.hook.answers = lambda _path, _body: 503
    room.watch("Lavrov", room.call())
    for number in range(9):
        room.prints(f"Lavrov speaks {number}", " ".join(f"w{number}x{n}" for n in range(30)))
    await room.sweep()
    assert await room.dispatch.run(room.now) == 5
    await room.dispatch.drain(20)
    assert len(room.hook.calls) == 9
    room.waits(minutes=1)
    assert await room.dispatch.run(room.now) == 1
    await room.dispatch.drain(20)
    assert len(room.hook.calls) == 18
    assert room.dispatch.counters.failures["webhook", "throttled"] == 18
    assert room.dispatch.counters.seconds[("webhook",)] > 0


async def test_receivers_that_are_down_leave_half_of_all_places_to_others(room: Newsroom) -> None:
    room.hook.answers = lambda path, _body: 204 if path == "/good" else 503
    names = [f"127.0.0.{number}" for number in range(2, 8)]
    with Hook(host="0.0.0.0") as wide:
        wide.answers = lambda _path, _body: 503
        port = wide.url.rpartition(":")[2]
        room.watch("Lavrov", *({"webhook": f"http://{name}:{port}"} for name in names))
        room.prints("Lavrov speaks")
        room.dispatch = room.dispatcher(at_once=4)
        await room.works()
        assert len(wide.calls) == 6
        room.waits(minutes=1)
        room.watch("weather", room.call("good"), slug="weather")
        room.prints("The weather")
        await room.sweep()
        assert await room.dispatch.run(room.now) == 3
        await room.dispatch.drain(20)
    assert len(room.hook.accepted()) == 1


async def test_an_outcome_that_cannot_be_recorded_is_recorded_after_its_lease_and_not_sent_again(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> str:
        raise RuntimeError("no space left")

    room.watch("Lavrov", room.call())
    room.prints("Lavrov speaks")
    with monkeypatch.context() as patch:
        patch.setattr(type(room.outbox), "record", fail)
        await room.works()
    assert room.states() == ["pending"]
    room.waits(minutes=1)
    await room.send()
    assert room.states() == ["sent"]
    assert len(room.hook.calls) == 1
