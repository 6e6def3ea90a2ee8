"""`tocsin demo`: the whole product in a minute, exit 0 only when each planted match arrived once."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tocsin.demo.story import SCRIPT, judge

PLANTED = [item.title for item in SCRIPT if item.alerts]


def test_the_demo_plays_to_its_end_in_a_folder_that_vanishes(tmp_path: Path):
    home, temporary = tmp_path / "home", tmp_path / "tmp"
    home.mkdir()
    temporary.mkdir()
    env = {"HOME": str(home), "TMPDIR": str(temporary), "PATH": "/usr/bin:/bin"}
    played = subprocess.run(
        [sys.executable, "-m", "tocsin", "demo", "--json"],
        capture_output=True,
        text=True,
        check=False,
        cwd=home,
        env=env | {"PYTHONPATH": str(Path(__file__).parents[2])},
        timeout=60,
    )
    assert played.returncode == 0, played.stdout + played.stderr
    events = [json.loads(line) for line in played.stdout.splitlines()]
    (summary,) = [event for event in events if event["event"] == "summary"]
    assert summary["ok"]
    assert summary["mails"] == summary["hooks"] == len(PLANTED)
    assert any("lighthouses" in word.lower() for event in events for word in event.get("marked", []))
    assert list(home.iterdir()) == []
    assert list(temporary.iterdir()) == []


def test_a_performance_as_written_is_right():
    assert judge([f"[x] {title}" for title in PLANTED], PLANTED, [True]) == []


@pytest.mark.parametrize(
    ("subjects", "hooked", "genuine"),
    [
        (PLANTED[:-1], PLANTED, [True]),
        (PLANTED, [*PLANTED, PLANTED[0]], [True]),
        ([*PLANTED, "Something else"], PLANTED, [True]),
        (PLANTED, PLANTED, [True, False]),
        ([], [], []),
    ],
)
def test_whatever_is_missing_repeated_unasked_for_or_forged_is_a_fault(subjects, hooked, genuine):
    assert judge(subjects, hooked, genuine)
