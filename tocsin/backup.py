"""Backup and restore of the embedded database, by SQLite's own backup."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from newsdesk import Database, StorageError, instant
from tocsin.settings import Settings
from tocsin.storage import only_daemon

_PAGES = 1000


def sqlite_path(settings: Settings) -> Path:
    """Give the file of the SQLite database. Raises StorageError on PostgreSQL, naming the tool that does it there."""
    if not settings.database.startswith("sqlite:///"):
        raise StorageError(_with_its_own_tools(settings.database))
    return Path(settings.database.removeprefix("sqlite:///"))


def _with_its_own_tools(address: str) -> str:
    from sqlalchemy import make_url

    url = make_url(address).set(drivername="postgresql")._replace(password=None).render_as_string()
    return (
        "the database is PostgreSQL, whose own tools do it while the daemon works; back up with:\n"
        f"  pg_dump --format=custom --file=tocsin.dump '{url}'\n"
        "and restore, with the daemon stopped, with:\n"
        f"  pg_restore --clean --if-exists --no-owner --single-transaction --dbname='{url}' tocsin.dump\n"
        f"  vacuumdb --analyze-only --dbname='{url}'"
    )


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a database holds, to be held against what one expects."""

    articles: int
    deliveries: int
    newest: str | None
    """When the newest article was first seen."""

    def __str__(self) -> str:
        newest = f", the newest of {self.newest}" if self.newest else ""
        return f"{self.articles} articles{newest}, {self.deliveries} deliveries"


def backup(settings: Settings, target: Path) -> Holdings:
    """Copy the database to `target`, consistent while a daemon writes; gives what it holds. Raises StorageError."""
    source = sqlite_path(settings)
    if not source.is_file():
        raise StorageError(f"{source} does not exist yet: there is nothing to back up")
    if target.exists():
        raise StorageError(f"{target} exists: choose another name, nothing is overwritten")
    part = target.with_name(f".{target.name}.part")
    try:
        _copy(source, part)
        held = _check(part)
        part.replace(target)
        return held
    except (OSError, sqlite3.Error) as error:
        raise StorageError(f"the backup failed: {error}") from error
    finally:
        part.unlink(missing_ok=True)


def restore(settings: Settings, source: Path) -> tuple[Holdings, Path | None]:
    """Put a backup in the database's place; gives what it holds, and the new name of the database that was there.

    Raises StorageError when `source` is no sound backup, or when a daemon works on the database.
    """
    target = sqlite_path(settings)
    if not source.is_file():
        raise StorageError(f"{source} does not exist")
    part = target.with_name(f".{target.name}.part")
    try:
        _check(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        with only_daemon(Database(settings.database)):
            _copy(source, part)
            held = _check(part)
            kept = _put_aside(target) if target.exists() else None
            part.replace(target)
    except (OSError, sqlite3.Error) as error:
        raise StorageError(f"the restore failed: {error}") from error
    finally:
        part.unlink(missing_ok=True)
    return held, kept


def _copy(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    with (
        closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as read,
        closing(sqlite3.connect(target)) as write,
    ):
        read.backup(write, pages=_PAGES)
        write.execute("PRAGMA journal_mode=DELETE")


def _check(path: Path) -> Holdings:
    """Give what a database holds, every page and index of which was looked through. Raises StorageError."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "articles" not in tables:
            raise StorageError(f"{path} is not a database of Tocsin")
        said = connection.execute("PRAGMA integrity_check").fetchone()[0]
        if said != "ok":
            raise StorageError(f"{path} is damaged: {said}")
        articles, newest = connection.execute("SELECT count(*), max(first_seen) FROM articles").fetchone()
        (deliveries,) = connection.execute("SELECT count(*) FROM deliveries").fetchone()
        return Holdings(articles, deliveries, instant(datetime.fromisoformat(newest)) if newest else None)


def _put_aside(path: Path) -> Path:
    """Rename a database with its log, which must not be taken for the new one's."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    kept = path.with_name(f"{path.name}.{stamp}")
    path.replace(kept)
    for suffix in ("-wal", "-shm"):
        beside = path.with_name(path.name + suffix)
        if beside.exists():
            beside.replace(kept.with_name(kept.name + suffix))
    return kept
