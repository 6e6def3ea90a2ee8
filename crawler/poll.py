"""Poller: one visit, from the request for a list to the filing of its articles; and the many that fall due."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from newsdesk import Database, Desk, Guard

from .outlet import Outlet
from .settings import CrawlSettings

Progress = Callable[["PollReport"], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PollReport:
    """What one visit to one outlet brought, so far or in all (`done`)."""

    outlet: str
    lists: int = 0
    lists_read: int = 0
    not_modified: int = 0
    leads: int = 0
    new: int = 0
    revised: int = 0
    copies: int = 0
    known: int = 0
    failed: int = 0
    problems: tuple[str, ...] = ()
    done: bool = False

    @property
    def ended(self) -> int:
        """Count the leads that came to an end; `leads` is the whole."""
        return self.new + self.revised + self.copies + self.known + self.failed


class Poller:
    """Polls the sources that are due and files what they list; `counters` tells what was done since the start."""

    def __init__(
        self,
        database: Database,
        desk: Desk,
        outlets: Sequence[Outlet],
        settings: CrawlSettings,
        guard: Guard,
        on_filed: Callable[[], None] = lambda: None,
    ) -> None:
        """Call `on_filed` after each commit that filed articles."""
        self._database = database
        self.counters: Mapping[str, Counter[tuple[str, ...]]] = {}

    async def start(self) -> None:
        """Start the engine and its reading processes; take over what an earlier run left unfinished."""
        raise NotImplementedError

    async def stop(self, timeout: float = 5.0) -> None:
        """Claim nothing more, let what is in flight finish for at most `timeout` seconds, return the rest."""
        raise NotImplementedError

    async def tick(self) -> None:
        """Claim what is due, as far as there is room; returns at once, the work goes on behind it."""
        raise NotImplementedError

    async def poll(self, slugs: Sequence[str] | None = None, progress: Progress | None = None) -> list[PollReport]:
        """Visit outlets now, whether due or not, and wait until their leads have ended."""
        raise NotImplementedError

    async def reload(self, outlets: Sequence[Outlet], settings: CrawlSettings | None = None) -> None:
        """Take over a new configuration: new sources fall due, those of removed outlets are kept but rest."""
        raise NotImplementedError
