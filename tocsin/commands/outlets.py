"""tocsin outlets: the outlets that are polled, and how each does."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from newsdesk import instant, show_duration
from tocsin.invocation import Here, Invocation, Json
from tocsin.show import table

if TYPE_CHECKING:
    from crawler import Outlet, SourceState


def command(*, json: Json = False, call: Here) -> int:
    """List the outlets: their sources, how many articles came, when the last one, what fails."""
    from crawler import source_states
    from newsdesk import Archive

    configuration, database = call.configuration, call.open_database()
    try:
        counts, states = Archive(database).counts(), source_states(database)
    finally:
        database.close()
    listed = [
        _outlet(outlet, counts.get(outlet.slug), [state for state in states if state.outlet == outlet.slug])
        for outlet in configuration.outlets
    ]
    if json:
        for one in listed:
            call.emit(one)
    else:
        _show(call, listed)
    return 0


def _outlet(outlet: Outlet, count: tuple[int, datetime] | None, states: list[SourceState]) -> dict[str, Any]:
    known = {state.url: state for state in states}
    configured = {source.url: source.kind for source in outlet.sources}
    discovered = {state.url: state.kind for state in states if not outlet.sources}
    return {
        "slug": outlet.slug,
        "name": outlet.name,
        "site": outlet.site,
        "language": outlet.language,
        "tags": list(outlet.tags),
        "articles": count[0] if count else 0,
        "last_article": instant(count[1]) if count else None,
        "sources": [_source(kind, url, known.get(url)) for url, kind in {**configured, **discovered}.items()],
    }


def _source(kind: str, url: str, state: SourceState | None) -> dict[str, Any]:
    return {
        "kind": kind,
        "url": url,
        "state": state.state if state else "new",
        "last_success": instant(state.last_success) if state else None,
        "next_poll": instant(state.next_poll_at) if state else None,
        "interval": _duration(state.interval) if state else None,
        "interval_reason": state.interval_reason if state else None,
        "failures": state.failures if state else 0,
        "last_error": state.last_error if state else None,
    }


def _duration(seconds: float) -> str:
    from datetime import timedelta

    return show_duration(timedelta(seconds=round(seconds)))


def _show(call: Invocation, listed: list[dict[str, Any]]) -> None:
    if not listed:
        call.warn(f"no outlets: put files into {call.folder / 'outlets'}, or try: tocsin probe URL --write NAME")
        return
    rows = []
    for one in listed:
        failing = [source["last_error"] for source in one["sources"] if source["failures"]]
        polled = max((source["last_success"] or "" for source in one["sources"]), default="")
        rows.append(
            (one["slug"], one["name"], one["articles"], one["last_article"], polled or None, "; ".join(failing) or "ok")
        )
    table(call, ["outlet", "name", "articles", "last article", "last visit", "state"], rows)
