"""Receivers that misbehave: each leads to a receipt, another attempt or the end, in bounded time and memory."""

import asyncio
import socket
import ssl
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from alerts import post as post_room
from alerts.channel import Tools
from alerts.channels.webhook import WEBHOOK, WebhookTarget
from alerts.messages.message import compose
from alerts.post import Answer, judge, post
from alerts.wire import RECEIVED
from newsdesk import DeliveryError, DeliveryFailure, Guard, PermanentFailure, TemporaryFailure
from tests.alerts.misbehaving import (
    CASES,
    GONE,
    SENT,
    Case,
    answer_before_the_body,
    forever,
    hang_after,
    receiver,
    says,
    status,
)
from tests.world.certificate import make_certificate
from tests.world.telling import NOW, payload


@pytest.fixture
async def tools() -> AsyncIterator[Tools]:
    tools = Tools(Guard(["127.0.0.0/8"]))
    yield tools
    await tools.close()


async def ask(tools: Tools, url: str, deadline: float = 10.0, **more: Any) -> Answer:
    return await post(tools, url, more.pop("body", payload().encode()), {}, now=NOW, deadline=deadline, **more)


def outcome(error: DeliveryError) -> str:
    if isinstance(error, PermanentFailure):
        return GONE if error.reason is DeliveryFailure.GONE else f"{error.reason}, for good"
    return str(error.reason)


def test_the_lab_is_as_large_as_it_says() -> None:
    assert len(CASES) >= 100
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_receiver_that_behaves_so_leads_to(tools: Tools, case: Case) -> None:
    async with receiver(case.serve) as place:
        try:
            receipt = judge(await ask(tools, f"http://{place}/hook", case.deadline))
        except (PermanentFailure, TemporaryFailure) as error:
            assert outcome(error) == case.outcome, str(error)
            assert len(str(error)) < 1100
            assert str(error).isprintable()
            assert getattr(error, "retry_after", None) == case.retry_after
        else:
            assert case.outcome == SENT
            assert len(receipt.detail) <= 1024
            assert receipt.detail.isprintable() or not receipt.detail


_HUGE = ("a gzip bomb", "endless body", "a length of terabytes", "one header without end", "headers without end")


@pytest.mark.parametrize("case", [case for case in CASES if case.name in _HUGE], ids=lambda case: case.name)
async def test_no_answer_takes_memory(tools: Tools, case: Case) -> None:
    async with receiver(case.serve) as place:
        await asyncio.gather(ask(tools, f"http://{place}/"), return_exceptions=True)  # what is made once, is made
        tracemalloc.start()
        await asyncio.gather(ask(tools, f"http://{place}/"), return_exceptions=True)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 4_000_000


async def test_a_flood_of_interim_answers_is_left_after_a_bounded_number_of_bytes(tools: Tools) -> None:
    sent = 0
    flood = b"HTTP/1.1 100 Continue\r\n\r\n" * 400

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        while True:
            writer.write(flood)
            await writer.drain()
            sent += len(flood)

    async with receiver(serve) as place:
        with pytest.raises(TemporaryFailure, match="no end"):
            await ask(tools, f"http://{place}/")
    assert sent < RECEIVED + 8_000_000  # and what lay in the buffers between


@pytest.mark.parametrize("slowly", [False, True], ids=["hangs", "drips"])
async def test_a_refusal_is_acted_upon_though_its_body_never_ends(
    slowly: bool, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post_room, "_REFUSED", 0.05)
    head = b"HTTP/1.1 %b\r\nRetry-After: 120\r\nContent-Length: 999\r\n\r\n"
    for line, expected in ((b"410 Gone", DeliveryFailure.GONE), (b"429 Slow", DeliveryFailure.THROTTLED)):
        serve = forever(head % line, b"x", slowly=True) if slowly else hang_after(head % line)
        async with receiver(serve) as place:
            with pytest.raises(DeliveryError) as failed:
                judge(await ask(tools, f"http://{place}/"))
        assert isinstance(failed.value, PermanentFailure | TemporaryFailure)
        assert failed.value.reason is expected
        assert getattr(failed.value, "retry_after", 120) == 120


async def test_cookies_of_one_receiver_reach_no_other_and_none_returns(tools: Tools) -> None:
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 204 OK\r\nSet-Cookie: spy=1; Path=/\r\n\r\n")

    async with receiver(serve) as place:
        for _ in range(2):
            await ask(tools, f"http://{place}/")
    assert len(heard) == 2
    assert not any(b"cookie" in head.lower() for head in heard)


