"""A query or a watch is tried on the archive: newest hits first, then days, the worst of them, clauses, difference."""

import json
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from newsdesk import Archive, Database
from tocsin.cli import run

SINCE = ["--since", "2026-10-01"]
DAYS = (1, 2, 4, 4, 4, 9)
TEXTS = (
    "The harbour of Lagos was closed after the storm",
    "Ministers met in Geneva",
    "The harbour was opened again",
    "Gale over the port of Dover",
    "Storm closes the port of Calais",
    "Wheat prices fell again",
)


def article(number: int, **changes: Any) -> dict[str, Any]:
    text = TEXTS[number]
    filler = " ".join(f"w{number}x{index}" for index in range(40))
    return {
        "outlet": "gazette" if number % 2 else "herald",
        "url": f"https://paper.example.org/news/{number}",
        "title": f"{text}: part {number}",
        "body": f"{text}, said witness number {number}.\n\n{filler}.",
        "language": "en",
        "first_seen": f"2026-10-{DAYS[number]:02}T0{number}:00:00Z",
        **changes,
    }


@pytest.fixture
def folder(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Path:
    """A folder with the watch "ports", whose database of either kind holds six stories and a copy of one."""
    home = tmp_path / "home"
    (home / "watches").mkdir(parents=True)
    monkeypatch.chdir(home)
    monkeypatch.setenv("TOCSIN_CONFIG", str(home))
    url = database.url.render_as_string(hide_password=False)
    (home / "tocsin.yaml").write_text(f"database: {json.dumps(url)}\n")
    (home / "watches" / "ports.yaml").write_text("query: port OR wheat\n")
    copy = article(3, outlet="copyist", url="https://copy.example.org/3", first_seen="2026-10-04T08:00:00Z")
    documents = [article(number) for number in range(6)] + [copy]
    Path("seven.jsonl").write_text("".join(json.dumps(one) + "\n" for one in documents))
    assert run(["import", "seven.jsonl"]) == 0
    capsys.readouterr()
    return home


def tried(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert run(["try", *arguments, *SINCE, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_trial_is_one_document(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = tried(capsys, "(harbour OR port) NOT calais")
    assert (found["read"], found["articles"], found["stories"]) == (7, 4, 3)
    assert found["days"] == [
        {"day": "2026-10-01", "articles": 1, "stories": 1},
        {"day": "2026-10-04", "articles": 3, "stories": 2},
    ]
    assert found["worst_day"] == found["days"][1]
    assert found["clauses"] == [
        {"clause": "harbour", "articles": 2, "stories": 2, "only": 2},
        {"clause": "port", "articles": 2, "stories": 1, "only": 1},
    ]
    assert found["difference"] is None
    assert [one["article"]["outlet"] for one in found["samples"]] == ["copyist", "gazette", "herald", "herald"]
    newest = found["samples"][0]
    assert [(span["field"], span["text"], span["term"]) for span in newest["matches"]] == [
        ("title", "port", "port"),
        ("body", "port", "port"),
    ]
    assert newest["article"]["excerpt"].startswith("Gale over the port of Dover, said")
    assert "body" not in newest["article"]


def test_people_see_samples_then_a_chart_then_clauses(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["try", "(harbour OR port) NOT calais", *SINCE, "--samples", "2"]) == 0
    out = capsys.readouterr().out
    samples, chart, clauses = out.split("4 of 7 articles since 2026-10-01, 3 stories\n")[0], *out.split("\n\n")[-2:]
    assert samples.startswith(
        "2026-10-04 08:00  copyist  https://copy.example.org/3\n  Gale over the **port** of Dover: part 3\n"
    )
    assert "\n  matched: port\n\n2026-10-04 02:00  herald" in samples
    assert "news/3" not in samples  # the story's other copy
    assert "news/0" not in samples
    assert chart.splitlines() == [
        "day (UTC)       stories  articles",
        "2026-10-01 Thu        1         1  #",
        "2026-10-02 Fri        0         0",
        "2026-10-03 Sat        0         0",
        "2026-10-04 Sun        2         3  ##.",
        "worst day: 2026-10-04 Sun, 2 stories in 3 articles",
    ]
    assert [line.split() for line in clauses.splitlines()] == [
        ["clause", "stories", "articles", "only", "by", "it"],
        ["harbour", "2", "2", "2"],
        ["port", "1", "2", "1"],
    ]


def test_nothing_found_is_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["try", "airship", *SINCE]) == 0
    assert capsys.readouterr().out == "0 of 7 articles since 2026-10-01, 0 stories\n"
    assert tried(capsys, "airship")["worst_day"] is None


def test_a_clause_that_is_no_alternative_brings_nothing_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = tried(capsys, "(harbour OR lagos) storm")
    assert [(one["clause"], one["stories"], one["only"]) for one in found["clauses"]] == [
        ("harbour", 1, 0),
        ("lagos", 1, 0),
        ("storm", 1, None),
    ]


def test_the_watch_of_the_same_name_is_compared_with(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("drafts").mkdir()
    Path("drafts/ports.yaml").write_text("query: port OR harbour\n")
    Path("drafts/other.yaml").write_text("query: port OR harbour\n")
    difference = tried(capsys, "drafts/ports.yaml")["difference"]
    assert (difference["watch"], difference["before"]["query"]) == ("ports", "port OR wheat")
    assert difference["stories"] == {"before": 3, "after": 4, "gained": 2, "lost": 1, "kept": 2}
    assert run(["try", "drafts/ports.yaml", *SINCE]) == 0
    assert capsys.readouterr().out.endswith(
        "\n\nagainst the watch ports as it stands: 2 stories gained, 1 lost, 2 kept\n"
        "  - port OR wheat\n  + port OR harbour\n"
    )
    assert tried(capsys, "drafts/other.yaml")["difference"] is None
    assert tried(capsys, "watches/ports.yaml")["difference"] is None
    assert tried(capsys, "ports")["difference"]["stories"]["lost"] == 3


def test_a_query_against_a_watch_is_tried_and_compared_in_full(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = tried(capsys, "port OR harbour", "--against", "ports")
    assert (found["articles"], found["different"], found["watches"]) == (5, True, [found["difference"]])
    assert run(["try", "port OR harbour", "--against", "ports", "--samples", "1", *SINCE]) == 0
    out = capsys.readouterr().out
    assert "\nquery (changed): 2 stories gained, 1 lost, 2 kept, of 7 articles since 2026-10-01\n" in out
    assert "\n- 2026-10-09 05:00  gazette" in out
    assert run(["try", "port OR wheat", "--against", "ports", "--exit-code", *SINCE]) == 0
    assert run(["try", "port", "--against", "ports", "--exit-code", *SINCE]) == 1


def test_a_watch_that_is_wrong_is_told_and_not_compared_with(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("watches/ports.yaml").write_text("query: port AND\n")
    assert run(["try", "ports", *SINCE]) == 0
    captured = capsys.readouterr()
    assert "against" not in captured.out
    assert "AND has nothing after it" in captured.err


class Reading:
    """Archive.articles as it is, but counted, and interrupted where that is asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, interrupt_after: int = 1000) -> None:
        self.read = 0
        original = Archive.articles

        def articles(archive: Archive, *where: Any, **how: Any) -> Iterator[Any]:
            for filed in original(archive, *where, **how):
                if self.read == interrupt_after:
                    raise KeyboardInterrupt
                self.read += 1
                yield filed

        monkeypatch.setattr(Archive, "articles", articles)


class Watched(StringIO):
    """Standard output that notes how much had been read when each line was written."""

    def __init__(self, reading: Reading) -> None:
        super().__init__()
        self.reading = reading
        self.lines: list[tuple[int, str]] = []

    def write(self, text: str) -> int:
        self.lines.append((self.reading.read, text))
        return super().write(text)


@pytest.mark.parametrize("arguments", [["try", "w1x1 OR w5x1", *SINCE], ["articles", "w1x1 OR w5x1"]])
def test_a_hit_is_shown_when_it_is_found(folder: Path, arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    reading = Reading(monkeypatch)
    out = Watched(reading)
    monkeypatch.setattr(sys, "stdout", out)
    assert run(arguments) == 0
    first = next(read for read, text in out.lines if "Wheat prices" in text)
    second = next(read for read, text in out.lines if "Ministers met" in text)
    assert first == 1
    assert first < second


def test_enough_hits_end_a_search(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reading = Reading(monkeypatch)
    monkeypatch.setattr(sys, "stdout", StringIO())
    assert run(["articles", "storm OR gale OR wheat", "--limit", "1"]) == 0
    assert reading.read == 1


def test_an_interrupted_trial_tells_what_it_has_seen(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Reading(monkeypatch, interrupt_after=3)
    assert run(["try", "harbour OR gale OR wheat OR storm", *SINCE]) == 130
    out = capsys.readouterr().out
    assert "\ninterrupted back to 2026-10-04 04:00; so far 3 of 3 articles, 3 stories\n" in out
    assert "worst day: 2026-10-04 Sun" in out


def test_an_interrupted_trial_is_a_document_that_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Reading(monkeypatch, interrupt_after=1)
    assert run(["try", "wheat OR storm", *SINCE, "--json"]) == 130
    found = json.loads(capsys.readouterr().out)
    assert (found["interrupted"], found["back_to"], found["articles"]) == (True, "2026-10-09T05:00:00Z", 1)
