"""Tables of the alerts: who is told, what matched, what is to be delivered, and each attempt."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from newsdesk import Base, Sealed


class SubscriptionRow(Base):
    """One target of one watch. A file's target keeps its secret there; a reader's own has it here."""

    __tablename__ = "subscriptions"
    __table_args__ = (UniqueConstraint("watch", "channel", "address"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    watch: Mapped[str]
    channel: Mapped[str]
    address: Mapped[str]
    token: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    origin: Mapped[str] = mapped_column(default="file", server_default="file")
    """`file` where the watch's file names it, `reader` where its owner asked for it."""
    plan: Mapped[str | None]
    """A reader's own wishes, as an entry of `notify:` in JSON: when, at, timezone, quiet."""
    snoozed_until: Mapped[datetime | None]
    secret: Mapped[str | None] = mapped_column(Sealed, deferred=True, deferred_group="secrets")
    old_secret: Mapped[str | None] = mapped_column(Sealed, deferred=True, deferred_group="secrets")
    """Signs beside the new one until `old_secret_until`."""
    old_secret_until: Mapped[datetime | None]
    sequence: Mapped[int] = mapped_column(default=0, server_default="0")
    """The number of its latest delivery."""
    bounces: Mapped[int] = mapped_column(default=0, server_default="0")
    bounced_at: Mapped[datetime | None]
    changes: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often a reader's wishes or secrets have changed: other processes notice by the sum of all."""


class RequestRow(Base):
    """A wish to subscribe that its owner has yet to confirm, by a link that is good once and for a day."""

    __tablename__ = "requests"
    __table_args__ = (Index("requests_address", "address", "created_at"), Index("requests_requester", "requester"))

    digest: Mapped[str] = mapped_column(primary_key=True)
    """The hash of the link's token."""
    watch: Mapped[str]
    channel: Mapped[str]
    address: Mapped[str]
    plan: Mapped[str | None]
    requester: Mapped[str]
    """The network address that asked."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SilenceRow(Base):
    """A stretch of time in which what matches is kept and shown, and nobody is told."""

    __tablename__ = "silences"
    __table_args__ = (Index("silences_ends", "ends_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    watch: Mapped[str | None]
    outlet: Mapped[str | None]
    query: Mapped[str | None]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    author: Mapped[str]
    comment: Mapped[str]
    created_at: Mapped[datetime]


class FateRow(Base):
    """What became of one match for one subscription: promised by a delivery, heard by another, or silenced."""

    __tablename__ = "fates"
    __table_args__ = (
        Index("fates_delivery", "delivery"),
        Index("fates_at", "at"),
        {"sqlite_with_rowid": False},
    )

    article: Mapped[str] = mapped_column(primary_key=True)
    watch: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    subscription: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    delivery: Mapped[str | None]
    """The one that tells of it, or that told of the same before."""
    reason: Mapped[str | None]
    at: Mapped[datetime]


class MatchRow(Base):
    """One watch matched one revision of one article, whether or not anyone had to be told."""

    __tablename__ = "matches"
    __table_args__ = (Index("matches_at", "matched_at"),)

    watch: Mapped[str] = mapped_column(primary_key=True)
    article: Mapped[str] = mapped_column(primary_key=True, index=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    story: Mapped[str]
    reason: Mapped[str]
    outcome: Mapped[str]
    spans: Mapped[str]
    matched_at: Mapped[datetime]
    targets: Mapped[int | None]
    """How many its watch tells, each of whom has a fate; none for what was matched before fates were kept."""


class DeliveryRow(Base):
    """One message to one target: promised in the transaction that ends the article's mark, then sent."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("subscription", "news", name="uq_deliveries_subscription_news"),
        Index("deliveries_due", "state", "due_at", "id", "endpoint", "lease_until"),
        Index("deliveries_endpoint", "state", "endpoint", "due_at", "id", "lease_until"),
        Index("deliveries_story", "story"),
        Index("deliveries_created", "created_at", "id"),
        Index("deliveries_group", "grouped_into"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    subscription: Mapped[str] = mapped_column(ForeignKey("subscriptions.id"))
    endpoint: Mapped[str]
    type: Mapped[str]
    story: Mapped[str | None]
    """What messages about one thing have in common: they are threaded by it."""
    news: Mapped[str | None]
    """What is told, once to each: the article whose text it is, or one of its revisions."""
    article: Mapped[str | None] = mapped_column(index=True)
    thread: Mapped[str | None]
    payload: Mapped[str]
    state: Mapped[str]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str | None]
    detail: Mapped[str | None]
    grouped_into: Mapped[str | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class AttemptRow(Base):
    """One attempt to deliver, with what the receiver answered as inert text."""

    __tablename__ = "attempts"

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery: Mapped[str] = mapped_column(index=True)
    number: Mapped[int]
    started_at: Mapped[datetime]
    duration_ms: Mapped[int]
    status: Mapped[str]
    excerpt: Mapped[str]


class PulseRow(Base):
    """Where a watch stands that tells not each story, but a volume, a silence or the first mention."""

    __tablename__ = "pulses"

    watch: Mapped[str] = mapped_column(primary_key=True)
    form: Mapped[str]
    """What it asks for, as a digest: when that changes, all is learnt anew."""
    kind: Mapped[str]
    state: Mapped[str]
    created_at: Mapped[datetime]
    since: Mapped[datetime | None]
    """From when on its mentions are known."""
    reached: Mapped[datetime | None]
    """How far the archive was read for it."""
    last_at: Mapped[datetime | None]
    last_article: Mapped[str | None]
    """The latest mention; of a first mention, the first."""
    changed_at: Mapped[datetime | None]
    above_at: Mapped[datetime | None]
    """The last hour or day of an episode that was above."""
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    """When a silence may be over its limit."""
    told: Mapped[str | None]
    """The sentence that explains the state."""

    __table_args__ = (Index("pulses_state", "state"),)


class MentionRow(Base):
    """A watch met a story for the first time: copies of it count no more."""

    __tablename__ = "mentions"

    watch: Mapped[str] = mapped_column(primary_key=True)
    story: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    slot: Mapped[int]
    """The quarter of an hour that `at` falls into, counted from 1970."""
    article: Mapped[str]

    __table_args__ = (Index("mentions_slot", "watch", "slot"), {"sqlite_with_rowid": False})
