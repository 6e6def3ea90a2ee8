"""A mail server that misbehaves: no mail is lost by it, and none told twice but where an answer was lost."""

import asyncio
from email import message_from_bytes
from typing import Any

import pytest

from alerts.channel import Receipt, Tools
from alerts.channels.email import EMAIL, EmailTarget
from alerts.mail import pool as pooling
from alerts.mail.settings import SmtpSettings
from alerts.messages.message import compose
from newsdesk import DeliveryError, DeliveryFailure, Guard, PermanentFailure, TemporaryFailure
from tests.world.mailserver import MailServer, mail_server
from tests.world.telling import NOW, filed, payload


class Sender:
    """Hands mails over as the daemon does."""

    def __init__(self, server: MailServer, **more: Any) -> None:
        given = {"host": "127.0.0.1", "port": server.port, "sender": "Tocsin <alerts@news.example>"} | more
        self.tools = Tools(Guard(), {"email": SmtpSettings(**given)})

    async def __aenter__(self) -> "Sender":
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.tools.close()

    async def send(self, number: int = 1, to: str = "desk@example.org") -> Receipt:
        made = compose(payload(filed(f"Story {number}"), id=f"alert-{number:032x}"), moment=NOW)
        return await EMAIL.send(made, EmailTarget(email=to), self.tools)

    async def fails(self, number: int = 1) -> DeliveryError:
        with pytest.raises(DeliveryError) as failed:
            await self.send(number)
        return failed.value


async def test_mails_follow_each_other_on_one_connection() -> None:
    async with mail_server() as server:
        async with Sender(server) as sender:
            for number in range(4):
                assert (await sender.send(number)).detail == "2.0.0 taken"
        assert server.verbs == [["EHLO", *["MAIL", "RCPT", "DATA"] * 4, "QUIT"]]
    assert len({message_from_bytes(mail)["Message-ID"] for mail in server.mails}) == 4


async def test_many_at_once_share_a_few_connections() -> None:
    async with mail_server() as server:
        async with Sender(server) as sender:
            await asyncio.gather(*(sender.send(number) for number in range(40)))
        assert len(server.verbs) == 5
    assert len({message_from_bytes(mail)["Message-ID"] for mail in server.mails}) == len(server.mails) == 40


async def test_a_connection_carries_so_many_mails_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pooling, "_MAILS", 2)
    async with mail_server() as server, Sender(server) as sender:
        for number in range(5):
            await sender.send(number)
        assert [verbs.count("MAIL") for verbs in server.verbs] == [2, 2, 1]


async def test_a_connection_that_rested_for_long_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pooling, "_REST", 0.0)
    async with mail_server() as server, Sender(server) as sender:
        await sender.send()
        async with asyncio.timeout(5):
            await server.left.wait()
        await sender.send(2)
        assert len(server.verbs) == 2


async def test_other_settings_get_a_connection_of_their_own() -> None:
    async with mail_server() as server, Sender(server) as sender:
        await sender.send()
        tools = Tools(Guard(), {"email": SmtpSettings(host="localhost", port=server.port)}, sender.tools._kept)
        sender.tools = tools
        await sender.send(2)
        assert len(server.verbs) == 2


@pytest.mark.parametrize("end", [None, b"421 4.3.2 going down\r\n"])
@pytest.mark.parametrize("step", ["MAIL", "RCPT"])
async def test_a_connection_that_ended_while_it_rested_is_replaced_at_once(end: bytes | None, step: str) -> None:
    def answers(connection: int, verb: str, count: int) -> bytes | None:
        return end if (connection, verb, count) == (0, step, 2) else b""

    async with mail_server(answers) as server, Sender(server) as sender:
        await sender.send(1)
        assert (await sender.send(2)).status == "250"
        assert len(server.verbs) == 2
    assert [message_from_bytes(mail)["Subject"][-1] for mail in server.mails] == ["1", "2"]


async def test_a_server_that_was_restarted_costs_no_mail() -> None:
    async with mail_server() as server, Sender(server) as sender:
        await asyncio.gather(*(sender.send(number) for number in range(5)))
        server.hang_up()
        await asyncio.gather(*(sender.send(number) for number in range(5, 10)))
    assert len(server.mails) == 10


@pytest.mark.parametrize("knows_rset", [True, False])
async def test_a_refused_mail_is_taken_back_before_the_next_one(knows_rset: bool) -> None:
    def answers(connection: int, verb: str, count: int) -> bytes:
        if verb == "RSET" and not knows_rset:
            return b"502 5.5.1 unknown\r\n"
        return b"550 5.1.1 no such user\r\n" if (connection, verb, count) == (0, "RCPT", 1) else b""

    async with mail_server(answers) as server, Sender(server) as sender:
        assert isinstance(await sender.fails(1), PermanentFailure)
        await sender.send(2)
        first, *others = server.verbs
        assert first[:4] == ["EHLO", "MAIL", "RCPT", "RSET"]
        assert (first[4:] or others[0][1:]) == ["MAIL", "RCPT", "DATA"]
    assert len(server.mails) == 1


