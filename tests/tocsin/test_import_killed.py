"""An import that is killed again and again, and asked for again, leaves the archive that one clean run leaves."""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from newsdesk import Database
from newsdesk.tables import ADDRESSES, ARTICLES, REVISIONS, SHINGLES
from tocsin.cli import run
from tocsin.tables import ImportRow

NIGHTLY = bool(os.environ.get("TOCSIN_NIGHTLY"))
KILLS, ARTICLES_IN_ALL, BATCH = (20, 10_000, 1000) if NIGHTLY else (2, 200, 12)
BEGAN = datetime(2026, 10, 1, tzinfo=UTC)
RUN = f"import tocsin.importing.intake as i; i._BATCH = {BATCH}; from tocsin.__main__ import main; main()"


def lines(count: int) -> Iterator[str]:
    """Give articles of which some are copies, updates, later texts and repetitions of others before them."""
    chance = random.Random(11)
    words = ["".join(chance.choices("abcdeiklmnorstu", k=chance.randint(3, 9))) for _ in range(5000)]
    texts: list[list[str]] = []
    for number in range(count):
        url, title, body = f"https://paper.example.org/{number}", f"Title {number}", chance.choices(words, k=200)
        what = chance.random() if texts else 1.0
        earlier = chance.randrange(len(texts)) if texts else 0
        if what < 0.1:
            body = texts[earlier]
        elif what < 0.2:
            body = texts[earlier][:120] + body[:120]
        elif what < 0.3:
            url, title, body = (
                f"https://paper.example.org/{earlier}",
                f"Title {earlier}",
                texts[earlier][:-9] + body[:9],
            )
        elif what < 0.35:
            url, title, body = f"https://paper.example.org/{earlier}", f"Title {earlier}", texts[earlier]
        texts.append(body)
        outlet = "paper" if number % 3 else "gazette"
        seen = BEGAN + timedelta(minutes=number // 7)
        document = {"outlet": outlet, "url": url, "title": title, "body": " ".join(body)}
        yield json.dumps(document | {"first_seen": seen.isoformat()}) + "\n"


def contents(database: Database) -> dict[str, list[Any]]:
    """Give every row that an import writes."""
    with database.read() as session:
        found = {
            table.name: [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key))]
            for table in (ARTICLES, ADDRESSES, REVISIONS, SHINGLES)
        }
        return found | {"imports": list(session.execute(select(ImportRow.path)))}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TOCSIN_NIGHTLY", raising=False)  # no setting
    monkeypatch.setenv("TOCSIN_CONFIG", str(tmp_path))
    (tmp_path / "tocsin.yaml").write_text("")
    (tmp_path / "all.jsonl").write_text("".join(lines(ARTICLES_IN_ALL)))
    return tmp_path


def records(database: Database) -> int:
    with suppress(Exception), database.read() as session:
        return session.scalar(select(ImportRow.records)) or 0
    return 0


def import_and_kill(folder: Path, database: Database, after: int, pause: float) -> bool:
    """Kill the import a moment after it has got so far; tells whether it had not ended by then."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
    url = database.url.render_as_string(hide_password=False)
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, "-c", str(folder), "import", "all.jsonl"],
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=env | {"PYTHONPATH": str(Path(__file__).parents[2]), "TOCSIN_DATABASE": url},
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 120
        while records(database) < after and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.002)  # a look at another process's doings
        with suppress(subprocess.TimeoutExpired):
            process.wait(pause)
    finally:
        process.kill()
    return process.wait() != 0


def test_kill_9_at_random_moments_changes_nothing(
    folder: Path, database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TOCSIN_DATABASE", database_url)
    assert run(["db", "upgrade"]) == 0
    database, killed = Database(database_url), 0
    for place in sorted(random.sample(range(ARTICLES_IN_ALL * 4 // 5), KILLS)):
        killed += import_and_kill(folder, database, place, random.uniform(0, 0.8 if NIGHTLY else 0.02))
    assert killed
    assert run(["import", "all.jsonl"]) == 0
    assert "goes on after" in capsys.readouterr().err
    found = contents(database)
    assert found["imports"] == []
    assert len(found["revisions"]) > ARTICLES_IN_ALL / 50
    with database.begin() as session:
        for table in ("articles", "shingles", "forgotten"):
            session.execute(text(f"DELETE FROM {table}"))
    monkeypatch.setattr("tocsin.importing.intake._BATCH", 7)
    assert run(["import", "all.jsonl"]) == 0
    clean = contents(database)
    database.close()
    for table, rows in clean.items():
        assert found[table] == rows, table


def test_standard_input_that_broke_off_and_is_read_again_and_again_changes_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = (folder / "all.jsonl").read_bytes()[:200_000]
    found = []
    for name, parts in (("often", (content[:77_777], content, content)), ("once", (content,))):
        monkeypatch.setenv("TOCSIN_DATABASE", f"sqlite:///{folder}/{name}.db")
        for part in parts:
            monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(part)))
            run(["import", "-"])
        database = Database(f"sqlite:///{folder}/{name}.db")
        found.append(contents(database))
        database.close()
    often, once = found
    assert len(once["revisions"]) > 2
    for table, rows in once.items():
        assert often[table] == rows, table
