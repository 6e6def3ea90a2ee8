"""What every fault has at hand: the list of cases, a daemon at work, and the verdict over what the files say."""

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.crashworld import CrashWorld, around, first_visit, lay_out
from tocsin.demo.hook import Hook

CASES: dict[str, Callable[[Path], str]] = {}
Process = subprocess.Popen[bytes]
IN_FLIGHT = 10
"""Five to one server, and two servers."""


def case(fault: str) -> Callable[[Callable[[Path], str]], Callable[[Path], str]]:
    """Put a fault on the list under its number."""

    def put(function: Callable[[Path], str]) -> Callable[[Path], str]:
        CASES[fault] = function
        return function

    return put


@contextmanager
def at_work(folder: Path, database: str = "", more: str = "") -> Iterator[tuple[CrashWorld, Process]]:
    """Give a world with a daemon that has begun to poll; `more` are further settings."""
    with around(folder) as world:
        lay_out(world, database)
        with (folder / "tocsin.yaml").open("a") as file:
            file.write(more)
        if database.startswith("postgresql"):
            tocsin(folder, "db", "upgrade", check=True)
        first_visit(world)
        process = world.start()
        polled(world, 2)
        yield world, process


def tocsin(folder: Path, *words: str, check: bool = False) -> "subprocess.CompletedProcess[str]":
    """Run a command of tocsin on this folder."""
    command = [sys.executable, "-m", "tocsin", "-c", str(folder), *words]
    return subprocess.run(command, check=check, capture_output=True, text=True, timeout=120)


def wait(true: Callable[[], object], patience: float = 120.0) -> bool:
    """Wait until something is so; tells whether it came to be."""
    deadline = time.monotonic() + patience
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    return bool(true())


def polled(world: CrashWorld, times: int = 1, patience: float = 120.0) -> bool:
    """Wait until the newspaper's list was asked for so often more: the daemon is at work."""
    before = len(world.paper.asked("/feed.xml"))
    return wait(lambda: len(world.paper.asked("/feed.xml")) >= before + times, patience)


def verdict_of(world: CrashWorld, process: Process, repeats: int = 0, patience: float = 180) -> str:
    """Live until all is quiet, end the daemon, and give what the files say is wrong."""
    lives = world.live(process, patience)
    wrong = [] if lives else ["the daemon died"]
    if lives and (code := world.end(process)):
        wrong.append(f"the daemon ended with {code}")
    print(f"  {world.verdict()}")
    return "; ".join(wrong + world.verdict().guilty(repeats))


def mails(world: CrashWorld) -> int:
    return len(world.mailbox.mails)


@contextmanager
def alarmed() -> Iterator[tuple[Hook, str]]:
    """Give a second hook, to which the operator's alarm goes, with the setting that names it."""
    with Hook() as siren:
        yield siren, f"operator: {{alarm: [{{webhook: '{siren.url}'}}]}}\n"


def alarms(siren: Hook) -> list[str]:
    """Give the headline of each alarm that came, oldest first."""
    return [str(call.json["data"]["subject"]) for call in siren.accepted()]


@contextmanager
def limited(process: Process, what: int, most: int) -> Iterator[None]:
    """Let the daemon have no more than this while the block runs."""
    before = resource.prlimit(process.pid, what)
    resource.prlimit(process.pid, what, (most, before[1]))
    yield
    resource.prlimit(process.pid, what, before)


def descriptors(process: Process) -> int:
    return len(list(Path(f"/proc/{process.pid}/fd").iterdir()))


def cpu_seconds(process: Process) -> float:
    stat = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / 100


def megabytes(process: Process) -> float:
    return int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * 4096 / 1e6


def wrongs(**found: object) -> str:
    """Give the names of what is so, as one line."""
    return "; ".join(f"{name.replace('_', ' ')}: {what}" for name, what in found.items() if what)


def skipped(needs: str) -> str:
    """Say that a fault is not played here, and give nothing wrong."""
    print(f"  skipped: it needs {needs}")
    return ""
