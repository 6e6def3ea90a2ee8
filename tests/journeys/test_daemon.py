"""The daemon as a process: `tocsin run` between a newspaper, a mailbox and a hook, killed, stopped and reloaded."""

import base64
import os
import random
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tocsin.demo.hook import Hook
from tocsin.demo.mailbox import Mailbox
from tocsin.demo.newspaper import Newspaper

SECRET = "whsec_" + base64.b64encode(bytes(range(24))).decode()
WORDS = ("ferry", "pier", "captain", "council", "winter", "bakery", "museum", "river", "market", "tunnel", "island")
PATIENCE = 60.0


def body(number: int) -> str:
    """Give three paragraphs that no other number's resemble."""
    chance = random.Random(number)
    return "\n\n".join(
        f"The bridge of {chance.randrange(10**6)} " + " ".join(chance.choices(WORDS, k=40)) + "." for _ in range(3)
    )


@dataclass
class World:
    """One folder with its daemon, and what stands around it."""

    folder: Path
    paper: Newspaper
    mailbox: Mailbox
    hook: Hook
    bind: str = ""
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    def lay_out(self) -> None:
        (self.folder / "outlets").mkdir(parents=True)
        (self.folder / "watches").mkdir()
        (self.folder / "tocsin.yaml").write_text(
            "crawl: {poll_every: 1s, poll_min: 1s, poll_max: 1s, delay: 0s}\nallow_private: [127.0.0.0/8]\n"
            f"smtp: {{host: 127.0.0.1, port: {self.mailbox.port}}}\nweb: {{bind: '{self.bind}'}}\n"
        )
        url = self.paper.url
        (self.folder / "outlets" / "times.yaml").write_text(
            f"name: Times\nsite: {url}/\nsources:\n  - feed: {url}/feed.xml\n"
        )
        self.watch("harbour", "bridge")

    def set(self, key: str, value: str) -> None:
        with (self.folder / "tocsin.yaml").open("a") as file:
            file.write(f'{key}: "{value}"\n')

    def watch(self, slug: str, query: str) -> None:
        (self.folder / "watches" / f"{slug}.yaml").write_text(
            f"name: {slug}\nquery: {query}\nnotify:\n  - email: desk@example.org\n"
            f"  - webhook: {self.hook.url}\n    secret: {SECRET}\n"
        )

    def tocsin(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "tocsin", "-c", str(self.folder), *words]

    def run(self) -> subprocess.Popen[str]:
        env = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
        log = (self.folder / "log").open("a")
        process = subprocess.Popen(self.tocsin("run"), stderr=log, stdout=log, text=True, env=env)
        log.close()
        self.processes.append(process)
        return process

    def ask(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.tocsin(*words), capture_output=True, text=True, check=False, timeout=60)

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def visited(self) -> int:
        return len(self.paper.asked("/feed.xml"))

    def titles(self) -> list[str]:
        return sorted(call.json["data"]["article"]["title"] for call in self.hook.accepted())

    def first_visit(self) -> None:
        """Let the daemon see an older article, so that what is printed from now on is news."""
        self.paper.prints("An old story about nothing", "Nothing has happened for a long time.\n\n" * 3)
        article = next(iter(self.paper._prints))
        until(lambda: self.paper.asked(article) and self.visited() >= 3, self.log)

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()


