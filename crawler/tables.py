"""The crawler's tables: the sources, whose rows are the schedule, and the leads, whose rows are the pages to fetch."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from newsdesk import Base


class SourceRow(Base):
    """One list of news of one outlet: when it is asked next, and what is remembered of it.

    `state` is `on`, `resting` (no longer in the configuration) or `gone` (its server said 410).
    """

    __tablename__ = "sources"
    __table_args__ = (
        UniqueConstraint("outlet", "kind", "url", name="uq_sources_outlet_kind_url"),
        Index("ix_sources_next_poll_at", "next_poll_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    outlet: Mapped[str]
    kind: Mapped[str]
    url: Mapped[str]
    state: Mapped[str] = mapped_column(default="on")
    discovered: Mapped[bool] = mapped_column(default=False)
    added_at: Mapped[datetime]
    next_poll_at: Mapped[datetime]
    interval: Mapped[float] = mapped_column(default=0.0)
    interval_reason: Mapped[str] = mapped_column(default="")
    lease: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    validators_url: Mapped[str | None]
    moved_to: Mapped[str | None]
    moving_to: Mapped[str | None]
    moving_count: Mapped[int] = mapped_column(default=0)
    polls: Mapped[int] = mapped_column(default=0)
    not_modified: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    last_status: Mapped[int | None]
    last_error: Mapped[str | None]
    last_attempt: Mapped[datetime | None]
    first_success: Mapped[datetime | None]
    last_success: Mapped[datetime | None]
    last_new_at: Mapped[datetime | None]


class LeadRow(Base):
    """One page that a list named.

    `state` is `due` (to be fetched), `filed` (on record) or `finding` (set aside, `reason` says why). `mark` is what
    the list said of its date and title: when that changes, the page is fetched anew.
    """

    __tablename__ = "leads"
    __table_args__ = (
        Index("ix_leads_state_outlet_next_try_at", "state", "outlet", "next_try_at"),
        Index("ix_leads_ended_at", "ended_at"),
    )

    url: Mapped[str] = mapped_column(primary_key=True)
    outlet: Mapped[str]
    source_id: Mapped[int | None] = mapped_column(ForeignKey("sources.id", ondelete="SET NULL"))
    given: Mapped[str]
    title: Mapped[str | None]
    published: Mapped[datetime | None]
    updated: Mapped[datetime | None]
    language: Mapped[str | None]
    summary: Mapped[str | None]
    mark: Mapped[str | None]
    quiet: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(default="due")
    reason: Mapped[str | None]
    tries: Mapped[int] = mapped_column(default=0)
    in_vain: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    lease: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    found_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


def insert_missing(session: Session, table: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows, but for those whose key another process has put in meanwhile."""
    is_postgres = session.get_bind().dialect.name == "postgresql"
    insert: Any = postgresql.insert if is_postgres else sqlite.insert
    session.execute(insert(table).on_conflict_do_nothing(), rows)
