"""readers subscribe themselves; silences; what became of each match for each subscription."""

from typing import Literal

import sqlalchemy as sa
from alembic import op

from newsdesk import Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    _let_readers_subscribe()
    _find_what_is_due()
    op.create_table(
        "silences",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("watch", sa.Text(), nullable=True),
        sa.Column("outlet", sa.Text(), nullable=True),
        sa.Column("query", sa.Text(), nullable=True),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("silences_ends", "silences", ["ends_at"])
    op.create_table(
        "fates",
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("watch", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("subscription", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("delivery", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("article", "watch", "revision", "subscription"),
        sqlite_with_rowid=False,
    )
    op.create_index("fates_delivery", "fates", ["delivery"])
    op.create_index("fates_at", "fates", ["at"])
    op.add_column("matches", sa.Column("targets", sa.Integer(), nullable=True))
    op.create_index("matches_at", "matches", ["matched_at"])


def _find_what_is_due() -> None:
    op.drop_index("deliveries_due", "deliveries")
    op.create_index("deliveries_due", "deliveries", ["state", "due_at", "id", "endpoint", "lease_until"])
    op.create_index("deliveries_endpoint", "deliveries", ["state", "endpoint", "due_at", "id", "lease_until"])


def _let_readers_subscribe() -> None:
    # On PostgreSQL other tables refer to this one, and columns are added where it stands.
    how: Literal["auto", "always"] = "auto" if op.get_bind().dialect.name == "postgresql" else "always"
    with op.batch_alter_table("subscriptions", schema=None, recreate=how) as batch_op:
        batch_op.add_column(sa.Column("origin", sa.Text(), server_default="file", nullable=False))
        batch_op.add_column(sa.Column("plan", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("snoozed_until", Instant(), nullable=True))
        batch_op.add_column(sa.Column("secret", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("old_secret", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("old_secret_until", Instant(), nullable=True))
        batch_op.add_column(sa.Column("sequence", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("bounces", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("bounced_at", Instant(), nullable=True))
        batch_op.add_column(sa.Column("changes", sa.Integer(), server_default="0", nullable=False))
    op.create_table(
        "requests",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("watch", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=True),
        sa.Column("requester", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("requests_address", "requests", ["address", "created_at"])
    op.create_index("requests_requester", "requests", ["requester"])
