"""Crash points: named moments at which a process can be made to kill itself, to prove that no crash loses an alert.

`TOCSIN_CRASH_AT=claimed:2` ends the daemon by SIGKILL as it passes `claimed` for the second time. Unset, each passing
costs one comparison.
"""

import os
import signal
from collections.abc import Mapping

from .errors import ConfigError, Problem

VARIABLE = "TOCSIN_CRASH_AT"
CRASH_POINTS = (
    *("start", "fetched", "parsed", "before_store", "in_store_tx", "after_store"),
    *("matched", "in_enqueue_tx", "after_enqueue"),
    *("claimed", "before_send", "sent_no_answer", "answered", "in_mark_tx", "after_mark", "idle"),
)
"""In the order of an article's way; what ends in `_tx` lies within a transaction that is not committed yet."""


class _Fuse:
    """One point and how many passings are left."""

    point: str | None = None
    left = 0


def arm_crash_point(env: Mapping[str, str]) -> None:
    """Take the point, and which of its passings, from the environment. Raises ConfigError with the list of points."""
    wish = env.get(VARIABLE, "")
    point, _, passing = wish.partition(":")
    if not wish:
        _Fuse.point = None
    elif point not in CRASH_POINTS or not (passing or "1").isdecimal() or int(passing or 1) < 1:
        remedy = f"write POINT or POINT:N, where POINT is one of {', '.join(CRASH_POINTS)}"
        raise ConfigError([Problem(VARIABLE, 0, 0, f"{wish!r} is no crash point", remedy)])
    else:
        _Fuse.point, _Fuse.left = point, int(passing or 1)


def crash_point(name: str) -> None:
    """Pass the point of this name; ends the process where the environment has asked for that."""
    if name == _Fuse.point:
        _burn()


def _burn() -> None:
    _Fuse.left -= 1
    if _Fuse.left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
