"""Readers: subscriptions that no file names: made, changed, rested, and told beside those of the files."""

import hashlib
import json
import logging
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, bindparam, func, select, update
from sqlalchemy.orm import Session, undefer_group

from newsdesk import Database, DeliveryFailure, Guard

from ..signing import in_force, make_secret, rotate
from ..subscriptions import (
    FILE,
    TELLS_OTHERS,
    Subscription,
    Subscriptions,
    SubscriptionState,
    drop_waiting,
    locked,
    subscription_of,
)
from ..tables import DeliveryRow, SubscriptionRow
from ..watchlist import Fault, Kept, Watchlist, read_target
from .requests import Wish

log = logging.getLogger("tocsin.alerts")

CHANNELS_OF_READERS = ("email", "webhook")
"""By which people and systems may be told at their own wish."""
FEED = "atom"
"""The channel of a feed at a secret address: nothing is sent, its reader comes."""
LONGEST_SNOOZE = timedelta(days=366)
_PLAN = ("when", "at", "day", "timezone", "quiet", "body")
_AT_ONCE = 500

_S = cast(Table, SubscriptionRow.__table__)
# Built once, on the bare table: it is asked at each change.
_VERSIONS = (
    select(_S.c.id, _S.c.changes, _S.c.old_secret_until > bindparam("now"))
    .where(_S.c.origin != FILE, _S.c.channel.in_(CHANNELS_OF_READERS))
    .where(_S.c.state != SubscriptionState.UNSUBSCRIBED)
    .order_by(_S.c.created_at, _S.c.id)
)


@dataclass(frozen=True, slots=True)
class _Reader:
    """One reader as of a version: what a target that cannot be read any more has none of."""

    version: tuple[int, bool]
    watch: str
    kept: Kept | None


class Readers:
    """Keeps a watchlist at what readers have on record, whichever process changed it."""

    def __init__(self, database: Database, watchlist: Watchlist) -> None:
        """Tell `watchlist` of the readers in `database`."""
        self._database, self._watchlist = database, watchlist
        self._stamp: tuple[Any, ...] | None = None
        self._known: dict[str, _Reader] = {}

    def look(self, now: datetime) -> bool:
        """Take over what has changed; tells whether anything had."""
        with self._database.read() as session:
            stamp = _stamp(session, now)
            if stamp == self._stamp:
                return False
            self._known = self._refreshed(session, now)
        told: dict[str, list[Kept]] = {}
        for reader in self._known.values():
            if reader.kept is not None:
                told.setdefault(reader.watch, []).append(reader.kept)
        self._watchlist.take_readers(told)
        self._stamp = stamp
        return True

    def _refreshed(self, session: Session, now: datetime) -> dict[str, _Reader]:
        """Give all who are told, those read anew who are not of the version known: of thousands mostly one."""
        versions = {id: (changes, bool(overlaps)) for id, changes, overlaps in session.execute(_VERSIONS, {"now": now})}
        stale = [id for id, version in versions.items() if id not in self._known or self._known[id].version != version]
        fresh: dict[str, _Reader] = {}
        for start in range(0, len(stale), _AT_ONCE):
            rows = select(SubscriptionRow).where(SubscriptionRow.id.in_(stale[start : start + _AT_ONCE]))
            for row in session.scalars(rows.options(undefer_group("secrets"))):
                kept = _kept(row, self._watchlist.guard, now)
                fresh[row.id] = _Reader(versions[row.id], row.watch, kept)
        return {id: reader for id in versions if (reader := fresh.get(id) or self._known.get(id)) is not None}


def read_wish(watchlist: Watchlist, watch: str, entry: Mapping[str, Any]) -> tuple[Wish | None, list[Fault]]:
    """Give a wish from an entry as of `notify:`, or each mistake in it; a reader brings no secret of its own."""
    channel = next((kind for kind in CHANNELS_OF_READERS if kind in entry), "")
    if not channel:
        return None, [((), "no address is named", f"write one of {', '.join(CHANNELS_OF_READERS)}")]
    if odd := [key for key in entry if key not in (*_PLAN, channel)]:
        return None, [((key,), f'"{key}" cannot be chosen here', "leave it out") for key in odd]
    kept, faults = read_target(entry, watchlist.guard)
    if kept is None:
        return None, faults
    # Mailboxes that differ in case alone are one, whatever the standard allows: a stranger is not to fill it twice.
    address = kept.target.address.lower() if channel == "email" else kept.target.address
    plan = {key: entry[key] for key in _PLAN if entry.get(key) is not None}
    if "day" in plan:
        plan["day"] = kept.target.day  # whole, as people are told it
    return Wish(watch, channel, address, plan), []


def admit(session: Session, wish: Wish, origin: str, now: datetime) -> tuple[Subscription, str | None]:
    """Begin to tell a reader, or tell one otherwise who is told already; gives the secret that a new webhook signs by.

    Of whom the watch's file names, only the state changes: `origin` is `file` then.
    """
    named = select(SubscriptionRow).filter_by(watch=wish.watch, channel=wish.channel, address=wish.address)
    row = session.scalar(named.with_for_update())
    if row is None:
        row = SubscriptionRow(
            id=uuid.uuid4().hex,
            watch=wish.watch,
            channel=wish.channel,
            address=wish.address,
            token=secrets.token_urlsafe(24),
            created_at=now,
            changes=0,
        )
        session.add(row)
    row.state, row.ended_at, row.failing_since, row.snoozed_until = SubscriptionState.ACTIVE, None, None, None
    row.origin, row.changes = origin, (row.changes or 0) + 1
    fresh = None
    if origin != FILE:
        row.plan = json.dumps(dict(wish.plan), ensure_ascii=False)
        if wish.channel == "webhook":
            fresh = row.secret = make_secret()
            row.old_secret, row.old_secret_until = None, None
    session.flush()
    return subscription_of(row), fresh


