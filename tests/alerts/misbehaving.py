"""Receivers that misbehave, each in one way, and what has to come of a delivery to it."""

import asyncio
import gzip
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from newsdesk import DeliveryFailure

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

SENT = "sent"
GONE = "gone, for good"
REJECTED, THROTTLED = DeliveryFailure.REJECTED, DeliveryFailure.THROTTLED
NETWORK, TIMEOUT = DeliveryFailure.NETWORK, DeliveryFailure.TIMEOUT


@dataclass(frozen=True, slots=True)
class Case:
    """One behaviour, and what it leads to: a receipt, the end, or another attempt for this reason."""

    name: str
    serve: Serve
    outcome: str
    deadline: float = 10.0
    retry_after: float | None = None


@asynccontextmanager
async def receiver(serve: Serve, **more: Any) -> AsyncIterator[str]:
    """A receiver on loopback that does with each connection what `serve` does; gives its host and port."""
    over = asyncio.Event()
    handled: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handled.add(asyncio.current_task())  # type: ignore[arg-type]
        task = asyncio.ensure_future(serve(reader, writer))
        ended = asyncio.ensure_future(over.wait())
        await asyncio.wait([task, ended], return_when=asyncio.FIRST_COMPLETED)
        for one in (task, ended):
            one.cancel()
        await asyncio.gather(task, ended, return_exceptions=True)
        writer.transport.abort()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, **more)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        over.set()
        server.close()
        await asyncio.gather(*handled, return_exceptions=True)


async def listen(reader: asyncio.StreamReader) -> bytes:
    """Read one whole request and give it."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = [line.partition(b":") for line in head.lower().split(b"\r\n")]
    length = next((int(value) for name, _, value in lines if name == b"content-length"), 0)
    return head + await reader.readexactly(length)


def says(*parts: bytes) -> Serve:
    """Take the request, answer these bytes, close."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await listen(reader)
        for part in parts:
            writer.write(part)
            await writer.drain()

    return serve


def status(line: str, *headers: str, body: bytes = b"") -> Serve:
    """Answer with a status and headers, as one should."""
    fields = [f"HTTP/1.1 {line}", f"Content-Length: {len(body)}", *headers]
    return says("\r\n".join([*fields, "", ""]).encode("latin-1") + body)


def forever(head: bytes, piece: bytes, *, slowly: bool = False) -> Serve:
    """Answer a beginning, then the same piece without end."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await listen(reader)
        writer.write(head)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.02 if slowly else 0)

    return serve


async def hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Take what comes and say nothing."""
    await reader.read()
    await asyncio.Event().wait()


def hang_after(raw: bytes) -> Serve:
    """Say that much, and nothing more."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await listen(reader)
        writer.write(raw)
        await asyncio.Event().wait()

    return serve


def reset_after(raw: bytes, *, unread: bool = False) -> Serve:
    """Say that much, then break the connection off."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not unread:
            await listen(reader)
        if raw:
            writer.write(raw)
            await writer.drain()
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    return serve


