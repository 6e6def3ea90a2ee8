"""Importer: what any form of import must be.

To add a form, put a file in `importers/` that holds one instance of an Importer: its name, how its files end, and
what it makes of one. `tocsin import` then takes such files.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, ClassVar
from urllib.parse import urlsplit

from newsdesk import Shelf, TocsinError, remedy_of
from tocsin.invocation import Invocation
from tocsin.roster import Listed, Roster

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from newsdesk import Article, Desk


@dataclass
class Report:
    """What an import came to: how many of each outcome, and what could not be taken."""

    counts: Counter[str] = field(default_factory=Counter)
    problems: int = 0


@dataclass(frozen=True)
class Task:
    """One file to import. `alert` leaves the articles to the alerts; else they are stored as already seen."""

    call: Invocation
    path: Path
    stream: BinaryIO
    alert: bool
    known_only: bool = False
    """Take only pages of outlets that the folder names."""

    def refuse(self, report: Report, place: str, what: str) -> None:
        """Tell what could not be taken, and go on."""
        report.problems += 1
        self.call.warn(f"{self.name}:{place}: {what}")

    @property
    def name(self) -> str:
        """Give what to call the file."""
        return "standard input" if str(self.path) == "-" else str(self.path)


@dataclass(frozen=True, slots=True)
class Dated:
    """An article, when it is taken to have been seen first, and how often it had been revised."""

    article: Article
    seen: datetime
    revision: int = 1


class Importer(ABC):
    """One form of import."""

    name: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]]

    def recognises(self, head: bytes) -> bool:
        """Tell from a file's first bytes whether it is of this form; False leaves it to its name."""
        return False

    @abstractmethod
    def run(self, task: Task) -> Report:
        """Import one file. Raises TocsinError when it is not of this form at all."""


class ListImporter(Importer):
    """A form that lists outlets: they become outlet files."""

    @abstractmethod
    def listed(self, task: Task, report: Report) -> Iterator[Listed]:
        """Give what a file lists, telling of what it cannot mean."""

    def run(self, task: Task) -> Report:
        """Write outlet files, never over another one."""
        report = Report()
        _take_in(task, self.listed(task, report), report)
        return report


def _take_in(task: Task, listed: Iterable[Listed], report: Report) -> None:
    """Make outlet files of what a list names; what an outlet file already has is left out."""
    from crawler import load_outlets

    folder = task.call.folder / "outlets"
    outlets, _ = load_outlets(folder)
    roster = Roster(folder, outlets)
    for one in listed:
        try:
            report.counts[roster.add(one)] += 1
        except ValueError as error:
            task.refuse(report, str(one.line), f"{one.url[:300]}: {_reason(one.url, error)}")
    for path in roster.write():
        task.call.warn(f"wrote {path}")


def _reason(url: str, error: ValueError) -> str:
    from pydantic import ValidationError

    if not url.lower().startswith(("http://", "https://")):
        return "write an http or https address"
    return remedy_of(error.errors()[0]) if isinstance(error, ValidationError) else str(error)


def file_one(desk: Desk, session: Session, one: Dated, *, quiet: bool) -> str:
    """File one article in a transaction; gives what it turned out to be."""
    filing = desk.file(session, one.article, now=one.seen, quiet=quiet, revision=one.revision, archived=True)
    return filing.kind.value


def can_be_article(article: Article) -> str | None:
    """Give what keeps an article out of the archive, None where nothing does."""
    from newsdesk import clean_url

    for name in ("url", "canonical_url"):
        value = getattr(article, name)
        try:
            parts = urlsplit(value)
            clean_url(value)
        except ValueError:
            return f'"{name}" is not an address'
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return f'"{name}" must be an http or https address'
    if not article.title.strip() and not article.body.strip():
        return "an article needs a title or a body"
    return None


def now() -> datetime:
    """Give this instant."""
    return datetime.now(UTC)


def lines(stream: BinaryIO, limit: int) -> Iterator[tuple[int, bytes | None]]:
    """Give the lines of a file, each with its length in bytes; None for one above `limit`, which is skipped."""
    while line := stream.readline(limit + 1):
        length, is_whole = len(line), len(line) <= limit
        while not is_whole and line and not line.endswith(b"\n"):
            line = stream.readline(limit)
            length += len(line)
        yield length, line if is_whole else None


def whole(task: Task, most: int) -> bytes:
    """Give all of a file that is not meant to be long. Raises TocsinError above `most` bytes."""
    content = task.stream.read(most + 1)
    if len(content) > most:
        raise TocsinError(f"{task.path}: is above {most} bytes")
    return content


IMPORTERS: Shelf[Importer] = Shelf("tocsin.importers", Importer)  # type: ignore[type-abstract]
