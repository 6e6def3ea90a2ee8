"""Self-watch: the daemon looks at itself, sounds the siren, and beats for a watcher outside while all is well."""

import asyncio
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import text

from alerts import Direct, Heart, Ledger
from crawler import Attendance, OutletState, attendance, outlet_states
from newsdesk import Database, Desk

from ..log import logger
from ..schedule import Schedule
from ..storage import sqlite_path
from .siren import MEMORY, Siren
from .troubles import UNREACHABLE, Lately, Measured, Trouble, judge

EVERY = 15.0
"""Seconds between two looks."""
_PATIENCE = 5.0
"""Seconds for the database to answer ..."""
_WRITING = 45.0
"""... and to take a row, which may wait for others."""

log = logger("selfwatch")


@dataclass(frozen=True, slots=True)
class Seen:
    """What the database said of the queues and the outlets."""

    waiting_since: datetime | None
    last_attempt: datetime | None
    unswept_since: datetime | None
    lists: Attendance
    blind: dict[str, str]


class SelfWatch:
    """What is wrong with this daemon, and who is told of it."""

    def __init__(
        self,
        database: Database,
        schedule: Schedule,
        direct: Direct,
        heart: Heart | None = None,
        *,
        dead: Callable[[], int] = lambda: 0,
        polled: Callable[[], set[str]] = set,
        folder: Path | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Look at `database` and `schedule`; `dead` counts what failed for good since the start.

        What was told is remembered beside an SQLite file, else in `folder`.
        """
        self.unwritten = ""
        """Why the database took no row, when it was last tried; nothing where it did."""
        self._writing: float | None = None
        self._monotonic = monotonic
        path = sqlite_path(database)
        self._place = path.parent if path else None
        beside = self._place or folder
        self.siren = Siren(direct, beside / MEMORY if beside else None)
        self._database, self._schedule = database, schedule
        self._dead, self._polled, self._lately = dead, polled, Lately()
        self._asking: asyncio.Future[Seen] | None = None
        self._heart = heart
        self._missed = False
        self._began: datetime | None = None
        """The first look: what waited before is not late for it."""

    async def look(self, now: datetime) -> list[Trouble]:
        """Give what is wrong; the answer comes, whatever the database does."""
        seen, database = None, ""
        began = self._began = min(self._began or now, now)
        try:
            seen = await asyncio.wait_for(asyncio.shield(self._answer()), _PATIENCE)
        except Exception as error:
            # Whatever it is, the answer must come; the whole story is in the log.
            log.warning("database not reachable", error=type(error).__name__)
            database = UNREACHABLE
        if not database and (why := self.unwritten or self._slow()):
            database = f"the database cannot be written: {why}"
        measured = Measured(
            database=database,
            is_ticking=self._schedule.ticking(),
            failing=self._schedule.failing(),
            waiting_since=_not_before(began, seen.waiting_since) if seen else None,
            last_attempt=seen.last_attempt if seen else None,
            unswept_since=_not_before(began, seen.unswept_since) if seen else None,
            unvisited_since=_not_before(began, seen.lists.due_since) if seen else None,
            last_visit=seen.lists.last_visit if seen else None,
            room=self._room(),
            dead=self._lately.grown(self._dead(), now),
            blind=seen.blind if seen else {},
        )
        return judge(measured, now)

    def _answer(self) -> "asyncio.Future[Seen]":
        """Ask the database, once at a time: one that hangs must not hold more than one thread."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.ensure_future(asyncio.to_thread(self._ask))
            self._asking.add_done_callback(lambda asked: asked.cancelled() or asked.exception())
        return self._asking

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Take note whether the database took what is written within."""
        self._writing = self._monotonic()
        try:
            yield
        except Exception as error:
            lines = str(getattr(error, "orig", None) or type(error).__name__).splitlines()
            self.unwritten = lines[0][:200] if lines else type(error).__name__
            raise
        finally:
            self._writing = None
        self.unwritten = ""

    def _slow(self) -> str:
        """Give why what is being written now counts as not written, nothing where it does not."""
        if self._writing is None or self._monotonic() - self._writing < _WRITING:
            return ""
        return f"no row was taken within {_WRITING:.0f} s"

    async def sound(self, now: datetime) -> None:
        """Tell the operator what is wrong."""
        await self.siren.sound(await self.look(now), now)

    def take_over(self, direct: Direct, heart: Heart | None) -> None:
        """Tell others from now on, and beat elsewhere or not at all."""
        self.siren.replace(direct)
        self._heart = heart

    async def beat(self, now: datetime) -> None:
        """Beat, unless something grave is wrong: that the beats stop is the message."""
        if self._heart is None or any(trouble.is_grave for trouble in await self.look(now)):
            return
        said = await self._heart.beat(now)
        if said and not self._missed:
            log.warning("heartbeat not taken", reason=said)
        self._missed = bool(said)

    async def close(self) -> None:
        """Close what the channels keep open."""
        await self.siren.close()
        if self._heart:
            await self._heart.close()

    def _ask(self) -> Seen:
        ledger, desk = Ledger(self._database), Desk(self._database)
        with self._database.read() as session:
            session.execute(text("SELECT 1"))
            unswept = desk.unswept_since(session)
        lists = attendance(self._database)
        return Seen(ledger.waiting_since(), ledger.last_attempt(), unswept, lists, self._blind())

    def _blind(self) -> dict[str, str]:
        polled = self._polled()
        states = {slug: state for slug, state in outlet_states(self._database).items() if slug in polled}
        return {slug: _told(state) for slug, state in sorted(states.items()) if state.health != "ok" and state.told}

    def _room(self) -> int | None:
        try:
            return shutil.disk_usage(self._place).free if self._place else None
        except OSError:
            return None


def _not_before(began: datetime, moment: datetime | None) -> datetime | None:
    return None if moment is None else max(began, moment)


def _told(state: OutletState) -> str:
    return f"{state.health.value} since {state.since:%Y-%m-%d %H:%M} UTC" if state.since else state.health.value
