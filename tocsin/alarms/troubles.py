"""Troubles: what keeps the daemon from its work, or its work from its ends, judged from what was measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from newsdesk import show_duration

STUCK = timedelta(minutes=10)
"""So long may a due delivery, a due list, or news that no watch has seen, wait while nothing moves."""
SLOW = timedelta(minutes=30)
"""So long may a due delivery wait at all."""
_ROOM = 100_000_000
"""Bytes that must be free where the database lies."""
_HOUR = timedelta(hours=1)
DATABASE, UNREACHABLE = "database", "the database is not reachable"
"""The key of the trouble that hides others, and what it is mostly."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong; `key` names it for as long as it lasts."""

    key: str
    text: str
    is_grave: bool = True
    """Whether the daemon itself is not well, as `tocsin health` tells; else only the operator is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was found when the daemon looked at itself."""

    database: str = ""
    """Why the database cannot be used, nothing where it can."""
    is_ticking: bool = True
    failing: Sequence[str] = ()
    """The jobs that keep failing."""
    waiting_since: datetime | None = None
    """When the longest waiting delivery became due."""
    last_attempt: datetime | None = None
    unswept_since: datetime | None = None
    """When the oldest news that no watch has seen was filed."""
    unvisited_since: datetime | None = None
    """When the list that waits longest was to be visited."""
    last_visit: datetime | None = None
    room: int | None = None
    """Bytes free where the database lies, where that is known."""
    dead: int = 0
    """Deliveries that failed for good within the last hour."""
    blind: Mapping[str, str] = field(default_factory=dict)
    """The outlets in trouble, and what it is."""


def judge(measured: Measured, now: datetime) -> list[Trouble]:
    """Give what is wrong, the gravest first."""
    found = []
    if measured.database:
        found.append(Trouble(DATABASE, measured.database))
    if not measured.is_ticking:
        found.append(Trouble("schedule", "the schedule does not run"))
    found += [Trouble(f"job {name}", f"the job {name} keeps failing") for name in measured.failing]
    found += _queues(measured, now)
    if measured.room is not None and measured.room < _ROOM:
        text = f"the disk of the database has only {measured.room / 1e6:.0f} MB left"
        found.append(Trouble("disk", text, is_grave=False))
    if measured.dead:
        text = f"{measured.dead} {'delivery' if measured.dead == 1 else 'deliveries'} failed for good within the hour"
        found.append(Trouble("dead", text, is_grave=False))
    found += [Trouble(f"outlet {slug}", f"the outlet {slug} is {how}", False) for slug, how in measured.blind.items()]
    return found


def _queues(measured: Measured, now: datetime) -> list[Trouble]:
    found = []
    waits = now - measured.waiting_since if measured.waiting_since else timedelta(0)
    idle = _idle(measured.last_attempt, now)
    if waits >= STUCK and idle >= STUCK:
        found.append(Trouble("queue", f"the oldest due delivery waits for {_lasting(waits)}, and none is tried"))
    elif waits >= SLOW:
        text = f"the oldest due delivery waits for {_lasting(waits)}: some receiver is slow"
        found.append(Trouble("slow", text, is_grave=False))
    if measured.unswept_since and (unseen := now - measured.unswept_since) >= STUCK:
        found.append(Trouble("sweep", f"news waits for {_lasting(unseen)} to be shown to the watches"))
    unvisited = now - measured.unvisited_since if measured.unvisited_since else timedelta(0)
    if unvisited >= STUCK and _idle(measured.last_visit, now) >= STUCK:
        found.append(Trouble("poll", f"the oldest due list waits for {_lasting(unvisited)}, and none is visited"))
    return found


def _idle(last: datetime | None, now: datetime) -> timedelta:
    return now - last if last else STUCK


def _lasting(duration: timedelta) -> str:
    return show_duration(timedelta(minutes=duration // timedelta(minutes=1)))


class Lately:
    """How much a running count has grown within the last hour."""

    def __init__(self) -> None:
        self._seen: list[tuple[datetime, int]] = []

    def grown(self, count: int, now: datetime) -> int:
        """Take note of the count, and give by how much it is above that of an hour ago, or of the start."""
        self._seen = [one for one in self._seen if now - one[0] <= _HOUR] or self._seen[-1:]
        if not self._seen or self._seen[-1][1] != count:
            self._seen.append((now, count))
        return count - min(self._seen[0][1], count)
