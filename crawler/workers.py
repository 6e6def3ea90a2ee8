"""Workers: processes that read foreign bytes, each task with a time limit and the process with a memory limit.

What a hostile document breaks is one worker, and what it costs is one document.
"""

import asyncio
import contextlib
import logging
import multiprocessing
import os
import signal
import threading
import time
import traceback
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import wait as wait_for
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import pebble

from newsdesk import ReadingError

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger("tocsin.crawler")

_HEADROOM = 56 * 2**20
_SLOW_HEADROOM = 120 * 2**20
_SUSPECTED = 3600.0
_AT_ONCE = 2
_OUT_OF_MEMORY = 71
_TASKS_A_LIFE = 5000


def _nothing() -> None:
    """Prepare nothing."""


@dataclass(frozen=True, slots=True)
class _Failed:
    """What went wrong in a worker, in plain words: not every exception survives the way to another process."""

    expected: bool
    text: str


class Workers:
    """Two lanes of reading processes: one for all, and one where those wait who held it up.

    Without the second lane a single outlet of slow documents would keep every other one waiting.
    """

    def __init__(
        self,
        prepare: Callable[[], object] = _nothing,
        *,
        count: int | None = None,
        seconds: float = 3.0,
        slow_seconds: float = 20.0,
        memory: int = _HEADROOM,
        slow_memory: int = _SLOW_HEADROOM,
    ) -> None:
        """Each process calls `prepare`, then may take `memory` bytes more; a task may take so many seconds.

        What is too much for the first lane gets another chance in the slow one.
        """
        count = count or max(1, (os.cpu_count() or 1) - 1)
        self._fast = _Lane(count, seconds, prepare, memory)
        self._slow = _Lane(1, slow_seconds, prepare, slow_memory)
        self._suspects: dict[str, float] = {}
        self._turns: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(_AT_ONCE))

    async def start(self) -> None:
        """Start the processes and wait until one of them is ready."""
        await self._fast.start()

    async def stop(self) -> None:
        """End the processes; tasks that still run are given up."""
        await self._fast.stop()
        await self._slow.stop()

    async def run(self, owner: str, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Give what `function` gives in a worker, on behalf of an outlet. Raises ReadingError, whatever went wrong."""
        async with self._turns[owner]:
            result = await self._read(owner, function, args, kwargs)
        if not isinstance(result, _Failed):
            return result
        if result.expected:
            raise ReadingError(result.text)
        log.error("a document could not be read", extra={"traceback": result.text})
        raise ReadingError(f"could not be read: {result.text.strip().splitlines()[-1]}"[:500])

    async def _read(self, owner: str, function: Callable[..., T], args: Any, kwargs: Any) -> T | _Failed:
        if self._suspects.get(owner, 0.0) < time.monotonic():
            try:
                return await self._fast.run(function, args, kwargs)
            except TimeoutError:
                pass
            except pebble.ProcessExpired as error:
                if error.exitcode != _OUT_OF_MEMORY:
                    raise ReadingError("the document ended its reader") from None
            self._suspects[owner] = time.monotonic() + _SUSPECTED
        try:
            return await self._slow.run(function, args, kwargs)
        except TimeoutError:
            raise ReadingError(f"could not be read within {self._slow.seconds:g} s") from None
        except pebble.ProcessExpired as error:
            why = "needs too much memory" if error.exitcode == _OUT_OF_MEMORY else "ended its reader"
            raise ReadingError(f"the document {why}") from None


class _Lane:
    """One pool of processes, started by its first task."""

    def __init__(self, count: int, seconds: float, prepare: Callable[[], object], memory: int) -> None:
        self.seconds = seconds
        self._count = count
        self._arguments = (prepare, memory)
        self._pool: Any = None

    async def start(self) -> None:
        self._pool = self._fresh()
        await asyncio.wrap_future(self._pool.schedule(os.getpid))

    async def stop(self) -> None:
        if self._pool is not None:
            pool, self._pool = self._pool, None
            pool.stop()
            await asyncio.to_thread(pool.join)

    async def run(self, function: Callable[..., T], args: Any, kwargs: Any) -> T | _Failed:
        if self._pool is None or not self._pool.active:
            # A worker that dies between two tasks breaks the whole pool.
            self._pool = self._fresh()
        future = self._pool.schedule(_guarded, args=(function, args, kwargs), timeout=self.seconds)
        result: T | _Failed = await asyncio.wrap_future(future)
        return result

    def _fresh(self) -> Any:
        return pebble.ProcessPool(
            self._count,
            max_tasks=_TASKS_A_LIFE,
            initializer=_begin,
            initargs=self._arguments,
            context=multiprocessing.get_context("spawn"),
        )


def _begin(prepare: Callable[[], object], memory: int) -> None:
    """Make ready in the worker, before its first task."""
    # Ctrl-C reaches the whole group; the parent ends its workers itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.suppress(OSError):
        os.nice(5)
    prepare()
    _limit_memory(memory)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
        os._exit(0)


def _limit_memory(headroom: int) -> None:
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        now = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (now + headroom, hard))


def _guarded(function: Callable[..., T], args: Any, kwargs: Any) -> T | _Failed:
    try:
        return function(*args, **kwargs)
    except ReadingError as error:
        return _Failed(True, str(error))
    except MemoryError:
        # What was taken would stay with this process: a fresh one is smaller.
        os._exit(_OUT_OF_MEMORY)
    except Exception:
        return _Failed(False, traceback.format_exc())
