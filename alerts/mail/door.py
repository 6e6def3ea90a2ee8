"""The door for bounces: a mail server on this machine hands them in by LMTP or SMTP; nothing else is taken here."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session, syntax

_MOST = 2_000_000
"""Bytes of one mail: reports may bring the whole mail back with them."""
_PATIENCE = 60.0
"""Seconds without a word."""

Take = Callable[[bytes, str], Awaitable[None]]
"""Takes a mail and whom it is for."""


class Door:
    """Listens on loopback while it is open."""

    def __init__(self, is_ours: Callable[[str], bool], take: Take) -> None:
        """Let in what is for an address that `is_ours`, and have it taken before it is answered for."""
        self._handler = _Handler(is_ours, take)
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """Give the port that it listens on."""
        assert self._server is not None, "the door is not open"
        return int(self._server.sockets[0].getsockname()[1])

    async def open(self, address: str) -> None:
        """Listen at HOST:PORT. Raises OSError."""
        host, _, port = address.rpartition(":")
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._conversation, host.strip("[]"), int(port))

    async def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def _conversation(self) -> SMTP:
        return _Either(
            self._handler,
            hostname="localhost",
            ident="Tocsin, bounces only",
            data_size_limit=_MOST,
            timeout=_PATIENCE,
            loop=asyncio.get_running_loop(),
        )


class _Either(SMTP):
    """Greets by LHLO as well: with one recipient a mail, the two protocols differ in nothing else (RFC 2033 4)."""

    @syntax("LHLO hostname")
    async def smtp_LHLO(self, hostname: str) -> None:
        """Greet a speaker of LMTP."""
        await self.smtp_EHLO(hostname)


class _Handler:
    """Decides on recipients and mails."""

    def __init__(self, is_ours: Callable[[str], bool], take: Take) -> None:
        self._is_ours, self._take = is_ours, take

    async def handle_RCPT(
        self, _server: Any, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Accept one recipient, whose address a mail of ours was sent with."""
        if envelope.rcpt_tos:
            return "452 4.5.3 one recipient at a time"
        if not self._is_ours(address):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 go on"

    async def handle_DATA(self, _server: Any, _session: Session, envelope: Envelope) -> str:
        """Answer for a mail when what it says is on record."""
        try:
            await self._take(bytes(envelope.original_content or b""), str(envelope.rcpt_tos[0]))
        except Exception:
            # The server that hands it in keeps it, and comes again.
            return "451 4.3.0 not on record, come again"
        return "250 2.0.0 taken"
