"""what is learnt of outlets: habits, gaps, hubs, hosts, health, furniture."""

import sqlalchemy as sa
from alembic import op

from newsdesk import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    _widen_sources()
    _add_what_lists_showed()
    _add_what_outlets_showed()
    _add_where_imports_stand()


def _widen_sources() -> None:
    with op.batch_alter_table("sources", schema=None) as batch_op:
        batch_op.add_column(sa.Column("last_read_at", Instant(), nullable=True))
        batch_op.add_column(sa.Column("bytes_read", sa.BigInteger(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("habit", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("wishes", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("poll_every", sa.Double(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("items", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("believed_until", Instant(), nullable=True))
        batch_op.add_column(sa.Column("lied_at", Instant(), nullable=True))
        batch_op.add_column(sa.Column("bare_since", Instant(), nullable=True))
    with op.batch_alter_table("sources", schema=None) as batch_op:
        batch_op.alter_column("bytes_read", server_default=None)
        batch_op.create_index("ix_sources_url", ["url"], unique=False)
        batch_op.alter_column("poll_every", server_default=None)
    with op.batch_alter_table("leads", schema=None, recreate="always") as batch_op:
        batch_op.add_column(sa.Column("since", Instant(), nullable=True))


def _add_what_lists_showed() -> None:
    op.create_table(
        "gaps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("began_at", Instant(), nullable=False),
        sa.Column("noticed_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("way", sa.Text(), nullable=True),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("gaps", schema=None) as batch_op:
        batch_op.create_index("ix_gaps_source_id", ["source_id"], unique=False)
    op.create_table(
        "hubs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("hub", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("offered", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("callback", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("asked_at", Instant(), nullable=True),
        sa.Column("ask_again_at", Instant(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=True),
        sa.Column("last_push_at", Instant(), nullable=True),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token", name="uq_hubs_token"),
    )
    with op.batch_alter_table("hubs", schema=None) as batch_op:
        batch_op.create_index("ix_hubs_source_id", ["source_id"], unique=False)
        batch_op.create_index("ix_hubs_ask_again_at", ["ask_again_at"], unique=False)
    op.create_table(
        "child_lists",
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("url"),
    )


def _add_where_imports_stand() -> None:
    op.create_table(
        "imports",
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("path"),
    )


def _add_what_outlets_showed() -> None:
    op.create_table(
        "hosts",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("closed_since", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("host"),
    )
    op.create_table(
        "outlets",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("health", sa.Text(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("noticed_at", Instant(), nullable=True),
        sa.Column("suspect", sa.Text(), nullable=True),
        sa.Column("suspect_since", Instant(), nullable=True),
        sa.Column("news_at", Instant(), nullable=True),
        sa.Column("silences", sa.Text(), nullable=True),
        sa.Column("told_of", sa.Text(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("reading", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("slug"),
    )
    op.create_table(
        "vigils",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("began_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "furniture",
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("anywhere", sa.Boolean(), nullable=False),
        sa.Column("first_at", Instant(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("outlet", "mark"),
    )
