"""What forgetting promises: old articles go with all that hangs on them; newer ones and unseen ones stay."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from newsdesk import Archive, Article, Database, Desk
from newsdesk.tables import AddressRow, ArticleRow, ShingleRow

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def file(database: Database, number: int, when: datetime, *, quiet: bool = True) -> str:
    url = f"https://times.example/{number}"
    text = " ".join(f"word{number}x{word}" for word in range(80))
    article = Article(outlet="times", url=url, canonical_url=url, title=f"Title {number}", body=text)
    with database.begin() as session:
        return Desk(database).file(session, article, now=when, quiet=quiet).article.id


def left(database: Database) -> set[str]:
    return {filed.id for filed in Archive(database).articles()}


async def test_old_articles_go_and_newer_ones_stay(database):
    old, new = file(database, 1, NOW - timedelta(days=31)), file(database, 2, NOW - timedelta(days=29))
    assert await Archive(database).forget(NOW - timedelta(days=30)) == 1
    assert left(database) == {new} != {old}


async def test_an_article_that_no_watch_has_seen_stays_however_old(database):
    unseen = file(database, 1, NOW - timedelta(days=400), quiet=False)
    assert await Archive(database).forget(NOW) == 0
    assert left(database) == {unseen}


async def test_what_hangs_on_an_article_goes_with_it(database):
    file(database, 1, NOW - timedelta(days=31))
    kept = file(database, 2, NOW)
    await Archive(database).forget(NOW - timedelta(days=30))
    with database.read() as session:
        assert session.scalars(select(AddressRow.article_id)).all() == [kept]
        assert set(session.scalars(select(ShingleRow.article))) == {
            session.scalar(select(ArticleRow.number).where(ArticleRow.id == kept))
        }


async def test_a_forgotten_address_is_still_known_and_can_be_forgotten_twice(database):
    for _ in range(2):
        file(database, 1, NOW - timedelta(days=31))
        await Archive(database).forget(NOW - timedelta(days=30))
        assert left(database) == set()
        with database.read() as session:
            asked = ["https://times.example/1", "https://times.example/2"]
            assert Desk(database).known(session, asked) == {asked[0]}


async def test_more_than_one_batch_is_forgotten(database, monkeypatch):
    monkeypatch.setattr("newsdesk.archive._PAGE", 3)
    with database.begin() as session:
        for number in range(7):
            url = f"https://times.example/{number}"
            Desk(database).file(
                session,
                Article(outlet="times", url=url, canonical_url=url, title=f"T{number}", body=""),
                now=NOW - timedelta(days=9),
                quiet=True,
            )
    assert await Archive(database).forget(NOW) == 7
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(AddressRow)) == 0
