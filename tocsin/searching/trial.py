"""Trial: what a query would have matched in the archive, told while it is found and then as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from newsdesk import instant
from tocsin.invocation import Invocation
from tocsin.searching.chart import Day, chart, worst
from tocsin.searching.compare import Comparison, Difference, Pair
from tocsin.searching.differences import difference_json, differences_json, show_counts, show_differences
from tocsin.searching.hits import sample_json, show_hit
from tocsin.searching.search import Found, moment, outlet_tags
from tocsin.searching.tally import Tally
from tocsin.show import Ticker, count, table, width

if TYPE_CHECKING:
    from alerts import Watch

_INTERRUPTED = 130
_MOST_CLAUSES = 30


@dataclass(frozen=True, slots=True)
class Asked:
    """How a trial is to be told."""

    since: str
    samples: int
    json: bool = False
    exit_code: bool = False
    """Whether a difference is to be an exit code."""
    in_full: bool = False
    """Whether a difference is to be shown with its days and samples."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    tally: Tally
    differences: Sequence[Difference]
    start: datetime | None
    read: int
    is_whole: bool


def try_archive(call: Invocation, watch: Watch, pairs: Sequence[Pair], asked: Asked) -> int:
    """Try a watch on the archive, newest first, and compare it with others in the same pass.

    Exits 130 where it is interrupted, having told what was seen so far; 1 where a difference is asked to count.
    """
    outcome = _tried(call, watch, pairs, asked)
    if asked.json:
        call.emit(_as_json(watch, outcome, asked))
    else:
        _show(call, outcome, asked)
    if not outcome.is_whole:
        return _INTERRUPTED
    return int(asked.exit_code and not all(difference.is_none for difference in outcome.differences))


def _tried(call: Invocation, watch: Watch, pairs: Sequence[Pair], asked: Asked) -> _Outcome:
    from alerts import Alternatives
    from newsdesk import Archive

    start, tags = moment(asked.since, "--since"), outlet_tags(call)
    tally, ticker = Tally(asked.samples), Ticker(call)
    alternatives, comparison = Alternatives(watch.query), Comparison(pairs, asked.samples, tags, watch)
    database, is_whole = call.open_database(), True
    archive = Archive(database)
    try:
        try:
            for filed in archive.articles(since=start, condition=comparison.condition):
                tally.back_to = filed.first_seen
                if match := comparison.add(filed):
                    found = Found(filed, match.spans)
                    is_new = tally.add(found, alternatives.causes(match))
                    if is_new and not asked.json and len(tally.stories) <= asked.samples:
                        ticker.clear()
                        _show_sample(call, found, is_first=len(tally.stories) == 1)
                ticker.step(lambda: f"back to {tally.back_to:%Y-%m-%d}: {count(tally.articles, 'article')} found")
        except KeyboardInterrupt:
            is_whole = False
        ticker.clear()
        read = archive.size(start if is_whole else tally.back_to) if is_whole or tally.back_to else 0
    finally:
        database.close()
    return _Outcome(tally, comparison.differences, start, read, is_whole)


def _show_sample(call: Invocation, found: Found, *, is_first: bool) -> None:
    if not is_first:
        call.say()
    show_hit(call, found)


def _as_json(watch: Watch, outcome: _Outcome, asked: Asked) -> dict[str, Any]:
    tally, differences = outcome.tally, outcome.differences
    compared = differences_json(differences, outcome.start, outcome.read) if asked.in_full else {}
    stopped = {} if outcome.is_whole else {"interrupted": True, "back_to": instant(tally.back_to)}
    most = worst(tally.days)
    return {
        **compared,
        "query": watch.query_text,
        "since": instant(outcome.start),
        "read": outcome.read,
        "articles": tally.articles,
        "stories": len(tally.stories),
        "days": [_day_json(day) for day in tally.days],
        "worst_day": _day_json(most) if most else None,
        "clauses": [
            {"clause": one.clause, "articles": one.articles, "stories": one.stories, "only": one.only}
            for one in tally.clauses
        ],
        "samples": [sample_json(one) for one in tally.samples],
        "difference": difference_json(differences[0]) if differences else None,
        **stopped,
    }


def _day_json(day: Day) -> dict[str, Any]:
    return {"day": day.day.isoformat(), "articles": day.articles, "stories": day.stories}


def _show(call: Invocation, outcome: _Outcome, asked: Asked) -> None:
    tally = outcome.tally
    if tally.articles and asked.samples:
        call.say()
    call.say(_headline(outcome, asked.since))
    if tally.articles:
        call.say()
        for line in chart(tally.days, width(call), blocks=call.out.isatty()):
            call.say(line)
        _show_worst(call, worst(tally.days))
        _show_clauses(call, tally)
    if outcome.differences:
        call.say()
    if asked.in_full:
        show_differences(call, outcome.differences, f"of {count(outcome.read, 'article')} since {asked.since}")
    else:
        for one in outcome.differences:
            show_counts(call, one, f"against the watch {one.pair.slug} as it stands")


def _headline(outcome: _Outcome, since: str) -> str:
    tally = outcome.tally
    told = f"{tally.articles} of {count(outcome.read, 'article')}"
    stories = count(len(tally.stories), "story")
    if outcome.is_whole:
        return f"{told} since {since}, {stories}"
    reached = f"back to {tally.back_to.astimezone(UTC):%Y-%m-%d %H:%M}" if tally.back_to else "before anything was read"
    return f"interrupted {reached}; so far {told}, {stories}"


def _show_worst(call: Invocation, day: Day | None) -> None:
    if day:
        stories, articles = count(day.stories, "story"), count(day.articles, "article")
        call.say(f"worst day: {day.day:%Y-%m-%d %a}, {stories} in {articles}")


def _show_clauses(call: Invocation, tally: Tally) -> None:
    """Write what each clause brought, where there are several."""
    clauses = tally.clauses
    if len(clauses) < 2:
        return
    call.say()
    rows = [(one.clause, one.stories, one.articles, one.only) for one in clauses[:_MOST_CLAUSES]]
    table(call, ["clause", "stories", "articles", "only by it"], rows)
    if len(clauses) > _MOST_CLAUSES:
        call.say(f"… and {len(clauses) - _MOST_CLAUSES} more clauses")
