"""The archive is read in pages, whole and in order."""

from datetime import timedelta

import pytest

import newsdesk.archive as archive_module
from newsdesk import Archive, Database, Desk

from .prose import NOW, article


@pytest.fixture
def archive(database: Database, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Archive:
    """Ten articles of two outlets, two a minute, read in pages of three."""
    monkeypatch.setattr(archive_module, "_PAGE", 3)
    with database.begin() as session:
        for number in range(10):
            outlet = "gazette" if number % 3 else "herald"
            now = NOW + timedelta(minutes=number // 2)
            desk.file(session, article(str(number), outlet=outlet, body="Short."), now=now)
    return Archive(database)


def numbers(articles: object) -> list[int]:
    return [int(one.article.title.split()[-1]) for one in articles]  # type: ignore[attr-defined]


def test_every_article_comes_once_in_the_order_of_its_filing(archive: Archive) -> None:
    newest, oldest = list(archive.articles()), list(archive.articles(newest_first=False))
    assert sorted(numbers(newest)) == list(range(10))
    assert newest == oldest[::-1]
    assert [one.first_seen for one in oldest] == sorted(one.first_seen for one in oldest)


def test_one_outlet_or_one_span_of_time_can_be_asked_for(archive: Archive) -> None:
    since, until = NOW + timedelta(minutes=1), NOW + timedelta(minutes=4)
    assert sorted(numbers(archive.articles("herald"))) == [0, 3, 6, 9]
    assert sorted(numbers(archive.articles(since=since, until=until))) == [2, 3, 4, 5, 6, 7]
    assert sorted(numbers(archive.articles("gazette", since=since))) == [2, 4, 5, 7, 8]
    assert list(archive.articles("nobody")) == []


def test_what_is_filed_while_the_archive_is_read_disturbs_nothing(
    archive: Archive, database: Database, desk: Desk
) -> None:
    reading = archive.articles()
    first = next(reading)
    with database.begin() as session:
        desk.file(session, article("77"), now=NOW + timedelta(hours=1))
    assert sorted(numbers([first, *reading])) == list(range(10))


def test_articles_come_back_as_they_were_filed(archive: Archive, database: Database, desk: Desk) -> None:
    full = article(
        "88", outlet="third", lede="L", authors=("A", "B"), dateline="D", section="S", language="uk", modified=NOW
    )
    with database.begin() as session:
        filed = desk.file(session, full, now=NOW).article
    assert list(archive.articles("third")) == [filed]
    assert filed.article == full


def test_outlets_are_counted_with_their_last_article(archive: Archive) -> None:
    assert archive.counts() == {
        "herald": (4, NOW + timedelta(minutes=4)),
        "gazette": (6, NOW + timedelta(minutes=4)),
    }


def test_an_article_that_was_never_revised_has_no_history(archive: Archive) -> None:
    assert archive.history(next(archive.articles()).id) == []


def test_the_size_of_the_archive_is_told_from_a_moment_on(archive: Archive) -> None:
    assert archive.size() == 10
    assert archive.size(NOW + timedelta(minutes=3)) == 4
    assert archive.size(NOW + timedelta(days=1)) == 0
