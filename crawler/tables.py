"""The crawler's tables: the sources, whose rows are the schedule, and the leads, whose rows are the pages to fetch."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from newsdesk import Base, Sealed


class SourceRow(Base):
    """One list of news of one outlet: when it is asked next, and what is remembered of it.

    `state` is `on`, `resting` (no longer in the configuration) or `gone` (its server said 410).
    """

    __tablename__ = "sources"
    __table_args__ = (
        UniqueConstraint("outlet", "kind", "url", name="uq_sources_outlet_kind_url"),
        Index("ix_sources_next_poll_at", "next_poll_at"),
        Index("ix_sources_url", "url"),
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
    last_read_at: Mapped[datetime | None]
    """When the list last came whole, with 200."""
    bytes_read: Mapped[int] = mapped_column(BigInteger, default=0)
    habit: Mapped[str | None]
    """When its outlet publishes, as learnt (see habit.py)."""
    wishes: Mapped[str | None]
    """What the list itself last said of when to ask (see cadence.py)."""
    poll_every: Mapped[float] = mapped_column(default=0.0)
    """The setting under which `next_poll_at` was chosen, in seconds."""
    items: Mapped[str | None]
    """Short marks of what the list named when it was last read whole."""
    believed_until: Mapped[datetime | None]
    """Until when its 304s are believed without a look; None where none was ever checked."""
    lied_at: Mapped[datetime | None]
    """When it last said 304 though its list had changed."""
    bare_since: Mapped[datetime | None]
    """Since when it can be read and names nothing."""


class GapRow(Base):
    """Two successive readings of a list shared no item: what came between them may have scrolled by."""

    __tablename__ = "gaps"
    __table_args__ = (Index("ix_gaps_source_id", "source_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"))
    outlet: Mapped[str]
    began_at: Mapped[datetime]
    """The reading before the gap."""
    noticed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    way: Mapped[str | None]
    """How it was filled, or why it could not be."""
    found: Mapped[int] = mapped_column(default=0)


class HubRow(Base):
    """One subscription to a WebSub hub, for one list. `state` is `asked`, `on`, `refused` or `leaving`."""

    __tablename__ = "hubs"
    __table_args__ = (
        Index("ix_hubs_source_id", "source_id"),
        Index("ix_hubs_ask_again_at", "ask_again_at"),
        UniqueConstraint("token", name="uq_hubs_token"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"))
    hub: Mapped[str]
    topic: Mapped[str]
    offered: Mapped[str]
    """The hubs that the list names, one a line, in its order."""
    token: Mapped[str]
    callback: Mapped[str]
    secret: Mapped[str] = mapped_column(Sealed)
    state: Mapped[str]
    reason: Mapped[str | None]
    asked_at: Mapped[datetime | None]
    ask_again_at: Mapped[datetime]
    failures: Mapped[int] = mapped_column(default=0)
    """Requests since the hub last confirmed one."""
    ends_at: Mapped[datetime | None]
    last_push_at: Mapped[datetime | None]
    missed: Mapped[int] = mapped_column(default=0)
    """Polls that found what no push had brought."""


class HostRow(Base):
    """What is remembered of a host: since when its robots.txt cannot be had (RFC 9309 2.3.1.4)."""

    __tablename__ = "hosts"

    host: Mapped[str] = mapped_column(primary_key=True)
    closed_since: Mapped[datetime]


class ChildListRow(Base):
    """The validators of a list that another list names, like a child of a sitemap index."""

    __tablename__ = "child_lists"

    url: Mapped[str] = mapped_column(primary_key=True)
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    seen_at: Mapped[datetime]


class OutletRow(Base):
    """What is known of an outlet as a whole: its health, and how its pages read lately."""

    __tablename__ = "outlets"

    slug: Mapped[str] = mapped_column(primary_key=True)
    health: Mapped[str] = mapped_column(default="ok")
    since: Mapped[datetime]
    reason: Mapped[str | None]
    told: Mapped[bool] = mapped_column(default=False)
    """Whether the operator was told of the trouble."""
    noticed_at: Mapped[datetime | None]
    """When the trouble, or its end, was sure: it is told a little later, together with others."""
    suspect: Mapped[str | None]
    """A trouble that has not lasted long enough to be one."""
    suspect_since: Mapped[datetime | None]
    news_at: Mapped[datetime | None]
    """When the last news came of which the vigil knows."""
    silences: Mapped[str | None]
    """How long its silences are, against its habit (see silence.py)."""
    told_of: Mapped[str | None]
    """What else of its lists the operator was told."""
    pages: Mapped[int] = mapped_column(default=0)
    reading: Mapped[str | None]
    """How its pages used to read and how they read now (see rot.py)."""


class VigilRow(Base):
    """One stretch of time in which a daemon was looking: no outlet's silence outside of these is its own."""

    __tablename__ = "vigils"

    id: Mapped[int] = mapped_column(primary_key=True)
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class FurnitureRow(Base):
    """One passage that stands on many pages of one outlet, by its mark (see furniture.py)."""

    __tablename__ = "furniture"

    outlet: Mapped[str] = mapped_column(primary_key=True)
    mark: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    pages: Mapped[int]
    anywhere: Mapped[bool]
    """Whether it is taken out wherever it stands; else only before and after the text."""
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]


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
    since: Mapped[datetime | None]
    """A page that turns out to be older is filed without an alert."""
    state: Mapped[str] = mapped_column(default="due")
    reason: Mapped[str | None]
    tries: Mapped[int] = mapped_column(default=0)
    in_vain: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    lease: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    found_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    look_at: Mapped[datetime | None]
    """When a filed page is looked at again for what was changed; NULL where it is not."""
    looks: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """How often it was looked at again."""
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]


_LOOKS = LeadRow.__table__.c.look_at.is_not(None)
Index("ix_leads_look_at", LeadRow.look_at, sqlite_where=_LOOKS, postgresql_where=_LOOKS)


class KeptPageRow(Base):
    """A page as it came, kept as evidence in a WARC file."""

    __tablename__ = "kept_pages"
    __table_args__ = (
        Index("ix_kept_pages_url", "url"),
        Index("ix_kept_pages_article", "article"),
        Index("ix_kept_pages_file", "file", "offset"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str]
    """The address that the lead asks for."""
    article: Mapped[str]
    """The article that it became a text of; the page may outlive it."""
    fetched_at: Mapped[datetime]
    digest: Mapped[str]
    """`sha256:` and the hash of the body as it came, decompressed."""
    file: Mapped[str]
    """The name of the WARC file."""
    offset: Mapped[int] = mapped_column(BigInteger)
    """Where its record begins, in bytes."""
