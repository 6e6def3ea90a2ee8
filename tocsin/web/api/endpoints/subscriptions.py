"""Subscriptions: who is told of which watch and when; to begin one, rest it, change it, end it."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from pydantic import Field
from sqlalchemy.orm import Session

from alerts import (
    FEED,
    OPERATOR_ASKS,
    NotTaken,
    Reception,
    SubscriptionState,
    TooMany,
    pause,
    renew_secret,
    replan,
    resume,
    snooze,
)
from alerts import Subscription as Kept
from alerts import Subscriptions as Shelf
from newsdesk import DeliveryError, parse_duration
from tocsin.when import parse_until

from ..endpoint import Asked, Asks, AsksByName, Endpoint, Gives, GivesPage
from ..listing import AsksById, cut, expected
from ..problem import Fault, Refusal
from ..values import Line, When, cursor_at


class AsksForSubscriptions(AsksByName):
    """Which subscriptions."""

    watch: Line | None = Field(default=None, description="Only of this watch.")
    state: SubscriptionState | None = Field(default=None, description="Only those in this state.")
    address: Line | None = Field(default=None, description="Only of this mailbox or hook.")


class _Plan(Asks):
    when: Line | None = Field(default=None, description="now (the default), hourly, daily or weekly.")
    at: Line | None = Field(default=None, description="The time of day, like 08:00, if daily or weekly.")
    day: Line | None = Field(default=None, description="The day of the week, if weekly.")
    timezone: Line | None = Field(default=None, description="In which zone that is, like Europe/London.")
    quiet: Line | None = Field(default=None, description="Hours in which alerts wait, like 22:00-07:00.")


class AsksToSubscribe(_Plan):
    """Who is to be told of which watch: a mailbox, a hook, or whoever reads a feed."""

    watch: Line = Field(description="The slug of the watch.")
    email: Line | None = Field(default=None, description="A mailbox. Its owner is sent one mail that asks.")
    webhook: Line | None = Field(default=None, description="A hook. It is sent a challenge, which it has to echo.")
    feed: bool = Field(default=False, description="A feed at a secret address, which is shown once.")
    body: bool | None = Field(default=None, description="For a hook: whether it gets whole texts.")
    confirmed: bool = Field(default=False, description="You vouch that the mailbox's owner wants it: no mail asks.")


class AsksToReplan(AsksById, _Plan):
    """When a subscription is to be told; what is left out is as by default."""


class AsksToSnooze(AsksById):
    """How long a subscription is to be told nothing."""

    until: Line = Field(default="1d", description="An instant, a day, or how long, like 7d: what is held comes then.")


class AsksToRotate(AsksById):
    """Which hook is to get a fresh secret, or which feed a fresh address."""

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
    feed: str | None = Field(description="The secret address of a feed; shown this once.")


class Subscriptions(GivesPage):
    """Subscriptions by their ids."""

    items: list[Subscription]


def _subscriptions(asked: Asked[AsksForSubscriptions]) -> Subscriptions:
    wanted = asked.params
    shelf = Shelf(asked.house.database)
    found = shelf.some(wanted.watch, wanted.state, wanted.address, after=wanted.cursor, limit=wanted.limit + 1)
    page, more = cut(found, wanted.limit, lambda one: cursor_at(one.id))
    return Subscriptions(items=[Subscription.model_validate(one) for one in page], next=more)


def _subscription(asked: Asked[AsksById]) -> Subscription:
    return Subscription.model_validate(_find(asked))


async def _subscribe(asked: Asked[AsksToSubscribe]) -> Made:
    try:
        return await _taken_in(asked.params, asked.house.reception, f"{OPERATOR_ASKS} {asked.by}")
    except KeyError:
        raise Refusal(422, faults=[Fault(field="watch", detail="There is no such watch.")]) from None
    except NotTaken as error:
        raise _refusal(error) from None
    except DeliveryError as error:
        raise Refusal(422, faults=[Fault(field="webhook", detail=f"The hook did not answer: {error}")]) from None
    except TooMany as error:
        wait = str(math.ceil(error.wait.total_seconds()))
        raise Refusal(429, "By this token, or there, it was asked too often.", headers={"Retry-After": wait}) from None


async def _taken_in(wish: AsksToSubscribe, reception: Reception, requester: str) -> Made:
    entry = wish.model_dump(exclude={"watch", "confirmed", "feed"}, exclude_none=True)
    if wish.feed:
        if entry:
            raise NotTaken([((name,), "is nothing that a feed has", "leave it out") for name in entry])
        made, secret = await reception.feed(wish.watch, requester)
        return _made(made, feed=reception.feed_url(made.watch, secret))
    if wish.webhook is not None:
        return _made(*await reception.hook(wish.watch, entry, requester))
    if wish.confirmed:
        return _made(*await reception.admit(wish.watch, entry))
    await reception.ask(wish.watch, entry, requester)
    return Made(state="asked", subscription=None, secret=None, feed=None)


async def _end(asked: Asked[AsksById]) -> Subscription:
    shelf = Shelf(asked.house.database)
    return await _change(asked, lambda session, kept: shelf.end(session, kept.token, asked.now))


async def _resume(asked: Asked[AsksById]) -> Subscription:
    return await _change(asked, lambda session, kept: resume(session, kept.token, asked.now))


async def _pause(asked: Asked[AsksById]) -> Subscription:
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
        try:
            wish = asked.house.reception.another_plan(kept, plan)
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
    if changed.channel == FEED:
        feed = asked.house.reception.feed_url(changed.watch, secrets[0])
        return Made(state=str(changed.state), subscription=changed, secret=None, feed=feed)
    return Made(state=str(changed.state), subscription=changed, secret=secrets[0], feed=None)


async def _change(asked: Asked[Any], change: Callable[[Session, Kept], Kept | None]) -> Subscription:
    known = await asyncio.to_thread(_find, asked)
    changed = await asked.house.database.transact(lambda session: change(session, known))
    if changed is None:
        raise Refusal(409, "The watch's file says this: change it there.")
    await asked.house.reception.look()
    return Subscription.model_validate(changed)


def _find(asked: Asked[Any]) -> Kept:
    return expected(Shelf(asked.house.database).find(asked.params.id), "subscription")


def _made(made: Kept, secret: str | None = None, feed: str | None = None) -> Made:
    return Made(state=str(made.state), subscription=Subscription.model_validate(made), secret=secret, feed=feed)


def _refusal(error: NotTaken) -> Refusal:
    faults = [
        Fault(field=str(place[0]) if place else "email", detail=f"{what}; {remedy}" if remedy else what)
        for place, what, remedy in error.faults
    ]
    return Refusal(422, "This cannot be taken.", faults=faults)


def _acts(
    name: str,
    summary: str,
    acts: Callable[[Asked[Any]], Awaitable[Gives]],
    asks: type[AsksById] = AsksById,
    gives: type[Gives] = Subscription,
    refusals: tuple[int, ...] = (404,),
) -> Endpoint:
    """Give the endpoint that does something to one subscription."""
    path = f"/subscriptions/{{id}}/{name}"
    return Endpoint(path=path, summary=summary, asks=asks, gives=gives, acts=acts, refusals=refusals)


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
    asks=AsksById,
    gives=Subscription,
    reads=_subscription,
    refusals=(404,),
)
SUBSCRIBE = Endpoint(
    path="/subscriptions",
    summary="Begin to tell a mailbox, once its owner has confirmed, or a hook, once it has echoed a challenge.",
    asks=AsksToSubscribe,
    gives=Made,
    acts=_subscribe,
)
END = _acts("end", "Tell a target no more; what waits for it is kept as failed. Again changes nothing.", _end)
RESUME = _acts(
    "resume", "Tell a target again; what it missed is not sent, and what a snooze held back comes at once.", _resume
)
PAUSE = _acts("pause", "Tell a target nothing until it is resumed; what matches meanwhile is not told later.", _pause)
SNOOZE = _acts(
    "snooze",
    "Tell a target nothing for a while; what matches meanwhile is told at the end, in one message.",
    _snooze,
    AsksToSnooze,
)
REPLAN = _acts(
    "plan",
    "Tell a reader at other times. A target that the watch's file names is changed there.",
    _replan,
    AsksToReplan,
    refusals=(404, 409),
)
ROTATE = _acts(
    "rotate",
    "Give a hook on record a fresh secret, beside which the old one signs for a while, or a feed a fresh address.",
    _rotate,
    AsksToRotate,
    Made,
    (404, 409),
)
