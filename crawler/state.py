"""What is remembered of each source and each lead between two runs: claims by lease, validators, back-off."""

from dataclasses import dataclass
from datetime import datetime

from newsdesk import Database
from sqlalchemy import select

from .tables import LeadRow, SourceRow

__all__ = ["LeadRow", "SourceRow", "SourceState", "source_states"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """How one source does, for people."""

    outlet: str
    kind: str
    url: str
    state: str
    next_poll_at: datetime
    interval: float
    interval_reason: str
    moved_to: str | None
    polls: int
    not_modified: int
    failures: int
    last_status: int | None
    last_error: str | None
    last_attempt: datetime | None
    last_success: datetime | None
    last_new_at: datetime | None


def source_states(database: Database) -> list[SourceState]:
    """Give the state of every source on record, by outlet."""
    with database.read() as session:
        rows = session.scalars(select(SourceRow).order_by(SourceRow.outlet, SourceRow.id))
        return [_state(row) for row in rows]


def _state(row: SourceRow) -> SourceState:
    names = SourceState.__dataclass_fields__
    return SourceState(**{name: getattr(row, name) for name in names})
