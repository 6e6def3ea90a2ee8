"""Room: how many deliveries may be claimed for each server, and how many of them are under way to it at once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

AHEAD = 20
"""So many are claimed for a quick server before it has room for them."""
_PROMPT = 0.1
"""Seconds for which a delivery lets the one before it end first."""


@dataclass(frozen=True, slots=True)
class Room:
    """How many more may be claimed of each endpoint.

    Few, and some ahead where it is quick; one where it is down, and half of all places for those that are.
    """

    most: int
    most_failing: int
    busy: Counter[str]
    failing: frozenset[str]
    quick: frozenset[str]

    def copy(self) -> "Room":
        """Give the same to count in."""
        return replace(self, busy=Counter(self.busy))

    def full(self) -> list[str]:
        """Give the endpoints that have no room left."""
        return [endpoint for endpoint in {*self.busy, *self.failing} if self._left(endpoint) <= 0]

    def admits(self, endpoint: str) -> bool:
        """Take a place at an endpoint, if it has one left."""
        if self._left(endpoint) <= 0:
            return False
        self.busy[endpoint] += 1
        return True

    def _left(self, endpoint: str) -> int:
        if endpoint not in self.failing:
            return self.most + AHEAD * (endpoint in self.quick) - self.busy[endpoint]
        if sum(self.busy[other] for other in self.failing) >= self.most_failing:
            return 0
        return 1 - self.busy[endpoint]


class Door:
    """The way to one server: a few go at once, or in turn, one after the other while it answers promptly.

    What is under way when the process is killed goes out again, so that little is where little waits.
    """

    def __init__(self, most: int) -> None:
        """Let so many through at once at most."""
        self._places = asyncio.Semaphore(most)
        self._turn = asyncio.Lock()

    @property
    def is_full(self) -> bool:
        """Tell whether another has to wait for a place."""
        return self._places.locked()

    @asynccontextmanager
    async def passed(self, *, in_turn: bool) -> AsyncIterator[None]:
        """Wait for a place, and `in_turn` a moment for the one before to end."""
        async with self._places:
            has_turn = in_turn and await self._has_turn()
            try:
                yield
            finally:
                if has_turn:
                    self._turn.release()

    async def _has_turn(self) -> bool:
        try:
            async with asyncio.timeout(_PROMPT):
                return await self._turn.acquire()
        except TimeoutError:
            return False
