"""What changed watches would add and lose is shown over the archive, before they are put into force."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.world.databases import sqlite_at
from tocsin.cli import run

SINCE = ["--since", "2026-10-01"]


def article(number: int) -> dict[str, Any]:
    texts = ["The harbour of Lagos was closed after the storm", "Ministers met in Geneva", "Wheat prices fell again"]
    text = texts[number % 3]
    return {
        "outlet": "gazette" if number % 2 else "herald",
        "url": f"https://paper.example.org/news/{number}",
        "title": f"{text}: part {number}",
        "body": f"{text}, said witness number {number}.\n\n{' '.join(f'w{number}x{index}' for index in range(40))}.",
        "language": "en",
        "published": f"2026-10-{number + 1:02}T08:00:00Z",
        "first_seen": f"2026-10-{number + 1:02}T09:00:00Z",
    }


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """A folder with two watches, whose database holds nine articles; beside it, changed copies of the watches."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOCSIN_CONFIG", str(tmp_path / "config"))
    lay(tmp_path / "config" / "watches", harbour="query: harbour\n", wheat="query: wheat\n")
    (tmp_path / "config" / "tocsin.yaml").write_text("")
    sqlite_at(tmp_path / "config" / "tocsin.db")
    Path("nine.jsonl").write_text("".join(json.dumps(article(number)) + "\n" for number in range(9)))
    assert run(["import", "nine.jsonl"]) == 0
    capsys.readouterr()
    return tmp_path


