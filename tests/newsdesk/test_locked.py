"""A database that another program holds: changes wait for it, readers do not, and nothing is lost."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text

from newsdesk import Database


@pytest.fixture
def holder(tmp_path: Path) -> sqlite3.Connection:
    return sqlite3.connect(tmp_path / "tocsin.db", isolation_level=None)


async def test_a_change_waits_until_the_other_program_lets_go(holder: sqlite3.Connection, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'tocsin.db'}")
    with database.begin() as session:
        session.execute(text("CREATE TABLE things (name TEXT)"))
    holder.execute("BEGIN IMMEDIATE")
    change = asyncio.ensure_future(
        database.transact(lambda session: session.execute(text("INSERT INTO things VALUES ('kept')")).rowcount)
    )
    done, _ = await asyncio.wait({change}, timeout=0.2)
    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM things")).scalar() == 0
    assert not done
    holder.execute("COMMIT")
    assert await asyncio.wait_for(change, 20) == 1
    database.close()
    holder.close()


async def test_a_lock_that_outlasts_the_wait_is_waited_for_again(
    holder: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'tocsin.db'}")
    with database.begin() as session:
        session.execute(text("CREATE TABLE things (name TEXT)"))
        session.execute(text("PRAGMA busy_timeout=1"))
    tries: list[int] = []
    begin = Database.begin

    def counted(self: Database):  # type: ignore[no-untyped-def]
        tries.append(1)
        if len(tries) == 3:
            holder.execute("COMMIT")
        return begin(self)

    monkeypatch.setattr(Database, "begin", counted)
    holder = sqlite3.connect(tmp_path / "tocsin.db", isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    added = database.transact(lambda session: session.execute(text("INSERT INTO things VALUES ('kept')")).rowcount)
    assert await asyncio.wait_for(added, 20) == 1
    assert len(tries) == 3
    database.close()
    holder.close()
