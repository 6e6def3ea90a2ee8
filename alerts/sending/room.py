"""Room: how many deliveries may be claimed for each server. Few, ahead where it is quick; one where it is down."""

from collections import Counter
from dataclasses import dataclass, replace

_AHEAD = 20


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
            return self.most + _AHEAD * (endpoint in self.quick) - self.busy[endpoint]
        if sum(self.busy[other] for other in self.failing) >= self.most_failing:
            return 0
        return 1 - self.busy[endpoint]
