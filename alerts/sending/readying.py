"""Readying: what was claimed, as it goes out now; what fell into the quiet hours of its receiver meanwhile waits."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from newsdesk import Desk

from ..digest import Cadence, due
from ..outbox.outbox import Claim, Outbox
from ..outbox.postponing import put_off
from ..watchlist import Watchlist
from .relisting import relist
from .sharing import settle

log = logging.getLogger("tocsin.alerts")


class Readying:
    """Gives claims their last words; works in the session in which they were claimed."""

    def __init__(self, desk: Desk, outbox: Outbox, watchlist: Watchlist) -> None:
        """Ready what is claimed from `outbox` for the targets of `watchlist`."""
        self._desk, self._outbox, self._watchlist = desk, outbox, watchlist

    def run(self, session: Session, claims: Sequence[Claim], now: datetime) -> list[Claim]:
        """Give those that go out now, as they are to go out; one that cannot be worded anew goes as it is."""
        claims = [claim for claim in claims if not self._waits(session, claim, now)]
        try:
            with session.begin_nested():
                return self._worded(session, claims)
        except OperationalError:
            raise
        except Exception:
            return [self._apart(session, claim) for claim in claims]

    def _waits(self, session: Session, claim: Claim, now: datetime) -> bool:
        """Hold back an alert that was promised before the quiet hours began and could not be sent until they had."""
        kept = self._watchlist.target(claim.watch, claim.channel, claim.address)
        if kept is None or kept.target.quiet is None or claim.type == "test":
            return False
        end = due(replace(kept.target.plan, when=Cadence.NOW), now)
        if end <= now:
            return False
        put_off(session, claim, end)
        return True

    def _worded(self, session: Session, claims: Sequence[Claim]) -> list[Claim]:
        """List who has come to carry the text of what goes out for the first time, and leave out who has left."""
        first = [claim for claim in claims if claim.fence == 1]
        relisted = {claim.id: claim for claim in relist(session, self._desk, self._outbox, first, self._has_body)}
        wanted = (relisted.get(claim.id, claim) for claim in claims)
        return [settle(session, self._outbox, self._watchlist, claim) for claim in wanted]

    def _apart(self, session: Session, claim: Claim) -> Claim:
        try:
            with session.begin_nested():
                return self._worded(session, [claim])[0]
        except OperationalError:
            raise
        except Exception:
            log.exception("alert not worded anew", extra={"delivery": claim.id})
            return claim

    def _has_body(self, claim: Claim) -> bool:
        return self._watchlist.has_body(claim)
