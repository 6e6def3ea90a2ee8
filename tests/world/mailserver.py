"""A mail server that misbehaves as it is told, and keeps what it was given."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Answers = Callable[[int, str, int], "bytes | None"]
"""From the number of the connection, the verb and how often it came on it, what is answered; None hangs up."""

USUAL = {
    "greeting": b"220 mx.example ESMTP\r\n",
    "EHLO": b"250-mx.example\r\n250-SIZE 10000000\r\n250-SMTPUTF8\r\n250 ENHANCEDSTATUSCODES\r\n",
    "HELO": b"250 mx.example\r\n",
    "MAIL": b"250 2.1.0 ok\r\n",
    "RCPT": b"250 2.1.5 ok\r\n",
    "DATA": b"354 go on\r\n",
    "content": b"250 2.0.0 taken\r\n",
    "RSET": b"250 2.0.0 ok\r\n",
    "QUIT": b"221 2.0.0 bye\r\n",
}


@dataclass
class MailServer:
    """What it does, and what came of it."""

    answers: Answers = lambda _connection, _verb, _count: b""
    """Nothing is the usual answer."""
    drips: bool = False
    mails: list[bytes] = field(default_factory=list)
    """Those whose end it has seen, whatever it answered."""
    verbs: list[list[str]] = field(default_factory=list)
    """Of each connection."""
    port: int = 0
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """Somebody has taken leave."""
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number, counts = len(self.verbs), dict[str, int]()
        self.verbs.append([])
        self._writers.append(writer)
        try:
            verb = "greeting"
            while await self._answer(writer, number, verb, counts) and verb != "QUIT":
                if verb == "DATA" and not self._refuses(number, counts):
                    verb, content = "content", await reader.readuntil(b"\r\n.\r\n")
                    self.mails.append(content[:-3])
                elif line := await reader.readline():
                    verb = line.split()[0].decode("ascii", "replace").upper()
                    self.verbs[number].append(verb)
                else:
                    break
            if verb == "QUIT":
                self.left.set()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def hang_up(self) -> None:
        """End every connection."""
        for writer in self._writers:
            writer.close()

    def _refuses(self, number: int, counts: dict[str, int]) -> bool:
        answer = self.answers(number, "DATA", counts["DATA"])
        return bool(answer) and not answer.startswith(b"354")  # type: ignore[union-attr]

    async def _answer(self, writer: asyncio.StreamWriter, number: int, verb: str, counts: dict[str, int]) -> bool:
        counts[verb] = counts.get(verb, 0) + 1
        answer = self.answers(number, verb, counts[verb])
        if answer is None:
            return False
        answer = answer or USUAL.get(verb, b"500 5.5.1 what\r\n")
        for piece in [answer[i : i + 1] for i in range(len(answer))] if self.drips else [answer]:
            writer.write(piece)
            await writer.drain()
            if self.drips:
                await asyncio.sleep(0)
        return True


@asynccontextmanager
async def mail_server(
    answers: Answers | None = None, *, context: ssl.SSLContext | None = None, drips: bool = False
) -> AsyncIterator[MailServer]:
    """Open one on loopback."""
    made = MailServer(answers or MailServer.answers, drips)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=context, limit=1 << 22)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        made.hang_up()
