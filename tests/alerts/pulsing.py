"""A newsroom whose watches count: its archive can be filled, and time made to pass."""

import json
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts import Pulse, Round, Sweep, Watch, progress_of
from alerts.occasion import Occasion
from alerts.tables import DeliveryRow, PulseRow
from alerts.trends.trend import Stretch
from newsdesk import Article, FiledArticle, Precision
from tests.world.newsroom import START, Newsroom


class Desk:
    """A newsroom with its pulse, and an archive that can be filled."""

    def __init__(self, room: Newsroom) -> None:
        self.room = room
        self.stretches: Sequence[Stretch] = ()
        self.number = 0
        self.restart()

    def restart(self) -> None:
        """Begin anew with nothing remembered, as after a crash."""
        room = self.room
        self.pulse = Pulse(room.database, room.desk, room.watchlist, lambda _session: self.stretches)
        self.round = Round(self.pulse)
        room.sweeper = Sweep(room.database, room.desk, room.watchlist, self.pulse)

    def keeps(self, occasion: Occasion, query: str = "Lavrov", slug: str = "quartet", **target: Any) -> Watch:
        return self.room.watch(query, self.room.call(**target), slug=slug, occasion=occasion)

    def files(
        self, title: str, at: datetime, *, outlet: str = "rt", quiet: bool = True, body: str = ""
    ) -> FiledArticle:
        """File an article that was seen when it was published."""
        with self.room.database.begin() as session:
            return self._file(session, title, at, outlet, quiet, body)

    def _file(
        self, session: Session, title: str, at: datetime, outlet: str = "rt", quiet: bool = True, body: str = ""
    ) -> FiledArticle:
        self.number += 1
        url = f"https://{outlet}.example/{self.number}"
        words = random.Random(self.number)
        text = body or " ".join("".join(words.choices("abcdefghij", k=6)) for _ in range(30))
        article = Article(
            outlet=outlet,
            url=url,
            canonical_url=url,
            title=title,
            body=text,
            published=at,
            published_precision=Precision.MINUTE,
        )
        return self.room.desk.file(session, article, now=at, quiet=quiet).article

    def fills(self, days: int, each: timedelta = timedelta(hours=4), until: datetime = START) -> None:
        """Fill the archive with a mention each so often."""
        at = until - timedelta(days=days)
        with self.room.database.begin() as session:
            while at < until:
                self._file(session, "Lavrov speaks", at)
                at += each

    async def passes(self, **duration: float) -> int:
        """Let time pass, sweep and go the round."""
        self.room.waits(**duration)
        await self.room.sweep()
        return await self.round.run(self.room.now)

    async def hears(self, count: int = 1, title: str = "Lavrov speaks", **more: Any) -> None:
        for _ in range(count):
            self.files(title, self.room.now, quiet=False, **more)
        await self.room.sweep()

    def told(self) -> list[dict[str, Any]]:
        with self.room.database.read() as session:
            rows = session.scalars(select(DeliveryRow.payload).order_by(DeliveryRow.created_at, DeliveryRow.id))
            return [json.loads(row) for row in rows]

    def types(self) -> list[str]:
        return [one["type"] for one in self.told()]

    def row(self, slug: str = "quartet") -> PulseRow:
        with self.room.database.read() as session:
            row = session.get(PulseRow, slug)
            assert row is not None
            return row

    def why(self, slug: str = "quartet") -> str:
        found = progress_of(self.room.database, list(self.room.watchlist.watches), self.room.now)[slug]
        return f"{found.state}: {found.why}"
