"""tocsin try: what a query would have matched in the archive, or whether it matches one text."""

import json as jsonlib
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from newsdesk import Article, FiledArticle, article_from_json, article_json
from tocsin.invocation import Here, Invocation, Json, OrStream, UsageError
from tocsin.search import Found, QueryText, matching, moment, outlet_tags, read_query
from tocsin.show import count, marked, progress, table


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
    query: QueryText,
    *,
    since: str = "30d",
    text: Annotated[Path | None, OrStream] = None,
    samples: int = 10,
    json: Json = False,
    call: Here,
) -> int:
    """Try a query: on the archive, or on one text with --text (exit 0 when it matches, 1 when not).

    Parameters
    ----------
    query: str
        A query in the watch language.
    since: str
        How far back in the archive: 30d, or a date.
    text: Path | None
        One text to try it on: a text file (- for standard input), or FILE.json with an article.
    samples: int
        How many of the newest hits to show.
    """
    parsed = read_query(call, query)
    if text is not None:
        return _try_text(call, parsed, text, json)
    start = moment(since, "--since")
    tally = _Tally()
    from newsdesk import Archive

    tags, database = outlet_tags(call), call.open_database()
    try:
        with progress(call, "articles read") as step:
            for filed in Archive(database).articles(since=start):
                tally.read += 1
                step()
                if (spans := matching(parsed, filed, tags)) is not None:
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
        "samples": [
            {"article": article_json(one.filed, with_body=False), "matches": spans_json(one.spans)}
            for one in tally.samples
        ],
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
        article = one.filed.article
        call.say(f"\n{article.outlet}  {article.canonical_url}")
        call.say(f"  {marked(call, article.title, _of(one, 'title'))}")
        for name in ("lede", "body"):
            if spans := _of(one, name):
                call.say(f"  {marked(call, getattr(article, name) or '', spans)}")


def _of(found: Found, name: str) -> list[Any]:
    return [span for span in found.spans if span.field == name]


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
