"""Gates: how fast one host may be asked, whoever asks: a pause between two starts, and so many requests at once."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Gate:
    inside: list[int] = field(default_factory=list)
    """Beside how many, itself counted, each of those inside agreed to be."""
    opens_at: float = 0.0
    rests_until: float = 0.0
    waiting: deque[tuple[asyncio.Future[None], int]] = field(default_factory=deque)

    def admits(self, at_once: int) -> bool:
        """Tell whether there is room for one more who would be beside so many at most."""
        return len(self.inside) < min(at_once, *self.inside) if self.inside else True


class HostRests(Exception):
    """A host asked not to be asked for so many `seconds` more."""

    def __init__(self, seconds: float) -> None:
        """Keep how long the rest still lasts."""
        super().__init__(f"the host asked for a rest of {seconds:.0f} s more")
        self.seconds = seconds


class Gates:
    """One gate a host and port. Scrapy's own limit does not hold on the asyncio reactor, and its slots forget."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Keep time by `clock`, in seconds that never run backwards."""
        self._clock = clock
        self._gates: dict[str, _Gate] = {}

    @asynccontextmanager
    async def enter(self, host: str, delay: float, at_once: int, *, ahead: bool = False) -> AsyncIterator[None]:
        """Wait for a turn, first come first served, but `ahead` of all others; the turn ends with the block.

        Who asks for 1 at once is alone.

        Raises HostRests at once where the host rests: nobody holds a place open for as long as that.
        """
        gate = self._gates.setdefault(host, _Gate())
        self._check_rest(gate)
        await self._admitted(gate, at_once, ahead)
        try:
            # By the real starts, not those planned: a busy loop wakes late, and the next would follow at once.
            while (wait := gate.opens_at - self._clock()) > 0:  # noqa: ASYNC110  (time sets no event)
                await asyncio.sleep(wait)
            # Another answer may have asked for a rest meanwhile.
            self._check_rest(gate)
            gate.opens_at = self._clock() + delay
            yield
        finally:
            self._leave(gate, at_once)
            self._forget()

    def close_for(self, host: str, seconds: float) -> None:
        """Let nobody new in for so many seconds: the host asked for a rest."""
        gate = self._gates.setdefault(host, _Gate())
        gate.rests_until = max(gate.rests_until, self._clock() + seconds)

    def rests_for(self, host: str) -> float:
        """Give how many seconds are left of the rest that the host asked for."""
        gate = self._gates.get(host)
        return max(0.0, gate.rests_until - self._clock()) if gate else 0.0

    def _check_rest(self, gate: _Gate) -> None:
        rest = gate.rests_until - self._clock()
        if rest > 0:
            raise HostRests(rest)

    async def _admitted(self, gate: _Gate, at_once: int, ahead: bool) -> None:
        if (ahead or not gate.waiting) and gate.admits(at_once):
            gate.inside.append(at_once)
            return
        turn = asyncio.get_running_loop().create_future()
        if ahead:
            gate.waiting.appendleft((turn, at_once))
        else:
            gate.waiting.append((turn, at_once))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave(gate, at_once)
            raise

    def _leave(self, gate: _Gate, at_once: int) -> None:
        gate.inside.remove(at_once)
        self._admit(gate)

    def _admit(self, gate: _Gate) -> None:
        while gate.waiting:
            turn, at_once = gate.waiting[0]
            if turn.done():
                gate.waiting.popleft()
            elif gate.admits(at_once):
                gate.waiting.popleft()
                gate.inside.append(at_once)
                turn.set_result(None)
            else:
                return

    def _forget(self) -> None:
        """Drop the gates that nobody uses, once there are many: a crawler meets hosts without end."""
        if len(self._gates) < 1000:
            return
        now = self._clock()
        for host, gate in list(self._gates.items()):
            if not gate.inside and not gate.waiting and max(gate.opens_at, gate.rests_until) < now:
                del self._gates[host]
