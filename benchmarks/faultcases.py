"""Faults that take long, each a function of a folder that gives what went wrong, or nothing."""

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.crashworld import CrashWorld, around, first_visit, lay_out, printing

CASES: dict[str, Callable[[Path], str]] = {}


def case(fault: str) -> Callable[[Callable[[Path], str]], Callable[[Path], str]]:
    """Put a fault on the list under its number."""

    def put(function: Callable[[Path], str]) -> Callable[[Path], str]:
        CASES[fault] = function
        return function

    return put


def verdict_of(world: CrashWorld, process: subprocess.Popen[bytes], repeats: int = 0) -> str:
    """Live until all is quiet, end the daemon, and give what the files say is wrong."""
    lives = world.live(process)
    wrong = [] if lives else ["the daemon died"]
    if lives and (code := world.end(process)):
        wrong.append(f"the daemon ended with {code}")
    print(f"  {world.verdict()}")
    return "; ".join(wrong + world.verdict().guilty(repeats))


@case("F05")
def laptop_sleep(folder: Path, seconds: float = 70.0) -> str:
    """Stopped for longer than a lease in the middle of sending, then continued: nothing split, no storm of polls."""
    with around(folder) as world:
        lay_out(world)
        first_visit(world)
        process = world.start()
        with printing(world, 6):
            while not world.mailbox.path.exists():
                time.sleep(0.02)
            process.send_signal(signal.SIGSTOP)
            polls = len(world.paper.asked("/feed.xml"))
        time.sleep(seconds)
        process.send_signal(signal.SIGCONT)
        time.sleep(3)
        storm = len(world.paper.asked("/feed.xml")) - polls
        wrong = verdict_of(world, process, repeats=10)
        return wrong or (f"{storm} polls within three seconds of waking" if storm > 5 else "")
