"""When a page on record is looked at again for what was changed: often while it is young, ever more seldom, then never.

Most edits come within the first hours of a story. The steps are a compromise of our own: what an editor changes within
the first quarter of an hour is seen an hour later at most, and a page costs six small requests in two days.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from newsdesk import Precision

STEPS = tuple(
    timedelta(minutes=minutes) for minutes in (15, 60, 4 * 60, 12 * 60, 24 * 60, 2 * 24 * 60, 4 * 24 * 60, 7 * 24 * 60)
)
"""The ages at which a page is looked at; beyond the last, each step is half as long again as the one before."""
_NEAR = timedelta(minutes=5)
"""A step so near is not worth a request of its own."""
_SOONEST = timedelta(minutes=15)
_SHARE = 5
"""Looks may take this part of the time in which an outlet's host could be asked."""
_ENOUGH_LOOKS = 20
_MOST_LOOKS = 200
_RARE = 50
"""At an outlet where one look in so many or fewer finds an edit, every second step is left out."""
EXACT = frozenset({Precision.SECOND, Precision.MINUTE})
"""A date that tells an age."""


@dataclass(slots=True)
class _Shown:
    """What the looks at one outlet have shown of late."""

    looks: int = 0
    edits: int = 0
    ready_at: float = 0.0
    """When the next look may begin, in seconds of a clock that never runs backwards."""


class Rereading:
    """The schedule of looks for one process: how often, and how fast one after the other."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Keep the pace by `monotonic`, in seconds."""
        self._monotonic = monotonic
        self._outlets: dict[str, _Shown] = {}

    def is_ready(self, outlet: str) -> bool:
        """Tell whether an outlet has rested long enough since the last look at it."""
        shown = self._outlets.get(outlet)
        return shown is None or self._monotonic() >= shown.ready_at

    def looked(self, outlet: str, took: float, delay: timedelta, *, edited: bool | None = None) -> None:
        """Note a look that took so many seconds, with the wait for its turn; None where it showed nothing."""
        shown = self._outlets.setdefault(outlet, _Shown())
        shown.ready_at = self._monotonic() + (_SHARE - 1) * max(took, delay.total_seconds())
        if edited is None:
            return
        if shown.looks >= _MOST_LOOKS:
            shown.looks, shown.edits = shown.looks // 2, shown.edits // 2
        shown.looks += 1
        shown.edits += edited

    def next(self, outlet: str, born: datetime, now: datetime, window: timedelta, *, edited: bool) -> datetime | None:
        """Give when a page is looked at next, None for never."""
        return next_look(now - born, now, window, edited=edited, seldom=self._is_steady(outlet))

    def _is_steady(self, outlet: str) -> bool:
        shown = self._outlets.get(outlet)
        return shown is not None and shown.looks >= _ENOUGH_LOOKS and shown.edits * _RARE <= shown.looks


def next_look(
    age: timedelta, now: datetime, window: timedelta, *, edited: bool = False, seldom: bool = False
) -> datetime | None:
    """Give when a page of such an age is looked at next: at the next step of its age within the `window`.

    One that was `edited` just now is looked at sooner, after a quarter of its age; where edits are rare every second
    step is left out.
    """
    age = max(age, timedelta(0))
    steps = [step for step in _steps(window) if step > age + _NEAR]
    if edited and age < window:
        pause = max(_SOONEST, age / 4)
        return now + (min(pause, steps[0] - age) if steps else min(pause, max(window - age, _SOONEST)))
    place = 1 if seldom else 0
    return now + steps[place] - age if len(steps) > place else None


def _steps(window: timedelta) -> list[timedelta]:
    steps = list(STEPS)
    while steps[-1] < window:
        steps.append(steps[-1] * 1.5)
    return [step for step in steps if step <= window]


def birth(
    published: datetime | None, precision: Precision | None, found: datetime, window: timedelta, *, quiet: bool
) -> datetime | None:
    """Give from when on a page's age is counted, None where it is too old or nothing tells.

    What stands in the first list of an outlet may be of any age: there only a date tells. News of unknown or coarse
    date is as old as its finding.
    """
    if published is None or published > found:
        return None if quiet and published is None else found
    if found - published > window + (timedelta(0) if precision in EXACT else timedelta(days=1)):
        return None
    return published if quiet or precision in EXACT else found