def lay(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for slug, text in files.items():
        (folder / f"{slug}.yaml").write_text(text)
    return folder


def compared(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert run(["try", *arguments, *SINCE, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_changed_watch_shows_what_it_would_add_and_lose(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lay(folder / "new", harbour="query: (harbour outlet:herald) OR geneva\n")
    found = compared(capsys, "--diff", "new/harbour.yaml")
    assert (found["since"], found["read"], found["different"]) == ("2026-10-01T00:00:00Z", 9, True)
    (watch,) = found["watches"]
    assert (watch["watch"], watch["state"]) == ("harbour", "changed")
    assert (watch["before"]["query"], watch["after"]["query"]) == ("harbour", "(harbour outlet:herald) OR geneva")
    assert watch["articles"] == {"before": 3, "after": 5, "gained": 3, "lost": 1}
    assert watch["stories"] == {"before": 3, "after": 5, "gained": 3, "lost": 1, "kept": 2}
    assert watch["days"][:2] == [
        {"day": "2026-10-01", "before": 1, "after": 1, "gained": 0, "lost": 0},
        {"day": "2026-10-02", "before": 0, "after": 1, "gained": 1, "lost": 0},
    ]
    assert [one["article"]["url"][-1] for one in watch["gained"]] == ["7", "4", "1"]
    assert [one["article"]["url"][-1] for one in watch["lost"]] == ["3"]
    assert {one["text"] for one in watch["gained"][0]["matches"]} == {"Geneva"}
    assert "body" not in watch["gained"][0]["article"]


def test_people_see_counts_days_and_marked_samples(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lay(folder / "new", harbour="query: geneva OR (harbour outlet:herald)\nlanguages: [en]\n")
    assert run(["try", "--diff", "new/harbour.yaml", *SINCE]) == 0
    out = capsys.readouterr().out
    assert out.startswith(
        "harbour (changed): 3 stories gained, 1 lost, 2 kept, of 9 articles since 2026-10-01\n"
        "  - harbour\n"
        "  + geneva OR (harbour outlet:herald); languages: en\n"
    )
    assert "2026-10-04  1               0      0       1" in out
    assert (
        "\n+ 2026-10-08 09:00  gazette  https://paper.example.org/news/7\n  Ministers met in **Geneva**: part 7\n"
        in out
    )
    assert "\n- 2026-10-04 09:00  gazette  https://paper.example.org/news/3\n  The **harbour** of Lagos" in out
    assert "\n  matched: geneva\n" in out


def test_the_exit_code_tells_a_difference_where_that_is_asked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lay(folder / "new", harbour="query: geneva\n", wheat="query: 'wheat OR \"wheat prices\"'\n")
    assert run(["try", "--diff", "new/harbour.yaml", *SINCE]) == 0
    assert run(["try", "--diff", "new/harbour.yaml", "--exit-code", *SINCE]) == 1
    assert run(["try", "--diff", "new/wheat.yaml", "--exit-code", *SINCE]) == 0
    assert "wheat (changed): 0 stories gained, 0 lost, 3 kept" in capsys.readouterr().out


def test_the_watch_s_own_outlets_languages_and_stems_count(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lay(folder / "new", harbour="query: harbour\noutlets: [herald]\n", wheat="query: wheats\nstem: true\n")
    found = compared(capsys, "--diff", "new")
    assert [(one["watch"], one["articles"]["gained"], one["articles"]["lost"]) for one in found["watches"]] == [
        ("harbour", 0, 1),
        ("wheat", 0, 0),
    ]
    lay(folder / "new", harbour="query: harbour\nlanguages: [ru]\n")
    assert compared(capsys, "--diff", "new/harbour.yaml")["watches"][0]["articles"]["lost"] == 3


def test_a_folder_shows_new_and_removed_watches_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lay(folder / "new", harbour="query: harbour\n", geneva="query: geneva\n")
    found = compared(capsys, "--diff", "new")
    assert [
        (one["watch"], one["state"], one["stories"]["gained"], one["stories"]["lost"]) for one in found["watches"]
    ] == [
        ("geneva", "new", 3, 0),
        ("harbour", "same", 0, 0),
        ("wheat", "removed", 0, 3),
    ]
    assert run(["try", "--diff", "new/geneva.yaml", "new/harbour.yaml", *SINCE]) == 0
    out = capsys.readouterr().out
    assert "geneva (new): 3 stories gained" in out
    assert "harbour: asks what it asked" in out
    assert "wheat" not in out


def test_watches_as_they_were_may_lie_in_another_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lay(folder / "before", harbour="query: geneva\n", wheat="query: wheat\n")
    found = compared(capsys, "--diff", "config/watches", "--against", "before")
    assert [(one["watch"], one["stories"]["gained"], one["stories"]["lost"]) for one in found["watches"]] == [
        ("harbour", 3, 3),
        ("wheat", 0, 0),
    ]


@pytest.mark.parametrize("against", ["wheat", "config/watches/wheat.yaml", "wheat OR prices"])
def test_a_query_is_compared_with_a_watch_a_file_or_a_query(
    folder: Path, against: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (watch,) = compared(capsys, "wheat OR harbour", "--against", against)["watches"]
    assert (watch["stories"]["gained"], watch["stories"]["lost"], watch["stories"]["kept"]) == (3, 0, 3)


def test_a_wrong_file_is_told_at_its_place(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lay(folder / "new", harbour="query: harbour AND\n")
    assert run(["try", "--diff", "new/harbour.yaml"]) == 2
    assert capsys.readouterr().err.startswith("new/harbour.yaml:1:16: query: AND has nothing after it")


def test_a_changed_watch_is_advised_on(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lay(folder / "new", harbour="query: harbour NOT harbour\n")
    assert run(["try", "--diff", "new/harbour.yaml", *SINCE]) == 0
    err = capsys.readouterr().err
    assert err.startswith("new/harbour.yaml:1:20: query: this can never match")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--diff", "config/watches/harbour.yaml"], "is itself the watch that stands"),
        (["--diff", "new/none.yaml"], "there is no such file"),
        (["harbour", "--diff", "new/none.yaml"], "either a query or --diff"),
        (["harbour", "--against", "none.yaml"], "there is no such file"),
        (["harbour", "--against", "wheat AND"], "AND has nothing after it"),
        (["--against", "wheat"], "write a query"),
        ([], "write a query"),
        (["harbour", "--against", "wheat", "--text", "nine.jsonl"], "not on a text"),
    ],
)
def test_wrong_use_is_told(folder: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["try", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err


def test_samples_are_as_many_as_asked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lay(folder / "new", harbour="query: geneva\n")
    (watch,) = compared(capsys, "--diff", "new/harbour.yaml", "--samples", "1")["watches"]
    assert (len(watch["gained"]), len(watch["lost"])) == (1, 1)
    assert watch["stories"]["gained"] == 3


def test_a_watch_file_is_tried_with_its_outlets_and_languages_and_advised_on(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lay(folder / "new", harbour="query: harbour or ministers\n", wheat="query: wheat\noutlets: [gazette]\n")
    assert run(["try", "new/wheat.yaml", *SINCE, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["query"], found["read"], found["articles"]) == ("wheat", 9, 1)
    assert found["samples"][0]["matches"][0]["text"] == "Wheat"
    assert run(["try", "new/harbour.yaml", *SINCE]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("0 of 9 articles")
    assert captured.err.startswith('new/harbour.yaml:1:16: query: "or" in small letters is a word')
    Path("text.txt").write_text("Wheat fell.")
    assert run(["try", "new/wheat.yaml", "--text", "text.txt"]) == 0
    lay(folder / "new", wheat="query: wheat AND\n")
    assert run(["try", "new/wheat.yaml"]) == 2
    assert capsys.readouterr().err.startswith("new/wheat.yaml:1:14: query: AND has nothing after it")
