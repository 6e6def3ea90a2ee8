import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crawler import load_outlets
from tocsin.cli import run
from tocsin.demo.newspaper import Newspaper

PAGE = """<!doctype html><html lang="en"><head><title>Storm closes the harbour - The Gazette</title>
<link rel="canonical" href="https://gazette.example.org/news/1">
<meta property="og:type" content="article"><meta property="og:title" content="Storm closes the harbour">
<meta property="article:published_time" content="2026-10-01T08:00:00Z"></head>
<body><nav><span class="odd">THE TRUE TITLE</span></nav><article>
<h1>Storm closes the harbour</h1>
<p>The harbour of Lagos was closed on Thursday after a storm of unusual strength had damaged two of its piers.</p>
<p>Ships waited outside the bay, and the port authority said that it would reopen when divers had looked below.</p>
<p>Fishermen who had come home early told the paper that they had not seen such waves in twenty years of work.</p>
</article></body></html>"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TOCSIN_CONFIG", raising=False)
    (tmp_path / "page.html").write_text(PAGE)
    return tmp_path


@pytest.fixture
def paper() -> Iterator[Newspaper]:
    with Newspaper() as paper:
        body = "Ministers met in Geneva on Monday to speak of wheat, and agreed on little.\n\n" * 6
        paper.prints("Ministers meet in Geneva", body)
        yield paper


def configured(folder: Path) -> None:
    (folder / "config" / "outlets").mkdir(parents=True)
    (folder / "config" / "tocsin.yaml").write_text(
        "allow_private: [127.0.0.0/8]\ncrawl: {delay: 0s, timeout: 5s, poll_min: 1s}\n"
    )


def read(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert run(["read", "--json", *arguments]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_a_saved_page_is_read_without_a_configuration(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = read(capsys, "page.html", "--url", "https://gazette.example.org/news/1?utm_source=rss")
    assert found["title"] == "Storm closes the harbour"
    assert found["url"] == "https://gazette.example.org/news/1?utm_source=rss"
    assert found["canonical_url"] == "https://gazette.example.org/news/1"
    assert found["published"] == "2026-10-01T08:00:00Z"
    assert len(found["body"].split("\n\n")) == 3
    assert found["kind"] == "article"
    assert isinstance(found["notes"], list)
    assert [found[key] for key in ("id", "first_seen", "revision", "story", "copy_of")] == [None] * 5


def test_a_page_without_an_address_is_known_by_what_it_claims(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert read(capsys, "page.html")["canonical_url"] == "https://gazette.example.org/news/1"
    (folder / "bare.html").write_text(PAGE.replace('rel="canonical"', 'rel="other"'))
    assert read(capsys, "bare.html")["url"].startswith("file:///")


def test_a_page_is_shown_to_people(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["read", "page.html"]) == 0
    out = capsys.readouterr().out
    assert "title:      Storm closes the harbour" in out
    assert "published:  2026-10-01T08:00:00Z (to the minute" in out
    assert "Fishermen who had come home early" in out


def test_an_outlets_own_rules_are_used_where_named_or_where_the_page_lies(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configured(folder)
    outlet = folder / "config" / "outlets" / "gazette.yaml"
    outlet.write_text("site: https://gazette.example.org/\narticle: {title: .odd}\n")
    found = read(capsys, "page.html", "--outlet", "gazette")
    assert (found["title"], found["outlet"]) == ("THE TRUE TITLE", "gazette")
    assert read(capsys, "page.html", "--url", "https://gazette.example.org/news/1")["title"] == "THE TRUE TITLE"
    assert read(capsys, "page.html", "--url", "https://other.example.org/1")["title"] == "Storm closes the harbour"
    assert run(["read", "page.html", "--outlet", "gazete"]) == 2
    assert 'did you mean "gazette"?' in capsys.readouterr().err


def test_a_file_that_is_not_there_is_wrong_use(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["read", "none.html"]) == 2
    assert "none.html: cannot be read" in capsys.readouterr().err


def test_a_page_is_fetched_with_the_crawlers_manners(
    folder: Path, paper: Newspaper, capsys: pytest.CaptureFixture[str]
) -> None:
    configured(folder)
    url = paper.prints("Storm closes the harbour", "The harbour of Lagos was closed on Thursday.\n\n" * 8)
    found = read(capsys, url)
    assert found["title"] == "Storm closes the harbour"
    assert paper.asked("/robots.txt")


def test_an_address_inside_ones_own_walls_is_not_asked(
    folder: Path, paper: Newspaper, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["read", paper.url]) == 1
    captured = capsys.readouterr()
    assert captured.err.strip()
    assert captured.out == ""
    assert paper.asked("/robots.txt") == []


def test_what_a_site_offers_is_an_outlet_file_ready_to_save(
    folder: Path, paper: Newspaper, capsys: pytest.CaptureFixture[str]
) -> None:
    configured(folder)
    assert run(["probe", paper.url]) == 0
    text = capsys.readouterr().out
    (folder / "config" / "outlets" / "paper.yaml").write_text(text)
    (outlet,), problems = load_outlets(folder / "config" / "outlets")
    assert problems == []
    assert outlet.sources
    assert all(source.url.startswith(paper.url.rstrip("/")) for source in outlet.sources)


def test_a_probe_writes_an_outlet_and_never_over_one(
    folder: Path, paper: Newspaper, capsys: pytest.CaptureFixture[str]
) -> None:
    configured(folder)
    assert run(["probe", paper.url, "--write", "paper", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (folder / "config" / "outlets" / "paper.yaml").read_text() == found["text"]
    assert found["offers"][0]["source"]["url"]
    asked = len(paper.asked("/robots.txt"))
    assert run(["probe", paper.url, "--write", "paper"]) == 2
    assert run(["probe", paper.url, "--write", "Pa per"]) == 2
    assert len(paper.asked("/robots.txt")) == asked


def test_a_site_that_does_not_answer_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configured(folder)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    assert run(["probe", f"http://127.0.0.1:{port}/"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.strip()
