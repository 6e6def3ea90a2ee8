"""Subscriptions: who is told of which watch and when; to begin one, rest it, change it, end it."""

import asyncio
import math
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from pydantic import Field
from sqlalchemy.orm import Session

from alerts import OPERATOR_ASKS, NotTaken, SubscriptionState, TooMany, pause, renew_secret, replan, snooze
from alerts import Subscription as Kept
from alerts import Subscriptions as Shelf
from newsdesk import DeliveryError, parse_duration
from tocsin.when import parse_until

from ..endpoint import Asked, Asks, AsksByName, Endpoint, Gives, GivesPage
from ..problem import Fault, Refusal
from ..values import Line, When, cursor_at


class AsksForSubscriptions(AsksByName):
    """Which subscriptions."""

    watch: Line | None = Field(default=None, description="Only of this watch.")
    state: SubscriptionState | None = Field(default=None, description="Only those in this state.")


class AsksForSubscription(Asks):
    """Which subscription."""

    id: Line


class _Plan(Asks):
    when: Line | None = Field(default=None, description="now (the default), hourly, daily or weekly.")
    at: Line | None = Field(default=None, description="The time of day, like 08:00, if daily or weekly.")
    day: Line | None = Field(default=None, description="The day of the week, if weekly.")
    timezone: Line | None = Field(default=None, description="In which zone that is, like Europe/London.")
    quiet: Line | None = Field(default=None, description="Hours in which alerts wait, like 22:00-07:00.")


class AsksToSubscribe(_Plan):
    """Who is to be told of which watch: a mailbox or a hook."""

    watch: Line = Field(description="The slug of the watch.")
    email: Line | None = Field(default=None, description="A mailbox. Its owner is sent one mail that asks.")
    webhook: Line | None = Field(default=None, description="A hook. It is sent a challenge, which it has to echo.")
    body: bool | None = Field(default=None, description="For a hook: whether it gets whole texts.")
    confirmed: bool = Field(default=False, description="You vouch that the mailbox's owner wants it: no mail asks.")


class AsksToReplan(_Plan):
    """When a subscription is to be told; what is left out is as by default."""

    id: Line


class AsksToSnooze(Asks):
    """How long a subscription is to be told nothing."""

    id: Line
    until: Line = Field(default="1d", description="An instant, a day, or how long, like 7d: what is held comes then.")


class AsksToRotate(Asks):
    """Which hook is to get a fresh secret."""

    id: Line
    overlap: Line = Field(default="24h", description="How long the old secret signs as well.")


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
    origin: str = Field(description="file, reader, or operator: who asked for it.")
    plan: dict[str, Any] = Field(description="When it is told, where no file says so.")
    snoozed_until: When | None


class Made(Gives):
    """What came of a wish."""

    state: str = Field(description="asked: its owner was sent a mail; active: it is told from now on.")
    subscription: Subscription | None
    secret: str | None = Field(description="What requests to a hook are signed by; shown this once.")


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
    await asked.house.reception.look()
    return Subscription.model_validate(_expected(ended))


async def _resume(asked: Asked[AsksForSubscription]) -> Subscription:
    shelf = Shelf(asked.house.database)
    known = _expected(await asyncio.to_thread(shelf.find, asked.params.id))
    resumed = await shelf.database.transact(partial(shelf.resume, token=known.token))
    await asked.house.reception.look()
    return Subscription.model_validate(_expected(resumed))


async def _subscribe(asked: Asked[AsksToSubscribe]) -> Made:
    wish, reception = asked.params, asked.house.reception
    entry = wish.model_dump(exclude={"watch", "confirmed"}, exclude_none=True)
    try:
        if wish.webhook is not None:
            return _made(*await reception.hook(wish.watch, entry, OPERATOR_ASKS))
        if wish.confirmed:
            return _made(*await reception.admit(wish.watch, entry))
        await reception.ask(wish.watch, entry, OPERATOR_ASKS)
        return Made(state="asked", subscription=None, secret=None)
    except KeyError:
        raise Refusal(422, faults=[Fault(field="watch", detail="There is no such watch.")]) from None
    except NotTaken as error:
        raise _refusal(error) from None
    except DeliveryError as error:
        raise Refusal(422, faults=[Fault(field="webhook", detail=f"The hook did not answer: {error}")]) from None
    except TooMany as error:
        wait = str(math.ceil(error.wait.total_seconds()))
        raise Refusal(429, "This mailbox was asked too often.", headers={"Retry-After": wait}) from None


