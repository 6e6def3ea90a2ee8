"""Answers: a file in which each delivery that was taken is noted at once, so that no kill before its record repeats it.

Between a receiver's answer and the commit that says so lie other transactions. A note is one write of some microseconds
in place of one whose delivery is on record; it outlives the process, though not a loss of power.
"""

import contextlib
import fcntl
import json
import logging
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from ..outbox.outbox import Claim, Outcome, Taken

log = logging.getLogger("tocsin.alerts")

_PLACE = 512
"""Bytes of one note."""
_PLACES = 256
"""So many notes have room from the start, more than are under way at once: a disk that fills up still takes them."""
_PROCESSES = 8
"""So many may share a folder; a further one notes nothing."""


class Answers:
    """The answers of one process that are not on record yet; their notes in a file of its own, where it has one."""

    def __init__(self, path: Path | None = None) -> None:
        """Note at `path`, or beside it where a process that lives has that; nothing before `open()`."""
        self._path = path
        self._files: list[int] = []
        self._is_clear = False
        self._taken: dict[str, Outcome] = {}
        self._places: dict[str, int] = {}
        self._free = list(range(_PLACES))

    def open(self) -> list[Taken]:
        """Take a file, and give what processes that were killed left in it and beside it."""
        try:
            for file in _unheld(self._path) if self._path else ():
                self._files.append(file)
            return [taken for file in self._files for taken in _read(file)]
        except OSError as error:
            log.warning("answers are not noted", extra={"file": str(self._path), "error": error.strerror})
            self.close()
            return []

    def clear(self) -> None:
        """Forget what was left, which is on record, and keep one file."""
        with contextlib.suppress(OSError):
            for file in self._files:
                os.ftruncate(file, 0)
            if self._files:
                os.posix_fallocate(self._files[0], 0, _PLACE * _PLACES)
        while len(self._files) > 1:
            os.close(self._files.pop())
        self._is_clear = True

    def note(self, claim: Claim, outcome: Outcome) -> None:
        """Note that a delivery was taken; a note that fails keeps nothing from being sent."""
        self._taken[claim.id] = outcome
        place = self._places.get(claim.id)
        if place is None and self._files and self._free:
            place = self._places[claim.id] = self._free.pop()
        if place is not None:
            with contextlib.suppress(OSError):
                os.pwrite(self._files[0], _written(claim, outcome), place * _PLACE)

    def of(self, claim: Claim) -> Outcome | None:
        """Give the answer to a delivery that was taken before, and whose record failed."""
        return self._taken.get(claim.id)

    def settle(self, claim: Claim) -> None:
        """Let another have the place of a delivery that is on record."""
        self._taken.pop(claim.id, None)
        if claim.id in self._places:
            self._free.append(self._places.pop(claim.id))

    def close(self) -> None:
        """Note nothing more; what is not on record stays for the next process."""
        if self._files and self._is_clear and not self._places:
            with contextlib.suppress(OSError):
                os.ftruncate(self._files[0], 0)
        while self._files:
            os.close(self._files.pop())


def _unheld(path: Path) -> Iterator[int]:
    """Open the files that no living process holds, and hold them; makes one where there is none."""
    found = False
    for number in range(1, _PROCESSES + 1):
        place = path if number == 1 else path.with_name(f"{path.name}.{number}")
        if found and not place.exists():
            return
        file = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(file)
            if not isinstance(error, BlockingIOError):
                raise
        else:
            found = True
            yield file


def _read(file: int) -> Iterator[Taken]:
    """Give the notes of a file; what is no whole note, as where none was written yet, is passed over."""
    data = os.pread(file, _PLACE * _PLACES, 0)
    for start in range(0, len(data), _PLACE):
        with contextlib.suppress(ValueError, TypeError):
            id, attempt, started, seconds, status, excerpt = json.loads(data[start : start + _PLACE])
            outcome = Outcome(datetime.fromisoformat(started), timedelta(seconds=seconds), status, excerpt)
            yield Taken(id, attempt, outcome)


def _written(claim: Claim, outcome: Outcome) -> bytes:
    """Give a note as a line that fills its place; what was said is cut where it is too long."""
    facts = [claim.id, claim.attempts, outcome.started_at.isoformat(), outcome.duration.total_seconds()]
    lines = (
        json.dumps([*facts, outcome.status[:most], outcome.excerpt[:most]]).encode() + b"\n" for most in (200, 20, 0)
    )
    return next((line.rjust(_PLACE) for line in lines if len(line) <= _PLACE), b"")
