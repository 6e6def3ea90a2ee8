"""Rereader: looks at pages on record again in the room that news leaves, one at a time of each outlet."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

from newsdesk import Database, FetchError, FetchFailure, FilingKind, instant

from .downloader.fetch import HostResting, RobotsUnavailable
from .leads.leads import GONE
from .leads.looks import ClaimedLook, claim_looks, end_look
from .outlet import Outlet
from .pipelines import NOT_MODIFIED, Ended, Failure, FilingPipeline
from .report import Counters
from .rereading import Rereading
from .settings import CrawlSettings

log = logging.getLogger("tocsin.crawler")

_LEASE = timedelta(minutes=5)
_MOST = 20
"""Looks at once, over all outlets."""
_REST = timedelta(minutes=5)
_LATE = 1.25
"""A look that was kept waiting for longer than the window and a quarter is dropped."""
_SPARING = 20.0
"""Asking what is due takes this part of the time at most, however much is."""
_AWAY = frozenset({FetchFailure.GONE, Failure.NOT_FOUND})


class Rereader:
    """Claims looks that are due and sees them through."""

    def __init__(
        self,
        database: Database,
        pipeline: FilingPipeline,
        rereading: Rereading,
        owner: str,
        *,
        place: Callable[[str], tuple[Outlet, CrawlSettings] | None],
        is_busy: Callable[[str], bool],
        begin: Callable[[Coroutine[Any, Any, None], str], object],
        on_filed: Callable[[], None],
        counters: Counters,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Look only at outlets that `is_busy` says no to: whatever else is to be asked there goes first."""
        self._database, self._pipeline, self._rereading, self._owner = database, pipeline, rereading, owner
        self._place, self._is_busy, self._begin, self._on_filed = place, is_busy, begin, on_filed
        self._counters, self._clock, self._monotonic = counters, clock, monotonic
        self._looking: Counter[str] = Counter()
        self._ask_again = 0.0

    @property
    def in_flight(self) -> int:
        """Give how many looks are under way."""
        return self._looking.total()

    async def tick(self) -> None:
        """Begin the looks that are due and for which there is room."""
        began = self._monotonic()
        if began < self._ask_again or self.in_flight >= _MOST:
            return
        now = self._clock()
        due = await self._database.transact(
            lambda session: claim_looks(session, self._is_free, self._owner, now, now + _LEASE)
        )
        self._ask_again = self._monotonic() + _SPARING * (self._monotonic() - began)
        for look in due:
            self._looking[look.claimed.outlet] += 1
            self._begin(self._see(look), f"look {look.claimed.url}")

    def _is_free(self, slug: str) -> bool:
        is_idle = not self._looking[slug] and not self._is_busy(slug)
        return is_idle and self._rereading.is_ready(slug) and self._place(slug) is not None

    async def _see(self, look: ClaimedLook) -> None:
        claimed = look.claimed
        try:
            if place := self._place(claimed.outlet):
                await self._look(look, *place)
        except Exception:
            self._pipeline.lost.add(claimed.url)
            log.exception("a look could not be ended", extra={"outlet": claimed.outlet, "url": claimed.url})
        finally:
            self._looking[claimed.outlet] -= 1

    async def _look(self, look: ClaimedLook, outlet: Outlet, settings: CrawlSettings) -> None:
        window, began = settings.reread_for, self._monotonic()
        if self._clock() - look.born > window * _LATE:
            await self._end(look, None, asked=False)
            return
        try:
            ended = await self._pipeline.look(look, outlet, settings)
        except HostResting as error:
            await self._end(look, self._clock() + max(_REST, timedelta(seconds=error.seconds)), asked=False)
            return
        except Exception as error:
            await self._fail(look, error, window)
            ended = Ended(lead=look.claimed, reason=_reason_of(error))
        else:
            await self._note(look, ended, window)
        edited = None if ended.filed is None else ended.filed is not FilingKind.KNOWN
        took = self._monotonic() - began
        self._rereading.looked(outlet.slug, took, settings.delay, edited=_shown(ended, edited))
        self._tell(ended)

    async def _fail(self, look: ClaimedLook, error: Exception, window: timedelta) -> None:
        closed = isinstance(error, FetchError) and error.reason is FetchFailure.ROBOTS
        if closed and not isinstance(error, RobotsUnavailable):
            await self._end(look, None, asked=False)
            return
        if not isinstance(error, FetchError):
            log.warning("a look failed", extra={"url": look.claimed.url, "detail": f"{type(error).__name__}: {error}"})
        await self._end(look, self._next(look, window), reason=look.gone)

    async def _note(self, look: ClaimedLook, ended: Ended, window: timedelta) -> None:
        """End a look that brought no text; one that did was ended with its filing."""
        if ended.filed is not None:
            return
        following = self._next(look, window)
        if ended.reason in _AWAY:
            now = self._clock()
            await self._end(look, following, reason=look.gone or f"{GONE}{instant(now)}: {ended.detail}"[:1000])
        else:
            await self._end(look, following, reason=None if ended.reason == NOT_MODIFIED else look.gone)

    def _next(self, look: ClaimedLook, window: timedelta) -> datetime | None:
        return self._rereading.next(look.claimed.outlet, look.born, self._clock(), window, edited=False)

    async def _end(
        self, look: ClaimedLook, following: datetime | None, *, reason: str | None = None, asked: bool = True
    ) -> None:
        await self._database.transact(
            lambda session: end_look(session, look.claimed.url, self._owner, following, reason=reason, asked=asked)
        )

    def _tell(self, ended: Ended) -> None:
        lead = ended.lead
        if ended.filed is None or ended.filed is FilingKind.KNOWN:
            self._counters["looks"][lead.outlet, ended.reason or "unchanged"] += 1
            return
        self._counters["looks"][lead.outlet, "edited"] += 1
        self._counters["filings"][lead.outlet, ended.filed.value] += 1
        facts = {"outlet": lead.outlet, "url": lead.url, "kind": ended.filed.value}
        log.info("a page on record was edited", extra=facts)
        self._on_filed()


def _shown(ended: Ended, edited: bool | None) -> bool | None:
    """Give what a look says of an outlet's habit: an answer of "not modified" is no edit; a failure says nothing."""
    return False if ended.reason == NOT_MODIFIED else edited


def _reason_of(error: Exception) -> str:
    return error.reason.value if isinstance(error, FetchError) else Failure.INTERNAL.value
