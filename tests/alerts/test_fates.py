"""What becomes of a match for each whom its watch tells: one end each, and the sum is right."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, text, update

from alerts import Subscriptions
from alerts.outbox.balance import Balance, balance
from alerts.tables import FateRow, MatchRow
from newsdesk import FiledArticle
from tests.world.newsroom import Newsroom

BODY = " ".join(f"Sentence number {n} of a long report about Lavrov and the Quartet." for n in range(30))


def balanced(room: Newsroom) -> Balance:
    with room.database.read() as session:
        return balance(session)


def states(room: Newsroom) -> dict[str, int]:
    found = balanced(room)
    assert found.is_even, found.faults
    return {state: count for state, count in found.states.items() if count}


def ends(room: Newsroom, article: FiledArticle) -> dict[tuple[str, str], str]:
    return {(one.watch, one.channel): one.words for one in room.ledger.fates(article.id)}


async def test_a_match_is_pending_and_then_delivered(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail(), room.call())
    room.prints("Lavrov speaks")
    await room.sweep()
    assert states(room) == {"pending": 2}
    await room.send()
    assert states(room) == {"delivered": 2}


async def test_a_refused_match_is_dead_with_its_reason(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail())
    room.mailbox.refuse = lambda _recipient: "550 unknown"
    article = room.prints("Lavrov speaks")
    await room.works()
    assert states(room) == {"dead": 1}
    assert ends(room, article) == {("quartet", "email"): "dead: 550 unknown"}


async def test_a_copy_is_grouped_into_what_told_the_same_before(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail())
    room.prints("Lavrov speaks", BODY)
    await room.works()
    room.waits(minutes=5)
    copy = room.prints("Minister speaks", BODY, outlet="bbc")
    await room.works()
    assert states(room) == {"delivered": 1, "grouped": 1}
    (told,) = room.deliveries()
    assert ends(room, copy) == {("quartet", "email"): f"grouped into {told.id}: told before"}


async def test_what_waits_for_a_digest_is_held_and_then_grouped_into_it(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail(when="daily"))
    for number in range(2):
        article = room.prints(f"Lavrov speaks {number}", " ".join(f"w{number}x{n}" for n in range(30)))
    await room.works()
    assert states(room) == {"held": 2}
    room.waits(days=1)
    await room.send()
    assert states(room) == {"grouped": 2}
    (digest,) = room.deliveries("sent")
    assert ends(room, article) == {("quartet", "email"): f"grouped into {digest.id}: for the daily digest"}


async def test_whoever_has_unsubscribed_has_a_fate_too(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail())
    room.prints("Lavrov speaks", BODY)
    await room.works()
    subscriptions = Subscriptions(room.database)
    with room.database.begin() as session:
        subscriptions.end(session, subscriptions.all()[0].token, room.now)
    article = room.prints("The Quartet and Lavrov", "Another report altogether, of what was said in the evening.")
    await room.works()
    assert states(room) == {"delivered": 1, "silenced": 1}
    assert ends(room, article) == {("quartet", "email"): "silenced: unsubscribed"}


async def test_what_nobody_is_told_of_and_what_only_counts_needs_no_fate(room: Newsroom) -> None:
    from alerts.occasion import First

    room.watch("Lavrov", slug="nobody")
    room.watch("Lavrov", room.mail(), slug="first", occasion=First())
    room.prints("Lavrov speaks")
    await room.works()
    assert states(room) == {}


async def test_the_balance_says_what_does_not_add_up(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail(), room.call())
    article = room.prints("Lavrov speaks")
    await room.works()
    with room.database.begin() as session:
        session.execute(delete(FateRow).where(FateRow.delivery == room.deliveries()[0].id))
    found = balanced(room)
    assert found.faults == (
        f"1 matches without a fate for each target: {article.id}",
        f"1 deliveries from no match: {room.deliveries()[0].id}",
    )
    with room.database.begin() as session:
        session.execute(update(FateRow).values(delivery="none"))
    assert balanced(room).faults[0] == "1 matches were promised a delivery that is not on record"
    with room.database.read() as session:
        assert balance(session, room.now + timedelta(seconds=1)).is_even


async def test_no_digest_and_no_record_can_go_without_being_missed(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail(when="hourly"))
    for number in range(2):
        room.prints(f"Lavrov speaks {number}", " ".join(f"w{number}x{n}" for n in range(30)))
    await room.works()
    room.waits(hours=1)
    await room.works()
    assert states(room) == {"grouped": 2}
    for change, fault in (
        ("DELETE FROM deliveries WHERE type = 'digest'", "2 matches were promised a delivery that is not on record"),
        ("UPDATE deliveries SET grouped_into = NULL", "2 matches were promised a delivery that is not on record"),
        ("UPDATE deliveries SET state = 'odd'", "2 matches were promised a delivery that is not on record"),
        ("UPDATE fates SET state = 'odd'", "2 matches were promised a delivery that is not on record"),
        ("DELETE FROM matches", "2 fates of no match: "),
    ):
        with room.database.read() as session:
            session.execute(text(change))
            assert [found[: len(fault)] for found in balance(session).faults] == [fault], change
            session.rollback()


async def test_what_was_matched_before_fates_were_kept_is_left_out(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail())
    room.prints("Lavrov speaks")
    await room.works()
    with room.database.begin() as session:
        session.execute(delete(FateRow))
        session.execute(update(MatchRow).values(targets=None))
    assert states(room) == {}


async def test_a_shared_message_outlives_the_end_of_the_first_subscription(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail(), slug="a")
    room.watch("speaks", room.mail(), slug="b")
    article = room.prints("Lavrov speaks")
    await room.sweep()
    subscriptions = Subscriptions(room.database)
    with room.database.begin() as session:
        subscriptions.end(session, subscriptions.all("a")[0].token, room.now)
    await room.send()
    (mail,) = room.mailbox.mails
    assert mail.subject == "[B] Lavrov speaks"
    assert mail.message["List-Unsubscribe"] == f"<https://tocsin.example/unsubscribe/{subscriptions.all('b')[0].token}>"
    assert ends(room, article) == {("a", "email"): "silenced: unsubscribed", ("b", "email"): "delivered"}
    assert states(room) == {"silenced": 1, "delivered": 1}


async def test_a_shared_message_outlives_a_watch_that_went(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail(), slug="a")
    watch = room.watch("speaks", room.mail(), slug="b")
    room.prints("Lavrov speaks")
    await room.sweep()
    room.keeps(watch)
    await room.send()
    assert [mail.subject for mail in room.mailbox.mails] == ["[B] Lavrov speaks"]
    assert balanced(room).is_even


async def test_more_than_one_is_to_get_in_an_hour_comes_as_a_digest(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail(), room.call())
    room.waits_for_others(most_per_hour=2)
    for number in range(5):
        room.prints(f"Lavrov speaks {number}", " ".join(f"w{number}x{n}" for n in range(30)))
        await room.works()
        room.waits(minutes=1)
    assert (len(room.mailbox.mails), len(room.hook.calls)) == (2, 5)
    assert states(room) == {"delivered": 7, "held": 3}
    room.waits(hours=1)
    await room.send()
    assert [mail.subject for mail in room.mailbox.mails][2:] == ["[Quartet] 3 stories"]
    assert states(room) == {"delivered": 7, "grouped": 3}


async def test_a_daily_digest_is_one_mail_told_by_watch_and_each_story_once(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail(when="daily"), room.call("a", when="daily"), slug="lavrov")
    room.watch("speaks OR Hamas", room.mail(when="daily"), room.call("b", when="daily"), slug="hamas")
    for number, title in enumerate(("Lavrov speaks", "Lavrov writes", "Hamas answers")):
        room.prints(title, " ".join(f"w{number}x{n}" for n in range(30)))
        room.waits(minutes=1)
    await room.works()
    room.waits(days=1)
    await room.send()
    (mail,) = room.mailbox.mails
    assert mail.subject == "[Hamas, Lavrov] 3 stories"
    assert "3 stories for 2 of your watches" in mail.text
    places = [
        mail.text.index(one) for one in ("Hamas: 2 stories", "*Hamas* answers", "*Lavrov* *speaks*", "Lavrov: 1 story")
    ]
    assert places == sorted(places)
    assert mail.text.count("*Lavrov* *speaks*") == 1
    assert sorted(len(call.json["data"]["items"]) for call in room.hook.calls) == [2, 2]
    assert states(room) == {"grouped": 8}


async def test_of_one_held_story_that_two_watches_match_comes_one_alert(room: Newsroom) -> None:
    for slug in ("a", "b"):
        room.watch("Lavrov", room.mail(when="hourly"), slug=slug)
    room.prints("Lavrov speaks")
    await room.works()
    room.waits(hours=1)
    await room.send()
    assert [mail.subject for mail in room.mailbox.mails] == ["[A, B] Lavrov speaks"]
    assert states(room) == {"delivered": 1, "grouped": 1}


async def test_a_digest_leaves_out_a_watch_that_was_ended_meanwhile(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail(when="hourly"), slug="a")
    room.watch("Hamas", room.mail(when="hourly"), slug="b")
    for title in ("Lavrov speaks", "Lavrov writes", "Hamas answers", "Hamas waits"):
        room.prints(title, " ".join(f"{title[:3]}{title[-3:]}{n}" for n in range(30)))
    await room.works()
    room.waits(hours=1)
    await room.dispatch.gather(room.now)
    subscriptions = Subscriptions(room.database)
    with room.database.begin() as session:
        subscriptions.end(session, subscriptions.all("b")[0].token, room.now)
    await room.send()
    (mail,) = room.mailbox.mails
    assert mail.subject == "[A] 2 stories"
    assert "Hamas" not in mail.text
    assert states(room) == {"grouped": 2, "dead": 2}


@pytest.mark.parametrize("hours", [-30, 30])
async def test_a_clock_that_leaps_alerts_nothing_again(room: Newsroom, hours: int) -> None:
    room.watch("Lavrov", room.mail())
    room.prints("Lavrov speaks", BODY)
    await room.works()
    room.waits(hours=hours)
    room.prints("Lavrov speaks", BODY)
    room.prints("Minister speaks", BODY, outlet="bbc")
    await room.works()
    assert len(room.mailbox.mails) == 1
    assert balanced(room).is_even
