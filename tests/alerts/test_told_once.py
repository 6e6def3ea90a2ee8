"""A story as it runs: copies are silent, updates are told with what is new, edits to those who ask for them."""

import json
from typing import Any

from sqlalchemy import select, text

from alerts.tables import DeliveryRow
from newsdesk import FiledArticle
from tests.world.newsroom import Newsroom

FIRST = (
    "A freight train left the rails near Kerava shortly before dawn on Tuesday, blocking both tracks of the main line.",
    "Nobody was hurt, the fire brigade said, though two wagons with paper rolls lay on their side beside a barn.",
    "The rail office expects repairs to last until Friday at the earliest and has ordered buses from three towns.",
    "Commuters waited for hours at the smaller stations, where kiosks ran out of coffee before eight in the morning.",
    "Inspector Lindqvist said that a broken axle was the likely cause, but that the wheels would be looked at first.",
    "The line carries some two hundred trains a day, among them the night sleepers to the north.",
)
LATER = (
    "By noon a crane from the harbour had lifted the first wagon, and one track was declared fit for slow trains.",
    "Prosecutor Hakala opened an inquiry into the haulier, which had been warned twice about worn bearings this year.",
    "Passengers will get back half of their fare, the minister told reporters at the scene in a short statement.",
    "Farmer Ekholm, whose barn was struck, found all of his forty sheep unharmed on the far side of the field.",
)
BODY = "\n\n".join(FIRST)
UPDATE = "\n\n".join((*FIRST[:3], *LATER))


def payloads(room: Newsroom) -> list[dict[str, Any]]:
    with room.database.read() as session:
        query = select(DeliveryRow.payload).order_by(DeliveryRow.created_at, DeliveryRow.id)
        return [json.loads(row)["data"] for row in session.scalars(query)]


def told(room: Newsroom) -> list[tuple[str, str, str]]:
    """The alerts: why, of which outlet, of which headline."""
    return [(one["reason"], one["article"]["outlet"], one["article"]["title"]) for one in payloads(room)]


async def prints(room: Newsroom, title: str, body: str = BODY, outlet: str = "rt", path: str = "") -> FiledArticle:
    """Print, sweep and deliver, a minute after the last."""
    room.waits(minutes=1)
    filed = room.prints(title, body, outlet=outlet, path=path)
    await room.works()
    return filed


async def test_a_running_story_alerts_as_often_as_it_has_news(room: Newsroom) -> None:
    room.watch("axle OR inquiry", room.mail(), room.call(), revisions=True)
    room.prints("Train derailed", BODY, path="1")
    room.prints("Wagons off the rails", BODY, outlet="bbc")
    await room.works()
    await prints(room, "Line blocked", BODY, outlet="cnn")
    await prints(room, "Rail chaos", BODY + "\n\nIt rained.", outlet="afp")
    await prints(room, "Inquiry after derailment", UPDATE, outlet="dpa")
    await prints(room, "Haulier under inquiry", UPDATE, outlet="ansa")
    await prints(room, "Train derailed", BODY.replace("a broken axle was", "fatigue was"), path="1")
    await prints(room, "Train derailed", BODY, path="1")
    alerts = [
        ("new", "rt", "Train derailed"),
        ("new", "dpa", "Inquiry after derailment"),
        ("revised", "rt", "Train derailed"),
        ("revised", "rt", "Train derailed"),
    ]
    assert told(room)[::2] == told(room)[1::2] == alerts
    mails = room.mailbox.mails
    assert [mail.subject for mail in mails] == [
        "[Quartet] Train derailed",
        "[Quartet] Inquiry after derailment",
        "[Quartet] Edited: Train derailed",
        "[Quartet] Edited: Train derailed",
    ]
    assert [mail.message["References"] for mail in mails] == [None, *[mails[0].message["Message-ID"]] * 3]
    assert [one["outlet"] for one in payloads(room)[0]["also_in"]] == ["bbc"]


async def test_an_update_says_what_is_new_and_what_it_goes_on_from(room: Newsroom) -> None:
    room.watch("rails OR crane", room.mail(), room.call())
    first = await prints(room, "Train derailed")
    update = await prints(room, "Inquiry after derailment", UPDATE, outlet="dpa")
    assert (update.update_of, update.story) == (first.id, first.story)
    data = payloads(room)[-1]
    assert (data["reason"], data["article"]["update_of"], data["article"]["story"]) == ("new", first.id, first.story)
    assert data["what_is_new"] == list(LATER)
    assert data["earlier"] == {"outlet": "rt", "url": first.article.canonical_url, "title": "Train derailed"}
    assert data["also_in"] == []
    mail = room.mailbox.mails[-1]
    text = mail.text.replace("\r\n", "\n")
    assert "What is new:\n\nBy noon a *crane*" in text
    assert "Goes on from:\n- RT: Train derailed https://rt.example/Train-derailed" in text
    assert "WHAT IS NEW" in mail.html
    assert ">Update</div>" in mail.html


async def test_copies_of_an_update_are_silent_and_one_that_comes_alone_still_says_what_is_new(room: Newsroom) -> None:
    room.watch("rails", room.mail("all@example.org"), slug="all")
    room.watch("rails", room.mail("ansa@example.org"), slug="one", outlets=("rt", "ansa"))
    await prints(room, "Train derailed")
    await prints(room, "Inquiry after derailment", UPDATE, outlet="dpa")
    copy = await prints(room, "Haulier under inquiry", UPDATE, outlet="ansa")
    assert (copy.update_of, bool(copy.copy_of)) == (None, True)
    titles = [(one.watch, one.title) for one in room.deliveries()]
    assert sorted(titles) == [
        ("all", "Inquiry after derailment"),
        ("all", "Train derailed"),
        ("one", "Haulier under inquiry"),
        ("one", "Train derailed"),
    ]
    assert payloads(room)[-1]["what_is_new"] == list(LATER)


async def test_a_text_is_told_once_though_the_agencys_own_arrives_late_and_becomes_its_original(room: Newsroom) -> None:
    room.watch("rails", room.mail("all@example.org"), slug="all")
    room.watch("rails", room.mail("late@example.org"), slug="late", outlets=("stt", "cnn"))
    body = f"KERAVA, November 21 (STT) - {BODY}"
    first = await prints(room, "Train derailed", body)
    agency = await prints(room, "Freight train leaves rails", body, outlet="stt")
    copy = await prints(room, "Rail chaos", body, outlet="cnn")
    with room.database.read() as session:
        now = {one.id: one.copy_of for one in room.desk.also_in(session, first.story, "")}
    assert now == {first.id: agency.id, agency.id: None, copy.id: agency.id}
    assert [(one.watch, one.title) for one in room.deliveries()] == [
        ("all", "Train derailed"),
        ("late", "Freight train leaves rails"),
    ]


async def test_what_an_alert_tells_of_is_cited(room: Newsroom) -> None:
    room.watch("rails", room.mail(when="daily"))
    first = await prints(room, "Train derailed")
    await prints(room, "Rail chaos", outlet="cnn")
    await prints(room, "Of sheep", "Forty sheep were found unharmed on the far side of a field near the old mill.")
    with room.database.read() as session:
        cited = session.execute(text("SELECT id FROM articles WHERE cited")).scalars().all()
    assert cited == [first.id]
