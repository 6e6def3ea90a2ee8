"""tocsin watches: what is looked for, and who is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tocsin.invocation import Here, Invocation, Json
from tocsin.show import table

if TYPE_CHECKING:
    from alerts import Watch


def command(*, json: Json = False, call: Here) -> int:
    """List the watches: what each looks for, and whom it tells."""
    ended = _ended(call)
    listed = [_watch(watch, ended) for watch in call.configuration.watches]
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


def _ended(call: Invocation) -> dict[tuple[str, str, str], str]:
    """Give the state of each subscription that is no longer told."""
    from alerts import Subscriptions

    database = call.open_database()
    try:
        found = Subscriptions(database).all()
    finally:
        database.close()
    return {(one.watch, one.channel, one.address): one.state.value for one in found if not one.is_active}


def _watch(watch: Watch, ended: Mapping[tuple[str, str, str], str]) -> dict[str, Any]:
    return {
        "slug": watch.slug,
        "name": watch.name,
        "query": watch.query_text,
        "outlets": list(watch.outlets),
        "languages": list(watch.languages),
        "notify": [_entry(watch.slug, entry, ended) for entry in watch.notify],
    }


def _entry(slug: str, entry: Any, ended: Mapping[tuple[str, str, str], str]) -> dict[str, str]:
    """Give whom an entry tells and when, and whether it still does; never its secret."""
    from alerts import CHANNELS

    kind = next((kind for kind in CHANNELS if kind in entry), "?")
    address = str(entry.get(kind, ""))
    state = ended.get((slug, kind, address), "active")
    return {"channel": kind, "address": address, "when": str(entry.get("when", "now")), "state": state}


def _told(notify: list[dict[str, str]]) -> str:
    return ", ".join(
        f"{one['address']} ({one['when'] if one['state'] == 'active' else one['state']})" for one in notify
    )
