"""Filer: what has been read goes to the desk together with the end of its lead, many pages to a commit."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from newsdesk import Article, Database, Desk, FilingKind, crash_point

from .downloader.answer import Validators
from .inventory import Inventory
from .leads.endings import Filed, end_filed
from .leads.leads import ClaimedLead
from .rereading import EXACT, Rereading, birth

log = logging.getLogger("tocsin.crawler")

_LINGER = 0.1
_MOST = 100
"""So many articles wait for no more: what comes next goes into the next commit."""
_TEXTS = frozenset({FilingKind.NEW, FilingKind.UPDATE, FilingKind.COPY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A page that was read, ready to be filed."""

    claimed: ClaimedLead
    article: Article
    validators: Validators
    """What the server said of the page's state; empty where they belong to another address."""
    window: timedelta
    """How long the page is looked at again."""
    born: datetime | None = None
    """From when on its age is counted, where that is known already."""


class Filer:
    """Files articles together that come within a moment: a commit costs as much as filing does."""

    def __init__(
        self,
        database: Database,
        desk: Desk,
        inventory: Inventory,
        owner: str,
        clock: Callable[[], datetime],
        rereading: Rereading,
    ) -> None:
        """End leads that `owner` holds; when their pages are looked at again is up to `rereading`."""
        self._database, self._desk, self._owner, self._clock = database, desk, owner, clock
        self._inventory, self._rereading = inventory, rereading
        self._waiting: list[tuple[Read, asyncio.Future[FilingKind]]] = []
        self._task: asyncio.Task[None] | None = None
        self._flushing: set[asyncio.Task[None]] = set()
        self._full = asyncio.Event()

    async def file(self, read: Read) -> FilingKind:
        """File an article and end its lead in one transaction, shared with those that wait too."""
        future: asyncio.Future[FilingKind] = asyncio.get_running_loop().create_future()
        self._waiting.append((read, future))
        if self._task is None:
            self._begin()
        elif len(self._waiting) >= _MOST:
            self._full.set()
        return await future

    def _begin(self) -> None:
        self._full.clear()
        if len(self._waiting) >= _MOST:
            self._full.set()
        self._task = asyncio.create_task(self._flush(), name="filing")
        self._flushing.add(self._task)
        self._task.add_done_callback(self._flushing.discard)

    async def settle(self) -> None:
        """Wait until nothing waits."""
        while self._task is not None or self._flushing:
            await asyncio.gather(*self._flushing)

    async def _flush(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._full.wait(), _LINGER)
        batch, self._waiting, self._task = self._waiting[:_MOST], self._waiting[_MOST:], None
        if self._waiting:
            self._begin()
        now = self._clock()
        crash_point("before_store")
        try:
            outcomes = await self._database.transact(
                lambda session: self._file(session, [read for read, _ in batch], now)
            )
        except Exception as error:
            outcomes = [error] * len(batch)
        crash_point("after_store")
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            if future.cancelled():
                continue
            if isinstance(outcome, Exception):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)

    def _file(self, session: Session, batch: Sequence[Read], now: datetime) -> list[FilingKind | Exception]:
        outcomes: list[FilingKind | Exception] = []
        for read in batch:
            try:
                outcomes.append(self._file_one(session, read, now))
            except OperationalError:
                raise
            except Exception as error:
                # The desk files within a savepoint: what one article did is undone, and takes no other along.
                outcomes.append(error)
        done = [(read, what) for read, what in zip(batch, outcomes, strict=True) if isinstance(what, FilingKind)]
        end_filed(session, [self._filed(read, what, now) for read, what in done], self._owner, now)
        new = Counter(read.claimed.outlet for read, what in done if what in _TEXTS)
        self._learn(session, new, now)
        crash_point("in_store_tx")
        return outcomes

    def _file_one(self, session: Session, read: Read, now: datetime) -> FilingKind:
        tidy = partial(self._inventory.tidy, read.article.outlet)
        article = self._inventory.tidied(session, read.article)
        quiet = read.claimed.is_quiet(article.published)
        return self._desk.file(session, article, now=now, quiet=quiet, tidy=tidy).kind

    def _filed(self, read: Read, what: FilingKind, now: datetime) -> Filed:
        article, edited = read.article, what is not FilingKind.KNOWN
        born = read.born
        if born is None and edited:
            quiet = read.claimed.is_quiet(article.published)
            born = birth(article.published, article.published_precision, now, read.window, quiet=quiet)
        again = what is FilingKind.REVISED
        look_at = born and self._rereading.next(read.claimed.outlet, born, now, read.window, edited=again)
        return Filed(
            lead=read.claimed,
            changed=edited,
            look_at=look_at,
            published=article.published if article.published_precision in EXACT else None,
            etag=read.validators.etag,
            last_modified=read.validators.last_modified,
        )

    def _learn(self, session: Session, new: Counter[str], now: datetime) -> None:
        """Learn from what was filed what stands on many pages; what fails there undoes no filing."""
        for outlet, count in new.items():
            try:
                with session.begin_nested():
                    self._inventory.filed(session, outlet, count, now)
            except OperationalError:
                raise
            except Exception:
                log.exception("nothing was learnt of an outlet's pages", extra={"outlet": outlet})
