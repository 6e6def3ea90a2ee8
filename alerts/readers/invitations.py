"""Invitations: the mails that ask, promised like any alert under a name that no watch can have, and soon forgotten."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from newsdesk import Database

from ..messages.invitation import invitation_payload
from ..outbox.outbox import Outbox, Promise
from ..subscriptions import INVITED, Subscriptions, SubscriptionState
from ..tables import AttemptRow, DeliveryRow, SubscriptionRow
from ..watch import Watch
from ..watchlist import Watchlist
from .requests import Wish

_KEPT = timedelta(days=7)


class Invitations:
    """Promises the mails that ask; works in the session that it is given."""

    def __init__(self, database: Database, watchlist: Watchlist) -> None:
        """Promise to whomever `watchlist` can reach."""
        self._watchlist = watchlist
        self._outbox, self._subscriptions = Outbox(database), Subscriptions(database)

    def promise(self, session: Session, watch: Watch, wish: Wish, token: str, plan: str, now: datetime) -> str | None:
        """Promise the mail with the link of `token`, and give its id; nothing to whom wants to be asked no more."""
        card = self._subscriptions.ensure(session, INVITED, wish.channel, wish.address, now)
        kept = self._watchlist.target(INVITED, wish.channel, wish.address)
        if kept is None or not card.is_active:
            return None
        id = f"confirm-{uuid.uuid4().hex}"
        face = {"slug": watch.slug, "name": watch.name, "query": watch.query_text}
        payload = invitation_payload(id, face, f"{self._watchlist.public_url}/confirm/{token}", plan)
        promise = Promise(
            id=id,
            subscription=card.id,
            endpoint=kept.target.endpoint,
            type="subscription.confirm",
            payload=payload,
            due=now,
        )
        self._outbox.promise(session, [promise], now)
        return id


def forget_invitations(session: Session, now: datetime) -> None:
    """Remove the mails of more than a week ago, and whom nothing else was sent; who said no stays known for it."""
    old = select(DeliveryRow.id).join(SubscriptionRow, SubscriptionRow.id == DeliveryRow.subscription)
    old = old.where(SubscriptionRow.watch == INVITED, DeliveryRow.created_at < now - _KEPT)
    session.execute(delete(AttemptRow).where(AttemptRow.delivery.in_(old)), execution_options=_APART)
    session.execute(delete(DeliveryRow).where(DeliveryRow.id.in_(old)), execution_options=_APART)
    idle = delete(SubscriptionRow).where(
        SubscriptionRow.watch == INVITED,
        SubscriptionRow.state == SubscriptionState.ACTIVE,
        ~exists().where(DeliveryRow.subscription == SubscriptionRow.id),
    )
    session.execute(idle, execution_options=_APART)


_APART = {"synchronize_session": False}
