"""Turns: whose leads are taken up next: the outlets one after the other, so that none waits for all of another's."""

from collections import Counter
from collections.abc import Container
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from . import leads
from .leads import ClaimedLead

MOST = 200
"""How many leads are worked on at once."""
MOST_OF_ONE = 16
_LEAST_OF_ONE = 2
"""What one host is asked at once by default: with fewer leads at hand its pace could not be kept."""


class Turns:
    """Remembers where the round of the outlets stands."""

    def __init__(self, owner: str, lease: timedelta) -> None:
        """Claim for `owner`, each lead for as long as `lease`."""
        self._owner, self._lease = owner, lease
        self._last = ""

    def claim(self, session: Session, busy: Counter[str], outlets: Container[str], now: datetime) -> list[ClaimedLead]:
        """Take up leads of these `outlets`, `busy` with so many already; the more of them wait, the fewer of each."""
        room = MOST - busy.total()
        if room <= 0:
            return []
        waiting = leads.waiting_outlets(session, now, self._last, MOST)
        share = max(_LEAST_OF_ONE, min(MOST_OF_ONE, MOST // max(1, len(waiting))))
        claimed: list[ClaimedLead] = []
        for slug in waiting:
            most = min(share - busy[slug], room - len(claimed))
            if most > 0 and slug in outlets:
                claimed += leads.claim(session, slug, most, self._owner, now, now + self._lease)
            self._last = slug
            if len(claimed) >= room:
                break
        return claimed
