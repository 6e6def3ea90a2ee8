"""The database of the settings, brought up to the tables of this version."""

import sqlite3
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newsdesk import Base, Database, StorageError
from tocsin.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

_OWNERS = ("newsdesk", "crawler", "alerts", "tocsin")


def open_database(settings: Settings) -> Database:
    """Open the database, ready for use: SQLite is created and upgraded, PostgreSQL must have been upgraded.

    The caller closes it. Raises StorageError.
    """
    database = _connect(settings)
    try:
        before = revision(database)
        head = newest_revision()
        if before == head:
            return database
        if database.is_postgres:
            raise StorageError(f"the database is at revision {before or 'none'}, not {head}; run: tocsin db upgrade")
        _upgrade(database, before, head)
    except BaseException:
        database.close()
        raise
    return database


def upgrade(settings: Settings) -> tuple[str | None, str]:
    """Bring the database to the newest revision; gives the one before and the one after. Raises StorageError."""
    database = _connect(settings)
    try:
        before, head = revision(database), newest_revision()
        if before != head:
            _upgrade(database, before, head)
        return before, head
    finally:
        database.close()


def newest_revision() -> str:
    """Give the revision that this version works with."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_alembic(None)).get_current_head() or ""


def revision(database: Database) -> str | None:
    """Give the revision that the database is at, None before the first. Raises StorageError."""
    from alembic.runtime.migration import MigrationContext
    from sqlalchemy.exc import SQLAlchemyError

    try:
        with database.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except SQLAlchemyError as error:
        raise StorageError(_unusable(database, error)) from error


def _connect(settings: Settings) -> Database:
    for owner in _OWNERS:
        import_module(f"{owner}.tables")
    database = Database(settings.database)
    if not database.is_postgres and database.url.database:
        try:
            Path(database.url.database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"{database.url.database}: its folder cannot be made: {error.strerror}") from error
    return database


def _upgrade(database: Database, before: str | None, head: str) -> None:
    from alembic import command
    from alembic.util import CommandError
    from sqlalchemy.exc import SQLAlchemyError

    try:
        with database.engine.begin() as connection:
            if not head:
                Base.metadata.create_all(connection)
                return
            command.upgrade(_alembic(connection), "head")
    except CommandError as error:
        raise StorageError(
            f"the database is at revision {before}, which this version (at {head}) does not know: "
            "it was made by a newer Tocsin; use that one, or restore a backup"
        ) from error
    except SQLAlchemyError as error:
        raise StorageError(_unusable(database, error)) from error


def _alembic(connection: "Connection | None") -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "tocsin:migrations")
    config.attributes["connection"] = connection
    return config


def _unusable(database: Database, error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    place = database.url.render_as_string(hide_password=True)
    text = " ".join(str(cause).split())
    if isinstance(cause, sqlite3.DatabaseError) and "not a database" in text:
        return f"{database.url.database} is not a database; it is kept as it is: restore with tocsin db restore FILE"
    return f"the database {place} cannot be used: {text}"
