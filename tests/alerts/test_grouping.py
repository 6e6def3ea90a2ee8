"""One message a story and person: it names all watches that match, waits for them, and leaves a pause to the next."""

import pytest

from alerts import Subscriptions
from tests.alerts.test_fates import BODY, ends, states
from tests.alerts.test_told_once import BODY as TRAIN
from tests.alerts.test_told_once import UPDATE
from tests.world.newsroom import Newsroom


async def test_five_watches_of_one_person_make_one_mail_that_names_them_all(room: Newsroom) -> None:
    words = ("Lavrov", "speaks", "Quartet", "report", "sentence")
    for word in words:
        room.watch(word, room.mail(), room.call(word), slug=word.lower())
    article = room.prints("Lavrov speaks", BODY)
    await room.works()
    (mail,) = room.mailbox.mails
    assert mail.subject == "[Lavrov, Quartet, Report, Sentence, Speaks] Lavrov speaks"
    assert len(room.hook.calls) == 5
    assert all("watches" not in call.json["data"] for call in room.hook.calls)
    tokens = {one.watch: one.token for one in Subscriptions(room.database).all() if one.channel == "email"}
    for slug, token in tokens.items():
        assert f'"{slug.title()}"' in mail.text
        assert mail.text.count(f"https://tocsin.example/unsubscribe/{token}") == 1
    assert "*Lavrov* *speaks*" in mail.text
    assert "*Sentence* number 0 of a long *report* about *Lavrov* and the *Quartet*" in mail.text
    (told,) = (one for one in room.deliveries() if one.channel == "email")
    assert states(room) == {"delivered": 6, "grouped": 4}
    found = ends(room, article)
    assert found["lavrov", "email"] == "delivered"
    assert found["quartet", "email"] == f"grouped into {told.id}: one message for several watches"


async def test_two_people_get_a_mail_each(room: Newsroom) -> None:
    for slug in ("a", "b"):
        room.watch("Lavrov", room.mail("one@example.org"), room.mail("two@example.org"), slug=slug)
    room.prints("Lavrov speaks")
    await room.works()
    assert sorted(mail.recipient for mail in room.mailbox.mails) == ["one@example.org", "two@example.org"]


async def test_a_copy_that_only_another_watch_matches_is_not_mailed_again(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail(), slug="a", outlets=("rt",))
    room.watch("Lavrov", room.mail(), slug="b", outlets=("bbc",))
    room.prints("Lavrov speaks", BODY)
    await room.works()
    room.waits(minutes=5)
    copy = room.prints("Minister speaks", BODY, outlet="bbc")
    await room.works()
    assert len(room.mailbox.mails) == 1
    assert "told before, of the watch a" in ends(room, copy)["b", "email"]
    assert states(room) == {"delivered": 1, "grouped": 1}


async def test_a_copy_that_comes_while_the_message_waits_joins_it(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail(), slug="a", outlets=("rt",))
    room.watch("minister", room.mail(), slug="b", outlets=("bbc",))
    room.waits_for_others(seconds=30)
    room.prints("Lavrov speaks", BODY)
    await room.works()
    room.waits(seconds=10)
    room.prints("Minister speaks", BODY, outlet="bbc")
    await room.works()
    assert room.mailbox.mails == []
    room.waits(seconds=20)
    await room.send()
    (mail,) = room.mailbox.mails
    assert mail.subject == "[A, B] Lavrov speaks"
    assert "bbc: Minister speaks" in mail.text
    assert states(room) == {"delivered": 1, "grouped": 1}


async def test_two_stories_that_wait_for_others_are_two_messages(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail(), room.call())
    room.watch("Lavrov", room.mail(), slug="other", outlets=("bbc",))
    room.waits_for_others(seconds=30)
    for number in range(2):
        room.prints(f"Lavrov speaks {number}", " ".join(f"w{number}x{n}" for n in range(30)))
    await room.works()
    assert (len(room.mailbox.mails), len(room.hook.calls)) == (0, 2)
    room.waits(seconds=30)
    await room.send()
    assert sorted(mail.subject for mail in room.mailbox.mails) == [
        "[Quartet] Lavrov speaks 0",
        "[Quartet] Lavrov speaks 1",
    ]


