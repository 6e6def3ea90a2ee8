"""Processes: the browser's own ones among our descendants, and the end of those that take too much memory."""

import os
import signal
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

_WHOLE = (b"--user-data-dir=", b"run-driver")
_RENDERER = b"--type=renderer"


def end_the_greedy(root: int, most: int) -> int:
    """End those processes of browsers below `root` that hold more than `most` bytes; gives how many.

    A page's process goes alone, and the page with it; with 0 all of them go, and what drives them.
    """
    ended = 0
    for process in _descendants(root):
        command = _read(process, "cmdline")
        if _RENDERER not in command and (most or not any(mark in command for mark in _WHOLE)):
            continue
        if _resident(process) > most:
            with suppress(OSError):
                os.kill(process, signal.SIGKILL)
                ended += 1
    return ended


def _descendants(root: int) -> list[int]:
    children: defaultdict[int, list[int]] = defaultdict(list)
    for folder in Path("/proc").glob("[0-9]*"):
        # The name in brackets may hold anything, but no closing bracket after its own.
        fields = _read(int(folder.name), "stat").rpartition(b")")[2].split()
        if len(fields) > 1:
            children[int(fields[1])].append(int(folder.name))
    found, waiting = [], [root]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def _resident(process: int) -> int:
    fields = _read(process, "statm").split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") if len(fields) > 1 else 0


def _read(process: int, name: str) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{process}/{name}").read_bytes()
    return b""
