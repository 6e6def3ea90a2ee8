"""A shelf holds what the files of a folder add."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from newsdesk import Shelf, did_you_mean


@dataclass
class Tool:
    name: str
    kind: str = ""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """Make a package of the given files and give its name."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setitem(sys.modules, "shelf_kinds", sys.modules[__name__])

    def make(**files: str) -> str:
        folder = tmp_path / "tools_of_a_test"
        folder.mkdir()
        (folder / "__init__.py").write_text("")
        for name, text in files.items():
            (folder / f"{name}.py").write_text(f"from shelf_kinds import Tool\n{text}")
        return "tools_of_a_test"

    yield make
    for name in [name for name in sys.modules if name.startswith("tools_of_a_test")]:
        del sys.modules[name]


def test_each_file_adds_its_things_by_name(package: Callable[..., str]) -> None:
    shelf = Shelf(package(saw="SAW = Tool('saw')", axe="AXE = Tool('axe')\nOTHER = 3"), Tool)
    assert list(shelf) == ["axe", "saw"]
    assert len(shelf) == 2
    assert shelf["saw"] == Tool("saw")
    assert "hammer" not in shelf
    with pytest.raises(KeyError):
        shelf["hammer"]


def test_the_name_can_be_any_attribute(package: Callable[..., str]) -> None:
    assert list(Shelf(package(a="A = Tool('saw', kind='cutting')"), Tool, "kind")) == ["cutting"]


def test_what_one_file_borrows_from_another_is_one_thing(package: Callable[..., str]) -> None:
    shelf = Shelf(package(a="A = Tool('saw')", b="from tools_of_a_test.a import A"), Tool)
    assert list(shelf) == ["saw"]


def test_two_things_of_one_name_are_refused(package: Callable[..., str]) -> None:
    with pytest.raises(TypeError, match="tools_of_a_test holds two things called 'saw'"):
        list(Shelf(package(a="A = Tool('saw')", b="B = Tool('saw')"), Tool))


def test_no_file_is_read_before_something_is_asked_for(package: Callable[..., str]) -> None:
    shelf = Shelf(package(a="A = Tool('saw')\nraise RuntimeError('read')"), Tool)
    with pytest.raises(RuntimeError, match="read"):
        len(shelf)


@pytest.mark.parametrize(
    ("word", "known", "answer"),
    [
        ("pol_every", ["poll_every", "delay"], 'did you mean "poll_every"?'),
        ("zzz", ["delay", "contact"], "known here: contact, delay"),
        ("zzz", [], "nothing is known here"),
    ],
)
def test_a_slip_is_answered_with_what_was_meant(word: str, known: list[str], answer: str) -> None:
    assert did_you_mean(word, known) == answer
