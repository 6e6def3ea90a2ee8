"""Postponing: other times for what waits: quiet hours that have begun meanwhile, a clock that was set back."""

from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from ..tables import DeliveryRow
from .outbox import Claim

_SKEW = timedelta(minutes=1)
"""So far may the clocks of two machines with one database be apart."""
_LONGEST = timedelta(hours=30)
"""Above the longest pause between two attempts, a fifth longer by chance."""

_D = cast(Table, DeliveryRow.__table__)
_PUT_OFF = (
    update(_D)
    .where(_D.c.id == bindparam("claimed"), _D.c.fence == bindparam("by"), _D.c.state == "pending")
    .values({name: bindparam(name) for name in ("state", "due_at", "detail")})
    .values(lease_until=None, attempts=_D.c.attempts - 1)
)
_EARLY = select(_D.c.id, _D.c.created_at, _D.c.due_at).where(
    # Not the bare state: by its index SQLite would go through all that waits, and not by the moments.
    _D.c.created_at > bindparam("latest"),
    (_D.c.state + "").in_(("pending", "held")),
)
_RIGHT = update(_D).where(_D.c.id == bindparam("promised")).values(created_at=bindparam("now"), due_at=bindparam("due"))
_LATE = update(_D).where(_D.c.state == "pending", _D.c.due_at > bindparam("latest")).values(due_at=bindparam("now"))


def put_off(session: Session, claim: Claim, until: datetime) -> None:
    """Let a claimed delivery wait; an alert that was never claimed before may then go out in a digest with others.

    Any other keeps its own message: somebody may have received it.
    """
    state = "held" if claim.fence == 1 and claim.type != "digest" else "pending"
    later = {"state": state, "due_at": until, "detail": "for quiet hours"}
    session.execute(_PUT_OFF, {"claimed": claim.id, "by": claim.fence, **later})


def set_right(session: Session, now: datetime) -> None:
    """Give what was promised by a clock that was ahead the times that it would have had by the one that is right."""
    early = session.execute(_EARLY, {"latest": now + _SKEW}).all()
    if early:
        moved = [{"promised": id, "now": now, "due": due - (created - now)} for id, created, due in early]
        session.execute(_RIGHT, moved)
    session.execute(_LATE, {"latest": now + _LONGEST, "now": now})
