"""What a daemon survives: crashes at every named point and at random moments, and faults that take long.

    python -m benchmarks.faults --fault F01 [--jobs 2] [--points claimed,answered] [--passings 1,2,5]
    python -m benchmarks.faults --fault F02 --kills 200 [--postgres]
    python -m benchmarks.faults --fault F05 F17 ...

A real newspaper on loopback prints, a real `tocsin run` reads it, a mailbox and a hook receive; each writes what it
prints or gets into a file of its own, and the verdict compares these files (`benchmarks/oracle.py`). F01 kills the
daemon at each point's first, second and fifth passing, and again at another point while it recovers (F03); F02 kills it
with -9 at random moments under load. Exits 1 when anything is lost, split, unexpected, repeated under another id, or
repeated more often than there were deliveries in flight (ten at each kill: five to each of two servers), at random
moments more often than once a kill. With `--postgres` F02 starts a PostgreSQL server of its own.
"""

import argparse
import random
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from benchmarks.crashworld import CrashWorld, around, copy_of, crash, first_visit, lay_out
from benchmarks.faultcases import CASES, postgres
from benchmarks.oracle import Verdict
from newsdesk import CRASH_POINTS

IN_FLIGHT = 10
"""Five to one server (the dispatcher's bound), and two servers."""
RECOVERY = ("claimed", "in_mark_tx", "before_send", "in_enqueue_tx", "sent_no_answer", "start", "after_mark", "parsed")


@dataclass(frozen=True)
class Case:
    """One crash, and the one that follows while the daemon recovers."""

    at: str
    then: str


@dataclass(frozen=True)
class Result:
    case: Case
    kills: int
    seconds: float
    verdict: Verdict

    @property
    def guilty(self) -> list[str]:
        return self.verdict.guilty(IN_FLIGHT * self.kills)

    def __str__(self) -> str:
        wrong = f"  GUILTY: {'; '.join(self.guilty)}" if self.guilty else ""
        return f"{self.case.at:18} {self.case.then:15} kills {self.kills}, {self.seconds:4.0f} s, {self.verdict}{wrong}"


class Sweep:
    """Plays the cases, several at a time, each from the same template of its own thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.own = threading.local()
        self.count = 0

    def play(self, case: Case) -> Result:
        if not hasattr(self.own, "template"):
            self.own.template = self.folder / f"template-{threading.get_ident()}"
            with around(self.own.template) as world:
                lay_out(world)
                first_visit(world)
                self.own.ports = world.ports
        began = time.monotonic()
        folder = copy_of(self.own.template, self.folder / f"{case.at.replace(':', '-')}-{case.then}")
        with around(folder, self.own.ports) as world:
            kills = crash(world, case.at, case.then)
            return Result(case, kills, time.monotonic() - began, world.verdict())


def sweep(folder: Path, points: list[str], passings: list[int], jobs: int) -> bool:
    """Crash at each passing of each point, then at a point of the recovery (F01, F03)."""
    pairs = [(point, passing) for point in points for passing in passings]
    cases = [Case(f"{point}:{number}", RECOVERY[at % len(RECOVERY)]) for at, (point, number) in enumerate(pairs)]
    results = []
    with ThreadPoolExecutor(jobs) as pool:
        for result in pool.map(Sweep(folder).play, cases):
            results.append(result)
            print(result, flush=True)
    kills = sum(result.kills for result in results)
    repeats = sum(result.verdict.repeats for result in results)
    told = sum(result.verdict.promised for result in results)
    print(f"F01, F03: {len(cases)} cases, {kills} kills, {told} messages promised, {repeats} repeats, "
          f"{sum(1 for result in results if result.guilty)} guilty")  # fmt: skip
    return not any(result.guilty for result in results)


@contextmanager
def load(world: CrashWorld, ahead: int) -> Iterator[None]:
    """Print while the block runs, so that the daemon always has so many articles yet to fetch."""

    def work() -> None:
        while not ended.wait(0.05):
            asked = {request.path for request in list(world.paper.requests)}
            if world.printed * 2 - len(asked) < ahead:
                world.publish()

    ended = threading.Event()
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def strike(world: CrashWorld, process: subprocess.Popen[bytes], chance: random.Random, longest: float) -> None:
    """Wait until a random moment: of one life in ten while it starts, else after it has first asked for the news."""
    if chance.random() < 0.1:
        time.sleep(chance.uniform(0.0, 3.0))
        return
    before = len(world.paper.requests)
    while len(world.paper.requests) == before and process.poll() is None:
        time.sleep(0.02)
    time.sleep(chance.uniform(0.0, longest))


def random_kills(folder: Path, kills: int, seed: int, longest: float, database: str = "") -> bool:
    """Kill with -9 at random moments under load (F02)."""
    chance, hit = random.Random(seed), 0
    with around(folder / "kills") as world:
        lay_out(world, database)
        if database:
            subprocess.run([*world.command(world.folder)[:-1], "db", "upgrade"], check=True)
        first_visit(world)
        began = time.monotonic()
        with load(world, 20):
            for number in range(kills):
                process, before = world.start(), world.mailbox.path.stat().st_size
                strike(world, process, chance, longest)
                process.kill()
                process.wait()
                hit += world.mailbox.path.stat().st_size > before
                if number % 20 == 19:
                    print(f"{number + 1} kills, {world.printed} articles, {time.monotonic() - began:.0f} s", flush=True)
        process = world.start()
        world.live(process, 600)
        code, verdict = world.end(process), world.verdict()
    wrong = verdict.guilty(kills) + ([] if code == 0 else [f"the last daemon ended with {code}"])
    minutes = (time.monotonic() - began) / 60
    print(f"F02: {kills} kills in {minutes:.0f} minutes, {hit} while it sent, {world.printed} articles: "
          f"{verdict} (at most {kills}): {'GUILTY: ' + '; '.join(wrong) if wrong else 'WELL'}")  # fmt: skip
    return not wrong


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--fault", nargs="+", default=["F01"], choices=["F01", "F02", "F03", *sorted(CASES)])
    options.add_argument("--points", default=",".join(CRASH_POINTS))
    options.add_argument("--passings", default="1,2,5")
    options.add_argument("--jobs", type=int, default=1)
    options.add_argument("--kills", type=int, default=200)
    options.add_argument("--longest", type=float, default=2.0, help="seconds that a daemon works at most")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--postgres", action="store_true", help="for F02")
    given = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    print(f"in {folder}")
    passed = []
    for fault in given.fault:
        if fault in ("F01", "F03"):
            passings = [int(number) for number in given.passings.split(",")]
            passed.append(sweep(folder, given.points.split(","), passings, given.jobs))
        elif fault == "F02":
            with postgres(folder / "server") if given.postgres else nullcontext(("", None)) as (url, _):
                passed.append(random_kills(folder, given.kills, given.seed, given.longest, url))
        else:
            began = time.monotonic()
            found = CASES[fault](folder / fault)
            print(f"{fault}: {found or 'well'} ({time.monotonic() - began:.0f} s)", flush=True)
            passed.append(not found)
    return 0 if all(passed) else 1


if __name__ == "__main__":
    raise SystemExit(main())
