"""Subscriptions: who is told of which watch, and who no longer wants to be."""

import json
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import Row, Select, Table, and_, bindparam, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from newsdesk import Database, DeliveryFailure

from .digest import Plan, due
from .tables import DeliveryRow, FateRow, SubscriptionRow

FILE = "file"
INVITED = "@invited"
"""Stands for a watch where a mailbox is asked whether it wants to be told of one."""
# Built once, on the bare table: building a statement costs more than running it.
_SUBSCRIPTIONS = cast(Table, SubscriptionRow.__table__)
_OF_WATCH = select(_SUBSCRIPTIONS).where(_SUBSCRIPTIONS.c.watch == bindparam("of"))
_OF_TARGET = _OF_WATCH.where(_SUBSCRIPTIONS.c.channel == bindparam("by"), _SUBSCRIPTIONS.c.address == bindparam("to"))
_LEFT = "the receiver unsubscribed"


def is_ours(watch: str) -> bool:
    """Tell whether it stands for a watch, and is none: the operator's notices, and what asks mailboxes."""
    return watch.startswith("@")


class SubscriptionState(StrEnum):
    """Whether a subscription is told, and why not."""

    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"
    GONE = "gone"
    DISABLED = "disabled"
    """It has failed for days."""
    SUSPENDED = "suspended"
    """Mails to it came back."""
    PAUSED = "paused"
    """Its owner wants to hear nothing until further notice; what matches meanwhile is not told later."""


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
    origin: str = FILE
    """`file` where the watch's file names it, `reader` where its owner asked for it, `operator` where the operator."""
    plan: Mapping[str, Any] = field(default_factory=dict)
    """What a reader wished for: when, at, day, timezone, quiet, body."""
    snoozed_until: datetime | None = None

    @property
    def is_active(self) -> bool:
        """Tell whether it is told."""
        return self.state is SubscriptionState.ACTIVE

    @property
    def is_from_file(self) -> bool:
        """Tell whether the watch's file says when it is told."""
        return self.origin == FILE

    def is_snoozed(self, now: datetime) -> bool:
        """Tell whether what matches now is held until its snooze ends."""
        return self.snoozed_until is not None and now < self.snoozed_until

    def due(self, plan: Plan, now: datetime) -> datetime:
        """Give the instant at which an alert made `now` goes out by a plan, not before its snooze ends."""
        return due(plan, self.snoozed_until if self.snoozed_until and self.is_snoozed(now) else now)


class Subscriptions:
    """The subscriptions on record; what writes, works in the session that it is given."""

    def __init__(self, database: Database) -> None:
        """Serve the subscriptions of `database`."""
        self.database = database

    def ensure(self, session: Session, watch: str, channel: str, address: str, now: datetime) -> Subscription:
        """Give the subscription of this target, made when it is first needed."""
        row: SubscriptionRow | Row[Any] | None
        row = session.execute(_OF_TARGET, {"of": watch, "by": channel, "to": address}).first()
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
        return subscription_of(row)

    def of_watch(self, session: Session, watch: str) -> dict[tuple[str, str], Subscription]:
        """Give all targets of one watch by channel and address."""
        rows = session.execute(_OF_WATCH, {"of": watch})
        return {(row.channel, row.address): subscription_of(row) for row in rows}

    def all(self, watch: str | None = None) -> list[Subscription]:
        """Give all subscriptions, or those of one watch."""
        query = _listed(watch, None, None).order_by(SubscriptionRow.watch, SubscriptionRow.address)
        return self._read(query)

    def some(
        self,
        watch: str | None = None,
        state: SubscriptionState | None = None,
        address: str | None = None,
        *,
        after: str = "",
        limit: int = 100,
    ) -> list[Subscription]:
        """Give subscriptions by their ids, from the one that follows on `after`: all, or those that fit."""
        query = _listed(watch, state, address).where(SubscriptionRow.id > after)
        return self._read(query.order_by(SubscriptionRow.id).limit(limit))

    def find(self, id: str) -> Subscription | None:
        """Give one subscription."""
        found = self._read(select(SubscriptionRow).where(SubscriptionRow.id == id))
        return found[0] if found else None

    def show(self, token: str) -> Subscription | None:
        """Give the subscription that an unsubscribe address names."""
        found = self._read(select(SubscriptionRow).where(SubscriptionRow.token == token))
        return found[0] if found else None

    def of_address(self, channel: str, address: str) -> list[Subscription]:
        """Give all that one address is told of."""
        query = select(SubscriptionRow).filter_by(channel=channel, address=address)
        return self._read(query.order_by(SubscriptionRow.watch))

    def end(self, session: Session, token: str, now: datetime) -> Subscription | None:
        """End the subscription that an unsubscribe address names; doing it again changes nothing."""
        row = locked(session, token)
        if row is None:
            return None
        if row.state != SubscriptionState.UNSUBSCRIBED:
            row.state, row.ended_at, row.changes = SubscriptionState.UNSUBSCRIBED, now, row.changes + 1
            session.flush()
            drop_waiting(session, row.id, DeliveryFailure.UNSUBSCRIBED, _LEFT)
        return subscription_of(row)

    @staticmethod
    def resume(session: Session, token: str) -> Subscription | None:
        """Begin again to tell a subscription that had ended or was paused; what it missed is not sent."""
        row = locked(session, token)
        if row is None:
            return None
        if row.state != SubscriptionState.ACTIVE:
            row.state, row.ended_at, row.failing_since = SubscriptionState.ACTIVE, None, None
            row.bounces, row.bounced_at = 0, None
            row.changes += 1
        session.flush()
        return subscription_of(row)

    def _read(self, query: Select[SubscriptionRow]) -> list[Subscription]:
        with self.database.read() as session:
            return [subscription_of(row) for row in session.scalars(query)]


def _listed(watch: str | None, state: SubscriptionState | None, address: str | None) -> Select[SubscriptionRow]:
    """Give the subscriptions that fit; a mailbox that is asked is none yet, one that wants to be asked no more is."""
    asked = and_(SubscriptionRow.watch == INVITED, SubscriptionRow.state == SubscriptionState.ACTIVE)
    wanted = {"watch": watch, "state": state, "address": address}
    given = {name: value for name, value in wanted.items() if value is not None}
    return select(SubscriptionRow).where(~asked).filter_by(**given)


def locked(session: Session, token: str) -> SubscriptionRow | None:
    """Give the row that a token names, locked until the transaction ends."""
    return session.scalar(select(SubscriptionRow).where(SubscriptionRow.token == token).with_for_update())


_MEMBER = aliased(DeliveryRow)
TELLS_OTHERS = or_(
    exists().where(FateRow.delivery == DeliveryRow.id, FateRow.state == "grouped"),
    exists().where(_MEMBER.grouped_into == DeliveryRow.id, _MEMBER.subscription != DeliveryRow.subscription),
)


def drop_waiting(session: Session, subscription: str, reason: DeliveryFailure, detail: str) -> None:
    """Keep what waits for an ended subscription as failed, with the reason; not what others are told by as well."""
    session.execute(
        update(DeliveryRow)
        .where(DeliveryRow.subscription == subscription, DeliveryRow.state.in_(("pending", "held")))
        .where(~TELLS_OTHERS)
        .values(state="failed", reason=reason, detail=detail, lease_until=None, fence=DeliveryRow.fence + 1)
    )


def subscription_of(row: SubscriptionRow | Row[Any]) -> Subscription:
    """Give what a row says."""
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
        row.origin,
        json.loads(row.plan) if row.plan else {},
        row.snoozed_until,
    )
