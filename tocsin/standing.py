"""Standing: how each outlet does, as the command line, the pages and the API tell it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from crawler import (
    HubState,
    Outlet,
    OutletState,
    SourceState,
    closed_hosts,
    hub_states,
    outlet_states,
    source_states,
)
from newsdesk import Archive, Database, instant, show_duration

ALARM = (
    "An outlet is dark when it was silent for longer than its own habit and chance explain: "
    "about one false alarm an outlet and year, none within three hours nor before it is known well."
)

Json = dict[str, Any]


def standing(database: Database, outlets: Sequence[Outlet]) -> list[Json]:
    """Give for each outlet its health and its sources; instants as text, durations as `5m`."""
    counts, health, hubs, closed = (
        Archive(database).counts(),
        outlet_states(database),
        hub_states(database),
        closed_hosts(database),
    )
    states: dict[str, list[SourceState]] = {}
    for state in source_states(database):
        states.setdefault(state.outlet, []).append(state)
    found = []
    for outlet in outlets:
        sources = _sources(outlet, states.get(outlet.slug, []), hubs)
        for source in sources:
            source["robots_closed_since"] = instant(closed.get(_host(source["moved_to"] or source["url"])))
        articles, last = counts.get(outlet.slug, (0, None))
        found.append(
            {
                "slug": outlet.slug,
                "name": outlet.name,
                "site": outlet.site,
                "language": outlet.language,
                "tags": list(outlet.tags),
                **_health(health.get(outlet.slug), sources),
                "articles": articles,
                "last_article": instant(last),
                **_next(sources),
                "sources": sources,
            }
        )
    return found


def _health(state: OutletState | None, sources: Sequence[Json]) -> Json:
    """Before a vigil has seen it, an outlet is new."""
    is_known = state is not None and any(source["last_success"] or source["failures"] for source in sources)
    in_trouble = state is not None and state.health != "ok"
    return {
        "health": state.health.value if state and (is_known or in_trouble) else "new",
        "health_since": instant(state.since) if state and in_trouble else None,
        "health_reason": state.reason if state and in_trouble else None,
        "operator_told": state.told if state else False,
    }


def _next(sources: Sequence[Json]) -> Json:
    """Give the next visit, and the rhythm of the source that is asked most often."""
    visits = [source["next_poll"] for source in sources if source["next_poll"] and source["state"] == "on"]
    asked = [source for source in sources if source["seconds"] and source["state"] == "on"]
    quickest = min(asked, key=lambda source: float(source["seconds"]), default=None)
    for source in sources:
        del source["seconds"]
    return {
        "next_visit": min(visits, default=None),
        "interval": quickest and quickest["interval"],
        "interval_reason": quickest and quickest["interval_reason"],
    }


def _sources(outlet: Outlet, states: Sequence[SourceState], hubs: dict[tuple[str, str, str], HubState]) -> list[Json]:
    known = {(state.kind, state.url): state for state in states}
    named = [(source.kind, source.url) for source in outlet.sources] or list(known)
    return [
        _source(kind, url, known.get((kind, url)), hubs.get((outlet.slug, kind, url)))
        for kind, url in dict.fromkeys(named)
    ]


def _source(kind: str, url: str, state: SourceState | None, hub: HubState | None) -> Json:
    return {
        "kind": kind,
        "url": url,
        "state": state.state if state else "new",
        "last_success": instant(state.last_success) if state else None,
        "next_poll": instant(state.next_poll_at) if state else None,
        "seconds": state.interval if state else None,
        "interval": _duration(state.interval) if state else None,
        "interval_reason": state.interval_reason if state else None,
        "failures": state.failures if state else 0,
        "last_error": state.last_error if state else None,
        "last_status": state.last_status if state else None,
        "last_200": instant(state.last_read_at) if state else None,
        "last_new": instant(state.last_new_at) if state else None,
        "polls": state.polls if state else 0,
        "not_modified_share": round(state.not_modified_share, 3) if state else 0.0,
        "bytes": state.bytes_read if state else 0,
        "lied_about_304": instant(state.lied_at) if state else None,
        "moved_to": state.moved_to if state else None,
        "gap": _gap(state),
        "hub": _hub(hub),
    }


def _gap(state: SourceState | None) -> Json | None:
    if state is None or state.gap is None:
        return None
    gap = state.gap
    return {
        "count": gap.number,
        "began": instant(gap.began),
        "noticed": instant(gap.noticed),
        "ended": instant(gap.ended),
        "way": gap.way,
        "found": gap.found,
    }


def _hub(hub: HubState | None) -> Json | None:
    if hub is None:
        return None
    return {
        "url": hub.url,
        "state": hub.state,
        "reason": hub.reason,
        "until": instant(hub.until),
        "last_push": instant(hub.last_push),
    }


def health_line(one: Json) -> str:
    """Give an outlet's health in a line: `dark since 2026-11-21 09:40: no new article in ...`."""
    if one["health_since"] is None:
        failing = [source["last_error"] for source in one["sources"] if source["failures"]]
        return f"{one['health']}; {'; '.join(map(str, failing))}" if failing else str(one["health"])
    return f"{one['health']} since {clock(one['health_since'])}: {one['health_reason']}"


def remarks(source: Json) -> list[str]:
    """Give what else is to be known of a source: gone, moved, closed by robots.txt, gaps, its hub, its lies."""
    said = []
    if source["state"] == "gone":
        said.append("gone (410), switched off")
    if source["moved_to"]:
        said.append(f"moved to {source['moved_to']}")
    if source["robots_closed_since"]:
        said.append(f"robots.txt cannot be had since {clock(source['robots_closed_since'])}")
    if source["lied_about_304"]:
        said.append("says 304 though it has changed")
    if gap := source["gap"]:
        how = f"{gap['found']} found by {gap['way']}" if gap["found"] else (gap["way"] or "being filled")
        number = f"{gap['count']} gaps, the last" if gap["count"] > 1 else "gap"
        said.append(f"{number} {clock(gap['began'])} to {clock(gap['noticed'])}: {how}")
    if hub := source["hub"]:
        said.append(f"hub {hub['state']}" + (f", last push {clock(hub['last_push'])}" if hub["last_push"] else ""))
    return said


def clock(moment: str | None) -> str:
    """Give an instant for people, to the minute."""
    return moment.replace("T", " ")[:16] if moment else "never"


def size(number: int) -> str:
    """Give bytes for people."""
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000 or unit == "GB":
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000  # type: ignore[assignment]
    return ""


def _host(url: str) -> str:
    """Give scheme, host and port, for which one robots.txt speaks."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _duration(seconds: float) -> str:
    return show_duration(timedelta(seconds=round(seconds)))
