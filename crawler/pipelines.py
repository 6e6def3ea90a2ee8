"""Pipelines: one lead's way to the desk: its page asked for, read in a worker, filed with the end of the lead."""

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from newsdesk import (
    Article,
    Database,
    Desk,
    FetchError,
    FetchFailure,
    FilingKind,
    Precision,
    ReadingError,
    clean_url,
    crash_point,
    retry_after,
    same_site,
)

from .downloader.answer import BUSY, Answer, Validators
from .downloader.fetch import Fetcher, HostResting, RobotsUnavailable
from .evidence.evidence import Keeper
from .filer import Filer, Read
from .health.witness import Witness
from .inventory import Inventory
from .lead import Lead
from .leads import leads
from .leads.leads import ClaimedLead
from .leads.looks import ClaimedLook
from .outlet import Outlet
from .page import Reading, ReadingKind
from .reading.furniture import Furniture
from .rereading import Rereading
from .settings import CrawlSettings
from .sites import Sites
from .workers.tasks import read_article, rules_of
from .workers.workers import Workers

log = logging.getLogger("tocsin.crawler")

_FOR_GOOD = frozenset({400, 405, 406, 410, 414, 451})
_LONGEST_REST = timedelta(days=1)
_NEAR = timedelta(hours=36)


NOT_MODIFIED = "not_modified"


class Failure(StrEnum):
    """Why a lead did not become an article, beyond what a fetch can meet; also the label of the metric."""

    UNREADABLE = "unreadable"
    NOT_AN_ARTICLE = "not_an_article"
    ELSEWHERE = "elsewhere"
    PAYWALL = "paywall"
    CONSENT_WALL = "consent_wall"
    LOGIN_WALL = "login_wall"
    CHALLENGE = "challenge"
    NOT_FOUND = "not_found"
    INTERNAL = "internal"


