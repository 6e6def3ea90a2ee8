"""Intake: files what an import brings, many at a time, each time with the place where the import goes on."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from tocsin.importer import Dated, Report, Task, file_one
from tocsin.importing.places import Places, Position, mark_of

if TYPE_CHECKING:
    from newsdesk import Database

_BATCH = 1000
_LETTERS = 16_000_000
_SECONDS = 1.0
"""What waits is filed after so long; and nobody else waits longer for the one writer."""
_ANALYZED = 10_000
"""Having filed so many, PostgreSQL is asked to count anew; until then it may look things up in the slowest way."""


class Intake:
    """Takes articles in the order of the file, and files them."""

    def __init__(self, task: Task, database: Database, places: Places, report: Report) -> None:
        """File into `database`, counting into `report`."""
        from newsdesk import Desk

        self._task, self._database, self._places, self._report = task, database, places, report
        self._desk = Desk(database)
        self._waiting: deque[tuple[Dated | None, Position]] = deque()
        self._letters = 0
        self._since = time.monotonic()
        self._filed, self._analyze_at = 0, _ANALYZED
        self.position = places.load()
        """Where the next import goes on: behind what is filed."""

    def take(self, dated: Dated | None, after: Position) -> None:
        """Take an article, or what was none, and the place behind it."""
        self._waiting.append((dated, after))
        self._letters += len(dated.article.body) if dated else 0
        is_late = time.monotonic() - self._since > _SECONDS
        if is_late or len(self._waiting) >= _BATCH or self._letters > _LETTERS:
            self.file()

    def file(self) -> None:
        """File all that waits, in transactions that keep no other writer waiting for long."""
        while self._waiting:
            kinds: Counter[str] = Counter()
            with self._database.begin() as session:
                until = time.monotonic() + _SECONDS
                while self._waiting and time.monotonic() < until:
                    dated, after = self._waiting.popleft()
                    if dated:
                        kinds[file_one(self._desk, session, dated, quiet=not self._task.alert)] += 1
                self._places.save(session, after)
            self.position = after
            self._report.counts.update(kinds)
            self._count(kinds.total() - kinds["known"])
        self._letters, self._since = 0, time.monotonic()

    def end(self) -> None:
        """File the rest; the file was read to its end."""
        self.file()
        self._places.forget()
        if self._filed >= _ANALYZED:
            self._analyze()

    def _count(self, filed: int) -> None:
        self._filed += filed
        if self._filed >= self._analyze_at:
            self._analyze_at = self._filed * 4
            self._analyze()

    def _analyze(self) -> None:
        """Have PostgreSQL count its tables: after so many rows its own would come a minute late."""
        from sqlalchemy import inspect, text

        if self._database.is_postgres:
            names = ", ".join(f'"{name}"' for name in inspect(self._database.engine).get_table_names())
            with self._database.begin() as session:
                session.execute(text(f"ANALYZE {names}"))


@contextmanager
def intake(task: Task, report: Report) -> Iterator[Intake]:
    """Open the database for one import; one that was ended in the middle goes on behind what it had filed."""
    mark = mark_of(task.path)
    with closing(task.call.open_database()) as database:
        places = Places(database, str(task.path.resolve()) if mark else task.name, mark)
        taking = Intake(task, database, places, report)
        if taking.position.records:
            task.call.warn(f"{task.name}: goes on after {taking.position.records} records, where it was interrupted")
        try:
            yield taking
            taking.end()
        except KeyboardInterrupt:
            if mark and taking.position.records:
                said = f"interrupted; the same command goes on after {taking.position.records} records"
                task.call.warn(f"{task.name}: {said}")
            raise