async def test_what_is_asked_for_is_plain_and_goes_through_no_proxy(
    monkeypatch: pytest.MonkeyPatch, tools: Tools
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 204 OK\r\n\r\n")

    async with receiver(serve) as place:
        assert (await ask(tools, f"http://{place}/a%20b?c=d")).status == 204
    (head,) = heard
    assert head.startswith(b"POST /a%20b?c=d HTTP/1.1\r\n")
    assert b"accept-encoding: identity" in head.lower()
    assert b"transfer-encoding" not in head.lower()


async def test_a_large_body_that_is_refused_before_it_was_read_is_tried_again(tools: Tools) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async with receiver(serve) as place:
        try:
            judge(await ask(tools, f"http://{place}/", body=b"x" * 20_000_000))
        except TemporaryFailure as error:
            assert error.reason in (DeliveryFailure.REJECTED, DeliveryFailure.NETWORK)
        else:
            raise AssertionError("a refusal is no receipt")


async def test_of_several_addresses_one_that_refuses_gives_way_to_the_next(
    monkeypatch: pytest.MonkeyPatch, tools: Tools
) -> None:
    async with receiver(status("204 Fine")) as place:
        port = int(place.rpartition(":")[2])

        def resolve(_host: str, _port: int, **_more: Any) -> list[Any]:
            return [(2, 1, 6, "", (ip, port)) for ip in ("127.0.0.2", "127.0.0.3", "127.0.0.1")]

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        assert (await ask(tools, f"http://hooks.example.org:{port}/")).status == 204


async def test_a_server_that_takes_no_connection_is_left_at_the_deadline(tools: Tools) -> None:
    with socket.socket() as deaf, socket.socket() as first, socket.socket() as second:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for waiting in (first, second):  # these fill its queue, and it takes none
            waiting.setblocking(False)
            waiting.connect_ex(deaf.getsockname())
        with pytest.raises(TemporaryFailure) as failed:
            await ask(tools, f"http://127.0.0.1:{deaf.getsockname()[1]}/", 0.2)
    assert failed.value.reason is DeliveryFailure.TIMEOUT


async def test_a_receiver_that_echoes_secrets_finds_none_in_the_record(tools: Tools) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 500 Oops\r\nContent-Length: %d\r\n\r\n%b" % (len(head), head))

    async with receiver(echo) as place:
        target = WebhookTarget.model_validate(
            {"webhook": f"http://{place}/", "secret": "s" * 32, "headers": {"Authorization": "Bearer abcdefgh"}}
        )
        with pytest.raises(TemporaryFailure) as failed:
            await WEBHOOK.send(compose(payload(), moment=NOW), target, tools)
    said = str(failed.value)
    assert "webhook-signature: ***" in said
    assert "authorization: ***" in said
    assert "abcdefgh" not in said


# TLS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


def identity(folder: Path, name: str, days: tuple[int, int] = (-1, 1)) -> tuple[ssl.SSLContext, str]:
    """A server's identity under a name, and the file that vouches for it."""
    path = str(make_certificate(folder / f"{name}{days[0]}.pem", name, days=days))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context, path


def trusting(monkeypatch: pytest.MonkeyPatch, path: str) -> Tools:
    """Tools that take the certificate in a file for an authority, with each name leading to this machine."""
    context = ssl.create_default_context(cafile=path)
    monkeypatch.setattr(post_room.ssl, "create_default_context", lambda: context)
    return Tools(Guard(["127.0.0.0/8"]))


def lead_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(_host: str, port: int, **_more: Any) -> list[Any]:
        return [(2, 1, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


@pytest.mark.parametrize(
    ("name", "days", "reason"),
    [
        ("hooks.example", (-1, 1), None),
        ("other.example", (-1, 1), "tls"),
        ("hooks.example", (-9, -1), "tls"),
        ("hooks.example", (2, 9), "tls"),
    ],
    ids=["good", "another host's", "expired", "not yet good"],
)
async def test_a_certificate_has_to_be_good_today_and_of_that_host(
    monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, days: tuple[int, int], reason: str | None
) -> None:
    server, path = identity(folder, name, days)
    async with receiver(status("204 Fine"), ssl=server) as place:
        tools = trusting(monkeypatch, path)
        lead_here(monkeypatch)
        try:
            await ask(tools, f"https://hooks.example:{place.rpartition(':')[2]}/")
        except TemporaryFailure as error:
            assert str(error.reason) == reason, str(error)
        else:
            assert reason is None
        await tools.close()


@pytest.mark.parametrize(
    ("serve", "reason"),
    [
        (status("200 Plain"), "tls"),
        (says(b"\x16\x03\x01\x00\x05nonsense"), "tls"),
        (forever(b"", b"\x15\x03\x03\x00\x02\x02\x28"), "tls"),
    ],
    ids=["speaks plainly", "speaks nonsense", "says only alerts"],
)
async def test_who_does_not_speak_tls_is_tried_again(tools: Tools, serve: Any, reason: str) -> None:
    async def at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        feed = asyncio.StreamReader()
        feed.feed_data(b"POST / HTTP/1.1\r\n\r\n")
        await serve(feed, writer)

    async with receiver(at_once) as place:
        with pytest.raises(TemporaryFailure) as failed:
            await ask(tools, f"https://{place}/")
    assert str(failed.value.reason) == reason, str(failed.value)
    assert "None" not in str(failed.value)


async def test_who_hangs_or_breaks_off_in_the_handshake_is_tried_again(tools: Tools) -> None:
    async def hang(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async def leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.transport.abort()

    for serve, deadline, reasons in ((hang, 0.2, {"timeout"}), (leave, 5.0, {"network", "tls"})):
        async with receiver(serve) as place:
            with pytest.raises(TemporaryFailure) as failed:
                await ask(tools, f"https://{place}/", deadline)
        assert str(failed.value.reason) in reasons
        assert "None" not in str(failed.value)


async def test_an_early_answer_over_tls_is_a_receipt(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    server, path = identity(folder, "hooks.example")
    async with receiver(answer_before_the_body, ssl=server) as place:
        tools = trusting(monkeypatch, path)
        lead_here(monkeypatch)
        assert (await ask(tools, f"https://hooks.example:{place.rpartition(':')[2]}/")).status == 200
        await tools.close()


async def test_a_flood_over_tls_is_bounded_as_well(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    server, path = identity(folder, "hooks.example")
    async with receiver(forever(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 500), ssl=server) as place:
        tools = trusting(monkeypatch, path)
        lead_here(monkeypatch)
        with pytest.raises(TemporaryFailure, match="no end"):
            await ask(tools, f"https://hooks.example:{place.rpartition(':')[2]}/")
        await tools.close()
