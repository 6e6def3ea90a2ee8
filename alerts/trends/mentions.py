"""Mentions: when a watch met which story, kept for those watches that go by numbers, silences and firsts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.orm import Session

from newsdesk import FiledArticle, Precision, insert_missing

from ..tables import MentionRow
from .trend import Bucket, slot_of

KEPT = timedelta(days=70)
"""How long a mention counts, and how long a later copy of its story is no new one."""

_AT_ONCE = 400


@dataclass(frozen=True, slots=True)
class Mention:
    """One story in the sight of one watch."""

    watch: str
    story: str
    at: datetime
    article: str


def moment_of(filed: FiledArticle, *, revised_at: datetime | None = None) -> datetime:
    """Give when an article is to count: when it was published, where that is known well enough, else when it was seen.

    So what is fetched after an outage, or from a new outlet's lists, is no burst of the hour in which it came.
    """
    if revised_at is not None:
        return revised_at
    published, seen = filed.article.published, filed.first_seen
    if published is None or published > seen:
        return seen
    if filed.article.published_precision in (Precision.SECOND, Precision.MINUTE):
        return published
    if filed.article.published_precision is Precision.DAY:
        noon = datetime.combine(published.astimezone(UTC).date(), time(12), UTC)
        return noon if noon + timedelta(days=1) < seen else seen
    return seen


def note(session: Session, mentions: Iterable[Mention]) -> list[Mention]:
    """Put on record those of stories that are new to their watches, and give them."""
    by_key: dict[tuple[str, str], Mention] = {}
    for mention in mentions:
        by_key.setdefault((mention.watch, mention.story), mention)
    keys = list(by_key)
    for start in range(0, len(keys), _AT_ONCE):
        key = tuple_(MentionRow.watch, MentionRow.story)
        known = select(MentionRow.watch, MentionRow.story).where(key.in_(keys[start : start + _AT_ONCE]))
        for watch, story in session.execute(known):
            del by_key[watch, story]
    insert_missing(session, MentionRow, [_row(mention) for mention in by_key.values()])
    return list(by_key.values())


def is_known(session: Session, watch: str, story: str) -> bool:
    """Tell whether a watch has met a story."""
    return session.get(MentionRow, (watch, story)) is not None


def count(session: Session, watches: Iterable[str], bucket: Bucket) -> dict[str, int]:
    """Count the stories of watches in a bucket."""
    slots = bucket.slots
    rows = session.execute(
        select(MentionRow.watch, func.count())
        .where(MentionRow.watch.in_(list(watches)), MentionRow.slot.between(slots.start, slots.stop - 1))
        .group_by(MentionRow.watch)
    )
    return {watch: number for watch, number in rows}


def counts(session: Session, watch: str, since: datetime, until: datetime) -> Mapping[int, int]:
    """Count the stories of a watch by quarters of an hour."""
    rows = session.execute(
        select(MentionRow.slot, func.count())
        .where(MentionRow.watch == watch, MentionRow.slot.between(slot_of(since), slot_of(until)))
        .group_by(MentionRow.slot)
    )
    return {slot: number for slot, number in rows}


def within(session: Session, watch: str, bucket: Bucket, limit: int) -> list[Mention]:
    """Give the newest stories of a watch in a bucket."""
    slots = bucket.slots
    rows = session.scalars(
        select(MentionRow)
        .where(MentionRow.watch == watch, MentionRow.slot.between(slots.start, slots.stop - 1))
        .order_by(MentionRow.at.desc(), MentionRow.story)
        .limit(limit)
    )
    return [Mention(row.watch, row.story, row.at, row.article) for row in rows]


def edge(session: Session, watch: str, *, latest: bool) -> Mention | None:
    """Give the latest or the earliest mention of a watch on record."""
    order = (MentionRow.slot.desc(), MentionRow.at.desc()) if latest else (MentionRow.slot, MentionRow.at)
    row = session.scalars(select(MentionRow).where(MentionRow.watch == watch).order_by(*order).limit(1)).first()
    return Mention(row.watch, row.story, row.at, row.article) if row is not None else None


def forget(session: Session, before: datetime) -> None:
    """Forget old mentions."""
    session.execute(delete(MentionRow).where(MentionRow.at < before))


def forget_watch(session: Session, watch: str) -> None:
    """Forget the mentions of a watch that asks for something else now."""
    session.execute(delete(MentionRow).where(MentionRow.watch == watch))


def _row(mention: Mention) -> dict[str, Any]:
    return {
        "watch": mention.watch,
        "story": mention.story,
        "at": mention.at,
        "slot": slot_of(mention.at),
        "article": mention.article,
    }
