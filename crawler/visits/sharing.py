"""Sharing: outlets that name the same list are claimed together, and one request brings the answer for all of them."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable, Sequence
from datetime import datetime, timedelta

from newsdesk import clean_url

from ..downloader.answer import Answer
from ..state import ClaimedSource

_FORGET = timedelta(minutes=10)

_Round = tuple[datetime, str]
"""When it was claimed, and the canonical address of the list."""


class Shared:
    """The answers that several visits of one round wait for; each is dropped when the last of them has it."""

    def __init__(self) -> None:
        """Wait for nothing."""
        self._expected: Counter[_Round] = Counter()
        self._asked: dict[_Round, dict[Hashable, asyncio.Task[Answer]]] = {}

    def expect(self, sources: Sequence[ClaimedSource]) -> None:
        """Take note of what was claimed together."""
        rounds = Counter(map(_round, sources))
        self._expected.update({key: count for key, count in rounds.items() if count > 1})
        if rounds:
            old = max(rounds)[0] - _FORGET
            for key in [key for key in self._expected if key[0] < old]:
                self._forget(key)

    async def get(self, source: ClaimedSource, manner: Hashable, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        """Give the answer for one visit; visits of one round that `ask` in the same `manner` share it."""
        key = _round(source)
        if key not in self._expected:
            return await ask()
        tasks = self._asked.setdefault(key, {})
        if manner not in tasks:
            tasks[manner] = asyncio.ensure_future(ask())
            tasks[manner].add_done_callback(_seen)
        try:
            return await asyncio.shield(tasks[manner])
        finally:
            self._expected[key] -= 1
            if self._expected[key] <= 0:
                self._forget(key)

    def _forget(self, key: _Round) -> None:
        del self._expected[key]
        for task in self._asked.pop(key, {}).values():
            task.cancel()


def _round(source: ClaimedSource) -> _Round:
    return source.last_attempt, clean_url(source.address)


def _seen(task: asyncio.Task[Answer]) -> None:
    """Take note of a failure that nobody waits for any more."""
    if not task.cancelled():
        task.exception()
