"""Sweep: watch, match, promise, mark: one transaction, so that no crash falls between them."""

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from newsdesk import Database, Desk, Unswept

from .digest import due
from .matcher import Match
from .outbox import Outbox, Promise
from .payload import Told, dumps, story_payload
from .pulse import Heard, Pulse
from .subscriptions import Subscription, Subscriptions
from .tables import MatchRow
from .watchlist import Kept, Watchlist

log = logging.getLogger("tocsin.alerts")

_BATCH = 100
_ASIDE = timedelta(minutes=15)


@dataclass(slots=True)
class SweepReport:
    """What one pass saw and promised."""

    articles: int = 0
    matches: int = 0
    deliveries: int = 0
    failed: int = 0
    """Articles that keep their mark for an error in this program: they are tried again later."""

    def __iadd__(self, other: "SweepReport") -> "SweepReport":
        """Add what another pass did."""
        self.articles += other.articles
        self.matches += other.matches
        self.deliveries += other.deliveries
        self.failed += other.failed
        return self


class Sweep:
    """Shows the articles that no watch has seen yet to the watches, and promises what follows."""

    def __init__(self, database: Database, desk: Desk, watchlist: Watchlist, pulse: Pulse | None = None) -> None:
        """Sweep what `desk` has filed in `database` by the watches of `watchlist`; `pulse` counts for some of them."""
        self._database = database
        self._desk = desk
        self._watchlist = watchlist
        self._outbox = Outbox(database)
        self._subscriptions = Subscriptions(database)
        self._pulse = pulse or Pulse(database, desk, watchlist)
        self._aside: dict[str, datetime] = {}

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
        """Sweep up to a hundred articles in the transaction of `session`; one that fails is set apart for a while."""
        unswept = self._waiting(session, now)
        try:
            with session.begin_nested():
                report = self._together(session, unswept, now)
            failed = set[str]()
        except OperationalError:
            raise
        except Exception:
            report, failed = SweepReport(articles=len(unswept)), set()
            for entry in unswept:
                if not self._apart(session, entry, now, report):
                    failed.add(entry.filed.id)
        self._aside.update(dict.fromkeys(failed, now + _ASIDE))
        report.failed = len(failed)
        self._desk.mark_swept(session, [entry.filed.id for entry in unswept if entry.filed.id not in failed])
        return report

    def _waiting(self, session: Session, now: datetime) -> list[Unswept]:
        self._aside = {id: until for id, until in self._aside.items() if until > now}
        found = self._desk.unswept(session, _BATCH + len(self._aside))
        return [entry for entry in found if entry.filed.id not in self._aside][:_BATCH]

    def _together(self, session: Session, unswept: Sequence[Unswept], now: datetime) -> SweepReport:
        report, batch = SweepReport(articles=len(unswept)), self._batch(session, unswept, now)
        for entry in unswept:
            for match in self._match(entry):
                report.matches += 1
                report.deliveries += batch.take(entry, match)
        report.deliveries += batch.write()
        return report

    def _apart(self, session: Session, entry: Unswept, now: datetime, report: SweepReport) -> bool:
        """Promise what can be promised of one article, each match and each target by itself; tell whether all was."""
        trouble = _Trouble(session, entry)
        matches: list[Match] = []
        with trouble.kept_apart():
            matches = self._match(entry, trouble.with_watch)
        for match in matches:
            told, whole = 0, trouble.count
            for kept in self._watchlist.targets(match.watch.slug):
                with trouble.kept_apart():
                    batch = self._batch(session, [entry], now)
                    is_new = batch.tell(entry, match, kept)
                    batch.write()
                    told += is_new
            report.deliveries += told
            if trouble.count == whole:
                with trouble.kept_apart():
                    batch = self._batch(session, [entry], now)
                    batch.note(entry, match, told)
                    report.deliveries += batch.write()
                    report.matches += 1
        return not trouble.count

    def _batch(self, session: Session, unswept: Sequence[Unswept], now: datetime) -> "_Batch":
        batch = _Batch(session, self._desk, self._watchlist, self._outbox, self._subscriptions, self._pulse, now)
        batch.recall([entry.filed.id for entry in unswept])
        return batch

    def _match(self, entry: Unswept, on_error: Callable[[str, Exception], None] | None = None) -> list[Match]:
        return self._watchlist.matcher.match(entry.filed, self._watchlist.outlet_tags, on_error)


