"""tocsin subscriptions: who is told, added, rested, ended, by the command line."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.world.readers import EchoingHook
from tocsin.cli import run
from tocsin.demo.mailbox import Mailbox

pytestmark = pytest.mark.usefixtures("upgraded")


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as mailbox:
        yield mailbox


@pytest.fixture
def hook() -> Iterator[EchoingHook]:
    with EchoingHook() as hook:
        yield hook


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mailbox: Mailbox) -> Path:
    monkeypatch.setenv("TOCSIN_CONFIG", str(tmp_path))
    (tmp_path / "watches").mkdir()
    (tmp_path / "tocsin.yaml").write_text(
        f"allow_private: [127.0.0.0/8]\nsmtp: {{host: 127.0.0.1, port: {mailbox.port}}}\n"
    )
    (tmp_path / "watches" / "wheat.yaml").write_text("name: Wheat\nquery: wheat\nopen: true\n")
    return tmp_path


def lines(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert run(["subscriptions", *arguments, "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_mailbox_is_asked_unless_the_operator_vouches(mailbox: Mailbox, capsys: pytest.CaptureFixture[str]) -> None:
    (said,) = lines(capsys, "add", "wheat", "ann@example.org")
    assert (said["state"], lines(capsys)) == ("asked", [])
    assert [mail.subject for mail in mailbox.mails] == ["Confirm your alerts: Wheat"]
    (made,) = lines(capsys, "add", "wheat", "bob@example.org", "--when", "daily", "--at", "07:30", "--confirmed")
    assert made["subscription"]["plan"] == {"when": "daily", "at": "07:30"}
    (one,) = lines(capsys)
    assert (one["address"], one["origin"], one["state"]) == ("bob@example.org", "operator", "active")
    assert len(mailbox.mails) == 1
    assert run(["subscriptions"]) == 0
    assert "every day at 07:30" in " ".join(capsys.readouterr().out.split())


def test_a_subscription_is_paused_resumed_snoozed_and_ended(capsys: pytest.CaptureFixture[str]) -> None:
    lines(capsys, "add", "wheat", "bob@example.org", "--confirmed")
    id = lines(capsys)[0]["id"]
    assert run(["subscriptions", "pause", id]) == 0
    assert [one["state"] for one in lines(capsys, "--state", "paused")] == ["paused"]
    assert run(["subscriptions", "resume", id[:8]]) == 0
    assert run(["subscriptions", "snooze", id, "7d"]) == 0
    assert lines(capsys)[0]["snoozed_until"]
    assert run(["subscriptions", "resume", id]) == 0
    assert lines(capsys)[0]["snoozed_until"] is None
    assert run(["subscriptions", "plan", id, "--when", "weekly", "--day", "fri"]) == 0
    assert "gathered, every Friday at 08:00 (UTC)" in capsys.readouterr().out
    assert run(["subscriptions", "plan", id, "--when", "never"]) == 2
    assert lines(capsys, "--address", "ann@example.org") == []
    assert run(["subscriptions", "end", id]) == 0
    assert [one["state"] for one in lines(capsys, "--watch", "wheat")] == ["unsubscribed"]


def test_a_hook_gets_its_secret_once_and_a_fresh_one_on_demand(
    hook: EchoingHook, capsys: pytest.CaptureFixture[str]
) -> None:
    (made,) = lines(capsys, "add", "wheat", hook.url)
    (fresh,) = lines(capsys, "rotate", made["subscription"]["id"])
    assert made["secret"].startswith("whsec_")
    assert fresh["secret"] not in (made["secret"], None)
    assert run(["deliveries", "test", "wheat"]) == 1
    assert len(hook.calls) == 1
    assert run(["deliveries", "test", "wheat", "--to", hook.url]) == 0
    headers, told = hook.calls[-1]
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    for secret in (made["secret"], fresh["secret"]):
        assert Webhook(secret).verify(body, dict(headers)) == told
    assert "whsec_" not in json.dumps(lines(capsys))


def test_a_feed_gets_a_secret_address_and_another_on_demand(capsys: pytest.CaptureFixture[str]) -> None:
    (made,) = lines(capsys, "add", "wheat", "feed")
    (fresh,) = lines(capsys, "rotate", made["id"])
    assert re.fullmatch(r"http://127\.0\.0\.1:8480/feeds/wheat/[\w-]+\.atom", made["feed"])
    assert fresh["feed"] != made["feed"]
    (listed,) = lines(capsys)
    assert (listed["channel"], listed["origin"]) == ("atom", "operator")
    assert run(["subscriptions", "add", "wheat", "feed", "--when", "daily"]) == 2


def test_what_cannot_be_is_refused_with_the_remedy(capsys: pytest.CaptureFixture[str], hook: EchoingHook) -> None:
    hook.says = lambda _: "hello"
    for arguments, said in (
        (["add", "weat", "a@example.org"], 'did you mean "wheat"?'),
        (["add", "wheat", "nonsense"], "one bare address"),
        (["add", "wheat", hook.url], "challenge"),
        (["end", "nothing"], "is not a subscription"),
        (["--state", "asleep"], "is not known"),
    ):
        assert run(["subscriptions", *arguments]) == 2
        assert said in capsys.readouterr().err


def test_a_mail_that_cannot_be_sent_is_said(mailbox: Mailbox, capsys: pytest.CaptureFixture[str]) -> None:
    mailbox.refuse = lambda _: "550 nobody"
    assert run(["subscriptions", "add", "wheat", "ann@example.org"]) == 1
    assert "could not be sent" in capsys.readouterr().err
