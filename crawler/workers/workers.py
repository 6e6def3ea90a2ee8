"""Workers: processes that read foreign bytes, each task with a time limit and the process with a memory limit.

What a hostile document breaks is one worker, and what it costs is one document.
"""

import asyncio
import contextlib
import logging
import os
import pickle
import select
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

from newsdesk import ReadingError

from .reader import OUT_OF_MEMORY, Failed, receive, resident, send

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger("tocsin.crawler")

_HEADROOM = 56 * 2**20
_SLOW_HEADROOM = 96 * 2**20
_SUSPECTED = 3600.0
_AT_ONCE = 2
_MOST_READERS = 3
"""Each takes some 125 MB, and one reads what a thousand outlets publish."""
_TASKS_A_LIFE = 5000
_GROWTH = 64 * 2**20
_TO_BEGIN = 60.0


def _nothing() -> None:
    """Prepare nothing."""


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
        count = count or max(1, min(_MOST_READERS, (os.cpu_count() or 1) - 1))
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
        if not isinstance(result, Failed):
            return result
        if result.expected:
            raise ReadingError(result.text)
        log.error("a document could not be read", extra={"traceback": result.text})
        raise ReadingError(f"could not be read: {result.text.strip().splitlines()[-1]}"[:500])

    async def _read(self, owner: str, function: Callable[..., T], args: Any, kwargs: Any) -> T | Failed:
        if self._suspects.get(owner, 0.0) < time.monotonic():
            try:
                return await self._fast.run(function, args, kwargs)
            except TimeoutError:
                pass
            except _Expired as error:
                if error.code != OUT_OF_MEMORY:
                    raise ReadingError("the document ended its reader") from None
            self._suspects[owner] = time.monotonic() + _SUSPECTED
        try:
            return await self._slow.run(function, args, kwargs)
        except TimeoutError:
            raise ReadingError(f"could not be read within {self._slow.seconds:g} s") from None
        except _Expired as error:
            why = "needs too much memory" if error.code == OUT_OF_MEMORY else "ended its reader"
            raise ReadingError(f"the document {why}") from None


class _Lane:
    """A few readers, and as many threads that talk to them; started by its first task."""

    def __init__(self, count: int, seconds: float, prepare: Callable[[], object], memory: int) -> None:
        self.seconds = seconds
        self._count = count
        self._first = pickle.dumps((prepare, memory))
        self._threads: ThreadPoolExecutor | None = None
        self._idle: SimpleQueue[_Reader] = SimpleQueue()
        self._readers: list[_Reader] = []

    async def start(self) -> None:
        self._threads = ThreadPoolExecutor(self._count, thread_name_prefix="reader")
        self._readers = [_Reader(self._first) for _ in range(self._count)]
        for reader in self._readers:
            self._idle.put(reader)
        await self.run(os.getpid, (), {})

    async def stop(self) -> None:
        threads, self._threads = self._threads, None
        if threads is None:
            return
        threads.shutdown(wait=False, cancel_futures=True)
        for reader in self._readers:
            reader.kill()
        await asyncio.to_thread(threads.shutdown)
        for reader in self._readers:
            reader.end()
        self._idle = SimpleQueue()

    async def run(self, function: Callable[..., T], args: Any, kwargs: Any) -> T | Failed:
        if self._threads is None:
            await self.start()
        task = pickle.dumps((function, args, kwargs), pickle.HIGHEST_PROTOCOL)
        loop = asyncio.get_running_loop()
        answer: T | Failed = await loop.run_in_executor(self._threads, self._ask, task)
        return answer

    def _ask(self, task: bytes) -> Any:
        reader = self._idle.get()
        try:
            return pickle.loads(reader.ask(task, self.seconds))  # noqa: S301  (from our own reader)
        finally:
            self._idle.put(reader)


class _Expired(Exception):
    """A reader ended in the middle of a task."""

    def __init__(self, code: int | None) -> None:
        super().__init__(code)
        self.code = code


class _Reader:
    """The parent's side of one reading process; one that ended is started anew by the next task."""

    def __init__(self, first: bytes) -> None:
        self._first = first
        self._process: subprocess.Popen[bytes] | None = None
        self._tasks = 0
        self._usual = 0

    def ask(self, task: bytes, seconds: float) -> bytes:
        """Give the answer to one task. Raises TimeoutError, _Expired; the process does not outlive either."""
        process = self._process or self._begin()
        answer = self._say(process, task, seconds)
        self._tasks += 1
        if self._tasks >= _TASKS_A_LIFE or resident(process.pid) > self._usual + _GROWTH:
            self.end()
        return answer

    def kill(self) -> None:
        """End the process in the middle of its task; who waits for it learns that it expired."""
        if process := self._process:
            process.kill()

    def end(self, patience: float = 0.0) -> None:
        """End the process, after `patience` seconds at most."""
        process, self._process, self._tasks = self._process, None, 0
        if process is None:
            return
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                pipe and pipe.close()

    def _begin(self) -> "subprocess.Popen[bytes]":
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        process = self._process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "from crawler.workers.reader import main; main()",
            ],  # as __main__, its values would not travel
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )
        self._say(process, self._first, _TO_BEGIN)
        self._usual = resident(process.pid)
        return process

    def _say(self, process: "subprocess.Popen[bytes]", message: bytes, seconds: float) -> bytes:
        assert process.stdin and process.stdout
        try:
            send(process.stdin, message)
            said = select.poll()
            said.register(process.stdout, select.POLLIN)
            late = not said.poll(seconds * 1000)
            answer = None if late else receive(process.stdout)
        except OSError:
            late, answer = False, None
        if late:
            self.end()
            raise TimeoutError
        if answer is None:
            self.end(patience=1.0)
            raise _Expired(process.returncode)
        return answer
