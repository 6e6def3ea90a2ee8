"""tocsin outlets: the outlets that are polled, and how each does."""

from __future__ import annotations

from typing import Any

from tocsin.invocation import Here, Invocation, Json
from tocsin.show import table

_COLUMNS = ["outlet", "health", "articles", "last article", "every", "why", "next visit", "last 200", "304s", "read"]


def command(*, json: Json = False, call: Here) -> int:
    """List the outlets: health, last article, how often each is asked and why, gaps, hubs, what fails.

    An outlet is "dark" when it was silent for longer than its own habit and chance explain: about one false alarm an
    outlet and year, none within three hours nor before it is known well. It is "failing" when nothing of it can be
    had, and "rotten" when its lists or pages no longer read as they used to.
    """
    from tocsin.standing import standing

    configuration, database = call.configuration, call.open_database()
    try:
        listed = standing(database, configuration.outlets)
    finally:
        database.close()
    if json:
        for one in listed:
            call.emit(one)
    else:
        _show(call, listed)
    return 0


def _show(call: Invocation, listed: list[dict[str, Any]]) -> None:
    from tocsin.standing import ALARM, remarks

    if not listed:
        call.warn(f"no outlets: put files into {call.folder / 'outlets'}, or try: tocsin probe URL --write NAME")
        return
    table(call, _COLUMNS, [_row(one) for one in listed])
    for one in listed:
        for source in one["sources"]:
            for remark in remarks(source):
                call.say(f"{one['slug']} {source['kind']} {source['url']}: {remark}")
    if any(one["health"] == "dark" for one in listed):
        call.say(ALARM)


def _row(one: dict[str, Any]) -> list[object]:
    from tocsin.standing import clock, health_line, size

    sources = one["sources"]
    polls = sum(source["polls"] for source in sources)
    unchanged = sum(source["polls"] * source["not_modified_share"] for source in sources)
    read = max((source["last_200"] or "" for source in sources), default="")
    return [
        one["slug"],
        health_line(one),
        one["articles"],
        one["last_article"] and clock(one["last_article"]),
        one["interval"],
        one["interval_reason"],
        one["next_visit"] and clock(one["next_visit"]),
        (read and clock(read)) or None,
        f"{unchanged / polls:.0%}" if polls else None,
        size(sum(source["bytes"] for source in sources)),
    ]
