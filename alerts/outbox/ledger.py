"""Ledger: what became of each match, for people and for health: deliveries, attempts, counts."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, literal, or_, select, tuple_

from newsdesk import Database, Instant

from ..tables import AttemptRow, DeliveryRow, FateRow, MatchRow, SubscriptionRow
from .balance import Balance, balance
from .fates import Ended, FateState, of_article

_D = DeliveryRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One delivery as it stands."""

    id: str
    watch: str
    channel: str
    address: str
    type: str
    title: str
    article: str | None
    story: str | None
    state: str
    due_at: datetime
    attempts: int
    reason: str | None
    detail: str | None
    grouped_into: str | None
    created_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a delivery."""

    delivery: str
    number: int
    started_at: datetime
    duration_ms: int
    status: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class Matched:
    """One match on record: which watch, why, and whether anyone had to be told."""

    watch: str
    article: str
    revision: int
    reason: str
    outcome: str
    spans: tuple[dict[str, Any], ...]
    matched_at: datetime


class Ledger:
    """Reads what the sweep and the dispatch have written."""

    def __init__(self, database: Database) -> None:
        """Read from `database`."""
        self.database = database

    def deliveries(
        self,
        state: str | None = None,
        *,
        watch: str | None = None,
        since: datetime | None = None,
        after: tuple[datetime, str] | None = None,
        limit: int = 100,
    ) -> list[Delivery]:
        """Give the newest deliveries, those in one state, or those of one watch, promised `since` then.

        With `after`, the promise and the id of one, those that follow on it.
        """
        query = _deliveries().order_by(_D.created_at.desc(), _D.id.desc()).limit(limit)
        if after is not None:
            query = query.where(tuple_(_D.created_at, _D.id) < tuple_(literal(after[0], Instant), literal(after[1])))
        if since is not None:
            query = query.where(_D.created_at >= since)
        if state is not None:
            query = query.where(_D.state == state)
        if watch is not None:
            query = query.where(SubscriptionRow.watch == watch)
        return self._read(query)

    def find(self, id: str) -> Delivery | None:
        """Give one delivery."""
        found = self._read(_deliveries().where(_D.id == id))
        return found[0] if found else None

    def of_article(self, article: str) -> list[Delivery]:
        """Give the deliveries about an article, and the digests that hold them, oldest first."""
        told = select(FateRow.delivery).where(
            FateRow.article == article, FateRow.state.in_((FateState.PROMISED, FateState.GROUPED))
        )
        alerts = _deliveries().where(or_(_D.article == article, _D.id.in_(told)))
        groups = select(_D.grouped_into).where(_D.article == article, _D.grouped_into.is_not(None))
        digests = _deliveries().where(_D.id.in_(groups))
        return sorted(self._read(alerts) + self._read(digests), key=lambda delivery: delivery.created_at)

    def attempts(self, delivery: str) -> list[Attempt]:
        """Give the attempts at one delivery, oldest first."""
        with self.database.read() as session:
            rows = session.scalars(select(AttemptRow).filter_by(delivery=delivery).order_by(AttemptRow.id))
            return [
                Attempt(row.delivery, row.number, row.started_at, row.duration_ms, row.status, row.excerpt)
                for row in rows
            ]

    def matches(self, article: str) -> list[Matched]:
        """Give the matches of one article, oldest first."""
        with self.database.read() as session:
            rows = session.scalars(select(MatchRow).filter_by(article=article).order_by(MatchRow.matched_at))
            return [_matched(row) for row in rows]

    def fates(self, article: str) -> list[Ended]:
        """Give where each match of an article stands for each whom its watch tells, oldest first."""
        with self.database.read() as session:
            return of_article(session, article)

    def balance(self, since: datetime | None = None) -> Balance:
        """Add up where all matches stand, or those since then, and tell what does not add up."""
        with self.database.read() as session:
            return balance(session, since)

    def of_watch(self, watch: str, *, limit: int = 50) -> list[Matched]:
        """Give the newest matches of a watch."""
        query = select(MatchRow).filter_by(watch=watch).order_by(MatchRow.matched_at.desc()).limit(limit)
        with self.database.read() as session:
            return [_matched(row) for row in session.scalars(query)]

    def counts(self) -> dict[str, int]:
        """Count the deliveries by state."""
        with self.database.read() as session:
            return {state: count for state, count in session.execute(_COUNTS)}

    def waiting_since(self) -> datetime | None:
        """Give when the longest waiting delivery became due, or None when none waits."""
        with self.database.read() as session:
            return session.scalar(select(func.min(_D.due_at)).where(_D.state == "pending"))

    def last_attempt(self) -> datetime | None:
        """Give when the newest attempt at any delivery began, or None when there was none."""
        with self.database.read() as session:
            return session.scalar(select(AttemptRow.started_at).order_by(AttemptRow.id.desc()).limit(1))

    def _read(self, query: Select[DeliveryRow, SubscriptionRow]) -> list[Delivery]:
        with self.database.read() as session:
            return [_delivery(*row) for row in session.execute(query)]


_COUNTS = select(_D.state, func.count()).group_by(_D.state)


def _deliveries() -> Select[DeliveryRow, SubscriptionRow]:
    return select(_D, SubscriptionRow).join(SubscriptionRow, SubscriptionRow.id == _D.subscription)


def _matched(row: MatchRow) -> Matched:
    return Matched(
        row.watch, row.article, row.revision, row.reason, row.outcome, tuple(json.loads(row.spans)), row.matched_at
    )


def _delivery(row: DeliveryRow, subscription: SubscriptionRow) -> Delivery:
    return Delivery(
        id=row.id,
        watch=subscription.watch,
        channel=subscription.channel,
        address=subscription.address,
        type=row.type,
        title=_title(row.payload),
        article=row.article,
        story=row.story,
        state=row.state,
        due_at=row.due_at,
        attempts=row.attempts,
        reason=row.reason,
        detail=row.detail,
        grouped_into=row.grouped_into,
        created_at=row.created_at,
        sent_at=row.sent_at,
    )


def _title(payload: str) -> str:
    data = json.loads(payload)["data"]
    if "subject" in data or "headline" in data:
        return str(data.get("subject") or data["headline"])
    if "items" in data:
        return f"{len(data['items'])} {'alerts' if any('stories' in one for one in data['items']) else 'stories'}"
    return str(data["article"]["title"])
