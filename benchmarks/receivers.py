"""Receivers that take everything at once: a web server and a mail server, bare, in a process of their own.

They note which articles they received and when, by a pattern in what comes.
"""

import asyncio
import multiprocessing
import re
import time
from multiprocessing.connection import Connection
from types import TracebackType

Noted = list[tuple[int, float]]

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_SOFT = re.compile(rb"=\r\n")


class _Hook(asyncio.Protocol):
    """Answers 204 to every request that is whole."""

    def __init__(self, pattern: re.Pattern[bytes], noted: Noted) -> None:
        self._pattern, self._noted, self._data = pattern, noted, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        while (head := self._data.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self._data, 0, head + 2)
            end = head + 4 + (int(length[1]) if length else 0)
            if len(self._data) < end:
                return
            found = self._pattern.search(self._data, head, end)
            self._noted.append((int(found[1]) if found else -1, time.time()))
            closes = b"onnection: close" in self._data[:head]
            self._data = self._data[end:]
            self._transport.write(b"HTTP/1.1 204 No Content\r\n\r\n")
            if closes:
                self._transport.close()


class _Mail(asyncio.Protocol):
    """Takes every mail."""

    def __init__(self, pattern: re.Pattern[bytes], noted: Noted) -> None:
        self._pattern, self._noted, self._data, self._is_mail = pattern, noted, b"", False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(b"220 receiver ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._data += data
        while True:
            mark = b"\r\n.\r\n" if self._is_mail else b"\r\n"
            end = self._data.find(mark)
            if end < 0:
                return
            part, self._data = self._data[:end], self._data[end + len(mark) :]
            self._transport.write(self._mail(part) if self._is_mail else self._command(part[:4].upper()))

    def _mail(self, mail: bytes) -> bytes:
        found = self._pattern.search(_SOFT.sub(b"", mail))
        self._noted.append((int(found[1]) if found else -1, time.time()))
        self._is_mail = False
        return b"250 taken\r\n"

    def _command(self, verb: bytes) -> bytes:
        if verb == b"EHLO":
            return b"250-receiver\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 50000000\r\n"
        if verb == b"DATA":
            self._is_mail = True
            return b"354 go on\r\n"
        if verb == b"QUIT":
            return b"221 bye\r\n"
        return b"250 ok\r\n"


async def _serve(pattern: re.Pattern[bytes], pipe: Connection) -> None:
    loop, noted, ended = asyncio.get_running_loop(), Noted(), asyncio.Event()
    web = await loop.create_server(lambda: _Hook(pattern, noted), "0.0.0.0", 0, backlog=1000)
    mail = await loop.create_server(lambda: _Mail(pattern, noted), "127.0.0.1", 0, backlog=1000)
    pipe.send((web.sockets[0].getsockname()[1], mail.sockets[0].getsockname()[1]))

    def asked() -> None:
        match _read(pipe):
            case "count":
                pipe.send(len(noted))
            case "take":
                pipe.send(list(noted))
                noted.clear()
            case _:
                ended.set()

    loop.add_reader(pipe.fileno(), asked)
    await ended.wait()


def _read(pipe: Connection) -> str:
    try:
        return str(pipe.recv())
    except EOFError:
        return "end"  # whoever asked is gone


def _work(pattern: re.Pattern[bytes], pipe: Connection) -> None:
    asyncio.run(_serve(pattern, pipe))


class Receivers:
    """Both receivers, from `with` to its end."""

    http_port: int
    smtp_port: int

    def __init__(self, pattern: re.Pattern[bytes]) -> None:
        """Note what the first group of `pattern` finds in each request and mail: a number."""
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(pattern, theirs), daemon=True)

    def __enter__(self) -> "Receivers":
        """Start."""
        self._process.start()
        self.http_port, self.smtp_port = self._pipe.recv()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self._pipe.send("end")
        self._process.join(5)

    @property
    def count(self) -> int:
        """Count what came since it was last taken."""
        self._pipe.send("count")
        return int(self._pipe.recv())

    def take(self) -> Noted:
        """Give what came since the last time: each article's number and the moment."""
        self._pipe.send("take")
        noted: Noted = self._pipe.recv()
        return noted

    async def has(self, count: int) -> None:
        """Wait until so many came."""
        while self.count < count:  # noqa: ASYNC110  (another process's)
            await asyncio.sleep(0.02)
