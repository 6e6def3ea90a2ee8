"""Edits: the texts that an article has had, and what was changed from each to the next, for people and as data."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TextIO

from newsdesk import Change, FiledArticle, Mark, Piece, article_json, changes, instant, pieces

if TYPE_CHECKING:
    from newsdesk import Archive, Database, Revision

_MOST = 20
"""So many changed passages of one edit are shown; the data has them all."""
_AROUND = 8
"""So many words are kept on either side of what was changed."""
_LONGEST = 1000
_SIGNS = {Mark.KEPT: ("", ""), Mark.REMOVED: ("[-", "-]"), Mark.ADDED: ("{+", "+}")}
"""As wdiff marks words: readable without colours, and in any script."""


@dataclass(frozen=True, slots=True)
class Edition:
    """One text of an article, and from when until when it stood: None for the first, which came when it was filed."""

    filed: FiledArticle
    came: datetime | None
    replaced: datetime | None


@dataclass(frozen=True, slots=True)
class Edit:
    """What one revision changed."""

    at: datetime
    revision: int
    """The one that came of it."""
    changes: tuple[Change, ...]


def editions(filed: FiledArticle, history: Sequence[Revision]) -> list[Edition]:
    """Give all texts of an article, oldest first; the last is the one that stands."""
    found: list[Edition] = []
    came: datetime | None = None
    for kept in history:
        article = replace(
            filed.article,
            title=kept.title,
            lede=kept.lede,
            body=kept.body,
            published=kept.published,
            modified=kept.modified,
        )
        found.append(Edition(replace(filed, article=article, revision=kept.revision), came, kept.replaced))
        came = kept.replaced
    return [*found, Edition(filed, came, None)]


def edits(filed: FiledArticle, history: Sequence[Revision]) -> Iterator[Edit]:
    """Give what each revision of an article changed, oldest first."""
    texts = editions(filed, history)
    for before, after in pairwise(texts):
        if after.came is not None:
            found = changes(before.filed.article, after.filed.article)
            yield Edit(after.came, after.filed.revision, found)


def documents(archive: Archive, filed: FiledArticle) -> Iterator[dict[str, Any]]:
    """Give every text of an article as exported, oldest first, with when it came and when it was replaced."""
    for edition in editions(filed, archive.history(filed.id) if filed.revision > 1 else []):
        yield article_json(edition.filed) | {
            "revised": instant(edition.came),
            "replaced": instant(edition.replaced),
        }


def write_editions(articles: Iterable[FiledArticle], database: Database, out: TextIO) -> None:
    """Write every text of every article as JSON lines."""
    from newsdesk import Archive

    archive = Archive(database)
    try:
        for filed in articles:
            for document in documents(archive, filed):
                out.write(json.dumps(document, ensure_ascii=False) + "\n")
    finally:
        database.close()


def edit_json(edit: Edit) -> dict[str, Any]:
    """Give an edit as data: every changed passage, whole, and word by word."""
    return {
        "revision": edit.revision,
        "changes": [
            {
                "field": change.field,
                "before": change.before_text,
                "after": change.after_text,
                "pieces": [{"mark": piece.mark, "text": piece.text} for piece in pieces(change)],
            }
            for change in edit.changes
        ],
    }


def edit_lines(edit: Edit) -> Iterator[str]:
    """Give an edit for people: the changed passages with what went and what came, and a few words around."""
    for change in edit.changes[:_MOST]:
        text = " ".join(_marked(pieces(change)).split())
        yield f"{change.field}: {text if len(text) <= _LONGEST else text[:_LONGEST] + ' …'}"
    if len(edit.changes) > _MOST:
        yield f"and {len(edit.changes) - _MOST} more passages"


def _marked(found: Sequence[Piece]) -> str:
    shown: list[str] = []
    for place, piece in enumerate(found):
        opening, closing = _SIGNS[piece.mark]
        text = piece.text
        if piece.mark is Mark.KEPT:
            text = _shortened(text, before=place > 0, after=place < len(found) - 1)
        shown.append(f"{opening}{text}{closing}")
    return " ".join(shown)


def _shortened(text: str, *, before: bool, after: bool) -> str:
    """Leave out the words of a kept run that stand far from what was changed `before` and `after` it."""
    words = text.split()
    if len(words) <= _AROUND * (before + after) + 1:
        return text
    left = words[:_AROUND] if before else []
    right = words[-_AROUND:] if after else []
    return " ".join([*left, "…", *right])
