"""Texts: what the alerts ask of the record about one text: whose it is, how it read before, and that it was told."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, false, func, or_, select, update
from sqlalchemy.orm import Session

from .article import FiledArticle
from .tables import ARTICLES, REVISIONS

_SAME_TEXT = select(ARTICLES.c.id).where(
    ARTICLES.c.story == bindparam("story"),
    or_(ARTICLES.c.id == bindparam("original"), ARTICLES.c.copy_of == bindparam("original")),
)
_EARLIER = (
    select(REVISIONS)
    .where(REVISIONS.c.article_id == bindparam("article"), REVISIONS.c.revision <= bindparam("wanted"))
    .order_by(REVISIONS.c.revision.desc())
    .limit(1)
)
_GROWN = (
    select(ARTICLES.c.story)
    .where(ARTICLES.c.story.in_(bindparam("stories", expanding=True)), ARTICLES.c.first_seen >= bindparam("since"))
    .distinct()
)
_LONE = (
    select(ARTICLES.c.story)
    .where(ARTICLES.c.story.in_(bindparam("stories", expanding=True)))
    .group_by(ARTICLES.c.story)
    .having(func.count() == 1)
)
_CITE = (
    update(ARTICLES)
    .where(ARTICLES.c.id.in_(bindparam("ids", expanding=True)), ARTICLES.c.cited == false())
    .values(cited=True)
)


def same_text(session: Session, filed: FiledArticle) -> list[str]:
    """Give the ids of all articles that have one text, its original first: under any of them it may have been told.

    Which of them is the original can change when the agency's own arrives late; the others stay in the group.
    """
    wanted = {"story": filed.story, "original": filed.original}
    return list(dict.fromkeys((filed.original, filed.id, *session.scalars(_SAME_TEXT, wanted))))


def earlier_text(session: Session, filed: FiledArticle, revision: int) -> FiledArticle | None:
    """Give an article as it read at an earlier revision; None where that text is not on record.

    Of revisions that were skipped, as imports may, the one before is meant.
    """
    row = session.execute(_EARLIER, {"article": filed.id, "wanted": revision}).first()
    if row is None:
        return None
    read = replace(
        filed.article, title=row.title, lede=row.lede, body=row.body, published=row.published, modified=row.modified
    )
    return replace(filed, article=read, revision=row.revision)


def grown_stories(session: Session, stories: Sequence[str], since: datetime) -> set[str]:
    """Give those of the stories that an article was added to since then."""
    return set(session.scalars(_GROWN, {"stories": list(stories), "since": since}))


def lone_stories(session: Session, stories: Sequence[str]) -> set[str]:
    """Give those of the stories that one article tells, and no other."""
    return set(session.scalars(_LONE, {"stories": list(stories)})) if stories else set()


def cite(session: Session, ids: Iterable[str]) -> None:
    """Note that an alert told of these articles: they outlive the retention of their outlet."""
    if cited := sorted(set(ids)):
        session.execute(_CITE, {"ids": cited})
