"""Webhooks: signed as the standard says, to guarded addresses, whatever the receiver does."""

import asyncio
import base64
import json
import socket
import ssl
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import standardwebhooks

from alerts import post as post_room
from alerts.channel import Tools
from alerts.channels.webhook import WEBHOOK, WebhookTarget
from alerts.messages.message import Message, compose
from alerts.post import Answer, inert, post
from alerts.signing import keys_of, signatures
from newsdesk import DeliveryFailure, Guard, PermanentFailure, TemporaryFailure
from tests.alerts.misbehaving import Serve, receiver
from tests.world.certificate import make_certificate
from tests.world.telling import NOW, payload
from tocsin.demo.hook import Hook

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
OTHER = "whsec_" + base64.b64encode(bytes(range(32, 64))).decode()


def message(moment: datetime = NOW) -> Message:
    return compose(payload(), moment=moment)


@pytest.fixture
async def tools() -> AsyncIterator[Tools]:
    tools = Tools(Guard(["127.0.0.0/8"]))
    yield tools
    await tools.close()


def test_a_signature_is_what_the_standards_own_library_expects() -> None:
    now = datetime.now(UTC)
    body = message().json
    headers = signatures("alert-1", now, body, [SECRET])
    assert standardwebhooks.Webhook(SECRET).verify(body, headers) == json.loads(body)
    assert headers["webhook-signature"] == standardwebhooks.Webhook(SECRET).sign("alert-1", now, body.decode())


def test_the_known_vector_of_the_standard_is_met() -> None:
    headers = signatures(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1614265330, UTC),
        b'{"test": 2432232314}',
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_each_of_several_secrets_verifies_while_one_is_replaced() -> None:
    headers = signatures("alert-1", datetime.now(UTC), b"{}", [SECRET, OTHER])
    for secret in (SECRET, OTHER):
        assert standardwebhooks.Webhook(secret).verify(b"{}", headers) == {}


def test_a_plain_secret_signs_by_its_own_bytes_and_no_secret_signs_nothing() -> None:
    assert keys_of("a plain secret") == (b"a plain secret",)
    assert "webhook-signature" not in signatures("alert-1", NOW, b"{}", [])


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_???", "whsec_a"])
def test_a_secret_that_cannot_sign_is_refused_without_showing_it(secret: str) -> None:
    with pytest.raises(ValueError, match="a secret is empty or not base64"):
        WebhookTarget(webhook="https://hooks.example.org/", secret=secret)


def test_a_secret_is_never_shown() -> None:
    assert SECRET not in repr(WebhookTarget(webhook="https://hooks.example.org/", secret=SECRET))


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "ftp://a.example/", "https://u:p@a.example/", "http://8.8.8.8/"])
def test_an_address_that_will_never_be_asked_is_refused_in_the_watch(url: str) -> None:
    with pytest.raises(ValueError, match=r"private|only|password"):
        WebhookTarget.model_validate({"webhook": url}, context={"guard": Guard()})


async def test_a_secret_whose_key_is_missing_signs_nothing_and_is_tried_again(tools: Tools) -> None:
    with Hook(SECRET) as hook:
        with pytest.raises(TemporaryFailure, match="key that opens its secret is missing") as failed:
            await WEBHOOK.send(message(), WebhookTarget(webhook=hook.url, secret="sealed:gAAAA"), tools)
        assert not hook.calls
        await WEBHOOK.send(message(), WebhookTarget(webhook=hook.url, secret=["sealed:gAAAA", SECRET]), tools)
        assert [call.genuine for call in hook.calls] == [True]
    assert failed.value.reason is DeliveryFailure.MISCONFIGURED


async def test_a_delivery_arrives_signed_and_unchanged(tools: Tools) -> None:
    with Hook(SECRET) as hook:
        receipt = await WEBHOOK.send(message(), WebhookTarget(webhook=hook.url, secret=SECRET), tools)
        (call,) = hook.calls
        host = hook.url.split("/")[2]
    assert receipt.status == "204"
    assert call.genuine
    assert call.body == payload().encode()
    assert call.id == "alert-0123456789abcdef"
    assert "." not in call.id
    assert call.headers["content-type"] == "application/json"
    assert call.headers["host"] == host


