"""From an article on file to promises: each story to each person once, in one transaction."""

import json
from datetime import datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from alerts.outbox.outbox import Outbox, Promise
from alerts.query.doc import Doc
from alerts.query.tree import Not
from alerts.tables import DeliveryRow, MatchRow, SubscriptionRow
from tests.world.newsroom import Newsroom


def payloads(room: Newsroom) -> list[dict[str, object]]:
    with room.database.read() as session:
        rows = session.scalars(select(DeliveryRow.payload).order_by(DeliveryRow.created_at))
        return [json.loads(row) for row in rows]


async def test_an_article_that_matches_is_promised_to_each_target(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail(), room.call())
    room.prints("Lavrov speaks")
    report = await room.sweep()
    assert (report.articles, report.matches, report.deliveries) == (1, 1, 2)
    assert room.states() == ["pending", "pending"]
    assert {delivery.channel for delivery in room.deliveries()} == {"email", "webhook"}


async def test_an_article_is_swept_once(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail())
    room.prints("Lavrov speaks")
    await room.sweep()
    assert (await room.sweep()).articles == 0
    assert len(room.deliveries()) == 1


async def test_what_no_watch_asks_for_is_swept_and_promised_to_nobody(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail())
    room.prints("The weather")
    assert (await room.sweep()).matches == 0
    assert room.deliveries() == []


async def test_a_new_watch_is_told_of_nothing_old(room: Newsroom) -> None:
    room.prints("Lavrov speaks")
    await room.sweep()
    room.watch("Lavrov", room.mail())
    await room.sweep()
    assert room.deliveries() == []


async def test_the_outlets_tags_count(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail(), outlets=("tag:state",))
    room.prints("Lavrov speaks here", outlet="rt")
    room.prints("Lavrov writes there", outlet="bbc")
    await room.sweep()
    assert [delivery.title for delivery in room.deliveries()] == ["Lavrov speaks here"]


BODY = " ".join(f"Sentence number {n} of a long report about Lavrov and the Quartet." for n in range(30))


async def test_a_copy_in_another_outlet_is_listed_not_told_again(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail())
    first = room.prints("Lavrov speaks", BODY)
    room.waits(seconds=1)
    copy = room.prints("Minister speaks", BODY, outlet="bbc")
    assert copy.story == first.story
    await room.sweep()
    room.waits(minutes=5)
    room.prints("What the minister said", BODY, outlet="cnn")
    assert (await room.sweep()).matches == 1
    (payload,) = payloads(room)
    assert [other["outlet"] for other in payload["data"]["also_in"]] == ["bbc"]  # type: ignore[index]


async def test_a_revised_article_is_told_to_those_who_had_not_heard_of_it(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail(), slug="a")
    room.watch("Quartet", room.mail(), slug="b")
    room.prints("Lavrov speaks", BODY.replace("Quartet", "talks"), path="1")
    await room.sweep()
    assert [delivery.watch for delivery in room.deliveries()] == ["a"]
    room.waits(minutes=5)
    room.prints("Lavrov speaks", BODY, path="1")
    await room.sweep()
    assert [delivery.watch for delivery in room.deliveries()] == ["a", "b"]
    assert [payload["data"]["reason"] for payload in payloads(room)] == ["new", "revised"]  # type: ignore[index]


async def test_each_match_is_on_record_with_what_came_of_it(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail(), slug="told")
    room.watch("speaks", slug="nobody")
    first = room.prints("Lavrov speaks", BODY)
    await room.sweep()
    room.waits(seconds=1)
    copy = room.prints("Lavrov speaks too", BODY, outlet="bbc")
    await room.sweep()
    outcomes = {(m.watch, m.article): m.outcome for id in (first.id, copy.id) for m in room.ledger.matches(id)}
    assert outcomes == {
        ("told", first.id): "alerted",
        ("nobody", first.id): "nobody",
        ("told", copy.id): "heard",
        ("nobody", copy.id): "nobody",
    }
    assert room.ledger.matches(first.id)[0].spans


