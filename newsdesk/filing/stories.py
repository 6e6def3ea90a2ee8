"""Stories: which article of one text is the original: the earliest, or the agency's own when that comes later."""

from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from ..article import Article, FiledArticle
from ..likeness.agency import agency_of, is_own
from ..rows import filed_article
from ..tables import ARTICLES

_BY_ID = select(ARTICLES).where(ARTICLES.c.id == bindparam("wanted"))
_FOLLOW = (
    update(ARTICLES)
    .where(ARTICLES.c.story == bindparam("in_story"), ARTICLES.c.copy_of == bindparam("before"))
    .values(copy_of=bindparam("instead"))
)
_CARRY_ON = (
    update(ARTICLES)
    .where(ARTICLES.c.story == bindparam("in_story"), ARTICLES.c.update_of == bindparam("before"))
    .values(update_of=bindparam("instead"))
)
_STEP_BACK = (
    update(ARTICLES).where(ARTICLES.c.id == bindparam("before")).values(copy_of=bindparam("instead"), update_of=None)
)


def original_of(connection: Connection, row: Row[Any]) -> FiledArticle | None:
    """Give the article whose text the one in `row` has; None where that was deleted."""
    if row.copy_of is None:
        return filed_article(row)
    original = connection.execute(_BY_ID, {"wanted": row.copy_of}).first()
    return filed_article(original) if original else None


def comes_first(article: Article, original: FiledArticle) -> bool:
    """Tell whether a copy is the original of all: a dateline names an agency, and only the copy is from there."""
    agency = agency_of(original.article) or agency_of(article)
    return agency is not None and is_own(agency, article) and not is_own(agency, original.article)


def put_first(connection: Connection, article_id: str, original: FiledArticle) -> None:
    """Make an article the original in place of another: all others are its copies and updates; the story stays."""
    follow = {"in_story": original.story, "before": original.id, "instead": article_id}
    connection.execute(_FOLLOW, follow)
    connection.execute(_CARRY_ON, follow)
    connection.execute(_STEP_BACK, {"before": original.id, "instead": article_id})
