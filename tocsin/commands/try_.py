"""tocsin try: what a query would have matched in the archive, or whether it matches one text."""

from __future__ import annotations

import json as jsonlib
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from newsdesk import Article, FiledArticle, article_from_json, article_json
from tocsin.compare import Difference, compare, pairs_of
from tocsin.invocation import Here, Invocation, Json, OrStream, UsageError
from tocsin.rehearse import rehearse_file, watch_file
from tocsin.search import Found, Query, adviser, matching, moment, outlet_tags, read_query
from tocsin.show import count, marked, progress, table

if TYPE_CHECKING:
    from alerts import Span, Watch

_NOWHERE = "about:blank"


@dataclass
class _Tally:
    """Hits and stories, in all and by day, and the newest hits."""

    samples: list[Found] = field(default_factory=list)
    read: int = 0
    hits: Counter[str] = field(default_factory=Counter)
    stories: set[str] = field(default_factory=set)
    by_day: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, found: Found, keep: int) -> None:
        """Count one hit."""
        day = found.filed.first_seen.astimezone(UTC).date().isoformat()
        self.hits[day] += 1
        self.by_day[day].add(found.filed.story)
        self.stories.add(found.filed.story)
        if len(self.samples) < keep:
            self.samples.append(found)


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

    With --diff, tell what changed watch files would add and lose against the watches as they stand.

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
    if diff or against:
        if text is not None or (query is not None and diff):
            raise UsageError("compare either a query or --diff files, over the archive, not on a text")
        return _compare(call, query, diff or [], against, (since, samples, exit_code, json))
    assert query is not None
    if file := watch_file(query):
        return _try_watch(call, file, text, (since, samples, json))
    parsed = read_query(call, query)
    if text is not None:
        return _try_text(call, parsed, text, json)
    tags = outlet_tags(call)
    return _try_archive(call, query, lambda filed: matching(parsed, filed, tags), (since, samples, json))


def _try_watch(call: Invocation, file: Path, text: Path | None, how: tuple[str, int, bool]) -> int:
    """Try the watch of a file: its query on a text, or the whole of it on the archive."""
    from alerts import Matcher, load_watch

    watch = load_watch(file)
    for problem in adviser(call).problems(watch):
        call.warn(f"{problem} (warning)")
    since, _, json = how
    if text is not None:
        return _try_text(call, watch.query, text, json)
    if not watch.tells_each:
        return rehearse_file(call, file, since, json)
    matcher, tags = Matcher([watch]), outlet_tags(call)

    def spans(filed: FiledArticle) -> tuple[Span, ...] | None:
        return next((match.spans for match in matcher.match(filed, tags)), None)

    return _try_archive(call, watch.query_text, spans, how)


def _try_archive(
    call: Invocation,
    query: str,
    find: Callable[[FiledArticle], tuple[Span, ...] | None],
    how: tuple[str, int, bool],
) -> int:
    since, samples, json = how
    start = moment(since, "--since")
    tally = _Tally()
    from newsdesk import Archive

    database = call.open_database()
    try:
        with progress(call, "articles read") as step:
            for filed in Archive(database).articles(since=start):
                tally.read += 1
                step()
                if (spans := find(filed)) is not None:
                    tally.add(Found(filed, spans), samples)
    finally:
        database.close()
    if json:
        call.emit(_as_json(query, start, tally))
    else:
        _show(call, since, tally)
    return 0


def _as_json(query: str, start: datetime | None, tally: _Tally) -> dict[str, Any]:
    days = [
        {"day": day, "articles": tally.hits[day], "stories": len(tally.by_day[day])} for day in sorted(tally.by_day)
    ]
    return {
        "query": query,
        "since": start.strftime("%Y-%m-%dT%H:%M:%SZ") if start else None,
        "read": tally.read,
        "articles": tally.hits.total(),
        "stories": len(tally.stories),
        "days": days,
        "samples": [_sample_json(one) for one in tally.samples],
    }


def _show(call: Invocation, since: str, tally: _Tally) -> None:
    call.say(f"{tally.hits.total()} of {tally.read} articles since {since}, {count(len(tally.stories), 'story')}")
    if not tally.hits:
        return
    most = max(tally.hits.values())
    rows = [
        (day, tally.hits[day], len(tally.by_day[day]), "█" * max(1, round(40 * tally.hits[day] / most)))
        for day in sorted(tally.by_day)
    ]
    call.say()
    table(call, ["day (UTC)", "articles", "stories", ""], rows)
    for one in tally.samples:
        _show_one(call, one)


def _show_one(call: Invocation, one: Found, sign: str = "") -> None:
    article = one.filed.article
    call.say(f"\n{sign}{article.outlet}  {article.canonical_url}")
    call.say(f"  {marked(call, article.title, _of(one, 'title'))}")
    for name in ("lede", "body"):
        if spans := _of(one, name):
            call.say(f"  {marked(call, getattr(article, name) or '', spans)}")


def _of(found: Found, name: str) -> list[Any]:
    return [span for span in found.spans if span.field == name]


# What changed watches would add and lose


