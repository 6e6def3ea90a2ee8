"""tocsin articles: search the archive."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from tocsin.invocation import Here, Invocation, Json, UsageError
from tocsin.searching.hits import carriers_json, hit_json, show_hit
from tocsin.searching.search import Filters, Found, Query, search

if TYPE_CHECKING:
    from collections.abc import Callable

    from newsdesk import FiledArticle


def command(
    query: Query = None,
    *,
    filters: Annotated[Filters | None, Parameter(name="*")] = None,
    limit: int = 20,
    copies: bool | None = None,
    related: str | None = None,
    json: Json = False,
    call: Here,
) -> int:
    """Search the archive, newest first.

    Parameters
    ----------
    query: str | None
        A query in the watch language; all articles without one.
    limit: int
        At most so many; 0 for all.
    copies: bool | None
        Show each copy of a story, not only the newest with the outlets that carry it. JSON gives each unless refused.
    related: str | None
        The address or the id of an article: show other reports of the same event, the likest first, and the rare words
        that they share. Copies of it are none.
    """
    if related is not None:
        if query is not None or filters is not None:
            raise UsageError("--related takes an article's address or id, and neither a query nor other filters")
        return _show_related(call, related, limit, json)
    found: Iterable[Found] = search(call, query, filters or Filters())
    as_stories = not (json if copies is None else copies)
    if as_stories:
        found = _one_a_story(found)
    shown = 0
    with _stories(call) as others:
        for one in found if limit <= 0 else islice(found, limit):
            story = others(one.filed) if as_stories else []
            if json:
                call.emit(hit_json(one) | ({"also_in": carriers_json(story)} if as_stories else {}))
                call.out.flush()
            else:
                if shown:
                    call.say()
                show_hit(call, one, story=story)
            shown += 1
    if not shown and not json:
        call.warn("no article found")
    return 0


def _show_related(call: Invocation, id_or_url: str, limit: int, json: bool) -> int:
    from tocsin.searching.relations import reports_of_the_event

    database = call.open_database()
    try:
        found = reports_of_the_event(database, id_or_url, limit if limit > 0 else sys.maxsize)
    finally:
        database.close()
    for number, one in enumerate(found):
        hit = Found(one.filed, ())
        if json:
            call.emit(hit_json(hit) | {"score": one.score, "words": list(one.words)})
            continue
        if number:
            call.say()
        show_hit(call, hit, lines=[f"related {one.score:.2f}: {', '.join(one.words)}"])
    if not found and not json:
        call.warn("no other report of the event found")
    return 0


def _one_a_story(found: Iterable[Found]) -> Iterator[Found]:
    """Give the newest of each story."""
    seen: set[str] = set()
    for one in found:
        if one.filed.story not in seen:
            seen.add(one.filed.story)
            yield one


@contextmanager
def _stories(call: Invocation) -> Iterator[Callable[[FiledArticle], list[FiledArticle]]]:
    """Give who tells the other articles of a story."""
    from newsdesk import Desk

    database = call.open_database()
    desk = Desk(database)

    def others(filed: FiledArticle) -> list[FiledArticle]:
        with database.read() as session:
            return desk.also_in(session, filed.story, filed.id)

    try:
        yield others
    finally:
        database.close()
