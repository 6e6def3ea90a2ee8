"""Requests: wishes to subscribe, counted for whoever asks; a mailbox's owner has the last word, once and for a day."""

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, true
from sqlalchemy.orm import Session

from newsdesk import TocsinError

from ..messages.invitation import GOOD_FOR
from ..tables import RequestRow

OPERATOR_ASKS = "operator"
"""Stands as the requester where the operator asks on somebody's behalf; behind it the name of the token, if by one."""

PER_REQUESTER = (5, timedelta(hours=1))
"""So many wishes from one network address within that time."""
PER_TOKEN = (100, timedelta(hours=1))
"""So many by one token of the API."""
PER_MAILBOX = (3, timedelta(days=1))
"""So many for one mailbox: nobody's is filled by a stranger."""
PER_HOOK = (10, timedelta(hours=1))
"""So many challenges to one hook."""
IN_ALL = (1000, timedelta(hours=1))
"""So many of all that is not asked by the operator: however many addresses one has, this is no cannon."""
_KEPT = timedelta(days=7)


class TooMany(TocsinError):
    """One requester, or for one mailbox or hook, has asked too often; `wait` says how long to leave it."""

    def __init__(self, wait: timedelta) -> None:
        """Keep how long to wait."""
        self.wait = wait
        super().__init__("too many requests; try again later")


class Standing(StrEnum):
    """Whether a link can be used, or what came of it."""

    OPEN = "open"
    TAKEN = "taken"
    """It was used just now."""
    USED = "used"
    EXPIRED = "expired"
    CLOSED = "closed"
    """The watch takes no readers any more."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Wish:
    """To be told of one watch: by which channel, where, and when."""

    watch: str
    channel: str
    address: str
    plan: Mapping[str, Any]
    """What an entry of `notify:` says besides its address: when, at, day, timezone, quiet, body."""

    @property
    def entry(self) -> dict[str, Any]:
        """Give it as an entry of `notify:`."""
        return {self.channel: self.address, **self.plan}


@dataclass(frozen=True, slots=True)
class Request:
    """A wish on record."""

    wish: Wish
    requester: str
    standing: Standing


def is_operator(requester: str) -> bool:
    """Tell whether it is the operator who asks."""
    return requester.partition(" ")[0] == OPERATOR_ASKS


def note(session: Session, wish: Wish, requester: str, now: datetime) -> str:
    """Put a wish on record and give its link's token, of which only a hash is kept. Raises TooMany.

    Whether the address is subscribed already makes no difference.
    """
    for by, limit in _limits(wish, requester):
        _check(session, by, *limit, now)
    token = secrets.token_urlsafe(32)
    session.add(_row(token, wish, requester, now))
    session.flush()
    return token


def find(session: Session, token: str, now: datetime) -> Request | None:
    """Give the wish that a link names."""
    row = session.get(RequestRow, _digest(token))
    return None if row is None else _request(row, now)


def use(session: Session, token: str, now: datetime) -> Request | None:
    """Use a link up, if it is open; gives the wish as it stood before."""
    row = session.get(RequestRow, _digest(token), with_for_update=True)
    if row is None:
        return None
    found = _request(row, now)
    if found.standing is Standing.OPEN:
        row.used_at = now
        session.flush()
    return found


def forget(session: Session, now: datetime) -> None:
    """Remove the wishes of more than a week ago."""
    session.execute(delete(RequestRow).where(RequestRow.created_at < now - _KEPT))


def _limits(wish: Wish, requester: str) -> Iterator[tuple[ColumnElement[bool], tuple[int, timedelta]]]:
    if not is_operator(requester):
        yield true(), IN_ALL
        yield RequestRow.requester == requester, PER_REQUESTER
    elif requester != OPERATOR_ASKS:
        yield RequestRow.requester == requester, PER_TOKEN
    yield RequestRow.address == wish.address, PER_HOOK if wish.channel == "webhook" else PER_MAILBOX


def _check(session: Session, by: ColumnElement[bool], most: int, within: timedelta, now: datetime) -> None:
    asked = select(func.count(), func.min(RequestRow.created_at)).where(by, RequestRow.created_at > now - within)
    # What its owner has confirmed was wanted: who likes ten watches can have them all on one day.
    asked = asked.where(RequestRow.used_at.is_(None))
    count, oldest = session.execute(asked).one()
    if count >= most:
        raise TooMany(oldest + within - now)


def _row(token: str, wish: Wish, requester: str, now: datetime) -> RequestRow:
    return RequestRow(
        digest=_digest(token),
        watch=wish.watch,
        channel=wish.channel,
        address=wish.address,
        plan=json.dumps(dict(wish.plan), ensure_ascii=False),
        requester=requester,
        created_at=now,
        expires_at=now + GOOD_FOR,
    )


def _request(row: RequestRow, now: datetime) -> Request:
    wish = Wish(row.watch, row.channel, row.address, json.loads(row.plan or "{}"))
    standing = Standing.USED if row.used_at else Standing.EXPIRED if row.expires_at <= now else Standing.OPEN
    return Request(wish, row.requester, standing)


def _digest(token: str) -> str:
    # 256 random bits want no slow hash: there is nothing to guess.
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
