"""Subscriptions to hubs, as rows: noticed with the list that names a hub, asked for, confirmed, renewed, left."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsdesk import Database, Guard

from ..cadence.habit import Habit
from ..lead import Lead
from ..state import ClaimedSource
from ..tables import HubRow, SourceRow
from .websub import (
    LEASE,
    Mode,
    Offer,
    Question,
    Reply,
    is_allowed,
    is_trusted,
    misses_after,
    pause_after,
    pause_refused,
    renewal_after,
    request_form,
)

ASKED, ON, REFUSED, LEAVING = "asked", "on", "refused", "leaving"
_SETTLE = timedelta(minutes=10)
"""How long a list that changes its hub has to stay with the new one: else it could make us ask at each visit."""
_LATEST_ANSWER = timedelta(days=2)
_TURN_AFTER = 3
_MOST_GOODBYES = 3
_MOST_PARTINGS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class HubState:
    """How push does for one list, for people."""

    url: str
    topic: str
    state: str
    reason: str | None
    until: datetime | None
    last_push: datetime | None
    missed: int
    """Polls that found what no push had brought; after a few the list is polled as if there were no hub."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HubRequest:
    """One request that this process alone is to make of a hub."""

    id: int
    outlet: str
    mode: Mode
    hub: str
    topic: str
    callback: str
    token: str
    secret: str

    @property
    def form(self) -> dict[str, str]:
        """Give what is sent."""
        return request_form(self.mode, self.topic, self.callback, self.secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What a push needs: its secret, and whose list it is."""

    id: int
    hub: str
    state: str
    secret: str
    confirmed: bool
    source_id: int
    outlet: str
    kind: str
    address: str
    is_read: bool
    """The list was read before, so that what is not known is news."""


def settle_visit(
    session: Session,
    guard: Guard,
    callback: str,
    source: ClaimedSource,
    offer: Offer | None,
    now: datetime,
    *,
    found_news: bool,
) -> bool:
    """Keep what a visit showed of its list's hubs; tells whether pushes are trusted. `offer` None: it did not say."""
    rows = list(session.scalars(select(HubRow).where(HubRow.source_id == source.id).order_by(HubRow.id)))
    if offer is not None:
        _follow(session, guard, callback, source.id, rows, offer, now)
    row = next((row for row in rows if row.state == ON), None)
    if row is None:
        return False
    pushed_since = row.last_push_at is not None and (
        source.last_success is None or row.last_push_at > source.last_success
    )
    row.missed = misses_after(row.missed, found_news=found_news, pushed_since=pushed_since)
    return is_trusted(row.ends_at, row.last_push_at, row.missed, now)


def _follow(
    session: Session, guard: Guard, callback: str, source_id: int, rows: list[HubRow], offer: Offer, now: datetime
) -> None:
    """Have one subscription to one of the hubs that a list names, for the topic that it names."""
    hubs = [hub for hub in offer.hubs if is_allowed(guard, hub)] if is_allowed(guard, offer.topic) else []
    current = next((row for row in rows if row.state != LEAVING), None)
    if current and current.topic == offer.topic and current.hub in hubs:
        current.offered = "\n".join(hubs)
        return
    if current:
        leave(session, current, now)
    partings = [row for row in rows if row.state == LEAVING]
    for row in partings[:-_MOST_PARTINGS]:
        session.delete(row)
    if hubs:
        row = HubRow(source_id=source_id, topic=offer.topic, offered="\n".join(hubs))
        _turn_to(row, hubs[0], callback, now + _SETTLE if rows else now)
        session.add(row)


def _turn_to(row: HubRow, hub: str, base: str, at: datetime) -> None:
    """Begin anew with a hub, under a name and a secret that no other hub knows."""
    row.hub, row.state, row.ask_again_at = hub, ASKED, at
    row.token, row.secret = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    row.callback = base + row.token
    row.asked_at = row.ends_at = row.last_push_at = None
    row.failures = row.missed = 0


def leave(session: Session, row: HubRow, now: datetime) -> None:
    """End a subscription; one that no hub confirmed needs no goodbye."""
    if row.ends_at is None:
        session.delete(row)
        return
    row.state, row.failures, row.ask_again_at = LEAVING, 0, now


def leave_unwanted(session: Session, now: datetime) -> int:
    """End the subscriptions to lists that are polled no more."""
    unwanted = select(HubRow).join(SourceRow, SourceRow.id == HubRow.source_id)
    rows = list(session.scalars(unwanted.where(SourceRow.state != "on", HubRow.state != LEAVING)))
    for row in rows:
        leave(session, row, now)
    return len(rows)


def move(session: Session, callback: str, now: datetime) -> int:
    """Begin anew wherever hubs know this daemon by another address than it has now."""
    elsewhere = ~HubRow.callback.startswith(callback, autoescape=True)
    rows = list(session.scalars(select(HubRow).where(elsewhere, HubRow.state != LEAVING)))
    for row in rows:
        fresh = HubRow(source_id=row.source_id, topic=row.topic, offered=row.offered)
        _turn_to(fresh, row.hub, callback, now)
        leave(session, row, now)
        session.add(fresh)
    return len(rows)


def claim_due(session: Session, guard: Guard, callback: str, most: int, now: datetime, dice: float) -> list[HubRequest]:
    """Take up to `most` requests that are due; each is due again after a pause, whatever becomes of it."""
    due = (
        select(HubRow)
        .where(HubRow.ask_again_at <= now)
        .order_by(HubRow.ask_again_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    requests = [_claimed(session, guard, callback, row, now, dice) for row in list(session.scalars(due))]
    return [request for request in requests if request]


def _claimed(
    session: Session, guard: Guard, callback: str, row: HubRow, now: datetime, dice: float
) -> HubRequest | None:
    source = session.get(SourceRow, row.source_id)
    if source is None or (row.state == LEAVING and row.failures >= _MOST_GOODBYES):
        session.delete(row)
        return None
    if row.state == REFUSED:
        _begin_again(row, callback, now)
    if row.state == ON and row.ends_at is not None and row.ends_at <= now:
        row.state = ASKED
    row.failures += 1
    row.asked_at = now
    left = row.ends_at - now if row.state == ON and row.ends_at else None
    row.ask_again_at = now + pause_after(row.failures, left, least_pause(guard, row.hub), dice)
    session.flush()
    return HubRequest(
        id=row.id,
        outlet=source.outlet,
        mode=Mode.UNSUBSCRIBE if row.state == LEAVING else Mode.SUBSCRIBE,
        hub=row.hub,
        topic=row.topic,
        callback=row.callback,
        token=row.token,
        secret=row.secret,
    )


def least_pause(guard: Guard, hub: str) -> timedelta:
    """Give how soon a hub may be asked again; only one on an allowed private address may be hurried."""
    host = guard.check_url(hub).host if is_allowed(guard, hub) else ""
    return timedelta(0) if guard.is_private_allowed(host) else timedelta(minutes=1)


def end_request(
    session: Session,
    request: HubRequest,
    callback: str,
    reply: Reply,
    reason: str | None,
    not_before: datetime | None,
    now: datetime,
    dice: float,
) -> None:
    """Write down how a hub took a request; one that was confirmed meanwhile stays so."""
    row = session.get(HubRow, request.id, with_for_update=True)
    if row is None or row.token != request.token or (row.failures == 0 and row.state == ON):
        return
    row.reason = reason
    if reply is Reply.REFUSED and request.mode is Mode.UNSUBSCRIBE:
        session.delete(row)
    elif reply is Reply.REFUSED or (reply is Reply.FAILED and row.state == ASKED and row.failures % _TURN_AFTER == 0):
        _next_hub(row, callback, now, dice, refused=reply is Reply.REFUSED)
    if not_before and not_before > row.ask_again_at:
        row.ask_again_at = not_before


def _next_hub(row: HubRow, callback: str, now: datetime, dice: float, *, refused: bool) -> None:
    """Try the next of the hubs that the list names; after the last, all of them later."""
    hubs = row.offered.split("\n")
    place = hubs.index(row.hub) + 1 if row.hub in hubs else 0
    if place < len(hubs):
        _turn_to(row, hubs[place], callback, now)
    elif refused:
        row.state, row.ask_again_at = REFUSED, now + pause_refused(row.failures, dice)
    elif len(hubs) > 1:
        _begin_again(row, callback, row.ask_again_at)


def _begin_again(row: HubRow, callback: str, at: datetime) -> None:
    """Go back to the first hub, with the patience that was lost so far."""
    failures = row.failures
    _turn_to(row, row.offered.split("\n")[0], callback, at)
    row.failures = failures


def answer(
    session: Session, guard: Guard, callback: str, token: str, question: Question, now: datetime, dice: float
) -> str | None:
    """Answer a hub: gives the outlet when what it asks or tells is of a request that we made, else None."""
    row = session.scalar(select(HubRow).where(HubRow.token == token).with_for_update())
    if row is None or row.topic != question.topic:
        return None
    source = session.get(SourceRow, row.source_id)
    outlet = source.outlet if source else ""
    is_due = row.asked_at is not None and now - row.asked_at <= _LATEST_ANSWER
    if question.mode is Mode.SUBSCRIBE and row.state in (ASKED, ON) and is_due:
        lease = question.lease or LEASE
        row.state, row.reason, row.failures, row.ends_at = ON, None, 0, now + lease
        row.ask_again_at = now + renewal_after(lease, least_pause(guard, row.hub), dice)
        return outlet
    if question.mode is Mode.UNSUBSCRIBE and row.state == LEAVING and is_due:
        session.delete(row)
        return outlet
    if question.mode is Mode.DENIED:
        _denied(session, row, callback, question.reason, now, dice)
        return outlet
    return None


def _denied(session: Session, row: HubRow, callback: str, reason: str, now: datetime, dice: float) -> None:
    if row.state == LEAVING:
        session.delete(row)
        return
    row.reason = f"denied: {reason}" if reason else "denied"
    row.ends_at = min(row.ends_at, now) if row.ends_at else None
    _next_hub(row, callback, now, dice, refused=True)


def find(session: Session, token: str) -> Subscription | None:
    """Give the subscription of a callback."""
    found = session.execute(
        select(HubRow, SourceRow).join(SourceRow, SourceRow.id == HubRow.source_id).where(HubRow.token == token)
    ).first()
    if found is None:
        return None
    row, source = found
    return Subscription(
        id=row.id,
        hub=row.hub,
        state=row.state,
        secret=row.secret,
        confirmed=row.ends_at is not None,
        source_id=source.id,
        outlet=source.outlet,
        kind=source.kind,
        address=source.moved_to or source.url,
        is_read=source.first_success is not None,
    )


def note_push(session: Session, subscription: Subscription, fresh: Sequence[Lead], now: datetime) -> None:
    """Keep that a push came; as it is no whole reading, of its source only what it told of when news appears."""
    row, source = session.get(HubRow, subscription.id), session.get(SourceRow, subscription.source_id)
    if row:
        row.last_push_at = now
    if source and fresh:
        source.last_new_at = now
        stamps = [lead.published or lead.updated or now for lead in fresh]
        source.habit = Habit.loads(source.habit).learn(stamps, now, whole_list=False).dumps()


def hub_states(database: Database) -> dict[tuple[str, str, str], HubState]:
    """Give how push does, by the outlet, kind and address of the list; lists without a hub are left out."""
    query = select(HubRow, SourceRow).join(SourceRow, SourceRow.id == HubRow.source_id).where(HubRow.state != LEAVING)
    with database.read() as session:
        return {
            (source.outlet, source.kind, source.url): HubState(
                url=row.hub,
                topic=row.topic,
                state=row.state,
                reason=row.reason,
                until=row.ends_at,
                last_push=row.last_push_at,
                missed=row.missed,
            )
            for row, source in session.execute(query)
        }
