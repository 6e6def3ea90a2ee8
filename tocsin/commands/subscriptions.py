"""tocsin subscriptions: who is told of which watch, and when: add one, rest it, end it, renew its secret."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from newsdesk import did_you_mean, instant, parse_duration
from tocsin.invocation import Here, Invocation, Json, UsageError
from tocsin.show import table
from tocsin.subscribing import expect_watch, taken_in
from tocsin.when import parse_until

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from alerts import Subscription, Subscriptions
    from newsdesk import Database

_LONGEST_OVERLAP = timedelta(days=30)
FEED_WORD = "feed"


@dataclass(frozen=True)
class Times:
    """When somebody is told."""

    when: Annotated[str | None, Parameter(help="now (the default), hourly, daily or weekly.")] = None
    at: Annotated[str | None, Parameter(help="The time of day, like 08:00, if daily or weekly.")] = None
    day: Annotated[str | None, Parameter(help="The day of the week, if weekly.")] = None
    timezone: Annotated[str | None, Parameter(help="In which zone that is, like Europe/London.")] = None
    quiet: Annotated[str | None, Parameter(help="Hours in which alerts wait, like 22:00-07:00.")] = None


command = App(
    name="subscriptions",
    help="List who is told of which watch, and when; add somebody, pause, resume, end, renew a hook's secret.",
    help_flags=["--help", "-h"],
)


@command.default
def subscriptions(
    *,
    watch: str | None = None,
    state: str | None = None,
    address: str | None = None,
    json: Json = False,
    call: Here,
) -> int:
    """List the subscriptions, those that have ended, too.

    Parameters
    ----------
    watch: str | None
        Only those of this watch.
    state: str | None
        Only those that are active, paused, unsubscribed, gone, disabled or suspended.
    address: str | None
        Only those of this mailbox or hook.
    """
    from alerts import Subscriptions, SubscriptionState

    if state is not None and state not in list(SubscriptionState):
        raise UsageError(f"--state {state} is not known; {did_you_mean(state, SubscriptionState)}")
    database = call.open_database()
    try:
        every = Subscriptions(database).all(watch)
        found = [one for one in every if state in (None, one.state) and address in (None, one.address)]
    finally:
        database.close()
    if json:
        for one in found:
            call.emit(_shown(one))
    elif found:
        rows = [
            (one.id, one.watch, f"{one.channel} {one.address}", _when(one), one.origin, _state(one)) for one in found
        ]
        table(call, ["id", "watch", "to", "when", "by", "state"], rows)
    else:
        call.warn("no subscriptions yet: a target of a watch's file has one once it is first told")
    return 0


@command.command
def add(
    watch: str,
    address: str,
    *,
    times: Annotated[Times | None, Parameter(name="*")] = None,
    body: Annotated[bool, Parameter(negative="")] = False,
    confirmed: Annotated[bool, Parameter(negative="")] = False,
    json: Json = False,
    call: Here,
) -> int:
    """Begin to tell a mailbox, whose owner is asked by one mail, or a hook, which has to echo a challenge; or a feed.

    Parameters
    ----------
    watch: str
        The watch's slug.
    address: str
        The mailbox, the https address of the hook, or the word feed, for a feed at a secret address.
    body: bool
        A hook gets whole texts.
    confirmed: bool
        You vouch that they want it: nobody is asked.
    """
    entry = _plan(times, body=body or None)
    if address == FEED_WORD:
        return _add_feed(call, watch, entry, json=json)
    entry["webhook" if "://" in address else "email"] = address
    state, made, secret = taken_in(call, watch, entry, confirmed=confirmed)
    if json:
        call.emit({"state": state, "subscription": _shown(made) if made else None, "secret": secret})
    elif made is None:
        call.say(f"{address} was asked: alerts begin once the link in the mail is followed, within 24 hours")
    else:
        call.say(f"{made.address} is told of {watch} from now on")
        if secret:
            call.say(secret)
            call.warn("the receiver checks requests by this secret; it is not shown again")
    return 0


@command.command
def end(id: str, *, call: Here) -> int:
    """Tell somebody no more; what waits is kept as failed.

    Parameters
    ----------
    id: str
        The subscription, as the list shows it.
    """
    now = datetime.now(UTC)
    return _change(call, id, lambda shelf, session, one: shelf.end(session, one.token, now), "is told no more")


@command.command
def pause(id: str, *, call: Here) -> int:
    """Tell somebody nothing until resumed; what matches meanwhile is not told later.

    Parameters
    ----------
    id: str
        The subscription, as the list shows it.
    """
    from alerts import pause as rest

    return _change(call, id, lambda _, session, one: rest(session, one.token), "is paused")


@command.command
def snooze(id: str, until: str, *, call: Here) -> int:
    """Hold back what somebody is to be told for a while; it comes at the end, in one message.

    Parameters
    ----------
    id: str
        The subscription, as the list shows it.
    until: str
        How long, like 7d, or a moment to come, like 2026-12-24T08:00:00Z.
    """
    from alerts import snooze as rest

    now = datetime.now(UTC)
    try:
        moment = parse_until(until, now)
    except ValueError as error:
        raise UsageError(str(error)) from None
    said = f"is told nothing until {instant(moment)}"
    return _change(call, id, lambda _, session, one: rest(session, one.token, moment, now), said)


@command.command
def resume(id: str, *, call: Here) -> int:
    """Tell somebody again who was paused, snoozed or has ended; what a snooze held back comes at once.

    Parameters
    ----------
    id: str
        The subscription, as the list shows it.
    """
    from alerts import resume as begin_again

    now = datetime.now(UTC)
    return _change(call, id, lambda _, session, one: begin_again(session, one.token, now), "is told again")


@command.command
def plan(
    id: str,
    *,
    times: Annotated[Times | None, Parameter(name="*")] = None,
    call: Here,
) -> int:
    """Tell somebody at other times; what is left out is as by default, and what a file says is changed there.

    Parameters
    ----------
    id: str
        The subscription, as the list shows it.
    """
    from alerts import NotTaken, Reception, replan, words_of

    wanted = _plan(times)
    database = call.open_database()
    try:
        one = _found(database, id)
        wish = Reception(database, call.configuration.watchlist()).another_plan(one, wanted)
        with database.begin() as session:
            changed = replan(session, one.token, wish)
    except NotTaken as error:
        raise UsageError(str(error)) from None
    finally:
        database.close()
    if changed is None:
        raise UsageError(f"{id} is told as the watch's file says: change it there")
    call.say(f"{one.address} is told of {one.watch}: {words_of(changed.plan)}")
    return 0


@command.command
def rotate(id: str, *, overlap: str = "24h", json: Json = False, call: Here) -> int:
    """Give a hook a fresh secret, which the old one signs beside for a while, or a feed a fresh address; show it once.

    Parameters
    ----------
    id: str
        The subscription, as the list shows it.
    overlap: str
        How long the old secret signs as well, at most 30d.
    """
    from alerts import FEED, renew_secret

    try:
        lasting = min(parse_duration(overlap), _LONGEST_OVERLAP)
    except (ValueError, OverflowError):
        raise UsageError(f"--overlap {overlap}: write a number and a unit, like 24h") from None
    database = call.open_database()
    try:
        one = _found(database, id)
        with database.begin() as session:
            fresh = renew_secret(session, one.token, datetime.now(UTC), lasting)
    finally:
        database.close()
    if fresh is None:
        raise UsageError(f"{id} has no secret on record; one of a watch's file is changed there: secret: [new, old]")
    if one.channel == FEED:
        return _show_feed(call, one.id, _feed_url(call, one.watch, fresh), json=json)
    if json:
        call.emit({"id": one.id, "secret": fresh})
    else:
        call.say(fresh)
        call.warn("the receiver checks requests by this secret; it is not shown again")
    return 0


def _plan(times: Times | None, **more: Any) -> dict[str, Any]:
    given = (asdict(times) if times else {}) | more
    return {key: value for key, value in given.items() if value is not None}


def _add_feed(call: Invocation, watch: str, odd: Mapping[str, Any], *, json: bool) -> int:
    from alerts import make_feed

    if odd:
        raise UsageError(f"a feed is read whenever its reader comes: leave out --{next(iter(odd))}")
    expect_watch(call, watch)
    database = call.open_database()
    try:
        with database.begin() as session:
            made, secret = make_feed(session, watch, "operator", datetime.now(UTC))
    finally:
        database.close()
    return _show_feed(call, made.id, _feed_url(call, watch, secret), json=json)


def _feed_url(call: Invocation, watch: str, secret: str) -> str:
    from alerts import feed_url

    public_url: str = call.settings.web.public_url
    return feed_url(public_url, watch, secret)


def _show_feed(call: Invocation, id: str, url: str, *, json: bool) -> int:
    if json:
        call.emit({"id": id, "feed": url})
    else:
        call.say(url)
        call.warn("whoever knows this address can read the feed; it is not shown again")
    return 0


def _change(
    call: Invocation,
    id: str,
    change: Callable[[Subscriptions, Session, Subscription], Subscription | None],
    said: str,
) -> int:
    from alerts import Subscriptions

    database = call.open_database()
    try:
        one = _found(database, id)
        with database.begin() as session:
            change(Subscriptions(database), session, one)
    finally:
        database.close()
    call.say(f"{one.address} {said}: {one.watch}")
    return 0


def _found(database: Database, id: str) -> Subscription:
    """Give the subscription of an id, or of the beginning of one."""
    from alerts import Subscriptions

    every = Subscriptions(database).all()
    found = [one for one in every if one.id == id] or [one for one in every if len(id) >= 4 and one.id.startswith(id)]
    if len(found) != 1:
        raise UsageError(f"{id} is not a subscription; tocsin subscriptions lists them")
    return found[0]


def _shown(one: Subscription) -> dict[str, Any]:
    """Give a subscription as JSON; never its secret, nor the address that ends it."""
    return {
        "id": one.id,
        "watch": one.watch,
        "channel": one.channel,
        "address": one.address,
        "state": str(one.state),
        "origin": one.origin,
        "plan": dict(one.plan),
        "snoozed_until": instant(one.snoozed_until),
        "created": instant(one.created_at),
        "ended": instant(one.ended_at),
        "failing_since": instant(one.failing_since),
    }


def _when(one: Subscription) -> str:
    from alerts import FEED, words_of

    if one.is_from_file:
        return "as its file says"
    return "whenever it is read" if one.channel == FEED else words_of(one.plan)


def _state(one: Subscription) -> str:
    if one.is_active and one.is_snoozed(datetime.now(UTC)):
        return f"snoozed until {instant(one.snoozed_until)}"
    return str(one.state)