async def test_two_watches_of_one_person_make_one_thread(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail(), slug="a")
    room.watch("Quartet", room.mail(), slug="b")
    room.watch("Quartet", room.mail("other@example.org"), slug="c")
    room.prints("Lavrov speaks", BODY.replace("Quartet", "talks"), path="1")
    await room.works()
    room.waits(minutes=5)
    room.prints("Lavrov speaks", BODY, path="1")
    await room.works()
    root, later = (mail.message for mail in room.mailbox.mails if mail.recipient == "desk@example.org")
    (other,) = (mail.message for mail in room.mailbox.mails if mail.recipient == "other@example.org")
    assert later["References"] == root["Message-ID"]
    assert "References" not in root
    assert "References" not in other


async def test_a_crash_before_the_commit_leaves_the_mark_and_no_promise(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail())
    room.prints("Lavrov speaks")

    class Crash(Exception):
        pass

    with pytest.raises(Crash), room.database.begin() as session:
        assert room.sweeper.batch(session, room.now).deliveries == 1
        raise Crash
    assert room.deliveries() == []
    assert (await room.sweep()).deliveries == 1


async def test_more_articles_than_one_transaction_takes_are_all_swept(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail())
    for number in range(103):
        room.prints(f"Lavrov speaks {number}", " ".join(f"w{number}x{n}" for n in range(40)))
    report = await room.sweep()
    assert (report.articles, report.deliveries) == (103, 103)


async def test_an_article_that_breaks_the_matcher_holds_up_no_other(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.watch("Lavrov AND NOT Quartet", room.mail())
    test = Not.test

    def breaks(node: Not, doc: Doc) -> bool:
        if doc.outlet == "bad":
            raise RuntimeError("a mistake of ours")
        return test(node, doc)

    monkeypatch.setattr(Not, "test", breaks)
    room.watch("speaks", room.mail("other@example.org"), slug="sound")
    room.prints("Lavrov speaks", outlet="bad")
    room.waits(seconds=1)
    room.prints("Lavrov writes")
    report = await room.sweep()
    assert (report.articles, report.deliveries, report.failed) == (2, 2, 1)
    assert (await room.sweep()).articles == 0
    monkeypatch.undo()
    room.waits(minutes=16)
    report = await room.sweep()
    assert (report.articles, report.deliveries, report.failed) == (1, 1, 0)
    assert (room.deliveries()[-1].title, room.deliveries()[-1].watch) == ("Lavrov speaks", "quartet")


async def test_an_alert_that_cannot_be_made_takes_no_other_along_and_is_made_up_for(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.watch("Lavrov", room.mail("a@example.org"), room.mail("broken@example.org"), room.mail("c@example.org"))
    room.watch("speaks", room.mail("d@example.org"), slug="other")
    room.prints("Lavrov speaks")
    room.waits(seconds=1)
    room.prints("Lavrov writes", "A letter of three pages went out to the embassies early this morning, aides said.")
    promise = Outbox.promise

    def breaks(outbox: Outbox, session: Session, promises: list[Promise], now: datetime) -> None:
        session.execute(text("SELECT 1"))
        for card in session.scalars(select(SubscriptionRow).where(SubscriptionRow.address == "broken@example.org")):
            if any(card.id == one.subscription and "speaks" in one.payload for one in promises):
                raise RuntimeError("a mistake of ours")
        promise(outbox, session, promises, now)

    monkeypatch.setattr(Outbox, "promise", breaks)
    report = await room.sweep()
    assert (report.articles, report.failed, report.deliveries) == (2, 1, 6)
    assert (await room.sweep()).articles == 0
    monkeypatch.undo()
    room.waits(minutes=16)
    report = await room.sweep()
    assert (report.articles, report.failed, report.deliveries) == (1, 0, 1)
    assert room.deliveries()[-1].address == "broken@example.org"
    assert room.ledger.matches(room.deliveries()[-1].article or "")[0].outcome == "alerted"


async def test_no_secret_reaches_the_database(room: Newsroom) -> None:
    room.watch("Lavrov", room.call())
    room.prints("Lavrov speaks")
    await room.works()
    with room.database.read() as session:
        rows = [
            vars(row) for table in (SubscriptionRow, DeliveryRow, MatchRow) for row in session.scalars(select(table))
        ]
    assert len(rows) == 3
    assert "whsec_" not in repr(rows)