async def _pause(asked: Asked[AsksForSubscription]) -> Subscription:
    return await _change(asked, lambda session, kept: pause(session, kept.token))


async def _snooze(asked: Asked[AsksToSnooze]) -> Subscription:
    try:
        until = parse_until(asked.params.until, asked.now)
    except ValueError as error:
        raise Refusal(422, faults=[Fault(field="until", detail=str(error))]) from None
    return await _change(asked, lambda session, kept: snooze(session, kept.token, until, asked.now))


async def _replan(asked: Asked[AsksToReplan]) -> Subscription:
    plan = asked.params.model_dump(exclude={"id"}, exclude_none=True)

    def change(session: Session, kept: Kept) -> Kept | None:
        body = {"body": kept.plan["body"]} if "body" in kept.plan else {}
        try:
            wish = asked.house.reception.wish(kept.watch, {kept.channel: kept.address, **plan, **body})
        except NotTaken as error:
            raise _refusal(error) from None
        return replan(session, kept.token, wish)

    return await _change(asked, change)


async def _rotate(asked: Asked[AsksToRotate]) -> Made:
    try:
        overlap = min(parse_duration(asked.params.overlap), timedelta(days=30))
    except (ValueError, OverflowError) as error:
        raise Refusal(422, faults=[Fault(field="overlap", detail=str(error))]) from None
    secrets: list[str] = []

    def change(session: Session, kept: Kept) -> Kept | None:
        fresh = renew_secret(session, kept.token, asked.now, overlap)
        secrets.extend([fresh] if fresh else [])
        return kept if fresh else None

    changed = await _change(asked, change)
    return Made(state=str(changed.state), subscription=changed, secret=secrets[0])


async def _change(asked: Asked[Any], change: Callable[[Session, Kept], Kept | None]) -> Subscription:
    shelf = Shelf(asked.house.database)
    known = _expected(await asyncio.to_thread(shelf.find, asked.params.id))
    changed = await shelf.database.transact(lambda session: change(session, known))
    if changed is None:
        raise Refusal(409, "The watch's file says this: change it there.")
    await asked.house.reception.look()
    return Subscription.model_validate(changed)


def _made(made: Kept, secret: str | None) -> Made:
    return Made(state=str(made.state), subscription=Subscription.model_validate(made), secret=secret)


def _refusal(error: NotTaken) -> Refusal:
    faults = [
        Fault(field=str(place[0]) if place else "email", detail=f"{what}; {remedy}" if remedy else what)
        for place, what, remedy in error.faults
    ]
    return Refusal(422, "This cannot be taken.", faults=faults)


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
SUBSCRIBE = Endpoint(
    path="/subscriptions",
    summary="Begin to tell a mailbox, once its owner has confirmed, or a hook, once it has echoed a challenge.",
    asks=AsksToSubscribe,
    gives=Made,
    acts=_subscribe,
)
PAUSE = Endpoint(
    path="/subscriptions/{id}/pause",
    summary="Tell a target nothing until it is resumed; what matches meanwhile is not told later.",
    asks=AsksForSubscription,
    gives=Subscription,
    acts=_pause,
    refusals=(404,),
)
SNOOZE = Endpoint(
    path="/subscriptions/{id}/snooze",
    summary="Tell a target nothing for a while; what matches meanwhile is told at the end, in one message.",
    asks=AsksToSnooze,
    gives=Subscription,
    acts=_snooze,
    refusals=(404,),
)
REPLAN = Endpoint(
    path="/subscriptions/{id}/plan",
    summary="Tell a reader at other times. A target that the watch's file names is changed there.",
    asks=AsksToReplan,
    gives=Subscription,
    acts=_replan,
    refusals=(404, 409),
)
ROTATE = Endpoint(
    path="/subscriptions/{id}/rotate",
    summary="Give a hook on record a fresh secret; the old one signs as well for a while.",
    asks=AsksToRotate,
    gives=Made,
    acts=_rotate,
    refusals=(404, 409),
)