class _Trouble:
    """What goes wrong with one article, each piece in a savepoint of its own."""

    def __init__(self, session: Session, entry: Unswept) -> None:
        self._session, self._entry = session, entry
        self.count = 0

    def with_watch(self, slug: str, error: Exception) -> None:
        """Take note of a watch that could not be tried."""
        self.count += 1
        facts = {"article": self._entry.filed.id, "watch": slug}
        log.error("watch not tried, will be tried again", extra=facts, exc_info=error)

    @contextmanager
    def kept_apart(self) -> Iterator[None]:
        """Take back what the block did when it fails, and log it; a lost database concerns everyone."""
        try:
            with self._session.begin_nested():
                yield
        except OperationalError:
            raise
        except Exception:
            self.count += 1
            log.exception("article not swept, will be tried again", extra={"article": self._entry.filed.id})


class _Batch:
    """The matches of one transaction on their way to the people whom the watches tell; written all at once."""

    def __init__(
        self,
        session: Session,
        desk: Desk,
        watchlist: Watchlist,
        outbox: Outbox,
        subscriptions: Subscriptions,
        pulse: Pulse,
        now: datetime,
    ) -> None:
        self._session, self._now, self._pulse = session, now, pulse
        self._desk, self._watchlist, self._outbox, self._subscriptions = desk, watchlist, outbox, subscriptions
        self._known: set[tuple[str, str, int]] = set()
        self._matches: list[dict[str, Any]] = []
        self._heard: list[Heard] = []
        self._promises: dict[tuple[str, str], Promise] = {}
        self._threads: dict[tuple[str, str, str], str] = {}
        self._cards: dict[tuple[str, str, str], Subscription] = {}

    def recall(self, articles: Sequence[str]) -> None:
        """Remember which matches of these articles are already on record."""
        rows = self._session.execute(_KNOWN, {"articles": articles})
        self._known = {(watch, article, revision) for watch, article, revision in rows}

    def take(self, entry: Unswept, match: Match) -> int:
        """Note a match, and promise it to each who has not heard of its story; gives to how many."""
        told = sum(self.tell(entry, match, kept) for kept in self._watchlist.targets(match.watch.slug))
        self.note(entry, match, told)
        return told

    def note(self, entry: Unswept, match: Match, told: int) -> None:
        """Note a match that `told` targets are promised."""
        filed, slug = entry.filed, match.watch.slug
        if self._is_known(entry, match):
            return
        outcome = "alerted" if told else "heard" if self._watchlist.targets(slug) else "nobody"
        if not match.watch.tells_each:
            self._heard.append(Heard(match.watch, filed, entry.reason))
            outcome = "counted"
        self._matches.append(
            {
                "watch": slug,
                "article": filed.id,
                "revision": filed.revision,
                "story": filed.story,
                "reason": entry.reason,
                "outcome": outcome,
                "spans": dumps(_spans(match)),
                "matched_at": self._now,
            }
        )

    def write(self) -> int:
        """Put everything on record; gives how many are promised what only numbers, silences and firsts lead to."""
        if self._matches:
            self._session.execute(insert(MatchRow), self._matches)
        self._outbox.promise(self._session, list(self._promises.values()), self._now)
        return self._pulse.hear(self._session, self._heard, self._now)

    def tell(self, entry: Unswept, match: Match, kept: Kept) -> bool:
        """Promise a match to one target, unless it has heard of its story; tells whether."""
        watch, story = match.watch, entry.filed.story
        if not watch.tells_each or self._is_known(entry, match):
            return False
        card = self._card(watch.slug, kept)
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
            matches=_spans(match),
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

    def _is_known(self, entry: Unswept, match: Match) -> bool:
        return (match.watch.slug, entry.filed.id, entry.filed.revision) in self._known

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


def _spans(match: Match) -> list[dict[str, Any]]:
    return [
        {"field": span.field, "start": span.start, "end": span.end, "text": span.text, "term": span.term}
        for span in match.spans
    ]


def delivery_id(subscription: str, story: str) -> str:
    """Give the id that a delivery keeps over all attempts; it holds no dot, as signatures are made of dotted parts."""
    return f"alert-{hashlib.blake2b(f'{subscription} {story}'.encode(), digest_size=16).hexdigest()}"
