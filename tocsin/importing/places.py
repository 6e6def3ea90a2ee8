"""Places: where the imports of this database stand, so that one that was ended goes on there."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tocsin.tables import ImportRow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from newsdesk import Database


@dataclass(frozen=True, slots=True)
class Position:
    """Where an import goes on: the byte at which a record begins, the number of those before it, the last one's time.

    The time is kept where that of the next one follows from it.
    """

    offset: int = 0
    records: int = 0
    last_seen: datetime | None = None


def mark_of(path: Path) -> str:
    """Give what a file is known by: as long as neither size nor time changes, it is the same; "" for a stream."""
    facts = None if str(path) == "-" else path.stat()
    return f"{facts.st_size} {facts.st_mtime_ns}" if facts and stat.S_ISREG(facts.st_mode) else ""


class Places:
    """Where the imports of this database stand, by file; a file that has changed is begun anew."""

    def __init__(self, database: Database, path: str, mark: str) -> None:
        """Keep the place of the file at `path`, which is known by its `mark`; without one nothing is kept."""
        self._database, self._path, self._mark = database, path, mark

    def load(self) -> Position:
        """Give where to go on."""
        with self._database.read() as session:
            row = session.get(ImportRow, self._path) if self._mark else None
            return Position(row.offset, row.records, row.last_seen) if row and row.mark == self._mark else Position()

    def save(self, session: Session, position: Position) -> None:
        """Write it down in the transaction that files what stands before it."""
        if self._mark:
            row = ImportRow(
                path=self._path,
                mark=self._mark,
                offset=position.offset,
                records=position.records,
                last_seen=position.last_seen,
                at=datetime.now(UTC),
            )
            session.merge(row)

    def forget(self) -> None:
        """Forget it: all was read."""
        with self._database.begin() as session:
            if row := session.get(ImportRow, self._path):
                session.delete(row)
