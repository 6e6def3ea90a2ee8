"""The database as it must be before anything uses it: reachable, sound, of this version's tables, one daemon's only."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from newsdesk import Database, StorageError, give_seal
from tocsin.keyfile import seal_of
from tocsin.migrations import HEAD
from tocsin.settings import Settings


class ServerAway(StorageError):
    """The database's server cannot be reached now; that may pass."""


def open_database(settings: Settings) -> Database:
    """Open the database, ready for use: SQLite is created and upgraded, PostgreSQL must have been upgraded.

    The caller closes it. Raises StorageError with one line that tells what to do.
    """
    database = Database(settings.database)
    try:
        before = revision(database)
        if before != HEAD:
            if database.is_postgres:
                raise StorageError(_not_current(database, before))
            _upgrade(database, before)
        give_seal(database.engine, seal_of(settings))
    except BaseException:
        database.close()
        raise
    return database


def reach_database(settings: Settings) -> Database:
    """Give the database as it is, for a look from outside; nothing is created or upgraded. Raises StorageError."""
    database = Database(settings.database)
    path = sqlite_path(database)
    try:
        if path is not None and not path.exists():
            raise StorageError(f"{path}: there is no database yet; start the daemon with: tocsin run")
        if (found := revision(database)) != HEAD:
            raise StorageError(_not_current(database, found))
        give_seal(database.engine, seal_of(settings))
    except BaseException:
        database.close()
        raise
    return database


def upgrade(settings: Settings) -> tuple[str | None, str]:
    """Bring the database to the newest revision; gives the one before and the one after. Raises StorageError."""
    database = Database(settings.database)
    try:
        before = revision(database)
        if before != HEAD:
            _upgrade(database, before)
        return before, HEAD
    finally:
        database.close()


def newest_revision() -> str:
    """Give the revision that this version works with."""
    return HEAD


def revision(database: Database) -> str | None:
    """Give the revision that the database is at, None before the first. Raises StorageError."""
    from sqlalchemy import inspect, text

    with _plainly(database):
        _check_folder(database)
        with database.engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            return found


@contextmanager
def only_daemon(database: Database) -> Iterator[bool]:
    """Hold the lock that one daemon has on an SQLite database; gives whether the one before it was killed.

    PostgreSQL needs none: there several daemons share the work by leases. Raises StorageError when another has it.
    """
    path = sqlite_path(database)
    if path is None:
        yield False
        return
    with _plainly(database):
        handle = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(handle, 20, 0).decode("ascii", "replace").strip()
            raise StorageError(
                f"{path}: another daemon (process {holder or 'unknown'}) works on this database; "
                "stop it first, or name another `database`"
            ) from None
        was_killed = os.fstat(handle).st_size > 0
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield was_killed
        with suppress(OSError):
            os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def sqlite_path(database: Database) -> Path | None:
    """Give the file of an SQLite database, None for a server or a database in memory."""
    name = database.url.database
    return None if database.is_postgres or not name or name == ":memory:" else Path(name)


def answers_path(database: Database, folder: Path) -> Path | None:
    """Give the file for what receivers answered: beside an SQLite database, for a server's in the configuration."""
    path = sqlite_path(database)
    if path is not None:
        return path.with_name(path.name + ".answers")
    return folder / "tocsin.answers" if database.is_postgres else None


def _upgrade(database: Database, before: str | None) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if before is not None and before not in known:
        raise StorageError(_not_current(database, before))
    # One transaction: killed in the middle, the next start finds the tables as they were.
    with _plainly(database), _remaking(database), database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def _remaking(database: Database) -> Iterator[None]:
    """Let a table be made anew under its rows: SQLite would refuse to drop one that others refer to, for a moment."""
    from sqlalchemy import event

    if database.is_postgres:
        yield
        return

    def let(connection: Any, _record: object, _proxy: object) -> None:
        connection.execute("PRAGMA foreign_keys=OFF")

    event.listen(database.engine, "checkout", let)
    try:
        yield
    finally:
        event.remove(database.engine, "checkout", let)
        database.engine.dispose()  # what is opened from now on holds to its keys again


def _check_folder(database: Database) -> None:
    path = sqlite_path(database)
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not os.access(path, os.W_OK):
        raise StorageError(f"{path}: cannot be written; give this user the right to, or name another `database`")
    if not os.access(path.parent, os.W_OK):
        raise StorageError(f"{path}: nothing can be written into {path.parent}; make that folder writable")


@contextmanager
def _plainly(database: Database) -> Iterator[None]:
    """Turn what the driver says into one line with a remedy."""
    from sqlalchemy.exc import DBAPIError, SQLAlchemyError

    try:
        yield
    except DBAPIError as error:
        said = next(iter(str(error.orig).strip().splitlines()), type(error.orig).__name__)
        kind = ServerAway if database.is_postgres and _may_pass(error, said) else StorageError
        raise kind(f"{_name(database)}: {said}; {_remedy(said)}") from error
    except OSError as error:
        raise StorageError(f"{_name(database)}: {error.strerror}; {_remedy(str(error.strerror))}") from error
    except SQLAlchemyError as error:
        raise StorageError(f"{_name(database)}: {' '.join(str(error).split())}") from error


_PASSING = ("starting up", "shutting down", "recovery mode", "not accepting", "not yet accepting", "too many clients")
"""What a server says with FATAL of its own state; all else that it refuses, such as a password, waits for a person."""


def _may_pass(error: Exception, said: str) -> bool:
    """Tell whether a server may take a connection later; the driver gives no code for one that was refused."""
    from sqlalchemy.exc import OperationalError

    return isinstance(error, OperationalError) and ("FATAL" not in said or any(sign in said for sign in _PASSING))


_REMEDIES = {
    "not a database": "the file is left as it is: put a backup in its place by `tocsin db restore FILE`, "
    "or move it away to begin anew",
    "malformed": "the file is damaged and left as it is: put a backup in its place by `tocsin db restore FILE`",
    "locked": "another program holds it: end that program, then try again",
    "readonly": "make the file and its folder writable",
    "read-only": "make the file and its folder writable",
    "denied": "make the file and its folder writable",
    "unable to open": "see that the path is right and its folder writable",
    "full": "make room on the disk",
}


def _remedy(said: str) -> str:
    known = (remedy for sign, remedy in _REMEDIES.items() if sign in said.lower())
    return next(known, "see that the `database` setting is right and, for PostgreSQL, that the server runs")


def _not_current(database: Database, found: str | None) -> str:
    name = _name(database)
    if found is None:
        return f"{name}: has no tables of Tocsin yet; run: tocsin db upgrade"
    if found < HEAD:
        return f"{name}: is at revision {found}, this version needs {HEAD}; run: tocsin db upgrade"
    return f"{name}: is at revision {found}, made by a newer Tocsin; use that one, or restore an older backup"


def _name(database: Database) -> str:
    return str(sqlite_path(database) or database.url.render_as_string(hide_password=True))
