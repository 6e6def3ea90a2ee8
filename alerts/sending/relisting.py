"""Relisting: an alert that waited lists who carries its text by the time when it first goes out; then it is frozen."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from sqlalchemy.orm import Session

from newsdesk import Desk, FiledArticle

from ..messages.payload import relisted
from ..outbox.outbox import Claim, Held, Outbox

W = TypeVar("W", Claim, Held)

_OF_STORIES = "story.matched"


def relist(
    session: Session, desk: Desk, outbox: Outbox, waiting: Sequence[W], with_body: Callable[[W], bool]
) -> list[W]:
    """Give what waits, each alert about a story that has grown meanwhile with those who carry its text by now."""
    waited = {one.id: one for one in waiting if one.type == _OF_STORIES and one.story and one.article}
    if not waited:
        return list(waiting)
    stories = sorted({one.story for one in waited.values() if one.story})
    grown = desk.grown(session, stories, min(one.created_at for one in waited.values()))
    return [
        _relisted(session, desk, outbox, one, with_body(one)) if one.id in waited and one.story in grown else one
        for one in waiting
    ]


def _relisted(session: Session, desk: Desk, outbox: Outbox, one: W, with_body: bool) -> W:
    filed = desk.find(session, one.article or "")
    if filed is None:
        return one
    payload = relisted(one.payload, carriers(session, desk, filed), with_body=with_body)
    if payload != one.payload:
        outbox.reword(session, one.id, payload)
    return replace(one, payload=payload)


def carriers(session: Session, desk: Desk, filed: FiledArticle) -> list[FiledArticle]:
    """Give the other articles that have an article's text, oldest first."""
    return [other for other in desk.also_in(session, filed.story, filed.id) if other.original == filed.original]
