"""A newsroom: articles are printed, watches are kept, a clock is turned by hand; mail and hooks are real."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import alerts.tables  # noqa: F401  (its tables are to be made)
from alerts import (
    AlertSettings,
    Delivery,
    Dispatch,
    Ledger,
    Outbox,
    SmtpSettings,
    Sweep,
    SweepReport,
    Watch,
    Watchlist,
    operator,
    parse,
)
from newsdesk import Article, Database, Desk, FiledArticle, Guard, Precision
from tocsin.demo.hook import Hook
from tocsin.demo.mailbox import Mailbox

START = datetime(2026, 11, 21, 14, 5, 9, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PAUSES = (timedelta(seconds=5), timedelta(minutes=5))


class Newsroom:
    """One database, one watchlist, one dispatcher."""

    def __init__(self, database: Database, mailbox: Mailbox, hook: Hook) -> None:
        self.database, self.mailbox, self.hook = database, mailbox, hook
        self.now = START
        self.operator: list[Mapping[str, Any]] = []
        self.calm = AlertSettings(group_wait=timedelta(0))
        self.smtp: dict[str, Any] = {}
        self.desk = Desk(database)
        self.ledger = Ledger(database)
        self.outbox = Outbox(database, PAUSES)
        self.watchlist = Watchlist([])
        self.sweeper = Sweep(database, self.desk, self.watchlist)
        self.dispatch = self.dispatcher()

    def dispatcher(self, **more: Any) -> Dispatch:
        return Dispatch(self.database, self.watchlist, schedule=PAUSES, clock=lambda: self.now, **more)

    def keeps(self, *watches: Watch) -> None:
        sender = {"sender": "Tocsin <alerts@news.example>"} | self.smtp
        smtp = SmtpSettings(host="127.0.0.1", port=self.mailbox.port, **sender)
        guard = Guard(["127.0.0.0/8"])
        self.watchlist.replace(
            Watchlist(
                watches,
                smtp,
                guard=guard,
                public_url="https://tocsin.example",
                outlet_tags={"rt": ["state"]},
                outlet_names={"rt": "RT"},
                operator=operator(self.operator),
                alerts=self.calm,
            )
        )

    def watch(self, query: str, *notify: Mapping[str, Any], slug: str = "quartet", **more: Any) -> Watch:
        """Keep one more watch."""
        watch = Watch(slug=slug, name=slug.title(), query=parse(query), notify=notify, **more)
        self.keeps(*(kept for kept in self.watchlist.watches if kept.slug != slug), watch)
        return watch

    def waits_for_others(self, seconds: float = 0, most_per_hour: int = 0, pause: float = 0) -> None:
        """Have alerts to people wait for others, leave a pause within a story, or be no more than so many an hour."""
        wait, pause_ = timedelta(seconds=seconds), timedelta(seconds=pause)
        self.calm = AlertSettings(group_wait=wait, group_interval=pause_, most_per_hour=most_per_hour)
        self.keeps(*self.watchlist.watches)

    def mail(self, address: str = "desk@example.org", **more: Any) -> dict[str, Any]:
        return {"email": address, **more}

    def call(self, path: str = "hook", **more: Any) -> dict[str, Any]:
        return {"webhook": self.hook.url.replace("hook", path), "secret": SECRET, **more}

    def prints(self, title: str, body: str = "", outlet: str = "rt", path: str = "", **more: Any) -> FiledArticle:
        url = f"https://{outlet}.example/{path or title.replace(' ', '-')}"
        article = Article(
            outlet=outlet,
            url=url,
            canonical_url=url,
            title=title,
            body=body or f"{title} is all that is told here, and nothing else of it is known to anyone today.",
            published=self.now,
            published_precision=Precision.MINUTE,
            **more,
        )
        with self.database.begin() as session:
            return self.desk.file(session, article, now=self.now).article

    async def sweep(self) -> SweepReport:
        return await self.sweeper.run(self.now)

    async def send(self) -> None:
        """Send all that is due."""
        await self.dispatch.run(self.now)
        await self.dispatch.drain(20)

    async def works(self) -> None:
        """Sweep and send."""
        await self.sweep()
        await self.send()

    def waits(self, **duration: float) -> None:
        self.now += timedelta(**duration)

    def states(self) -> list[str]:
        """The states of all deliveries, oldest first."""
        return [delivery.state for delivery in self.deliveries()]

    def deliveries(self, state: str | None = None) -> list[Delivery]:
        return sorted(self.ledger.deliveries(state), key=lambda delivery: (delivery.created_at, delivery.id))


@contextmanager
def newsroom(database: Database) -> Iterator[Newsroom]:
    """Open a newsroom over an empty database."""
    with Mailbox() as mailbox, Hook(SECRET) as hook:
        yield Newsroom(database, mailbox, hook)
