"""Reading processes: what a document breaks is one worker, for a moment."""

import asyncio
import mmap
import operator
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crawler.workers.workers import Workers
from newsdesk import ReadingError


def double(value: int) -> int:
    return value * 2


def refuse() -> None:
    raise ReadingError("no feed")


def stumble() -> None:
    class Odd(Exception):
        def __init__(self, one: int, two: int) -> None:
            super().__init__("odd")

    raise Odd(1, 2)


def die() -> None:
    os._exit(11)


def devour() -> int:
    return len(bytearray(2_000_000_000))


async def test_a_worker_gives_what_the_function_gives(workers: Workers) -> None:
    assert await workers.run("paper", double, 21) == 42


async def test_a_refusal_comes_back_in_its_own_words(workers: Workers) -> None:
    with pytest.raises(ReadingError, match=r"^no feed$"):
        await workers.run("paper", refuse)


async def test_an_exception_that_cannot_travel_is_told_all_the_same(workers: Workers) -> None:
    with pytest.raises(ReadingError, match="Odd"):
        await workers.run("paper", stumble)


async def test_a_worker_that_dies_costs_one_document(workers: Workers) -> None:
    with pytest.raises(ReadingError, match="ended its reader"):
        await workers.run("paper", die)
    assert await workers.run("paper", double, 2) == 4


async def test_a_document_that_takes_too_much_memory_is_given_up(workers: Workers) -> None:
    with pytest.raises(ReadingError, match="memory"):
        await workers.run("paper", devour)
    assert await workers.run("paper", double, 3) == 6


_KEPT: list[mmap.mmap] = []


def keep() -> int:
    _KEPT.append(mmap.mmap(-1, 30_000_000))
    return os.getpid()


async def test_each_document_has_the_same_room_whatever_addresses_those_before_it_left_in_use() -> None:
    workers = Workers(count=1, memory=50_000_000)
    await workers.start()
    try:
        assert len({await workers.run("paper", keep) for _ in range(6)}) == 1
    finally:
        await workers.stop()


async def test_a_document_that_takes_too_long_is_given_up() -> None:
    # Functions of the library: a reader's time would also run while it imports this file.
    impatient = Workers(count=1, seconds=1.5, slow_seconds=3)
    await impatient.start()
    try:
        with pytest.raises(ReadingError, match=r"within 3 s"):
            await impatient.run("paper", time.sleep, 60)
        assert await impatient.run("paper", operator.mul, 2, 4) == 8
    finally:
        await impatient.stop()


async def test_an_outlet_of_slow_documents_keeps_no_other_waiting() -> None:
    workers = Workers(count=1, seconds=1.5, slow_seconds=30)
    await workers.start()
    try:
        slow = [asyncio.create_task(workers.run("slow", time.sleep, 60)) for _ in range(10)]
        await asyncio.sleep(0)
        async with asyncio.timeout(60):
            assert await workers.run("paper", operator.mul, 2, 4) == 8
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
    finally:
        await workers.stop()


async def test_a_worker_knows_neither_scrapy_nor_the_database(workers: Workers) -> None:
    assert await workers.run("paper", loaded) == []


def loaded() -> list[str]:
    return sorted({"scrapy", "sqlalchemy", "twisted"} & sys.modules.keys())


def test_workers_end_with_their_parent(tmp_path: Path) -> None:
    program = tmp_path / "parent.py"
    program.write_text(
        "import asyncio, os, time\n"
        "from crawler.workers.workers import Workers\n"
        "async def main():\n"
        "    workers = Workers(count=1)\n"
        "    await workers.start()\n"
        "    print(await workers.run('paper', os.getpid), flush=True)\n"
        "    time.sleep(60)\n"
        "if __name__ == '__main__':\n"
        "    asyncio.run(main())\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen([sys.executable, program], stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout
        worker = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    for _ in range(500):
        stat = Path(f"/proc/{worker}/stat")
        if not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.01)
    raise AssertionError("the worker lives on")
