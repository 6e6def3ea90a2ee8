"""Several processes file into one archive: unique keys decide, nobody waits in vain."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from newsdesk import Database, Desk, FilingKind

from .prose import NOW, article, prose

postgres = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


@pytest.fixture
def second(database: Database, database_url: str) -> Iterator[Database]:
    """The same database as another process sees it."""
    second = Database(database_url)
    yield second
    second.close()


def test_four_writers_file_each_article_once(database: Database, database_url: str) -> None:
    articles = [article(str(number)) for number in range(12)]

    def file_all(seed: int) -> list[FilingKind]:
        mine, database = random.Random(seed).sample(articles, len(articles)), Database(database_url)
        desk, kinds = Desk(database), []
        for one in mine:
            with database.begin() as session:
                kinds.append(desk.file(session, one, now=NOW).kind)
        database.close()
        return kinds

    with ThreadPoolExecutor(4) as pool:
        kinds = Counter(kind for kinds in pool.map(file_all, range(4)) for kind in kinds)
    assert kinds == {FilingKind.NEW: 12, FilingKind.KNOWN: 36}


async def test_two_daemons_that_commit_in_batches_get_out_of_each_other_s_way(
    database: Database, second: Database
) -> None:
    articles = [article(str(number)) for number in range(20)]

    def filing(database: Database, order: int) -> list[object]:
        desk = Desk(database)
        return [
            database.transact(lambda session, one=one: desk.file(session, one, now=NOW).kind)
            for one in articles[::order]
        ]

    kinds = Counter(await asyncio.gather(*filing(database, 1), *filing(second, -1)))
    assert kinds == {FilingKind.NEW: 20, FilingKind.KNOWN: 20}


def test_near_copies_that_come_at_the_same_instant_share_one_story(database: Database, database_url: str) -> None:
    texts = [prose(f"wire {number}", 80) for number in range(4)]

    def file_all(house: int) -> None:
        mine, desk = Database(database_url), Desk(database)
        for number, wire in random.Random(house).sample(list(enumerate(texts)), len(texts)):
            copied = article(str(number), outlet=f"house-{house}", body=f"{wire}\n\nPrinted by {prose(str(house), 3)}")
            with mine.begin() as session:
                desk.file(session, copied, now=NOW)
        mine.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(file_all, range(4)))
    stories = "SELECT story, count(*), sum(CASE WHEN copy_of IS NULL THEN 1 ELSE 0 END) FROM articles GROUP BY story"
    with database.read() as session:
        assert sorted(row[1:] for row in session.execute(text(stories))) == [(4, 1)] * 4


@postgres
async def test_a_server_that_drops_every_connection_in_the_middle_costs_nothing(
    database: Database, database_url: str
) -> None:
    filer = Database(f"{database_url}&application_name=filer")
    desk, articles, dropped = Desk(filer), [article(str(number)) for number in range(40)], []
    drop = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'filer'"

    def change(session: Session, number: int) -> FilingKind:
        kind = desk.file(session, articles[number], now=NOW).kind
        if number % 10 == 5 and number not in dropped:
            dropped.append(number)
            with database.begin() as other:
                assert other.execute(text(drop)).scalar_one() >= 1
        return kind

    filing = [filer.transact(partial(change, number=number)) for number in range(40)]
    kinds = await asyncio.gather(*filing)
    filer.close()
    assert dropped == [5, 15, 25, 35]
    assert Counter(kinds) == {FilingKind.NEW: 40}
    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM articles")).scalar_one() == 40
        assert session.execute(text("SELECT count(*) FROM addresses")).scalar_one() == 40
        assert session.execute(text("SELECT count(*) FROM shingles")).scalar_one() == 320


@postgres
async def test_what_the_server_cannot_put_in_an_order_with_others_is_done_again(database_url: str) -> None:
    strict = Database(f"{database_url}%20-cdefault_transaction_isolation%3Dserializable")
    count, add, seen = text("SELECT count(*) FROM things"), text("INSERT INTO things VALUES (1)"), list[int]()
    with strict.begin() as session:
        session.execute(text("CREATE TABLE things (number integer)"))

    def change(session: Session) -> None:
        seen.append(session.execute(count).scalar_one())
        if len(seen) == 1:
            with strict.begin() as other:
                other.execute(count)
                other.execute(add)
        session.execute(add)

    await strict.transact(change)
    with strict.read() as session:
        assert session.execute(count).scalar_one() == 2
    strict.close()
    assert seen == [0, 1]


def _is_waited_for(connection: Connection) -> bool:
    return bool(connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one())


@postgres
@pytest.mark.parametrize(
    ("theirs", "ours", "kind"),
    [
        (article("1"), article("1"), FilingKind.KNOWN),
        (article("1"), article("1", title="Corrected"), FilingKind.REVISED),
        (article("1"), article("2", title="Headline 1", seed="gazette/1"), FilingKind.KNOWN),
        (article("1", aliases=("https://g.example/x",)), article("2", url="https://g.example/x"), FilingKind.NEW),
    ],
)
def test_who_comes_second_waits_for_the_first_and_looks_again(
    database: Database, second: Database, theirs: object, ours: object, kind: FilingKind
) -> None:
    def file_second() -> FilingKind:
        with second.begin() as session:
            return Desk(second).file(session, ours, now=NOW).kind  # type: ignore[arg-type]

    with ThreadPoolExecutor(1) as pool, database.engine.connect() as watcher:
        with database.begin() as session:
            Desk(database).file(session, theirs, now=NOW)  # type: ignore[arg-type]
            waiting = pool.submit(file_second)
            while not _is_waited_for(watcher) and not waiting.done():
                Event().wait(0.005)
            assert not waiting.done()
        assert waiting.result(timeout=20) is kind


@postgres
def test_two_sweepers_never_hold_the_same_article(database: Database, second: Database) -> None:
    desk = Desk(database)
    with database.begin() as session:
        for number in range(5):
            desk.file(session, article(str(number)), now=NOW)
    with database.begin() as one, second.begin() as other:
        held = {unswept.filed.id for unswept in desk.unswept(one, limit=3)}
        left = {unswept.filed.id for unswept in desk.unswept(other)}
        assert (len(held), len(left)) == (3, 2)
        assert not held & left
        desk.mark_swept(one, held)
    with second.begin() as other:
        assert {unswept.filed.id for unswept in desk.unswept(other)} == left
