import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tocsin.cli import run
from tocsin.demo.mailbox import Mailbox
from tocsin.demo.newspaper import Newspaper


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOCSIN_CONFIG", str(tmp_path))
    for name in ("outlets", "watches"):
        (tmp_path / name).mkdir()
    (tmp_path / "tocsin.yaml").write_text("")
    return tmp_path


@pytest.fixture
def paper() -> Iterator[Newspaper]:
    with Newspaper() as paper:
        paper.prints("Ministers meet in Geneva", "They spoke of wheat.")
        yield paper


def closed_port() -> int:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port: int = closed.getsockname()[1]
    return port


def test_every_mistake_of_every_file_is_told_at_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "tocsin.yaml").write_text("crawl:\n  dealy: 1s\n")
    (folder / "outlets" / "bad.yaml").write_text("site: https://x.example.org/\n\npoll_every: 5 minutes\n")
    (folder / "outlets" / "good.yaml").write_text("site: https://y.example.org/\ntags: [press]\n")
    (folder / "watches" / "storm.yaml").write_text("query: storm AND (harbour\noutlets: [good]\n")
    (folder / "watches" / "wheat.yaml").write_text(
        'query: wheat\noutlets: [goood, "tag:press", bad, example.org]\nnotify:\n  - emial: a@example.org\n'
    )
    assert run(["check"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    told = captured.err.replace(f"{folder}/", "")
    assert 'tocsin.yaml:2:3: "dealy" is not a setting; did you mean "delay"?' in told
    assert "outlets/bad.yaml:3:13: poll_every: 5 minutes; write a number and a unit" in told
    assert "watches/storm.yaml:1:" in told
    assert 'watches/wheat.yaml:2:11: goood is not an outlet; did you mean "good"?' in told
    assert "watches/wheat.yaml:4:" in told
    assert 'did you mean "email"?' in told
    assert len(told.splitlines()) == 5


def test_a_sound_configuration_gets_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "outlets" / "paper.yaml").write_text("sources:\n  - feed: https://x.example.org/rss\n")
    assert run(["check"]) == 0
    captured = capsys.readouterr()
    assert captured.out == f"ok: {folder}: 1 outlet with 1 source, 0 watches\n"
    assert captured.err == ""
    assert not (folder / "tocsin.db").exists()


def test_what_a_query_may_not_mean_is_told_and_hinders_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "watches" / "storm.yaml").write_text("query: storm or harbour\n")
    assert run(["check"]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("ok: ")
    assert captured.err.startswith(f"{folder}/watches/storm.yaml:1:14: query: ")


def test_warnings_of_watches_stand_at_their_place_with_a_remedy(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "outlets" / "paper.yaml").write_text(
        "site: https://paper.example.org/\nlanguage: en\ntags: [press]\nsources: [feed: https://x.example.org/rss]\n"
    )
    watches = {
        "a": "query: >-\n  storm NOT\n  Storm\n",
        "b": "query: harbour outlet:papre\n",
        "c": "query: wheat lang:fr\n",
        "d": "query: (harbour OR wool) NOT rope\noutlets: [paper]\n",
        "e": "query: (wool OR harbour) NOT rope\noutlets: [paper]\n",
        "f": "query: wool tag:pres\nlanguages: [en, ru]\n",
        "g": "query: the\n",
        "h": "query: fine words outlet:x.example.org\n",
    }
    for slug, text in watches.items():
        (folder / "watches" / f"{slug}.yaml").write_text(text)
    assert run(["check"]) == 0
    told = capsys.readouterr().err.replace(f"{folder}/watches/", "").splitlines()
    assert told == [
        "a.yaml:3:3: query: this can never match: storm is asked for and Storm ruled out; "
        "mend or remove one of them (warning)",
        'b.yaml:1:23: query: no outlet is "papre"; did you mean "paper"? (warning)',
        'c.yaml:1:19: query: no outlet is in "fr"; declared are: en (warning)',
        "e.yaml:1:8: query: d.yaml asks the same; keep one of the two, with whom both tell (warning)",
        'f.yaml:1:17: query: no outlet has the tag "pres"; did you mean "press"? (warning)',
        'f.yaml:2:17: languages: no outlet is in "ru"; declared are: en (warning)',
        "g.yaml:1:8: query: nearly every article in English matches this: it asks for the commonest words alone; "
        "say what is looked for (warning)",
    ]


def test_warnings_count_where_they_are_to(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "watches" / "storm.yaml").write_text("query: storm NOT storm\n")
    assert run(["check", "--strict"]) == 1
    assert run(["check", "--strict", "--json"]) == 1
    captured = capsys.readouterr()
    found = json.loads(captured.out)
    (warning,) = found["warnings"]
    assert (found["ok"], found["problems"]) == (False, [])
    assert (warning["line"], warning["column"], warning["remedy"]) == (1, 18, "mend or remove one of them")
    assert run(["check", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True
    (folder / "watches" / "storm.yaml").write_text("query: storm\n")
    assert run(["check", "--strict"]) == 0


def test_nothing_is_missed_among_outlets_while_an_outlet_file_is_wrong(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "outlets" / "good.yaml").write_text("site: https://y.example.org/\nlanguage: en\n")
    (folder / "outlets" / "bad.yaml").write_text("poll_every: often\n")
    (folder / "watches" / "storm.yaml").write_text("query: storm (outlet:bad OR tag:press OR lang:ru)\n")
    assert run(["check"]) == 2
    assert "storm.yaml" not in capsys.readouterr().err


def test_values_are_shown_with_their_origin(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "tocsin.yaml").write_text("crawl:\n  poll_every: 90s\nsmtp:\n  password: hush\n")
    monkeypatch.setenv("TOCSIN_WEB__BIND", "127.0.0.1:9999")
    assert run(["check", "--show"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert f"crawl.poll_every: 90s  ({folder}/tocsin.yaml:2:15)" in lines
    assert "web.bind: 127.0.0.1:9999  (TOCSIN_WEB__BIND)" in lines
    assert "archive.keep_articles: forever  (default)" in lines
    assert "hush" not in "".join(lines)


def test_the_check_is_one_json_document(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "tocsin.yaml").write_text("crawl:\n  dealy: 1s\n")
    assert run(["check", "--json"]) == 2
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is False
    assert found["problems"] == [
        {
            "file": f"{folder}/tocsin.yaml",
            "line": 2,
            "column": 3,
            "what": '"dealy" is not a setting',
            "remedy": 'did you mean "delay"?',
        }
    ]


def test_a_database_that_cannot_be_used_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "tocsin.db").write_bytes(b"garbage" * 999)
    assert run(["check"]) == 1
    assert "not a database" in capsys.readouterr().err


def online(folder: Path, paper: Newspaper, smtp_port: int, feed: str = "/feed.xml") -> None:
    (folder / "tocsin.yaml").write_text(
        "allow_private: [127.0.0.0/8]\ncrawl: {delay: 0s, timeout: 5s}\n"
        f"smtp: {{host: 127.0.0.1, port: {smtp_port}}}\n"
    )
    url = paper.url.rstrip("/")
    (folder / "outlets" / "paper.yaml").write_text(f"site: {url}/\nsources:\n  - feed: {url}{feed}\n")
    (folder / "watches" / "wheat.yaml").write_text(
        f"query: wheat\nnotify:\n  - email: desk@example.org\n  - webhook: {url}/hook\n"
        "    secret: whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0\n"
    )


def feed_of(paper: Newspaper) -> str:
    """Give the path of the paper's feed, whatever it calls it."""
    return next(path for path in ("/feed.xml", "/rss.xml", "/rss", "/feed") if paper.answer(path, {}).status == 200)


def test_online_each_source_the_mail_server_and_each_hook_answer(
    folder: Path, paper: Newspaper, capsys: pytest.CaptureFixture[str]
) -> None:
    with Mailbox() as mailbox, Mailbox() as other:
        online(folder, paper, mailbox.port, feed_of(paper))
        with (folder / "tocsin.yaml").open("a") as file:
            file.write(
                f"operator:\n  heartbeat: http://127.0.0.1:{closed_port()}/secret\n  alarm:\n"
                f"    - {{email: ops@example.org, smtp: {{host: 127.0.0.1, port: {other.port}}}}}\n"
            )
        assert run(["check", "--online"]) == 1
        ports = (mailbox.port, other.port)
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert lines[0].startswith("ok  paper feed http://127.0.0.1:")
    assert lines[0].endswith("1 articles")
    assert [line.partition(":")[2].split()[0] for line in lines[1:3]] == [f"{port}:" for port in ports]
    assert lines[3].startswith("ok  hook http://127.0.0.1:")
    assert captured.err.startswith("fails  hook http://127.0.0.1:")
    assert "secret" not in captured.err
    assert (mailbox.mails, other.mails) == ([], [])


def test_online_what_does_not_answer_is_told_one_by_one(
    folder: Path, paper: Newspaper, capsys: pytest.CaptureFixture[str]
) -> None:
    online(folder, paper, closed_port(), "/no-such-list")
    assert run(["check", "--online", "--json"]) == 1
    captured = capsys.readouterr()
    answers: list[dict[str, Any]] = json.loads(captured.out)["online"]
    assert [answer["ok"] for answer in answers] == [False, False, True]
    assert "404" in answers[0]["said"]
    assert [line.split()[:2] for line in captured.err.splitlines()] == [["fails", "paper"], ["fails", "smtp"]]


def test_one_mistake_in_a_file_hides_no_other(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "tocsin.yaml").write_text("smtp:\n  password: file:absent\n  port: many\n")
    (folder / "outlets" / "good.yaml").write_text("site: https://y.example.org/\nname: a\nname: b\npoll_every: soon\n")
    (folder / "watches" / "storm.yaml").write_text(
        "query: storm AND (harbour\noutlets: [nowhere]\nnotify:\n"
        "  - webhook: https://hooks.example.org/x\n    secret: file:absent\n    when: nightly\n"
    )
    assert run(["check"]) == 2
    told = [line.split(": ")[0] for line in capsys.readouterr().err.replace(f"{folder}/", "").splitlines()]
    assert told == [
        *("tocsin.yaml:2:13", "tocsin.yaml:3:9"),
        *("outlets/good.yaml:3:1", "outlets/good.yaml:4:13"),
        *("watches/storm.yaml:1:18", "watches/storm.yaml:2:11"),
        *("watches/storm.yaml:5:13", "watches/storm.yaml:6:11"),
    ]


def test_an_outlet_that_needs_a_browser_says_so_where_there_is_none(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "tocsin.yaml").write_text("crawl:\n  browser: /nowhere/chromium\n")
    (folder / "outlets" / "paper.yaml").write_text("site: https://x.example.org/\n\nrender: true\n")
    (folder / "outlets" / "plain.yaml").write_text("site: https://y.example.org/\n")
    assert run(["check"]) == 1
    told = capsys.readouterr().err.replace(f"{folder}/", "")
    lack = "render: there is no browser at /nowhere/chromium"
    assert told == f"outlets/paper.yaml:3:9: {lack}; write the path of Chromium as crawl.browser\n"
    assert run(["check", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is False
    assert found["problems"][0]["line"] == 3


def test_how_long_articles_are_kept_is_told_where_any_go(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "outlets" / "paper.yaml").write_text("site: https://x.example.org/\n")
    assert run(["check"]) == 0
    assert "kept" not in capsys.readouterr().out
    (folder / "outlets" / "paper.yaml").write_text("site: https://x.example.org/\nkeep_articles: 14d\n")
    assert run(["check"]) == 0
    assert "articles are kept: forever; paper: 14d\n" in capsys.readouterr().out
    assert run(["--set", "archive.keep_articles=90d", "check"]) == 0
    assert "articles are kept: 90d; paper: 14d\n" in capsys.readouterr().out
