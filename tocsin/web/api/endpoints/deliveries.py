"""Deliveries: what was sent, what waits, what failed; to try again what failed."""

import asyncio
from datetime import datetime
from enum import StrEnum
from functools import partial

from pydantic import Field

from alerts import Delivery as Kept
from alerts import Ledger, Outbox
from newsdesk import Database

from ..endpoint import Asked, Asks, AsksByAge, Endpoint, Gives, GivesPage
from ..problem import Refusal
from ..values import Line, Moment, When, cursor_of

_AT_ONCE = 500


class State(StrEnum):
    """How a delivery stands."""

    PENDING = "pending"
    HELD = "held"
    GROUPED = "grouped"
    """It went into a digest."""
    SENT = "sent"
    FAILED = "failed"


class AsksForDeliveries(AsksByAge):
    """Which deliveries."""

    state: State | None = Field(default=None, description="Only those in this state; `grouped` is: into a digest.")
    watch: Line | None = Field(default=None, description="Only of this watch.")
    since: Moment | None = Field(default=None, description="Only promised since then.")


class AsksForDelivery(Asks):
    """Which delivery."""

    id: Line


class AsksForRecovery(Asks):
    """Which failed deliveries."""

    since: Moment = Field(description="Those promised since then.")
    watch: Line | None = Field(default=None, description="Only those of this watch.")


class Delivery(Gives):
    """One message to one target."""

    id: str
    watch: str
    channel: str
    address: str
    type: str
    title: str
    article: str | None
    story: str | None
    state: State
    due_at: When
    attempts: int
    reason: str | None
    detail: str | None
    grouped_into: str | None
    created_at: When
    sent_at: When | None


class Attempt(Gives):
    """One attempt, and what the receiver answered."""

    number: int
    started_at: When
    duration_ms: int
    status: str
    excerpt: str


class DeliveryWithAttempts(Delivery):
    """One message to one target, with each attempt, oldest first."""

    history: list[Attempt]


class Deliveries(GivesPage):
    """Deliveries, newest first."""

    items: list[Delivery]


class Recovery(Gives):
    """What is tried again."""

    retried: int


def _deliveries(asked: Asked[AsksForDeliveries]) -> Deliveries:
    wanted = asked.params
    found = Ledger(asked.house.database).deliveries(
        wanted.state, watch=wanted.watch, since=wanted.since, after=wanted.cursor, limit=wanted.limit + 1
    )
    page = found[: wanted.limit]
    more = cursor_of(page[-1].created_at, page[-1].id) if len(found) > len(page) else None
    return Deliveries(items=[Delivery.model_validate(one) for one in page], next=more)


def _delivery(asked: Asked[AsksForDelivery]) -> DeliveryWithAttempts:
    return _with_attempts(asked.house.database, asked.params.id)


async def _retry(asked: Asked[AsksForDelivery]) -> DeliveryWithAttempts:
    database, id = asked.house.database, asked.params.id
    retried = await database.transact(partial(Outbox(database).retry, ids=[id], now=asked.now))
    found = await asyncio.to_thread(_with_attempts, database, id)
    if not retried:
        why = "its receiver unsubscribed" if found.state is State.FAILED else f"it is {found.state}"
        raise Refusal(409, f"Only what failed is tried again, and {why}.")
    return found


async def _recover(asked: Asked[AsksForRecovery]) -> Recovery:
    database, wanted, retried = asked.house.database, asked.params, 0
    after = None
    while page := await asyncio.to_thread(_failed, database, wanted, after):
        ids = [one.id for one in page]
        retried += await database.transact(partial(Outbox(database).retry, ids=ids, now=asked.now))
        after = (page[-1].created_at, page[-1].id)
    return Recovery(retried=retried)


def _failed(database: Database, wanted: AsksForRecovery, after: tuple[datetime, str] | None) -> list[Kept]:
    return Ledger(database).deliveries(
        State.FAILED, watch=wanted.watch, since=wanted.since, after=after, limit=_AT_ONCE
    )


def _with_attempts(database: Database, id: str) -> DeliveryWithAttempts:
    ledger = Ledger(database)
    found = ledger.find(id)
    if found is None:
        raise Refusal(404, "There is no such delivery.")
    history = [Attempt.model_validate(one) for one in ledger.attempts(id)]
    return DeliveryWithAttempts(**dict(Delivery.model_validate(found)), history=history)


DELIVERIES = Endpoint(
    path="/deliveries",
    summary="List deliveries, newest first.",
    asks=AsksForDeliveries,
    gives=Deliveries,
    reads=_deliveries,
)
RECOVER = Endpoint(
    path="/deliveries/retry",
    summary="Try again all that failed since a moment, of all watches or of one.",
    asks=AsksForRecovery,
    gives=Recovery,
    acts=_recover,
)
DELIVERY = Endpoint(
    path="/deliveries/{id}",
    summary="Give one delivery with its attempts.",
    asks=AsksForDelivery,
    gives=DeliveryWithAttempts,
    reads=_delivery,
    refusals=(404,),
)
RETRY = Endpoint(
    path="/deliveries/{id}/retry",
    summary="Try a failed delivery again; its id stays.",
    asks=AsksForDelivery,
    gives=DeliveryWithAttempts,
    acts=_retry,
    refusals=(404, 409),
)
