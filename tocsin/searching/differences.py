"""Differences: how what changed watches would add and lose looks to a person and to a machine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from newsdesk import instant
from tocsin.invocation import Invocation
from tocsin.searching.compare import Difference
from tocsin.searching.hits import sample_json, show_hit
from tocsin.show import count, table

if TYPE_CHECKING:
    from alerts import Watch

_KINDS = ("before", "after", "gained", "lost", "kept")


def show_differences(call: Invocation, differences: Sequence[Difference], read: str) -> None:
    """Write what each changed watch would add and lose: counts, days, and samples."""
    for difference in differences:
        show_counts(call, difference, f"{difference.pair.slug} ({difference.pair.state})", read)
        if difference.pair.state != "same" and (difference.before or difference.after):
            _show_days(call, difference)


def show_counts(call: Invocation, difference: Difference, whose: str, read: str = "") -> None:
    """Write how many stories are gained, lost and kept, and what was asked before and after."""
    pair = difference.pair
    if pair.state == "same":
        call.say(f"{pair.slug}: asks what it asked")
        return
    number = {kind: len(difference.stories(kind)) for kind in ("gained", "lost", "kept")}
    counts = f"{count(number['gained'], 'story')} gained, {number['lost']} lost, {number['kept']} kept"
    call.say(f"{whose}: {counts}{f', {read}' if read else ''}")
    for sign, watch in (("-", pair.before), ("+", pair.after)):
        if watch:
            call.say(f"  {sign} {_asks(watch)}")


def _show_days(call: Invocation, difference: Difference) -> None:
    call.say()
    table(call, ["day (UTC)", "stories before", "after", "gained", "lost"], _days(difference))
    for sign, kind in (("+ ", "gained"), ("- ", "lost")):
        for one in difference.shown(kind):
            call.say()
            show_hit(call, one, sign=sign)
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


def differences_json(differences: Sequence[Difference], start: datetime | None, read: int) -> dict[str, Any]:
    """Give the comparison of several watches."""
    return {
        "since": instant(start),
        "read": read,
        "different": not all(difference.is_none for difference in differences),
        "watches": [difference_json(difference) for difference in differences],
    }


def difference_json(difference: Difference) -> dict[str, Any]:
    """Give the comparison of one watch: counts, days and samples."""
    pair = difference.pair
    return {
        "watch": pair.slug,
        "state": pair.state,
        "before": _asked_json(pair.before),
        "after": _asked_json(pair.after),
        "articles": {kind: difference.articles[kind] for kind in _KINDS[:-1]},
        "stories": {kind: len(difference.stories(kind)) for kind in _KINDS},
        "days": [dict(zip(("day", *_KINDS[:-1]), day, strict=True)) for day in _days(difference)],
        "gained": [sample_json(one) for one in difference.shown("gained")],
        "lost": [sample_json(one) for one in difference.shown("lost")],
    }


def _asked_json(watch: Watch | None) -> dict[str, Any] | None:
    if watch is None:
        return None
    return {"query": watch.query_text, "outlets": list(watch.outlets), "languages": list(watch.languages)}
