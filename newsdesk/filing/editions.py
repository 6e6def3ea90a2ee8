"""Editions: what an article has said over time, and whether what a page says now is one more."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from ..article import Article
from ..likeness.materiality import is_material, is_swinging
from ..rows import filed_article
from ..tables import REVISIONS
from .arrival import fingerprints

_REMEMBERED = 12
"""So many of the last texts are looked through for one that comes again."""

_LATEST = (
    select(REVISIONS.c.title, REVISIONS.c.lede, REVISIONS.c.body, REVISIONS.c.replaced)
    .where(REVISIONS.c.article_id == bindparam("article"))
    .order_by(REVISIONS.c.revision.desc())
    .limit(_REMEMBERED)
)


def is_edition(
    connection: Connection, row: Row[Any], after: Article, now: datetime, revision: int, *, archived: bool
) -> bool:
    """Tell whether the text that came is to be a revision of the article in `row`.

    What another archive counted as a later `revision` is one, what was read before the present text came is none; else
    it must be an edit, and not one of two texts that take turns. A text that is `archived`, not what the page says now,
    is none if it stood there before.
    """
    before = filed_article(row).article
    if (before.title, before.lede, before.body) == (after.title, after.lede, after.body):
        return False
    if revision > row.revision:
        return True
    stood = list(_stood(connection, row, before))
    if archived and any(_digest(text) == _digest(after) for text, _ in stood):
        return False
    if now < stood[-1][1] or not is_material(before, after).is_material:
        return False
    return not is_swinging(stood, after, now)


def _digest(article: Article) -> str:
    return fingerprints(article.title, article.lede, article.body)[0].digest


def _stood(connection: Connection, row: Row[Any], present: Article) -> Iterator[tuple[Article, datetime]]:
    """Give the texts with when each was replaced, oldest first, then the present one with when it came."""
    came = row.first_seen
    kept_texts = connection.execute(_LATEST, {"article": row.id}).all() if row.revision > 1 else []
    for kept in reversed(kept_texts):
        came = kept.replaced
        yield replace(present, title=kept.title, lede=kept.lede, body=kept.body), came
    yield present, came
