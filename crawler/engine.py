"""Scrapy's engine inside our own asyncio loop: one long-lived crawl that fetches what it is handed."""

from collections.abc import Awaitable, Callable


def run_on_reactor(main: Callable[[], Awaitable[int]]) -> int:
    """Install the asyncio reactor, run `main` on its loop and give its result; signals are left to the caller."""
    raise NotImplementedError
