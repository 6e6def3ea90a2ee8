"""Sweep: watch, match, promise, mark: one transaction, so that no crash falls between them."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from newsdesk import Database, Desk, Unswept, crash_point

from ..messages.edits import Found, concerned
from ..outbox.fates import FateState
from ..trends.pulse import Pulse
from ..watchlist import Watchlist
from .telling import Telling

log = logging.getLogger("tocsin.alerts")

_BATCH = 100
_ENOUGH = 500
"""Promises after which a transaction ends, though articles are left: a watch can tell thousands."""
_ASIDE = timedelta(minutes=15)


@dataclass(slots=True)
class SweepReport:
    """What one pass saw and promised."""

    articles: int = 0
    matches: int = 0
    deliveries: int = 0
    failed: int = 0
    """Articles that keep their mark for an error in this program: they are tried again later."""
    more: bool = False
    """Whether others wait."""

    def __iadd__(self, other: "SweepReport") -> "SweepReport":
        """Add what another pass did."""
        self.articles += other.articles
        self.matches += other.matches
        self.deliveries += other.deliveries
        self.failed += other.failed
        return self


class Sweep:
    """Shows the articles that no watch has seen yet to the watches, and promises what follows."""

    def __init__(self, database: Database, desk: Desk, watchlist: Watchlist, pulse: Pulse | None = None) -> None:
        """Sweep what `desk` has filed in `database` by the watches of `watchlist`; `pulse` counts for some of them."""
        self._database = database
        self._desk = desk
        self._watchlist = watchlist
        self._pulse = pulse or Pulse(database, desk, watchlist)
        self._aside: dict[str, datetime] = {}

    async def run(self, now: datetime) -> SweepReport:
        """Sweep until nothing is left."""
        total = SweepReport()
        while True:
            report = await self._database.transact(lambda session: self.batch(session, now))
            crash_point("after_enqueue")
            total += report
            if not report.more:
                break
        if total.articles:
            log.info(
                "swept", extra={"articles": total.articles, "matches": total.matches, "promised": total.deliveries}
            )
        return total

    def batch(self, session: Session, now: datetime) -> SweepReport:
        """Sweep up to a hundred articles in the transaction of `session`; one that fails is set apart for a while."""
        unswept = self._waiting(session, now)
        try:
            with session.begin_nested():
                report = self._together(session, unswept, now)
            failed = set[str]()
        except OperationalError:
            raise
        except Exception:
            report, failed = SweepReport(articles=len(unswept)), set()
            for entry in unswept:
                if not self._apart(session, entry, now, report):
                    failed.add(entry.filed.id)
        self._aside.update(dict.fromkeys(failed, now + _ASIDE))
        report.failed, report.more = len(failed), len(unswept) == _BATCH or report.articles < len(unswept)
        done = [entry.filed.id for entry in unswept[: report.articles]]
        self._desk.mark_swept(session, [id for id in done if id not in failed])
        crash_point("in_enqueue_tx")
        return report

    def _waiting(self, session: Session, now: datetime) -> list[Unswept]:
        self._aside = {id: until for id, until in self._aside.items() if until > now}
        found = self._desk.unswept(session, _BATCH + len(self._aside))
        return [entry for entry in found if entry.filed.id not in self._aside][:_BATCH]

    def _together(self, session: Session, unswept: Sequence[Unswept], now: datetime) -> SweepReport:
        report, telling = SweepReport(), self._telling(session, unswept, now)
        for entry in unswept:
            if report.deliveries >= _ENOUGH:
                break
            report.articles += 1
            for found in self._found(telling, entry):
                report.matches += found.fits
                report.deliveries += telling.take(entry, found)
        crash_point("matched")
        report.deliveries += telling.write()
        return report

    def _apart(self, session: Session, entry: Unswept, now: datetime, report: SweepReport) -> bool:
        """Promise what can be promised of one article, each match and each target by itself; tell whether all was."""
        trouble = _Trouble(session, entry)
        concerns: list[Found] = []
        with trouble.kept_apart():
            concerns = self._found(self._telling(session, [entry], now), entry, trouble.with_watch)
        for found in concerns:
            states: list[FateState] = []
            whole = trouble.count
            for kept in self._watchlist.targets(found.match.watch.slug):
                with trouble.kept_apart():
                    telling = self._telling(session, [entry], now)
                    verdict = telling.tell(entry, found, kept)
                    telling.write()
                    states += [verdict.state] if verdict else []
            report.deliveries += states.count(FateState.PROMISED)
            if trouble.count == whole:
                with trouble.kept_apart():
                    telling = self._telling(session, [entry], now)
                    telling.note(entry, found, states)
                    report.deliveries += telling.write()
                    report.matches += found.fits
        return not trouble.count

    def _telling(self, session: Session, unswept: Sequence[Unswept], now: datetime) -> Telling:
        telling = Telling(session, self._database, self._desk, self._watchlist, self._pulse, now)
        telling.recall(unswept)
        return telling

    def _found(
        self, telling: Telling, entry: Unswept, on_error: Callable[[str, Exception], None] | None = None
    ) -> list[Found]:
        """Give the watches that an article concerns: those that match, and where it was revised, those that did."""
        filed, tags = entry.filed, self._watchlist.outlet_tags
        matches = self._watchlist.matcher.match(filed, tags, on_error)
        if entry.reason != "revised":
            return [Found(match) for match in matches]
        seen, revising = telling.seen(filed.id), self._watchlist.revising
        return concerned(filed, matches, revising, seen, telling.earlier(filed), tags, on_error)


class _Trouble:
    """What goes wrong with one article, each piece in a savepoint of its own."""

    def __init__(self, session: Session, entry: Unswept) -> None:
        self._session, self._entry = session, entry
        self.count = 0

    def with_watch(self, slug: str, error: Exception) -> None:
        """Take note of a watch that could not be tried."""
        self.count += 1
        facts = {"article": self._entry.filed.id, "watch": slug}
        log.error("watch not tried, will be tried again", extra=facts, exc_info=error)

    @contextmanager
    def kept_apart(self) -> Iterator[None]:
        """Take back what the block did when it fails, and log it; a lost database concerns everyone."""
        try:
            with self._session.begin_nested():
                yield
        except OperationalError:
            raise
        except Exception:
            self.count += 1
            log.exception("article not swept, will be tried again", extra={"article": self._entry.filed.id})
