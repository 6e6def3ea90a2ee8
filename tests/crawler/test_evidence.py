"""Pages kept as they came: every text that became an article, found again and held against its hash."""

import asyncio
import errno
import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from warcio.archiveiterator import ArchiveIterator

from crawler import Keeper, kept_pages
from crawler.downloader.answer import Answer
from crawler.tables import KeptPageRow
from newsdesk import FOREVER, Article, Database, Desk, StorageError
from tocsin.demo.newspaper import Newspaper

from .polling import House

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MONTH = timedelta(days=30)
URL = "https://paper.example.org/1"
PAGE = "<html><body><p>The harbour of Lagos was closed. Гавань закрыта.</p></body></html>".encode()


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keeper(database: Database, tmp_path: Path, clock: Clock) -> Iterator[Keeper]:
    with database.begin() as session:
        article = Article(outlet="paper", url=URL, canonical_url=URL, title="Harbour", body="Closed.")
        Desk(database).file(session, article, now=NOW)
    keeper = Keeper(database, tmp_path / "pages", MONTH, clock)
    yield keeper
    keeper.close()


def answer(body: bytes = PAGE, **more: Any) -> Answer:
    return Answer(**{"url": URL, "status": 200, "headers": {"content-type": "text/html"}, "body": body} | more)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "pages").iterdir())


def rows(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(KeptPageRow)) or 0


async def test_a_page_is_found_by_its_article_and_by_the_address_that_was_asked(keeper, database, tmp_path, clock):
    await keeper.take(URL + "?utm_source=feed", answer(), is_rendered=False)
    clock.now += timedelta(hours=1)
    await keeper.take(URL, answer(PAGE + b"<!-- edited -->"), is_rendered=True)
    with database.read() as session:
        article = Desk(database).find(session, URL)
    first, second = kept_pages(database, article.id, [])
    assert kept_pages(database, None, [URL]) == [first, second]
    assert (first.body(tmp_path / "pages"), first.fetched_at, first.article) == (PAGE, NOW, article.id)
    assert second.body(tmp_path / "pages").endswith(b"<!-- edited -->")
    assert files(tmp_path) == ["2026-11-22-1.warc.gz"]


async def test_a_page_that_was_altered_or_lost_is_told(keeper, database, tmp_path):
    await keeper.take(URL, answer(), is_rendered=False)
    await keeper.take(URL, answer(os.urandom(500)), is_rendered=False)
    first, second = kept_pages(database, None, [URL])
    folder = tmp_path / "pages"
    swapped = replace(first, offset=second.offset)
    with pytest.raises(StorageError, match="was altered"):
        swapped.body(folder)
    content = bytearray((folder / first.file).read_bytes())
    content[second.offset // 2] ^= 1
    (folder / first.file).write_bytes(content)
    with pytest.raises(StorageError, match="cannot be read"):
        first.body(folder)
    (folder / first.file).unlink()
    with pytest.raises(StorageError, match="cannot be read: No such file"):
        second.body(folder)


async def test_each_day_has_its_files_and_they_go_with_their_rows_when_they_are_old(keeper, database, tmp_path, clock):
    for day in range(3):
        clock.now = NOW + timedelta(days=day)
        await keeper.take(URL, answer(), is_rendered=False)
    assert files(tmp_path) == [f"2026-11-2{day}-1.warc.gz" for day in (2, 3, 4)]
    (tmp_path / "pages" / "mine.txt").write_text("left alone")
    assert await keeper.forget(NOW + MONTH) == 0
    assert await keeper.forget(NOW + MONTH + timedelta(days=2)) == 2
    assert files(tmp_path) == ["2026-11-24-1.warc.gz", "mine.txt"]
    assert rows(database) == 1
    keeper.keep = FOREVER
    assert await keeper.forget(NOW + 100 * MONTH) == 0
    keeper.keep = timedelta(0)
    assert await keeper.forget(NOW + 100 * MONTH) == 0


async def test_nothing_is_kept_unless_asked(keeper, database, tmp_path):
    keeper.keep = timedelta(0)
    await keeper.take(URL, answer(), is_rendered=False)
    assert not (tmp_path / "pages").exists()
    assert rows(database) == 0


async def test_two_processes_write_no_file_at_once(keeper, database, tmp_path, clock):
    other = Keeper(database, tmp_path / "pages", MONTH, clock)
    await asyncio.gather(*(one.take(URL, answer(), is_rendered=False) for one in (keeper, other) for _ in range(5)))
    other.close()
    assert files(tmp_path) == ["2026-11-22-1.warc.gz", "2026-11-22-2.warc.gz"]
    assert len({(page.file, page.offset) for page in kept_pages(database, None, [URL])}) == 10
    assert {page.body(tmp_path / "pages") for page in kept_pages(database, None, [URL])} == {PAGE}


async def test_a_full_disk_is_told_once_and_again_when_it_is_over(keeper, database, tmp_path, monkeypatch, caplog):
    def full(*_: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    caplog.set_level(logging.INFO, "tocsin.crawler")
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full)
        for _ in range(3):
            await keeper.take(URL, answer(), is_rendered=False)
    assert rows(database) == 0
    for _ in range(2):
        await keeper.take(URL, answer(), is_rendered=False)
    assert [record.getMessage() for record in caplog.records] == ["pages are not kept", "pages are kept again"]
    assert "No space left" in caplog.records[0].problem
    assert rows(database) == 2


async def test_a_record_cut_off_by_a_crash_is_taken_off_at_the_next_start(keeper, database, tmp_path, clock):
    for _ in range(2):
        await keeper.take(URL, answer(), is_rendered=False)
    keeper.close()
    path = tmp_path / "pages" / "2026-11-22-1.warc.gz"
    with path.open("ab") as file:
        file.write(path.read_bytes()[:200])
    again = Keeper(database, tmp_path / "pages", MONTH, clock)
    await again.take(URL, answer(), is_rendered=False)
    again.close()
    assert [page.body(tmp_path / "pages") for page in kept_pages(database, None, [URL])] == [PAGE] * 3
    with path.open("rb") as file:
        assert len(list(ArchiveIterator(file, check_digests="raise"))) == 3


def test_pages_that_became_articles_are_kept_and_those_that_brought_nothing_new_are_not(
    house: House, paper: Newspaper, tmp_path: Path, clock: Clock
) -> None:
    def text(about: str) -> str:
        return "\n\n".join(f"Sentence {n} of the piece about {about} tells of ship {n * 7}." for n in range(40))

    keeper = Keeper(house.database, tmp_path / "pages", FOREVER, clock)
    house.outlet(paper)
    url = paper.prints("Harbour closed", text("Lagos"))
    house.run(lambda poller: poller.poll(), keeper=keeper)
    assert rows(house.database) == 1
    later = datetime.now(UTC) + timedelta(minutes=5)
    paper.prints("Harbour closed, three dead", text("Lagos") + "\n\nThree died.", path=url[len(paper.url) :], at=later)
    copy = paper.prints("Port shut", text("Lagos"))
    house.run(lambda poller: poller.poll(), keeper=keeper)
    keeper.close()
    bodies = [page.body(tmp_path / "pages") for page in kept_pages(house.database, None, [url])]
    assert [b"Three died." in body for body in bodies] == [False, True]
    assert len(kept_pages(house.database, None, [copy])) == 1
    assert rows(house.database) == 3
