"""Pulse: keeps where each watch stands that tells a volume, a silence or the first mention, and promises what follows.

A mention counts in the transaction of the sweep that found it, and what it leads to is promised there; so is, each
minute, what time alone brings: silences that are long enough, episodes that are over. Nothing else is looked at.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsdesk import Database, Desk, FiledArticle, insert_missing, instant

from ..messages.payload import Told
from ..occasion import First, Silence, Volume
from ..tables import PulseRow
from ..watch import Watch
from ..watchlist import Watchlist
from . import mentions
from .herald import Herald
from .mentions import Mention
from .trend import (
    CALM,
    NEEDED,
    WINDOW,
    Bucket,
    Model,
    Stretch,
    Usual,
    bucket_of,
    buckets_before,
    history,
    learn,
    runs_out,
    watched,
)
from .wording import Excess, day, span, word_heard, word_silence, word_volume

_TOP = 5
"""How many stories of a volume are shown, of the newest ..."""
_LOOKED_THROUGH = 40

Looked = Callable[[Session], Sequence[Stretch]]
"""Gives the stretches of time in which somebody was looking, oldest first."""


class PulseState(StrEnum):
    """Where a watch stands."""

    LEARNING = "learning"
    """The archive is being read for it."""
    CALM = "calm"
    HIGH = "high"
    SILENT = "silent"
    DONE = "done"
    """Of a first mention: there was one."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An article that one of these watches asks for, as the sweep found it."""

    watch: Watch
    filed: FiledArticle
    reason: str


@dataclass(frozen=True, slots=True)
class _Limit:
    """What is usual for one bucket of one watch; no usual where too little is known."""

    form: str
    usual: Usual | None = None
    threshold: int = 0
    days: int = 0