@pytest.mark.parametrize("offers", [b"250 SIZE 1000000\r\n", b"250 AUTH XOAUTH2\r\n"])
async def test_a_server_that_offers_no_login_is_told_as_misconfigured(offers: bytes) -> None:
    def answers(_connection: int, verb: str, _count: int) -> bytes:
        return offers if verb == "EHLO" else b""

    async with mail_server(answers) as server, Sender(server, username="u", password="p") as sender:
        failed = await sender.fails()
    assert (type(failed), failed.reason) == (TemporaryFailure, DeliveryFailure.MISCONFIGURED)
    assert "login" in str(failed)


CODES = {
    b"421 4.3.2 closing\r\n": (TemporaryFailure, DeliveryFailure.THROTTLED),
    b"450 4.2.1 later\r\n": (TemporaryFailure, DeliveryFailure.REJECTED),
    b"452-4.2.2 full,\r\n452 4.2.2 over quota\r\n": (TemporaryFailure, DeliveryFailure.REJECTED),
    b"550 5.1.1 no such user\r\n": (PermanentFailure, DeliveryFailure.REJECTED),
    b"552 5.3.4 too large\r\n": (PermanentFailure, DeliveryFailure.REJECTED),
    b"554-5.7.1 refused,\r\n554 5.7.1 as spam\r\n": (PermanentFailure, DeliveryFailure.REJECTED),
}


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("step", ["greeting", "EHLO", "MAIL", "RCPT", "DATA", "content"])
async def test_each_code_at_each_step_leads_where_it_should(step: str, code: bytes) -> None:
    def answers(connection: int, verb: str, count: int) -> bytes:
        steps = ("EHLO", "HELO") if step == "EHLO" else (step,)
        return code if (connection, count) == (0, 1) and verb in steps else b""

    kind, reason = CODES[code]
    if step in ("greeting", "EHLO"):  # about us, and not about this mail
        kind = TemporaryFailure
    if (step, code[4:9]) == ("RCPT", b"5.1.1"):
        reason = DeliveryFailure.BOUNCED
    async with mail_server(answers) as server, Sender(server) as sender:
        failed = await sender.fails()
        assert (type(failed), failed.reason) == (kind, reason)
        assert str(failed).startswith(code[:3].decode())
        assert "\n" not in str(failed)
        # Whatever it was, the next mail goes out.
        assert (await sender.send(2)).status == "250"


@pytest.mark.parametrize("step", ["greeting", "EHLO", "MAIL", "RCPT", "DATA", "content"])
async def test_a_connection_that_drops_is_no_verdict_on_the_mail(step: str) -> None:
    def answers(connection: int, verb: str, _count: int) -> bytes | None:
        return None if (connection, verb) == (0, step) else b""

    async with mail_server(answers) as server, Sender(server) as sender:
        failed = await sender.fails()
        assert (type(failed), failed.reason) == (TemporaryFailure, DeliveryFailure.NETWORK)
        assert (await sender.send()).status == "250"
    ids = [message_from_bytes(mail)["Message-ID"] for mail in server.mails]
    assert len(ids) == (2 if step == "content" else 1)
    assert len(set(ids)) == 1


async def test_a_lost_answer_on_a_kept_connection_is_not_repeated_at_once() -> None:
    def answers(_connection: int, verb: str, count: int) -> bytes | None:
        return None if (verb, count) == ("content", 2) else b""

    async with mail_server(answers) as server, Sender(server) as sender:
        await sender.send(1)
        assert isinstance(await sender.fails(2), TemporaryFailure)
        assert len(server.mails) == 2


GARBAGE = [
    b"SSH-2.0-OpenSSH_9.2\r\n",
    b"\x16\x03\x01\x00\xa5\r\n",
    b"250 hello\r\n",
    b"x" * 100_000,
    b"220-\r\n" * 30_000,
]


@pytest.mark.parametrize("garbage", GARBAGE)
@pytest.mark.parametrize("step", ["greeting", "MAIL", "content"])
async def test_garbage_is_no_verdict_on_the_mail(step: str, garbage: bytes) -> None:
    if garbage.startswith(b"250") and step != "greeting":
        garbage = b"354 go on\r\n"

    def answers(connection: int, verb: str, _count: int) -> bytes:
        return garbage if (connection, verb) == (0, step) else b""

    async with mail_server(answers) as server, Sender(server) as sender:
        failed = await sender.fails()
        assert isinstance(failed, TemporaryFailure)
        assert len(str(failed)) <= 1100
        assert (await sender.send(2)).status == "250"


