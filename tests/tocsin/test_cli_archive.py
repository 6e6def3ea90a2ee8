import csv
import io
import json
import os
import subprocess
import sys
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tocsin.cli import run

pytestmark = pytest.mark.usefixtures("upgraded")

ATOM = "{http://www.w3.org/2005/Atom}"


def article(number: int, **changes: Any) -> dict[str, Any]:
    texts = ["The harbour of Lagos was closed after the storm", "Ministers met in Geneva", "Wheat prices fell again"]
    text = texts[number % 3]
    return {
        "outlet": "gazette" if number % 2 else "herald",
        "url": f"https://paper.example.org/news/{number}?utm_source=rss",
        "canonical_url": f"https://paper.example.org/news/{number}",
        "title": f"{text}: part {number}",
        "lede": None if number % 2 else f"The lede of piece number {number}.",
        "body": f"{text}, said witness number {number} to the paper on day {number}.\n\n"
        f"A second paragraph of {' '.join(f'w{number}x{index}' for index in range(40))} follows.",
        "authors": ["Ada Lovelace", "Grace Hopper"] if number == 0 else [],
        "language": "en",
        "published": f"2026-10-{number + 1:02}T08:00:00Z",
        "published_precision": "second",
        "first_seen": f"2026-10-{number + 1:02}T09:00:00Z",
        **changes,
    }


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """A folder whose database holds nine articles."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOCSIN_CONFIG", str(tmp_path))
    (tmp_path / "tocsin.yaml").write_text("")
    put(tmp_path / "nine.jsonl", *(article(number) for number in range(9)))
    assert run(["import", "nine.jsonl"]) == 0
    capsys.readouterr()
    return tmp_path


def put(path: Path, *documents: Any) -> None:
    path.write_text("".join(f"{one if isinstance(one, str) else json.dumps(one)}\n" for one in documents))


def lines(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert run(list(arguments)) == 0
    captured = capsys.readouterr()
    return [json.loads(line) for line in captured.out.splitlines()]


def test_an_export_holds_what_was_imported(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exported = lines(capsys, "export")
    assert [one["title"] for one in exported] == [article(number)["title"] for number in range(9)]
    given = article(0)
    kept = {key: exported[0][key] for key in given if key != "url"}
    assert kept == {key: value for key, value in given.items() if key != "url"}
    assert exported[0]["id"]
    assert exported[0]["revision"] == 1
    assert exported[0]["copy_of"] is None


def test_importing_the_export_changes_nothing(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", "-o", "all.jsonl"]) == 0
    before = (archive / "all.jsonl").read_text()
    assert lines(capsys, "import", "all.jsonl", "--json") == [{"known": 9, "problems": 0}]
    assert run(["export"]) == 0
    assert capsys.readouterr().out == before


def test_imported_articles_alert_nobody_unless_asked(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert unswept(archive) == 0
    put(archive / "more.jsonl", article(10), article(11))
    assert run(["import", "more.jsonl", "--alert"]) == 0
    assert unswept(archive) == 2


def unswept(folder: Path) -> int:
    from newsdesk import Database, Desk

    database = Database(f"sqlite:///{folder}/tocsin.db")
    with database.begin() as session:
        count = len(Desk(database).unswept(session))
    database.close()
    return count


def test_what_cannot_be_imported_is_told_by_line_and_the_rest_is_taken(
    archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = [
        "{",
        "[]",
        article(12, url="javascript:alert(1)"),
        article(12, published="yesterday"),
        {"title": "no address"},
        article(12, title="", body=""),
        article(12, first_seen="then"),
    ]
    put(archive / "mixed.jsonl", *bad, "", article(12))
    assert run(["import", "mixed.jsonl"]) == 1
    captured = capsys.readouterr()
    assert "1 new" in captured.out
    told = [line.removeprefix("mixed.jsonl:") for line in captured.err.splitlines() if line.startswith("mixed")]
    assert told == [
        "1: is not JSON",
        "2: write one article a line, as `tocsin export` gives it",
        '3: "url" must be an http or https address',
        '4: "published" must be an instant like 2026-11-21T14:05:09Z',
        '5: "url" is missing',
        "6: an article needs a title or a body",
        '7: "first_seen" must be an instant like 2026-11-21T14:05:09Z',
    ]


def test_a_moment_in_the_future_is_not_taken_for_when_it_was_seen(
    archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(archive / "late.jsonl", article(13, first_seen="2098-01-01T00:00:00Z"))
    assert run(["import", "late.jsonl"]) == 0
    capsys.readouterr()
    assert all(one["first_seen"] < "2098" for one in lines(capsys, "export"))


def test_articles_are_searched_newest_first(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = lines(capsys, "articles", "harbour", "--json")
    assert [one["url"].split("/")[-1].split("?")[0] for one in found] == ["6", "3", "0"]
    assert len(lines(capsys, "articles", "--limit", "2", "--json")) == 2
    assert {one["outlet"] for one in lines(capsys, "articles", "--outlet", "herald", "--json")} == {"herald"}
    assert len(lines(capsys, "articles", "--limit", "0", "--json")) == 9


def test_since_and_until_narrow_a_search(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = lines(capsys, "articles", "--since", "2026-10-03", "--until", "2026-10-05T09:00:00Z", "--json")
    assert [one["first_seen"][:10] for one in found] == ["2026-10-04", "2026-10-03"]


@pytest.mark.parametrize("moment", ["soon", "30", "2026-13-01"])
def test_a_moment_that_is_none_is_wrong_use(archive: Path, capsys: pytest.CaptureFixture[str], moment: str) -> None:
    assert run(["articles", "--since", moment]) == 2
    assert f"--since {moment}: write how long ago" in capsys.readouterr().err


def test_a_query_with_a_mistake_is_shown_with_a_caret(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["articles", "storm AND (Lagos"]) == 2
    message, query, caret = capsys.readouterr().err.splitlines()
    assert message.startswith("query: ")
    assert query == "  storm AND (Lagos"
    assert caret.strip() == "^"
    assert 2 <= caret.index("^") <= len(query)


def test_the_caret_stands_under_the_place_in_any_script(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["articles", "港湾 AND"]) == 2
    _, query, caret = capsys.readouterr().err.splitlines()
    assert query == "  港湾 AND"
    assert caret.index("^") >= 7


def test_an_operator_in_small_letters_is_pointed_out(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["articles", "storm or harbour", "--json"]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines()[2] == f"  {' ' * 6}^"


def test_a_tried_query_that_can_never_match_is_pointed_out(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["try", "harbour NOT harbour", "--since", "2026-10-01"]) == 0
    warned = capsys.readouterr().err.splitlines()
    assert warned[0].startswith("query: warning: this can never match: harbour is asked for and ruled out; mend")
    assert warned[1:3] == ["  harbour NOT harbour", "              ^"]


def test_csv_is_rfc_4180_and_no_cell_is_a_formula(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(archive / "odd.jsonl", article(14, title='=HYPERLINK("http://evil")', lede="+1, said he", first_seen=None))
    assert run(["import", "odd.jsonl"]) == 0
    capsys.readouterr()
    assert run(["export", "--format", "csv"]) == 0
    text = capsys.readouterr().out
    assert text.endswith("\r\n")
    rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    assert len(rows) == 10
    assert rows[0]["authors"] == "Ada Lovelace; Grace Hopper"
    assert rows[0]["body"] == article(0)["body"]
    assert rows[-1]["title"].startswith("'=HYPERLINK")
    assert rows[-1]["lede"].startswith("'+1")


def test_rss_is_valid_and_carries_every_article(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", "--format", "rss", "--query", "storm OR <Geneva>"]) == 0
    channel = ElementTree.fromstring(capsys.readouterr().out.encode())[0]
    assert [channel.findtext(name) is not None for name in ("title", "link", "description")] == [True] * 3
    items = channel.findall("item")
    assert len(items) == 6
    for item in items:
        assert (item.findtext("link") or "").startswith("https://paper.example.org/news/")
        assert parsedate_to_datetime(item.findtext("pubDate") or "").year == 2026
        assert item.find("guid[@isPermaLink='false']") is not None


def test_atom_is_valid_and_carries_every_article(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", "--format", "atom"]) == 0
    feed = ElementTree.fromstring(capsys.readouterr().out.encode())
    assert feed.tag == f"{ATOM}feed"
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    entries = feed.findall(f"{ATOM}entry")
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 9
    for entry in entries:
        assert all(entry.findtext(f"{ATOM}{name}") for name in ("id", "title", "updated", "published"))
    assert entries[0].findtext(f"{ATOM}content") == article(0)["body"]


def test_an_export_to_a_file_is_whole_or_not_there(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", "--format", "cvs", "-o", "out.csv"]) == 2
    assert 'did you mean "csv"?' in capsys.readouterr().err
    assert run(["export", "-o", "no/such/out.jsonl"]) == 2
    assert run(["export", "-o", "out.jsonl"]) == 0
    assert len((archive / "out.jsonl").read_text().splitlines()) == 9
    assert sorted(path.name for path in archive.iterdir() if "out" in path.name) == ["out.jsonl"]


def test_a_query_may_begin_with_a_minus(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--", "-storm geneva"], ["-storm geneva"]):
        (found,) = lines(capsys, "try", "--since", "2026-10-01", "--json", *arguments)
        assert found["articles"] == 3
    assert run(["try", "--samlpes", "harbour"]) == 2


def test_a_text_is_tried(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (archive / "text.txt").write_text("Storm closes the harbour.")
    assert run(["try", "harbour", "--text", "text.txt", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "matched": True,
        "spans": [{"field": "body", "start": 17, "end": 24, "text": "harbour", "term": "harbour"}],
    }
    assert run(["try", "airport", "--text", "text.txt", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {"matched": False, "spans": []}
    assert run(["try", "(airport", "--text", "text.txt", "--json"]) == 2
    assert capsys.readouterr().out == ""


def test_an_article_is_tried_field_by_field(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (archive / "one.json").write_text(json.dumps(article(1)))
    assert run(["try", "title:ministers AND outlet:gazette", "--text", "one.json"]) == 0
    assert "title 0-9: Ministers" in capsys.readouterr().out
    assert run(["try", "outlet:herald", "--text", "one.json"]) == 1
    (archive / "bare.json").write_text(json.dumps({"title": "Storm", "url": None, "outlet": ""}))
    assert run(["try", "title:storm", "--text", "bare.json"]) == 0
    (archive / "odd.json").write_text("[]")
    assert run(["try", "storm", "--text", "odd.json"]) == 2
    assert run(["try", "storm", "--text", "missing.txt"]) == 2


def test_every_script_is_written_whatever_the_locale(archive: Path) -> None:
    put(archive / "script.jsonl", article(15, title="Шторм закрыл гавань 港が閉鎖"))
    command = [sys.executable, "-m", "tocsin", "articles", "--limit", "20"]
    assert run(["import", "script.jsonl"]) == 0
    env = {**os.environ, "PYTHONIOENCODING": "latin-1", "LC_ALL": "C"}
    done = subprocess.run(command, capture_output=True, env=env, timeout=60, check=True)
    assert "Шторм закрыл гавань 港が閉鎖" in done.stdout.decode("utf-8")


@pytest.mark.parametrize("command", ["articles", "export"])
def test_an_outlet_that_nobody_knows_is_wrong_use_with_a_suggestion(
    archive: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert run([command, "--outlet", "gazete"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == '--outlet gazete is not an outlet; did you mean "gazette"?\n'
    (archive / "outlets").mkdir()
    (archive / "outlets" / "young.yaml").write_text("site: https://young.example.org/\n")
    assert run([command, "--outlet", "young"]) == 0