class Pulse:
    """Works in the session that it is given; what it remembers between only spares work."""

    def __init__(
        self, database: Database, desk: Desk, watchlist: Watchlist, looked: Looked = lambda _session: ()
    ) -> None:
        """Serve the watches of `watchlist` that tell not each story; `looked` says when anybody was looking."""
        self.database, self.desk, self.watchlist = database, desk, watchlist
        self._looked = looked
        self._herald = Herald(database, desk, watchlist)
        self._limits: dict[str, dict[datetime, _Limit]] = {}
        self._settled: dict[str, Bucket] = {}
        self.asks_archive = False
        """Whether the archive is to be read sooner than in a minute."""

    def hear(self, session: Session, heard: Sequence[Heard], now: datetime) -> int:
        """Count mentions, and promise what they lead to; gives to how many targets."""
        if not heard:
            return 0
        watches = {one.watch.slug: one.watch for one in heard}
        rows = self._rows(session, watches.values(), now)
        open_ones = (one for one in heard if rows[one.watch.slug].state != PulseState.DONE)
        fresh = mentions.note(session, (_mention(one, now) for one in open_ones))
        told, volumes = 0, dict[tuple[str, Bucket], None]()
        filed = {one.filed.id: one for one in heard}
        for mention in fresh:
            watch, row = watches[mention.watch], rows[mention.watch]
            if row.state == PulseState.LEARNING:
                continue
            match watch.occasion:
                case Volume(per=per):
                    bucket = bucket_of(mention.at, per, self.zone(watch))
                    if bucket.end + (bucket.end - bucket.begin) > now:
                        volumes[watch.slug, bucket] = None
                case Silence():
                    told += self._is_heard(session, watch, row, mention, filed[mention.article].filed, now)
                case First():
                    self._ask_archive(row, now)
        return told + self._count(session, watches, rows, volumes, now)

    def look(self, session: Session, now: datetime) -> int:
        """Promise what time alone brings; gives to how many targets."""
        passed = select(PulseRow).where(PulseRow.due_at <= now).order_by(PulseRow.watch).with_for_update()
        high = select(PulseRow).where(PulseRow.state == PulseState.HIGH).order_by(PulseRow.watch).with_for_update()
        rows, above, told = session.scalars(passed).all(), session.scalars(high).all(), 0
        wanted = {row.watch for row in (*rows, *above)}
        kept = {watch.slug: watch for watch in self.watchlist.watches if watch.slug in wanted} if wanted else {}
        for row in rows:
            watch = kept.get(row.watch)
            if watch is None or watch.form != row.form or not isinstance(watch.occasion, Silence):
                row.due_at = None  # the watch is gone for now, or is about to be learnt anew
            elif row.last_article is None:
                self._ask_archive(row, now)
            else:
                told += self._is_silent(session, watch, row, watch.occasion, now)
        for row in above:
            watch = kept.get(row.watch)
            if watch is not None and watch.form == row.form and isinstance(watch.occasion, Volume):
                self._settle(session, watch, row, watch.occasion, now)
        return told

    def enrol(self, session: Session, now: datetime) -> None:
        """Take in the watches that are new or ask for something else."""
        kept = [watch for watch in self.watchlist.watches if not watch.tells_each]
        known = {slug: form for slug, form in session.execute(select(PulseRow.watch, PulseRow.form))}
        odd = [watch for watch in kept if known.get(watch.slug) != watch.form]
        if odd:
            self._rows(session, odd, now)
        self._resume(session, [watch for watch in kept if isinstance(watch.occasion, Silence)], now)

    def learnt(self, session: Session, watch: Watch, row: PulseRow, now: datetime) -> int:
        """Begin to judge a watch for which the archive was read; gives how many targets were promised something."""
        row.state, row.changed_at = PulseState.CALM, now
        match watch.occasion:
            case Silence():
                latest = mentions.edge(session, watch.slug, latest=True)
                row.last_at, row.last_article = (latest.at, latest.article) if latest else (None, None)
                return self._is_silent(session, watch, row, watch.occasion, now)
            case First() if row.last_article is not None:
                row.state = PulseState.DONE
                row.told = f"the archive already held one, of {day(row.last_at or now, self.zone(watch))}"
            case First() if early := mentions.edge(session, watch.slug, latest=False):
                if filed := self.desk.find(session, early.article):
                    return self._is_first(session, watch, row, early, filed, now)
        return 0

    def _ask_archive(self, row: PulseRow, now: datetime) -> None:
        """Have the archive read from where it was left: what first visits brought since was shown to no watch."""
        row.state, row.due_at = PulseState.LEARNING, None
        row.reached, row.created_at = row.created_at, now
        self.asks_archive = True

    def zone(self, watch: Watch) -> tzinfo:
        """Give the zone that a watch counts its hours and days in: that of its first target that names one."""
        zones = (kept.target.zone for kept in self.watchlist.targets(watch.slug) if kept.target.timezone != "UTC")
        return next(zones, UTC)

    def limit(self, session: Session, watch: Watch, row: PulseRow, bucket: Bucket) -> _Limit:
        """Give what is usual for a bucket, learnt from those before it; remembered for the latest two."""
        limits = self._limits.setdefault(watch.slug, {})
        limit = limits.get(bucket.begin)
        if limit is None or limit.form != watch.form:
            limit = limits[bucket.begin] = self._learn(session, watch, row, bucket)
            while len(limits) > 2:
                del limits[min(limits)]
        return limit

    # Volumes

    def _count(
        self,
        session: Session,
        watches: Mapping[str, Watch],
        rows: Mapping[str, PulseRow],
        touched: Iterable[tuple[str, Bucket]],
        now: datetime,
    ) -> int:
        """Judge the hours and days that mentions have just been added to."""
        by_bucket: dict[Bucket, list[str]] = {}
        for slug, bucket in touched:
            by_bucket.setdefault(bucket, []).append(slug)
        told = 0
        for bucket in sorted(by_bucket, key=lambda one: one.begin):
            for slug, count in sorted(mentions.count(session, by_bucket[bucket], bucket).items()):
                volume = watches[slug].occasion
                assert isinstance(volume, Volume)
                if count < volume.least:
                    continue
                limit = self.limit(session, watches[slug], rows[slug], bucket)
                if limit.usual is not None and count >= limit.threshold:
                    until = min(now, bucket.end)
                    excess = Excess(bucket, count, limit.usual, limit.threshold, limit.days, until)
                    told += self._is_high(session, watches[slug], rows[slug], volume, excess, now)
        return told

    def _learn(self, session: Session, watch: Watch, row: PulseRow, bucket: Bucket) -> _Limit:
        volume, zone = watch.occasion, self.zone(watch)
        assert isinstance(volume, Volume)
        model, days = self._model(session, watch, row, bucket)
        if model is None:
            return _Limit(watch.form, days=days)
        local = bucket.begin.astimezone(zone)
        usual = model.usual(local.hour, local.weekday())
        return _Limit(watch.form, usual, usual.threshold(volume.sigma, volume.least), days)

    def _model(self, session: Session, watch: Watch, row: PulseRow, bucket: Bucket) -> tuple[Model | None, int]:
        """Learn from the time before a bucket; gives no model where too little was watched, and how many days were."""
        volume = watch.occasion
        assert isinstance(volume, Volume)
        since = max(row.since or row.created_at, bucket.begin - WINDOW)
        stretches = self._looked(session)
        days = int((watched(stretches, since, bucket.begin) + timedelta(hours=1)) / timedelta(days=1))
        if days < NEEDED[volume.per]:
            return None, days
        counts = mentions.counts(session, watch.slug, since, bucket.begin)
        return learn(history(counts, bucket, volume.per, self.zone(watch), since, stretches)), days

    def _is_high(
        self, session: Session, watch: Watch, row: PulseRow, volume: Volume, excess: Excess, now: datetime
    ) -> int:
        if row.state == PulseState.HIGH:
            self._settle(session, watch, row, volume, now)
        if row.state == PulseState.HIGH:
            row.above_at = max(row.above_at or excess.bucket.begin, excess.bucket.begin)
            return 0
        worded = word_volume(excess, volume, self.zone(watch))
        row.state, row.changed_at, row.above_at = PulseState.HIGH, now, excess.bucket.begin
        row.told = str(worded)
        usual = excess.usual
        facts = {
            "count": excess.count,
            "begin": instant(excess.bucket.begin),
            "end": instant(excess.bucket.end),
            "per": volume.per.value,
            "usual": {"mean": round(usual.mean, 2), "low": usual.low, "high": usual.high},
            "sigma": volume.sigma,
            "threshold": excess.threshold,
            "learnt_from_days": excess.days,
        }
        found = self._top(session, watch, excess.bucket)
        return self._herald.report(
            session, watch, "watch.volume", instant(excess.bucket.begin) or "", worded, facts, found, now
        )

    def _settle(self, session: Session, watch: Watch, row: PulseRow, volume: Volume, now: datetime) -> None:
        """End an episode after so many usual hours or days in a row that somebody watched."""
        zone, calm = self.zone(watch), 0
        above = bucket_of(row.above_at or now, volume.per, zone)
        current = bucket_of(now, volume.per, zone)
        between = list(buckets_before(current, volume.per, zone, max(above.end, now - WINDOW)))
        if len(between) < CALM[volume.per] or self._settled.get(watch.slug) == current:
            return
        self._settled[watch.slug] = current
        model, _ = self._model(session, watch, row, above)
        counts = mentions.counts(session, watch.slug, above.begin, now)
        stretches = self._looked(session)
        for bucket in reversed(between):
            if watched(stretches, bucket.begin, bucket.end) < (bucket.end - bucket.begin) / 2:
                continue
            local = bucket.begin.astimezone(zone)
            usual = model.usual(local.hour, local.weekday()) if model else None
            count = sum(counts.get(slot, 0) for slot in bucket.slots)
            calm = calm + 1 if usual is None or count <= usual.high else 0
            if calm >= CALM[volume.per]:
                row.state, row.changed_at, row.above_at = PulseState.CALM, bucket.end, None
                return

    def _top(self, session: Session, watch: Watch, bucket: Bucket) -> list[Told]:
        """Give the stories that most outlets carry, the newest first among equals."""
        told = []
        for mention in mentions.within(session, watch.slug, bucket, _LOOKED_THROUGH):
            if filed := self.desk.find(session, mention.article):
                told.append(self._herald.told(session, watch, filed, "new"))
        return sorted(told, key=lambda one: len(one.also_in), reverse=True)[:_TOP]

    # Silences

    def _is_silent(self, session: Session, watch: Watch, row: PulseRow, silence: Silence, now: datetime) -> int:
        """Judge a silence by the time in which somebody was looking."""
        since = row.last_at or row.since or row.created_at
        row.due_at = runs_out(self._looked(session), since, silence.after, now)
        if row.due_at > now:
            return 0
        row.state, row.changed_at, row.due_at = PulseState.SILENT, now, None
        last = self.desk.find(session, row.last_article) if row.last_article else None
        worded = word_silence(silence.after, last, since, self.zone(watch))
        row.told = str(worded)
        facts = {"silence": span(silence.after), "since": instant(since), "last": instant(row.last_at)}
        found = [self._herald.told(session, watch, last, "last")] if last else []
        return self._herald.report(session, watch, "watch.silence", instant(since) or "", worded, facts, found, now)

    def _is_heard(
        self, session: Session, watch: Watch, row: PulseRow, mention: Mention, filed: FiledArticle, now: datetime
    ) -> int:
        silence = watch.occasion
        assert isinstance(silence, Silence)
        before = row.last_at or row.since or row.created_at
        if row.last_at is not None and mention.at <= row.last_at:
            return 0
        row.last_at, row.last_article = mention.at, mention.article
        row.due_at = mention.at + silence.after
        if row.state != PulseState.SILENT:
            return 0
        if row.due_at <= now:  # old when it was found: the silence goes on
            row.due_at = None
            return 0
        silent_since = row.changed_at or now
        worded = word_heard(filed, before, silent_since, self.zone(watch))
        row.state, row.changed_at, row.told = PulseState.CALM, now, None
        facts = {"since": instant(before), "told": instant(silent_since)}
        found = [self._herald.told(session, watch, filed, "new")]
        return self._herald.report(session, watch, "watch.heard", mention.story, worded, facts, found, now)

    def _resume(self, session: Session, watches: Sequence[Watch], now: datetime) -> None:
        """Set the hour of silences whose watches were away for a while."""
        asleep = select(PulseRow).where(PulseRow.kind == "silence", PulseRow.due_at.is_(None))
        slugs = {watch.slug for watch in watches}
        for row in session.scalars(asleep.where(PulseRow.state == PulseState.CALM)).all():
            if row.watch in slugs:
                row.due_at = now

    # First mentions

    def _is_first(
        self, session: Session, watch: Watch, row: PulseRow, mention: Mention, filed: FiledArticle, now: datetime
    ) -> int:
        row.state, row.changed_at, row.last_at, row.last_article = PulseState.DONE, now, mention.at, mention.article
        row.told = f"first mentioned on {day(mention.at, self.zone(watch))}"
        return self._herald.story(session, watch, self._herald.told(session, watch, filed, "first"), now)

    # What they share

    def _rows(self, session: Session, watches: Iterable[Watch], now: datetime) -> dict[str, PulseRow]:
        """Give the rows of watches, made where they are new, set back where they ask for something else."""
        by_slug = {watch.slug: watch for watch in watches}
        found: dict[str, PulseRow] = {}
        slugs = sorted(by_slug)
        for start in range(0, len(slugs), 500):
            chunk = slugs[start : start + 500]
            wanted = select(PulseRow).where(PulseRow.watch.in_(chunk)).order_by(PulseRow.watch).with_for_update()
            rows = {row.watch: row for row in session.scalars(wanted)}
            missing = [_new_row(by_slug[slug], now) for slug in chunk if slug not in rows]
            if missing:
                insert_missing(session, PulseRow, missing)
                rows = {row.watch: row for row in session.scalars(wanted)}
            found |= rows
        for slug, row in found.items():
            if row.form != by_slug[slug].form:
                mentions.forget_watch(session, slug)
                for name, value in _new_row(by_slug[slug], now).items():
                    setattr(row, name, value)
        return found


def _mention(heard: Heard, now: datetime) -> Mention:
    at = mentions.moment_of(heard.filed, revised_at=now if heard.reason == "revised" else None)
    return Mention(heard.watch.slug, heard.filed.story, at, heard.filed.id)


def _new_row(watch: Watch, now: datetime) -> dict[str, Any]:
    kept: dict[str, Any] = dict.fromkeys(column.key for column in PulseRow.__table__.columns)
    kind = type(watch.occasion).__name__.lower()
    return kept | {
        "watch": watch.slug,
        "form": watch.form,
        "kind": kind,
        "state": PulseState.LEARNING,
        "created_at": now,
    }