async def test_an_alert_that_no_other_watch_can_join_leaves_at_once(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail(), slug="a")
    room.watch("Hamas", room.mail(), slug="b")
    room.watch("Hamas", room.mail(), slug="c", outlets=("rt",))
    room.watch("Lavrov", room.mail(when="hourly"), slug="d", outlets=("bbc",))
    room.watch("Lavrov", room.mail("bo@example.org"), slug="e", outlets=("bbc",))
    room.watch("speaks", room.mail(), slug="f", outlets=("rt",))
    room.waits_for_others(seconds=30)
    room.prints("Lavrov speaks")
    await room.works()
    assert [mail.subject for mail in room.mailbox.mails] == ["[A, F] Lavrov speaks"]


async def test_an_alert_that_all_have_joined_leaves_at_once(room: Newsroom) -> None:
    room.watch("Lavrov", room.mail(), slug="a", outlets=("rt",))
    room.watch("Lavrov", room.mail(), slug="b", outlets=("bbc",))
    room.waits_for_others(seconds=30)
    room.prints("Lavrov speaks", BODY)
    room.waits(seconds=1)
    room.prints("Minister speaks", BODY, outlet="bbc")
    await room.works()
    assert [mail.subject for mail in room.mailbox.mails] == ["[A, B] Lavrov speaks"]


async def test_updates_of_a_story_leave_a_pause_and_come_as_one(room: Newsroom) -> None:
    room.watch("rails", room.mail(), room.call())
    room.waits_for_others(pause=300)
    room.prints("Train derailed", TRAIN)
    await room.works()
    later = UPDATE + " ".join(f"A third track was found unsafe at kilometre {n}." for n in range(30, 60))
    for minutes, (title, body) in enumerate((("Inquiry", UPDATE), ("Third track", later)), 1):
        room.waits(minutes=minutes)
        room.prints(title, body, outlet="dpa", path=title)
        await room.works()
    assert [mail.subject for mail in room.mailbox.mails] == ["[Quartet] Train derailed"]
    (waiting,) = room.deliveries("pending")
    assert room.ledger.fates(waiting.article or "")[0].words.endswith("told as the latest report of its story")
    room.waits(minutes=2)
    await room.works()
    assert [mail.subject for mail in room.mailbox.mails][1:] == ["[Quartet] Third track"]
    assert len(room.hook.calls) == 3
    assert states(room) == {"delivered": 5, "grouped": 1}


async def test_what_waits_says_for_what(room: Newsroom) -> None:
    plans = ({}, {"when": "hourly"}, {"when": "daily", "quiet": "07:00-09:00"}, {"quiet": "14:00-15:00"})
    targets = [room.mail(f"{number}@example.org", **plan) for number, plan in enumerate(plans)]
    room.watch("Lavrov", *targets, room.call(), slug="a")
    room.watch("Lavrov", room.mail("0@example.org"), slug="b", languages=("fr",))
    room.waits_for_others(seconds=30)
    article = room.prints("Lavrov speaks")
    await room.works()
    assert [one.words for one in room.ledger.fates(article.id)] == [
        "pending: for other watches",
        "held: for the hourly digest",
        "held: for the daily digest",
        "held: for quiet hours",
        "delivered",
    ]
    assert [one.reason for one in room.ledger.fates(article.id)][-1] == "the receiver took it"


@pytest.mark.parametrize("apart", [True, False])
async def test_an_update_that_comes_while_the_message_waits_is_told_in_its_place(room: Newsroom, apart: bool) -> None:
    room.watch("rails", room.mail(), room.call(), slug="a")
    room.watch("crane", room.mail(), slug="b", outlets=("dpa", "bbc"))
    room.waits_for_others(seconds=30)
    first = room.prints("Train derailed", TRAIN)
    if apart:
        await room.works()
    room.waits(seconds=10)
    update = room.prints("Inquiry after derailment", UPDATE, outlet="dpa")
    assert update.update_of == first.id
    await room.works()
    room.waits(seconds=30)
    await room.works()
    (mail,) = room.mailbox.mails
    assert mail.subject == "[A, B] Inquiry after derailment"
    assert "What is new:" in mail.text
    assert "Goes on from:" in mail.text
    (told,) = (one for one in room.deliveries() if one.channel == "email")
    assert told in room.ledger.of_article(first.id)
    assert told in room.ledger.of_article(update.id)
    assert len(room.hook.calls) == 2
    room.waits(minutes=5)
    room.prints("An inquiry begins", UPDATE, outlet="bbc")
    await room.works()
    assert len(room.mailbox.mails) == 1
    assert states(room) == {"delivered": 3, "grouped": 5}
