"""Wire: connections that are read from within bounds, whatever a server goes on to say."""

import contextlib
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore

RECEIVED = 256_000
"""Bytes taken from a server in all: headers, interim answers (1xx) and the framing of chunks have an end as well."""


class Metered(httpcore.AnyIOBackend):
    """Opens connections that give up on a server that says too much."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  (httpcore's own form, here and below)
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect, as httpcore asks."""
        return _Meter(await super().connect_tcp(host, port, timeout, local_address, socket_options))


class _Meter(httpcore.AsyncNetworkStream):
    """One connection, and how much may still be read from it."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._left = RECEIVED
        self._unsent = bytearray()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        await self._send(timeout)
        data = await self._stream.read(max_bytes, timeout)
        self._left -= len(data)
        if self._left < 0:
            raise httpcore.ReadError(f"{RECEIVED // 1000} kB, and no end of the answer")
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        self._unsent += buffer

    async def _send(self, timeout: float | None) -> None:  # noqa: ASYNC109
        """Send head and body together, so that none of them arrives alone if the process is killed between them."""
        if self._unsent:
            request, self._unsent = bytes(self._unsent), bytearray()
            with contextlib.suppress(httpcore.WriteError):  # a server may answer, and take no more
                await self._stream.write(request, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        try:
            return _Meter(await self._stream.start_tls(ssl_context, server_hostname, timeout))
        except BaseException:  # at the deadline, too, when httpcore would leave the socket open
            await self.aclose()
            raise

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
