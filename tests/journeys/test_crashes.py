"""The crash sweep in short: killed at a point on the way, and again in recovery, no alert is lost, split or renamed.

`python -m benchmarks.faults` has every point, and random moments; it reads the same independent ledger.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.crashworld import HARBOUR, CrashWorld, around, copy_of, crash, first_visit, lay_out, text
from newsdesk import CRASH_POINTS

ROOT = Path(__file__).parents[2]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[CrashWorld]:
    with around(tmp_path / "world") as world:
        yield world


def prints_bridges(world: CrashWorld, count: int) -> None:
    for number in range(1, count + 1):
        world.paper.publish(number, "The bridge closes", text(number), HARBOUR)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[int, int, int]]:
    """Give a folder whose daemon has seen the newspaper once, with the ports that its configuration names."""
    with around(tmp_path_factory.mktemp("template") / "world") as world:
        lay_out(world)
        first_visit(world)
        return world.folder, world.ports


@pytest.mark.parametrize(
    ("at", "then"), [("sent_no_answer:2", "in_mark_tx"), ("in_enqueue_tx", ""), ("answered:2", "")]
)
def test_killed_on_the_way_and_again_in_recovery_every_alert_arrives_under_its_id(
    template: tuple[Path, tuple[int, int, int]], tmp_path: Path, at: str, then: str
) -> None:
    folder, ports = template
    with around(copy_of(folder, tmp_path / "world"), ports) as world:
        assert crash(world, at, then, waves=2) == 1 + bool(then), world.log()
        verdict = world.verdict()
    assert verdict.promised >= 8
    assert verdict.guilty(most_repeats=20) == []
    if at.startswith("answered"):
        assert "sent before a process was killed" in (world.folder / "log").read_text()


def plays(world: CrashWorld, design: str, at: str) -> list[str]:
    """Crash a small sender at a point, start it again, and give what the ledger says of it."""
    world.command = lambda folder: [
        *(sys.executable, "-m", "tests.world.wrongsenders", design, f"{world.paper.url}/feed.xml"),
        *(str(world.mailbox.port), world.hook.origin, str(folder)),
    ]
    world.hook.secret = ""
    prints_bridges(world, 4)
    assert not world.live(world.start(at)), world.log()
    again = world.start()
    world.live(again, patience=2.0)
    again.kill()
    return world.verdict().guilty(most_repeats=2 * world.kills)


@pytest.mark.parametrize(
    ("design", "at", "sin"),
    [
        ("FireAndForget", "matched:2", "lost"),
        ("FireAndForget", "sent_no_answer", "split"),
        ("MarkBeforeSend", "after_mark", "lost"),
        ("MarkBeforeSend", "sent_no_answer:2", "split"),
        ("NewIdEachAttempt", "answered", "another id"),
    ],
)
def test_the_ledger_finds_wrong_designs_guilty(world: CrashWorld, design: str, at: str, sin: str) -> None:
    found = plays(world, design, at)
    assert any(sin in one for one in found), found


@pytest.mark.parametrize("at", ["matched:2", "sent_no_answer", "answered:2", "after_mark"])
def test_the_ledger_finds_a_right_design_innocent(world: CrashWorld, at: str) -> None:
    assert plays(world, "Right", at) == []


def test_an_unknown_point_is_refused_with_the_list(tmp_path: Path) -> None:
    (tmp_path / "tocsin.yaml").write_text("")
    for wish in ("nowhere", "claimed:0", "claimed:often"):
        ended = subprocess.run(
            [sys.executable, "-m", "tocsin", "-c", str(tmp_path), "run"],
            env=os.environ | {"TOCSIN_CRASH_AT": wish},
            capture_output=True, text=True, check=False, cwd=ROOT,
        )  # fmt: skip
        assert ended.returncode == 2
        assert f"'{wish}' is no crash point" in ended.stderr
        assert all(point in ended.stderr for point in CRASH_POINTS)
