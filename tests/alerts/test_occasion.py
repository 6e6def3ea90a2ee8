"""`alert:` in a watch's file: three forms, and every mistake at its place."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from alerts import Watch, load_watches
from alerts.occasion import EACH, First, Occasion, Per, Silence, Volume
from newsdesk import Problem

Lay = Callable[[str], tuple[list[Watch], list[Problem]]]


@pytest.fixture
def lay(tmp_path: Path) -> Lay:
    def lay(alert: str) -> tuple[list[Watch], list[Problem]]:
        (tmp_path / "bridge.yaml").write_text(f"query: bridge\n{alert}\n")
        return load_watches(tmp_path)

    return lay


@pytest.mark.parametrize(
    ("alert", "occasion", "shown"),
    [
        ("", EACH, "each story"),
        ("alert: first", First(), "first mention"),
        ("alert: {silence: 7d}", Silence(timedelta(days=7)), "silence: 7d"),
        ("alert: {silence: 36h}", Silence(timedelta(hours=36)), "silence: 36h"),
        ("alert: {volume: 3 sigma, per: hour}", Volume(3.0), "volume: 3 sigma per hour"),
        ("alert: {volume: 4}", Volume(4.0), "volume: 4 sigma per hour"),
        ("alert: {volume: 2.5σ, per: day, at_least: 10}", Volume(2.5, Per.DAY, 10), "volume: 2.5 sigma per day"),
        ("alert:\n  volume: 3 Sigma\n  per: day", Volume(3.0, Per.DAY), "volume: 3 sigma per day"),
    ],
)
def test_an_alert_is_read(lay: Lay, alert: str, occasion: Occasion, shown: str) -> None:
    (watch,), problems = lay(alert)
    assert problems == []
    assert watch.occasion == occasion
    assert str(watch.occasion) == shown
    assert watch.tells_each == (occasion is EACH)


@pytest.mark.parametrize(
    ("alert", "place", "what", "remedy"),
    [
        ("alert: frist", (2, 8), "alert: frist", "write first, or {silence: 7d}"),
        ("alert: []", (2, 8), "alert", "write first, or"),
        ("alert: {}", (2, 8), "alert", "write first, or"),
        ("alert: true", (2, 8), "alert: true", "write first, or"),
        ("alert: {silense: 7d}", (2, 9), '"silense" is not a setting', 'did you mean "silence"?'),
        ("alert: {silence: a week}", (2, 18), "alert.silence: a week", "write a number and a unit"),
        ("alert: {silence: 1m}", (2, 18), "alert.silence: 1m", "write a time from 1h to 366d"),
        ("alert: {volume: loud}", (2, 17), "alert.volume: loud", "like 3 sigma"),
        ("alert: {volume: 0.5 sigma}", (2, 17), "alert.volume: 0.5 sigma", "from 1.5 to 10"),
        ("alert: {volume: 3 sigma, per: week}", (2, 31), "alert.per: week", "write hour or day"),
        ("alert: {volume: 3 sigma, at_least: 0}", (2, 36), "alert.at_least: 0", "write 1 or more"),
        ("alert: {volume: 3 sigma, silence: 7d}", (2, 8), "alert", "name one of volume, silence and first"),
        ("alert: {silence: 7d, per: day}", (2, 8), "alert", "belong to a volume"),
    ],
)
def test_a_wrong_alert_is_told_at_its_place(
    lay: Lay, alert: str, place: tuple[int, int], what: str, remedy: str
) -> None:
    watches, (problem,) = lay(alert)
    assert watches == []
    assert (problem.line, problem.column) == place
    assert problem.what.startswith(what)
    assert remedy in problem.remedy


def test_the_form_of_a_watch_is_what_it_asks_for_not_whom_it_tells(lay: Lay) -> None:
    (plain,), _ = lay("alert: first")
    (told,), _ = lay("alert: first\nname: The bridge\nnotify: [{email: desk@example.org}]")
    (other,), _ = lay("alert: {silence: 7d}")
    (stems,), _ = lay("alert: first\nstem: true")
    assert plain.form == told.form
    assert len({plain.form, other.form, stems.form}) == 3
