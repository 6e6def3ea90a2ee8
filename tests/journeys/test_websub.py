"""The daemon as a hub's subscriber: asked, verified, pushed to, forged at, renewed, restarted and gone."""

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world.hub import CHALLENGE, Hub, fetch, names_hub, paper_feed
from tocsin.demo.hook import Hook
from tocsin.demo.mailbox import Mailbox
from tocsin.demo.newspaper import Newspaper

from .test_daemon import SECRET, World, body, until


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub(lease=3) as hub:
        yield hub


@pytest.fixture
def world(tmp_path: Path, hub: Hub, database_url: str) -> Iterator[World]:
    """Give a folder whose one list is polled by the hour and names the hub; the web face has a port of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        bind = f"127.0.0.1:{free.getsockname()[1]}"
    with Newspaper() as paper, Mailbox() as mailbox, Hook(SECRET) as hook:
        world = World(tmp_path / "config", paper, mailbox, hook, bind)
        world.lay_out()
        path = world.folder / "tocsin.yaml"
        text = path.read_text().replace("poll_every: 1s, poll_min: 1s, poll_max: 1s", "poll_every: 1h")
        path.write_text(text.replace(f"bind: '{bind}'", f"bind: '{bind}', public_url: 'http://{bind}'"))
        world.set("database", database_url)
        assert world.ask("db", "upgrade").returncode == 0
        names_hub(paper, hub.url)
        yield world
        world.close()


def pushes(world: World, hub: Hub, title: str, number: int) -> None:
    """Print an article and have the hub tell of it."""
    world.paper.prints(title, body(number))
    assert hub.push(paper_feed(world.paper)).status in (200, 202), world.log()


def told(world: World, title: str) -> None:
    until(lambda: title in world.titles(), world.log)


def test_from_the_subscription_to_the_goodbye(world: World, hub: Hub) -> None:
    world.paper.prints("An old story about nothing", "Nothing has happened for a long time.\n\n" * 3)
    process = world.run()
    until(lambda: hub.subscribers, world.log)
    [callback] = hub.subscribers
    polls = world.visited()

    # What is pushed is told, without a poll.
    pushes(world, hub, "Harbour bridge closes", 100)
    told(world, "Harbour bridge closes")
    assert world.visited() == polls

    # What is forged is acknowledged and dropped, what nobody asked for is not found.
    forged = paper_feed(world.paper).replace(b"/news/", b"/forged/")
    assert hub.push(forged, secret="guess").status == 202
    until(lambda: "push with a wrong signature dropped" in world.log(), world.log)
    assert fetch(f"{callback[:-4]}?hub.mode=subscribe&hub.challenge=c").status == 404
    unwanted = hub.verify({**hub.subscribers[callback], "hub.mode": "unsubscribe"})
    assert unwanted.status == 404
    assert CHALLENGE.encode() not in unwanted.body

    # The lease is renewed under the same name, before and after a restart, also by a hub that verifies at once.
    hub.at_once = True
    until(lambda: len(hub.requests) >= 2, world.log)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0, world.log()
    asked = len(hub.requests)
    process = world.run()
    until(lambda: len(hub.requests) > asked, world.log)
    assert {form["hub.callback"] for form in hub.requests} == {callback}
    pushes(world, hub, "River bridge opens", 101)
    told(world, "River bridge opens")

    # An outlet that is polled no more is taken leave of.
    (world.folder / "outlets" / "times.yaml").unlink()
    process.send_signal(signal.SIGHUP)
    until(lambda: not hub.subscribers, world.log)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0, world.log()
    assert hub.requests[-1]["hub.mode"] == "unsubscribe"
    assert world.titles() == ["Harbour bridge closes", "River bridge opens"]
    assert not [request for request in world.paper.requests if "/forged/" in request.path]
