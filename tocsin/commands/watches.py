"""tocsin watches: what is looked for, and who is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tocsin.invocation import Here, Json
from tocsin.show import table

if TYPE_CHECKING:
    from alerts import Watch


def command(*, json: Json = False, call: Here) -> int:
    """List the watches: what each looks for, and whom it tells."""
    listed = [_watch(watch) for watch in call.configuration.watches]
    if json:
        for one in listed:
            call.emit(one)
        return 0
    if not listed:
        call.warn(f"no watches: put files into {call.folder / 'watches'}")
        return 0
    rows = [
        (one["slug"], one["name"], one["query"], ", ".join(one["outlets"]) or "all", _told(one["notify"]) or "nobody")
        for one in listed
    ]
    table(call, ["watch", "name", "query", "outlets", "tells"], rows)
    return 0


def _watch(watch: Watch) -> dict[str, Any]:
    return {
        "slug": watch.slug,
        "name": watch.name,
        "query": watch.query_text,
        "outlets": list(watch.outlets),
        "languages": list(watch.languages),
        "notify": [_entry(entry) for entry in watch.notify],
    }


def _entry(entry: Any) -> dict[str, str]:
    """Give whom an entry tells and when, never its secret."""
    from alerts import CHANNELS

    kind = next((kind for kind in CHANNELS if kind in entry), "?")
    return {"channel": kind, "address": str(entry.get(kind, "")), "when": str(entry.get("when", "now"))}


def _told(notify: list[dict[str, str]]) -> str:
    return ", ".join(f"{one['address']} ({one['when']})" for one in notify)
