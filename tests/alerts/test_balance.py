"""Whatever happens, in whatever order: each match ends in one state for each target, and nobody is told twice."""

import random
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from alerts import Silences, Subscriptions
from alerts.readers.readers import pause, snooze
from tests.world.newsroom import Newsroom

WORDS = ("Lavrov", "Quartet", "Hamas", "wheat", "bridge")
PLANS: tuple[dict[str, Any], ...] = (
    {},
    {},
    {"when": "hourly"},
    {"when": "daily", "at": "18:00"},
    {"quiet": "16:00-17:30"},
)


class Chance:
    """Does to a newsroom what a seed says."""

    def __init__(self, room: Newsroom, seed: int) -> None:
        self.room, self.dice = room, random.Random(seed)
        self.texts: list[tuple[str, str]] = []
        self.pages: list[tuple[str, str, str]] = []
        self.subscriptions = Subscriptions(room.database)
        self.silences = Silences(room.database)
        room.waits_for_others(*(self.dice.choice(some) for some in ((0, 30, 30), (0, 0, 3), (0, 0, 3600))))
        for number in range(4):
            self.keeps(number)

    def keeps(self, number: int) -> None:
        dice, room = self.dice, self.room
        people = dice.sample(("ana@example.org", "bo@example.org"), dice.randint(0, 2))
        targets = [room.mail(one, **dice.choice(PLANS)) for one in people]
        targets += [room.call(f"hook{number}", **dice.choice(PLANS))] if dice.random() < 0.5 else []
        query = " OR ".join(dice.sample(WORDS, dice.randint(1, 3)))
        outlets = dice.choice(((), (), ("rt",), ("bbc", "cnn")))
        room.watch(query, *targets, slug=f"w{number}", revisions=dice.random() < 0.3, outlets=outlets)

    async def step(self) -> None:
        act = self.dice.choice(
            (self.news, self.news, self.copy, self.update, self.edit, self.time, self.time, self.trouble, self.calm)
        )
        act()
        if self.dice.random() < 0.7:
            await self.room.works()

    def news(self) -> None:
        number, dice = len(self.texts), self.dice
        words = " and ".join(dice.sample(WORDS, dice.randint(0, 3)))
        body = " ".join(f"Report {number} says {words} in sentence s{number}x{n}." for n in range(25))
        self.texts.append((f"Report {number} of {words}", body))
        self.prints(f"Report {number} of {words}", body, f"p{number}")

    def copy(self) -> None:
        if self.texts:
            title, body = self.dice.choice(self.texts)
            self.prints(title + " today", body, f"c{len(self.pages)}")

    def update(self) -> None:
        if self.texts:
            title, body = self.dice.choice(self.texts)
            more = " ".join(f"It was added that {self.dice.choice(WORDS)} m{len(self.pages)}x{n}." for n in range(12))
            self.prints(title, f"{body} {more}", f"u{len(self.pages)}")

    def edit(self) -> None:
        if self.pages:
            outlet, path, body = self.dice.choice(self.pages)
            words = body.replace(self.dice.choice(WORDS), self.dice.choice(WORDS))
            self.room.prints("An edited report", words, outlet=outlet, path=path)

    def time(self) -> None:
        self.room.waits(minutes=self.dice.choice((0.3, 1, 20, 90, 600, -150)))

    def trouble(self) -> None:
        room, dice = self.room, self.dice
        refusal = dice.choice((None, None, "450 later", "550 never"))
        room.mailbox.refuse = lambda recipient: refusal if recipient.startswith("bo") else None
        status = dice.choice((204, 204, 500, 410))
        room.hook.answers = lambda path, _body: status if path == "/hook1" else 204

    def calm(self) -> None:
        room, dice = self.room, self.dice
        with room.database.begin() as session:
            if dice.random() < 0.5:
                what = dice.choice(({"watch": "w1"}, {"outlet": "rt"}, {"query": "wheat"}))
                end = room.now + timedelta(hours=1)
                self.silences.add(
                    session, **what, starts_at=room.now, ends_at=end, author="a", comment="b", now=room.now
                )
            elif cards := self.subscriptions.all():
                card = dice.choice(cards)
                if not card.is_active:
                    self.subscriptions.resume(session, card.token)
                elif dice.random() < 0.3:
                    snooze(session, card.token, room.now + timedelta(hours=dice.choice((-1, 2, 20))), room.now)
                elif dice.random() < 0.5:
                    pause(session, card.token)
                else:
                    self.subscriptions.end(session, card.token, room.now)
        if dice.random() < 0.3:
            self.keeps(dice.randrange(5))

    def prints(self, title: str, body: str, path: str) -> None:
        outlet = self.dice.choice(("rt", "bbc", "cnn"))
        self.pages.append((outlet, path, body))
        self.room.prints(title, body, outlet=outlet, path=path)


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_happens_the_matches_add_up(room: Newsroom, seed: int) -> None:
    chance = Chance(room, seed)
    for _ in range(25):
        await chance.step()
        found = room.ledger.balance()
        assert found.is_even, found.faults
    room.mailbox.refuse = lambda _recipient: None
    room.hook.answers = lambda _path, _body: 204
    for _ in range(3):
        await room.works()
        room.waits(days=1)
    await room.works()
    found = room.ledger.balance()
    assert found.is_even, found.faults
    assert (found.states["pending"], found.states["held"]) == (0, 0)
    assert found.total == sum(found.states.values())
    assert max(Counter(call.id for call in room.hook.calls if call.status < 300).values(), default=0) <= 1
    assert max(Counter(mail.message["Message-ID"] for mail in room.mailbox.mails).values(), default=0) <= 1