async def test_a_later_attempt_has_the_same_id_and_body_and_a_new_timestamp(tools: Tools) -> None:
    with Hook(SECRET) as hook:
        target = WebhookTarget(webhook=hook.url, secret=SECRET)
        for moment in (NOW, NOW + timedelta(minutes=5)):
            await WEBHOOK.send(message(moment), target, tools)
        first, second = hook.calls
    assert (first.id, first.body) == (second.id, second.body)
    stamps = [int(call.headers["webhook-timestamp"]) for call in (first, second)]
    assert stamps == [int(NOW.timestamp()), int(NOW.timestamp()) + 300]


async def test_410_is_final(tools: Tools) -> None:
    with Hook(SECRET) as hook:
        hook.answers = lambda _path, _body: 410
        with pytest.raises(PermanentFailure) as failed:
            await WEBHOOK.send(message(), WebhookTarget(webhook=hook.url), tools)
    assert failed.value.reason is DeliveryFailure.GONE


def answering(raw: bytes) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(raw)
        await writer.drain()

    return serve


async def ask(tools: Tools, url: str, deadline: float = 5.0) -> Answer:
    return await post(tools, url, b"{}", {}, now=NOW, deadline=deadline)


async def test_a_redirect_is_not_followed(tools: Tools) -> None:
    with Hook(SECRET) as hook:
        location = f"HTTP/1.1 307 Go\r\nLocation: {hook.url}\r\nContent-Length: 0\r\n\r\n".encode()
        async with receiver(answering(location)) as place:
            assert (await ask(tools, f"http://{place}/")).status == 307
        assert not hook.calls


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        ("Sat, 21 Nov 2026 14:06:09 GMT", 60.0),
        ("Sat, 21 Nov 2020 14:06:09 GMT", 0.0),
        ("soon", None),
        ("9" * 50, 1e9),
        ("-5", None),
        ("", None),
    ],
)
async def test_the_receivers_wish_to_wait_is_read(tools: Tools, value: str, seconds: float | None) -> None:
    raw = f"HTTP/1.1 429 Slow\r\nRetry-After: {value}\r\nContent-Length: 0\r\n\r\n".encode()
    async with receiver(answering(raw)) as place:
        assert (await ask(tools, f"http://{place}/")).retry_after == seconds


