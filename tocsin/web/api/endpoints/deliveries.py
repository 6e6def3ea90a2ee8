"""Deliveries: what was sent, what waits, what failed; to try again what failed, or send once more what was lost."""

import asyncio
from collections.abc import Sequence
from enum import StrEnum
from functools import partial

from pydantic import Field
from sqlalchemy.orm import Session

from alerts import Ledger, Range, failed_in, refusals, send_again
from newsdesk import Database

from ..endpoint import Asked, Asks, AsksByAge, Endpoint, Gives, GivesPage
from ..listing import AsksById, cut, expected
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


class AsksForRecovery(Asks):
    """Which failed deliveries."""

    since: Moment = Field(description="Those promised since then.")
    until: Moment | None = Field(default=None, description="Only those promised before then.")
    watch: Line | None = Field(default=None, description="Only those of this watch.")
    to: Line | None = Field(
        default=None, description="Only those to this address, which is asked again though it is gone or switched off."
    )
    dry_run: bool = Field(default=False, description="Only say how many it would be.")


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

    retried: int = Field(description="So many, or by a dry run would be.")


def _deliveries(asked: Asked[AsksForDeliveries]) -> Deliveries:
    wanted = asked.params
    found = Ledger(asked.house.database).deliveries(
        wanted.state, watch=wanted.watch, since=wanted.since, after=wanted.cursor, limit=wanted.limit + 1
    )
    page, more = cut(found, wanted.limit, lambda one: cursor_of(one.created_at, one.id))
    return Deliveries(items=[Delivery.model_validate(one) for one in page], next=more)


def _delivery(asked: Asked[AsksById]) -> DeliveryWithAttempts:
    return _with_attempts(asked.house.database, asked.params.id)


async def _retry(asked: Asked[AsksById]) -> DeliveryWithAttempts:
    return await _once_more(asked, ["failed"])


async def _resend(asked: Asked[AsksById]) -> DeliveryWithAttempts:
    return await _once_more(asked, ["sent", "failed"])


async def _once_more(asked: Asked[AsksById], states: Sequence[str]) -> DeliveryWithAttempts:
    database, id = asked.house.database, asked.params.id
    await asyncio.to_thread(_with_attempts, database, id)

    def change(session: Session) -> str:
        refused = refusals(session, [id], states)
        if not refused:
            send_again(session, [id], asked.now)
        return refused.get(id, "")

    if why := await database.transact(change):
        raise Refusal(409, f"It cannot go out once more: {why}.")
    return await asyncio.to_thread(_with_attempts, database, id)


async def _recover(asked: Asked[AsksForRecovery]) -> Recovery:
    database, params = asked.house.database, asked.params
    wanted = Range(since=params.since, until=params.until, watch=params.watch, address=params.to)
    ids = await asyncio.to_thread(_failed, database, wanted)
    if params.dry_run:
        return Recovery(retried=len(ids))
    # In parts, so that nothing else waits long for the writer.
    parts = [ids[first : first + _AT_ONCE] for first in range(0, len(ids), _AT_ONCE)]
    again = [await database.transact(partial(send_again, ids=part, now=asked.now)) for part in parts]
    return Recovery(retried=sum(again))


def _failed(database: Database, wanted: Range) -> list[str]:
    with database.read() as session:
        return failed_in(session, wanted)


def _with_attempts(database: Database, id: str) -> DeliveryWithAttempts:
    ledger = Ledger(database)
    found = expected(ledger.find(id), "delivery")
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
    summary="Try again all that failed since a moment, or in a range; those who are gone or switched off if named.",
    asks=AsksForRecovery,
    gives=Recovery,
    acts=_recover,
)
DELIVERY = Endpoint(
    path="/deliveries/{id}",
    summary="Give one delivery with its attempts.",
    asks=AsksById,
    gives=DeliveryWithAttempts,
    reads=_delivery,
    refusals=(404,),
)
RETRY = Endpoint(
    path="/deliveries/{id}/retry",
    summary="Try a failed delivery again; its id stays.",
    asks=AsksById,
    gives=DeliveryWithAttempts,
    acts=_retry,
    refusals=(404, 409),
)
RESEND = Endpoint(
    path="/deliveries/{id}/resend",
    summary="Send a delivery once more, also one that was taken: a receiver that lost it gets the same id and body.",
    asks=AsksById,
    gives=DeliveryWithAttempts,
    acts=_resend,
    refusals=(404, 409),
)
