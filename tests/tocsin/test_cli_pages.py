"""`tocsin pages`: what is kept of an article as it came, whether it is sound, and getting it out again."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler import Keeper
from crawler.downloader.answer import Answer
from newsdesk import FOREVER, Article, Database, Desk
from tocsin.cli import run

pytestmark = pytest.mark.usefixtures("upgraded")

URL = "https://paper.example.org/news/1"
NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)


def page(harbour: str) -> bytes:
    text = "".join(f"<p>Sentence {n} of the piece about {harbour} tells of ship {n * 7}.</p>" for n in range(30))
    head = '<meta charset="utf-8"><meta property="og:type" content="article">'
    return f"<!doctype html><html><head>{head}</head><body><h1>{harbour}</h1>{text}</body></html>".encode()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two readings of one article, kept."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOCSIN_CONFIG", str(tmp_path))
    (tmp_path / "tocsin.yaml").write_text("archive: {keep_pages: forever}\n")
    assert run(["db", "upgrade"]) == 0
    database = Database(f"sqlite:///{tmp_path}/tocsin.db")
    with database.begin() as session:
        article = Article(outlet="paper", url=URL, canonical_url=URL, title="Гавань Lagos", body="Closed.")
        Desk(database).file(session, article, now=NOW)
    moments = iter([NOW, NOW + timedelta(hours=2)])
    keeper = Keeper(database, tmp_path / "pages", FOREVER, lambda: next(moments))
    for harbour in ("Гавань Lagos", "Гавань Apapa"):
        answer = Answer(url=URL, status=200, headers={"content-type": "text/html"}, body=page(harbour))
        asyncio.run(keeper.take(URL, answer, is_rendered=False))
    keeper.close()
    database.close()
    return tmp_path


def test_what_is_kept_is_listed_as_sound(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run(["pages", URL]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("  1  2026-10-01T12:00:00Z  2026-10-01-1.warc.gz:0  sha256:")
    assert second.endswith("sound")
    assert run(["pages", URL, "--json"]) == 0
    documents = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["version"], one["trouble"]) for one in documents] == [(1, None), (2, None)]
    assert run(["pages", documents[0]["article"]]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_any_of_them_is_written_out_as_it_came(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pages", URL, "-o", "newest.html"]) == 0
    assert run(["pages", URL, "--version", "1", "-o", "first.html"]) == 0
    assert (folder / "newest.html").read_bytes() == page("Гавань Apapa")
    assert (folder / "first.html").read_bytes() == page("Гавань Lagos")
    assert run(["pages", URL, "--version", "3", "-o", "third.html"]) == 2
    assert "there are versions 1 to 2" in capsys.readouterr().err


def test_what_is_damaged_is_told_and_never_written_out(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "pages" / "2026-10-01-1.warc.gz"
    content = bytearray(path.read_bytes())
    content[len(content) // 4] ^= 255
    path.write_bytes(content)
    capsys.readouterr()
    assert run(["pages", URL]) == 1
    first, second = capsys.readouterr().out.splitlines()
    assert "cannot be read" in first
    assert second.endswith("sound")
    assert run(["pages", URL, "--version", "1", "-o", "first.html"]) == 1
    assert not (folder / "first.html").exists()


def test_an_article_without_a_kept_page_says_how_they_are_kept(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["pages", "https://paper.example.org/news/2"]) == 1
    assert "archive.keep_pages" in capsys.readouterr().err


def test_trace_tells_of_them(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["trace", URL]) == 0
    told = [line for line in capsys.readouterr().out.splitlines() if "  kept" in line]
    assert "in 2026-10-01-1.warc.gz at 0, sha256:" in told[0]
    assert len(told) == 2


def test_a_file_of_pages_can_be_imported(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOCSIN_DATABASE", f"sqlite:///{folder}/another.db")
    assert run(["import", "pages/2026-10-01-1.warc.gz"]) == 0
    capsys.readouterr()
    assert run(["export"]) == 0
    (article,) = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (article["title"], article["revision"]) == ("Гавань Apapa", 2)
    assert article["first_seen"] == "2026-10-01T12:00:00Z"