async def test_an_answer_given_twice_answers_no_other_question() -> None:
    def answers(connection: int, verb: str, _count: int) -> bytes:
        return b"250 2.0.0 taken\r\n250 2.0.0 taken\r\n" if (connection, verb) == (0, "content") else b""

    async with mail_server(answers) as server, Sender(server) as sender:
        await sender.send(1)
        await sender.send(2)
        assert len(server.mails) == len(server.verbs) == 2


@pytest.mark.parametrize("step", ["EHLO", "RCPT", "DATA"])
async def test_an_answer_given_in_advance_mistakes_no_mail_for_taken(step: str) -> None:
    early = {"EHLO": b"250 x\r\n", "RCPT": b"250 ok\r\n354 go on\r\n", "DATA": b"354 go on\r\n"}

    def answers(connection: int, verb: str, _count: int) -> bytes:
        if (connection, verb) == (0, step):
            return early[step] + b"250 2.0.0 taken\r\n"
        return b"554 5.7.1 spam\r\n" if (connection, verb) == (0, "content") else b""

    async with mail_server(answers) as server, Sender(server) as sender:
        failed = await sender.fails()
        assert (type(failed), failed.reason) == (TemporaryFailure, DeliveryFailure.NETWORK)
        assert (await sender.send()).status == "250"


async def test_a_server_with_fewer_connections_than_we_would_open_is_served_by_those() -> None:
    def answers(connection: int, verb: str, _count: int) -> bytes:
        return b"421 4.7.0 too many connections\r\n" if (verb, connection > 1) == ("greeting", True) else b""

    async with mail_server(answers) as server, Sender(server) as sender:
        await asyncio.gather(*(sender.send(number) for number in range(40)))
        assert len(server.verbs) <= 5
    assert len({message_from_bytes(mail)["Message-ID"] for mail in server.mails}) == len(server.mails) == 40


async def test_an_answer_that_drips_is_an_answer() -> None:
    async with mail_server(drips=True) as server, Sender(server) as sender:
        assert (await sender.send()).status == "250"


@pytest.mark.parametrize("step", ["greeting", "EHLO", "RCPT", "content"])
async def test_a_server_that_never_ends_is_left_at_the_deadline(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pooling, "DEADLINE", 0.2)

    def answers(connection: int, verb: str, _count: int) -> bytes:
        return b"250-still" if (connection, verb) == (0, step) else b""

    async with mail_server(answers) as server, Sender(server) as sender:
        failed = await sender.fails()
        assert (type(failed), failed.reason) == (TemporaryFailure, DeliveryFailure.TIMEOUT)
        assert (await sender.send(2)).status == "250"


async def test_starttls_that_is_not_offered_gives_nothing_away() -> None:
    async with mail_server() as server, Sender(server, security="starttls", username="u", password="p") as sender:
        failed = await sender.fails()
        assert (type(failed), failed.reason) == (TemporaryFailure, DeliveryFailure.TLS)
        assert not {"AUTH", "MAIL"} & set(server.verbs[0])


async def test_a_server_without_extensions_is_greeted_the_old_way() -> None:
    def answers(_connection: int, verb: str, _count: int) -> bytes:
        return b"502 5.5.1 unknown\r\n" if verb == "EHLO" else b""

    async with mail_server(answers) as server, Sender(server) as sender:
        await sender.send()
        assert server.verbs[0][:2] == ["EHLO", "HELO"]


async def test_a_mail_above_the_servers_own_limit_is_not_given_to_it() -> None:
    def answers(_connection: int, verb: str, _count: int) -> bytes:
        return b"250-mx.example\r\n250 SIZE 1000\r\n" if verb == "EHLO" else b""

    async with mail_server(answers) as server, Sender(server) as sender:
        failed = await sender.fails()
        assert isinstance(failed, PermanentFailure)
        assert "the mail server takes 1000" in str(failed)
        assert server.verbs[0] == ["EHLO"]


async def test_the_servers_words_are_inert() -> None:
    def answers(_connection: int, verb: str, _count: int) -> bytes:
        return b"550 5.1.1 <script>\x1b[2J\xff\x00 \xe2\x80\xae=?utf-8?q?x?=\r\n" if verb == "RCPT" else b""

    async with mail_server(answers) as server, Sender(server) as sender:
        said = str(await sender.fails())
        assert said.isprintable()
        assert "=?" not in said
