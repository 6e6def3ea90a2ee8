"""tocsin silences, and where matches stand in trace and health."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from alerts.tables import FateRow
from newsdesk import Database
from tocsin.alarms import heartbeat
from tocsin.cli import run
from tocsin.settings import Settings
from tocsin.storage import open_database

pytestmark = pytest.mark.usefixtures("upgraded")

WHO = ("--author", "ana", "--comment", "the summit")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOCSIN_CONFIG", str(tmp_path))
    for name in ("outlets", "watches"):
        (tmp_path / name).mkdir()
    (tmp_path / "tocsin.yaml").write_text("web: {bind: ''}\n")
    (tmp_path / "outlets" / "paper.yaml").write_text("name: The Paper\nsite: https://paper.example/\n")
    (tmp_path / "watches" / "wheat.yaml").write_text("query: wheat\nnotify: [{email: desk@example.org}]\n")
    return tmp_path


def lines(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert run([*arguments, "--json"]) == code
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def imports(folder: Path, title: str) -> None:
    piece = {
        "outlet": "paper",
        "url": f"https://paper.example/{title.replace(' ', '-')}",
        "title": title,
        "body": title,
    }
    (folder / "piece.jsonl").write_text(json.dumps(piece))
    assert run(["import", "piece.jsonl", "--alert"]) == 0
    run(["poll", "paper"])


def the_database(folder: Path) -> Database:
    return open_database(Settings(database=f"sqlite:///{folder}/tocsin.db"))


def test_a_silence_is_added_listed_and_ended(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["silences"]) == 0
    assert "no silences" in capsys.readouterr().err
    (made,) = lines(capsys, "silences", "add", "--watch", "wheat", "--for", "2h", *WHO)
    assert (made["watch"], made["author"], made["comment"], made["state"]) == ("wheat", "ana", "the summit", "in force")
    assert run(["silences"]) == 0
    assert made["id"] in capsys.readouterr().out
    assert lines(capsys, "silences") == [made]
    assert lines(capsys, "silences", "end", made["id"])[0]["state"] == "over"
    assert lines(capsys, "silences") == []
    assert [one["state"] for one in lines(capsys, "silences", "--all")] == ["over"]
    (later,) = lines(
        capsys, "silences", "add", "--outlet", "paper", "--from", "2100-01-01", "--until", "2100-01-02", *WHO
    )
    assert (later["from"], later["until"], later["state"]) == (
        "2100-01-01T00:00:00Z",
        "2100-01-02T00:00:00Z",
        "to come",
    )
    assert run(["silences", "add", "--everything", "--for", "1h", *WHO]) == 0
    assert "everything silenced until" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (("--for", "2h"), "say what to silence"),
        (("--everything", "--watch", "wheat", "--for", "2h"), "say what to silence"),
        (("--watch", "wheet", "--for", "2h"), "wheat"),
        (("--outlet", "papper", "--for", "2h"), "paper"),
        (("--query", "(wheat", "--for", "2h"), "never closed"),
        (("--watch", "wheat"), "say how long"),
        (("--watch", "wheat", "--for", "2h", "--until", "2100-01-01"), "say how long"),
        (("--watch", "wheat", "--for", "soon"), "soon: write how long"),
        (("--watch", "wheat", "--until", "noon"), "or a date"),
        (("--watch", "wheat", "--until", "2001-01-01"), "is over"),
        (("--watch", "wheat", "--from", "2100-01-02", "--until", "2100-01-01"), "is over"),
    ],
    ids=str,
)
def test_what_silences_nothing_is_refused_with_a_remedy(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], remedy: str
) -> None:
    assert run(["silences", "add", *arguments, *WHO]) == 2
    assert remedy in capsys.readouterr().err
    assert run(["silences", "end", "nonsense"]) == 2


def test_a_trace_tells_where_each_match_stands(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (made,) = lines(capsys, "silences", "add", "--watch", "wheat", "--for", "2h", *WHO)
    imports(folder, "The wheat harvest")
    steps = lines(capsys, "trace", "https://paper.example/The-wheat-harvest")
    (matched,) = (step for step in steps if step["what"] == "matched")
    assert matched["fates"] == [
        {
            "channel": "email",
            "address": "desk@example.org",
            "state": "silenced",
            "delivery": None,
            "reason": f"silence {made['id']}",
        }
    ]
    assert run(["trace", "https://paper.example/The-wheat-harvest"]) == 0
    assert f"email desk@example.org: silenced: silence {made['id']}" in capsys.readouterr().out


def test_health_says_when_the_matches_do_not_add_up(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["silences", "add", "--everything", "--for", "2h", *WHO])
    imports(folder, "The wheat harvest")
    database = the_database(folder)
    now = datetime.now(UTC)
    with database.begin() as session:
        heartbeat.beat(session, "here/1", now, now)
    (well,) = lines(capsys, "health")
    assert well["healthy"]
    assert well["matches_of_last_day"]["silenced"] == 1
    with database.begin() as session:
        session.execute(delete(FateRow))
    database.close()
    (ill,) = lines(capsys, "health", code=1)
    assert "1 matches without a fate for each target" in ill["trouble"]
