"""tocsin articles: search the archive."""

from itertools import islice
from typing import Annotated

from cyclopts import Parameter

from newsdesk import article_json
from tocsin.invocation import Here, Json
from tocsin.search import Filters, Query, search
from tocsin.show import table


def command(
    query: Query = None,
    *,
    filters: Annotated[Filters | None, Parameter(name="*")] = None,
    limit: int = 20,
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
    """
    found = search(call, query, filters or Filters())
    chosen = found if limit <= 0 else islice(found, limit)
    if json:
        for one in chosen:
            call.emit(article_json(one.filed))
        return 0
    rows = [
        (one.filed.first_seen, one.filed.article.outlet, one.filed.article.title, one.filed.article.canonical_url)
        for one in chosen
    ]
    if rows:
        table(call, ["first seen (UTC)", "outlet", "title", "address"], rows)
    else:
        call.warn("no article found")
    return 0
