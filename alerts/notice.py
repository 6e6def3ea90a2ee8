"""Notice: what the operator is told of the house itself, promised in the outbox like any alert.

A notice goes to the targets of `operator:`, whose subscriptions stand under a name that no watch can have. What a
notice itself meets on its way is never told by another.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsdesk import Database, DeliveryFailure, YamlFile

from .messages.payload import LIMIT, cut_text, notice_payload
from .outbox.outbox import Claim, Outbox, Outcome, Promise
from .query import parse
from .subscriptions import Subscriptions, SubscriptionState, drop_waiting, is_ours
from .tables import AttemptRow, DeliveryRow, SubscriptionRow
from .watch import OPERATOR, Watch
from .watchlist import Watchlist

_PATIENCE = timedelta(days=5)
"""How long an endpoint may fail without one success."""
_LEAST_ATTEMPTS = 5
"""Fewer failures than these are sporadic, however far apart."""
_OURS = "smtp"
"""The endpoint that is our own mail server: its troubles say nothing of a mailbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing to tell; `key` names it, and what bears the same key is told but once."""

    type: str
    key: str
    subject: str
    lines: Sequence[str]
    facts: Mapping[str, Any] = field(default_factory=dict)
    about: str = ""
    """The key of the notice that this one follows, in the same thread."""


class Notices:
    """Promises notices to the operator's targets; works in the session that it is given."""

    def __init__(self, database: Database, watchlist: Watchlist) -> None:
        """Promise to whom `watchlist` names as the operator's."""
        self._watchlist = watchlist
        self._outbox = Outbox(database)
        self._subscriptions = Subscriptions(database)

    @property
    def reach_someone(self) -> bool:
        """Tell whether the operator has named anybody."""
        return bool(self._watchlist.targets(OPERATOR))

    def promise(self, session: Session, notice: Notice, now: datetime) -> int:
        """Promise a notice to each target that has not heard of it; gives to how many."""
        promises = []
        for kept in self._watchlist.targets(OPERATOR):
            card = self._subscriptions.ensure(session, OPERATOR, *kept.key, now)
            story = f"notice {_digest(notice.key)}"
            if not card.is_active or self._outbox.has_heard(session, card.id, story):
                continue
            id = notice_id(card.id, notice.key)
            promises.append(
                Promise(
                    id=id,
                    subscription=card.id,
                    endpoint=kept.target.endpoint,
                    type=notice.type,
                    payload=notice_payload(id, notice.type, notice_document(notice), now),
                    due=now,
                    story=story,
                    thread=notice_id(card.id, notice.about) if notice.about else None,
                )
            )
        self._outbox.promise(session, promises, now)
        return len(promises)

    def after_attempt(self, session: Session, claim: Claim, outcome: Outcome, state: str, now: datetime) -> None:
        """Tell of a delivery that failed for good, and end an endpoint that has failed for days."""
        if is_ours(claim.watch) or claim.type == "test" or outcome.error is None or state == "late":
            return
        if claim.state != SubscriptionState.ACTIVE:
            return
        what = f"{claim.channel} {claim.address}"
        if outcome.error.reason is DeliveryFailure.GONE:
            self._promise_of_endpoint(session, claim, f"{what} is gone and switched off", str(outcome.error), now)
        elif outcome.error.reason is DeliveryFailure.BOUNCED:
            self._suspend(session, claim, str(outcome.error), now)
            self._promise_of_endpoint(session, claim, f"{what} is no mailbox: suspended", str(outcome.error), now)
        elif self._has_failed_for_days(session, claim, outcome, now):
            self._disable(session, claim, now)
            self._promise_of_endpoint(
                session, claim, f"{what} has failed for days: switched off", str(outcome.error), now
            )
        elif state == "failed":
            self._promise_of_endpoint(session, claim, f"A delivery to {what} has failed", str(outcome.error), now)

    def _promise_of_endpoint(self, session: Session, claim: Claim, subject: str, detail: str, now: datetime) -> None:
        """One notice an address and day is enough: the ledger holds the rest."""
        lines = [
            f"The alert was of the watch {claim.watch}; attempt {claim.attempts} met: {detail}",
            f"What failed waits: `tocsin deliveries --state failed` lists it, `tocsin deliveries retry {claim.id}` "
            "sends it after all.",
            f"An ended subscription is taken up again by `tocsin watches resume {claim.watch} {claim.address}`.",
        ]
        facts = {"watch": claim.watch, "channel": claim.channel, "address": claim.address, "delivery": claim.id}
        key = f"endpoint {claim.channel} {claim.address} {now:%Y-%m-%d}"
        facts |= {"reason": str(detail)[:500]}
        notice = Notice(type="delivery.failed", key=key, subject=subject, lines=lines, facts=facts)
        self.promise(session, notice, now)

    def _has_failed_for_days(self, session: Session, claim: Claim, outcome: Outcome, now: datetime) -> bool:
        if claim.failing_since is None or now - claim.failing_since < _PATIENCE or outcome.error is None:
            return False
        if claim.endpoint == _OURS and outcome.error.reason is not DeliveryFailure.REJECTED:
            return False
        tried = (
            select(func.count())
            .select_from(AttemptRow)
            .join(DeliveryRow, DeliveryRow.id == AttemptRow.delivery)
            .where(DeliveryRow.subscription == claim.subscription, AttemptRow.started_at >= claim.failing_since)
        )
        return (session.scalar(tried) or 0) >= _LEAST_ATTEMPTS

    def _suspend(self, session: Session, claim: Claim, detail: str, now: datetime) -> None:
        """End what a mailbox is told of by any watch, as a report of its death would."""
        same = select(SubscriptionRow).filter_by(channel=claim.channel, address=claim.address)
        rows = session.scalars(same.where(SubscriptionRow.state == SubscriptionState.ACTIVE).with_for_update())
        ended = [row for row in rows if not is_ours(row.watch)]
        for row in ended:
            row.state, row.ended_at = SubscriptionState.SUSPENDED, now
        session.flush()
        for row in ended:
            drop_waiting(session, row.id, DeliveryFailure.BOUNCED, f"there is no such mailbox: {detail}"[:1024])

    def _disable(self, session: Session, claim: Claim, now: datetime) -> None:
        row = session.get(SubscriptionRow, claim.subscription)
        assert row is not None
        row.state, row.ended_at = SubscriptionState.DISABLED, now
        session.flush()
        drop_waiting(session, claim.subscription, DeliveryFailure.GONE, "the receiver has failed for days")


def operator(notify: Sequence[Mapping[str, Any]], file: YamlFile | None = None) -> Watch:
    """Give the operator's targets in the form of a watch that asks for nothing; `file` holds them as `notify`."""
    return Watch(OPERATOR, "Tocsin", parse("nothing"), notify=tuple(notify), file=file)


def notice_id(subscription: str, key: str) -> str:
    """Give the id that a notice keeps over all attempts."""
    return f"notice-{_digest(f'{subscription} {key}')}"


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def notice_document(notice: Notice) -> dict[str, Any]:
    """Give what a notice says: subject, lines and facts, within bounds."""
    lines = [cut_text(line, 1000) for line in notice.lines]
    while sum(len(line.encode("utf-8", "replace")) for line in lines) > LIMIT / 2:
        lines.pop()
    return {"subject": cut_text(notice.subject, 140), "lines": lines, **notice.facts}
