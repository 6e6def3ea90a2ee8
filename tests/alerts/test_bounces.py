"""Bounces: what comes back is believed only when it names its delivery rightly, and ends what is dead."""

import asyncio
import base64
import re
import smtplib
from datetime import timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from alerts import Bounces, Subscriptions
from alerts.mail.dsn import MOST, Weight, addressed, read_report
from alerts.mail.settings import SmtpSettings
from alerts.mail.verp import envelope_sender, read_return
from newsdesk import TocsinError
from tests.world.newsroom import Newsroom

BACK = "bounces@back.example"


def report(status: str = "5.1.1", action: str = "failed", said: str = "smtp; 550 no such user", to: str = "x") -> bytes:
    text = f"""\
        From: MAILER-DAEMON@mx.example
        To: {to}
        Subject: Undelivered Mail Returned to Sender
        Auto-Submitted: auto-replied
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status; boundary="b"

        --b
        Content-Type: text/plain

        I am sorry.

        --b
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.example

        Final-Recipient: rfc822; desk@example.org
        Action: {action}
        Status: {status}
        Diagnostic-Code: {said}

        --b
        Content-Type: message/rfc822

        Subject: [Quartet] Lavrov calls

        the mail itself
        --b--
        """
    return dedent(text).replace("\n", "\r\n").encode()


REPLY = (
    b"From: desk@example.org\r\nTo: %s\r\nSubject: I am away\r\nAuto-Submitted: auto-replied\r\n\r\n5.1.1 failed\r\n"
)


def complaint(sender: str, kind: str = "abuse", headers: str = "message/rfc822") -> bytes:
    text = f"""\
        From: fbl@provider.example
        To: {BACK}
        Subject: FW: [Quartet] Lavrov calls
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=feedback-report; boundary="b"

        --b
        Content-Type: text/plain

        This is a report of abuse.

        --b
        Content-Type: message/feedback-report

        Feedback-Type: {kind}
        User-Agent: Provider/1.0
        Version: 1
        {"" if headers == "text/rfc822-headers" else f"Original-Mail-From: <{sender}>"}

        --b
        Content-Type: {headers}

        Return-Path: <{sender}>
        Subject: [Quartet] Lavrov calls

        --b--
        """
    return dedent(text).replace("\n", "\r\n").encode()


@pytest.fixture
def desk(room: Newsroom) -> Newsroom:
    room.smtp = {"bounces": BACK}
    room.operator = [room.mail("ops@example.org")]
    room.watch("Lavrov", room.mail())
    return room


async def told(room: Newsroom, *titles: str) -> list[str]:
    """Have a mail go out for each of these, and give the senders of their envelopes."""
    before = len(room.mailbox.mails)
    for title in titles or ("Lavrov calls for talks",):
        room.prints(title)
        await room.works()
    return [mail.sender for mail in room.mailbox.mails[before:] if mail.recipient == "desk@example.org"]


def come(room: Newsroom, raw: bytes, to: str) -> str:
    bounces = Bounces(room.database, room.watchlist)
    with room.database.begin() as session:
        return str(bounces.take(session, raw, to, room.now))


def state(room: Newsroom) -> str:
    return next(str(one.state) for one in Subscriptions(room.database).all("quartet"))


async def test_a_dead_mailbox_is_suspended_at_once_and_the_operator_is_told(desk: Newsroom) -> None:
    (sender,) = await told(desk)
    assert sender.startswith("bounces+alert-")
    assert sender.endswith("@back.example")
    assert come(desk, report(), sender) == "suspended"
    assert state(desk) == "suspended"
    (delivery,) = [one for one in desk.deliveries() if one.watch == "quartet"]
    assert (delivery.state, delivery.reason, delivery.detail) == ("failed", "bounced", "5.1.1 smtp; 550 no such user")
    await desk.send()
    notice = desk.mailbox.mails[-1]
    assert (notice.recipient, notice.subject) == (
        "ops@example.org",
        "[Tocsin] Mail to desk@example.org comes back: suspended",
    )
    assert "tocsin watches resume quartet desk@example.org" in notice.text
    assert await told(desk, "Lavrov speaks again") == []


