"""Waiting: which deliveries are due, found at a cost that neither a long queue nor a dead server's changes."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import cast

from sqlalchemy import Integer, Table, bindparam, or_, select, text
from sqlalchemy.orm import Session

from ..tables import DeliveryRow

_HEAD = 100
"""So many beyond those that have a place are looked at in their order, before each server's queue is asked for."""

_D = cast(Table, DeliveryRow.__table__)
_FREE = or_(_D.c.lease_until.is_(None), _D.c.lease_until <= bindparam("now"))
# Built once: building a statement costs more than running it. Both are answered from an index alone: on SQLite a row
# with a long payload is read through all of it before what stands behind.
_DUE = (
    select(_D.c.id, _D.c.endpoint)
    .where(_D.c.state == "pending", _D.c.due_at <= bindparam("now"), _FREE)
    .order_by(_D.c.due_at, _D.c.id)
    .limit(bindparam("most", type_=Integer))
)
_OF_ENDPOINT = (
    select(_D.c.id)
    .where(_D.c.state == "pending", _D.c.endpoint == bindparam("server"), _D.c.due_at <= bindparam("now"), _FREE)
    .order_by(_D.c.due_at, _D.c.id)
    .limit(bindparam("most", type_=Integer))
)
_ENDPOINTS = text(
    """
    WITH RECURSIVE queues(endpoint) AS (
        SELECT (SELECT min(endpoint) FROM deliveries WHERE state = 'pending')
        UNION ALL
        SELECT (SELECT min(d.endpoint) FROM deliveries d WHERE d.state = 'pending' AND d.endpoint > queues.endpoint)
        FROM queues WHERE queues.endpoint IS NOT NULL
    )
    SELECT endpoint FROM queues WHERE endpoint IS NOT NULL
    ORDER BY (SELECT min(d.due_at) FROM deliveries d WHERE d.state = 'pending' AND d.endpoint = queues.endpoint)
    """
)
"""Those with a queue, the longest waiting first: each is one step in an index, however long its queue."""


class Waiting:
    """What may be claimed in one transaction."""

    def __init__(self, session: Session, now: datetime, admits: Callable[[str], bool], mine: Iterable[str]) -> None:
        """Ask in `session`; `admits` counts what it lets in at an endpoint, `mine` is claimed already."""
        self._session, self._now, self._admits = session, now, admits
        self._passed = set(mine)

    def find(self, places: int, full: Iterable[str]) -> list[str]:
        """Give up to so many due deliveries, in their order but for servers that are `full`."""
        if places <= 0:
            return []
        found, closed = list[str](), set(full)
        most = places + _HEAD
        head = self._session.execute(_DUE, {"now": self._now, "most": most}).all()
        for id, endpoint in head:
            if len(found) < places and endpoint not in closed and not self._take(id, endpoint, found):
                closed.add(endpoint)
        if len(head) == most and len(found) < places:
            self._by_endpoint(places, closed, found)
        return found

    def _by_endpoint(self, places: int, closed: set[str], found: list[str]) -> None:
        """Ask each server's queue, for those whose turn a long queue of another hides."""
        for endpoint in self._session.scalars(_ENDPOINTS).all():
            if len(found) >= places:
                break
            if endpoint in closed:
                continue
            bounds = {"now": self._now, "server": endpoint, "most": places + len(found)}
            for id in self._session.scalars(_OF_ENDPOINT, bounds).all():
                if len(found) >= places or not self._take(id, endpoint, found):
                    break

    def _take(self, id: str, endpoint: str, found: list[str]) -> bool:
        """Take one that is not taken yet, unless its server has no room."""
        if id in self._passed:
            return True
        if not self._admits(endpoint):
            return False
        self._passed.add(id)
        found.append(id)
        return True
