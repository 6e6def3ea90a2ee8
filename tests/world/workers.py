"""Readers of pages that daemons and imports of the tests borrow one after the other: to start them takes a second."""

from typing import Any

from crawler import Workers, warm_up


class Lent:
    """Workers that are there already, and stay when they are ended."""

    def __init__(self, workers: Workers) -> None:
        """Lend these."""
        self.run = workers.run
        self._workers = workers

    async def start(self) -> None:
        """Begin with nobody's turn: turns belong to the loop of the one before."""
        self._workers._turns.clear()

    async def stop(self) -> None:
        """Leave them as they are."""


def readers() -> Workers:
    """Give what the daemon reads with, one process of it."""
    return Workers(warm_up, count=1)


def lend(workers: Workers, monkeypatch: Any) -> None:
    """Have whoever wants to start readers of his own get these."""
    for place in ("crawler.poll.Workers", "crawler.Workers"):
        monkeypatch.setattr(place, lambda *_, **__: Lent(workers))
