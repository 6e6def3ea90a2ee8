"""post(): the one guarded door to other people's servers (the only httpx)."""

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import httpcore
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
from .wire import Metered

DEADLINE = 15.0
"""Seconds for everything: name, connection, TLS, request and answer. A time-out per read would never end a drip."""

_ANSWER = 16_000
"""Bytes of an answer's body that are read; what follows is left unread."""
_EXCERPT = 1024
_CONNECT = 5.0
_REFUSED = 1.0
"""Seconds for the body of an answer that is no 2xx: its status and headers say all that is acted upon."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the receiver answered: `excerpt` is its first kilobyte as inert text."""

    status: int
    excerpt: str
    retry_after: float | None = None


async def post(
    tools: Tools,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    now: datetime,
    deadline: float = DEADLINE,
    hide: Sequence[str] = (),
    method: str = "POST",
) -> Answer:
    """Send one request to a guarded, pinned address and follow no redirect; `hide` is left out of the excerpt.

    Raises TemporaryFailure, PermanentFailure.
    """
    door = tools.keep("post", _make_door)
    try:
        async with asyncio.timeout(deadline):
            return await _post(door, tools.guard, url, body, headers, now, hide, method)
    except TimeoutError:
        raise TemporaryFailure(DeliveryFailure.TIMEOUT, f"no full answer within {deadline:g} s") from None


def _make_door() -> tuple[httpx.AsyncBaseTransport, Callable[[], Awaitable[None]]]:
    door = _Door()
    return door, door.aclose


class _Door(httpx.AsyncHTTPTransport):
    """Connections that are read from within bounds; without a client there are no cookies, redirects or proxies."""

    def __init__(self) -> None:
        # No connection outlives its request: pooled by address, one could serve another host's name. The context is
        # made once, as reading the authorities costs more than a delivery.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=None,
            max_keepalive_connections=0,
            network_backend=Metered(),
        )


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
    door: httpx.AsyncBaseTransport,
    guard: Guard,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    now: datetime,
    hide: Sequence[str],
    method: str,
) -> Answer:
    try:
        address = guard.check_url(url)
    except AddressRefused as error:
        raise PermanentFailure(DeliveryFailure.REFUSED_ADDRESS, str(error)) from None
    ips = await resolve(guard, address)
    if address.scheme == "http" and not all(guard.is_private_allowed(ip) for ip in ips):
        raise PermanentFailure(
            DeliveryFailure.REFUSED_ADDRESS, "plain http is only sent inside allow_private; use https"
        )
    failure: Exception | None = None
    for ip in ips[:3]:
        request = _request(address, ip, url, body, headers, method)
        try:
            return await _ask(door, request, now, hide)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            failure = error
        except (httpx.HTTPError, ssl.SSLError, OSError) as error:
            raise _network(error) from None
    assert failure is not None
    raise _network(failure)


_TIMEOUTS = {"timeout": httpx.Timeout(DEADLINE, connect=_CONNECT).as_dict()}


def _request(
    address: Address, ip: str, url: str, body: bytes, headers: Mapping[str, str], method: str
) -> httpx.Request:
    """Give the request to the pinned address, in the name of the host. Raises PermanentFailure."""
    parts = urlsplit(url)
    host = f"[{ip}]" if ":" in ip else ip
    target = f"{address.scheme}://{host}:{address.port}{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    # Nothing packed is asked for, and none of it would be unpacked.
    sent = {**headers, "Host": address.netloc, "Accept-Encoding": "identity", "Connection": "close"}
    extensions = {**_TIMEOUTS, "sni_hostname": address.host}
    try:
        return httpx.Request(method, target, content=body, headers=sent, extensions=extensions)
    except (httpx.InvalidURL, ValueError) as error:
        raise PermanentFailure(DeliveryFailure.MISCONFIGURED, f"the address cannot be asked: {error}") from None


async def _ask(door: httpx.AsyncBaseTransport, request: httpx.Request, now: datetime, hide: Sequence[str]) -> Answer:
    response = await door.handle_async_request(request)
    crash_point("sent_no_answer")
    try:
        raw = await _body(response)
    finally:
        await response.aclose()
    excerpt = _without(inert(raw[: 2 * _EXCERPT]), hide)[:_EXCERPT]
    return Answer(response.status_code, excerpt, retry_after(response.headers.get("Retry-After"), now))


async def _body(response: httpx.Response) -> bytes:
    """Give the beginning of a body. Raises httpx.HTTPError for one that breaks off, unless it was a refusal."""
    raw = bytearray()
    try:
        async with asyncio.timeout(None if response.is_success else _REFUSED):
            # Raw, as two kilobytes of a packed answer can unpack to gigabytes.
            async for chunk in response.aiter_raw(4096):
                raw += chunk
                if len(raw) >= _ANSWER:
                    break
    except (TimeoutError, httpx.HTTPError, OSError):
        if response.is_success:
            raise  # it may have met its end before it kept the message
    return bytes(raw)


def _without(text: str, hidden: Sequence[str]) -> str:
    """Give a text without the secrets that a receiver may have echoed."""
    for secret in hidden:
        text = text.replace(secret, "***")
    return text


async def resolve(guard: Guard, address: Address) -> list[str]:
    """Give the IP addresses of a server, all of which may be asked. Raises TemporaryFailure."""
    if address.ip is not None:
        return [address.host]  # a literal, which the guard has judged
    try:
        found = await _lookup(address.host, address.port)
    except OSError as error:
        detail = f"{address.host} cannot be resolved: {error.strerror}"
        raise TemporaryFailure(DeliveryFailure.NETWORK, detail) from None
    ips = guard.at_home(address.host, list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found)))
    try:
        guard.check_answers(address.host, ips, address.port)
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
            said = getattr(cause, "verify_message", "") or cause.reason or "the connection ended in the handshake"
            return TemporaryFailure(DeliveryFailure.TLS, f"TLS: {said}")
        cause = cause.__cause__ or cause.__context__
    reason = DeliveryFailure.TIMEOUT if isinstance(error, httpx.TimeoutException) else DeliveryFailure.NETWORK
    return TemporaryFailure(reason, inert(f"{type(error).__name__}: {error}".encode())[:300])


def inert(raw: bytes) -> str:
    """Give foreign bytes as text that no terminal, log or page acts upon."""
    text = raw.decode("utf-8", "replace")
    return "".join(c if c.isprintable() else " " for c in text).strip()
