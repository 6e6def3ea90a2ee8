"""Databases with every table for the tests: the code makes one of a kind, the rest are its copies."""

import uuid
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from sqlalchemy import text

from newsdesk import Base, Database
from tocsin.migrations import HEAD

_TABLES = """
    SELECT c.relname, c.relkind, a.attname, a.atttypid, a.attnotnull FROM pg_class c
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = %s::regnamespace ORDER BY c.relname, a.attname
"""
_USED_SEQUENCES = "SELECT sequencename FROM pg_sequences WHERE schemaname = %s AND last_value IS NOT NULL"


def make_tables(database: Database) -> None:
    """Make every table, at the newest revision; that its history makes the same ones is a test of its own."""
    for package in ("newsdesk", "crawler", "alerts", "tocsin"):
        import_module(f"{package}.tables")
    Base.metadata.create_all(database.engine)
    with database.begin() as session:
        session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)"))
        session.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})


@cache
def _sqlite() -> bytes:
    with TemporaryDirectory(prefix="tocsin-") as folder:
        place = Path(folder) / "tocsin.db"
        database = Database(f"sqlite:///{place}")
        make_tables(database)
        database.close()
        return place.read_bytes()


def sqlite_at(place: Path) -> str:
    """Lay an SQLite database with every table and no row at `place`; gives its address."""
    place.write_bytes(_sqlite())
    return f"sqlite:///{place}"


class Postgres:
    """The schemas of one process of the tests on a server of PostgreSQL."""

    def __init__(self, url: str) -> None:
        """Go by the address of the server."""
        self._url = url
        self._connection = psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True)
        self._connection.execute("SET lock_timeout = '5s'")
        self._kept = ""
        self._as_made: list[tuple[object, ...]] = []

    def close(self) -> None:
        """Take leave of the server."""
        self._connection.close()

    def address(self, schema: str) -> str:
        """Give the address of a schema."""
        return f"{self._url}{'&' if '?' in self._url else '?'}options=-csearch_path%3D{schema}"

    def new_schema(self) -> str:
        """Make a schema without any table."""
        schema = f"t{uuid.uuid4().hex}"
        self._run(f"CREATE SCHEMA {schema}")
        return schema

    def drop(self, schema: str) -> None:
        """Drop a schema with all that is in it."""
        self._run(f"DROP SCHEMA {schema} CASCADE")

    def with_tables(self) -> str:
        """Give the address of a schema with every table and no row: the last one emptied, where that can be."""
        if not (self._kept and self._is_as_made() and self._empty()):
            self._kept = self.new_schema()
            database = Database(self.address(self._kept))
            make_tables(database)
            database.close()
            self._as_made = self._tables()
        return self.address(self._kept)

    def _tables(self) -> list[tuple[object, ...]]:
        return self._connection.execute(_TABLES, (self._kept,)).fetchall()

    def _is_as_made(self) -> bool:
        return self._tables() == self._as_made

    def _empty(self) -> bool:
        tables = {str(name) for name, kind, *_ in self._as_made if kind == "r" and name != "alembic_version"}
        has_rows = " UNION ALL ".join(
            f"SELECT '{table}' WHERE EXISTS (SELECT FROM {self._kept}.{table})" for table in sorted(tables)
        )
        used = [name for (name,) in self._run(has_rows).fetchall()]
        counted = [name for (name,) in self._connection.execute(_USED_SEQUENCES, (self._kept,))]
        try:
            if used:
                self._run(f"TRUNCATE {', '.join(f'{self._kept}.{table}' for table in used)} CASCADE")
            for name in counted:
                self._run(f"ALTER SEQUENCE {self._kept}.{name} RESTART")
        except psycopg.errors.LockNotAvailable:
            return False  # a test has left a transaction open
        return True

    def _run(self, statement: str) -> "psycopg.Cursor[tuple[object, ...]]":
        return self._connection.execute(statement.encode())
