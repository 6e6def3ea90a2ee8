"""An upgrade that is killed in the middle: the next start finishes it, and what had been promised is kept."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from tocsin.migrations import HEAD
from tocsin.settings import Settings
from tocsin.storage import open_database, revision

BEFORE = "0006"
"""What the last release had."""

UPGRADE = """
import os, signal, sys
from sqlalchemy import Engine, event
from tocsin.migrations import __file__ as here
from tocsin import storage
from tocsin.settings import Settings

left = int(sys.argv[3])

@event.listens_for(Engine, "after_cursor_execute")
def count(*_):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)

if sys.argv[2] != "head":
    import alembic.command
    upgrade = alembic.command.upgrade
    alembic.command.upgrade = lambda config, _: upgrade(config, sys.argv[2])
storage.upgrade(Settings(database=sys.argv[1]))
"""


def upgrade(place: Path, target: str, statements: int = 0) -> int:
    """Upgrade in a process of its own, which dies after so many statements."""
    command = [sys.executable, "-c", UPGRADE, f"sqlite:///{place}", target, str(statements)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.run(command, env=environment, check=False, stderr=subprocess.DEVNULL).returncode


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a database as the last release left it, with one alert that is yet to be sent."""
    place = tmp_path_factory.mktemp("old") / "tocsin.db"
    assert upgrade(place, BEFORE) == 0
    with sqlite3.connect(place) as connection:
        fill(connection, "subscriptions", id="s1", watch="w", channel="email", address="a@b.example", token="t")
        fill(connection, "deliveries", id="alert-1", subscription="s1", state="pending", payload="{}")
    connection.close()
    return place


def fill(connection: sqlite3.Connection, table: str, **values: str) -> None:
    """Insert a row, with something in every column that must have something."""
    for _, name, kind, must, default, _ in connection.execute(f"PRAGMA table_info({table})").fetchall():
        if must and default is None and name not in values:
            values[name] = "0" if "INT" in kind else "2026-11-21T00:00:00.000000+00:00"
    marks = ", ".join("?" * len(values))
    connection.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", list(values.values()))


@pytest.mark.parametrize("statements", [5, 9, 14])
def test_killed_in_the_middle_an_upgrade_is_finished_by_the_next_start(
    old: Path, tmp_path: Path, statements: int
) -> None:
    place = tmp_path / "tocsin.db"
    place.write_bytes(old.read_bytes())
    assert upgrade(place, "head", statements) == -9
    with sqlite3.connect(place) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(BEFORE,)]
    database = open_database(Settings(database=f"sqlite:///{place}"))
    assert revision(database) == HEAD
    with database.read() as session:
        assert session.execute(text("PRAGMA foreign_keys")).scalar() == 1
        assert session.execute(text("PRAGMA foreign_key_check")).all() == []
    database.close()
    assert connection.execute("SELECT id, state FROM deliveries").fetchall() == [("alert-1", "pending")]
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