async def test_an_endless_or_packed_answer_is_read_a_little_and_never_unpacked(tools: Tools) -> None:
    sent = 0

    async def flood(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
        while True:
            writer.write(b"x" * 10_000)
            sent += 10_000
            await writer.drain()

    async with receiver(flood) as place:
        answer = await ask(tools, f"http://{place}/")
    assert answer.status == 200
    assert answer.excerpt == "x" * 1024
    assert sent < 20_000_000


async def test_a_receiver_that_is_not_there_is_tried_again(tools: Tools) -> None:
    with Hook() as hook:
        url = hook.url
    with pytest.raises(TemporaryFailure) as failed:
        await ask(tools, url)
    assert failed.value.reason is DeliveryFailure.NETWORK


async def test_what_a_receiver_says_is_kept_as_inert_text() -> None:
    assert inert(b"\x1b[31mred\x00\r\nX: y \xff") == "[31mred   X: y \ufffd"


async def test_private_addresses_are_not_asked(tools: Tools) -> None:
    with Hook() as hook:
        for url, kind in (
            (hook.url, PermanentFailure),
            (hook.url.replace("127.0.0.1", "2130706433"), PermanentFailure),
        ):
            with pytest.raises(kind) as failed:
                await ask(Tools(Guard()), url)
            assert failed.value.reason is DeliveryFailure.REFUSED_ADDRESS
        assert not hook.calls


async def test_a_public_name_that_leads_inward_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def lead_inward(_host: str, port: int, **_more: Any) -> list[Any]:
        return [(2, 1, 6, "", ("93.184.216.34", port)), (2, 1, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", lead_inward)
    with Hook() as hook, pytest.raises(TemporaryFailure, match="private or special"):
        await ask(Tools(Guard()), hook.url.replace("127.0.0.1", "rebound.example"))
    assert not hook.calls


async def test_a_name_that_cannot_be_resolved_is_tried_again(monkeypatch: pytest.MonkeyPatch, tools: Tools) -> None:
    def fail(*_arguments: Any, **_more: Any) -> list[Any]:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(TemporaryFailure, match="cannot be resolved") as failed:
        await ask(tools, "https://hooks.example.org/")
    assert failed.value.reason is DeliveryFailure.NETWORK


async def test_names_that_hang_hold_up_no_other(monkeypatch: pytest.MonkeyPatch, tools: Tools) -> None:
    release = threading.Event()

    def resolve(host: str, port: int, **_more: Any) -> list[Any]:
        if host.startswith("hangs"):
            release.wait(20)
        return [(2, 1, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    async with receiver(answering(b"HTTP/1.1 204 OK\r\n\r\n")) as place:
        port = place.split(":")[1]
        urls = [f"http://hangs{number}.example:{port}/" for number in range(50)]
        hanging = [asyncio.create_task(ask(tools, url, deadline=20)) for url in urls]
        await asyncio.sleep(0)
        try:
            assert (await ask(tools, f"http://answers.example:{port}/", deadline=10)).status == 204
        finally:
            release.set()
            answers = await asyncio.gather(*hanging)
    assert {answer.status for answer in answers} == {204}


async def test_a_name_that_hangs_is_left_at_the_deadline(monkeypatch: pytest.MonkeyPatch, tools: Tools) -> None:
    release = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_arguments, **_more: [release.wait(20)])
    with pytest.raises(TemporaryFailure) as failed:
        await ask(tools, "https://hooks.example.org/", deadline=0.05)
    release.set()
    assert failed.value.reason is DeliveryFailure.TIMEOUT


async def test_the_address_that_was_judged_is_the_one_that_is_asked(
    monkeypatch: pytest.MonkeyPatch, tools: Tools
) -> None:
    asked: list[str] = []

    def resolve(host: str, port: int, **_more: Any) -> list[Any]:
        asked.append(host)
        return [(2, 1, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with Hook() as hook:
        host = hook.url.split("/")[2]
        answer = await ask(tools, hook.url.replace("127.0.0.1", "paper.example"))
        (call,) = hook.calls
    assert answer.status == 204
    assert asked[0] == "paper.example"
    assert "paper.example" not in asked[1:]
    assert call.headers["host"] == host.replace("127.0.0.1", "paper.example")


async def test_plain_http_is_not_sent_to_the_open_internet(monkeypatch: pytest.MonkeyPatch, tools: Tools) -> None:
    def resolve(_host: str, port: int, **_more: Any) -> list[Any]:
        return [(2, 1, 6, "", ("93.184.216.34", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(PermanentFailure, match="https"):
        await ask(tools, "http://hooks.example.org/")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A certificate for hooks.example that it signed itself, with its key, in one file."""
    return str(make_certificate(tmp_path_factory.mktemp("tls") / "hooks.pem", "hooks.example"))


async def test_a_certificate_that_nobody_vouches_for_is_refused(tools: Tools, certificate: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    async with receiver(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), ssl=context) as place:
        with pytest.raises(TemporaryFailure) as failed:
            await ask(tools, f"https://{place}/")
    assert failed.value.reason is DeliveryFailure.TLS


async def test_a_certificate_is_held_against_the_name_not_the_pinned_address(
    monkeypatch: pytest.MonkeyPatch, certificate: str
) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=certificate)
    monkeypatch.setattr(post_room.ssl, "create_default_context", lambda: trusting)

    def resolve(_host: str, port: int, **_more: Any) -> list[Any]:
        return [(2, 1, 6, "", ("127.0.0.1", port))]

    tools = Tools(Guard(["127.0.0.0/8"]))
    async with receiver(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), ssl=server) as place:
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        port = place.split(":")[1]
        assert (await ask(tools, f"https://hooks.example:{port}/")).status == 200
        with pytest.raises(TemporaryFailure) as failed:
            await ask(tools, f"https://other.example:{port}/")
    assert failed.value.reason is DeliveryFailure.TLS
    await tools.close()