def _compare(
    call: Invocation, query: str | None, paths: list[Path], against: str | None, how: tuple[str, int, bool, bool]
) -> int:
    since, samples, exit_code, json = how
    start = moment(since, "--since")
    pairs = pairs_of(call, query, paths, against)
    advised = adviser(call)
    for pair in pairs:
        for problem in advised.problems(pair.after) if pair.after and pair.after.file else ():
            call.warn(f"{problem} (warning)")
    with progress(call, "articles read") as step:
        differences, read = compare(call, pairs, start, samples, step)
    if json:
        call.emit(_differences_json(differences, start, read))
    else:
        for difference in differences:
            _show_difference(call, difference, f"of {count(read, 'article')} since {since}")
    return int(exit_code and not all(difference.is_none for difference in differences))


def _show_difference(call: Invocation, difference: Difference, read: str) -> None:
    pair = difference.pair
    number = {kind: len(difference.stories(kind)) for kind in ("gained", "lost", "kept")}
    if pair.state == "same":
        call.say(f"{pair.slug}: asks what it asked")
        return
    call.say(
        f"{pair.slug} ({pair.state}): {count(number['gained'], 'story')} gained, {number['lost']} lost, "
        f"{number['kept']} kept, {read}"
    )
    for sign, watch in (("-", pair.before), ("+", pair.after)):
        if watch:
            call.say(f"  {sign} {_asks(watch)}")
    if not difference.before and not difference.after:
        return
    call.say()
    table(call, ["day (UTC)", "stories before", "after", "gained", "lost"], _days(difference))
    for sign, kind in (("+ ", "gained"), ("- ", "lost")):
        for one in difference.shown(kind):
            _show_one(call, one, sign)
    call.say()


def _asks(watch: Watch) -> str:
    """Give what a watch asks, in one line."""
    parts = [" ".join(watch.query_text.split())]
    parts += [f"outlets: {', '.join(watch.outlets)}"] if watch.outlets else []
    parts += [f"languages: {', '.join(watch.languages)}"] if watch.languages else []
    return "; ".join(parts)


def _days(difference: Difference) -> list[tuple[str, int, int, int, int]]:
    gained, lost = difference.stories("gained"), difference.stories("lost")
    days = sorted({*difference.before, *difference.after})
    sides = [(day, difference.before.get(day, set()), difference.after.get(day, set())) for day in days]
    return [(day, len(old), len(new), len(new & gained), len(old & lost)) for day, old, new in sides]


def _differences_json(differences: list[Difference], start: datetime | None, read: int) -> dict[str, Any]:
    return {
        "since": start.strftime("%Y-%m-%dT%H:%M:%SZ") if start else None,
        "read": read,
        "different": not all(difference.is_none for difference in differences),
        "watches": [_difference_json(difference) for difference in differences],
    }


def _difference_json(difference: Difference) -> dict[str, Any]:
    pair, kinds = difference.pair, ("before", "after", "gained", "lost", "kept")
    return {
        "watch": pair.slug,
        "state": pair.state,
        "before": _asked_json(pair.before),
        "after": _asked_json(pair.after),
        "articles": {kind: difference.articles[kind] for kind in kinds[:-1]},
        "stories": {kind: len(difference.stories(kind)) for kind in kinds},
        "days": [dict(zip(("day", *kinds[:-1]), day, strict=True)) for day in _days(difference)],
        "gained": [_sample_json(one) for one in difference.shown("gained")],
        "lost": [_sample_json(one) for one in difference.shown("lost")],
    }


def _asked_json(watch: Watch | None) -> dict[str, Any] | None:
    if watch is None:
        return None
    return {"query": watch.query_text, "outlets": list(watch.outlets), "languages": list(watch.languages)}


def _sample_json(one: Found) -> dict[str, Any]:
    return {"article": article_json(one.filed, with_body=False), "matches": spans_json(one.spans)}


def _try_text(call: Invocation, query: Any, path: Path, json: bool) -> int:
    filed = FiledArticle(
        id="", article=_article(path), first_seen=datetime.now(UTC), revision=1, story="", copy_of=None
    )
    spans = matching(query, filed, outlet_tags(call))
    if json:
        call.emit({"matched": spans is not None, "spans": spans_json(spans or ())})
    elif spans is None:
        call.say("no match")
    else:
        call.say("match")
        for span in spans:
            call.say(f"{span.field} {span.start}-{span.end}: {span.text}  ({span.term})")
    return 0 if spans is not None else 1


def _article(path: Path) -> Article:
    """Read an article from FILE.json; any other file is the body of one."""
    try:
        content = sys.stdin.read() if str(path) == "-" else path.read_text("utf-8-sig")
    except OSError as error:
        raise UsageError(f"--text {path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"--text {path}: is not UTF-8") from None
    if path.suffix != ".json":
        return Article(outlet="", url="", canonical_url="", title="", body=content)
    try:
        document = jsonlib.loads(content)
        if not isinstance(document, dict):
            raise ValueError("write one article, as `tocsin export` gives it")
        # What a trial does not need may be left out; an address is on record for no one.
        given = {key: value for key, value in document.items() if value is not None and value != ""}
        return article_from_json({"url": _NOWHERE, "title": "", "outlet": "", **given})
    except (ValueError, RecursionError) as error:
        raise UsageError(f"--text {path}: {error}") from None


def spans_json(spans: Any) -> list[dict[str, Any]]:
    """Give spans as they are sent: field, start, end, text, term."""
    return [
        {"field": span.field, "start": span.start, "end": span.end, "text": span.text, "term": span.term}
        for span in spans
    ]
