"""What an alert that waited lists: who carries its text when it first goes out, and no more after that."""

import json

from tests.alerts.test_told_once import BODY, UPDATE
from tests.world.newsroom import Newsroom


def listed(raw: bytes) -> list[str]:
    return [other["outlet"] for other in json.loads(raw)["data"]["also_in"]]


async def test_an_alert_held_for_its_hour_lists_the_copies_that_came_meanwhile(room: Newsroom) -> None:
    room.watch("axle", room.mail(quiet="14:00-15:00"))
    room.prints("Train derailed", BODY)
    await room.works()
    room.waits(minutes=10)
    room.prints("Line blocked", BODY, outlet="bbc")
    room.prints("Inquiry", UPDATE + "\n\nThe axle is with the police.", outlet="dpa")
    await room.works()
    assert room.mailbox.mails == []
    room.waits(hours=1)
    await room.works()
    first = next(mail for mail in room.mailbox.mails if "stories" in mail.subject)
    text = first.text.replace("\r\n", "\n")
    assert "Also in:\n- bbc: Line blocked" in text
    assert text.count("Also in") == 1


async def test_an_alert_whose_sender_was_away_lists_what_is_known_at_its_first_attempt_and_stays_so(
    room: Newsroom,
) -> None:
    room.watch("axle", room.call())
    room.prints("Train derailed", BODY)
    await room.sweep()
    room.waits(minutes=10)
    room.prints("Line blocked", BODY, outlet="bbc")
    await room.sweep()
    room.hook.answers = lambda _path, _body: 503
    await room.send()
    room.waits(minutes=1)
    room.prints("Rail chaos", BODY, outlet="cnn")
    await room.sweep()
    room.hook.answers = lambda _path, _body: 204
    await room.send()
    bodies = [call.body for call in room.hook.calls]
    assert len(bodies) == 2
    assert bodies[0] == bodies[1]
    assert listed(bodies[0]) == ["bbc"]
