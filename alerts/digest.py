"""When an alert goes out, and which go out together: pure functions of the plan and of `now`."""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import TypeVar

T = TypeVar("T")

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Cadence(StrEnum):
    """How often someone is told."""

    NOW = "now"
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True)
class Plan:
    """When one target is told: `at` and `day` in its own `zone`; nothing between the two times of `quiet`."""

    when: Cadence = Cadence.NOW
    at: time = time(8)
    day: str = "monday"
    zone: tzinfo = UTC
    quiet: tuple[time, time] | None = None


def due(plan: Plan, now: datetime) -> datetime:
    """Give the instant at which an alert made `now` goes out; `now` itself when nothing holds it."""
    return _after_quiet(plan, _slot(plan, now))


def _slot(plan: Plan, now: datetime) -> datetime:
    if plan.when is Cadence.NOW:
        return now
    if plan.when is Cadence.HOURLY:
        # Counted in UTC so that a clock change neither skips nor doubles an hour; the offset keeps it on local hours.
        offset = (now.astimezone(plan.zone).utcoffset() or timedelta()) % timedelta(hours=1)
        local = now.astimezone(UTC) + offset
        return local.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1) - offset
    days = (plan.day,) if plan.when is Cadence.WEEKLY else WEEKDAYS
    return next(moment for moment in _moments(plan, plan.at, now, (0,), days) if moment > now)


def is_quiet(plan: Plan, moment: datetime) -> bool:
    """Tell whether a moment falls into the quiet hours; two equal times are none."""
    if plan.quiet is None:
        return False
    (start, end), clock = plan.quiet, moment.astimezone(plan.zone).time()
    return start <= clock < end if start <= end else clock >= start or clock < end


def _after_quiet(plan: Plan, moment: datetime) -> datetime:
    if plan.quiet is None or not is_quiet(plan, moment):
        return moment
    ends = _moments(plan, plan.quiet[1], moment, (0, 1))
    # A time that the clock skips has a reading before the change as well, and there it is still quiet.
    return next(end for end in ends if end > moment and not is_quiet(plan, end))


def _moments(
    plan: Plan, at: time, near: datetime, folds: Sequence[int], on: Container[str] = WEEKDAYS
) -> Iterator[datetime]:
    """Give the instants of a wall-clock time `on` some weekdays, day by day from the day before `near`.

    A time that a clock change skips comes as much later as the clock jumps; one that comes twice counts the first
    time only, unless both `folds` are asked for.
    """
    today: date = near.astimezone(plan.zone).date()
    for day in (today + timedelta(days=days) for days in range(-1, 9)):
        wall = datetime.combine(day, at, plan.zone)
        if WEEKDAYS[day.weekday()] in on:
            yield from sorted({wall.replace(fold=fold).astimezone(UTC) for fold in folds})


def packed(items: Iterable[T], sizes: Iterable[int], *, most: int, room: int) -> Iterator[list[T]]:
    """Give the items in order as few groups as fit: at most `most` items and, but for a single one, `room` bytes."""
    group: list[T] = []
    used = 0
    for item, size in zip(items, sizes, strict=True):
        if group and (len(group) >= most or used + size > room):
            yield group
            group, used = [], 0
        group.append(item)
        used += size
    if group:
        yield group
