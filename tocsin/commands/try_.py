"""tocsin try: what a query would have matched in the archive, or whether it matches one text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from tocsin.invocation import Here, Invocation, Json, OrStream, UsageError
from tocsin.searching.compare import Pair, compare, drafted, pair_against, pair_that_stands, pairs_of
from tocsin.searching.differences import differences_json, show_differences
from tocsin.searching.onetext import try_text
from tocsin.searching.rehearse import rehearse_file, watch_file
from tocsin.searching.search import Query, adviser, moment, read_query
from tocsin.searching.trial import Asked, try_archive
from tocsin.show import count, progress


def command(
    query: Query = None,
    *,
    since: str = "30d",
    text: Annotated[Path | None, OrStream] = None,
    diff: Annotated[list[Path] | None, Parameter(consume_multiple=True, negative="")] = None,
    against: str | None = None,
    exit_code: Annotated[bool, Parameter(negative="")] = False,
    samples: int = 10,
    json: Json = False,
    call: Here,
) -> int:
    """Try a query: on the archive, or on one text with --text (exit 0 when it matches, 1 when not).

    On the archive, the newest hits are shown as they are found; then hits and stories per day, the worst day, what
    each clause brought, and the difference to the watch of the same name. With --diff, only tell what changed watch
    files would add and lose against the watches as they stand.

    Parameters
    ----------
    query: str | None
        A query in the watch language; or a watch file, of which an `alert:` shows when it would have told.
    since: str
        How far back in the archive: 30d, or a date.
    text: Path | None
        One text to try it on: a text file (- for standard input), or FILE.json with an article.
    diff: list[Path] | None
        Changed watch files, or folders of them, to compare with the watches of the same names in the configuration.
    against: str | None
        What to compare with instead: a folder of watches as they were, a watch file, a watch's name, or a query.
    exit_code: bool
        With --diff or --against: exit 1 where anything would be added or lost.
    samples: int
        How many of the newest hits to show; of a comparison, of what is gained and of what is lost.
    """
    if query is None and not diff:
        raise UsageError("write a query to try, or --diff and watch files to compare")
    if (diff or against) and (text is not None or (query is not None and diff)):
        raise UsageError("compare either a query or --diff files, over the archive, not on a text")
    asked = Asked(since, max(samples, 0), json, exit_code, in_full=against is not None)
    if diff:
        return _compare(call, diff, against, asked)
    assert query is not None
    if file := watch_file(query):
        return _try_watch(call, file, text, against, asked)
    parsed = read_query(call, query)
    if text is not None:
        return try_text(call, parsed, text, json)
    watch = drafted("query", query, parsed)
    pair = pair_against(call, watch, against) if against else pair_that_stands(call, watch, query.strip())
    return try_archive(call, watch, [pair] if pair else [], asked)


def _try_watch(call: Invocation, file: Path, text: Path | None, against: str | None, asked: Asked) -> int:
    """Try the watch of a file: its query on a text, or the whole of it on the archive."""
    from alerts import load_watch

    watch = load_watch(file)
    for problem in adviser(call).problems(watch):
        call.warn(f"{problem} (warning)")
    if text is not None:
        return try_text(call, watch.query, text, asked.json)
    if not watch.tells_each:
        return rehearse_file(call, file, asked.since, asked.json)
    pair = pair_against(call, watch, against) if against else pair_that_stands(call, watch, watch.slug)
    return try_archive(call, watch, [pair] if pair else [], asked)


def _compare(call: Invocation, paths: list[Path], against: str | None, asked: Asked) -> int:
    """Tell what changed watch files would add and lose."""
    start = moment(asked.since, "--since")
    pairs = pairs_of(call, paths, against)
    _advise(call, pairs)
    with progress(call, "articles read") as step:
        differences, read = compare(call, pairs, start, asked.samples, step)
    if asked.json:
        call.emit(differences_json(differences, start, read))
    else:
        show_differences(call, differences, f"of {count(read, 'article')} since {asked.since}")
    return int(asked.exit_code and not all(difference.is_none for difference in differences))


def _advise(call: Invocation, pairs: list[Pair]) -> None:
    advised = adviser(call)
    for pair in pairs:
        for problem in advised.problems(pair.after) if pair.after and pair.after.file else ():
            call.warn(f"{problem} (warning)")