def make_feed(session: Session, watch: str, origin: str, now: datetime) -> tuple[Subscription, str]:
    """Make a feed with a secret address, and give the secret, of which only a hash is kept."""
    secret = _feed_secret()
    made, _ = admit(session, Wish(watch, FEED, feed_address(secret), {}), origin, now)
    return made, secret


def feed_address(secret: str) -> str:
    """Give what the feed of a secret is known by."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()[:32]


def feed_url(public_url: str, watch: str, secret: str) -> str:
    """Give the address of a feed by its secret."""
    return f"{public_url.rstrip('/')}/feeds/{watch}/{secret}.atom"


def replan(session: Session, token: str, wish: Wish) -> Subscription | None:
    """Tell a reader at other times; what waits goes out as it was promised. Nothing for whom a file names."""
    row = locked(session, token)
    if row is None or row.origin == FILE:
        return None
    row.plan, row.changes = json.dumps(dict(wish.plan), ensure_ascii=False), row.changes + 1
    session.flush()
    return subscription_of(row)


def pause(session: Session, token: str) -> Subscription | None:
    """Tell a subscription nothing until it is resumed; what matches meanwhile is not told later."""
    row = locked(session, token)
    if row is None:
        return None
    if row.state == SubscriptionState.ACTIVE:
        row.state, row.snoozed_until, row.changes = SubscriptionState.PAUSED, None, row.changes + 1
        session.flush()
        drop_waiting(session, row.id, DeliveryFailure.UNSUBSCRIBED, "the receiver paused")
    return subscription_of(row)


def snooze(session: Session, token: str, until: datetime, now: datetime) -> Subscription | None:
    """Hold back what a subscription is to be told, that which waits already as well, until a moment.

    A moment that is over ends the snooze, and what was held goes out at once.
    """
    row = locked(session, token)
    if row is None or row.state != SubscriptionState.ACTIVE:
        return None if row is None else subscription_of(row)
    was = row.snoozed_until
    row.snoozed_until = min(until, now + LONGEST_SNOOZE) if until > now else None
    session.flush()
    if row.snoozed_until is not None:
        _hold(session, row.id, row.snoozed_until, was)
    elif was is not None:
        _let_go(session, row.id, was, now)
    return subscription_of(row)


def resume(session: Session, token: str, now: datetime) -> Subscription | None:
    """Begin again to tell a subscription that had ended, was paused or rests; what a snooze held goes out at once."""
    snooze(session, token, now, now)
    return Subscriptions.resume(session, token)


def renew_secret(session: Session, token: str, now: datetime, overlap: timedelta) -> str | None:
    """Give a webhook on record a fresh secret, beside which the old one signs for `overlap`, or a feed a fresh address.

    The old address of a feed is gone at once.
    """
    row = locked(session, token)
    if row is None or row.origin == FILE or (row.secret is None and row.channel != FEED):
        return None
    row.changes += 1
    if row.channel != FEED:
        return rotate(row, now, overlap)
    secret = _feed_secret()
    row.address = feed_address(secret)
    session.flush()
    return secret


def _feed_secret() -> str:
    return secrets.token_urlsafe(24)


def _hold(session: Session, subscription: str, until: datetime, was: datetime | None) -> None:
    """Hold what waits until a snooze ends, and what waited for the end of one before; not what tells others, too."""
    mine = update(DeliveryRow).where(DeliveryRow.subscription == subscription, ~TELLS_OTHERS)
    untried = mine.where(DeliveryRow.state == "pending", DeliveryRow.attempts == 0)
    session.execute(untried.values(state="held", due_at=until))
    held = mine.where(DeliveryRow.state == "held")
    session.execute(held.where(DeliveryRow.due_at < until).values(due_at=until))
    if was is not None and was > until:
        session.execute(held.where(DeliveryRow.due_at == was).values(due_at=until))


def _let_go(session: Session, subscription: str, was: datetime, now: datetime) -> None:
    waiting = update(DeliveryRow).where(DeliveryRow.subscription == subscription, DeliveryRow.state == "held")
    session.execute(waiting.where(DeliveryRow.due_at >= was).values(due_at=now))


def _stamp(session: Session, now: datetime) -> tuple[Any, ...]:
    """Give what changes whenever readers, their wishes or their secrets do."""
    theirs = SubscriptionRow.origin != FILE
    count, changes = session.execute(select(func.count(), func.sum(SubscriptionRow.changes)).where(theirs)).one()
    overlaps = session.scalar(select(func.count()).where(theirs, SubscriptionRow.old_secret_until > now))
    return count, changes, overlaps


def _kept(row: SubscriptionRow, guard: Guard, now: datetime) -> Kept | None:
    """Read whom a row names; nothing where that cannot be read any more."""
    entry: dict[str, Any] = {row.channel: row.address, **json.loads(row.plan or "{}")}
    if row.channel == "webhook":
        entry["secret"] = list(in_force(row, now))
    kept, faults = read_target(entry, guard)
    if kept is None:
        log.warning("reader not told", extra={"subscription": row.id, "why": faults[0][1]})
    return kept
