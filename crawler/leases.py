"""Leases: what a process works on is its own for a while; what a process that died held is freed at once."""

import os
import secrets
import socket
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from newsdesk import Database

from .tables import LeadRow, SourceRow

_DIRECT = {"synchronize_session": False}
_AT_ONCE = 500


def new_owner() -> str:
    """Give a name for this process's leases, from which others can tell whether it still lives."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(6)}"


def is_dead(owner: str, me: str) -> bool:
    """Tell whether the process behind a lease surely lives no more; of other machines nothing can be told."""
    host, _, rest = owner.rpartition(":")[0].rpartition(":")
    if owner == me or host != socket.gethostname() or not rest.isdecimal():
        return False
    if int(rest) == os.getpid():
        # A container's first process always has the same id.
        return True
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def take_over(session: Session, me: str) -> int:
    """Free what processes that died held, sources and leads alike, without waiting for their leases to end."""
    freed = 0
    for table in (SourceRow, LeadRow):
        owners = session.scalars(select(table.lease).where(table.lease.is_not(None)).distinct())
        dead = [owner for owner in owners if owner and is_dead(owner, me)]
        if dead:
            freed += _free(session, table, dead)
    return freed


def release(session: Session, me: str) -> None:
    """Free all that this process holds."""
    for table in (SourceRow, LeadRow):
        _free(session, table, [me])


def renew(session: Session, me: str, until: datetime) -> None:
    """Hold on to all that this process works on."""
    for table in (SourceRow, LeadRow):
        session.execute(update(table).where(table.lease == me).values(lease_until=until).execution_options(**_DIRECT))


class Lost:
    """What this process holds and could not put back, as the database failed: freed as soon as it works again.

    Without this it would be held, and not worked on, for as long as the process lives.
    """

    def __init__(self, me: str) -> None:
        """Hold nothing yet; `me` is the owner of the leases."""
        self._me = me
        self.sources: set[int] = set()
        self.leads: set[str] = set()

    async def put_back(self, database: Database) -> None:
        """Free what was lost."""
        if not (self.sources or self.leads):
            return
        sources, leads = frozenset(self.sources), frozenset(self.leads)
        await database.transact(lambda session: self._free(session, sources, leads))
        self.sources -= sources
        self.leads -= leads

    def _free(self, session: Session, sources: Collection[int], leads: Collection[str]) -> None:
        free = {"lease": None, "lease_until": None}
        own = update(SourceRow).where(SourceRow.lease == self._me, SourceRow.id.in_(sources))
        session.execute(own.values(free).execution_options(**_DIRECT))
        urls = list(leads)
        for start in range(0, len(urls), _AT_ONCE):
            own = update(LeadRow).where(LeadRow.lease == self._me, LeadRow.url.in_(urls[start : start + _AT_ONCE]))
            session.execute(own.values(free).execution_options(**_DIRECT))


def _free(session: Session, table: type[SourceRow] | type[LeadRow], owners: Sequence[str]) -> int:
    result = session.execute(
        update(table).where(table.lease.in_(owners)).values(lease=None, lease_until=None).execution_options(**_DIRECT)
    )
    assert isinstance(result, CursorResult)
    return result.rowcount
