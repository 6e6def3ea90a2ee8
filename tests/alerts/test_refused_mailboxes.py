"""Mailboxes that the mail server refuses at once: the dead ones are suspended, as by a bounce that comes later."""

import pytest

from alerts import Subscriptions
from tests.world.newsroom import Newsroom


@pytest.mark.parametrize(
    ("answer", "reason", "state"),
    [
        ("550 5.1.1 no such user", "bounced", "suspended"),
        ("550 5.7.1 not from you", "rejected", "active"),
        ("550 who is that", "rejected", "active"),
    ],
)
async def test_a_mailbox_that_is_refused_as_dead_is_suspended_for_every_watch(
    room: Newsroom, answer: str, reason: str, state: str
) -> None:
    room.operator = [room.mail("ops@example.org")]
    room.watch("Lavrov", room.mail())
    room.watch("Hamas", room.mail(when="daily"), slug="hamas")
    room.mailbox.refuse = lambda recipient: answer if recipient == "desk@example.org" else None
    room.prints("Hamas answers")
    await room.works()
    room.prints("Lavrov speaks")
    await room.works()
    await room.send()
    cards = Subscriptions(room.database).all()
    assert {str(card.state) for card in cards if card.address == "desk@example.org"} == {state}
    told = {one.watch: (one.state, one.reason) for one in room.deliveries() if one.address == "desk@example.org"}
    assert told["quartet"] == ("failed", reason)
    assert told["hamas"] == (("failed", reason) if state == "suspended" else ("held", None))
    (notice,) = room.mailbox.mails
    assert ("suspended" in notice.subject) is (state == "suspended")
    assert answer in notice.text
