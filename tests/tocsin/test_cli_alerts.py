import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from alerts import Subscriptions
from newsdesk import Database
from tocsin.cli import run
from tocsin.demo.mailbox import Mailbox
from tocsin.demo.newspaper import Newspaper

pytestmark = pytest.mark.usefixtures("upgraded", "lent_workers")

BODY = "Ministers met in Geneva on Monday to speak of {0}, and agreed on little but to meet again.\n\n" * 5


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as mailbox:
        yield mailbox


@pytest.fixture
def paper() -> Iterator[Newspaper]:
    with Newspaper() as paper:
        paper.prints("An older piece", BODY.format("wool"))
        yield paper


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, paper: Newspaper, mailbox: Mailbox) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOCSIN_CONFIG", str(tmp_path))
    for name in ("outlets", "watches"):
        (tmp_path / name).mkdir()
    (tmp_path / "tocsin.yaml").write_text(
        "allow_private: [127.0.0.0/8]\ncrawl: {delay: 0s, timeout: 5s, poll_min: 1s}\n"
        f"smtp: {{host: 127.0.0.1, port: {mailbox.port}}}\n"
    )
    (tmp_path / "outlets" / "paper.yaml").write_text(f"name: The Paper\nsite: {paper.url}\ntags: [press]\n")
    (tmp_path / "watches" / "wheat.yaml").write_text(
        "name: Wheat\nquery: wheat OR barley\noutlets: ['tag:press']\nnotify:\n  - email: desk@example.org\n"
    )
    return tmp_path


