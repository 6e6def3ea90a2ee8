"""The article tables: articles, their addresses, their earlier texts, and the shingles that copies are found by."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Table, false
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

    __table_args__ = (
        Index("ix_articles_number", "number", unique=True),
        Index("ix_articles_first_seen", "first_seen", "id"),
        Index("ix_articles_outlet", "outlet", "first_seen", "id"),
        Index("ix_articles_story", "story"),
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


ARTICLES = cast(Table, ArticleRow.__table__)
ADDRESSES = cast(Table, AddressRow.__table__)
FORGOTTEN = cast(Table, ForgottenRow.__table__)
REVISIONS = cast(Table, RevisionRow.__table__)
SHINGLES = cast(Table, ShingleRow.__table__)
