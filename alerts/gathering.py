"""Gathering: what was held until its hour goes out together."""

import hashlib
import json
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from sqlalchemy.orm import Session

from newsdesk import Desk

from .digest import packed
from .outbox import Held, Outbox, Promise
from .payload import digest_payload, dumps, tightened
from .relisting import relist
from .watchlist import Watchlist


class Gathering:
    """Makes digests of what was held; works in the session that it is given."""

    def __init__(self, desk: Desk, outbox: Outbox, watchlist: Watchlist) -> None:
        """Gather what `outbox` holds for the targets of `watchlist`."""
        self._desk, self._outbox, self._watchlist = desk, outbox, watchlist

    def run(self, session: Session, now: datetime) -> int:
        """Release the held deliveries whose time has come, those of one subscription as one; gives how many go out."""
        held = relist(session, self._desk, self._outbox, self._outbox.held(session, now), self._watchlist.has_body)
        held.sort(key=attrgetter("subscription"))
        gone = 0
        for _, entries in groupby(held, key=attrgetter("subscription")):
            gone += self._together(session, list(entries), now)
        return gone

    def _together(self, session: Session, held: list[Held], now: datetime) -> int:
        """Make one digest, or as few as hold them, of what one subscription is to be told."""
        kept = self._watchlist.target(held[0].watch, held[0].channel, held[0].address)
        if len(held) == 1 or kept is None:
            for entry in held:
                self._outbox.let_go(session, entry.id, now)
            return len(held)
        items = [tightened(json.loads(entry.payload)) for entry in held]
        room = 10**9 if kept.target.with_body else kept.channel.digest_room
        sizes = [len(dumps(item).encode()) for item in items]
        groups = list(packed(range(len(held)), sizes, most=kept.channel.digest_items, room=room))
        for numbers in groups:
            ids = [held[number].id for number in numbers]
            if len(ids) == 1:
                self._outbox.let_go(session, ids[0], now)
                continue
            id = f"digest-{hashlib.blake2b(' '.join(ids).encode(), digest_size=16).hexdigest()}"
            payload = digest_payload(id, [items[number] for number in numbers], now)
            promise = Promise(
                id=id,
                subscription=held[0].subscription,
                endpoint=held[0].endpoint,
                type="digest",
                payload=payload,
                due=now,
            )
            self._outbox.promise(session, [promise], now)
            self._outbox.group(session, ids, id)
        return len(groups)
