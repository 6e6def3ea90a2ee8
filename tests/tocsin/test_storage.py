"""What a start finds: no database, an old one, garbage, a folder that cannot be written, another daemon."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from newsdesk import StorageError
from tocsin.migrations import HEAD
from tocsin.settings import Settings
from tocsin.storage import only_daemon, open_database, reach_database, revision, upgrade


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "tocsin.db"


@pytest.fixture
def settings(place: Path) -> Settings:
    return Settings(database=f"sqlite:///{place}")


def test_a_missing_sqlite_database_is_created_at_the_newest_revision(settings):
    database = open_database(settings)
    assert revision(database) == HEAD
    database.close()


def test_opening_again_and_upgrading_again_change_nothing(settings):
    open_database(settings).close()
    assert upgrade(settings) == (HEAD, HEAD)


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(settings, place):
    garbage = os.urandom(4096)
    place.write_bytes(garbage)
    with pytest.raises(StorageError, match=r"not a database; .*tocsin db restore"):
        open_database(settings)
    assert place.read_bytes() == garbage


def test_a_database_of_a_newer_tocsin_is_refused(settings, place):
    open_database(settings).close()
    with sqlite3.connect(place) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(StorageError, match="made by a newer Tocsin"):
        open_database(settings)


def test_a_place_that_cannot_hold_a_database_is_told_in_one_line():
    with pytest.raises(StorageError, match="/proc/nowhere") as told:
        open_database(Settings(database="sqlite:////proc/nowhere/tocsin.db"))
    assert "\n" not in str(told.value)


def test_a_locked_database_is_told_in_one_line(place):
    holder = sqlite3.connect(place, isolation_level=None)
    holder.execute("PRAGMA locking_mode=EXCLUSIVE")
    holder.execute("CREATE TABLE other (x)")
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StorageError, match=r"locked; another program holds it") as told:
        open_database(Settings(database=f"sqlite:///{place}?timeout=0"))
    assert "\n" not in str(told.value)
    holder.close()


def test_a_look_from_outside_creates_nothing(settings, place):
    with pytest.raises(StorageError, match="there is no database yet"):
        reach_database(settings)
    assert not place.exists()
    open_database(settings).close()
    reach_database(settings).close()


def test_a_second_daemon_on_one_sqlite_database_is_refused_while_the_first_lives(settings):
    first, second = open_database(settings), open_database(settings)
    with (
        only_daemon(first),
        pytest.raises(StorageError, match=f"another daemon .process {os.getpid()}. works on this database"),
        only_daemon(second),
    ):
        pass
    with only_daemon(second) as was_killed:
        assert not was_killed
    first.close()
    second.close()


def test_the_lock_of_a_killed_daemon_does_not_outlive_it(settings, place):
    open_database(settings).close()
    code = (
        "import os, signal\nfrom newsdesk import Database\nfrom tocsin.storage import only_daemon\n"
        f"with only_daemon(Database({settings.database!r})): os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    database = open_database(settings)
    with only_daemon(database) as was_killed:
        assert was_killed
        assert place.with_name("tocsin.db.lock").read_text() == str(os.getpid())
    database.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_told_in_one_line(settings, tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(StorageError, match="nothing can be written into"):
        open_database(settings)
    tmp_path.chmod(0o700)