async def test_the_same_bounce_counts_once(desk: Newsroom) -> None:
    (sender,) = await told(desk)
    assert come(desk, report("5.2.2"), sender) == "counted"
    assert come(desk, report("5.2.2"), sender) == "known"
    assert state(desk) == "active"


async def test_three_mails_that_come_back_suspend_a_mailbox(desk: Newsroom) -> None:
    senders = await told(desk, "Lavrov one thing", "Lavrov quite another", "What Lavrov ate")
    taken = [
        come(desk, report(status), sender) for status, sender in zip(("5.2.2", "4.4.7", "5.7.1"), senders, strict=True)
    ]
    assert taken == ["counted", "counted", "suspended"]


async def test_bounces_far_apart_are_forgotten_and_resuming_begins_anew(desk: Newsroom) -> None:
    senders = await told(desk, "Lavrov one thing", "Lavrov quite another", "What Lavrov ate")
    assert [come(desk, report("5.2.2"), sender) for sender in senders[:2]] == ["counted", "counted"]
    desk.now += timedelta(days=31)
    assert come(desk, report("5.2.2"), senders[2]) == "counted"
    (card,) = Subscriptions(desk.database).all("quartet")
    (last,) = await told(desk, "Lavrov at last")
    assert come(desk, report(), last) == "suspended"
    with desk.database.begin() as session:
        Subscriptions(desk.database).resume(session, card.token)
    (again,) = await told(desk, "Lavrov once more")
    assert come(desk, report("5.2.2"), again) == "counted"


async def test_a_dead_mailbox_is_dead_for_every_watch_and_never_for_the_operator(desk: Newsroom) -> None:
    desk.operator = [desk.mail()]
    desk.watch("talks", desk.mail(), slug="talks")
    sender = (await told(desk))[0]
    assert come(desk, report(), sender) == "suspended"
    cards = {card.watch: str(card.state) for card in Subscriptions(desk.database).all()}
    assert cards.pop("@operator") == "active"
    assert set(cards.values()) == {"suspended"}


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
async def test_what_is_late_or_arrived_is_no_bounce(desk: Newsroom, action: str) -> None:
    (sender,) = await told(desk)
    assert come(desk, report(action=action), sender) == "ignored"
    assert desk.states() == ["sent"]


async def test_an_auto_reply_is_ignored(desk: Newsroom) -> None:
    (sender,) = await told(desk)
    assert come(desk, REPLY % sender.encode(), sender) == "ignored"
    assert come(desk, REPLY % sender.encode(), "") == "ignored"


async def test_nobody_can_forge_a_bounce(desk: Newsroom) -> None:
    (sender,) = await told(desk)
    (delivery,) = desk.deliveries()
    local, _, domain = sender.partition("@")
    other = local[:-1] + ("a" if local[-1] != "a" else "b")
    forged = [
        f"{other}@{domain}",
        f"{local}@elsewhere.example",
        "bounces@back.example",
        str(envelope_sender(BACK, delivery.id, "guessed")),
        str(envelope_sender(BACK, "alert-" + "0" * 32, "guessed")),
    ]
    assert [come(desk, report(), to) for to in forged] == ["ignored"] * len(forged)
    assert come(desk, report(), sender.upper()) == "suspended"


def test_a_way_back_fits_into_an_address_whatever_the_delivery() -> None:
    id = "notice-" + "f" * 32
    made = envelope_sender("b" * 12 + "@x.example", id, "token")
    assert made is not None
    assert len(made.partition("@")[0]) <= 64
    back = read_return("b" * 12 + "@x.example", f"<{made}>")
    assert back is not None
    assert (back.delivery, back.is_by("token"), back.is_by("Token")) == (id, True, False)
    assert envelope_sender(BACK, "alert-short", "token") is None
    assert envelope_sender("", id, "token") is None