def until(true: Callable[[], object], log: Callable[[], str]) -> None:
    """Wait until something is so; what the daemon logged goes with the failure."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, log()
        time.sleep(0.05)  # a poll of another process's doings, not a guess at how long they take


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with Newspaper() as paper, Mailbox() as mailbox, Hook(SECRET) as hook:
        world = World(tmp_path / "config", paper, mailbox, hook)
        world.lay_out()
        yield world
        world.close()


def test_an_article_that_is_published_reaches_the_mailbox_and_the_hook_once(world, database_url):
    world.set("database", database_url)
    assert world.ask("db", "upgrade").returncode == 0
    process = world.run()
    world.first_visit()
    world.paper.prints("Harbour bridge closes", body(100))
    world.paper.prints("Bakers win a prize", "A prize for rye bread went to the bakers of the old town.\n\n" * 3)
    until(lambda: world.mailbox.mails and world.hook.calls, world.log)
    seen = world.visited()
    until(lambda: world.visited() > seen + 2, world.log)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0, world.log()
    assert world.titles() == ["Harbour bridge closes"]
    assert [mail.subject for mail in world.mailbox.mails] == ["[harbour] Harbour bridge closes"]
    assert all(call.genuine for call in world.hook.calls)


def test_killed_in_the_middle_and_started_again_nothing_is_lost_or_repeated(world):
    process = world.run()
    world.first_visit()
    wanted = [f"Bridge number {number} closes" for number in range(12)]
    for number, title in enumerate(wanted):
        world.paper.prints(title, body(number))
        if number % 5 == 3:
            seen = world.visited()
            until(lambda seen=seen: world.visited() > seen, world.log)
            process.kill()
            process.wait()
            process = world.run()
    until(lambda: len({call.id for call in world.hook.accepted()}) >= len(wanted), world.log)
    until(lambda: len({mail.subject for mail in world.mailbox.mails}) >= len(wanted), world.log)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0, world.log()
    once = {call.id: call.json["data"]["article"]["title"] for call in world.hook.accepted()}
    assert sorted(once.values()) == sorted(wanted)
    # A kill between a send and its mark repeats that one message under its old id; two kills, so two at most a way.
    assert len(world.hook.calls) <= len(wanted) + 2
    assert len({mail.message["Message-ID"] for mail in world.mailbox.mails}) == len(wanted)
    assert len(world.mailbox.mails) <= len(wanted) + 2


def test_a_broken_configuration_is_refused_at_a_reload_and_a_right_one_taken_over(world):
    process = world.run()
    world.first_visit()
    (world.folder / "watches" / "broken.yaml").write_text("name: Broken\nquery: (bridge AND\nwhat: ever\n")
    process.send_signal(signal.SIGHUP)
    until(lambda: "configuration refused" in world.log(), world.log)
    assert "broken.yaml:" in world.log()
    world.paper.prints("Harbour bridge closes", body(100))
    until(lambda: len(world.hook.accepted()) == 1, world.log)
    (world.folder / "watches" / "broken.yaml").unlink()
    world.watch("bakers", "bakers")
    process.send_signal(signal.SIGHUP)
    until(lambda: "configuration taken over" in world.log(), world.log)
    world.paper.prints("Bakers win a prize", "A prize for rye bread went to the bakers of the old town.\n\n" * 3)
    until(lambda: len(world.hook.accepted()) == 2, world.log)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0, world.log()
    assert world.titles() == ["Bakers win a prize", "Harbour bridge closes"]


def test_outlet_files_are_taken_up_and_laid_down_while_the_daemon_runs(world):
    process = world.run()
    world.first_visit()
    with Newspaper("Post") as post:
        post.prints("An old bridge", body(1))
        file = world.folder / "outlets" / "post.yaml"
        text = f"name: Post\nsite: {post.url}/\nsources:\n  - feed: {post.url}/feed.xml\n"
        file.write_text(text)
        until(lambda: len(post.asked("/feed.xml")) >= 3, world.log)
        file.write_text(text + "poll_evry: 5m\n")
        until(lambda: "configuration refused" in world.log(), world.log)
        assert 'post.yaml:5:1: \\"poll_evry\\"' in world.log()
        seen, visited = len(post.asked("/feed.xml")), world.visited()
        until(lambda: len(post.asked("/feed.xml")) > seen and world.visited() > visited, world.log)
        file.unlink()
        until(lambda: '"outlets": 1' in world.log().partition("configuration refused")[2], world.log)
        seen, visited = len(post.asked("/feed.xml")), world.visited()
        post.prints("Bridge number one closes", body(2))
        until(lambda: world.visited() > visited + 3, world.log)
        assert len(post.asked("/feed.xml")) == seen
        file.write_text(text)
        until(lambda: world.titles() == ["Bridge number one closes"], world.log)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0, world.log()
    assert world.log().count("configuration refused") == 1


def test_health_is_red_before_the_start_green_in_life_and_red_after_the_end(world):
    assert world.ask("health").returncode == 1
    process = world.run()
    until(lambda: world.ask("health").returncode == 0, world.log)
    second = world.ask("run")
    assert second.returncode == 1
    assert "another daemon" in second.stderr
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0, world.log()
    dead = world.ask("health")
    assert dead.returncode == 1
    assert "no daemon has left a heartbeat" in dead.stderr


def test_an_empty_folder_gets_the_starter_when_asked(tmp_path, world):
    world.folder = tmp_path / "empty"
    world.folder.mkdir()
    # A database that cannot be had ends it before the starter's outlets are asked.
    ended = world.ask("--set", "database=sqlite:////proc/nowhere/tocsin.db", "run", "--init")
    assert ended.returncode == 1
    assert "A starter folder was laid down" in ended.stderr
    assert (world.folder / "outlets" / "rt.yaml").exists()
    assert "laid down" not in world.ask("--set", "database=sqlite:////proc/nowhere/tocsin.db", "run", "--init").stderr


def test_told_to_stop_while_it_starts_it_stops_in_order(world):
    process = world.run()
    until((world.folder / "tocsin.db.lock").exists, world.log)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0, world.log()
    assert "Traceback" not in world.log()


@pytest.fixture
def dawdling(world: World) -> Iterator[World]:
    """Give a daemon with a webhook under way whose receiver does not answer."""
    released: list[bool] = []

    def dawdle(_path: str, _body: bytes) -> int:
        until(lambda: bool(released), world.log)
        return 204

    asked: list[bool] = []
    world.hook.answers = lambda path, body: (asked.append(True), dawdle(path, body))[1]
    world.run()
    world.first_visit()
    world.paper.prints("Harbour bridge closes", body(100))
    until(lambda: asked and world.mailbox.mails, world.log)
    yield world
    released.append(True)


def test_a_slow_receiver_does_not_hold_up_the_stop(dawdling):
    (process,) = dawdling.processes
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0, dawdling.log()


def test_a_second_signal_ends_it_at_once(dawdling):
    (process,) = dawdling.processes
    process.send_signal(signal.SIGINT)
    until(lambda: "stopping" in dawdling.log(), dawdling.log)
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 128 + signal.SIGINT, dawdling.log()


def test_the_web_face_answers_in_the_daemon(world):
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    path = world.folder / "tocsin.yaml"
    path.write_text(path.read_text().replace("bind: ''", f"bind: '127.0.0.1:{port}'"))
    process = world.run()

    def get(path: str) -> str:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                return str(answer.read().decode())
        except (OSError, urllib.error.URLError):
            return ""

    until(lambda: get("/readyz") == "ok\n", world.log)
    world.first_visit()
    until(lambda: "tocsin_job_duration_seconds_count" in get("/metrics"), world.log)
    assert "Times" in get("/")
    assert world.ask("health").returncode == 0
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0, world.log()
