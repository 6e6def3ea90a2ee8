"""Round: what is done each minute for watches of volumes, silences and first mentions; reads the archive for new ones.

The archive is read from its oldest needed article on, some thousand at a time, by the very matcher that the sweep
uses; how far it was read stands in the row of each watch, so that a crash costs one step.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsdesk import Archive, Condition, FiledArticle, any_of

from ..matcher import Matcher
from ..occasion import First, Silence
from ..tables import PulseRow
from ..watch import Watch
from . import mentions
from .mentions import Mention
from .pulse import Pulse, PulseState
from .trend import WINDOW

_STEP = 1_000
"""How many articles are read between two records of how far."""
_AT_MOST = 20_000
"""How many articles are read in one round."""
_JUDGED = 500
"""How many watches are judged for the first time in one transaction: others wait for the writer."""
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)

log = logging.getLogger("tocsin.alerts")


@dataclass(frozen=True, slots=True)
class _Pupil:
    """A watch for which the archive is being read: from where, and up to when it was new."""

    watch: Watch
    reached: datetime
    until: datetime


class Round:
    """Takes in new watches, reads the archive for them, and has the pulse look at what time alone brings."""

    def __init__(self, pulse: Pulse) -> None:
        """Serve what `pulse` serves."""
        self._pulse = pulse
        self._database, self._watchlist = pulse.database, pulse.watchlist
        self._listed: Sequence[Watch] | None = None
        self._matcher: tuple[frozenset[tuple[str, str]], Matcher] = (frozenset(), Matcher())
        self._tidied = _BEGINNING

    async def run(self, now: datetime) -> int:
        """Do what is due; gives how many deliveries were promised."""
        listed = self._watchlist.watches
        if listed is not self._listed:
            await self._database.transact(lambda session: self._pulse.enrol(session, now))
            self._listed = listed
        self._pulse.asks_archive = False
        told = await self._learn(now)
        if now - self._tidied > timedelta(days=1):
            await self._database.transact(lambda session: mentions.forget(session, now - mentions.KEPT))
            self._tidied = now
        return told + await self._database.transact(lambda session: self._pulse.look(session, now))

    async def _learn(self, now: datetime) -> int:
        """Read on in the archive for whoever is still learning, up to a bound."""
        told, read = 0, 0
        while read < _AT_MOST:
            pupils = await asyncio.to_thread(self._pupils)
            if not pupils:
                break
            pupils = [one for one in pupils if one.reached >= one.until][:_JUDGED] or pupils
            start, until = min(one.reached for one in pupils), max(one.until for one in pupils)
            condition = any_of(one.watch.condition(self._watchlist.outlet_tags) for one in pupils)
            articles, reached = await asyncio.to_thread(self._chunk, start, until, condition)
            found = await asyncio.to_thread(self._match, pupils, articles)
            first_seen = await asyncio.to_thread(Archive(self._database).begins, start, until)

            def keep(
                session: Session,
                pupils: Sequence[_Pupil] = pupils,
                found: Sequence[tuple[Watch, FiledArticle]] = found,
                reached: datetime | None = reached,
                first_seen: datetime | None = first_seen,
            ) -> int:
                return self._keep(session, pupils, found, reached, first_seen, now)

            told += await self._database.transact(keep)
            read += max(len(articles), 1)
        return told

    def _pupils(self) -> list[_Pupil]:
        with self._database.read() as session:
            rows = session.scalars(select(PulseRow).where(PulseRow.state == PulseState.LEARNING)).all()
        kept = {watch.slug: watch for watch in self._watchlist.watches if not watch.tells_each} if rows else {}
        return [
            _Pupil(watch, row.reached or _needed(watch, row.created_at), row.created_at)
            for row in rows
            if (watch := kept.get(row.watch)) is not None and watch.form == row.form
        ]

    def _chunk(
        self, start: datetime, until: datetime, condition: Condition | None
    ) -> tuple[list[FiledArticle], datetime | None]:
        """Give the next articles that may match, and where those after them begin; None at the end."""
        found: list[FiledArticle] = []
        archive = Archive(self._database)
        for filed in archive.articles(since=start, until=until, newest_first=False, condition=condition):
            if len(found) >= _STEP and filed.first_seen != found[-1].first_seen:
                return found, filed.first_seen
            found.append(filed)
        return found, None

    def _match(self, pupils: Sequence[_Pupil], articles: Sequence[FiledArticle]) -> list[tuple[Watch, FiledArticle]]:
        if not articles:
            return []
        key = frozenset((one.watch.slug, one.watch.form) for one in pupils)
        if self._matcher[0] != key:
            self._matcher = (key, Matcher(one.watch for one in pupils))
        by_slug = {one.watch.slug: one for one in pupils}
        tags = self._watchlist.outlet_tags
        found = []
        for filed in articles:
            for match in self._matcher[1].match(filed, tags, _log):
                pupil = by_slug[match.watch.slug]
                if pupil.reached <= filed.first_seen < pupil.until:
                    found.append((pupil.watch, filed))
        return found

    def _keep(
        self,
        session: Session,
        pupils: Sequence[_Pupil],
        found: Sequence[tuple[Watch, FiledArticle]],
        reached: datetime | None,
        first_seen: datetime | None,
        now: datetime,
    ) -> int:
        """Put on record what was found and how far was read; whoever has reached the end is judged from now on."""
        slugs = [one.watch.slug for one in pupils]
        rows = {row.watch: row for row in _rows(session, slugs)}
        pupils = [one for one in pupils if one.watch.slug in rows and rows[one.watch.slug].form == one.watch.form]
        there = {one.watch.slug for one in pupils}
        told, judged, noted = 0, 0, []
        for watch, filed in found:
            row = rows.get(watch.slug)
            if watch.slug not in there or row is None:
                continue
            if isinstance(watch.occasion, First) and mentions.is_known(session, watch.slug, filed.story):
                continue  # the very story that made it ask
            mention = Mention(watch.slug, filed.story, mentions.moment_of(filed), filed.id)
            if not isinstance(watch.occasion, First):
                noted.append(mention)
            elif row.last_article is None or mention.at < (row.last_at or now):
                row.last_at, row.last_article = mention.at, mention.article
        mentions.note(session, noted)
        for pupil in pupils:
            row, watch = rows[pupil.watch.slug], pupil.watch
            if row.since is None and first_seen is not None:
                row.since = max(first_seen, _needed(watch, row.created_at))
            row.reached = row.created_at if reached is None else max(pupil.reached, reached)
            is_found = isinstance(watch.occasion, First) and row.last_article is not None
            if (row.reached >= row.created_at or is_found) and judged < _JUDGED:
                judged += 1
                row.since = row.since or row.created_at
                told += self._pulse.learnt(session, watch, row, now)
                log.info("watch has learnt", extra={"watch": watch.slug, "state": str(row.state)})
        return told


def _needed(watch: Watch, created: datetime) -> datetime:
    """Give how far back the archive matters to a watch."""
    match watch.occasion:
        case First():
            return _BEGINNING
        case Silence(after=after):
            return created - max(after, WINDOW)
    return created - WINDOW


def _rows(session: Session, slugs: Sequence[str]) -> Iterable[PulseRow]:
    for start in range(0, len(slugs), 500):
        learning = select(PulseRow).where(PulseRow.watch.in_(slugs[start : start + 500]))
        learning = learning.where(PulseRow.state == PulseState.LEARNING).order_by(PulseRow.watch)
        yield from session.scalars(learning.with_for_update())


def _log(slug: str, error: Exception) -> None:
    log.error("watch not tried on the archive", extra={"watch": slug}, exc_info=error)
