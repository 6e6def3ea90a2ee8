"""Hostile addresses: nothing is sent to any of them, whether they say where they lead or a resolver does."""

import socket
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest

from alerts.channel import Tools
from alerts.post import post
from newsdesk import AddressRefused, DeliveryError, DeliveryFailure, Guard, PermanentFailure, TemporaryFailure
from tests.world.hostile import ANSWERS, HOSTILE, PUBLIC
from tests.world.telling import NOW
from tocsin.demo.hook import Hook


class Nothing(httpx.AsyncByteStream):
    """The body of an answer that has none."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        return
        yield b""


class Tripwire(httpx.AsyncBaseTransport):
    """Stands where connections are made, and notes each request that comes so far."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(204, stream=Nothing())


@pytest.fixture
def wire() -> Tripwire:
    return Tripwire()


@pytest.fixture
async def tools(wire: Tripwire) -> AsyncIterator[Tools]:
    tools = Tools(Guard())
    tools.keep("post", lambda: (wire, wire.aclose))
    yield tools
    await tools.close()


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: Sequence[str]) -> list[str]:
    """Let every name resolve to each of `answers` in turn, the last one for good; gives the names asked."""
    asked: list[str] = []
    left = [list(answer) for answer in answers]

    def resolve(host: str, port: int, **_more: Any) -> list[Any]:
        asked.append(host)
        ips = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET6 if ":" in ip else socket.AF_INET, 1, 6, "", (ip, port)) for ip in ips]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


async def ask(tools: Tools, url: str) -> DeliveryError | None:
    try:
        await post(tools, url, b"{}", {}, now=NOW)
    except DeliveryError as error:
        return error
    return None


def test_the_lab_is_as_large_as_it_says() -> None:
    assert len(HOSTILE) >= 300


@pytest.mark.parametrize("url", HOSTILE)
def test_the_guard_refuses_a_hostile_address(url: str) -> None:
    with pytest.raises(AddressRefused):
        Guard().check_url(url)


@pytest.mark.parametrize("url", PUBLIC)
def test_the_guard_lets_the_web_pass(url: str) -> None:
    Guard().check_url(url)


async def test_no_hostile_address_is_resolved_or_sent_to(
    monkeypatch: pytest.MonkeyPatch, tools: Tools, wire: Tripwire
) -> None:
    asked = resolving(monkeypatch, ["93.184.216.34"])
    for url in HOSTILE:
        error = await ask(tools, url)
        assert isinstance(error, PermanentFailure), url
        assert error.reason is DeliveryFailure.REFUSED_ADDRESS, url
    assert asked == []
    assert wire.requests == []


@pytest.mark.parametrize("answer", ANSWERS)
async def test_a_name_that_leads_inward_is_not_sent_to(
    monkeypatch: pytest.MonkeyPatch, tools: Tools, wire: Tripwire, answer: tuple[str, ...]
) -> None:
    resolving(monkeypatch, answer)
    error = await ask(tools, "https://hooks.example.org/")
    assert isinstance(error, TemporaryFailure)
    assert error.reason is DeliveryFailure.REFUSED_ADDRESS
    assert wire.requests == []


async def test_a_name_that_turns_inward_between_two_looks_is_pinned_to_the_first(
    monkeypatch: pytest.MonkeyPatch, tools: Tools, wire: Tripwire
) -> None:
    asked = resolving(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
    assert await ask(tools, "https://hooks.example.org/a?b=c") is None
    (request,) = wire.requests
    assert asked == ["hooks.example.org"]
    assert str(request.url) == "https://93.184.216.34/a?b=c"
    assert request.headers["host"] == "hooks.example.org"
    assert request.extensions["sni_hostname"] == "hooks.example.org"
    error = await ask(tools, "https://hooks.example.org/")
    assert error is not None
    assert error.reason is DeliveryFailure.REFUSED_ADDRESS


async def test_plain_http_is_for_allowed_networks_alone(
    monkeypatch: pytest.MonkeyPatch, tools: Tools, wire: Tripwire
) -> None:
    resolving(monkeypatch, ["93.184.216.34"])
    error = await ask(tools, "http://hooks.example.org/")
    assert isinstance(error, PermanentFailure)
    assert wire.requests == []


@pytest.mark.parametrize("url", ["https://[2606:4700:4700::1111]/", "https://93.184.216.34/", "https://例え.jp/é?q=ü"])
async def test_public_addresses_are_asked(
    monkeypatch: pytest.MonkeyPatch, tools: Tools, wire: Tripwire, url: str
) -> None:
    resolving(monkeypatch, ["93.184.216.34"])
    assert await ask(tools, url) is None
    assert len(wire.requests) == 1


async def test_an_address_that_no_request_can_hold_is_final(tools: Tools, wire: Tripwire) -> None:
    error = await ask(tools, "https://93.184.216.34/" + "a" * 70_000)
    assert isinstance(error, PermanentFailure)
    assert error.reason is DeliveryFailure.MISCONFIGURED


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST.", "a.localhost"])
@pytest.mark.parametrize("bind", ["127.0.0.1", "0.0.0.0", "::"])
async def test_our_own_address_is_not_sent_to_though_its_network_is_allowed(bind: str, name: str) -> None:
    with Hook() as hook:
        port = int(hook.origin.rpartition(":")[2])
        tools = Tools(Guard(["127.0.0.0/8"], [(bind, port)]))
        error = await ask(tools, f"http://{name}:{port}/hook")
        await tools.close()
    assert error is not None
    assert error.reason is DeliveryFailure.REFUSED_ADDRESS
    assert hook.calls == []


async def test_a_name_that_leads_to_our_own_address_is_refused_by_what_it_resolves_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Hook() as hook:
        port = int(hook.origin.rpartition(":")[2])
        resolving(monkeypatch, ["127.0.0.1"])
        tools = Tools(Guard(["127.0.0.0/8"], [("127.0.0.1", port)]))
        error = await ask(tools, f"http://hook.example.org:{port}/hook")
        await tools.close()
    assert error is not None
    assert "Tocsin itself" in str(error)
    assert hook.calls == []


async def test_another_port_of_this_machine_is_none_of_ours() -> None:
    with Hook() as hook:
        tools = Tools(Guard(["127.0.0.0/8"], [("127.0.0.1", 8480), ("0.0.0.0", 8481)]))
        assert await ask(tools, hook.url) is None
        await tools.close()


async def test_localhost_is_the_one_of_its_addresses_that_is_allowed(
    monkeypatch: pytest.MonkeyPatch, wire: Tripwire
) -> None:
    resolving(monkeypatch, ["::1", "127.0.0.1"])
    tools = Tools(Guard(["127.0.0.0/8"]))
    tools.keep("post", lambda: (wire, wire.aclose))
    assert await ask(tools, "http://localhost:8080/") is None
    assert [request.url.host for request in wire.requests] == ["127.0.0.1"]
    error = await ask(tools, "http://hooks.example.org:8080/")
    assert error is not None
    assert error.reason is DeliveryFailure.REFUSED_ADDRESS
