"""Rehearsal: when a watch of a volume, a silence or a first mention would have told, over mentions of the past."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from newsdesk import FiledArticle

from ..occasion import First, Silence, Volume
from .trend import CALM, NEEDED, WINDOW, Bucket, bucket_of, history, learn, slot_of
from .wording import Excess, Worded, day, word_heard, word_silence, word_volume


@dataclass(frozen=True, slots=True)
class Sighting:
    """One story as a watch met it."""

    at: datetime
    filed: FiledArticle


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One alert that would have been made."""

    at: datetime
    type: str
    worded: Worded


def sightings(found: Iterable[tuple[datetime, FiledArticle]]) -> list[Sighting]:
    """Give the first sight of each story, oldest first."""
    first: dict[str, Sighting] = {}
    for at, filed in sorted(found, key=lambda one: one[0]):
        first.setdefault(filed.story, Sighting(at, filed))
    return list(first.values())


def rehearse(
    occasion: Volume | Silence | First,
    seen: Sequence[Sighting],
    known_since: datetime,
    since: datetime,
    now: datetime,
    zone: tzinfo,
) -> list[Rehearsed]:
    """Give the alerts between `since` and `now`; the archive is known from `known_since` on, and always watched."""
    match occasion:
        case Volume():
            return _volumes(occasion, seen, known_since, since, zone)
        case Silence():
            told = _silences(occasion, seen, known_since, now, zone)
        case First():
            told = _first(seen, zone)
    return [one for one in told if one.at >= since]


def _volumes(
    volume: Volume, seen: Sequence[Sighting], known_since: datetime, since: datetime, zone: tzinfo
) -> list[Rehearsed]:
    slots = Counter(slot_of(one.at) for one in seen)
    by_bucket: dict[Bucket, list[Sighting]] = {}
    for one in seen:
        by_bucket.setdefault(bucket_of(one.at, volume.per, zone), []).append(one)
    told: list[Rehearsed] = []
    above: Bucket | None = None
    for bucket, inside in by_bucket.items():
        days = (bucket.begin - max(known_since, bucket.begin - WINDOW)) // timedelta(days=1)
        if len(inside) < volume.least or bucket.end <= since or days < NEEDED[volume.per]:
            continue
        model = learn(history(slots, bucket, volume.per, zone, known_since))
        local = bucket.begin.astimezone(zone)
        usual = model.usual(local.hour, local.weekday())
        threshold = usual.threshold(volume.sigma, volume.least)
        if len(inside) < threshold:
            continue
        at = inside[threshold - 1].at
        if above is None or bucket.begin - above.end >= CALM[volume.per] * (bucket.end - bucket.begin):
            excess = Excess(bucket, threshold, usual, threshold, days, at)
            told.append(Rehearsed(at, "watch.volume", word_volume(excess, volume, zone)))
        above = bucket
    return told


def _silences(
    silence: Silence, seen: Sequence[Sighting], known_since: datetime, now: datetime, zone: tzinfo
) -> list[Rehearsed]:
    told: list[Rehearsed] = []
    last, last_filed = known_since, None
    for one in [*seen, None]:
        begins = last + silence.after
        if begins <= (one.at if one else now):
            told.append(Rehearsed(begins, "watch.silence", word_silence(silence.after, last_filed, last, zone)))
            if one:
                told.append(Rehearsed(one.at, "watch.heard", word_heard(one.filed, last, begins, zone)))
        if one:
            last, last_filed = one.at, one.filed
    return told


def _first(seen: Sequence[Sighting], zone: tzinfo) -> list[Rehearsed]:
    if not seen:
        return []
    title = seen[0].filed.article.title
    worded = Worded(f"First mention: {title}", (f"On {day(seen[0].at, zone)}.",))
    return [Rehearsed(seen[0].at, "story.matched", worded)]


def history_needed(occasion: Volume | Silence | First, since: datetime) -> datetime | None:
    """Give from when on the archive matters to what happens after `since`; None for all of it."""
    match occasion:
        case First():
            return None
        case Silence(after=after):
            return since - after
    return since - WINDOW
