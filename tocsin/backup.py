"""Backup and restore of the embedded database, by SQLite's own backup."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from newsdesk import Database, StorageError
from tocsin.settings import Settings
from tocsin.storage import only_daemon

_PAGES = 1000


def sqlite_path(settings: Settings) -> Path:
    """Give the file of the SQLite database. Raises StorageError on PostgreSQL, naming the tool that does it there."""
    if not settings.database.startswith("sqlite:///"):
        raise StorageError("the database is PostgreSQL: use pg_dump to back it up, pg_restore to restore it")
    return Path(settings.database.removeprefix("sqlite:///"))


def backup(settings: Settings, target: Path) -> None:
    """Copy the database to `target`, consistent even while a daemon writes. Raises StorageError."""
    source = sqlite_path(settings)
    if not source.is_file():
        raise StorageError(f"{source} does not exist yet: there is nothing to back up")
    if target.exists():
        raise StorageError(f"{target} exists: choose another name, nothing is overwritten")
    part = target.with_name(f".{target.name}.part")
    try:
        _copy(source, part)
        _check(part)
        part.replace(target)
    except (OSError, sqlite3.Error) as error:
        raise StorageError(f"the backup failed: {error}") from error
    finally:
        part.unlink(missing_ok=True)


def restore(settings: Settings, source: Path) -> Path | None:
    """Put a backup in the database's place; the database that was there is kept and its new name given.

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
            kept = _put_aside(target) if target.exists() else None
            part.replace(target)
    except (OSError, sqlite3.Error) as error:
        raise StorageError(f"the restore failed: {error}") from error
    finally:
        part.unlink(missing_ok=True)
    return kept


def _copy(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    with (
        closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as read,
        closing(sqlite3.connect(target)) as write,
    ):
        read.backup(write, pages=_PAGES)
        write.execute("PRAGMA journal_mode=DELETE")


def _check(path: Path) -> None:
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "articles" not in tables:
            raise StorageError(f"{path} is not a database of Tocsin")
        said = connection.execute("PRAGMA quick_check").fetchone()[0]
        if said != "ok":
            raise StorageError(f"{path} is damaged: {said}")


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
