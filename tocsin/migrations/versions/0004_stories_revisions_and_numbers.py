"""articles get numbers, updates, and whether they were cited; pages are looked at again and kept; alerts tell news."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from newsdesk import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_AT_ONCE = 5000


def upgrade() -> None:
    """Bring the tables to this revision."""
    with op.batch_alter_table("articles", schema=None) as batch_op:
        batch_op.add_column(sa.Column("number", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("update_of", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("cited", sa.Boolean(), server_default=sa.false(), nullable=False))
    _number_articles()
    with op.batch_alter_table("articles", schema=None) as batch_op:
        batch_op.alter_column("number", nullable=False)
        batch_op.create_index("ix_articles_number", ["number"], unique=True)
    op.execute("UPDATE articles SET cited = TRUE WHERE id IN (SELECT article FROM deliveries)")
    op.add_column("addresses", sa.Column("claimed", sa.Boolean(), server_default=sa.false(), nullable=False))
    _divide_shingles()
    _let_deliveries_tell_news()
    _look_at_pages_again()
    with op.batch_alter_table("imports", schema=None, recreate="always") as batch_op:
        batch_op.add_column(sa.Column("last_seen", Instant(), nullable=True))


def _number_articles() -> None:
    """Number the articles by the hour in which they were first seen, in their order."""
    connection = op.get_bind()
    articles = sa.table("articles", sa.column("id"), sa.column("number"), sa.column("first_seen", Instant()))
    numbered = sa.update(articles).where(articles.c.id == sa.bindparam("which"))
    ids = connection.execute(sa.select(articles.c.id, articles.c.first_seen).order_by("first_seen", "id")).all()
    last, rows = -1, []
    for id, first_seen in ids:
        last = max(last + 1, _least(first_seen))
        rows.append({"which": id, "number": last})
    for start in range(0, len(rows), _AT_ONCE):
        connection.execute(numbered.values(number=sa.bindparam("number")), rows[start : start + _AT_ONCE])


def _least(first_seen: datetime) -> int:
    return int(first_seen.astimezone(UTC).timestamp()) // 3600 << 20


def _divide_shingles() -> None:
    op.create_table(
        "shingles_after",
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("hash", sa.BigInteger(), nullable=False),
        sa.Column("article", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("period", "hash", "article"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO shingles_after (period, hash, article) SELECT number / (1048576 * 720), hash, number "
        "FROM shingles JOIN articles ON articles.id = shingles.article_id"
    )
    op.drop_table("shingles")
    op.rename_table("shingles_after", "shingles")


def _let_deliveries_tell_news() -> None:
    is_postgres = op.get_bind().dialect.name == "postgresql"
    unique = "deliveries_subscription_story_key" if is_postgres else "uq_deliveries_subscription_story"
    naming = {"uq": "uq_%(table_name)s_%(column_0_N_name)s"}
    op.add_column("deliveries", sa.Column("news", sa.Text(), nullable=True))
    op.execute("UPDATE deliveries SET news = story")
    with op.batch_alter_table("deliveries", schema=None, naming_convention=naming) as batch_op:
        batch_op.drop_constraint(unique, type_="unique")
        batch_op.create_unique_constraint("uq_deliveries_subscription_news", ["subscription", "news"])


def _look_at_pages_again() -> None:
    with op.batch_alter_table("leads", schema=None, recreate="always") as batch_op:
        batch_op.add_column(sa.Column("look_at", Instant(), nullable=True))
        batch_op.add_column(sa.Column("looks", sa.Integer(), server_default=sa.text("0"), nullable=False))
        batch_op.add_column(sa.Column("etag", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("last_modified", sa.Text(), nullable=True))
    looks = sa.text("look_at IS NOT NULL")
    op.create_index("ix_leads_look_at", "leads", ["look_at"], sqlite_where=looks, postgresql_where=looks)
    op.create_table(
        "kept_pages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("fetched_at", Instant(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_kept_pages_url", "kept_pages", ["url"])
    op.create_index("ix_kept_pages_article", "kept_pages", ["article"])
    op.create_index("ix_kept_pages_file", "kept_pages", ["file", "offset"])
