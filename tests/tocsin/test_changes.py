"""Files of the folder that change while the daemon runs."""

import asyncio
from functools import partial
from pathlib import Path

import pytest

from tocsin.app import App
from tocsin.changes import Watcher, survey, unchanged
from tocsin.configuration import load_configuration


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("outlets", "watches"):
        (tmp_path / name).mkdir()
    (tmp_path / "tocsin.yaml").write_text("")
    write(tmp_path, "times")
    return tmp_path


def write(folder: Path, slug: str, site: str = "https://times.example.org/") -> Path:
    path = folder / "outlets" / f"{slug}.yaml"
    path.write_text(f"site: {site}\n")
    return path


def test_a_change_is_due_when_two_looks_have_seen_it_alike() -> None:
    old, half, whole = {"a": (1, 1, 1)}, {"a": (2, 2, 1)}, {"a": (3, 3, 1)}
    watcher = Watcher(old)
    assert [watcher.is_due(look) for look in (old, old, half, whole, whole)] == [False, False, False, False, True]
    watcher.taken = whole
    assert not watcher.is_due(whole)


def test_a_folder_that_is_away_takes_no_outlet_along(folder: Path) -> None:
    watcher = Watcher(survey(folder))
    folder.rename(folder.with_name("away"))
    assert [watcher.is_due(survey(folder)) for _ in range(3)] == [False, False, False]
    folder.with_name("away").rename(folder)
    write(folder, "post")
    assert [watcher.is_due(survey(folder)) for _ in range(2)] == [False, True]


def test_what_nobody_reads_is_no_change(folder: Path) -> None:
    before = survey(folder)
    (folder / "tocsin.db").write_text("x")
    (folder / "outlets" / ".times.yaml.swp").write_text("x")
    (folder / "outlets" / "notes.txt").write_text("x")
    assert survey(folder) == before
    write(folder, "post")
    assert unchanged(before, survey(folder)) == set(before)
    (folder / "outlets" / "times.yaml").unlink()
    assert len(survey(folder)) == len(before)


def test_outlet_files_that_are_as_they_were_are_not_read_again(folder: Path) -> None:
    write(folder, "post")
    before = load_configuration(folder, {}, {})
    write(folder, "post", "https://post.example.org/")
    after = load_configuration(folder, {}, {}, before)
    assert [outlet.site for outlet in after.outlets] == ["https://post.example.org/", "https://times.example.org/"]
    assert after.outlets[1] is before.outlets[1]
    assert load_configuration(folder, {}, {}).outlets[1] is not before.outlets[1]


class Taking(App):
    """An app that only remembers what it would take over."""

    def __init__(self, folder: Path) -> None:
        super().__init__(load_configuration(folder, {}, {}), partial(load_configuration, folder, {}, {}))
        self.taken: list[list[str]] = []

    async def take_over(self, fresh, watchlist) -> None:
        self.configuration = fresh
        self.taken.append([outlet.slug for outlet in fresh.outlets])

    async def looks(self) -> None:
        await self.look()
        await self.look()


def test_a_file_that_is_added_is_taken_over_once_and_one_with_a_mistake_is_told_once(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = Taking(folder)

    async def main() -> None:
        await app.looks()
        write(folder, "post")
        await app.looks()
        await app.looks()
        assert app.taken == [["post", "times"]]
        broken = write(folder, "wrong", "nowhere")
        await app.looks()
        await app.looks()
        told = [record for record in caplog.records if "configuration refused" in record.getMessage()]
        assert len(told) == 1
        assert "wrong.yaml:1:7" in told[0].getMessage()
        assert app.taken == [["post", "times"]]
        broken.unlink()
        (folder / "outlets" / "times.yaml").unlink()
        await app.looks()
        assert app.taken == [["post", "times"], ["post"]]

    asyncio.run(main())


def test_a_file_that_changed_between_reading_and_start_is_noticed(folder: Path) -> None:
    app = Taking(folder)
    write(folder, "post")
    asyncio.run(app.looks())
    assert app.taken == [["post", "times"]]
