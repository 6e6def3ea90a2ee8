"""Hits: how an article that was found looks to a person and to a machine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC
from typing import TYPE_CHECKING, Any

from newsdesk import article_json
from tocsin.invocation import Invocation, inert
from tocsin.searching.found import Found, excerpt
from tocsin.searching.found import carriers_json as carriers_json
from tocsin.searching.found import hit_json as hit_json
from tocsin.searching.found import spans_json as spans_json
from tocsin.show import marked

if TYPE_CHECKING:
    from alerts import Span
    from newsdesk import FiledArticle

_TITLE = 400
_MOST_OUTLETS = 12


def show_hit(
    call: Invocation,
    found: Found,
    *,
    sign: str = "",
    story: Sequence[FiledArticle] = (),
    lines: Sequence[str] = (),
) -> None:
    """Write an article: when, where, title and text around the marked words, what asked for them, who else tells it.

    `story` is the other articles of its story, oldest first; `lines` are what else is to be said of it.
    """
    filed, article = found.filed, found.filed.article
    seen = filed.first_seen.astimezone(UTC)
    call.say(f"{sign}{seen:%Y-%m-%d %H:%M}  {inert(article.outlet)}  {inert(article.canonical_url)}")
    call.say(f"  {marked(call, article.title, _of(found, 'title'), _TITLE) or '(no title)'}")
    for line in _texts(call, found):
        call.say(f"  {line}")
    if clauses := _clauses(found.spans):
        call.say(f"  matched: {clauses}")
    for line in (*_elsewhere(filed, story), *map(inert, lines)):
        call.say(f"  {line}")
    call.out.flush()


def sample_json(found: Found) -> dict[str, Any]:
    """Give a sample of a trial: the article without its body, its matches, and the text around them."""
    article = article_json(found.filed, with_body=False)
    return {"article": {**article, "excerpt": excerpt(found)}, "matches": spans_json(found.spans)}


def _of(found: Found, name: str) -> list[Span]:
    return [span for span in found.spans if span.field == name]


def _texts(call: Invocation, found: Found) -> list[str]:
    """Give a line for each text in which something was found, or where all was in the title, the beginning."""
    article = found.filed.article
    lines = [
        marked(call, text, spans)
        for name, text in (("lede", article.lede or ""), ("body", article.body))
        if (spans := _of(found, name))
    ]
    if not lines and found.spans:
        lines = [marked(call, article.lede or article.body, ())]
    others = {"author": ", ".join(article.authors), "dateline": article.dateline, "section": article.section}
    lines += [
        f"{name}: {marked(call, text or '', spans)}" for name, text in others.items() if (spans := _of(found, name))
    ]
    return [line for line in lines if line]


def _clauses(spans: Iterable[Span]) -> str:
    """Give what asked for the words, each clause once."""
    return "; ".join(dict.fromkeys(" ".join(inert(span.term).split()) for span in spans))


def _elsewhere(filed: FiledArticle, story: Sequence[FiledArticle]) -> list[str]:
    copies = [one for one in story if one.original == filed.original]
    others = [one for one in story if one.original != filed.original]
    lines = []
    if copies:
        lines.append(f"also in {_outlets(copies)}")
    first = next((one for one in copies if one.id == filed.copy_of), None)
    if first:
        seen = first.first_seen.astimezone(UTC)
        lines.append(f"first in {inert(first.article.outlet)}, {seen:%Y-%m-%d %H:%M}")
    if others:
        lines.append(f"same story, another text, in {_outlets(others)}")
    return lines


def _outlets(articles: Iterable[FiledArticle]) -> str:
    """Give how many outlets, and which."""
    outlets = list(dict.fromkeys(inert(one.article.outlet) for one in articles))
    rest = len(outlets) - _MOST_OUTLETS
    return f"{len(outlets)}: {', '.join(outlets[:_MOST_OUTLETS])}" + (f" and {rest} more" if rest > 0 else "")
