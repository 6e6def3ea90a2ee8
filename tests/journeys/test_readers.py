"""A reader by the daemon as a process: the form, the mail that asks, the link, an alert, and the way out."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tocsin.demo.mailbox import Mailbox
from tocsin.demo.newspaper import Newspaper

BODY = "The bridge over the harbour will be closed until spring, the mayor said on Monday of {0}.\n\n" * 3


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def until(true: Callable[[], object], log: Path) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)  # a poll of another process's doings, not a guess at how long they take


@pytest.fixture
def world(tmp_path: Path) -> Iterator[tuple[Path, Newspaper, Mailbox]]:
    with Newspaper() as paper, Mailbox() as mailbox:
        for name in ("outlets", "watches"):
            (tmp_path / name).mkdir()
        (tmp_path / "tocsin.yaml").write_text(
            "crawl: {poll_every: 1s, poll_min: 1s, poll_max: 1s, delay: 0s}\nallow_private: [127.0.0.0/8]\n"
            f"smtp: {{host: 127.0.0.1, port: {mailbox.port}}}\nweb: {{bind: '127.0.0.1:{free_port()}'}}\n"
        )
        feed = f"site: {paper.url}/\nsources:\n  - feed: {paper.url}/feed.xml\n"
        (tmp_path / "outlets" / "times.yaml").write_text(f"name: Times\n{feed}")
        (tmp_path / "watches" / "bridge.yaml").write_text("name: Bridges\nquery: bridge\nopen: true\n")
        yield tmp_path, paper, mailbox


def test_a_reader_subscribes_is_told_and_leaves(world: tuple[Path, Newspaper, Mailbox]) -> None:
    folder, paper, mailbox = world
    log = folder / "log"
    env = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
    with log.open("w") as out:
        command = [sys.executable, "-m", "tocsin", "-c", str(folder), "run"]
        daemon = subprocess.Popen(command, stdout=out, stderr=out, env=env)
    try:
        until(lambda: re.search(r"http://127\.0\.0\.1:\d+", log.read_text()), log)
        found = re.search(r"http://127\.0\.0\.1:\d+", log.read_text().split("web", 1)[-1])
        assert found
        base = found[0]

        def post(path: str, **fields: str) -> str:
            data = urllib.parse.urlencode(fields).encode()
            with urllib.request.urlopen(base + path, data, timeout=10) as answer:
                return str(answer.read().decode())

        paper.prints("An old story about wool", BODY.format("wool"))
        until(lambda: len(paper.asked("/feed.xml")) >= 3, log)
        post("/subscribe/bridge", by="email", email="ann@example.org", when="now", timezone="UTC")
        until(lambda: mailbox.mails, log)
        link = re.search(r"/confirm/[\w-]+", mailbox.mails[0].text)
        assert link
        assert "You are subscribed" in post(link[0])
        paper.prints("Harbour bridge closes", BODY.format("harbours"))
        until(lambda: len(mailbox.mails) == 2, log)
        assert mailbox.mails[1].subject == "[Bridges] Harbour bridge closes"
        out_by = re.search(r"/unsubscribe/[\w-]+", mailbox.mails[1].text)
        assert out_by
        assert "You are unsubscribed" in post(out_by[0], **{"List-Unsubscribe": "One-Click"})
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(10) == 0, log.read_text()
    finally:
        if daemon.poll() is None:
            daemon.kill()
        daemon.wait()
