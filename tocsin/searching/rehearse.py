"""Rehearse: when a watch file of a volume, a silence or a first mention would have told, over the archive."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from newsdesk import instant
from tocsin.invocation import Invocation, UsageError
from tocsin.searching.search import moment, outlet_tags
from tocsin.show import count, progress, table

if TYPE_CHECKING:
    from alerts import Rehearsed, Sighting, Watch


def watch_file(text: str) -> Path | None:
    """Give the watch file that stands in the place of a query, if one does."""
    return Path(text) if text.endswith((".yaml", ".yml")) and Path(text).is_file() else None


def rehearse_file(call: Invocation, path: Path, since: str, json: bool) -> int:
    """Tell when the watch of a file would have told since then."""
    from alerts import Each, load_watch, rehearse

    watch, now = load_watch(path), datetime.now(UTC)
    if isinstance(watch.occasion, Each):
        raise UsageError(f"{path} tells each story; try its query, or: tocsin try --diff {path}")
    start = moment(since, "--since") or now
    seen, known_since = _sightings(call, watch, start)
    zone = _zone(watch)
    told = rehearse(watch.occasion, seen, known_since or now, start, now, zone)
    if json:
        call.emit(
            {
                "watch": watch.slug,
                "alert": str(watch.occasion),
                "since": instant(start),
                "stories": len(seen),
                "alerts": [_json(one) for one in told],
            }
        )
        return 0
    call.say(f"{watch.slug} ({watch.occasion}): {count(len(told), 'alert')} since {since}")
    if known_since is None or known_since > start:
        call.warn(f"the archive begins {known_since:%Y-%m-%d}" if known_since else "the archive is empty")
    if told:
        call.say()
        rows = [(f"{one.at.astimezone(zone):%Y-%m-%d %H:%M}", one.worded.headline, one.worded.lines[0]) for one in told]
        table(call, [f"when ({zone})", "alert", "why"], rows)
    return 0


def _sightings(call: Invocation, watch: Watch, start: datetime) -> tuple[list[Sighting], datetime | None]:
    """Give the stories that the watch would have met, and from when on the archive is known."""
    from alerts import Each, Matcher, history_needed, moment_of, sightings
    from newsdesk import Archive

    assert not isinstance(watch.occasion, Each)
    needed = history_needed(watch.occasion, start)
    matcher, tags, database = Matcher([watch]), outlet_tags(call), call.open_database()
    archive, condition = Archive(database), watch.condition(tags)

    def met() -> Iterator[Any]:
        for filed in archive.articles(since=needed, newest_first=False, condition=condition):
            step()
            if matcher.match(filed, tags):
                yield moment_of(filed), filed

    try:
        with progress(call, "articles read") as step:
            return sightings(met()), archive.begins(needed)
    finally:
        database.close()


def _zone(watch: Watch) -> tzinfo:
    """Give the zone of the first target that names one."""
    for entry in watch.notify:
        name = entry.get("timezone", "UTC")
        try:
            zone = ZoneInfo(name)
        except (KeyError, OSError, ValueError, TypeError):
            continue
        if name != "UTC":
            return zone
    return UTC


def _json(one: Rehearsed) -> dict[str, Any]:
    explanation = list(one.worded.lines)
    return {"at": instant(one.at), "type": one.type, "headline": one.worded.headline, "explanation": explanation}
