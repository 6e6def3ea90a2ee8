"""The index of terms: narrows the archive to the articles that may be asked for; whoever asks decides on their texts.

It may say of an article more than its text says, never less. SQLite keeps it as FTS5 without texts or positions,
PostgreSQL as lexemes under GIN; both hold the very terms that matching compares.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, select, update

from ..article import Article
from ..rows import filed_article
from ..tables import ARTICLES
from .terms import TERMS_VERSION, terms_of

_UNFIT = 0
"""In `articles.indexed`: more words than the index takes of one article, which is looked at each time."""
_MOST_BYTES = 900_000
"""PostgreSQL holds 1 MB of lexemes an article."""

_ENTER_SQLITE = "INSERT INTO article_terms (rowid, terms) VALUES (?, ?)"
_REMOVE_SQLITE = "INSERT INTO article_terms (article_terms, rowid, terms) VALUES ('delete', ?, ?)"
_ENTER_POSTGRES = (
    "INSERT INTO article_terms (number, terms) VALUES (%s, array_to_tsvector(%s::text[])) "
    "ON CONFLICT (number) DO UPDATE SET terms = EXCLUDED.terms"
)
_REMOVE_POSTGRES = "DELETE FROM article_terms WHERE number = ANY(%s)"
_NEXT_VERSION = select(func.min(ARTICLES.c.indexed)).where(ARTICLES.c.indexed > bindparam("last"))
_BY_NUMBER = update(ARTICLES).where(ARTICLES.c.number == bindparam("which"))


def enter(connection: Connection, number: int, article: Article) -> int:
    """Put an article's terms into the index; gives what `articles.indexed` is to say."""
    terms = terms_of(article)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_ENTER_SQLITE, (number, " ".join(terms)))
        return TERMS_VERSION
    if len("".join(terms).encode()) > _MOST_BYTES:
        connection.exec_driver_sql(_REMOVE_POSTGRES, ([number],))
        return _UNFIT
    connection.exec_driver_sql(_ENTER_POSTGRES, (number, list(terms)))
    return TERMS_VERSION


def enter_anew(connection: Connection, row: Row[Any], article: Article) -> int:
    """Put the terms of an article's new text in the place of those of the row's; gives the same as `enter`."""
    remove(connection, [row])
    return enter(connection, row.number, article)


def remove(connection: Connection, rows: Collection[Row[Any]]) -> None:
    """Take articles out of the index, given their rows in the table `articles` as they are until now."""
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql(_REMOVE_POSTGRES, ([row.number for row in rows],))
        return
    # FTS5 must be told exactly what it was told before; what is left over names an article that is not there.
    known = [(row.number, " ".join(terms_of(filed_article(row).article))) for row in rows if _is_current(row)]
    if known:
        connection.exec_driver_sql(_REMOVE_SQLITE, known)


def _is_current(row: Row[Any]) -> bool:
    return bool(row.indexed == TERMS_VERSION)


def catch_up(connection: Connection, limit: int) -> int:
    """Index some articles that are not indexed, or by other rules, newest first; gives how many."""
    rows: list[Row[Any]] = []
    for version in stale_versions(connection):
        if version != _UNFIT and len(rows) < limit:
            query = select(ARTICLES).where(indexed_by(version)).order_by(ARTICLES.c.number.desc())
            rows += connection.execute(query.limit(limit - len(rows)).with_for_update(skip_locked=True))
    for row in rows:
        indexed = enter(connection, row.number, filed_article(row).article)
        connection.execute(_BY_NUMBER.values(indexed=indexed), {"which": row.number})
    return len(rows)


def waiting(connection: Connection) -> int:
    """Count the articles that `catch_up` has yet to index."""
    versions = [version for version in stale_versions(connection) if version != _UNFIT]
    return sum(connection.scalar(select(func.count()).where(indexed_by(version))) or 0 for version in versions)


def stale_versions(connection: Connection) -> list[int | None]:
    """Give the values of `articles.indexed` of the articles for which the index does not speak."""
    found: list[int | None] = [None]
    last: int | None = -1
    while (last := connection.scalar(_NEXT_VERSION, {"last": last})) is not None:
        if last != TERMS_VERSION:
            found.append(last)
    return found


def indexed_by(version: int | None) -> ColumnElement[bool]:
    """Give what is true of the articles with this value of `articles.indexed`."""
    return ARTICLES.c.indexed.is_(None) if version is None else ARTICLES.c.indexed == version
