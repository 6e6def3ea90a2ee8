"""Progress: where the watches of volumes, silences and first mentions stand, and why, as people are told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from newsdesk import Database

from ..occasion import Silence, Volume
from ..tables import PulseRow
from ..watch import Watch
from .trend import NEEDED


@dataclass(frozen=True, slots=True)
class Progress:
    """Where one watch stands: `state` in a word, `why` in a sentence."""

    watch: str
    state: str
    since: datetime | None
    why: str
    last: datetime | None
    """The latest mention that the state goes by."""


def progress_of(database: Database, watches: Iterable[Watch], now: datetime) -> dict[str, Progress]:
    """Give where those of `watches` stand that tell not each story."""
    kept = {watch.slug: watch for watch in watches if not watch.tells_each}
    if not kept:
        return {}
    with database.read() as session:
        rows = {row.watch: row for row in session.scalars(select(PulseRow)) if row.watch in kept}
    return {slug: _progress(watch, rows.get(slug), now) for slug, watch in kept.items()}


def _progress(watch: Watch, row: PulseRow | None, now: datetime) -> Progress:
    if row is None or row.form != watch.form:
        return Progress(watch.slug, "new", None, "not taken in yet: the daemon, or the next poll, does so", None)
    if row.state == "learning":
        reached = f", read up to {row.reached:%Y-%m-%d}" if row.reached else ""
        return Progress(watch.slug, "learning", row.created_at, f"the archive is being read for it{reached}", None)
    why = row.told or ""
    if row.state == "calm":
        why = _calm(watch, row, now)
    return Progress(watch.slug, row.state, row.changed_at, why, row.last_at)


def _calm(watch: Watch, row: PulseRow, now: datetime) -> str:
    match watch.occasion:
        case Volume(per=per):
            days = int((now - (row.since or row.created_at)) / timedelta(days=1))
            if days < NEEDED[per]:
                return f"not enough history yet: {days} of {NEEDED[per]} days"
            return "within the usual" + (f"; the last alert: {row.told}" if row.told else "")
        case Silence() if row.due_at is not None:
            last = f"last mentioned {row.last_at:%Y-%m-%d %H:%M}" if row.last_at else "no mention on record"
            return f"{last}; silent from {row.due_at:%Y-%m-%d %H:%M} on (UTC)"
    return "no mention yet"
