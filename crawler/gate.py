"""Gates: how fast one host may be asked, whoever asks: a pause between two starts, and so many requests at once."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Gate:
    inside: int = 0
    opens_at: float = 0.0
    waiting: deque[tuple[asyncio.Future[None], int]] = field(default_factory=deque)


class Gates:
    """One gate a host and port. Scrapy's own limit does not hold on the asyncio reactor, and its slots forget."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Keep time by `clock`, in seconds that never run backwards."""
        self._clock = clock
        self._gates: dict[str, _Gate] = {}

    @asynccontextmanager
    async def enter(self, host: str, delay: float, at_once: int) -> AsyncIterator[None]:
        """Wait for a turn, first come first served; the turn ends with the block."""
        gate = self._gates.setdefault(host, _Gate())
        await self._admitted(gate, at_once)
        try:
            now = self._clock()
            start = max(now, gate.opens_at)
            gate.opens_at = start + delay
            if start > now:
                await asyncio.sleep(start - now)
            yield
        finally:
            gate.inside -= 1
            self._admit(gate)
            self._forget()

    def close_for(self, host: str, seconds: float) -> None:
        """Let nobody new in for so many seconds: the host asked for a rest."""
        gate = self._gates.setdefault(host, _Gate())
        gate.opens_at = max(gate.opens_at, self._clock() + seconds)

    def closed_for(self, host: str) -> float:
        """Give for how many seconds more a newcomer would wait at least."""
        gate = self._gates.get(host)
        return max(0.0, gate.opens_at - self._clock()) if gate else 0.0

    async def _admitted(self, gate: _Gate, at_once: int) -> None:
        if not gate.waiting and gate.inside < at_once:
            gate.inside += 1
            return
        turn = asyncio.get_running_loop().create_future()
        gate.waiting.append((turn, at_once))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                gate.inside -= 1
                self._admit(gate)
            raise

    def _admit(self, gate: _Gate) -> None:
        while gate.waiting:
            turn, at_once = gate.waiting[0]
            if turn.done():
                gate.waiting.popleft()
            elif gate.inside < at_once:
                gate.waiting.popleft()
                gate.inside += 1
                turn.set_result(None)
            else:
                return

    def _forget(self) -> None:
        """Drop the gates that nobody uses, once there are many: a crawler meets hosts without end."""
        if len(self._gates) < 1000:
            return
        now = self._clock()
        for host, gate in list(self._gates.items()):
            if not gate.inside and not gate.waiting and gate.opens_at < now:
                del self._gates[host]
