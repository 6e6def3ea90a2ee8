"""Editions: what an article has said over time, and whether what a page says now is one more."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from .article import Article
from .materiality import is_material, is_swinging
from .rows import filed_article
from .tables import REVISIONS

_REMEMBERED = 12
"""So many of the last texts are looked through for one that comes again."""

_LATEST = (
    select(REVISIONS.c.title, REVISIONS.c.lede, REVISIONS.c.body, REVISIONS.c.replaced)
    .where(REVISIONS.c.article_id == bindparam("article"))
    .order_by(REVISIONS.c.revision.desc())
    .limit(_REMEMBERED)
)


def is_edition(connection: Connection, row: Row[Any], after: Article, now: datetime, revision: int) -> bool:
    """Tell whether the text that came is to be a revision of the article in `row`.

    What another archive counted as a later `revision` is one; else it must be an edit, and not one of two texts that
    take turns.
    """
    before = filed_article(row).article
    if (before.title, before.lede, before.body) == (after.title, after.lede, after.body):
        return False
    if revision > row.revision:
        return True
    if not is_material(before, after).is_material:
        return False
    return row.revision == 1 or not is_swinging(list(_stood(connection, row, before)), after, now)


def _stood(connection: Connection, row: Row[Any], present: Article) -> Iterator[tuple[Article, datetime]]:
    """Give the texts with when each was replaced, oldest first, then the present one with when it came."""
    came = row.first_seen
    for kept in reversed(connection.execute(_LATEST, {"article": row.id}).all()):
        came = kept.replaced
        yield replace(present, title=kept.title, lede=kept.lede, body=kept.body), came
    yield present, came
