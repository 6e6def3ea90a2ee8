"""Subscriptions: who is told of which watch; to end one, and to begin again."""

import asyncio
from functools import partial

from pydantic import Field

from alerts import Subscription as Kept
from alerts import Subscriptions as Shelf
from alerts import SubscriptionState

from ..endpoint import Asked, Asks, AsksByName, Endpoint, Gives, GivesPage
from ..problem import Refusal
from ..values import Line, When, cursor_at


class AsksForSubscriptions(AsksByName):
    """Which subscriptions."""

    watch: Line | None = Field(default=None, description="Only of this watch.")
    state: SubscriptionState | None = Field(default=None, description="Only those in this state.")


class AsksForSubscription(Asks):
    """Which subscription."""

    id: Line


class Subscription(Gives):
    """One target of one watch."""

    id: str
    watch: str
    channel: str
    address: str
    state: SubscriptionState
    created_at: When
    ended_at: When | None
    failing_since: When | None


class Subscriptions(GivesPage):
    """Subscriptions by their ids."""

    items: list[Subscription]


def _subscriptions(asked: Asked[AsksForSubscriptions]) -> Subscriptions:
    wanted = asked.params
    found = Shelf(asked.house.database).some(wanted.watch, wanted.state, after=wanted.cursor, limit=wanted.limit + 1)
    page = found[: wanted.limit]
    more = cursor_at(page[-1].id) if len(found) > len(page) else None
    return Subscriptions(items=[Subscription.model_validate(one) for one in page], next=more)


def _subscription(asked: Asked[AsksForSubscription]) -> Subscription:
    return Subscription.model_validate(_expected(Shelf(asked.house.database).find(asked.params.id)))


async def _end(asked: Asked[AsksForSubscription]) -> Subscription:
    shelf = Shelf(asked.house.database)
    known = _expected(await asyncio.to_thread(shelf.find, asked.params.id))
    ended = await shelf.database.transact(partial(shelf.end, token=known.token, now=asked.now))
    return Subscription.model_validate(_expected(ended))


async def _resume(asked: Asked[AsksForSubscription]) -> Subscription:
    shelf = Shelf(asked.house.database)
    known = _expected(await asyncio.to_thread(shelf.find, asked.params.id))
    resumed = await shelf.database.transact(partial(shelf.resume, token=known.token))
    return Subscription.model_validate(_expected(resumed))


def _expected(found: Kept | None) -> Kept:
    if found is None:
        raise Refusal(404, "There is no such subscription.")
    return found


SUBSCRIPTIONS = Endpoint(
    path="/subscriptions",
    summary="List who is told of which watch.",
    asks=AsksForSubscriptions,
    gives=Subscriptions,
    reads=_subscriptions,
)
SUBSCRIPTION = Endpoint(
    path="/subscriptions/{id}",
    summary="Give one subscription.",
    asks=AsksForSubscription,
    gives=Subscription,
    reads=_subscription,
    refusals=(404,),
)
END = Endpoint(
    path="/subscriptions/{id}/end",
    summary="Tell a target no more; what waits for it is kept as failed. Again changes nothing.",
    asks=AsksForSubscription,
    gives=Subscription,
    acts=_end,
    refusals=(404,),
)
RESUME = Endpoint(
    path="/subscriptions/{id}/resume",
    summary="Tell a target again; what it missed is not sent.",
    asks=AsksForSubscription,
    gives=Subscription,
    acts=_resume,
    refusals=(404,),
)
