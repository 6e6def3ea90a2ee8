"""Gathering: what was held until its hour goes out together, to a person in one digest of all watches."""

import hashlib
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from newsdesk import Desk

from ..digest import packed
from ..messages.payload import Part, digest_payload, digest_size, dumps, headlined, tightened, together, watches_of
from ..outbox.outbox import Held, Outbox, Promise
from ..outbox.postponing import set_right
from ..watchlist import Kept, Watchlist
from .relisting import relist

log = logging.getLogger("tocsin.alerts")


@dataclass(frozen=True, slots=True)
class _Item:
    """One thing to tell: what is held of it, of whichever watches, and the words for all of them."""

    held: Sequence[Held]
    payload: dict[str, Any]

    @property
    def watch(self) -> str:
        """Give the watch that it stands under."""
        return str(watches_of(self.payload)[0]["slug"])


class Gathering:
    """Makes digests of what was held; works in the session that it is given."""

    def __init__(self, desk: Desk, outbox: Outbox, watchlist: Watchlist) -> None:
        """Gather what `outbox` holds for the targets of `watchlist`."""
        self._desk, self._outbox, self._watchlist = desk, outbox, watchlist

    def run(self, session: Session, now: datetime) -> int:
        """Release the held deliveries whose time has come, those of one receiver as one; gives how many go out."""
        set_right(session, now)
        gone = 0
        parcels: dict[tuple[str, ...], tuple[Kept, list[Held]]] = {}
        for entry in self._relisted(session, self._outbox.held(session, now)):
            kept = self._watchlist.target(entry.watch, entry.channel, entry.address)
            if kept is None:
                self._outbox.let_go(session, entry.id, now)
                gone += 1
                continue
            whom = kept.key if kept.channel.is_for_people else (entry.subscription,)
            parcels.setdefault(whom, (kept, []))[1].append(entry)
        return gone + sum(self._release(session, kept, entries, now) for kept, entries in parcels.values())

    def _relisted(self, session: Session, held: list[Held]) -> list[Held]:
        """List who carries each text by now; an alert of which that cannot be said keeps none from going out."""
        try:
            with session.begin_nested():
                return relist(session, self._desk, self._outbox, held, self._watchlist.has_body)
        except OperationalError:
            raise
        except Exception:
            log.exception("not listed who carries what was held")
            return held

    def _release(self, session: Session, kept: Kept, held: Sequence[Held], now: datetime) -> int:
        """Send off what one receiver is to be told; what cannot be put together goes each by itself."""
        try:
            with session.begin_nested():
                return self._send_off(session, kept, held, now)
        except OperationalError:
            raise
        except Exception:
            log.exception("digest not made", extra={"channel": kept.channel.kind, "address": kept.target.address})
        for entry in held:
            self._outbox.let_go(session, entry.id, now)
        return len(held)

    def _send_off(self, session: Session, kept: Kept, held: Sequence[Held], now: datetime) -> int:
        """Make one digest, or as few as hold them, of what one receiver is to be told; of one story, an alert."""
        items = _by_watch(_items(held))
        head = len(dumps(watches_of(items[0].payload)[0]).encode())
        room = 10**9 if kept.target.with_body else kept.channel.digest_room - head
        words = _worded(items, room, kept.channel.digest_in_full)
        sizes = [digest_size(one) for one in words]
        groups = list(packed(range(len(items)), sizes, most=kept.channel.digest_items, room=room))
        for part, numbers in enumerate(groups, 1):
            if len(numbers) == 1:
                self._let_go(session, items[numbers[0]], now)
            else:
                mine = [items[n] for n in numbers]
                id = _digest_id(mine)
                payload = digest_payload(id, [words[n] for n in numbers], now, Part(part, len(groups), len(items)))
                self._digest(session, id, mine, payload, now)
        return len(groups)

    def _let_go(self, session: Session, item: _Item, now: datetime) -> None:
        first, *others = item.held
        if others:
            self._outbox.reword(session, first.id, dumps(item.payload))
            self._outbox.group(session, [entry.id for entry in others], first.id)
        self._outbox.let_go(session, first.id, now)

    def _digest(self, session: Session, id: str, items: Sequence[_Item], payload: str, now: datetime) -> None:
        first = items[0].held[0]
        promise = Promise(
            id=id,
            subscription=first.subscription,
            endpoint=first.endpoint,
            type="digest",
            payload=payload,
            due=now,
        )
        self._outbox.promise(session, [promise], now)
        self._outbox.group(session, _ids(items), id)


def _worded(items: Sequence[_Item], room: int, in_full: int | None) -> list[dict[str, Any]]:
    """Give the words for a digest: where they have no `room`, but the newest of each watch by their headlines alone."""
    words = [tightened(item.payload) for item in items]
    if in_full is None or sum(map(digest_size, words)) <= room:
        return words
    each = max(in_full // len({item.watch for item in items}), 1)
    before: Counter[str] = Counter()
    for place, item in enumerate(items):
        before[item.watch] += 1
        if before[item.watch] > each:
            words[place] = headlined(words[place])
    return words


def _ids(items: Sequence[_Item]) -> list[str]:
    return [entry.id for item in items for entry in item.held]


def _digest_id(items: Sequence[_Item]) -> str:
    return f"digest-{hashlib.blake2b(' '.join(_ids(items)).encode(), digest_size=16).hexdigest()}"


def _items(held: Sequence[Held]) -> list[_Item]:
    """Give what is to be told, newest first, once though several watches ask for it."""
    told: dict[tuple[str, str], list[Held]] = {}
    for entry in held:
        told.setdefault((entry.type, entry.news or entry.id), []).append(entry)
    ones = [sorted(entries, key=attrgetter("watch")) for entries in told.values()]
    items = [_Item(entries, together([entry.payload for entry in entries])) for entries in ones]
    return sorted(items, key=_age, reverse=True)


def _age(item: _Item) -> tuple[datetime, str]:
    """Give when a thing was promised, and of those promised at once, when it was first seen."""
    seen = item.payload["data"].get("article", {}).get("first_seen", "")
    return max(entry.created_at for entry in item.held), seen


def _by_watch(items: Sequence[_Item]) -> list[_Item]:
    """Give items with those of one watch side by side; the watch that has the newest comes first."""
    order: dict[str, int] = {}
    for item in items:
        order.setdefault(item.watch, len(order))
    return sorted(items, key=lambda item: order[item.watch])
