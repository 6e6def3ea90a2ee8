"""Belief: whether a source's "not modified" is taken at its word; pure functions of time.

Some servers answer 304 for ever, though the list goes on: a cache keyed wrongly, an ETag made of what never changes.
Now and then the list is asked for whole. Where its items differ from those of the last whole reading, the validators
kept from then are sent once more: a 304 to them is a proof, for their list stands there and is another one. (A list
that merely changed since the last visit answers 200.) A liar is asked for the whole list from then on, and is put to
the same test again weeks later.
"""

from datetime import datetime, timedelta

_FIRST_AFTER = 10
"""So many 304s before the first look."""
_SOONEST, _LATEST = timedelta(hours=1), timedelta(days=14)
_PENANCE = timedelta(days=21)


def is_doubted(not_modified: int, believed_until: datetime | None, now: datetime) -> bool:
    """Tell whether it is time to look behind the 304s of a source that gave so many of them."""
    return not_modified >= _FIRST_AFTER if believed_until is None else now >= believed_until


def believed_until(known_since: datetime, now: datetime) -> datetime:
    """Give when to look again at a source that was found honest: the longer it is known, the later."""
    return now + min(max((now - known_since) / 2, _SOONEST), _LATEST)


def distrusted_until(now: datetime) -> datetime:
    """Give when a source that was found lying may prove itself."""
    return now + _PENANCE
