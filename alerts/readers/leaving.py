"""Leaving: what the address in a mail ends: the one watch that it is of, or each of those that it names."""

import json
import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsdesk import Database

from ..messages.payload import watches_of
from ..subscriptions import Subscription, Subscriptions, is_ours, subscription_of
from ..tables import DeliveryRow, SubscriptionRow

_OF_SEVERAL = re.compile(r"(.+)-([a-z]+-[0-9a-f]{32})")


def meant(session: Session, way: str) -> list[Subscription]:
    """Give the subscriptions that an unsubscribe address means, its own first; nothing for an unknown one.

    A token by itself means one subscription; a token with a delivery all of the same receiver that the mail told.
    """
    several = _OF_SEVERAL.fullmatch(way)
    own = session.scalar(select(SubscriptionRow).where(SubscriptionRow.token == (several[1] if several else way)))
    if own is None:
        return []
    others = _named(session, own, several[2]) if several else ()
    return [subscription_of(own), *(subscription_of(row) for row in others)]


def leave(session: Session, database: Database, way: str, now: datetime) -> list[Subscription]:
    """End what an unsubscribe address means; doing it again changes nothing."""
    shelf = Subscriptions(database)
    ended = [shelf.end(session, one.token, now) for one in meant(session, way)]
    return [one for one in ended if one is not None]


def leave_all(session: Session, database: Database, found: Subscription, now: datetime) -> None:
    """End all that the address of a subscription is told of, but what it is told as the operator."""
    shelf = Subscriptions(database)
    for one in shelf.of_address(found.channel, found.address):
        if not is_ours(one.watch) or one.id == found.id:
            shelf.end(session, one.token, now)


def _named(session: Session, own: SubscriptionRow, delivery: str) -> Sequence[SubscriptionRow]:
    """Give the other subscriptions of a receiver that a delivery to it names."""
    row = session.get(DeliveryRow, delivery)
    told = session.get(SubscriptionRow, row.subscription) if row else None
    if row is None or told is None or (told.channel, told.address) != (own.channel, own.address):
        return ()
    slugs = [str(watch["slug"]) for watch in watches_of(json.loads(row.payload))]
    same = select(SubscriptionRow).filter_by(channel=own.channel, address=own.address)
    return session.scalars(
        same.where(SubscriptionRow.watch.in_(slugs), SubscriptionRow.id != own.id).order_by(SubscriptionRow.watch)
    ).all()
