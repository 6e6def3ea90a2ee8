"""Sweep: watch, match, promise, mark: one transaction, so that no crash falls between them."""

import hashlib
import json
import logging
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsdesk import Database, Desk, FiledArticle, Unswept

from .digest import due
from .matcher import Match
from .outbox import Outbox, Promise
from .payload import Told, story_payload
from .subscriptions import Subscriptions
from .tables import MatchRow
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
        for entry in unswept:
            report.articles += 1
            for match in self._matches(entry, report):
                report.matches += 1
                report.deliveries += _Found(self, session, entry, match, now).tell()
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


class _Found:
    """One match on its way to the people whom its watch tells."""

    def __init__(self, sweep: Sweep, session: Session, entry: Unswept, match: Match, now: datetime) -> None:
        self.sweep, self.session, self.now = sweep, session, now
        self.filed: FiledArticle = entry.filed
        self.reason = entry.reason
        self.watch = match.watch
        self.matches: list[dict[str, Any]] = [
            {"field": span.field, "start": span.start, "end": span.end, "text": span.text, "term": span.term}
            for span in match.spans
        ]

    def tell(self) -> int:
        """Put the match on record and promise it to each who has not heard of its story; gives to how many."""
        key = {"watch": self.watch.slug, "article": self.filed.id, "revision": self.filed.revision}
        if self.session.scalar(select(MatchRow.watch).filter_by(**key)) is not None:
            return 0
        targets = self.sweep._watchlist.targets(self.watch.slug)
        told = sum(self._promise(kept) for kept in targets)
        self.session.add(
            MatchRow(
                **key,
                story=self.filed.story,
                reason=self.reason,
                outcome="alerted" if told else "heard" if targets else "nobody",
                spans=json.dumps(self.matches, ensure_ascii=False),
                matched_at=self.now,
            )
        )
        return told

    @cached_property
    def also_in(self) -> list[FiledArticle]:
        return self.sweep._desk.also_in(self.session, self.filed.story, self.filed.id)

    def _promise(self, kept: Kept) -> bool:
        outbox, story = self.sweep._outbox, self.filed.story
        channel, address = kept.key
        subscription = self.sweep._subscriptions.ensure(self.session, self.watch.slug, channel, address, self.now)
        if not subscription.is_active or outbox.has_heard(self.session, subscription.id, story):
            return False
        id = delivery_id(subscription.id, story)
        told = Told(
            id=id,
            reason=self.reason,
            watch={"slug": self.watch.slug, "name": self.watch.name, "query": self.watch.query_text},
            filed=self.filed,
            matches=self.matches,
            also_in=self.also_in,
        )
        promise = Promise(
            id=id,
            subscription=subscription.id,
            endpoint=kept.target.endpoint,
            type="story.matched",
            payload=story_payload(told, self.now, with_body=kept.target.with_body),
            due=due(kept.target.plan, self.now),
            story=story,
            article=self.filed.id,
            thread=outbox.thread(self.session, story, channel, address),
        )
        outbox.promise(self.session, promise, self.now)
        return True


def delivery_id(subscription: str, story: str) -> str:
    """Give the id that a delivery keeps over all attempts; it holds no dot, as signatures are made of dotted parts."""
    return f"alert-{hashlib.blake2b(f'{subscription} {story}'.encode(), digest_size=16).hexdigest()}"
