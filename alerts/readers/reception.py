"""Reception: takes in those who want to be told: a mailbox when its owner confirms, a hook when it answers rightly."""

import asyncio
import json
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from newsdesk import Database, TocsinError, instant

from ..channel import Tools
from ..messages.payload import dumps
from ..post import post
from ..signing import make_secret, signatures
from ..subscriptions import FILE, Subscription
from ..tables import SubscriptionRow
from ..watch import Watch
from ..watchlist import Fault, Watchlist
from . import requests
from .invitations import Invitations, forget_invitations
from .readers import FEED, Readers, admit, feed_url, make_feed, read_wish
from .requests import OPERATOR_ASKS, Standing, Wish, is_operator

log = logging.getLogger("tocsin.alerts")

_CHALLENGE = 8.0
"""Seconds for a hook to answer."""


class NotTaken(TocsinError):
    """A wish is refused; `faults` says what is wrong with which field."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        """Keep what is wrong."""
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{what}; {remedy}" if remedy else what for _, what, remedy in faults))


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a link asks, and what came of it."""

    standing: Standing
    wish: Wish | None = None
    subscription: Subscription | None = None


class Reception:
    """Asks people and hooks whether they want to be told, and keeps the watchlist at what readers wish for."""

    def __init__(
        self,
        database: Database,
        watchlist: Watchlist,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Take readers of the watches of `watchlist`."""
        self._database, self._watchlist, self._clock = database, watchlist, clock
        self._readers = Readers(database, watchlist)
        self._invitations = Invitations(database, watchlist)
        self._tools = Tools(watchlist.guard)
        self._turn = asyncio.Lock()

    def watch(self, slug: str) -> Watch | None:
        """Give a watch that readers may subscribe to."""
        return next((watch for watch in self._watchlist.watches if watch.slug == slug and watch.open), None)

    async def look(self) -> None:
        """Take over what readers have changed, in this process or another."""
        async with self._turn:
            await asyncio.to_thread(self._readers.look, self._clock())

    async def ask(self, slug: str, entry: Mapping[str, Any], requester: str) -> str | None:
        """Note the wish of a person and promise the one mail that asks for a word; whoever asks learns nothing else.

        Gives the delivery. Raises KeyError for a watch that is not open, NotTaken, TooMany.
        """
        watch = self._watch(slug, requester)
        wish, now = self.wish(slug, entry), self._clock()

        def promise(session: Session) -> str | None:
            token = requests.note(session, wish, requester, now)
            return self._invitations.promise(session, watch, wish, token, words_of(wish.plan), now)

        asked = await self._database.transact(promise)
        log.info("mailbox asked", extra={"watch": slug, "by": requester, "delivery": asked})
        return asked

    async def feed(self, slug: str, requester: str) -> tuple[Subscription, str]:
        """Make a feed for whoever asks, and give the secret of its address. Raises KeyError, TooMany."""
        self._watch(slug, requester)
        now, origin = self._clock(), "operator" if is_operator(requester) else "reader"

        def make(session: Session) -> tuple[Subscription, str]:
            made, secret = make_feed(session, slug, origin, now)
            requests.note(session, Wish(slug, FEED, made.address, {}), requester, now)
            return made, secret

        return await self._database.transact(make)

    def feed_url(self, slug: str, secret: str) -> str:
        """Give the address of a feed by its secret."""
        return feed_url(self._watchlist.public_url, slug, secret)

    async def show(self, token: str) -> Confirmation:
        """Tell what a link asks; changes nothing."""
        return await asyncio.to_thread(self._show, token)

    async def confirm(self, token: str) -> Confirmation:
        """Take in whoever follows the link to its end."""
        now = self._clock()
        confirmed = await self._database.transact(partial(self._confirm, token=token, now=now))
        await self.look()
        if made := confirmed.subscription:
            log.info("reader confirmed", extra={"subscription": made.id, "watch": made.watch})
        return confirmed

    async def hook(self, slug: str, entry: Mapping[str, Any], requester: str) -> tuple[Subscription, str | None]:
        """Take in a hook that echoes a challenge; gives the secret, which is shown this once.

        Raises KeyError for a watch that is not there, NotTaken, TooMany, DeliveryError.
        """
        watch = self._watch(slug, requester)
        wish = self.wish(slug, entry)
        if self._watchlist.is_named(slug, wish.channel, wish.address):
            raise NotTaken([((wish.channel,), "the watch's file names it already", "change it there")])
        secret = make_secret()
        await self._database.transact(partial(requests.note, wish=wish, requester=requester, now=self._clock()))
        await self._challenge(watch, wish.address, secret)
        made = await self._database.transact(partial(_admit_hook, wish=wish, secret=secret, now=self._clock()))
        log.info("hook taken in", extra={"subscription": made.id, "watch": slug, "by": requester})
        await self.look()
        return made, secret

    async def admit(self, slug: str, entry: Mapping[str, Any]) -> tuple[Subscription, str | None]:
        """Take in whom the operator vouches for, unasked. Raises KeyError, NotTaken."""
        self._watch(slug, OPERATOR_ASKS)
        wish, now = self.wish(slug, entry), self._clock()
        origin = FILE if self._watchlist.is_named(slug, wish.channel, wish.address) else "operator"
        made = await self._database.transact(lambda session: admit(session, wish, origin, now))
        await self.look()
        return made

    async def forget(self) -> None:
        """Remove wishes that nobody can confirm any more, and the mails that asked."""
        now = self._clock()
        await self._database.transact(partial(requests.forget, now=now))
        await self._database.transact(partial(forget_invitations, now=now))

    async def close(self) -> None:
        """Call nobody any more."""
        await self._tools.close()

    def wish(self, slug: str, entry: Mapping[str, Any]) -> Wish:
        """Read an entry as of `notify:`. Raises NotTaken with every mistake in it."""
        wish, faults = read_wish(self._watchlist, slug, entry)
        if wish is None:
            raise NotTaken(faults)
        return wish

    def another_plan(self, kept: Subscription, plan: Mapping[str, Any]) -> Wish:
        """Read when a subscription is to be told instead. Raises NotTaken."""
        body = {"body": kept.plan["body"]} if "body" in kept.plan else {}
        return self.wish(kept.watch, {kept.channel: kept.address, **plan, **body})

    def _watch(self, slug: str, requester: str) -> Watch:
        for watch in self._watchlist.watches:
            if watch.slug == slug and (watch.open or is_operator(requester)):
                return watch
        raise KeyError(slug)

    def _show(self, token: str) -> Confirmation:
        with self._database.read() as session:
            found = requests.find(session, token, self._clock())
        return Confirmation(Standing.UNKNOWN) if found is None else Confirmation(found.standing, found.wish)

    def _confirm(self, session: Session, token: str, now: datetime) -> Confirmation:
        found = requests.use(session, token, now)
        if found is None:
            return Confirmation(Standing.UNKNOWN)
        if found.standing is not Standing.OPEN:
            return Confirmation(found.standing, found.wish)
        try:
            self._watch(found.wish.watch, found.requester)
            self.wish(found.wish.watch, found.wish.entry)
        except (KeyError, NotTaken):
            return Confirmation(Standing.CLOSED, found.wish)
        named = self._watchlist.is_named(found.wish.watch, found.wish.channel, found.wish.address)
        made, _ = admit(session, found.wish, FILE if named else "reader", now)
        return Confirmation(Standing.TAKEN, found.wish, made)

    async def _challenge(self, watch: Watch, url: str, secret: str) -> None:
        """Ask a hook whether it wants to be called: it has to echo the challenge. Raises DeliveryError, NotTaken."""
        challenge, now = secrets.token_urlsafe(24), self._clock()
        id = f"challenge-{secrets.token_hex(16)}"
        data = {"id": id, "watch": {"slug": watch.slug, "name": watch.name}, "challenge": challenge}
        body = dumps({"type": "subscription.challenge", "timestamp": instant(now), "data": data}).encode()
        headers = {"Content-Type": "application/json", **signatures(id, now, body, [secret])}
        tools = replace(self._tools, guard=self._watchlist.guard)
        answer = await post(tools, url, body, headers, now=now, deadline=_CHALLENGE)
        if not 200 <= answer.status < 300 or not _echoes(answer.excerpt, challenge):
            what = f"the hook answered {answer.status} and not the challenge"
            raise NotTaken([(("webhook",), what, 'answer 200 with {"challenge": "..."}, as it came')])


def _admit_hook(session: Session, wish: Wish, secret: str, now: datetime) -> Subscription:
    made, _ = admit(session, wish, "reader", now)
    row = session.get(SubscriptionRow, made.id)
    assert row is not None
    row.secret = secret
    return made


def _echoes(said: str, challenge: str) -> bool:
    """Tell whether an answer is the challenge, bare or as JSON; one that holds all it was sent shows no will."""
    if said.strip() == challenge:
        return True
    with suppress(ValueError, RecursionError):
        document = json.loads(said)
        return isinstance(document, dict) and document.get("challenge") == challenge
    return False


def words_of(plan: Mapping[str, Any]) -> str:
    """Say in words when alerts come by a reader's plan."""
    when, zone = str(plan.get("when", "now")), str(plan.get("timezone", "UTC"))
    at = str(plan.get("at", "08:00"))
    said = {
        "now": "each one at once",
        "hourly": "gathered, once an hour",
        "daily": f"gathered, every day at {at} ({zone})",
        "weekly": f"gathered, every {str(plan.get('day', 'monday')).capitalize()} at {at} ({zone})",
    }[when]
    if quiet := plan.get("quiet"):
        return f"{said}, none from {str(quiet).replace('-', ' to ')}" + (
            f" ({zone})" if when in ("now", "hourly") else ""
        )
    return said
