"""What an article said before: shown by trace, written by export, taken back in by import."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from crawler.tables import LeadRow
from newsdesk import Archive, Article, Database, Desk
from tocsin.cli import run

pytestmark = pytest.mark.usefixtures("upgraded")

URL = "https://paper.example.org/news/1"
NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIRST = "The council met on Tuesday and decided about the harbour, where work has stood still since the spring."
SECOND = "At least 12 people were hurt when a crane fell there in March, the mayor said."
LAST = "The ferry lands at the old pier until then."
TEXTS = (
    ("Harbour report", f"{FIRST}\n\n{SECOND}"),
    ("Harbour report", f"{FIRST}\n\n{SECOND.replace('12', '15')}"),
    ("Harbour closed", f"{FIRST}\n\n{SECOND.replace('12', '15')}\n\n{LAST}"),
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose database holds one article with two revisions, and another with none."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOCSIN_CONFIG", str(tmp_path))
    (tmp_path / "tocsin.yaml").write_text("")
    assert run(["db", "upgrade"]) == 0
    with open_(tmp_path).begin() as session:
        desk = Desk(open_(tmp_path))
        for place, (title, body) in enumerate(TEXTS):
            article = Article(outlet="paper", url=URL, canonical_url=URL, title=title, body=body)
            desk.file(session, article, now=NOW + place * HOUR)
        other = URL.replace("1", "2")
        desk.file(session, Article(outlet="paper", url=other, canonical_url=other, title="Fog", body=LAST), now=NOW)
    return tmp_path


def open_(folder: Path, name: str = "tocsin.db") -> Database:
    return Database(f"sqlite:///{folder / name}")


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert run(list(arguments)) == 0
    return capsys.readouterr().out


def data(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in told(capsys, *arguments).splitlines()]


def test_trace_shows_each_revision_with_the_words_that_went_and_came(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = told(capsys, "trace", URL).splitlines()
    start = next(place for place, line in enumerate(lines) if "revised" in line)
    shown = [line.strip() for line in lines[start : start + 5]]
    assert shown[0] == "2026-10-01T13:00:00Z  revised    revision 2: 1 passage changed"
    assert shown[1] == "body: At least [-12-] {+15+} people were hurt when a crane fell there …"
    assert shown[2] == "2026-10-01T14:00:00Z  revised    revision 3: 2 passages changed"
    assert shown[3] == "title: Harbour [-report-] {+closed+}"
    assert shown[4] == f"body: {{+{LAST}+}}"


def test_trace_gives_the_same_as_data(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    second, third = (step for step in data(capsys, "trace", URL, "--json") if step["what"] == "revised")
    assert (second["revision"], third["revision"]) == (2, 3)
    (change,) = second["changes"]
    assert (change["field"], change["before"], change["after"]) == ("body", SECOND, SECOND.replace("12", "15"))
    assert [piece for piece in change["pieces"] if piece["mark"] != "kept"] == [
        {"mark": "removed", "text": "12"},
        {"mark": "added", "text": "15"},
    ]
    assert third["changes"][1] == {
        "field": "body",
        "before": "",
        "after": LAST,
        "pieces": [{"mark": "added", "text": LAST}],
    }


def test_a_rewritten_long_text_is_shown_within_bounds(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = "\n\n".join(f"Paragraph number {place} tells {'very ' * 300}much of it." for place in range(60))
    with open_(folder).begin() as session:
        article = Article(outlet="paper", url=URL, canonical_url=URL, title="Harbour closed", body=body)
        Desk(open_(folder)).file(session, article, now=NOW + 5 * HOUR)
    shown = told(capsys, "trace", URL)
    assert "more passages" in shown and len(shown) < 30_000


def test_trace_tells_that_a_page_is_gone_and_when_it_is_looked_at_again(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_(folder).begin() as session:
        values = {"url": URL, "outlet": "paper", "given": URL, "state": "filed", "quiet": False, "looks": 2}
        dates = {"next_try_at": NOW, "found_at": NOW, "ended_at": NOW, "look_at": NOW + 4 * HOUR}
        session.add(LeadRow(**values, **dates))
    assert "look       again at 2026-10-01T16:00:00Z; 2 looks so far" in told(capsys, "trace", URL)
    with open_(folder).begin() as session:
        reason = "gone since 2026-10-01T15:00:00Z: the server answered 404"
        session.execute(update(LeadRow).values(look_at=None, reason=reason))
    shown = told(capsys, "trace", URL)
    assert f"2026-10-01T15:00:00Z  gone       {reason}; the archive keeps it" in shown
    assert "again at" not in shown


def test_an_export_with_revisions_holds_the_earlier_texts_before_the_present_one(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [one for one in data(capsys, "export", "--revisions") if one["url"] == URL]
    assert [(one["title"], one["body"]) for one in lines] == list(TEXTS)
    assert [(one["revision"], one["revised"], one["replaced"]) for one in lines] == [
        (1, None, "2026-10-01T13:00:00Z"),
        (2, "2026-10-01T13:00:00Z", "2026-10-01T14:00:00Z"),
        (3, "2026-10-01T14:00:00Z", None),
    ]
    assert {one["first_seen"] for one in lines} == {"2026-10-01T12:00:00Z"}
    assert [one["revision"] for one in data(capsys, "export")] == [3, 1]


def test_importing_it_elsewhere_once_or_twice_gives_the_same_history(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["export", "--revisions", "-o", "all.jsonl"]) == 0
    before = told(capsys, "export", "--revisions")
    monkeypatch.setenv("TOCSIN_DATABASE", f"sqlite:///{folder}/another.db")
    for name in ("all.jsonl", "again.jsonl"):
        (folder / name).write_text((folder / "all.jsonl").read_text())
        assert run(["import", name]) == 0
        assert told(capsys, "export", "--revisions") == before
    database = open_(folder, "another.db")
    (filed,) = (one for one in Archive(database).articles() if one.article.url == URL)
    assert [kept.replaced for kept in Archive(database).history(filed.id)] == [NOW + HOUR, NOW + 2 * HOUR]


@pytest.mark.parametrize("form", ["csv", "rss", "atom"])
def test_forms_with_room_for_one_text_refuse_revisions(
    folder: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    assert run(["export", "--revisions", "--format", form]) == 2
    assert "--format jsonl" in capsys.readouterr().err
