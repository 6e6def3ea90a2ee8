"""Redelivery: what failed, or was sent before, goes out once more under its id and with its frozen body."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from ..subscriptions import SubscriptionState
from ..tables import DeliveryRow, SubscriptionRow

log = logging.getLogger("tocsin.alerts")

_D, _S = DeliveryRow, SubscriptionRow
_BY_CHOICE = (SubscriptionState.UNSUBSCRIBED, SubscriptionState.PAUSED)
"""These want to hear nothing, whoever asks."""
_AT_ONCE = 500
"""Ids in one statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Failed deliveries: those promised from `since` and before `until`, of one watch, to one address."""

    since: datetime | None = None
    until: datetime | None = None
    watch: str | None = None
    address: str | None = None


def failed_in(session: Session, wanted: Range) -> list[str]:
    """Give the failed deliveries of a range, oldest first, but for tests, and for those whom nothing is to reach.

    A receiver that said that it is gone, or was switched off, is asked again only where its address is named.
    """
    query = _told().where(_D.state == "failed", _D.type != "test")
    if wanted.since is not None:
        query = query.where(_D.created_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(_D.created_at < wanted.until)
    if wanted.watch is not None:
        query = query.where(_S.watch == wanted.watch)
    if wanted.address is None:
        query = query.where(_S.state == SubscriptionState.ACTIVE)
    else:
        query = query.where(_S.address == wanted.address, _S.state.not_in(_BY_CHOICE))
    return list(session.scalars(query.order_by(_D.created_at, _D.id)))


def refusals(session: Session, ids: Iterable[str], states: Iterable[str]) -> dict[str, str]:
    """Give why deliveries cannot go out once more, by their ids: they must be in one of the `states`."""
    wanted, allowed = list(dict.fromkeys(ids)), tuple(states)
    query = select(_D.id, _D.state, _D.grouped_into, _S.state.label("whose")).join(_S, _S.id == _D.subscription)
    found = {row.id: row for part in _parts(wanted) for row in session.execute(query.where(_D.id.in_(part)))}
    refused = {}
    for id in wanted:
        row = found.get(id)
        if row is None:
            refused[id] = "there is no such delivery"
        elif row.state == "grouped":
            refused[id] = f"is part of {row.grouped_into}"
        elif row.state not in allowed:
            refused[id] = f"is {row.state}, not {' or '.join(allowed)}"
        elif row.whose in _BY_CHOICE:
            refused[id] = f"its receiver is {row.whose}"
    return refused


def send_again(session: Session, ids: Iterable[str], now: datetime) -> int:
    """Make deliveries due anew, with all attempts before them, and give how many; theirs are told again.

    Only failed and sent ones can be: what waits goes out by itself.
    """
    wanted, count = list(dict.fromkeys(ids)), 0
    for part in _parts(wanted):
        those = _told().where(_D.id.in_(part), _D.state.in_(("failed", "sent")), _S.state.not_in(_BY_CHOICE))
        again = list(session.scalars(those))
        whose = select(_D.subscription).where(_D.id.in_(again))
        told: dict[str, Any] = {"state": SubscriptionState.ACTIVE, "ended_at": None, "failing_since": None}
        ended = _S.state.in_((SubscriptionState.GONE, SubscriptionState.DISABLED))
        session.execute(update(_S).where(_S.id.in_(whose), ended).values(**told))
        anew: dict[str, Any] = {"state": "pending", "due_at": now, "attempts": 0, "reason": None, "detail": None}
        session.execute(update(_D).where(_D.id.in_(again)).values(**anew))
        count += len(again)
    if count:
        log.info("redelivery", extra={"deliveries": count, "first": wanted[0]})
    return count


def _told() -> Select[str]:
    return select(_D.id).join(_S, _S.id == _D.subscription)


def _parts(ids: list[str]) -> Iterable[list[str]]:
    return (ids[first : first + _AT_ONCE] for first in range(0, len(ids), _AT_ONCE))
