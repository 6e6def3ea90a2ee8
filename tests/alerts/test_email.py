"""Mail: headers that no article bends, and what each answer of a mail server leads to."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.channel import Tools
from alerts.channels.email import EMAIL, EmailTarget
from alerts.mail.address import ascii_address
from alerts.mail.build import build
from alerts.mail.settings import SmtpSettings
from alerts.messages.message import Message, compose
from newsdesk import DeliveryFailure, FiledArticle, Guard, PermanentFailure, TemporaryFailure
from tests.world.certificate import make_certificate
from tests.world.telling import NOW, filed, payload, span
from tocsin.demo.mailbox import Mailbox

TO = "desk@example.org"
SETTINGS = SmtpSettings(sender="Tocsin <alerts@news.example>")
HEADERS = """From To Subject Date Message-ID Auto-Submitted List-Id List-Unsubscribe List-Unsubscribe-Post MIME-Version
Content-Type"""


def message(article: FiledArticle | None = None, **more: Any) -> Message:
    url = "https://tocsin.example.org/unsubscribe/" + "T" * 60
    return compose(payload(article), moment=NOW, unsubscribe_url=url, **more)


def built(article: FiledArticle | None = None, to: str = TO, settings: SmtpSettings = SETTINGS, **more: Any) -> bytes:
    return build(message(article, **more), to, settings)


def parsed(raw: bytes) -> EmailMessage:
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


TITLES = [
    "Lavrov calls for talks",
    "=?utf-8?q?x=0D=0ABcc=3A_evil=40example.org?=",
    "a =?utf-8?q?x=0D=0ABcc=3A_evil=40example.org?= b =?utf-8?b?eA==?=",
    "\u0430" * 60 + "=?utf-8?q?x=0D=0ABcc=3A_evil?=" + "\u0430" * 60,
    "a\r\nBcc: evil@example.org\r\n\r\n<b>body</b>",
    "a\u2028Bcc: x\u2029b\u0085c\x0bd\x0ce\x1cf",
    "\ud800\udfff lone surrogates",
    "\u202eright to left\u202c",
    "Лавров призвал собрать «квартет» посредников по Ближнему Востоку " * 5,
    "四方会谈" * 80,
    "x" * 3000,
    "👩\u200d🚀" * 100,
    "",
]


@pytest.mark.parametrize("title", TITLES)
def test_no_title_adds_a_header_or_breaks_a_line(title: str) -> None:
    raw = built(filed(title))
    assert sorted(parsed(raw).keys()) == sorted(HEADERS.split())
    head = raw.partition(b"\r\n\r\n")[0]
    assert head.isascii()
    assert all(len(word) <= 75 for word in re.findall(rb"=\?[^ \r\n]*\?=", head))
    assert all(
        len(line) <= 78 for line in head.split(b"\r\n") if line.startswith((b"Subject", b" ")) and b" " in line[9:]
    )
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")


def test_the_subject_arrives_as_it_was_meant() -> None:
    title = "Лавров призвал собрать «квартет» посредников"
    assert parsed(built(filed(title)))["Subject"] == f"[Middle East Quartet] {title}"


def test_a_senders_name_with_quotes_stays_one_name() -> None:
    sender = parsed(built(settings=SmtpSettings(sender='The "Bell", Inc. <alerts@news.example>')))["From"]
    assert [(one.display_name, one.addr_spec) for one in sender.addresses] == [
        ('The "Bell", Inc.', "alerts@news.example")
    ]
    assert parsed(built(settings=SmtpSettings(sender="alerts@news.example")))["From"] == "alerts@news.example"


def test_machine_headers_are_plain_and_whole() -> None:
    raw = built(thread="alert-first").decode()
    assert f"\r\nList-Unsubscribe: <https://tocsin.example.org/unsubscribe/{'T' * 60}>\r\n" in raw
    assert "\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw
    assert "\r\nList-Id: <quartet.tocsin.news.example>\r\n" in raw
    assert "\r\nAuto-Submitted: auto-generated\r\n" in raw
    assert re.search(r"\r\nReferences: <alert-first\.[0-9a-f]{16}@news\.example>\r\n", raw)
    assert re.search(r"\r\nMessage-ID: <alert-0123456789abcdef\.[0-9a-f]{16}@news\.example>\r\n", raw)
    assert "\r\nTo: desk@example.org\r\n" in raw
    assert "\r\nDate: Sat, 21 Nov 2026 14:05:09 +0000\r\n" in raw


def test_the_message_id_is_the_same_at_each_attempt_and_another_for_each_person() -> None:
    assert parsed(built())["Message-ID"] == parsed(built())["Message-ID"]
    assert parsed(built())["Message-ID"] != parsed(built(to="other@example.org"))["Message-ID"]


def test_the_first_mail_of_a_story_refers_to_none() -> None:
    assert "References" not in parsed(built())


def test_text_comes_first_and_both_parts_are_utf_8() -> None:
    mail = parsed(built(filed("Новости")))
    parts = list(mail.iter_parts())
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    assert all(part.get_content_charset() == "utf-8" for part in parts)
    assert all(part["Content-Transfer-Encoding"] in ("quoted-printable", "base64", "7bit") for part in parts)
    assert all("Новости" in part.get_content() for part in parts if isinstance(part, EmailMessage))


def test_the_senders_name_may_be_of_any_script() -> None:
    sender = parsed(built(settings=SmtpSettings(sender="Набат, отдел <alerts@bücher.example>")))["From"]
    assert sender.addresses[0].display_name == "Набат, отдел"
    assert sender.addresses[0].addr_spec == "alerts@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "sender", ["nobody", "", "a@b@c", "x <a b@example.org>", "x <a@example.org", "x <a@example.org> y"]
)
def test_a_sender_without_an_address_is_refused(sender: str) -> None:
    with pytest.raises(ValueError, match="address"):
        SmtpSettings(sender=sender)


def test_a_mailbox_is_one_bare_address_with_its_domain_in_punycode() -> None:
    assert EmailTarget(email="Desk@BÜCHER.example").address == "Desk@xn--bcher-kva.example"
    for text in ("x", "a@", "@b", "a@b@c", "A <a@b.example>", "a@b.example,c@d.example", "a b@c.example", "a@b\r\nx",
                 "a..b@c.example", '"a"@b.example', "a@b_c.example", "a\x00@b.example",
                 "=?utf-8?q?x=0ABcc=3A_y?=@b.example"):  # fmt: skip
        with pytest.raises(ValueError, match=r"address|domain"):
            ascii_address(text)


def test_an_open_connection_is_for_loopback_only() -> None:
    for host in ("localhost", "127.0.0.1", "::1"):
        assert SmtpSettings(host=host).host == host
    with pytest.raises(ValueError, match="loopback"):
        SmtpSettings(host="mail.example.org")
    assert SmtpSettings(host="mail.example.org", security="starttls").security == "starttls"
    with pytest.raises(ValueError, match="'none', 'starttls' or 'tls'"):
        SmtpSettings(security="ssl")


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as box:
        yield box


@pytest.fixture
async def tools(mailbox: Mailbox) -> AsyncIterator[Tools]:
    settings = SmtpSettings(host="127.0.0.1", port=mailbox.port, sender="Tocsin <alerts@news.example>")
    tools = Tools(Guard(), {"email": settings})
    yield tools
    await tools.close()


async def test_a_mail_arrives_as_it_was_built(mailbox: Mailbox, tools: Tools) -> None:
    title = "Lavrov calls for talks"
    made = compose(payload(filed(title), [span("title", title, "Lavrov")]), moment=NOW)
    receipt = await EMAIL.send(made, EmailTarget(email=TO), tools)
    assert receipt.status == "250"
    (mail,) = mailbox.mails
    assert (mail.sender, mail.recipient, mail.subject) == ("alerts@news.example", TO, made.subject)
    assert mail.text.replace("\r\n", "\n") == made.text
    assert ">Lavrov</strong>" in mail.html


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        ("450 later", TemporaryFailure, DeliveryFailure.REJECTED),
        ("452 full", TemporaryFailure, DeliveryFailure.REJECTED),
        ("421 closing", TemporaryFailure, DeliveryFailure.THROTTLED),
        ("550 no such user", PermanentFailure, DeliveryFailure.REJECTED),
        ("554 refused", PermanentFailure, DeliveryFailure.REJECTED),
        ("530 login first", TemporaryFailure, DeliveryFailure.REJECTED),
    ],
)
async def test_4xx_is_tried_again_and_5xx_is_final(
    mailbox: Mailbox, tools: Tools, answer: str, kind: type[Exception], reason: DeliveryFailure
) -> None:
    mailbox.refuse = lambda _recipient: answer
    with pytest.raises(kind) as refused:
        await EMAIL.send(message(), EmailTarget(email=TO), tools)
    assert refused.value.reason is reason  # type: ignore[attr-defined]
    assert answer in str(refused.value)


async def test_a_server_that_is_not_there_is_tried_again() -> None:
    with Mailbox() as box:
        port = box.port
    tools = Tools(Guard(), {"email": SmtpSettings(host="127.0.0.1", port=port)})
    with pytest.raises(TemporaryFailure) as failed:
        await EMAIL.send(message(), EmailTarget(email=TO), tools)
    assert failed.value.reason is DeliveryFailure.NETWORK


async def test_starttls_that_is_not_offered_sends_nothing(mailbox: Mailbox) -> None:
    tools = Tools(Guard(), {"email": SmtpSettings(host="127.0.0.1", port=mailbox.port, security="starttls")})
    with pytest.raises(TemporaryFailure) as failed:
        await EMAIL.send(message(), EmailTarget(email=TO), tools)
    assert failed.value.reason is DeliveryFailure.TLS
    assert not mailbox.mails


async def test_tls_toward_a_server_without_it_sends_nothing(mailbox: Mailbox) -> None:
    tools = Tools(Guard(), {"email": SmtpSettings(host="127.0.0.1", port=mailbox.port, security="tls")})
    with pytest.raises(TemporaryFailure) as failed:
        await EMAIL.send(message(), EmailTarget(email=TO), tools)
    assert failed.value.reason is DeliveryFailure.TLS
    assert not mailbox.mails


async def _script(*answers: bytes, swallow: bool = False) -> tuple[asyncio.Server, int]:
    """A server that gives these answers, one a line it reads, and then hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answers[0])
        for answer in answers[1:]:
            line = await reader.readline()
            if line == b"DATA\r\n":
                writer.write(b"354 go\r\n")
                while await reader.readline() not in (b".\r\n", b""):
                    pass
            if answer:
                writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[1]


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ([b"421 busy\r\n"], TemporaryFailure),
        ([b"554 no service\r\n"], TemporaryFailure),
        ([b"220 hi\r\n", b"250 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b""], TemporaryFailure),
        ([b"220 hi\r\n", b"250 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"452 full\r\n"], TemporaryFailure),
        ([b"220 hi\r\n", b"250 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"554 spam\r\n"], PermanentFailure),
        ([b"220 hi\r\n", b"250 hi\r\n", b"550 who are you\r\n"], PermanentFailure),
        ([b"nonsense\r\n"], TemporaryFailure),
        ([b""], TemporaryFailure),
    ],
)
async def test_a_server_that_misbehaves_loses_no_mail(answers: list[bytes], kind: type[Exception]) -> None:
    server, port = await _script(*answers)
    async with server:
        tools = Tools(Guard(), {"email": SmtpSettings(host="127.0.0.1", port=port)})
        with pytest.raises(kind):
            await EMAIL.send(message(), EmailTarget(email=TO), tools)


async def test_a_mail_that_was_taken_stays_taken_when_the_server_hangs_up() -> None:
    server, port = await _script(b"220 hi\r\n", b"250 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"250 taken\r\n")
    async with server:
        tools = Tools(Guard(), {"email": SmtpSettings(host="127.0.0.1", port=port)})
        receipt = await EMAIL.send(message(), EmailTarget(email=TO), tools)
    assert receipt.detail == "taken"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(make_certificate(tmp_path_factory.mktemp("tls") / "mail.pem", "localhost"))


class _Kept:
    """What a mail server with TLS was given."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.mails.append(envelope.original_content)
        return "250 taken"


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("trusted", [True, False])
async def test_mail_goes_by_verified_tls_or_not_at_all(
    certificate: str, monkeypatch: pytest.MonkeyPatch, security: str, trusted: bool
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    kept = _Kept()
    starttls = security == "starttls"

    def serve() -> SMTP:
        options: dict[str, Any] = {"tls_context": context, "require_starttls": True} if starttls else {}
        return SMTP(kept, hostname="localhost", **options)

    loop = asyncio.get_running_loop()
    server = await loop.create_server(serve, "127.0.0.1", 0, ssl=None if starttls else context)
    authorities = ssl.create_default_context(cafile=certificate if trusted else None)
    monkeypatch.setattr(ssl, "create_default_context", lambda: authorities)
    port = server.sockets[0].getsockname()[1]
    tools = Tools(Guard(), {"email": SmtpSettings(host="localhost", port=port, security=security)})
    async with server:
        if trusted:
            assert (await EMAIL.send(message(), EmailTarget(email=TO), tools)).detail == "taken"
        else:
            with pytest.raises(TemporaryFailure) as failed:
                await EMAIL.send(message(), EmailTarget(email=TO), tools)
            assert failed.value.reason is DeliveryFailure.TLS
    assert len(kept.mails) == int(trusted)


async def test_a_login_that_is_refused_gives_up_no_mail(mailbox: Mailbox) -> None:
    settings = SmtpSettings(host="127.0.0.1", port=mailbox.port, username="tocsin", password="wrong-word")
    with pytest.raises(TemporaryFailure) as failed:
        await EMAIL.send(message(), EmailTarget(email=TO), Tools(Guard(), {"email": settings}))
    assert "wrong-word" not in str(failed.value)


async def test_a_mail_server_that_hangs_is_left_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    over = asyncio.Event()

    async def hang(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    monkeypatch.setattr("alerts.mail.pool.DEADLINE", 0.1)
    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    async with server:
        settings = SmtpSettings(host="127.0.0.1", port=server.sockets[0].getsockname()[1])
        with pytest.raises(TemporaryFailure) as failed:
            await EMAIL.send(message(), EmailTarget(email=TO), Tools(Guard(), {"email": settings}))
        over.set()
    assert failed.value.reason is DeliveryFailure.TIMEOUT


@pytest.mark.parametrize("takes_it", [True, False])
async def test_an_address_beyond_ascii_goes_only_to_a_server_that_takes_it(takes_it: bool) -> None:
    kept = _Kept()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(kept, hostname="localhost", enable_SMTPUTF8=takes_it), "127.0.0.1", 0
    )
    async with server:
        settings = SmtpSettings(host="127.0.0.1", port=server.sockets[0].getsockname()[1])
        sending = EMAIL.send(message(), EmailTarget(email="почта@пример.example"), Tools(Guard(), {"email": settings}))
        if takes_it:
            await sending
            assert "To: почта@xn--e1afmkfd.example\r\n".encode() in kept.mails[0]
        else:
            with pytest.raises(PermanentFailure, match="SMTPUTF8"):
                await sending
            assert not kept.mails


def test_no_line_begins_as_what_servers_of_old_change() -> None:
    raw = built(filed("From here", "From here\n\n.\n\nFrom there" + " and on" * 30))
    body = raw.partition(b"\r\n\r\n")[2]
    assert not re.search(rb"(?m)^(From |[.])", body)
    assert all(len(line) <= 76 for line in body.split(b"\r\n"))
    assert "\nFrom here" in "\n" + str(next(parsed(raw).iter_parts()).get_content())


def test_a_header_that_was_not_meant_stops_the_mail() -> None:
    for url in ("https://t.example/\r\nBcc: evil@example.org", "https://t.example/" + "x" * 1000):
        made = compose(payload(), moment=NOW, unsubscribe_url=url)
        with pytest.raises(PermanentFailure, match="other than meant"):
            build(made, TO, SETTINGS)


_ANY = st.text(st.characters(codec=None), max_size=300) | st.text(
    '=?\r\n\t utf8qQbB_<>@,:;"\\\u2028\ud800é', max_size=80
)


@settings(max_examples=80, deadline=None)
@given(_ANY, _ANY)
def test_whatever_an_article_and_a_watch_are_called_the_mail_is_sound(title: str, name: str) -> None:
    watch = {"slug": "quartet", "name": name, "query": title}
    made = compose(
        payload(filed(title, title, lede=name), watch=watch), moment=NOW, unsubscribe_url="https://t.example/T"
    )
    raw = build(made, TO, SETTINGS)
    mail = parsed(raw)
    assert sorted(mail.keys()) == sorted(HEADERS.split())
    assert " ".join(str(mail["Subject"]).split()) == made.subject
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
