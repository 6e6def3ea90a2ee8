"""Deliveries at the command line: shown in full, sent again one by one, by the range, or all that failed."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from alerts import Outbox, Subscriptions
from alerts.outbox.outbox import Claim, Outcome, Promise
from alerts.signing import can_sign, keys_of
from alerts.tables import DeliveryRow
from newsdesk import Database, DeliveryError, DeliveryFailure, PermanentFailure
from tests.world.telling import payload
from tocsin.cli import run

pytestmark = pytest.mark.usefixtures("upgraded")

START = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
DEAD = PermanentFailure(DeliveryFailure.REJECTED, "HTTP 404 not here")
GONE = PermanentFailure(DeliveryFailure.GONE, "HTTP 410")


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOCSIN_CONFIG", str(tmp_path))
    (tmp_path / "tocsin.yaml").write_text("allow_private: [127.0.0.0/8]\n")
    assert run(["deliveries"]) == 0
    database = Database(f"sqlite:///{tmp_path / 'tocsin.db'}")
    yield database
    database.close()


def delivered(
    database: Database,
    id: str,
    error: DeliveryError | None = None,
    *,
    watch: str = "wheat",
    to: str = "a",
    hours: int = 0,
    type: str = "story.matched",
) -> None:
    """One delivery that was tried once, so many hours after the start."""
    now = START + timedelta(hours=hours)
    outbox, address = Outbox(database), f"https://{to}.example.org/hook"
    with database.begin() as session:
        card = Subscriptions(database).ensure(session, watch, "webhook", address, now)
        promise = Promise(id=id, subscription=card.id, endpoint=to, type=type, payload=payload(id=id), due=now, news=id)
        outbox.promise(session, [promise], now)
        (claim,) = outbox.lease(session, [id], now)
        answer = "204" if error is None else str(error.reason)
        outbox.record(session, claim, Outcome(now, timedelta(milliseconds=40), answer, "took\x1b[31m it", error))


def states(database: Database) -> dict[str, str]:
    from alerts import Ledger

    return {one.id: one.state for one in Ledger(database).deliveries()}


def answered(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    capsys.readouterr()
    assert run(["deliveries", *words, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def claimed(database: Database, id: str) -> Claim:
    with database.begin() as session:
        (claim,) = Outbox(database).lease(session, [id], START + timedelta(days=9))
    return claim


def test_one_delivery_is_shown_with_its_attempts(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    delivered(database, "one", DEAD)
    shown = answered(capsys, "show", "one")
    assert (shown["state"], shown["address"]) == ("failed", "https://a.example.org/hook")
    (attempt,) = shown["attempts_made"]
    assert (attempt["number"], attempt["status"], attempt["duration_ms"]) == (1, "rejected", 40)
    assert run(["deliveries", "show", "one"]) == 0
    said = capsys.readouterr().out
    assert "failed after 1: HTTP 404 not here" in said
    assert "\x1b" not in said
    assert run(["deliveries", "show", "two"]) == 2


def test_a_failed_delivery_keeps_its_id_and_body_when_it_is_tried_again(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    delivered(database, "one", DEAD)
    with database.read() as session:
        before = session.scalar(select(DeliveryRow.payload))
    assert answered(capsys, "retry", "one") == {"count": 1, "dry_run": False, "refused": {}}
    after = claimed(database, "one")
    assert (after.id, after.payload) == ("one", before)
    assert states(database) == {"one": "pending"}


def test_all_that_failed_in_a_range_is_tried_again(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    for hour in range(4):
        delivered(database, f"wheat{hour}", DEAD, hours=hour)
        delivered(database, f"corn{hour}", DEAD, hours=hour, watch="corn", to="b")
    delivered(database, "fine")
    delivered(database, "tried", DEAD, type="test")
    for options, count in (
        ([], 8),
        (["--since", "2026-11-21T15:00:00Z"], 6),
        (["--since", "2026-11-21T15:00:00Z", "--until", "2026-11-21T16:00:00Z"], 2),
        (["--watch", "corn"], 4),
        (["--to", "https://a.example.org/hook"], 4),
        (["--to", "https://c.example.org/hook"], 0),
    ):
        assert answered(capsys, "retry", "--failed", "--dry-run", *options)["count"] == count
    assert set(states(database).values()) == {"failed", "sent"}
    answered(capsys, "retry", "--failed", "--watch", "corn", "--since", "2026-11-21T16:00:00Z")
    assert sorted(id for id, state in states(database).items() if state == "pending") == ["corn2", "corn3"]


def test_who_said_that_it_is_gone_is_asked_again_only_by_its_name(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    delivered(database, "one", GONE)
    assert answered(capsys, "retry", "--failed")["count"] == 0
    assert answered(capsys, "retry", "--failed", "--to", "https://a.example.org/hook")["count"] == 1
    (card,) = Subscriptions(database).all()
    assert card.is_active


def test_who_unsubscribed_is_told_nothing_more(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    delivered(database, "one", DEAD)
    subscriptions = Subscriptions(database)
    with database.begin() as session:
        subscriptions.end(session, subscriptions.all()[0].token, START)
    assert answered(capsys, "retry", "--failed", "--to", "https://a.example.org/hook")["count"] == 0
    refused = answered(capsys, "retry", "one", code=1)["refused"]
    assert refused == {"one": "its receiver is unsubscribed"}


def test_what_was_taken_is_sent_once_more_only_by_its_id(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    delivered(database, "one")
    assert answered(capsys, "retry", "one", code=1)["refused"] == {"one": "is sent, not failed"}
    assert answered(capsys, "resend", "one", "--dry-run")["count"] == 1
    assert states(database) == {"one": "sent"}
    assert answered(capsys, "resend", "one", "one", "two", code=1) == {
        "count": 1,
        "dry_run": False,
        "refused": {"two": "there is no such delivery"},
    }
    assert states(database) == {"one": "pending"}
    assert answered(capsys, "resend", "one", code=1)["refused"] == {"one": "is pending, not sent or failed"}


@pytest.mark.parametrize(
    "words",
    [
        ["retry"],
        ["retry", "one", "--failed"],
        ["retry", "one", "--watch", "wheat"],
        ["retry", "--since", "1h"],
        ["retry", "--failed", "--since", "yesterday"],
        ["resend"],
    ],
)
def test_a_redelivery_that_says_too_little_or_too_much_is_refused(database: Database, words: list[str]) -> None:
    assert run(["deliveries", *words]) == 2


def test_more_failed_deliveries_than_a_statement_holds_are_tried_again(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(3):
        delivered(database, f"n{number}", DEAD)
    from alerts.outbox import redelivery

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(redelivery, "_AT_ONCE", 2)
        assert answered(capsys, "retry", "--failed")["count"] == 3
    assert set(states(database).values()) == {"pending"}


def test_a_fresh_secret_is_made_each_time(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    for words in (["secrets", "new"], ["secrets", "new"]):
        assert run(words) == 0
    first, second = capsys.readouterr().out.split()
    assert first != second
    assert [len(key) for key in keys_of(first)] == [32]
    assert first.startswith("whsec_")
    assert run(["secrets", "new", "--pair"]) == 0
    private, public = capsys.readouterr().out.split()
    assert (private[:5], public[:5], can_sign(private)) == ("whsk_", "whpk_", True)
