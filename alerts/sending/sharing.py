"""Sharing: a message that several watches share goes out for those of them whose subscription still stands."""

import json
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from newsdesk import DeliveryFailure

from ..messages.payload import dumps, watches_of, without
from ..outbox.fates import FateState
from ..outbox.outbox import Claim, Outbox
from ..subscriptions import SubscriptionState
from ..tables import DeliveryRow, FateRow, SubscriptionRow
from ..watchlist import Watchlist

_MARK = '"watches":[{'
"""Stands as it is in no payload but those of several watches: within a text the quotes are escaped."""


def settle(session: Session, outbox: Outbox, watchlist: Watchlist, claim: Claim) -> Claim:
    """Give a claim as it is to go out: with the watches that still tell, in the name of the first of these."""
    if _MARK not in claim.payload:
        return claim
    payload = json.loads(claim.payload)
    slugs = [str(watch["slug"]) for watch in watches_of(payload)]
    cards = _cards(session, claim, slugs)
    alive = [slug for slug in slugs if _tells(watchlist, claim, slug, cards)]
    if not alive:
        return claim
    gone = [slug for slug in slugs if slug not in alive]
    if gone:
        claim = _heir(session, claim, cards[alive[0]], dumps(without(payload, gone)))
        outbox.reword(session, claim.id, claim.payload)
        for slug in gone:
            _leave_out(session, claim, cards.get(slug))
    links = ((slug, cards[slug].token) for slug in alive)
    return replace(claim, links=tuple(links) if len(alive) > 1 else ())


def _cards(session: Session, claim: Claim, slugs: list[str]) -> dict[str, SubscriptionRow]:
    named = select(SubscriptionRow).filter_by(channel=claim.channel, address=claim.address)
    rows = session.scalars(named.where(SubscriptionRow.watch.in_(slugs)))
    return {row.watch: row for row in rows}


def _tells(watchlist: Watchlist, claim: Claim, slug: str, cards: Mapping[str, SubscriptionRow]) -> bool:
    card = cards.get(slug)
    is_active = card is not None and card.state == SubscriptionState.ACTIVE
    return is_active and watchlist.target(slug, claim.channel, claim.address) is not None


def _heir(session: Session, claim: Claim, card: SubscriptionRow, payload: str) -> Claim:
    """Pass a delivery on to another subscription of the same address."""
    session.execute(update(DeliveryRow).where(DeliveryRow.id == claim.id).values(subscription=card.id, news=None))
    own = update(FateRow).where(FateRow.delivery == claim.id, FateRow.subscription == card.id)
    session.execute(own.where(FateRow.state == FateState.GROUPED).values(state=FateState.PROMISED, reason=None))
    return replace(claim, payload=payload, subscription=card.id, watch=card.watch, token=card.token, state=card.state)


def _leave_out(session: Session, claim: Claim, card: SubscriptionRow | None) -> None:
    """Put on record that a subscription which ended before the message went out was not told by it."""
    if card is None:
        return
    why = DeliveryFailure.UNSUBSCRIBED
    fates = update(FateRow).where(FateRow.delivery == claim.id, FateRow.subscription == card.id)
    session.execute(fates.values(state=FateState.SILENCED, reason=why))
    members = update(DeliveryRow).where(DeliveryRow.grouped_into == claim.id, DeliveryRow.subscription == card.id)
    detail = f"the subscription is {card.state}"
    session.execute(members.values(state="failed", reason=why, detail=detail, grouped_into=None))
