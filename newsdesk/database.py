"""Database: engine, sessions, Base; and the one writer that commits many changes together."""

import asyncio
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from math import inf
from typing import Any, TypeVar

from sqlalchemy import DateTime, Dialect, Engine, Text, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from .errors import StorageError

T = TypeVar("T")
_Waiting = tuple[Callable[[Session], Any], Future[Any]]

_BATCH = 100
_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=30000", "cache_size=-16000")
"""The last in kilobytes, with a minus: by the default of two megabytes a long queue is read anew at each step."""
_MOMENT = 0.05
"""Seconds after which a transaction takes no further change along, so that the next one waits no longer."""
_TRIES = 7
_CONNECTED = 10
"""Seconds for a server to take a connection, unless its address says otherwise; the driver would wait two minutes."""


class Instant(TypeDecorator[datetime]):
    """An aware instant, kept in UTC to the microsecond; SQLite has no such type and gets sortable text."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Use timestamptz on PostgreSQL."""
        return dialect.type_descriptor(DateTime(timezone=True) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuse a naive instant: its zone would be a guess."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant without a zone: {value!r}")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give an aware instant in UTC."""
        if value is None:
            return None
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return moment.astimezone(UTC)


class Base(DeclarativeBase):
    """The base of every table of Tocsin, whichever package owns it."""

    type_annotation_map = {datetime: Instant, str: Text}  # noqa: RUF012  (SQLAlchemy's own form)


def insert_missing(session: Session, table: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows, but for those whose key another process has put in meanwhile."""
    if rows:
        is_postgres = session.get_bind().dialect.name == "postgresql"
        insert: Any = postgresql.insert if is_postgres else sqlite.insert
        session.execute(insert(table).on_conflict_do_nothing(), list(rows))


class Database:
    """One database, by its SQLAlchemy address; SQLite in WAL mode or PostgreSQL."""

    def __init__(self, url: str) -> None:
        """Prepare the engine; nothing is opened before the first use."""
        self.url = make_url(url)
        is_bounded = not self.is_postgres or "connect_timeout" in self.url.query
        bounds = {} if is_bounded else {"connect_timeout": _CONNECTED}
        self.engine = create_engine(self.url, pool_pre_ping=self.is_postgres, connect_args=bounds)
        if not self.is_postgres:
            _prepare_sqlite(self.engine)
        self._writer = _Writer(self)

    @property
    def is_postgres(self) -> bool:
        """Tell whether the server is PostgreSQL; else it is the embedded SQLite."""
        return self.url.get_backend_name() == "postgresql"

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """Give a session in a transaction: committed at the end of the block, rolled back on an error."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Give a session that only reads: on SQLite it neither waits for a writer nor holds one up."""
        connection = self.engine.connect().execution_options(tocsin_reads=True)
        with connection, Session(connection, expire_on_commit=False) as session:
            yield session

    async def transact(self, change: Callable[[Session], T], *, ahead: bool = False) -> T:
        """Run `change` on the writer thread and give its result once it is committed.

        Changes that wait are committed together, each in a savepoint of its own: one that raises takes no other along.
        What is to go `ahead` of the others waits for one transaction at most. A change can run twice when the server
        drops the connection: it must do nothing but database work.
        """
        return await asyncio.wrap_future(self._writer.put(change, ahead=ahead))

    def close(self) -> None:
        """Finish what the writer holds and close every connection; no further change is taken."""
        self._writer.close()
        self.engine.dispose()


class _Writer:
    """A thread that commits the changes that wait, those that are to go ahead and the others by turns."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._ahead, self._behind = deque[_Waiting](), deque[_Waiting]()
        self._thread: threading.Thread | None = None
        self._changed = threading.Condition()
        self._closed = False

    def put(self, change: Callable[[Session], T], *, ahead: bool) -> Future[T]:
        future: Future[T] = Future()
        with self._changed:
            if self._closed:
                raise StorageError("the database is closed")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="database-writer", daemon=True)
                self._thread.start()
            (self._ahead if ahead else self._behind).append((change, future))
            self._changed.notify()
        return future

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while self._has_work():
            self._serve(self._ahead or self._behind)

    def _has_work(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._ahead or self._behind)
        return bool(self._ahead or self._behind)

    def _serve(self, lane: deque[_Waiting]) -> None:
        waiting = _taken(lane, _MOMENT)
        batch = list(islice(waiting, 1))
        if not batch:
            return
        try:
            outcomes = self._attempt(batch, waiting)
        except Exception as error:
            # Who waits behind them would only wait as long again.
            for _, future in (*batch, *_taken(lane, inf)):
                future.set_exception(error)
            return
        for (_, future), (result, failure) in zip(batch, outcomes, strict=True):
            if failure is None:
                future.set_result(result)
            else:
                future.set_exception(failure)

    def _attempt(self, batch: list[_Waiting], waiting: Iterator[_Waiting]) -> list[tuple[Any, Exception | None]]:
        """Make the changes of `batch` and what else of `waiting` is taken along, in one transaction."""
        pause = threading.Event()
        attempt = 0
        while True:
            try:
                with self._database.begin() as session:
                    outcomes = [_apart(session, change) for change, _ in batch]
                    for item in waiting:
                        batch.append(item)
                        outcomes.append(_apart(session, item[0]))
                    return outcomes
            except OperationalError:
                attempt += 1
                if attempt == _TRIES:
                    raise
                pause.wait(0.05 * 2**attempt)


def _taken(lane: deque[_Waiting], seconds: float) -> Iterator[_Waiting]:
    """Take what waits in a lane by now, until so many seconds have gone by."""
    until = time.monotonic() + seconds
    for _ in range(min(len(lane), _BATCH)):
        change, future = lane.popleft()
        if future.set_running_or_notify_cancel():
            yield change, future
        if time.monotonic() > until:
            break


def _apart(session: Session, change: Callable[[Session], Any]) -> tuple[Any, Exception | None]:
    """Run one change in a savepoint; a lost or locked database concerns the whole batch."""
    try:
        with session.begin_nested():
            return change(session), None
    except OperationalError as error:
        # SQLite calls a mistake in a statement operational, too: that is the change's own. A savepoint that is gone
        # is not: SQLite has taken the whole transaction back, as it does when the disk is full.
        own = getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR
        if own and "savepoint" not in str(error.orig):
            return None, error
        raise
    except Exception as error:
        return None, error


def _prepare_sqlite(engine: Engine) -> None:
    """Set WAL mode and let SQLAlchemy, not the driver, begin transactions.

    WAL with synchronous=NORMAL may lose the newest commits on power loss, never on kill -9; as articles, marks and
    deliveries share the one log, what is lost is lost together and found again. BEGIN IMMEDIATE, because a
    transaction that reads first and writes later would fail at once, not wait, when another has written between.
    """

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        reads = connection.get_execution_options().get("tocsin_reads", False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