@pytest.mark.parametrize(
    ("status", "said", "weight"),
    [
        ("5.1.1", "x", Weight.DEAD),
        ("5.1.10", "null MX", Weight.DEAD),
        ("5.0.0", "smtp; 550 5.1.1 unknown", Weight.DEAD),
        ("5.0.0", "smtp; 550-5.7.1 spam", Weight.FAILED),
        ("5.0.0", "smtp; 451 4.3.0 later", Weight.FAILED),
        ("", "smtp; 550 5.1.1 unknown", Weight.DEAD),
        ("5.2.2 (full)", "x", Weight.FAILED),
        ("4.4.7", "x", Weight.FAILED),
        ("2.0.0", "x", Weight.NOTHING),
        ("nonsense", "nonsense 12.5.1.1.4", Weight.NOTHING),
    ],
)
def test_a_status_is_weighed_by_what_is_said_last(status: str, said: str, weight: Weight) -> None:
    read = read_report(report(status, said=said))
    assert read is not None
    assert read.weight is weight


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00" * 1000,
        b"Content-Type: multipart/report\r\n\r\n",
        b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n",
        b"Content-Type: multipart/report; boundary=" + b"b" * 5000 + b"\r\n\r\n--b",
        b"Content-Type: message/delivery-status\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n",
        b"Content-Type: multipart/report; boundary=b\r\n" + b"\r\n--b\r\nContent-Type: multipart/x; boundary=b" * 3000,
        b"To: " + b"a@b.example, " * 50_000 + b"\r\n\r\n",
    ],
)  # fmt: skip
def test_whatever_comes_in_breaks_nothing(raw: bytes) -> None:
    assert read_report(raw) is None
    assert len(addressed(raw)) <= 20


def test_a_report_is_read_in_whatever_dress_servers_send_it() -> None:
    plain = report(action="Failed (permanent)")
    head, fields, rest = re.split(rb"(?s)(?<=delivery-status\r\n\r\n)(.*?)(?=--b\r\n)", plain)
    wrapped = head[:-2] + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(fields) + b"\r\n" + rest
    international = plain.replace(b"message/delivery-status", b"message/global-delivery-status")
    for raw in (plain, wrapped, international, plain.replace(b"\r\n", b"\n")):
        read = read_report(raw)
        assert read is not None
        assert (read.action, read.status, read.weight) == ("failed", "5.1.1", Weight.DEAD)


def test_a_report_before_a_huge_mail_is_read() -> None:
    read = read_report(report().replace(b"the mail itself", b"x" * 3 * MOST))
    assert read is not None
    assert read.weight is Weight.DEAD


async def test_a_maildir_is_emptied_of_bounces_and_keeps_the_rest(desk: Newsroom, tmp_path: Path) -> None:
    desk.smtp |= {"bounce_maildir": str(tmp_path)}
    desk.keeps(*desk.watchlist.watches)
    (sender,) = await told(desk)
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    (tmp_path / "new" / "1.a").write_bytes(report(to=sender))
    (tmp_path / "new" / "2.b").write_bytes(REPLY % sender.encode())
    (tmp_path / "new" / ".hidden").write_bytes(report(to=sender))
    bounces = Bounces(desk.database, desk.watchlist)
    assert await bounces.read() == 1
    assert state(desk) == "suspended"
    assert [path.name for path in sorted((tmp_path / "new").iterdir())] == [".hidden"]
    assert [path.name for path in (tmp_path / "cur").iterdir()] == ["2.b:2,S"]
    assert await bounces.read() == 0


