"""Reader: the process that reads foreign bytes, one task at a time; this is its own side of the pipe.

Plain pipes and no shared memory: a container with a read-only root may have none.
"""

import contextlib
import ctypes
import gc
import os
import pickle
import select
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from newsdesk import ReadingError

OUT_OF_MEMORY = 71
_SLACK = 16 * 2**20
_NO_ROOM = (MemoryError, SystemError)  # lxml forgets to say MemoryError now and then


@dataclass(frozen=True, slots=True)
class Failed:
    """What went wrong in a reader, in plain words: not every exception survives the way to another process."""

    expected: bool
    text: str


def send(pipe: IO[bytes], message: bytes) -> None:
    """Write one message, its length first."""
    pipe.write(len(message).to_bytes(8, "big"))
    pipe.write(message)
    pipe.flush()


def receive(pipe: IO[bytes]) -> bytes | None:
    """Read one message; None when the other side is gone."""
    length = pipe.read(8)
    if len(length) < 8:
        return None
    size = int.from_bytes(length, "big")
    message = pipe.read(size)
    return message if len(message) == size else None


def main() -> None:
    """Take (prepare, memory) first, then tasks of (function, args, kwargs), until the parent is gone."""
    tasks = sys.stdin.buffer
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not stand among the answers
    # Ctrl-C reaches the whole group; the parent ends its readers itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.suppress(OSError):
        os.nice(5)
    first = receive(tasks)
    if first is None:
        return
    prepare, memory = pickle.loads(first)  # noqa: S301  (from the parent alone)
    prepare()
    gc.freeze()
    usual = resident()
    send(answers, b"ready")
    while (task := receive(tasks)) is not None:
        _limit_memory(memory)
        send(answers, _answer(task))
        if resident() > usual + _SLACK:
            _give_back()
            usual = max(usual, resident())


def _answer(task: bytes) -> bytes:
    try:
        function, args, kwargs = pickle.loads(task)  # noqa: S301  (from the parent alone)
        return pickle.dumps(_guarded(function, args, kwargs), pickle.HIGHEST_PROTOCOL)
    except _NO_ROOM:
        # What was taken would stay with this process: a fresh one is smaller.
        os._exit(OUT_OF_MEMORY)


def _guarded(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    try:
        return function(*args, **kwargs)
    except ReadingError as error:
        return Failed(True, str(error))
    except _NO_ROOM:
        raise
    except Exception:
        return Failed(False, traceback.format_exc())


def _end_with_parent() -> None:
    """End in the middle of a task when nobody waits for its answer any more."""
    hang_up = select.poll()
    hang_up.register(0, 0)
    hang_up.poll()
    os._exit(0)


def resident(process: int | str = "self") -> int:
    """Give the memory of a process in bytes; 0 where the system does not tell."""
    return _pages(process, 1)


def _pages(process: int | str, column: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text("ascii").split()[column]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def _give_back() -> None:
    """Hand what one large document took back to the system: glibc keeps it for a next one that seldom comes."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _limit_memory(headroom: int) -> None:
    """Let one document take so much more than what is taken now: addresses once used stay with a process."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        now = _pages("self", 0)
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        if now:
            resource.setrlimit(resource.RLIMIT_AS, (now + headroom, hard))
