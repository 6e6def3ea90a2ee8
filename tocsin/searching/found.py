"""Found: the archive through a query, streamed; and what was found as JSON, for a person's search and a machine's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from newsdesk import article_json
from tocsin.snippet import plain, snippet

if TYPE_CHECKING:
    from alerts import Query, Span
    from newsdesk import Database, FiledArticle

    Tags = Mapping[str, tuple[str, ...]]

_EXCERPT = 300


@dataclass(frozen=True, slots=True)
class Found:
    """An article, and where the query matched it."""

    filed: FiledArticle
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Where:
    """Which articles are looked at: of an outlet, first seen from `since` on and before `until`."""

    outlet: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def candidates(
    database: Database, query: Query | None, tags: Tags, where: Where, *, newest_first: bool = True
) -> Iterator[FiledArticle]:
    """Give the articles that a query may match, streamed in the order in which they were first seen."""
    from newsdesk import Archive

    condition = query.condition(tags) if query else None
    span = (where.outlet, where.since, where.until)
    yield from Archive(database).articles(*span, newest_first=newest_first, condition=condition)


def matching(query: Query | None, filed: FiledArticle, tags: Tags) -> tuple[Span, ...] | None:
    """Give the spans of a match, None where there is none; no query matches everything."""
    if query is None:
        return ()
    from alerts import Matcher

    return Matcher.match_one(query, filed, tags)


def hit_json(found: Found, *, with_body: bool = True) -> dict[str, Any]:
    """Give an article with its matches, as they are sent, and the text around them."""
    document = article_json(found.filed, with_body=with_body)
    return {**document, "matches": spans_json(found.spans), "excerpt": excerpt(found)}


def spans_json(spans: Iterable[Span]) -> list[dict[str, Any]]:
    """Give spans as they are sent: field, start, end, text, term."""
    return [
        {"field": span.field, "start": span.start, "end": span.end, "text": span.text, "term": span.term}
        for span in spans
    ]


def carriers_json(story: Iterable[FiledArticle]) -> list[dict[str, Any]]:
    """Give who else tells a story: outlet, address and title."""
    return [
        {"outlet": one.article.outlet, "url": one.article.canonical_url, "title": one.article.title} for one in story
    ]


def excerpt(found: Found) -> str:
    """Give the text around the matches in the body; without any, around those in the lede, or the beginning."""
    article = found.filed.article
    for name, text in (("body", article.body), ("lede", article.lede or "")):
        spans = [span for span in found.spans if span.field == name]
        if text and spans:
            return plain(snippet(text, ((span.start, span.end, span.term) for span in spans), _EXCERPT)).strip()
    return plain(snippet(article.lede or article.body, (), _EXCERPT)).strip()