async def test_a_maildir_that_is_not_there_is_told_in_the_log(
    desk: Newsroom, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    desk.smtp |= {"bounce_maildir": str(tmp_path / "none")}
    desk.keeps(*desk.watchlist.watches)
    assert await Bounces(desk.database, desk.watchlist).read() == 0
    assert "maildir of bounces not readable" in caplog.text


async def hand_in(port: int, greeting: str, to: str, raw: bytes) -> list[tuple[int, bytes]]:
    def speak() -> list[tuple[int, bytes]]:
        with smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
            answers = [
                client.docmd(greeting, "localhost"),
                client.docmd("MAIL", "FROM:<>"),
                client.docmd("RCPT", f"TO:<{to}>"),
            ]
            if answers[-1][0] == 250:
                answers += [client.docmd("RCPT", f"TO:<{to}>"), client.data(raw)]
            return answers

    return await asyncio.to_thread(speak)


@pytest.mark.parametrize("greeting", ["LHLO", "EHLO"])
async def test_the_door_takes_bounces_by_either_protocol_and_nothing_else(desk: Newsroom, greeting: str) -> None:
    desk.smtp |= {"bounce_door": "127.0.0.1:0"}
    desk.keeps(*desk.watchlist.watches)
    (sender,) = await told(desk)
    bounces = Bounces(desk.database, desk.watchlist)
    await bounces.open()
    try:
        answers = await hand_in(bounces.door.port, greeting, "root@localhost", b"")
        assert answers[-1] == (550, b"5.1.1 no such mailbox")
        answers = await hand_in(bounces.door.port, greeting, sender, report())
        assert [code for code, _ in answers] == [250, 250, 250, 452, 250]
        assert state(desk) == "suspended"
        await hand_in(bounces.door.port, greeting, BACK.upper(), complaint(sender))
    finally:
        await bounces.close()
    assert state(desk) == "unsubscribed"


async def test_a_bounce_that_cannot_be_put_on_record_stays_with_who_hands_it_in(
    desk: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.smtp |= {"bounce_door": "127.0.0.1:0"}
    desk.keeps(*desk.watchlist.watches)
    (sender,) = await told(desk)
    bounces = Bounces(desk.database, desk.watchlist)

    def broken(*_given: Any) -> str:
        raise OSError("disk full")

    monkeypatch.setattr(bounces, "take", broken)
    await bounces.open()
    try:
        answers = await hand_in(bounces.door.port, "LHLO", sender, report())
    finally:
        await bounces.close()
    assert answers[-1] == (451, b"4.3.0 not on record, come again")


async def test_a_door_that_is_taken_stops_the_start(desk: Newsroom) -> None:
    desk.smtp |= {"bounce_door": f"127.0.0.1:{desk.mailbox.port}"}
    desk.keeps(*desk.watchlist.watches)
    with pytest.raises(TocsinError, match=r"bounce_door.*cannot be opened"):
        await Bounces(desk.database, desk.watchlist).open()


def test_the_way_back_is_a_domain_or_a_short_address() -> None:
    assert SmtpSettings(bounces="Back.example").bounces == "bounces@back.example"
    assert SmtpSettings(bounces="news@back.example").bounces == "news@back.example"
    for wrong in ("a+b@back.example", "a-very-long-name@back.example", "x y", "@"):
        with pytest.raises(ValueError, match=r"write|domain"):
            SmtpSettings(bounces=wrong)
    with pytest.raises(ValueError, match="loopback"):
        SmtpSettings(bounces=BACK, bounce_door="0.0.0.0:25")
    with pytest.raises(ValueError, match="need bounces"):
        SmtpSettings(bounce_maildir="/var/mail/bounces")
    with pytest.raises(ValueError, match="whole path"):
        SmtpSettings(bounces=BACK, bounce_maildir="mail")


@pytest.mark.parametrize("headers", ["message/rfc822", "text/rfc822-headers"])
async def test_who_calls_our_mail_spam_is_left_alone_and_the_operator_is_told_once(
    desk: Newsroom, headers: str
) -> None:
    desk.operator.append(desk.mail())
    desk.keeps(*desk.watchlist.watches)
    (sender,) = await told(desk)
    assert come(desk, complaint(sender, headers=headers), BACK) == "ended"
    assert come(desk, complaint(sender, headers=headers), BACK) == "known"
    assert state(desk) == "unsubscribed"
    await told(desk, "Lavrov speaks again")
    assert desk.mailbox.mails[-1].subject == "[Tocsin] desk@example.org calls our mail spam: unsubscribed"
    assert sorted(mail.recipient for mail in desk.mailbox.mails[1:]) == ["desk@example.org", "ops@example.org"]


async def test_a_report_that_is_no_complaint_or_names_no_mail_of_ours_ends_nothing(desk: Newsroom) -> None:
    (sender,) = await told(desk)
    forged = sender[:-20] + "a" * 4 + sender[-16:]
    ours = [complaint(sender, kind) for kind in ("not-spam", "auth-failure", "")]
    for raw in (*ours, complaint(forged), complaint("somebody@example.org"), report(to=BACK)):
        assert come(desk, raw, BACK) == "ignored"
    assert state(desk) == "active"
