import itertools
import json
import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsdesk import Article, Database, Desk
from tocsin.cli import run

ARTICLE = {
    "url": "https://paper.example.org/1",
    "title": "One",
    "body": "The first article of all, about the harbour and the storm that closed it.",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOCSIN_CONFIG", str(tmp_path))
    (tmp_path / "tocsin.yaml").write_text("")
    (tmp_path / "one.jsonl").write_text(json.dumps(ARTICLE))
    return tmp_path


def titles(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [title for (title,) in connection.execute("SELECT title FROM articles")]


def test_upgrade_makes_the_tables_and_is_content_the_second_time(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["db", "upgrade"]) == 0
    assert "upgraded from nothing to" in capsys.readouterr().out
    assert titles(folder / "tocsin.db") == []
    assert run(["db", "upgrade"]) == 0
    assert "already at" in capsys.readouterr().out


def test_a_backup_holds_what_was_there_and_restores_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["import", "one.jsonl"]) == 0
    assert run(["db", "backup", "copy.db"]) == 0
    assert titles(folder / "copy.db") == ["One"]
    with closing(sqlite3.connect(folder / "tocsin.db")) as connection:
        connection.execute("DELETE FROM articles")
        connection.commit()
    assert run(["db", "restore", "copy.db"]) == 0
    assert titles(folder / "tocsin.db") == ["One"]
    (kept,) = [path for path in folder.glob("tocsin.db.2*") if path.suffix not in (".lock",)]
    assert titles(kept) == []
    capsys.readouterr()
    assert run(["articles", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "One"


def test_a_backup_taken_while_articles_are_filed_is_whole(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["db", "upgrade"])
    database, stop = Database(f"sqlite:///{folder}/tocsin.db"), threading.Event()

    def file() -> None:
        desk = Desk(database)
        for number in itertools.count():
            url, text = f"https://paper.example.org/{number}", " ".join(f"word{number}x{n}" for n in range(60))
            article = Article(outlet="paper", url=url, canonical_url=url, title=f"Harbour {number}", body=text)
            with database.begin() as session:
                desk.file(session, article, now=datetime.now(UTC), quiet=True)
            if stop.is_set():
                return

    filing = threading.Thread(target=file)
    filing.start()
    try:
        while len(titles(folder / "tocsin.db")) < 30:
            pass
        assert [run(["db", "backup", f"copy{number}.db"]) for number in range(3)] == [0] * 3
    finally:
        stop.set()
        filing.join()
        database.close()
    capsys.readouterr()
    held = len(titles(folder / "copy1.db"))
    assert 30 <= len(titles(folder / "copy0.db")) < held < len(titles(folder / "tocsin.db"))
    assert run(["db", "restore", "copy1.db"]) == 0
    assert f"restored from copy1.db: {held} articles, the newest of 20" in capsys.readouterr().out
    assert run(["articles", "harbour", "--limit", "1000", "--json"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == held
    assert run(["check"]) == 0


def test_a_backup_never_overwrites(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["db", "backup", "copy.db"]) == 1
    assert "does not exist yet" in capsys.readouterr().err
    run(["db", "upgrade"])
    (folder / "copy.db").write_text("mine")
    assert run(["db", "backup", "copy.db"]) == 1
    assert (folder / "copy.db").read_text() == "mine"


def test_what_is_no_backup_is_not_restored(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "junk.db").write_bytes(b"junk" * 1000)
    assert run(["db", "restore", "junk.db"]) == 1
    with closing(sqlite3.connect(folder / "other.db")) as connection:
        connection.execute("CREATE TABLE songs (name)")
    assert run(["db", "restore", "other.db"]) == 1
    assert "other.db is not a database of Tocsin" in capsys.readouterr().err
    assert run(["db", "restore", "none.db"]) == 1
    assert sorted(path.name for path in folder.glob("*tocsin.db*") if path.suffix != ".lock") == []


def test_a_database_that_a_daemon_works_on_is_not_replaced(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from tocsin.storage import only_daemon

    run(["db", "upgrade"])
    run(["db", "backup", "copy.db"])
    with only_daemon(Database(f"sqlite:///{folder}/tocsin.db")):
        assert run(["db", "restore", "copy.db"]) == 1
    assert "another daemon" in capsys.readouterr().err


def test_postgresql_is_backed_up_by_its_own_tools(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--set", "database=postgresql://u:hush@127.0.0.1/n", "db", "backup", "copy.db"]) == 1
    told = capsys.readouterr().err
    assert "pg_dump --format=custom --file=tocsin.dump 'postgresql://u@127.0.0.1/n'\n" in told
    assert "pg_restore --clean" in told
    assert "hush" not in told


def test_a_file_that_is_no_database_is_told_and_left_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "tocsin.db").write_bytes(b"garbage" * 1000)
    assert run(["articles"]) == 1
    assert "not a database" in capsys.readouterr().err
    assert (folder / "tocsin.db").read_bytes() == b"garbage" * 1000


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_on_postgresql_the_tables_are_made_when_asked_and_the_commands_are_the_same(
    folder: Path, database_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOCSIN_DATABASE", database_url)
    assert run(["articles"]) == 1
    assert "tocsin db upgrade" in capsys.readouterr().err
    assert run(["check"]) == 1
    assert "tocsin db upgrade" in capsys.readouterr().err
    assert run(["db", "upgrade"]) == 0
    assert run(["import", "one.jsonl"]) == 0
    assert run(["check"]) == 0
    capsys.readouterr()
    assert run(["articles", "harbour", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "One"
    assert run(["db", "backup", "copy.db"]) == 1
    assert "pg_dump" in capsys.readouterr().err


def test_a_database_that_fails_in_the_middle_is_told_in_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["db", "upgrade"])
    with closing(sqlite3.connect(folder / "tocsin.db")) as connection:
        connection.execute("DROP TABLE articles")
    capsys.readouterr()
    assert run(["articles"]) == 1
    assert capsys.readouterr().err == "the database failed: no such table: articles\n"


def test_reindex_brings_what_is_not_indexed_into_the_index(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["import", "one.jsonl"]) == 0
    assert run(["db", "reindex"]) == 0
    assert "every article is indexed" in capsys.readouterr().out
    with closing(sqlite3.connect(folder / "tocsin.db")) as connection:
        connection.execute("UPDATE articles SET indexed = NULL")
        connection.execute("INSERT INTO article_terms (article_terms) VALUES ('delete-all')")
        connection.commit()
    assert run(["db", "reindex"]) == 0
    assert "indexed 1 articles" in capsys.readouterr().out
    assert run(["articles", "harbour storm"]) == 0
    assert "One" in capsys.readouterr().out
