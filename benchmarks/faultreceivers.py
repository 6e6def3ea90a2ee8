"""F23: receivers that are slow, thin or flapping, beside others whom they must not delay."""

import sqlite3
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from benchmarks.crashworld import SECRET, CrashWorld, concerned, text
from benchmarks.faulttools import at_work, case, polled, wait, wrongs
from benchmarks.oracle import WritingHook

GOOD, ROUNDS, ARTICLES = 5, 4, 8
Answers = Callable[[str, bytes], int]


def late(_path: str, _body: bytes) -> int:
    """Answer after two seconds."""
    time.sleep(2)
    return 204


def thin(_path: str, body: bytes) -> int:
    """Take four kilobytes a second."""
    time.sleep(len(body) / 4000)
    return 204


def flapping(_path: str, _body: bytes) -> int:
    """Be there for one second and hang up for the next."""
    if int(time.monotonic()) % 2:
        raise ConnectionResetError
    return 204


def well(_path: str, _body: bytes) -> int:
    """Answer at once."""
    return 204


@case("F23")
def slow_receivers(folder: Path) -> str:
    """One answers after 2 s, one takes 4 kB/s, one flaps each second: the others' 95th percentile stays."""
    with at_work(folder) as (world, process), ExitStack() as doors:
        world.end(process)
        hooks = [doors.enter_context(WritingHook(world.hook.path, SECRET).start()) for _ in range(GOOD + 3)]
        targets = "".join(f"  - webhook: {hook.origin}/{n}\n    secret: {SECRET}\n" for n, hook in enumerate(hooks))
        (folder / "watches" / "pier.yaml").write_text(f"name: pier\nquery: bridge\nnotify:\n{targets}")
        process = world.start()
        polled(world, 2)
        good = [hook.origin for hook in hooks[:GOOD]]
        seconds: dict[bool, list[float]] = {False: [], True: []}
        for number in range(2 * ROUNDS):
            is_troubled = number % 2 == 1
            for hook, trouble in zip(hooks[GOOD:], (late, thin, flapping), strict=True):
                hook.answers = trouble if is_troubled else well
            seconds[is_troubled] += round_of(world, 100 + number * ARTICLES, good)
        code = world.end(process)
        calm, troubled = (statistics.quantiles(seconds[key], n=20)[18] for key in (False, True))
        print(f"  promise to mark of {len(seconds[True])} deliveries to others, 95th percentile: {calm:.2f} s, "
              f"{troubled:.2f} s beside three in trouble ({troubled / calm - 1:+.0%})")  # fmt: skip
        return wrongs(exit=code, others_are_late=troubled > 1.1 * calm and troubled)


def round_of(world: CrashWorld, first: int, good: list[str]) -> list[float]:
    """Print so many articles and give the seconds from promise to mark of what went to the good receivers."""
    for number in range(first, first + ARTICLES):
        receivers = concerned(number) + tuple(f"hook /{n}" for n in range(GOOD + 3))
        world.paper.publish(number, "The bridge closes", text(number), receivers)
    before = sent_to(world, good)
    wait(lambda: len(sent_to(world, good)) >= len(before) + ARTICLES * GOOD)
    wait(lambda: not world.verdict().lost)
    return sent_to(world, good)[len(before) :]


def sent_to(world: CrashWorld, origins: list[str]) -> list[float]:
    """Give for each delivery to these receivers the seconds from promise to mark, the oldest first."""
    kept = sqlite3.connect(world.folder / "tocsin.db", timeout=30)
    rows = kept.execute(
        "SELECT s.address, d.created_at, d.sent_at FROM deliveries d JOIN subscriptions s ON s.id = d.subscription "
        "WHERE d.state = 'sent' ORDER BY d.created_at, d.id"
    ).fetchall()
    kept.close()
    return [
        (datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds()
        for address, begin, end in rows
        if any(address.startswith(f"{origin}/") for origin in origins)
    ]
