"""A newspaper, a mailbox and a hook around one sender that is killed and started again, until all is quiet."""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.oracle import Verdict, WritingHook, WritingMailbox, WritingPaper, judge

SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
WORDS = ("ferry", "pier", "captain", "council", "winter", "bakery", "museum", "river", "market", "tunnel", "island")
HARBOUR = ("mail desk@example.org", "hook /hook")
STORM = ("mail night@example.org", "hook /storm")
PATIENCE = 120.0


def text(number: int) -> str:
    """Give three paragraphs that no other number's resemble; every third tells of a storm, too."""
    chance = random.Random(number)
    last = " A storm came." if number % 3 == 0 else ""
    return "\n\n".join(
        f"The bridge of {chance.randrange(10**6)} {' '.join(chance.choices(WORDS, k=40))} {chance.randrange(10**6)}."
        + last
        for _ in range(3)
    )


def concerned(number: int) -> tuple[str, ...]:
    return HARBOUR + STORM if number % 3 == 0 else HARBOUR


@dataclass
class CrashWorld:
    """One folder with its sender, and the three that write down what they print and get."""

    folder: Path
    paper: WritingPaper
    mailbox: WritingMailbox
    hook: WritingHook
    command: Callable[[Path], list[str]] = lambda folder: [sys.executable, "-m", "tocsin", "-c", str(folder), "run"]
    kills: int = 0
    printed: int = 0
    prints_on: bool = False
    """Whether more is to be printed."""
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def files(self) -> tuple[Path, Path, Path]:
        return self.paper.path, self.mailbox.path, self.hook.path

    @property
    def ports(self) -> tuple[int, int, int]:
        """Give the ports of the three, which the configuration names."""
        return int(self.paper.url.rpartition(":")[2]), self.mailbox.port, int(self.hook.origin.rpartition(":")[2])

    def publish(self, count: int = 1) -> None:
        """Print so many articles, and one that concerns nobody."""
        for _ in range(count):
            self.printed += 1
            self.paper.publish(self.printed, "The bridge closes", text(self.printed), concerned(self.printed))
        decoy = 90_000 + self.printed
        body = f"A prize for bread number {decoy} went to the bakers of the old town of {decoy}.\n\n" * 3
        self.paper.publish(decoy, "Bakers win", body, ())

    def start(self, crash_at: str = "") -> subprocess.Popen[bytes]:
        env = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                self.command(self.folder),
                stdout=log,
                stderr=log,
                env=env | ({"TOCSIN_CRASH_AT": crash_at} if crash_at else {}),
                cwd=Path(__file__).parents[1],
            )
        self.processes.append(process)
        return process

    def verdict(self) -> Verdict:
        return judge(*self.files)

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-4000:]

    def live(self, process: subprocess.Popen[bytes], patience: float = PATIENCE) -> bool:
        """Wait until all is told and nothing more comes, or until the process has died; tells whether it lives."""
        deadline, quiet, before, lost = time.monotonic() + patience, time.monotonic(), -1, True
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
            size = sum(path.stat().st_size for path in self.files)
            if size != before:
                before, quiet, lost = size, time.monotonic(), bool(self.verdict().lost)
            elif not (lost or self.prints_on) and time.monotonic() - quiet > 1.2:
                return True
        if process.poll() is None:
            return True
        self.kills += 1
        return False

    def end(self, process: subprocess.Popen[bytes]) -> int:
        process.send_signal(signal.SIGTERM)
        return process.wait(15)

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()


@contextmanager
def around(folder: Path, ports: tuple[int, int, int] = (0, 0, 0)) -> Iterator[CrashWorld]:
    """Open the three around a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    paper, mailbox = WritingPaper(folder / "printed.jsonl"), WritingMailbox(folder / "mails.jsonl")
    hook = WritingHook(folder / "calls.jsonl", SECRET)
    for path in (paper.path, mailbox.path, hook.path):
        path.touch()
    with paper.start(ports[0]), mailbox.start(ports[1]), hook.start(ports[2]):
        world = CrashWorld(folder, paper, mailbox, hook)
        try:
            yield world
        finally:
            world.close()


def lay_out(world: CrashWorld, database: str = "") -> None:
    """Write the folder of a daemon that polls the newspaper each second, with two watches of two targets each."""
    folder = world.folder
    (folder / "outlets").mkdir()
    (folder / "watches").mkdir()
    (folder / "tocsin.yaml").write_text(
        "crawl: {poll_every: 1s, poll_min: 1s, poll_max: 1s, delay: 0s, requests_per_host: 4}\n"
        f"allow_private: [127.0.0.0/8]\nsmtp: {{host: 127.0.0.1, port: {world.mailbox.port}}}\nweb: {{bind: ''}}\n"
        "alerts: {group_wait: 0s}\n" + (f"database: '{database}'\n" if database else "")
    )
    url = world.paper.url
    (folder / "outlets" / "times.yaml").write_text(
        f"name: Times\nsite: {url}/\nlanguage: en\nsources:\n  - feed: {url}/feed.xml\narticle:\n  url: '/news/'\n"
    )
    for slug, query, mail, hook in (
        ("harbour", "bridge", "desk@example.org", "/hook"),
        ("storm", "storm", "night@example.org", "/storm"),
    ):
        (folder / "watches" / f"{slug}.yaml").write_text(
            f"name: {slug}\nquery: {query}\nnotify:\n  - email: {mail}\n"
            f"  - webhook: {world.hook.origin}{hook}\n    secret: {SECRET}\n"
        )


def first_visit(world: CrashWorld) -> None:
    """Let the daemon see an older article, so that what is printed from now on is news; then stop it."""
    address = world.paper.prints("An old story about nothing", "Nothing has happened for a long time.\n\n" * 3)
    process, deadline = world.start(), time.monotonic() + PATIENCE
    path = address.removeprefix(world.paper.url)
    while not (world.paper.asked(path) and len(world.paper.asked("/feed.xml")) > 2):
        assert time.monotonic() < deadline and process.poll() is None, world.log()
        time.sleep(0.05)
    assert world.end(process) == 0, world.log()


@contextmanager
def printing(world: CrashWorld, waves: int, each: int = 2) -> Iterator[None]:
    """Print a wave each time that the feed has been asked for, while the block runs, and all of them by its end."""

    def asked() -> int:
        return len(world.paper.asked("/feed.xml"))

    def work() -> None:
        for _ in range(waves):
            before = asked()
            while asked() == before and not ended.wait(0.05):
                pass
            world.publish(each)
        world.prints_on = False

    ended, world.prints_on = threading.Event(), True
    thread = threading.Thread(target=work, name="printing", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def crash(world: CrashWorld, at: str, then: str = "", *, waves: int = 7) -> int:
    """Crash at a point, perhaps again at another while recovering, then live until all is quiet; gives the kills."""
    points = iter([at, then] if then else [at])
    with printing(world, waves):
        process = world.start(next(points))
        while not world.live(process):
            process = world.start(next(points, ""))
    while not world.live(process) or world.end(process) == -signal.SIGKILL:
        process = world.start(next(points, ""))
    assert process.returncode == 0, world.log()
    return world.kills


def copy_of(template: Path, folder: Path) -> Path:
    """Give a world of its own, as the template was left."""
    shutil.copytree(template, folder)
    for name in ("printed.jsonl", "mails.jsonl", "calls.jsonl", "log"):
        (folder / name).unlink(missing_ok=True)
    return folder
