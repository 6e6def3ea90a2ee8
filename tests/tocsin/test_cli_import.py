import gzip
import json
from io import BytesIO, TextIOWrapper
from pathlib import Path
from uuid import uuid4

import pytest
import yaml

from crawler import load_outlets
from tocsin.cli import run
from tocsin.importer import lines

pytestmark = pytest.mark.usefixtures("upgraded", "lent_workers")

OPML = """<?xml version="1.0"?>
<opml version="2.0"><head><title>Mine</title></head><body>
<outline text="World">
<outline type="rss" text="The Gazette: &quot;all the news&quot;" xmlUrl="https://gazette.example.org/feed" htmlUrl="https://gazette.example.org/"/>
<outline type="rss" text="Газета" xmlUrl="https://gazeta.example.org/rss"/>
<outline type="rss" text="The Gazette - all the news" xmlUrl="https://other.example.org/feed"/>
</outline>
<outline type="rss" text="Evil" xmlUrl="file:///etc/passwd"/>
<outline type="rss" text="Again" xmlUrl="https://gazette.example.org/feed"/>
</body></opml>
"""

PAGE = """<!doctype html><html lang="en"><head><title>Storm closes the harbour - The Gazette</title>
<meta property="og:type" content="article"><meta property="og:title" content="Storm closes the harbour">
<meta property="article:published_time" content="2026-10-01T08:00:00Z"></head><body><article>
<h1>Storm closes the harbour</h1>
<p>The harbour of Lagos was closed on Thursday after a storm of unusual strength had damaged two of its piers.</p>
<p>Ships waited outside the bay, and the port authority said that it would reopen when divers had looked below.</p>
<p>Fishermen who had come home early told the paper that they had not seen such waves in twenty years of work.</p>
</article></body></html>"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOCSIN_CONFIG", str(tmp_path))
    (tmp_path / "tocsin.yaml").write_text("")
    return tmp_path


def test_feeds_of_an_opml_file_become_outlets(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "mine.opml").write_text(OPML)
    assert run(["import", "mine.opml"]) == 1
    captured = capsys.readouterr()
    assert "1 known, 3 new; 1 could not be taken" in captured.out
    assert "mine.opml:8: file:///etc/passwd: write an http or https address" in captured.err
    outlets, problems = load_outlets(folder / "outlets")
    assert problems == []
    by_name = {outlet.name: outlet for outlet in outlets}
    gazette = by_name['The Gazette: "all the news"']
    assert gazette.sources[0].url == "https://gazette.example.org/feed"
    assert (gazette.site, gazette.tags) == ("https://gazette.example.org/", ("world",))
    assert by_name["Газета"].sources[0].kind == "feed"
    assert len({outlet.slug for outlet in outlets}) == 3


def test_an_opml_file_that_was_imported_adds_nothing_the_second_time(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "mine.opml").write_text(OPML)
    run(["import", "mine.opml"])
    before = {path.name: path.read_text() for path in (folder / "outlets").iterdir()}
    capsys.readouterr()
    run(["import", "mine.opml", "--json"])
    assert json.loads(capsys.readouterr().out) == {"known": 4, "problems": 1}
    assert {path.name: path.read_text() for path in (folder / "outlets").iterdir()} == before


def test_an_outlet_file_is_never_overwritten(folder: Path) -> None:
    (folder / "outlets").mkdir()
    mine = folder / "outlets" / "the-gazette-all-the-news.yaml"
    mine.write_text("site: https://mine.example.org/\n")
    (folder / "mine.opml").write_text(OPML)
    run(["import", "mine.opml"])
    assert yaml.safe_load(mine.read_text()) == {"site": "https://mine.example.org/"}
    assert (folder / "outlets" / "the-gazette-all-the-news-3.yaml").is_file()


@pytest.mark.parametrize("text", ["", "<opml", "<html></html>", "not xml"])
def test_what_is_no_opml_is_told(folder: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    (folder / "mine.opml").write_text(text)
    assert run(["import", "mine.opml"]) == 1
    assert "mine.opml: is not OPML" in capsys.readouterr().err


def test_an_entity_in_an_opml_file_is_not_followed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "secret").write_text("hush")
    doctype = f'<!DOCTYPE opml [<!ENTITY x SYSTEM "{(folder / "secret").as_uri()}">]>'
    (folder / "mine.opml").write_text(
        f'{doctype}<opml><body><outline text="a" xmlUrl="https://a.example.org/">&x;</outline></body></opml>'
    )
    assert run(["import", "mine.opml"]) == 0
    captured = capsys.readouterr()
    assert "hush" not in captured.out + captured.err
    assert "hush" not in "".join(path.read_text() for path in (folder / "outlets").iterdir())


def warc(*pages: tuple[str, str, str], packed: bool = True) -> bytes:
    """Give a WARC file of answers: address, status line, body."""
    records = []
    for url, status, body in pages:
        answer = f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{body}".encode()
        head = (
            "WARC/1.0\r\nWARC-Type: response\r\nWARC-Date: 2026-10-01T09:00:00Z\r\n"
            f"WARC-Target-URI: {url}\r\nWARC-Record-ID: <urn:uuid:{uuid4()}>\r\n"
            f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(answer)}\r\n\r\n"
        )
        record = head.encode() + answer + b"\r\n\r\n"
        records.append(gzip.compress(record) if packed else record)
    return b"".join(records)


@pytest.mark.parametrize("name", ["pages.warc.gz", "pages.warc"])
def test_pages_of_a_warc_file_become_articles(folder: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    (folder / "outlets").mkdir()
    (folder / "outlets" / "gazette.yaml").write_text("site: https://www.gazette.example.org/\n")
    pages = warc(
        ("https://www.gazette.example.org/news/1", "200 OK", PAGE),
        ("https://www.gazette.example.org/news/gone", "404 Not Found", PAGE),
        packed=name.endswith(".gz"),
    )
    (folder / name).write_bytes(pages)
    assert run(["import", name]) == 0
    assert "1 new" in capsys.readouterr().out
    assert run(["export"]) == 0
    (article,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert article["outlet"] == "gazette"
    assert article["title"] == "Storm closes the harbour"
    assert article["first_seen"] == "2026-10-01T09:00:00Z"
    assert article["published"] == "2026-10-01T08:00:00Z"
    assert "Fishermen" in article["body"]


def test_a_page_of_an_unknown_site_is_filed_under_its_host(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "pages.warc.gz").write_bytes(warc(("https://www.elsewhere.example.org/1", "200 OK", PAGE)))
    assert run(["import", "pages.warc.gz"]) == 0
    capsys.readouterr()
    assert run(["articles", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["outlet"] == "elsewhere-example-org"


def test_what_is_no_warc_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "pages.warc").write_text("hello\n" * 100)
    assert run(["import", "pages.warc"]) == 1
    assert "pages.warc: is not a whole WARC file" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["mine.txt", "mine.jsonl", "mine"])
def test_a_file_is_known_by_what_it_holds_before_its_name(folder: Path, name: str) -> None:
    (folder / name).write_text(OPML)
    assert run(["import", name]) == 1
    assert len(list((folder / "outlets").iterdir())) == 3


def test_a_file_that_tells_not_what_it_is_needs_a_word(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "mine").write_text("Dear reader,\nthis is a letter.\n")
    assert run(["import", "mine"]) == 2
    assert "say --format jsonl | opml | urls | warc" in capsys.readouterr().err
    assert run(["import", "mine", "--format", "opm"]) == 2
    assert 'did you mean "opml"?' in capsys.readouterr().err
    assert run(["import", "none.jsonl"]) == 2


def test_articles_come_from_standard_input(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = json.dumps({"url": "https://a.example.org/1", "title": "One", "body": "The first."})
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(line.encode())))
    assert run(["import", "-", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"new": 1, "problems": 0}


def test_what_was_exported_is_exported_again_letter_for_letter(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    body = " ".join(f"Ship number {n} waited outside the bay on Thursday until noon." for n in range(30))
    articles = [
        {"url": "https://a.example.org/1?utm_source=x", "title": "One", "body": body, "revision": 3, "outlet": "a"},
        {"url": "https://b.example.org/1", "title": "One again", "body": body, "outlet": "b", "authors": ["Ada", "Bo"]},
        {"url": "https://a.example.org/2", "title": "Two", "body": "B", "published": "2026-10-01T00:00:00Z",
         "published_precision": "day", "published_raw": "1 Oct", "first_seen": "2026-10-02T01:02:03Z"},
    ]  # fmt: skip
    (folder / "some.jsonl").write_text("".join(json.dumps(article) + "\n" for article in articles))
    assert run(["import", "some.jsonl"]) == 0
    capsys.readouterr()
    assert run(["export"]) == 0
    first = capsys.readouterr().out
    assert [json.loads(line)["revision"] for line in first.splitlines()] == [1, 3, 1]
    monkeypatch.setenv("TOCSIN_DATABASE", "sqlite:///again.db")
    (folder / "all.jsonl").write_text(first)
    assert run(["import", "all.jsonl"]) == 0
    told = capsys.readouterr()
    assert (told.out, told.err) == ("all.jsonl: 1 copy, 2 new; 0 could not be taken\n", "")
    assert run(["export"]) == 0
    assert capsys.readouterr().out == first


def test_a_revision_that_is_no_number_is_told_with_its_line(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = json.dumps({"url": "https://a.example.org/1", "title": "One", "body": "The first.", "revision": "two"})
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(line.encode())))
    assert run(["import", "-"]) == 1
    assert capsys.readouterr().err == 'standard input:1: "revision" must be a number from 1\n'


def test_a_line_without_end_is_left_out_and_the_next_one_read() -> None:
    stream = BytesIO(b"short\n" + b"x" * 100 + b"\nlast")
    assert list(lines(stream, 20)) == [(6, b"short\n"), (101, None), (4, b"last")]


class Interrupted(BytesIO):
    def readline(self, _size: int | None = -1) -> bytes:
        raise KeyboardInterrupt


def test_an_import_that_is_interrupted_ends_quietly(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", TextIOWrapper(Interrupted()))
    assert run(["import", "-"]) == 130
    assert capsys.readouterr().err == ""
