"""Scripts: what pages load again and again, kept as long as its servers say, so that rendering asks for it once."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..cadence.cadence import fresh_for

_MOST_BYTES = 32_000_000
_MOST_OF_ONE = 4_000_000


@dataclass(frozen=True, slots=True)
class Part:
    """What a page's script asked for, as its server gave it; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Scripts:
    """Scripts by address, the least used dropped first; none is kept without its server's leave."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, most: int = _MOST_BYTES) -> None:
        """Keep time by `clock`, and `most` bytes."""
        self._clock, self._most = clock, most
        self._kept: OrderedDict[str, tuple[float, Part]] = OrderedDict()
        self._size = 0

    def get(self, url: str) -> Part | None:
        """Give a script that is still fresh."""
        until, part = self._kept.get(url, (0.0, None))
        if part is None:
            return None
        if until <= self._clock():
            self._drop(url)
            return None
        self._kept.move_to_end(url)
        return part

    def keep(self, url: str, part: Part) -> None:
        """Keep a script for as long as its headers allow."""
        fresh = fresh_for(part.headers).total_seconds()
        if part.status != 200 or fresh <= 0 or len(part.body) > _MOST_OF_ONE:
            return
        self._drop(url)
        self._kept[url] = (self._clock() + fresh, part)
        self._size += len(part.body)
        while self._size > self._most:
            self._drop(next(iter(self._kept)))

    def _drop(self, url: str) -> None:
        if found := self._kept.pop(url, None):
            self._size -= len(found[1].body)