async def close_at_once(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Close before anything is said."""
    writer.close()


async def half_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say that nothing will be said, and keep listening."""
    await listen(reader)
    writer.write_eof()
    await asyncio.Event().wait()


async def answer_before_the_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer as soon as the headers are there."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(_OK)
    await writer.drain()


_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
_HEAD = b"HTTP/1.1 200 OK\r\n"
_BOMB = gzip.compress(gzip.compress(bytes(20_000_000)))

_FINE = [
    *(Case(f"{code}", status(f"{code} Fine"), SENT) for code in (200, 201, 202, 203, 204, 205, 206, 207, 226, 299)),
    Case("no reason phrase", says(b"HTTP/1.1 204\r\n\r\n"), SENT),
    Case("HTTP/1.0, ended by closing", says(b"HTTP/1.0 200 OK\r\n\r\nok"), SENT),
    Case("HTTP/1.1 without a length, ended by closing", says(_HEAD + b"\r\nok"), SENT),
    Case("chunked", says(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"), SENT),
    Case(
        "chunked with trailers",
        says(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0\r\nX: y\r\n\r\n"),
        SENT,
    ),
    Case("kept alive", says(_HEAD + b"Connection: keep-alive\r\nContent-Length: 0\r\n\r\n"), SENT),
    Case("in pieces", says(*(_OK[place : place + 5] for place in range(0, len(_OK), 5))), SENT),
    Case("bare line feeds", says(b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok"), SENT),
    Case("100 first", says(b"HTTP/1.1 100 Continue\r\n\r\n" + _OK), SENT),
    Case("102 and 103 first", says(b"HTTP/1.1 102 Wait\r\n\r\nHTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\n" + _OK), SENT),
    Case("more than its length", says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more"), SENT),
    Case("answered before the body", answer_before_the_body, SENT),
    Case("bytes beyond ASCII in a header", says(_HEAD + b"X-A: \xff\xfe\xe9\r\nContent-Length: 0\r\n\r\n"), SENT),
    Case("a folded header", says(_HEAD + b"X-A: a\r\n b\r\nContent-Length: 0\r\n\r\n"), SENT),
    Case("cookies", status("200 OK", *(f"Set-Cookie: a{n}=b; Domain=127.0.0.1" for n in range(50))), SENT),
    Case("endless body", forever(_HEAD + b"\r\n", b"x" * 10_000), SENT),
    Case("endless chunks", forever(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 500), SENT),
    Case("a length of terabytes", forever(_HEAD + b"Content-Length: 9999999999999\r\n\r\n", b"x" * 10_000), SENT),
    Case("a gzip bomb", status("200 OK", "Content-Encoding: gzip, gzip", body=_BOMB), SENT),
    Case("not the gzip it says", status("200 OK", "Content-Encoding: gzip", body=b"not gzip"), SENT),
    Case(
        "a coding nobody knows", status("200 OK", "Content-Encoding: zstd, br, x-magic", body=b"\x00\xff" * 500), SENT
    ),
]
_LATER = [
    *(
        Case(f"{code} with a Location", status(f"{code} Go", "Location: http://127.0.0.1:1/"), REJECTED)
        for code in (300, 301, 302, 303, 304, 305, 307, 308)
    ),
    *(Case(f"{code}", status(f"{code} No"), REJECTED) for code in (400, 401, 402, 403, 404, 405, 406, 408, 409, 411)),
    *(Case(f"{code}", status(f"{code} No"), REJECTED) for code in (413, 415, 418, 422, 451, 499, 500, 501, 505, 599)),
    *(Case(f"{code}", status(f"{code} Busy"), THROTTLED) for code in (429, 502, 503, 504)),
    Case("429 for two minutes", status("429 Slow", "Retry-After: 120"), THROTTLED, retry_after=120),
    Case("503 until then", status("503 Off", "Retry-After: Sat, 21 Nov 2026 14:06:09 GMT"), THROTTLED, retry_after=60),
    Case(
        "503 until yesterday", status("503 Off", "Retry-After: Fri, 20 Nov 2026 14:06:09 GMT"), THROTTLED, retry_after=0
    ),
    Case("429 for a million years", status("429 Slow", "Retry-After: " + "9" * 40), THROTTLED, retry_after=1e9),
    Case("429 without sense", status("429 Slow", "Retry-After: a while"), THROTTLED),
    Case("429 for less than nothing", status("429 Slow", "Retry-After: -5"), THROTTLED),
    Case("999", status("999 What"), REJECTED),
    Case("410", status("410 Gone"), GONE),
    Case("410 that breaks off", says(b"HTTP/1.1 410 Gone\r\nContent-Length: 10\r\n\r\nx"), GONE),
    Case("410 that resets", reset_after(b"HTTP/1.1 410 Gone\r\nContent-Length: 100000\r\n\r\nx"), GONE),
    Case(
        "429 that breaks off",
        says(b"HTTP/1.1 429 Slow\r\nRetry-After: 120\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nx"),
        THROTTLED,
        retry_after=120,
    ),
    Case("410 with an endless body", forever(b"HTTP/1.1 410 Gone\r\n\r\n", b"x" * 10_000), GONE),
]
_BROKEN = [
    Case("closes at once", close_at_once, NETWORK),
    Case("closes without an answer", says(b""), NETWORK),
    Case("half-closes", half_close, NETWORK),
    Case("resets at once", reset_after(b"", unread=True), NETWORK),
    Case("resets without an answer", reset_after(b""), NETWORK),
    Case("resets within the headers", reset_after(b"HTTP/1.1 200 OK\r\nContent-Le"), NETWORK),
    Case("closes within the headers", says(b"HTTP/1.1 200 OK\r\nContent-Le"), NETWORK),
    Case("closes within the body", says(_HEAD + b"Content-Length: 10\r\n\r\nx"), NETWORK),
    Case("resets within the body", reset_after(_HEAD + b"Content-Length: 100000\r\n\r\nx"), NETWORK),
    Case("closes within a chunk", says(_HEAD + b"Transfer-Encoding: chunked\r\n\r\nff\r\nok"), NETWORK),
    Case("a chunk of no size", says(_HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n"), NETWORK),
    Case("two lengths", says(_HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nok"), NETWORK),
    Case("a length below nothing", says(_HEAD + b"Content-Length: -2\r\n\r\nok"), NETWORK),
    Case("a length of words", says(_HEAD + b"Content-Length: two\r\n\r\nok"), NETWORK),
    Case("101 unasked", says(b"HTTP/1.1 101 Switch\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), NETWORK),
    Case("no HTTP", says(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), NETWORK),
    Case("HTTP/0.9", says(b"<html>ok</html>\r\n\r\n"), NETWORK),
    Case("HTTP/2 unasked", says(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" * 20), NETWORK),
    Case("a status of five digits", says(b"HTTP/1.1 20000 OK\r\n\r\n"), NETWORK),
    Case("a status of words", says(b"HTTP/1.1 OK 200\r\n\r\n"), NETWORK),
    Case("zeros in a header", says(_HEAD + b"X-A: a\x00b\r\nContent-Length: 0\r\n\r\n"), NETWORK),
    Case("a header without a colon", says(_HEAD + b"nonsense\r\nContent-Length: 0\r\n\r\n"), NETWORK),
    Case("a header without a name", says(_HEAD + b": nonsense\r\nContent-Length: 0\r\n\r\n"), NETWORK),
    Case("one header without end", forever(_HEAD + b"X-A: ", b"a" * 10_000), NETWORK),
    Case("headers without end", forever(_HEAD, b"X-A: a\r\n" * 1000), NETWORK),
    Case("a status line without end", forever(b"HTTP/1.1 200 ", b"O" * 10_000), NETWORK),
    Case("interim answers without end", forever(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 500), NETWORK),
    Case("hangs", hang, TIMEOUT, 0.2),
    Case("hangs within the headers", hang_after(b"HTTP/1.1 200 OK\r\nX-A"), TIMEOUT, 0.2),
    Case("hangs after the headers", hang_after(_HEAD + b"Content-Length: 10\r\n\r\n"), TIMEOUT, 0.2),
    Case("hangs after an interim answer", hang_after(b"HTTP/1.1 102 Wait\r\n\r\n"), TIMEOUT, 0.2),
    Case("drips headers", forever(_HEAD, b"X", slowly=True), TIMEOUT, 0.2),
    Case("drips a body", forever(_HEAD + b"Content-Length: 99999\r\n\r\n", b"x", slowly=True), TIMEOUT, 0.2),
    Case("drips interim answers", forever(b"", b"HTTP/1.1 102 Wait\r\n\r\n", slowly=True), TIMEOUT, 0.2),
]

CASES = (*_FINE, *_LATER, *_BROKEN)
