"""Archive: what is on record, read in pages and never held as a whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_
from sqlalchemy.orm import Session

from .article import FiledArticle
from .database import Database, Instant
from .rows import filed_article
from .search.condition import Condition
from .search.index import catch_up, waiting
from .search.narrowed import Span, narrowed
from .tables import ARTICLES, REVISIONS

_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A text that a later reading replaced, and when."""

    revision: int
    title: str
    lede: str | None
    body: str
    published: datetime | None
    modified: datetime | None
    replaced: datetime


class Archive:
    """The record as a reader sees it."""

    def __init__(self, database: Database) -> None:
        """Read from `database`."""
        self._database = database

    def articles(
        self,
        outlet: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        *,
        newest_first: bool = True,
        condition: Condition | None = None,
    ) -> Iterator[FiledArticle]:
        """Give the articles first seen from `since` on and before `until`, in that order.

        With a condition, those that cannot fulfil it are left out; whoever asks for them looks closer at the rest.
        Each page is read in a short transaction of its own: a slow consumer holds nothing up.
        """
        span = Span(outlet, since, until)
        if condition is not None:
            return narrowed(self._database, span, condition, newest_first=newest_first)
        return self._all(span.where(), newest_first)

    def _all(self, where: list[ColumnElement[bool]], newest_first: bool) -> Iterator[FiledArticle]:
        after: FiledArticle | None = None
        while True:
            with self._database.read() as session:
                page = [filed_article(row) for row in session.execute(_page(where, after, newest_first))]
            yield from page
            if len(page) < _PAGE:
                return
            after = page[-1]

    def history(self, article_id: str) -> list[Revision]:
        """Give the earlier texts of an article, oldest first."""
        columns = REVISIONS.c
        wanted = [columns[name] for name in Revision.__dataclass_fields__]
        query = select(*wanted).where(columns.article_id == article_id).order_by(columns.revision)
        with self._database.read() as session:
            return [Revision(**row._mapping) for row in session.execute(query)]

    def counts(self) -> dict[str, tuple[int, datetime]]:
        """Give, by outlet, how many articles there are and when the last one was first seen."""
        query = select(ARTICLES.c.outlet, func.count(), func.max(ARTICLES.c.first_seen)).group_by(ARTICLES.c.outlet)
        with self._database.read() as session:
            return {outlet: (count, last) for outlet, count, last in session.execute(query)}

    def size(self, since: datetime | None = None) -> int:
        """Count the articles first seen since then."""
        with self._database.read() as session:
            return (
                session.scalar(select(func.count()).select_from(ARTICLES).where(*Span(None, since, None).where())) or 0
            )

    def begins(self, since: datetime | None = None, until: datetime | None = None) -> datetime | None:
        """Give when the first article of that time was first seen, None where there is none."""
        with self._database.read() as session:
            first: datetime | None = session.scalar(
                select(func.min(ARTICLES.c.first_seen)).where(*Span(None, since, until).where())
            )
            return first

    def unindexed(self) -> int:
        """Count the articles that searches look at one by one, until `index_some` has come to them."""
        with self._database.read() as session:
            return waiting(session.connection())

    def index_some(self, session: Session, limit: int = 200) -> int:
        """Index some articles that are not, or by the rules of an earlier version, the newest first; gives how many."""
        return catch_up(session.connection(), limit)


def _page(where: list[ColumnElement[bool]], after: FiledArticle | None, newest_first: bool) -> Select[tuple[object]]:
    key = (ARTICLES.c.first_seen, ARTICLES.c.id)
    query = select(ARTICLES).where(*where).limit(_PAGE)
    if after is not None:
        last = tuple_(literal(after.first_seen, Instant), literal(after.id))
        query = query.where(tuple_(*key) < last if newest_first else tuple_(*key) > last)
    return query.order_by(*(column.desc() if newest_first else column for column in key))