def lines(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert run([*arguments, "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_an_article_is_followed_from_its_list_to_the_mail(
    folder: Path, paper: Newspaper, mailbox: Mailbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["poll"]) == 0
    url = paper.prints("Ministers meet on wheat", BODY.format("wheat"))
    assert run(["poll"]) == 0
    assert [mail.recipient for mail in mailbox.mails] == ["desk@example.org"]
    steps = lines(capsys, "trace", url)
    told = [step["what"] for step in steps]
    assert told == ["listed", "fetched", "filed", "matched", "promised", "attempt", "sent", "look"]
    assert steps[-1]["at"] is None
    assert [step["at"] for step in steps[:-1]] == sorted(step["at"] for step in steps[:-1])
    assert "wheat" in steps[3]["said"]
    (delivery,) = lines(capsys, "deliveries")
    assert (delivery["state"], delivery["watch"], delivery["address"]) == ("sent", "wheat", "desk@example.org")
    assert lines(capsys, "deliveries", "--state", "failed") == []
    (outlet,) = lines(capsys, "outlets")
    assert (outlet["slug"], outlet["articles"]) == ("paper", 2)
    assert outlet["sources"][0]["last_success"]
    assert run(["deliveries", "retry", delivery["id"]]) == 1
    assert "is sent, not failed" in capsys.readouterr().err


def test_who_carries_a_story_later_stands_in_its_trace_and_beside_its_deliveries(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = BODY.format("wheat")
    for number, title in enumerate(("The wheat harvest", "A harvest of wheat")):
        piece = {"outlet": f"paper{number}", "url": f"https://x{number}.example.org/1", "title": title, "body": body}
        (folder / "pieces.jsonl").write_text(json.dumps(piece))
        (folder / "watches" / "wheat.yaml").write_text("query: wheat\nnotify: [{email: desk@example.org}]\n")
        assert run(["import", "pieces.jsonl", "--alert"]) == 0
        assert run(["poll"]) == 0
    (delivery,) = lines(capsys, "deliveries")
    assert delivery["also_in"] == [
        {"outlet": "paper1", "url": "https://x1.example.org/1", "title": "A harvest of wheat"}
    ]
    (carrier,) = [step for step in lines(capsys, "trace", delivery["article"]) if step["what"] == "also in"]
    assert carrier["said"] == "paper1: 'A harvest of wheat' https://x1.example.org/1"
    (copy,) = [step for step in lines(capsys, "trace", "https://x1.example.org/1") if step["what"] == "filed"]
    assert copy["said"].endswith(f"a copy of {delivery['article']}: 100% of the words in common")


def test_a_failed_delivery_is_shown_and_tried_again(
    folder: Path, paper: Newspaper, mailbox: Mailbox, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["poll"])
    paper.prints("Ministers meet on wheat", BODY.format("wheat"))
    mailbox.refuse = lambda _recipient: "550 no such user"
    assert run(["poll"]) == 1
    (failed,) = lines(capsys, "deliveries", "--state", "failed")
    assert "550" in failed["detail"]
    mailbox.refuse = lambda _recipient: None
    assert run(["deliveries", "retry", failed["id"]]) == 0
    assert "1 will be tried again" in capsys.readouterr().out
    run(["poll"])
    assert mailbox.has("wheat")
    assert [one["state"] for one in lines(capsys, "deliveries")] == ["sent"]
    assert lines(capsys, "deliveries")[0]["id"] == failed["id"]


def test_imported_articles_alert_when_asked(folder: Path, mailbox: Mailbox, capsys: pytest.CaptureFixture[str]) -> None:
    pieces = [
        {"outlet": "paper", "url": f"https://x.example.org/{name}", "title": f"The {name} harvest", "body": name * 3}
        for name in ("wheat", "barley")
    ]
    for name, piece in zip(("quiet", "loud"), pieces, strict=True):
        (folder / f"{name}.jsonl").write_text(json.dumps(piece))
    assert run(["import", "quiet.jsonl"]) == 0
    assert run(["import", "loud.jsonl", "--alert"]) == 0
    assert run(["poll"]) == 0
    assert [mail.subject for mail in mailbox.mails] == ["[Wheat] The barley harvest"]


def test_a_test_is_sent_to_everyone_whom_a_watch_tells(
    folder: Path, mailbox: Mailbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["deliveries", "test", "wheat"]) == 0
    assert capsys.readouterr().out.startswith("email desk@example.org:")
    assert len(mailbox.mails) == 1
    mailbox.refuse = lambda _recipient: "550 no such user"
    assert run(["deliveries", "test", "wheat"]) == 1
    assert "550" in capsys.readouterr().err
    assert run(["deliveries", "test", "wheta"]) == 2
    assert 'did you mean "wheat"?' in capsys.readouterr().err


def test_retrying_nothing_or_what_is_not_there_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["deliveries", "retry"]) == 2
    assert run(["deliveries", "retry", "nonsense"]) == 1
    assert "nonsense: there is no such delivery" in capsys.readouterr().err
    assert run(["deliveries", "retry", "--all"]) == 0
    assert run(["deliveries", "--state", "sunk"]) == 2


def test_an_address_that_nobody_listed_is_not_traced(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["trace", "https://paper.example.org/never"]) == 1
    assert "no outlet has listed it" in capsys.readouterr().err


def test_watches_are_listed_without_secrets(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    secret = "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"
    (folder / "watches" / "hook.yaml").write_text(
        f"query: storm\nnotify:\n  - webhook: http://127.0.0.1:9/hook\n    secret: {secret}\n"
        "  - chat: slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ\n"
        "  - pagerduty: 0123456789abcdef0123456789abcdef\n"
    )
    hook, wheat = lines(capsys, "watches")
    assert wheat["query"] == "wheat OR barley"
    told = {"channel": "email", "address": "desk@example.org", "when": "now"}
    assert wheat["notify"] == [{**told, "state": "active"}]
    assert [one["channel"] for one in hook["notify"]] == ["webhook", "chat", "pagerduty"]
    for hidden in (secret, "TIiajkdnlazkcOXrIdevi7FQ", "0123456789abcdef0123456789abcdef"):
        assert hidden not in json.dumps(hook)
    assert run(["watches"]) == 0
    assert "desk@example.org (now)" in capsys.readouterr().out
    database = Database(f"sqlite:///{folder / 'tocsin.db'}")
    subscriptions, now = Subscriptions(database), datetime.now(UTC)
    with database.begin() as session:
        card = subscriptions.ensure(session, "wheat", "email", "desk@example.org", now)
        subscriptions.end(session, card.token, now)
    database.close()
    assert lines(capsys, "watches")[1]["notify"] == [{**told, "state": "unsubscribed"}]
    assert run(["watches"]) == 0
    assert "desk@example.org (unsubscribed)" in capsys.readouterr().out
    assert run(["watches", "resume", "wheat", "dest@example.org"]) == 2
    assert 'did you mean "desk@example.org"?' in capsys.readouterr().err
    assert run(["watches", "resume", "wheat", "desk@example.org"]) == 0
    assert lines(capsys, "watches")[1]["notify"] == [{**told, "state": "active"}]
