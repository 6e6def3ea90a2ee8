"""Evidence: pages that became articles, kept as they came, and found again."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, or_, select
from sqlalchemy.orm import Session

from newsdesk import FOREVER, Database, Desk, StorageError, clean_url

from ..tables import KeptPageRow
from .warc import Damaged, Evidence, Volume, body_at, day_of, record_of

if TYPE_CHECKING:
    from ..downloader.answer import Answer

log = logging.getLogger("tocsin.crawler")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPage:
    """Where one page is kept, and by which hash it is known again."""

    url: str
    article: str
    fetched_at: datetime
    digest: str
    file: str
    offset: int

    def body(self, folder: Path) -> bytes:
        """Give the page as it came, decompressed. Raises StorageError when it is gone or is not what it was."""
        place = f"{folder / self.file} at {self.offset}"
        try:
            body, digest = body_at(folder / self.file, self.offset)
        except (OSError, Damaged) as error:
            said = error.strerror if isinstance(error, OSError) else str(error)
            raise StorageError(f"{place}: cannot be read: {said}") from error
        if not self.digest == digest == _digest(body):
            raise StorageError(f"{place}: the page was altered: its hash is no longer {self.digest}")
        return body


class Keeper:
    """Keeps pages in daily files, as long as `keep` says; with zero it keeps none."""

    def __init__(self, database: Database, folder: Path, keep: timedelta, clock: Callable[[], datetime]) -> None:
        """Keep the files in `folder`, and where each page stands in the database."""
        self._database, self._folder, self._clock = database, folder, clock
        self._desk = Desk(database)
        self._volume: Volume | None = None
        self._lock = threading.Lock()
        self._trouble: str | None = None
        self.keep = keep

    async def take(self, asked: str, answer: Answer, *, is_rendered: bool) -> None:
        """Keep a page whose article was just filed; what goes wrong is logged, and costs no article."""
        if not self.keep:
            return
        try:
            row = await asyncio.to_thread(self._write, asked, answer, is_rendered, self._clock())
            if row is not None:
                await self._database.transact(partial(_enter, page=row))
        except Exception as error:
            self._tell(f"{type(error).__name__}: {error}")
        else:
            self._tell(None)

    async def forget(self, now: datetime) -> int:
        """Remove the files whose every page has had its time, with their rows; gives how many."""
        if not self.keep or self.keep == FOREVER or not self._folder.is_dir():
            return 0
        last = (now - self.keep).astimezone(UTC).date()
        old = [path for path in self._folder.iterdir() if (day := day_of(path.name)) and day < last]
        for path in old:
            # The rows first: a file without rows is found again by its name, rows without their file are not.
            await self._database.transact(partial(_drop, file=path.name))
            path.unlink(missing_ok=True)
        return len(old)

    def close(self) -> None:
        """Let the file go that is open."""
        with self._lock:
            self._let_go()

    def _write(self, asked: str, answer: Answer, is_rendered: bool, now: datetime) -> KeptPage | None:
        with self._database.read() as session:
            filed = self._desk.find(session, asked)
        if filed is None:
            return None
        page = Evidence(
            url=answer.url,
            asked=asked,
            status=answer.status,
            headers=answer.headers,
            body=answer.body,
            fetched_at=now,
            article=filed.id,
            ip=answer.ip,
            is_rendered=is_rendered,
        )
        record = record_of(page)
        with self._lock:
            volume = self._open(now)
            offset = volume.append(record)
            return KeptPage(
                url=clean_url(asked),
                article=filed.id,
                fetched_at=now,
                digest=page.digest,
                file=volume.path.name,
                offset=offset,
            )

    def _open(self, now: datetime) -> Volume:
        today = now.astimezone(UTC).date()
        if self._volume is not None and (self._volume.is_full or day_of(self._volume.path.name) != today):
            self._let_go()
        if self._volume is None:
            self._volume = Volume.open(self._folder, today, self._last_known)
        return self._volume

    def _last_known(self, file: str) -> int:
        """Give where the last record that the database knows of begins: what stands before it was whole."""
        with self._database.read() as session:
            return session.scalar(select(func.max(KeptPageRow.offset)).where(KeptPageRow.file == file)) or 0

    def _let_go(self) -> None:
        if self._volume is not None:
            self._volume.close()
            self._volume = None

    def _tell(self, trouble: str | None) -> None:
        """Log what keeps pages from being kept once when it begins, and once when it is over."""
        if trouble and not self._trouble:
            log.error("pages are not kept", extra={"problem": trouble, "folder": str(self._folder)})
        elif self._trouble and not trouble:
            log.info("pages are kept again", extra={"folder": str(self._folder)})
        self._trouble = trouble


def kept_pages(database: Database, article: str | None, addresses: Sequence[str]) -> list[KeptPage]:
    """Give the pages kept of an article, or asked for under one of the addresses, oldest first."""
    columns = [getattr(KeptPageRow, name) for name in KeptPage.__dataclass_fields__]
    which = or_(KeptPageRow.article == article, KeptPageRow.url.in_(addresses))
    query = select(*columns).where(which).order_by(KeptPageRow.fetched_at, KeptPageRow.id)
    with database.read() as session:
        return [KeptPage(**row._mapping) for row in session.execute(query)]


def _enter(session: Session, page: KeptPage) -> None:
    values = {name: getattr(page, name) for name in KeptPage.__dataclass_fields__}
    session.execute(insert(KeptPageRow), values)


def _drop(session: Session, file: str) -> None:
    session.execute(delete(KeptPageRow).where(KeptPageRow.file == file))


def _digest(body: bytes) -> str:
    from hashlib import sha256

    return f"sha256:{sha256(body).hexdigest()}"
