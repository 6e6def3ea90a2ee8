"""Subscriptions: who is told of which watch, and who no longer wants to be."""

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Select, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from newsdesk import Database, DeliveryFailure

from .tables import DeliveryRow, FateRow, SubscriptionRow


class SubscriptionState(StrEnum):
    """Whether a subscription is told, and why not."""

    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"
    GONE = "gone"
    DISABLED = "disabled"
    """It has failed for days."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """One target of one watch."""

    id: str
    watch: str
    channel: str
    address: str
    token: str
    state: SubscriptionState
    created_at: datetime
    ended_at: datetime | None
    failing_since: datetime | None

    @property
    def is_active(self) -> bool:
        """Tell whether it is told."""
        return self.state is SubscriptionState.ACTIVE


class Subscriptions:
    """The subscriptions on record; what writes, works in the session that it is given."""

    def __init__(self, database: Database) -> None:
        """Serve the subscriptions of `database`."""
        self.database = database

    def ensure(self, session: Session, watch: str, channel: str, address: str, now: datetime) -> Subscription:
        """Give the subscription of this target, made when it is first needed."""
        wanted = select(SubscriptionRow).filter_by(watch=watch, channel=channel, address=address)
        row = session.scalar(wanted)
        if row is None:
            row = SubscriptionRow(
                id=uuid.uuid4().hex,
                watch=watch,
                channel=channel,
                address=address,
                token=secrets.token_urlsafe(16),
                state=SubscriptionState.ACTIVE,
                created_at=now,
            )
            session.add(row)
            session.flush()
        return _subscription(row)

    def all(self, watch: str | None = None) -> list[Subscription]:
        """Give all subscriptions, or those of one watch."""
        query = select(SubscriptionRow).order_by(SubscriptionRow.watch, SubscriptionRow.address)
        return self._read(query if watch is None else query.where(SubscriptionRow.watch == watch))

    def some(
        self, watch: str | None = None, state: SubscriptionState | None = None, *, after: str = "", limit: int = 100
    ) -> list[Subscription]:
        """Give subscriptions by their ids, from the one that follows on `after`: all, of one watch, in one state."""
        query = select(SubscriptionRow).where(SubscriptionRow.id > after).order_by(SubscriptionRow.id).limit(limit)
        if watch is not None:
            query = query.where(SubscriptionRow.watch == watch)
        if state is not None:
            query = query.where(SubscriptionRow.state == state)
        return self._read(query)

    def find(self, id: str) -> Subscription | None:
        """Give one subscription."""
        found = self._read(select(SubscriptionRow).where(SubscriptionRow.id == id))
        return found[0] if found else None

    def show(self, token: str) -> Subscription | None:
        """Give the subscription that an unsubscribe address names."""
        found = self._read(select(SubscriptionRow).where(SubscriptionRow.token == token))
        return found[0] if found else None

    def end(self, session: Session, token: str, now: datetime) -> Subscription | None:
        """End the subscription that an unsubscribe address names; doing it again changes nothing."""
        row = session.scalar(select(SubscriptionRow).where(SubscriptionRow.token == token).with_for_update())
        if row is None:
            return None
        if row.state != SubscriptionState.UNSUBSCRIBED:
            row.state, row.ended_at = SubscriptionState.UNSUBSCRIBED, now
            session.flush()
            drop_waiting(session, row.id, DeliveryFailure.UNSUBSCRIBED, "the receiver unsubscribed")
        return _subscription(row)

    def resume(self, session: Session, token: str) -> Subscription | None:
        """Begin again to tell a subscription that had ended; what it missed is not sent."""
        row = session.scalar(select(SubscriptionRow).where(SubscriptionRow.token == token).with_for_update())
        if row is None:
            return None
        row.state, row.ended_at, row.failing_since = SubscriptionState.ACTIVE, None, None
        session.flush()
        return _subscription(row)

    def _read(self, query: Select[SubscriptionRow]) -> list[Subscription]:
        with self.database.read() as session:
            return [_subscription(row) for row in session.scalars(query)]


_MEMBER = aliased(DeliveryRow)
_TELLS_OTHERS = or_(
    exists().where(FateRow.delivery == DeliveryRow.id, FateRow.state == "grouped"),
    exists().where(_MEMBER.grouped_into == DeliveryRow.id, _MEMBER.subscription != DeliveryRow.subscription),
)


def drop_waiting(session: Session, subscription: str, reason: DeliveryFailure, detail: str) -> None:
    """Keep what waits for an ended subscription as failed, with the reason; not what others are told by as well."""
    session.execute(
        update(DeliveryRow)
        .where(DeliveryRow.subscription == subscription, DeliveryRow.state.in_(("pending", "held")))
        .where(~_TELLS_OTHERS)
        .values(state="failed", reason=reason, detail=detail, lease_until=None, fence=DeliveryRow.fence + 1)
    )


def _subscription(row: SubscriptionRow) -> Subscription:
    return Subscription(
        row.id,
        row.watch,
        row.channel,
        row.address,
        row.token,
        SubscriptionState(row.state),
        row.created_at,
        row.ended_at,
        row.failing_since,
    )
