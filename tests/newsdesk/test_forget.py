"""What forgetting promises: old articles go with all that hangs on them; newer, unseen and cited ones stay."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text, update

from newsdesk import FOREVER, Archive, Article, Database, Desk, Filing, Retention, forget
from newsdesk.tables import ADDRESSES, ARTICLES, SHINGLES

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MONTH = Retention(timedelta(days=30))


def text_of(number: int) -> str:
    return " ".join(f"word{number}x{word}" for word in range(80))


def file(database: Database, number: int, age: float, *, quiet: bool = True, outlet: str = "times", **how: Any) -> str:
    """File an article of that many days."""
    return filed(database, number, age, quiet=quiet, outlet=outlet, **how).article.id


def filed(database: Database, number: int, age: float, *, quiet: bool, outlet: str, body: str = "") -> Filing:
    url = f"https://{outlet}.example/{number}"
    article = Article(outlet=outlet, url=url, canonical_url=url, title=f"Title {number}", body=body or text_of(number))
    with database.begin() as session:
        return Desk(database).file(session, article, now=NOW - timedelta(days=age), quiet=quiet)


def left(database: Database) -> set[str]:
    return {filed.id for filed in Archive(database).articles()}


def shingled(database: Database) -> set[int]:
    with database.read() as session:
        return set(session.scalars(select(SHINGLES.c.article)))


def numbers(database: Database) -> set[int]:
    with database.read() as session:
        return set(session.scalars(select(ARTICLES.c.number)))


def cite(database: Database, *ids: str) -> None:
    with database.begin() as session:
        session.execute(update(ARTICLES).where(ARTICLES.c.id.in_(ids)).values(cited=True))


async def test_old_articles_go_and_newer_ones_stay(database):
    old, new = file(database, 1, 31), file(database, 2, 29)
    assert await forget(database, MONTH, NOW) == 1
    assert left(database) == {new} != {old}


async def test_nothing_goes_that_is_kept_for_ever(database):
    file(database, 1, 4000)
    assert await forget(database, Retention(), NOW) == 0
    assert len(left(database)) == 1


async def test_each_outlet_has_a_time_of_its_own(database):
    ages, outlets = (1.5, 9, 40, 4000), ("times", "post", "herald")
    ids = {
        (outlet, age): file(database, 9 * place + number, age, outlet=outlet)
        for place, outlet in enumerate(outlets)
        for number, age in enumerate(ages)
    }
    own = Retention(timedelta(days=30), {"post": timedelta(days=7), "herald": FOREVER})
    assert await forget(database, own, NOW) == 2 + 3
    kept = {ids["times", 1.5], ids["times", 9], ids["post", 1.5], *(ids["herald", age] for age in ages)}
    assert left(database) == kept
    assert await forget(database, Retention(FOREVER, {"herald": timedelta(days=8)}), NOW) == 3


async def test_an_article_that_no_watch_has_seen_stays_however_old(database):
    unseen = file(database, 1, 400, quiet=False)
    assert await forget(database, MONTH, NOW) == 0
    assert left(database) == {unseen}


async def test_what_an_alert_told_of_stays_with_what_it_is_a_copy_of(database):
    original, other = file(database, 1, 99), file(database, 2, 99)
    copy = file(database, 3, 98, outlet="post", body=text_of(1))
    cite(database, copy)
    assert await forget(database, MONTH, NOW) == 1
    assert left(database) == {original, copy} != {other}
    assert shingled(database) == numbers(database)


async def test_a_copy_and_what_it_was_copied_from_go_together(database):
    file(database, 1, 99)
    file(database, 3, 98, outlet="post", body=text_of(1))
    kept = [file(database, 2, 31), file(database, 4, 2, outlet="post", body=text_of(2))]
    assert await forget(database, MONTH, NOW) == 2
    assert left(database) == set(kept)


async def test_what_hangs_on_an_article_goes_with_it(database):
    file(database, 1, 31)
    kept = file(database, 2, 0)
    await forget(database, MONTH, NOW)
    with database.read() as session:
        assert session.scalars(select(ADDRESSES.c.article_id)).all() == [kept]
    assert shingled(database) == numbers(database) != set()


async def test_stale_shingles_of_months_without_articles_are_dropped(database):
    file(database, 1, 31)
    kept = file(database, 2, 200)
    cite(database, kept)
    (article,) = numbers(database) - {max(numbers(database))}
    with database.begin() as session:
        stale = [{"period": period, "hash": 7, "article": 1} for period in (1, 2, 3)]
        session.execute(insert(SHINGLES), stale)
    await forget(database, MONTH, NOW)
    assert shingled(database) == {article}


async def test_a_forgotten_address_is_still_known_and_can_be_forgotten_twice(database):
    for _ in range(2):
        file(database, 1, 31)
        await forget(database, MONTH, NOW)
        assert left(database) == set()
        with database.read() as session:
            asked = ["https://times.example/1", "https://times.example/2"]
            assert Desk(database).known(session, asked) == {asked[0]}


async def test_more_than_one_batch_is_forgotten_and_what_stays_between_them_hinders_nothing(database, monkeypatch):
    monkeypatch.setattr("newsdesk.retention._AT_ONCE", 3)
    ids = [file(database, number, 40 + number) for number in range(9)]
    cite(database, ids[2], ids[3], ids[8])
    assert await forget(database, MONTH, NOW) == 6
    assert left(database) == {ids[2], ids[3], ids[8]}
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(ADDRESSES)) == 3


@pytest.mark.parametrize("outlets", [{}, {"times": timedelta(days=2)}, {"times": timedelta(days=30)}])
async def test_forgetting_what_was_forgotten_finds_nothing(database, outlets):
    file(database, 1, 31)
    retention = Retention(timedelta(days=30), outlets)
    assert [await forget(database, retention, NOW) for _ in range(2)] == [1, 0]


async def test_the_index_of_terms_forgets_too(database):
    file(database, 1, 31)
    kept = file(database, 2, 1)
    await forget(database, MONTH, NOW)
    query = "number FROM article_terms" if database.is_postgres else "rowid FROM article_terms('title')"
    with database.read() as session:
        found = session.scalars(text(f"SELECT {query}")).all()
        assert found == session.scalars(select(ARTICLES.c.number).where(ARTICLES.c.id == kept)).all()
