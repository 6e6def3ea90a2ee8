"""Outbox: deliveries as rows, promised once, claimed by one worker, tried again with growing pauses, never dropped."""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Table, bindparam, insert, or_, select, update
from sqlalchemy.orm import Session

from newsdesk import Database, DeliveryError, DeliveryFailure, TemporaryFailure

from ..subscriptions import SubscriptionState, drop_waiting
from ..tables import AttemptRow, DeliveryRow, SubscriptionRow
from .earlier import of_story
from .numbering import number
from .waiting import Waiting

SCHEDULE = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
)
"""The pauses after the first, second, ... failure: about three days; after the last the delivery has failed."""

LEASE = timedelta(seconds=60)
_LONGEST = timedelta(days=1)

_D = DeliveryRow


@dataclass(frozen=True, slots=True)
class Claim:
    """One delivery that this process may try; `fence` tells a late worker from the one that took over."""

    id: str
    fence: int
    attempts: int
    due_at: datetime
    type: str
    payload: str
    thread: str | None
    endpoint: str
    article: str | None
    story: str | None
    created_at: datetime
    subscription: str
    watch: str
    channel: str
    address: str
    token: str
    state: str
    """The subscription's."""
    failing_since: datetime | None
    links: tuple[tuple[str, str], ...] = ()
    """Where it tells of several watches: each, and the token that ends its subscription."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt went; `error` is None when the message was taken."""

    started_at: datetime
    duration: timedelta
    status: str
    excerpt: str = ""
    error: DeliveryError | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """One attempt that the receiver had taken when the process was killed."""

    delivery: str
    attempt: int
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One delivery that is to be made at `due`."""

    id: str
    subscription: str
    endpoint: str
    type: str
    payload: str
    due: datetime
    story: str | None = None
    news: str | None = None
    """What it tells, which nobody is to hear twice; its story where that is left out."""
    article: str | None = None
    thread: str | None = None
    by_itself: bool = False
    """Whether it goes out by itself when it is due later, and not in a digest with what else is due then."""


# On the bare tables and built once: building a statement costs more than running it.
_DELIVERIES = cast(Table, DeliveryRow.__table__)
_SUBSCRIPTIONS = cast(Table, SubscriptionRow.__table__)
_PROMISE = insert(_DELIVERIES)
_HEARD = select(_DELIVERIES.c.id).where(
    _DELIVERIES.c.subscription == bindparam("told"), _DELIVERIES.c.news.in_(bindparam("about", expanding=True))
)
_LEASE = (
    update(_DELIVERIES)
    .where(
        _DELIVERIES.c.id.in_(
            select(_DELIVERIES.c.id)
            # Not the bare state: by its index SQLite would go through all that waits, and not by the ids.
            .where(_DELIVERIES.c.id.in_(bindparam("ids", expanding=True)), _DELIVERIES.c.state + "" == "pending")
            .where(or_(_DELIVERIES.c.lease_until.is_(None), _DELIVERIES.c.lease_until <= bindparam("now")))
            .order_by(_DELIVERIES.c.id)
            .with_for_update(skip_locked=True)
        )
    )
    .values(lease_until=bindparam("until"), fence=_DELIVERIES.c.fence + 1, attempts=_DELIVERIES.c.attempts + 1)
    .returning(_DELIVERIES.c.id)
)
"""Of those that were found due: another worker may have been faster."""
_OF_DELIVERY = (
    *("id", "fence", "attempts", "due_at", "type", "payload", "thread", "endpoint"),
    *("article", "story", "created_at"),
)
_OF_SUBSCRIPTION = ("id", "watch", "channel", "address", "token", "state", "failing_since")
_CLAIMED = (
    select(*(_DELIVERIES.c[name] for name in _OF_DELIVERY), *(_SUBSCRIPTIONS.c[name] for name in _OF_SUBSCRIPTION))
    .join(_SUBSCRIPTIONS, _SUBSCRIPTIONS.c.id == _DELIVERIES.c.subscription)
    .where(_DELIVERIES.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(_DELIVERIES.c.due_at, _DELIVERIES.c.id)
)
_ATTEMPT = insert(cast(Table, AttemptRow.__table__))
_UNDECIDED: dict[str, Any] = {"reason": None, "detail": None, "sent_at": None}
_VERDICT = (
    update(_DELIVERIES)
    .where(_DELIVERIES.c.id == bindparam("claimed"), _DELIVERIES.c.fence == bindparam("by"))
    .where(_DELIVERIES.c.state == "pending")
    .values(
        {name: bindparam(name) for name in ("state", "due_at", "sent_at", "reason", "detail")} | {"lease_until": None}
    )
)

_STANDING = (
    select(_DELIVERIES.c.id, _DELIVERIES.c.fence)
    .where(_DELIVERIES.c.id.in_(bindparam("ids", expanding=True)), _DELIVERIES.c.state + "" == "pending")
    .order_by(_DELIVERIES.c.id)
    .with_for_update()
)
_STARTED = select(AttemptRow.delivery, AttemptRow.started_at).where(
    AttemptRow.delivery.in_(bindparam("ids", expanding=True))
)
_TAKEN = (
    update(_DELIVERIES)
    .where(_DELIVERIES.c.id == bindparam("claimed"))
    .values(state="sent", sent_at=bindparam("ended"), lease_until=None, reason=None, detail=None)
)

_PROMISED = ("id", "subscription", "endpoint", "type", "payload", "story", "article", "thread")


_HELD = (
    select(_D.id, _D.subscription, _D.endpoint, _D.type, _D.payload, _D.article, _D.story, _D.created_at)
    .add_columns(_D.news, SubscriptionRow.watch, SubscriptionRow.channel, SubscriptionRow.address)
    .join(SubscriptionRow, SubscriptionRow.id == _D.subscription)
    .where(_D.state == "held", _D.due_at <= bindparam("now"))
    .order_by(_D.created_at.desc(), _D.id)
    .with_for_update(skip_locked=True, of=_D)
)


@dataclass(frozen=True, slots=True)
class Held:
    """One delivery that waited for its hour."""

    id: str
    subscription: str
    endpoint: str
    type: str
    payload: str
    article: str | None
    story: str | None
    created_at: datetime
    news: str | None
    watch: str
    channel: str
    address: str


class Outbox:
    """What is to be delivered; every method works in the session that it is given."""

    def __init__(
        self, database: Database, schedule: Sequence[timedelta] = SCHEDULE, jitter: random.Random | None = None
    ) -> None:
        """Serve the deliveries of `database`; try again by `schedule`, each pause up to a fifth longer by chance."""
        self.database = database
        self._schedule = schedule
        self._jitter = jitter or random.Random()  # noqa: S311  (spreads load, guards nothing)

    def promise(self, session: Session, promises: Sequence[Promise], now: datetime) -> None:
        """Put deliveries on record; with the subscription and what it tells each is unique."""
        rows = [
            {
                **{name: getattr(promise, name) for name in _PROMISED},
                "news": promise.news or promise.story,
                "state": "held" if promise.due > now and not promise.by_itself else "pending",
                "due_at": promise.due,
                "created_at": now,
                "attempts": 0,
                "fence": 0,
            }
            for promise in promises
        ]
        if rows:
            number(session, rows)
            session.execute(_PROMISE, rows)

    def has_heard(self, session: Session, subscription: str, *news: str) -> bool:
        """Tell whether a subscription was already promised any of these, which are one and the same news."""
        return self.heard(session, subscription, *news) is not None

    def heard(self, session: Session, subscription: str, *news: str) -> str | None:
        """Give the delivery by which a subscription was promised any of these, which are one and the same news."""
        row = session.execute(_HEARD, {"told": subscription, "about": list(news)}).first()
        return None if row is None else str(row.id)

    def thread(self, session: Session, story: str, channel: str, address: str) -> str | None:
        """Give the first delivery about a story to an address, from whichever watch: later ones refer to it."""
        return next((one.id for one in of_story(session, story, channel, address)), None)

    def held(self, session: Session, now: datetime) -> list[Held]:
        """Give the held deliveries whose time has come, newest first; locked until the transaction ends."""
        return [Held(*row) for row in session.execute(_HELD, {"now": now})]

    def reword(self, session: Session, id: str, payload: str) -> None:
        """Put another payload in place of the one that nobody was sent yet."""
        session.execute(update(_D).where(_D.id == id).values(payload=payload))

    def let_go(self, session: Session, id: str, now: datetime) -> None:
        """Make a held delivery due."""
        session.execute(update(_D).where(_D.id == id, _D.state == "held").values(state="pending", due_at=now))

    def group(self, session: Session, ids: Sequence[str], into: str) -> None:
        """End held deliveries as part of a digest."""
        session.execute(update(_D).where(_D.id.in_(ids), _D.state == "held").values(state="grouped", grouped_into=into))

    def claim(
        self,
        session: Session,
        now: datetime,
        places: int,
        admits: Callable[[str], bool],
        full: Iterable[str] = (),
        mine: Iterable[str] = (),
    ) -> list[Claim]:
        """Lease up to `places` due deliveries, each asked for by its endpoint: `admits` counts what it lets in.

        One with a long queue is passed over, so that it keeps nobody else waiting; `full` names those that have no
        room as it is. What is `mine` already is left alone, though a clock that leapt says that its lease is over.
        """
        return self._lease(session, Waiting(session, now, admits, mine).find(places, full), now)

    def lease(self, session: Session, ids: Sequence[str], now: datetime) -> list[Claim]:
        """Lease these deliveries, whatever is due."""
        return self._lease(session, ids, now)

    def record(self, session: Session, claim: Claim, outcome: Outcome) -> str:
        """Put an attempt on record and give the state that follows: sent, pending, failed; or late.

        Late means that the lease was over and another took the delivery: what it says, counts.
        """
        ended = outcome.started_at + outcome.duration
        session.execute(_ATTEMPT, _attempt(claim, outcome))
        values = self._verdict(claim, outcome, ended)
        if _count(session, _VERDICT, {"claimed": claim.id, "by": claim.fence, **_UNDECIDED, **values}) == 0:
            return "late"
        self._note_health(session, claim, outcome, ended)
        return str(values["state"])

    def record_taken(self, session: Session, taken: Sequence[tuple[Claim, Outcome]]) -> dict[str, str]:
        """Put attempts on record that were all taken, as those before them; gives the state of each by its id."""
        fences = {claim.id: claim.fence for claim, _ in taken}
        standing = session.execute(_STANDING, {"ids": list(fences)})
        in_time = {id for id, fence in standing if fence == fences[id]}
        session.execute(_ATTEMPT, [_attempt(claim, outcome) for claim, outcome in taken])
        sent = [
            {"claimed": claim.id, "ended": outcome.started_at + outcome.duration}
            for claim, outcome in taken
            if claim.id in in_time
        ]
        if sent:
            session.execute(_TAKEN, sent)
        return {id: "sent" if id in in_time else "late" for id in fences}

    def recall(self, session: Session, taken: Sequence[Taken]) -> int:
        """Put on record what was taken before the process was killed, and give how much was not yet."""
        ids = {"ids": [one.delivery for one in taken]}
        waiting = {id for id, _ in session.execute(_STANDING, ids)}
        known = {(id, started) for id, started in session.execute(_STARTED, ids)}
        claims = {row.id: Claim(*row) for row in session.execute(_CLAIMED, ids)}
        new = [one for one in taken if one.delivery in waiting and (one.delivery, one.outcome.started_at) not in known]
        for one in new:
            self.record(session, replace(claims[one.delivery], attempts=one.attempt), one.outcome)
        return len(new)

    def release(self, session: Session, claims: Sequence[Claim]) -> None:
        """Give back what was claimed and not tried."""
        for claim in claims:
            change = update(_D).where(_D.id == claim.id, _D.fence == claim.fence, _D.state == "pending")
            session.execute(change.values(lease_until=None, attempts=_D.attempts - 1))

    def reclaim(self, session: Session) -> int:
        """End every lease: for the start of the only daemon, when no other worker can be alive."""
        return _count(session, update(_D).where(_D.lease_until.is_not(None)).values(lease_until=None))

    def _lease(self, session: Session, ids: Sequence[str], now: datetime) -> list[Claim]:
        if not ids:
            return []
        leased = session.scalars(_LEASE, {"ids": ids, "now": now, "until": now + LEASE}).all()
        return [Claim(*row) for row in session.execute(_CLAIMED, {"ids": leased})]

    def _verdict(self, claim: Claim, outcome: Outcome, ended: datetime) -> dict[str, Any]:
        error = outcome.error
        if error is None:
            return {"state": "sent", "sent_at": ended, "due_at": claim.due_at}
        values: dict[str, Any] = {"reason": error.reason, "detail": str(error)[:1024], "due_at": claim.due_at}
        again = claim.type != "test" and claim.attempts <= len(self._schedule)
        if isinstance(error, TemporaryFailure) and again:
            return {**values, "state": "pending", "due_at": ended + self._pause(claim.attempts, error)}
        return {**values, "state": "failed"}

    def _pause(self, attempts: int, error: TemporaryFailure) -> timedelta:
        """Wait by the schedule, and never less than the receiver asked for, up to a day."""
        pause = self._schedule[attempts - 1] * self._jitter.uniform(1.0, 1.2)
        asked = timedelta(seconds=min(error.retry_after or 0, _LONGEST.total_seconds()))
        return max(pause, asked)

    def _note_health(self, session: Session, claim: Claim, outcome: Outcome, ended: datetime) -> None:
        if outcome.error is None and claim.failing_since is None:
            return
        change = update(SubscriptionRow).where(SubscriptionRow.id == claim.subscription)
        if outcome.error is None:
            session.execute(change.values(failing_since=None))
            return
        session.execute(change.where(SubscriptionRow.failing_since.is_(None)).values(failing_since=ended))
        if outcome.error.reason is DeliveryFailure.GONE:
            session.execute(change.values(state=SubscriptionState.GONE, ended_at=ended))
            drop_waiting(session, claim.subscription, DeliveryFailure.GONE, "the receiver said that it is gone")


def _attempt(claim: Claim, outcome: Outcome) -> dict[str, Any]:
    return {
        "delivery": claim.id,
        "number": claim.attempts,
        "started_at": outcome.started_at,
        "duration_ms": round(outcome.duration.total_seconds() * 1000),
        "status": outcome.status,
        "excerpt": outcome.excerpt[:1024],
    }


def _count(session: Session, change: Any, values: dict[str, Any] | None = None) -> int:
    result = session.execute(change, values)
    assert isinstance(result, CursorResult)
    return result.rowcount
