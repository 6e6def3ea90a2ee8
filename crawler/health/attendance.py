"""Attendance: whether lists are visited at all; an outlet that nobody looks at can never be found silent."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from newsdesk import Database

from ..tables import SourceRow


@dataclass(frozen=True, slots=True)
class Attendance:
    """How the lists that are on are attended to."""

    due_since: datetime | None
    """When the one that waits longest was to be visited, or the earliest visit to come."""
    last_visit: datetime | None
    """When a visit to any of them last began."""


def attendance(database: Database) -> Attendance:
    """Give how the lists are attended to; nothing where there is none."""
    seen = select(func.min(SourceRow.next_poll_at), func.max(SourceRow.last_attempt)).where(SourceRow.state == "on")
    with database.read() as session:
        return Attendance(*session.execute(seen).one())
