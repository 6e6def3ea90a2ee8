"""Sweep: watch, match, promise, mark: one transaction, so that no crash falls between them."""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from newsdesk import Database, Desk, Unswept

from .digest import due
from .matcher import Match
from .outbox import Outbox, Promise
from .payload import Told, dumps, story_payload
from .subscriptions import Subscription, Subscriptions
from .tables import MatchRow
from .watch import Watch
from .watchlist import Kept, Watchlist

log = logging.getLogger("tocsin.alerts")

_BATCH = 100


@dataclass(slots=True)
class SweepReport:
    """What one pass saw and promised."""

    articles: int = 0
    matches: int = 0
    deliveries: int = 0
    failed: int = 0
    """Articles that no watch could be tried on, for an error in this program."""

    def __iadd__(self, other: "SweepReport") -> "SweepReport":
        """Add what another pass did."""
        self.articles += other.articles
        self.matches += other.matches
        self.deliveries += other.deliveries
        self.failed += other.failed
        return self


class Sweep:
    """Shows the articles that no watch has seen yet to the watches, and promises what follows."""

    def __init__(self, database: Database, desk: Desk, watchlist: Watchlist) -> None:
        """Sweep what `desk` has filed in `database` by the watches of `watchlist`."""
        self._database = database
        self._desk = desk
        self._watchlist = watchlist
        self._outbox = Outbox(database)
        self._subscriptions = Subscriptions(database)

    async def run(self, now: datetime) -> SweepReport:
        """Sweep until nothing is left."""
        total = SweepReport()
        while True:
            report = await self._database.transact(lambda session: self.batch(session, now))
            total += report
            if report.articles < _BATCH:
                break
        if total.articles:
            log.info(
                "swept", extra={"articles": total.articles, "matches": total.matches, "promised": total.deliveries}
            )
        return total

    def batch(self, session: Session, now: datetime) -> SweepReport:
        """Sweep up to a hundred articles in the transaction of `session`."""
        report = SweepReport()
        unswept = self._desk.unswept(session, _BATCH)
        batch = _Batch(session, self._desk, self._watchlist, self._outbox, self._subscriptions, now)
        batch.recall([entry.filed.id for entry in unswept])
        for entry in unswept:
            report.articles += 1
            for match in self._matches(entry, report):
                report.matches += 1
                report.deliveries += batch.take(entry, match)
        batch.write()
        self._desk.mark_swept(session, [entry.filed.id for entry in unswept])
        return report

    def _matches(self, entry: Unswept, report: SweepReport) -> list[Match]:
        try:
            return self._watchlist.matcher.match(entry.filed, self._watchlist.outlet_tags)
        except Exception:
            # One article that breaks the matcher must not hold up all that come after it.
            log.exception("article not matched", extra={"article": entry.filed.id})
            report.failed += 1
            return []


class _Batch:
    """The matches of one transaction on their way to the people whom the watches tell; written all at once."""

    def __init__(
        self,
        session: Session,
        desk: Desk,
        watchlist: Watchlist,
        outbox: Outbox,
        subscriptions: Subscriptions,
        now: datetime,
    ) -> None:
        self._session, self._now = session, now
        self._desk, self._watchlist, self._outbox, self._subscriptions = desk, watchlist, outbox, subscriptions
        self._known: set[tuple[str, str, int]] = set()
        self._matches: list[dict[str, Any]] = []
        self._promises: dict[tuple[str, str], Promise] = {}
        self._threads: dict[tuple[str, str, str], str] = {}
        self._cards: dict[tuple[str, str, str], Subscription] = {}

    def recall(self, articles: Sequence[str]) -> None:
        """Remember which matches of these articles are already on record."""
        rows = self._session.execute(_KNOWN, {"articles": articles})
        self._known = {(watch, article, revision) for watch, article, revision in rows}

    def take(self, entry: Unswept, match: Match) -> int:
        """Note a match, and promise it to each who has not heard of its story; gives to how many."""
        filed, watch = entry.filed, match.watch
        if (watch.slug, filed.id, filed.revision) in self._known:
            return 0
        spans = [
            {"field": span.field, "start": span.start, "end": span.end, "text": span.text, "term": span.term}
            for span in match.spans
        ]
        targets = self._watchlist.targets(watch.slug)
        told = sum(self._promise(entry, watch, spans, kept) for kept in targets)
        self._matches.append(
            {
                "watch": watch.slug,
                "article": filed.id,
                "revision": filed.revision,
                "story": filed.story,
                "reason": entry.reason,
                "outcome": "alerted" if told else "heard" if targets else "nobody",
                "spans": dumps(spans),
                "matched_at": self._now,
            }
        )
        return told

    def write(self) -> None:
        """Put everything on record."""
        if self._matches:
            self._session.execute(insert(MatchRow), self._matches)
        self._outbox.promise(self._session, list(self._promises.values()), self._now)

    def _promise(self, entry: Unswept, watch: Watch, spans: list[dict[str, Any]], kept: Kept) -> bool:
        card, story = self._card(watch.slug, kept), entry.filed.story
        if not card.is_active or (card.id, story) in self._promises:
            return False
        if self._outbox.has_heard(self._session, card.id, story):
            return False
        id = delivery_id(card.id, story)
        told = Told(
            id=id,
            reason=entry.reason,
            watch={"slug": watch.slug, "name": watch.name, "query": watch.query_text},
            filed=entry.filed,
            matches=spans,
            also_in=self._desk.also_in(self._session, story, entry.filed.id),
        )
        self._promises[card.id, story] = Promise(
            id=id,
            subscription=card.id,
            endpoint=kept.target.endpoint,
            type="story.matched",
            payload=story_payload(told, self._now, with_body=kept.target.with_body),
            due=due(kept.target.plan, self._now),
            story=story,
            article=entry.filed.id,
            thread=self._thread(story, *kept.key, id),
        )
        return True

    def _card(self, slug: str, kept: Kept) -> Subscription:
        key = (slug, *kept.key)
        if key not in self._cards:
            self._cards[key] = self._subscriptions.ensure(self._session, *key, self._now)
        return self._cards[key]

    def _thread(self, story: str, channel: str, address: str, id: str) -> str | None:
        """Give the first delivery about a story to an address, promised before or in this batch."""
        key = (story, channel, address)
        first = self._threads.get(key) or self._outbox.thread(self._session, *key)
        self._threads[key] = first or id
        return first


_KNOWN = select(MatchRow.watch, MatchRow.article, MatchRow.revision).where(
    MatchRow.article.in_(bindparam("articles", expanding=True))
)


def delivery_id(subscription: str, story: str) -> str:
    """Give the id that a delivery keeps over all attempts; it holds no dot, as signatures are made of dotted parts."""
    return f"alert-{hashlib.blake2b(f'{subscription} {story}'.encode(), digest_size=16).hexdigest()}"
