"""The article tables: articles, their addresses and earlier texts, the shingles that copies are found by, the terms."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import JSON, BigInteger, Connection, ForeignKey, Index, Table, event, false
from sqlalchemy.orm import Mapped, mapped_column

from .database import Base


class ArticleRow(Base):
    """One article as last read."""

    __tablename__ = "articles"

    id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)
    """The hours from 1970 to `first_seen`, and above 20 bits the place within the hour: what indexes refer to."""
    outlet: Mapped[str]
    url: Mapped[str]
    canonical_url: Mapped[str]
    title: Mapped[str]
    lede: Mapped[str | None]
    body: Mapped[str]
    authors: Mapped[list[Any]] = mapped_column(JSON)
    dateline: Mapped[str | None]
    section: Mapped[str | None]
    language: Mapped[str | None]
    published: Mapped[datetime | None]
    published_precision: Mapped[str | None]
    published_raw: Mapped[str | None]
    modified: Mapped[datetime | None]
    first_seen: Mapped[datetime]
    revision: Mapped[int]
    story: Mapped[str]
    copy_of: Mapped[str | None]
    update_of: Mapped[str | None]
    """The article of the same story that this one tells more than."""
    content: Mapped[str]
    """Hash of the folded words: what decides whether a text has changed."""
    content_key: Mapped[str | None] = mapped_column(unique=True)
    """Outlet and content, where the text is long enough to mean something: one article for one content."""
    unswept: Mapped[str | None]
    """NULL, or why the alerts have yet to look at it: `new` or `revised`."""
    cited: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether an alert told of it: then it outlives its outlet's retention."""
    indexed: Mapped[int | None]
    """By which version of the rules its terms were indexed; NULL where they are not, or not as it reads now."""

    __table_args__ = (
        Index("ix_articles_number", "number", unique=True),
        Index("ix_articles_first_seen", "first_seen", "id"),
        Index("ix_articles_outlet", "outlet", "first_seen", "id"),
        Index("ix_articles_story", "story"),
        Index("ix_articles_indexed", "indexed", "number"),
    )


_WAITS = ArticleRow.__table__.c.unswept.is_not(None)
Index(
    "ix_articles_unswept",
    ArticleRow.first_seen,
    ArticleRow.id,
    sqlite_where=_WAITS,
    postgresql_where=_WAITS,
)


class AddressRow(Base):
    """One address in canonical form, and the article that it leads to."""

    __tablename__ = "addresses"

    url: Mapped[str] = mapped_column(primary_key=True)
    outlet: Mapped[str]
    key: Mapped[str]
    article_id: Mapped[str] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), index=True)
    claimed: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the page only called itself that, and nothing was fetched there: another page may stand there."""

    __table_args__ = (Index("ix_addresses_key", "outlet", "key"), {"sqlite_with_rowid": False})


class ForgottenRow(Base):
    """An address whose article was deleted for its age: kept, so that what is still listed is not taken for news."""

    __tablename__ = "forgotten"

    url: Mapped[str] = mapped_column(primary_key=True)

    __table_args__ = ({"sqlite_with_rowid": False},)


class RevisionRow(Base):
    """A text that a later reading replaced."""

    __tablename__ = "revisions"

    article_id: Mapped[str] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    lede: Mapped[str | None]
    body: Mapped[str]
    published: Mapped[datetime | None]
    modified: Mapped[datetime | None]
    replaced: Mapped[datetime]


class ShingleRow(Base):
    """A small hash of an article's text. No foreign key: a stale row finds no article and does no harm."""

    __tablename__ = "shingles"

    period: Mapped[int] = mapped_column(primary_key=True)
    """The month, counted in 30 days from 1970: what is asked for stands together, what is old is never touched."""
    hash: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    article: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    """The article's number."""

    __table_args__ = ({"sqlite_with_rowid": False},)


_PUNCTUATION = "".join(letter for letter in map(chr, range(33, 127)) if not letter.isalnum())
_TOKENS = "tokenchars '" + _PUNCTUATION.replace("'", "''").replace('"', '""') + "' separators ' '"

TERMS_TABLE = {
    "sqlite": (
        "CREATE VIRTUAL TABLE article_terms USING fts5("
        f"terms, content='', detail=none, columnsize=0, tokenize=\"ascii {_TOKENS}\")",
        # Each filing writes a segment: to merge more of them at a time costs half, and a search hardly more.
        "INSERT INTO article_terms (article_terms, rank) VALUES ('automerge', 8)",
    ),
    "postgresql": (
        # Lexemes stand apart from the numbers, so that whoever only counts rows reads little.
        "CREATE TABLE article_terms (number BIGINT PRIMARY KEY, terms TSVECTOR NOT NULL) WITH (toast_tuple_target=128)",
        "CREATE INDEX ix_article_terms ON article_terms USING gin (terms)",
    ),
}
"""How the index of terms is made, on either database: no table that SQLAlchemy could describe."""


@event.listens_for(ArticleRow.__table__, "after_create")
def _create_terms(_table: Table, connection: Connection, **_: Any) -> None:
    for statement in TERMS_TABLE[connection.dialect.name]:
        connection.exec_driver_sql(statement)


ARTICLES = cast(Table, ArticleRow.__table__)
ADDRESSES = cast(Table, AddressRow.__table__)
FORGOTTEN = cast(Table, ForgottenRow.__table__)
REVISIONS = cast(Table, RevisionRow.__table__)
SHINGLES = cast(Table, ShingleRow.__table__)
