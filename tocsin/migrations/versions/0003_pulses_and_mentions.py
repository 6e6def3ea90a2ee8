"""what watches of volumes, silences and first mentions remember."""

import sqlalchemy as sa
from alembic import op

from newsdesk import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "pulses",
        sa.Column("watch", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("since", Instant(), nullable=True),
        sa.Column("reached", Instant(), nullable=True),
        sa.Column("last_at", Instant(), nullable=True),
        sa.Column("last_article", sa.Text(), nullable=True),
        sa.Column("changed_at", Instant(), nullable=True),
        sa.Column("above_at", Instant(), nullable=True),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("told", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("watch"),
    )
    with op.batch_alter_table("pulses", schema=None) as batch_op:
        batch_op.create_index("pulses_state", ["state"], unique=False)
        batch_op.create_index("ix_pulses_due_at", ["due_at"], unique=False)
    op.create_table(
        "mentions",
        sa.Column("watch", sa.Text(), nullable=False),
        sa.Column("story", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("watch", "story"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("mentions", schema=None) as batch_op:
        batch_op.create_index("mentions_slot", ["watch", "slot"], unique=False)
