"""Pool: a few connections to the mail server, kept for a little while, so that not every mail pays for a greeting.

A connection that ended while it rested is replaced before the mail is given to it, so nothing is lost by it and
nothing told twice. A server that takes fewer connections than we would open is served by those that it takes.
"""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from newsdesk import DeliveryFailure, TemporaryFailure

from ..channel import Receipt
from .line import Line, Outgoing, Stale, open_line
from .settings import Security, SmtpSettings

DEADLINE = 45.0
"""Seconds for one mail in all, below the lease of a delivery."""
_MOST = 5
"""Connections at once."""
_REST = 10.0
"""Seconds that one is kept without a mail; servers hang up after some minutes at the earliest (RFC 5321 4.5.3.2)."""
_MAILS = 100
"""How many mails go by one; servers often allow no more."""


class Pool:
    """The connections of one process to its mail server."""

    def __init__(self, deadline: float | None = None) -> None:
        """Give each mail `deadline` seconds."""
        self._deadline = DEADLINE if deadline is None else deadline
        self._places = asyncio.Semaphore(_MOST)
        self._resting: list[Line] = []
        self._busy = 0
        """How many are being opened, or carry a mail, just now."""
        self._refused_at = -_REST
        """On the loop's clock: when the server had no further connection for us."""
        self._done = asyncio.Event()
        """One of those has done; made anew each time."""
        self._leaving: set[asyncio.Task[None]] = set()
        self._context: ssl.SSLContext | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def send(self, mail: Outgoing, settings: SmtpSettings) -> Receipt:
        """Hand one mail over by a connection that rests, or by a new one. Raises TemporaryFailure, PermanentFailure."""
        async with self._places:
            try:
                async with asyncio.timeout(self._deadline):
                    return await self._send(mail, settings)
            except TimeoutError:
                told = f"the mail server took above {self._deadline:g} s"
                raise TemporaryFailure(DeliveryFailure.TIMEOUT, told) from None

    async def close(self) -> None:
        """Take leave on every connection."""
        if self._timer is not None:
            self._timer.cancel()
        resting, self._resting = self._resting, []
        await asyncio.gather(*self._leaving, *(line.quit() for line in resting), return_exceptions=True)

    async def _send(self, mail: Outgoing, settings: SmtpSettings) -> Receipt:
        while True:
            line = self._take(settings) or await self._another(settings)
            try:
                return await self._by(line, mail)
            except Stale:
                # What ended one has most often ended all that rest.
                self._leave([one for one in self._resting if not one.is_usable])

    async def _another(self, settings: SmtpSettings) -> Line:
        """Open a connection; while the server has none left for us, wait for one that is in use."""
        clock = asyncio.get_running_loop().time
        while True:
            if not self._busy or clock() - self._refused_at >= _REST:
                try:
                    with self._at_work():
                        return await open_line(settings, self._tls(settings), self._deadline)
                except TemporaryFailure as failure:
                    if failure.reason is not DeliveryFailure.THROTTLED or not self._busy:
                        raise
                    self._refused_at = clock()
            await self._done.wait()
            if (line := self._take(settings)) is not None:
                return line

    async def _by(self, line: Line, mail: Outgoing) -> Receipt:
        try:
            with self._at_work():
                return await line.send(mail)
        finally:
            # A deadline, too, ends here: what is cut off in the middle of a conversation carries no other.
            if line.is_usable and line.mails < _MAILS:
                self._rest(line)
            elif line.is_usable:
                self._leave([line])
            else:
                line.close()

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        self._busy += 1
        try:
            yield
        finally:
            self._busy -= 1
            self._done.set()
            self._done = asyncio.Event()

    def _take(self, settings: SmtpSettings) -> Line | None:
        """Give the connection that has rested least; those that cannot serve any more are let go."""
        self._leave([line for line in self._resting if not line.is_usable or line.settings != settings])
        return self._resting.pop() if self._resting else None

    def _rest(self, line: Line) -> None:
        loop = asyncio.get_running_loop()
        line.rests_since = loop.time()
        self._resting.append(line)
        if self._timer is None:
            self._timer = loop.call_later(_REST, self._tidy)

    def _tidy(self) -> None:
        """Let go of what has rested for long, and look again when the next one will have."""
        loop = asyncio.get_running_loop()
        self._timer = None
        self._leave([line for line in self._resting if loop.time() - line.rests_since >= _REST])
        if self._resting:
            self._timer = loop.call_at(min(line.rests_since for line in self._resting) + _REST, self._tidy)

    def _leave(self, lines: list[Line]) -> None:
        for line in lines:
            if line in self._resting:
                self._resting.remove(line)
            if not line.is_usable:
                line.close()
                continue
            task = asyncio.create_task(line.quit(), name="leave-mail-server")
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    def _tls(self, settings: SmtpSettings) -> ssl.SSLContext | None:
        if settings.security is Security.NONE:
            return None
        if self._context is None:
            self._context = ssl.create_default_context()
        return self._context
