"""articles can be searched by an index of their terms, which is filled bit by bit."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_SQLITE = (
    "CREATE VIRTUAL TABLE article_terms USING fts5(terms, content='', detail=none, columnsize=0, "
    """tokenize="ascii tokenchars '!""#$%&''()*+,-./:;<=>?@[\\]^_`{|}~' separators ' '")""",
    "INSERT INTO article_terms (article_terms, rank) VALUES ('automerge', 8)",
)
_POSTGRES = (
    "CREATE TABLE article_terms (number BIGINT PRIMARY KEY, terms TSVECTOR NOT NULL) WITH (toast_tuple_target=128)",
    "CREATE INDEX ix_article_terms ON article_terms USING gin (terms)",
)


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.add_column("articles", sa.Column("indexed", sa.Integer(), nullable=True))
    op.create_index("ix_articles_indexed", "articles", ["indexed", "number"])
    connection = op.get_bind()
    for statement in _POSTGRES if connection.dialect.name == "postgresql" else _SQLITE:
        connection.exec_driver_sql(statement)
