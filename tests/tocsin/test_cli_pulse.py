"""Watches of volumes, silences and first mentions on the command line: where they stand, when they would have told."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newsdesk import Article, Desk
from tocsin.cli import run
from tocsin.demo.newspaper import Newspaper
from tocsin.settings import Settings
from tocsin.storage import open_database

pytestmark = pytest.mark.usefixtures("upgraded")


@pytest.fixture
def paper() -> Iterator[Newspaper]:
    with Newspaper() as paper:
        paper.prints("An older piece", "Nothing has happened for a long time.\n\n" * 5)
        yield paper


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, paper: Newspaper) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOCSIN_CONFIG", str(tmp_path))
    (tmp_path / "tocsin.yaml").write_text("allow_private: [127.0.0.0/8]\ncrawl: {delay: 0s, poll_min: 1s}\n")
    for name in ("outlets", "watches"):
        (tmp_path / name).mkdir()
    (tmp_path / "outlets" / "times.yaml").write_text(
        f"name: Times\nsite: {paper.url}/\nsources: [{{feed: '{paper.url}/feed.xml'}}]\n"
    )
    (tmp_path / "watches" / "bridge.yaml").write_text("query: bridge\nalert: {silence: 7d}\n")
    (tmp_path / "watches" / "plain.yaml").write_text("query: bridge\n")
    return tmp_path


def fills(folder: Path) -> None:
    """File a piece on the bridge thirty days ago and one ten days ago."""
    database = open_database(Settings(database=f"sqlite:///{folder / 'tocsin.db'}"))
    for days in (30, 10):
        at, url = datetime.now(UTC) - timedelta(days=days), f"https://times.example/{days}"
        article = Article(
            outlet="times", url=url, canonical_url=url, title=f"Bridge {days}", body=f"Number {days}.", published=at
        )
        with database.begin() as session:
            Desk(database).file(session, article, now=at, quiet=True)
    database.close()


def test_watches_tells_where_each_stands_and_why(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["watches", "--json"]) == 0
    one, plain = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (one["alert"], one["progress"]["state"]) == ("silence: 7d", "new")
    assert (plain["alert"], plain["progress"]) == ("each story", None)
    fills(folder)
    assert run(["poll"]) == 0
    assert run(["watches"]) == 0
    shown = capsys.readouterr().out
    assert "silence: 7d  silent  No mention for 7 days. The last was on" in shown
    assert "“Bridge 10”" in shown


def test_try_of_a_watch_file_tells_when_it_would_have_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fills(folder)
    file = str(folder / "watches" / "bridge.yaml")
    assert run(["try", file, "--json", "--since", "40d"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["type"] for one in found["alerts"]] == ["watch.silence", "watch.heard", "watch.silence"]
    assert (found["alert"], found["stories"]) == ("silence: 7d", 2)
    assert run(["try", file, "--since", "40d"]) == 0
    heard = capsys.readouterr()
    assert "bridge (silence: 7d): 3 alerts since 40d" in heard.out
    assert "Mentioned again: Bridge 10" in heard.out
    assert "the archive begins" in heard.err


def test_try_of_a_watch_file_that_tells_each_story_tries_it_as_a_query(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["try", str(folder / "watches" / "plain.yaml")]) == 0
    assert " articles since 30d, " in capsys.readouterr().out
