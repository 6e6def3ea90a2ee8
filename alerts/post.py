"""post(): the one guarded door to other people's servers (the only httpx)."""

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from newsdesk import (
    Address,
    AddressRefused,
    DeliveryFailure,
    Guard,
    PermanentFailure,
    TemporaryFailure,
    crash_point,
    retry_after,
)

from .channel import Receipt, Tools

DEADLINE = 15.0
"""Seconds for everything: name, connection, TLS, request and answer. A time-out per read would never end a drip."""

_ANSWER = 64_000
_CONNECT = 5.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the receiver answered: `excerpt` is its first kilobyte as inert text."""

    status: int
    excerpt: str
    retry_after: float | None = None


async def post(
    tools: Tools, url: str, body: bytes, headers: Mapping[str, str], *, now: datetime, deadline: float = DEADLINE
) -> Answer:
    """Send one request to a guarded, pinned address and follow no redirect.

    Raises TemporaryFailure, PermanentFailure.
    """
    client = tools.keep("post", _make_client)
    try:
        async with asyncio.timeout(deadline):
            return await _post(client, tools.guard, url, body, headers, now)
    except TimeoutError:
        raise TemporaryFailure(DeliveryFailure.TIMEOUT, f"no full answer within {deadline:g} s") from None


def _make_client() -> tuple[httpx.AsyncClient, Callable[[], Awaitable[None]]]:
    # No connection outlives its request: pooled by address, one could serve another host's name. The context is made
    # once, as reading the authorities costs more than a delivery.
    client = httpx.AsyncClient(
        verify=ssl.create_default_context(),
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(DEADLINE, connect=_CONNECT),
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
    )
    return client, client.aclose


def judge(answer: Answer) -> Receipt:
    """Give the receipt of an answer that is 2xx. Raises PermanentFailure for 410, TemporaryFailure for all else."""
    status, detail = answer.status, f"HTTP {answer.status} {answer.excerpt}".strip()
    if 200 <= status < 300:
        return Receipt(str(status), answer.excerpt)
    if status == 410:
        raise PermanentFailure(DeliveryFailure.GONE, detail)
    reason = DeliveryFailure.THROTTLED if status in (429, 502, 503, 504) else DeliveryFailure.REJECTED
    raise TemporaryFailure(reason, detail, answer.retry_after)


async def _post(
    client: httpx.AsyncClient, guard: Guard, url: str, body: bytes, headers: Mapping[str, str], now: datetime
) -> Answer:
    try:
        address = guard.check_url(url)
    except AddressRefused as error:
        raise PermanentFailure(DeliveryFailure.REFUSED_ADDRESS, str(error)) from None
    ips = await _resolve(guard, address)
    if address.scheme == "http" and not all(guard.is_private_allowed(ip) for ip in ips):
        raise PermanentFailure(
            DeliveryFailure.REFUSED_ADDRESS, "plain http is only sent inside allow_private; use https"
        )
    parts = urlsplit(url)
    sent = {**headers, "Host": address.netloc, "Accept-Encoding": "identity", "Connection": "close"}
    failure: Exception | None = None
    for ip in ips[:3]:
        host = f"[{ip}]" if ":" in ip else ip
        target = (
            f"{address.scheme}://{host}:{address.port}{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        )
        request = client.build_request(
            "POST", target, content=body, headers=sent, extensions={**_TIMEOUTS, "sni_hostname": address.host}
        )
        try:
            return await _ask(client, request, now)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            failure = error
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError) as error:
            raise _network(error) from None
    assert failure is not None
    raise _network(failure)


async def _on_event(name: str, _facts: object) -> None:
    if name.endswith("send_request_body.complete"):
        crash_point("sent_no_answer")


_TIMEOUTS = {"timeout": httpx.Timeout(DEADLINE, connect=_CONNECT).as_dict(), "trace": _on_event}


async def _ask(client: httpx.AsyncClient, request: httpx.Request, now: datetime) -> Answer:
    response = await client.send(request, stream=True)
    try:
        raw = bytearray()
        # Raw, as two kilobytes of a packed answer can unpack to gigabytes.
        async for chunk in response.aiter_raw(4096):
            raw += chunk
            if len(raw) >= _ANSWER:
                break
    finally:
        await response.aclose()
    excerpt = inert(bytes(raw[:1024]))
    return Answer(response.status_code, excerpt, retry_after(response.headers.get("Retry-After"), now))


async def _resolve(guard: Guard, address: Address) -> list[str]:
    if address.ip is not None:
        return [address.host]  # a literal, which the guard has judged
    try:
        found = await _lookup(address.host, address.port)
    except OSError as error:
        detail = f"{address.host} cannot be resolved: {error.strerror}"
        raise TemporaryFailure(DeliveryFailure.NETWORK, detail) from None
    ips = list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))
    try:
        guard.check_answers(address.host, ips)
    except AddressRefused as error:
        # Temporary: names are repaired, and each attempt is judged again.
        raise TemporaryFailure(DeliveryFailure.REFUSED_ADDRESS, str(error)) from None
    return ips


async def _lookup(host: str, port: int) -> list[Any]:
    """Resolve a name in a thread of its own: the loop's few threads would be held by a few names that hang.

    A daemon thread, as one that hangs must not keep the process from ending.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[Any]] = loop.create_future()

    def settle(found: list[Any] | None, error: Exception | None) -> None:
        if answer.done():
            return  # nobody waits any more
        if error is None:
            answer.set_result(found or [])
        else:
            answer.set_exception(error)

    def work() -> None:
        found, failure = None, None
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            failure = error if isinstance(error, OSError) else OSError(0, str(error))
        with contextlib.suppress(RuntimeError):  # the loop may be closed meanwhile
            loop.call_soon_threadsafe(settle, found, failure)

    threading.Thread(target=work, name=f"resolve-{host}", daemon=True).start()
    return await answer


def _network(error: Exception) -> TemporaryFailure:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return TemporaryFailure(DeliveryFailure.TLS, f"TLS: {getattr(cause, 'verify_message', '') or cause.reason}")
        cause = cause.__cause__ or cause.__context__
    reason = DeliveryFailure.TIMEOUT if isinstance(error, httpx.TimeoutException) else DeliveryFailure.NETWORK
    return TemporaryFailure(reason, inert(f"{type(error).__name__}: {error}".encode())[:300])


def inert(raw: bytes) -> str:
    """Give foreign bytes as text that no terminal, log or page acts upon."""
    text = raw.decode("utf-8", "replace")
    return "".join(c if c.isprintable() else " " for c in text).strip()