_WALLS = frozenset({Failure.PAYWALL, Failure.CONSENT_WALL, Failure.LOGIN_WALL, Failure.NOT_FOUND})
_HARMLESS = frozenset({Failure.NOT_AN_ARTICLE, Failure.ELSEWHERE, FetchFailure.GONE, FetchFailure.ROBOTS}) | _WALLS
_RETRIES_OF = {
    # A guard against machines lets go after a while; a page can come a moment after the list that names it.
    ReadingKind.CHALLENGE: (3, timedelta(minutes=15)),
    ReadingKind.NOT_FOUND: (2, timedelta(minutes=5)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How the work on one lead ended: filed, set aside, or to be tried again later."""

    lead: ClaimedLead
    filed: FilingKind | None = None
    reason: str | None = None
    detail: str = ""
    later: bool = False
    size: int = 0

    @property
    def is_harmless(self) -> bool:
        """Tell whether the page was set aside for what it is, not because anything failed."""
        return not self.later and self.reason in _HARMLESS


@dataclass(frozen=True, slots=True)
class _Setback:
    reason: str
    detail: str
    tries: int
    """How many tries it is worth in all."""
    pause: timedelta = timedelta(0)
    asked: bool = True
    """Whether the page was asked for at all; where not, it counts as no try."""


class FilingPipeline:
    """Works on one lead at a time for whoever awaits it; never raises but when cancelled."""

    def __init__(
        self,
        database: Database,
        desk: Desk,
        fetcher: Fetcher,
        workers: Workers,
        owner: str,
        clock: Callable[[], datetime],
        witness: Witness | None = None,
        sites: Sites | None = None,
        rereading: Rereading | None = None,
        keeper: Keeper | None = None,
    ) -> None:
        """End leads that `owner` holds; pages on the `sites` of other outlets are left to those.

        When a page is looked at again is up to `rereading`; the `keeper` keeps what became an article's text.
        """
        self.lost: set[str] = set()
        self._sites = sites or Sites()
        self._database, self._fetcher, self._workers = database, fetcher, workers
        self._owner, self._clock = owner, clock
        self._inventory = Inventory(desk)
        self._witness, self._keeper = witness or Witness(), keeper
        self._filer = Filer(database, desk, self._inventory, owner, clock, rereading or Rereading())

    async def settle(self) -> None:
        """Wait until what has been read is filed."""
        await self._filer.settle()

    async def run(self, claimed: ClaimedLead, outlet: Outlet, settings: CrawlSettings) -> Ended:
        """Bring one lead to its end, or put it back for later."""
        try:
            return await self._file(claimed, outlet, settings)
        except HostResting as error:
            setback = _Setback(
                error.reason, str(error), leads.MOST_TRIES, timedelta(seconds=error.seconds), asked=False
            )
        except RobotsUnavailable as error:
            setback = _Setback(error.reason, str(error), leads.MOST_TRIES, timedelta(minutes=5))
        except FetchError as error:
            setback = _Setback(error.reason, str(error), _tries_after(error))
        except ReadingError as error:
            setback = _Setback(Failure.UNREADABLE, str(error), 2)
        except Exception as error:
            log.exception("a lead failed", extra={"outlet": claimed.outlet, "url": claimed.url})
            setback = _Setback(Failure.INTERNAL, f"{type(error).__name__}: {error}", leads.MOST_TRIES)
        try:
            return await self._put_aside(claimed, setback)
        except Exception as error:
            self.lost.add(claimed.url)
            log.exception("a lead could not be put back", extra={"outlet": claimed.outlet, "url": claimed.url})
            return Ended(lead=claimed, reason=Failure.INTERNAL, detail=str(error), later=True)

    async def _file(self, claimed: ClaimedLead, outlet: Outlet, settings: CrawlSettings) -> Ended:
        answer = await self._fetcher.get(claimed.url, settings, render=outlet.render)
        crash_point("fetched")
        article = await self._read(claimed, outlet, answer)
        crash_point("parsed")
        if isinstance(article, _Setback):
            return await self._put_aside(claimed, article)
        shown = _validators_of(claimed, answer)
        read = Read(claimed=claimed, article=article, validators=shown, window=settings.reread_for)
        return await self._end(read, outlet, answer)

    async def look(self, look: ClaimedLook, outlet: Outlet, settings: CrawlSettings) -> Ended:
        """Look at a page on record once more; what is not filed is left to the caller. Raises FetchError and others."""
        claimed = look.claimed
        answer = await self._fetcher.get(claimed.url, settings, validators=look.validators, render=outlet.render)
        if answer.is_not_modified:
            return Ended(lead=claimed, reason=NOT_MODIFIED)
        article = await self._read(claimed, outlet, answer)
        if isinstance(article, _Setback):
            return Ended(lead=claimed, reason=article.reason, detail=article.detail, size=len(answer.body))
        shown = _validators_of(claimed, answer)
        read = Read(claimed=claimed, article=article, validators=shown, window=settings.reread_for, born=look.born)
        return await self._end(read, outlet, answer)

    async def _end(self, read: Read, outlet: Outlet, answer: Answer) -> Ended:
        kind = await self._filer.file(read)
        if self._keeper and kind is not FilingKind.KNOWN:
            await self._keeper.take(read.claimed.url, answer, is_rendered=outlet.render)
        return Ended(lead=read.claimed, filed=kind, size=len(answer.body))

    async def _read(self, claimed: ClaimedLead, outlet: Outlet, answer: Answer) -> Article | _Setback:
        if not answer.is_whole:
            return _after_status(answer, self._clock())
        if owner := self._sites.owner(answer.url, outlet.slug):
            detail = f"the page is one of {owner}, whose own lists bring it"
            return _Setback(Failure.ELSEWHERE, detail, 1)
        rules = rules_of(outlet, await self._furniture(outlet.slug))
        reading = await self._workers.run(outlet.slug, read_article, answer.document, rules)
        self._inventory.met(outlet.slug, reading.furniture)
        self._witness.read(outlet.slug, reading)
        if reading.kind is not ReadingKind.ARTICLE:
            return _after_reading(reading)
        return article_of(claimed, reading, answer)

    async def _furniture(self, slug: str) -> Furniture:
        if not self._inventory.knows(slug):
            return await self._database.transact(lambda session: self._inventory.load(session, slug))
        return self._inventory.of(slug)

    async def _put_aside(self, claimed: ClaimedLead, setback: _Setback) -> Ended:
        now, tries = self._clock(), claimed.tries + 1
        later = tries < setback.tries or not setback.asked
        if setback.asked and tries == 1:
            self._witness.lacked(claimed.outlet, setback.reason, setback.detail)
        said = f"{setback.reason}: {setback.detail}"[:1000]
        if later:
            pause = max(setback.pause, leads.pause_after(tries, random.random()))  # noqa: S311  (spreads, no secret)
            await self._database.transact(
                lambda session: leads.postpone(
                    session, claimed.url, self._owner, now + pause, said, counts=setback.asked
                )
            )
        else:
            await self._database.transact(
                lambda session: leads.end_set_aside(session, claimed.url, self._owner, now, said)
            )
        return Ended(lead=claimed, reason=setback.reason, detail=setback.detail, later=later)


def _validators_of(claimed: ClaimedLead, answer: Answer) -> Validators:
    """Give what an answer says of its state, where it came from the very address that is asked."""
    shown = Validators.of(answer)
    return shown if shown.url == claimed.url else Validators(claimed.url)


def _tries_after(error: FetchError) -> int:
    for_good = (FetchFailure.ROBOTS, FetchFailure.TOO_LARGE, FetchFailure.REFUSED_ADDRESS)
    return 1 if error.reason in for_good else leads.MOST_TRIES


def _after_reading(reading: Reading) -> _Setback:
    detail = "; ".join(reading.notes) or "the page is no article"
    tries, pause = _RETRIES_OF.get(reading.kind, (1, timedelta(0)))
    return _Setback(Failure(reading.kind.value), detail, tries, pause)


def _after_status(answer: Answer, now: datetime) -> _Setback:
    status = answer.status
    detail = answer.refusal
    if status in _FOR_GOOD:
        return _Setback(FetchFailure.GONE if status == 410 else FetchFailure.STATUS, detail, 1)
    if status == 404:
        # A list can be a moment ahead of its pages.
        return _Setback(FetchFailure.GONE, detail, 2)
    wish = retry_after(answer.headers.get("retry-after"), now) if status in BUSY else None
    pause = min(timedelta(seconds=wish or 0.0), _LONGEST_REST)
    return _Setback(FetchFailure.STATUS, detail, leads.MOST_TRIES, pause)


def article_of(claimed: ClaimedLead, reading: Reading, answer: Answer) -> Article:
    """Give the article of a page and what the list said of it; a claimed address counts on the same site only."""
    final = clean_url(answer.url)
    claim = clean_url(reading.canonical) if reading.canonical else final
    own = claim if same_site(claim, final) else final
    lead = claimed.lead
    published, precision, raw = _published(reading, lead)
    aliases = dict.fromkeys((claimed.url, *map(clean_url, answer.hops), final))
    return Article(
        outlet=claimed.outlet,
        url=lead.url,
        canonical_url=own,
        title=reading.title or lead.title or final,
        lede=reading.lede,
        body=reading.body,
        authors=reading.authors,
        dateline=reading.dateline,
        section=reading.section,
        language=reading.language or lead.language,
        published=published,
        published_precision=precision,
        published_raw=raw,
        modified=reading.modified,
        aliases=tuple(aliases),
    )


def _published(reading: Reading, lead: Lead) -> tuple[datetime | None, Precision | None, str | None]:
    """Prefer what the page says; where it names but a day, the list may know the minute of that same day."""
    said, precision = reading.published, reading.published_precision
    if lead.published is None:
        return said, precision, reading.published_raw
    if said is None:
        return lead.published, Precision.SECOND, None
    if precision is Precision.DAY and abs(lead.published - said) < _NEAR:
        return lead.published, Precision.SECOND, reading.published_raw
    return said, precision, reading.published_raw
