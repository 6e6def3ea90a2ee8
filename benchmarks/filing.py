"""Filing: CPU an article costs the newsdesk with so many on record; size and speed of the index of near-copies.

    python -m benchmarks.filing [--stored 100000] [--file 1000] [--bodies FOLDER] [--postgres URL] [--keep FILE]

An archive of so many articles is written in bulk: its rows, addresses and sampled word groups are as many and as spread
as real ones, its texts are short and not in the search index. Then articles are filed in transactions of 100, as the
crawler does, once with and once without the search index's part; the figure is CPU time of this process alone, so on
PostgreSQL that of the client. Sizes for ten million articles are extrapolated from those measured. FILE keeps the
SQLite archive for another run.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from sqlalchemy import Connection, text

from benchmarks.copies import bodies
from benchmarks.templates import invented
from newsdesk import Article, Base, Database, Desk, Fingerprint

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
_DAYS = 120
_OUTLETS = 200
_BATCH = 100
_AT_ONCE = 50_000
_TEN_MILLION = 10_000_000
_STORED = 8

_ARTICLES = (  # noqa: SIM905
    "id number outlet url canonical_url title lede body authors dateline section language published "
    "published_precision published_raw modified first_seen revision story copy_of update_of content content_key "
    "unswept cited"
).split()
_ADDRESSES = ["url", "outlet", "key", "article_id"]
_SHINGLES = ["period", "hash", "article"]


def build(database: Database, count: int) -> None:
    """Write an archive in bulk."""
    chance = random.Random(1)
    numbers: list[int] = []
    with database.engine.begin() as connection:
        for start in range(0, count, _AT_ONCE):
            places = range(start, min(start + _AT_ONCE, count))
            rows = [_row(place, count, database.is_postgres) for place in places]
            numbers += [row[1] for row in rows]
            _write(connection, "articles", _ARTICLES, rows)
            _write(connection, "addresses", _ADDRESSES, sorted((row[3], row[2], f"{row[1]}", row[0]) for row in rows))
        shingles = sorted(
            (number // (1 << 20) // 720, chance.getrandbits(63) >> 9, number)
            for number in numbers
            for _ in range(_STORED)
        )
        for start in range(0, len(shingles), _AT_ONCE):
            _write(connection, "shingles", _SHINGLES, shingles[start : start + _AT_ONCE])
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _row(place: int, count: int, is_postgres: bool) -> tuple[object, ...]:
    first_seen = NOW - timedelta(days=_DAYS) * (1 - place / count)
    hour = int(first_seen.timestamp()) // 3600
    outlet, url = f"outlet-{place % _OUTLETS}", f"https://outlet-{place % _OUTLETS}.example/news/{place}"
    seen = first_seen if is_postgres else first_seen.isoformat(timespec="microseconds")
    body = f"Report {place} of {outlet}. " * 12
    head = (
        f"stored{place:010}",
        (hour << 20) + place % (1 << 20),
        outlet,
        url,
        url,
        f"Report {place}",
        None,
        body,
        "[]",
    )
    middle = (None, None, "en", seen, "second", None, None, seen, 1, f"stored{place:010}", None, None)
    return (*head, *middle, f"{place:032x}", f"{outlet}:{place:032x}", None, False)


def _write(connection: Connection, table: str, columns: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
    names = ", ".join(columns)
    driver = connection.connection.dbapi_connection
    assert driver is not None
    if connection.dialect.name == "postgresql":
        with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:  # type: ignore[attr-defined]
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join("?" * len(columns))
    driver.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)  # type: ignore[attr-defined]


def articles(texts: Iterator[str], count: int, name: str) -> list[Article]:
    """Give articles to file."""
    found = []
    for place in range(count):
        outlet = f"outlet-{place % _OUTLETS}"
        url = f"https://{outlet}.example/{name}/{place}-some-words-of-the-headline"
        article = Article(outlet=outlet, url=url, canonical_url=url, title=f"{name} {place}", body=next(texts))
        found.append(article)
    return found


def file_all(database: Database, waiting: Sequence[Article]) -> list[float]:
    """File in batches; gives the CPU milliseconds an article of each batch."""
    desk, costs = Desk(database), []
    for start in range(0, len(waiting), _BATCH):
        begin = time.process_time()
        with database.begin() as session:
            for article in waiting[start : start + _BATCH]:
                desk.file(session, article, now=NOW, quiet=True)
        costs.append(1000 * (time.process_time() - begin) / _BATCH)
    return costs


def lookups(database: Database, count: int = 200) -> float:
    """Give the milliseconds of one look-up of all the word groups that a text is searched by."""
    texts = [Fingerprint.of(invented(place, 300)).probes for place in range(count)]
    period = int(NOW.timestamp()) // 3600 // 720
    marks = ", ".join(f":p{place}" for place in range(len(texts[0])))
    query = text(f"SELECT hash, article FROM shingles WHERE period IN (:a, :b, :c) AND hash IN ({marks})")
    with database.read() as session:
        session.execute(query, _asked(texts[0], period)).all()
        begin = time.perf_counter()
        for probes in texts:
            session.execute(query, _asked(probes, period)).all()
        return 1000 * (time.perf_counter() - begin) / count


def _asked(probes: Sequence[int], period: int) -> dict[str, int]:
    return {f"p{place}": probe for place, probe in enumerate(probes)} | {"a": period - 2, "b": period - 1, "c": period}


def index_size(database: Database) -> int:
    """Give the bytes of the table of word groups."""
    with database.engine.connect() as connection:
        if database.is_postgres:
            return int(connection.execute(text("SELECT pg_total_relation_size('shingles')")).scalar_one())
        return int(connection.execute(text("SELECT sum(pgsize) FROM dbstat WHERE name = 'shingles'")).scalar_one())


def measure(database: Database, stored: int, count: int, texts: Sequence[str]) -> None:
    """Print the figures."""
    size = index_size(database)
    print(f"near-copies: {size / 1e6:.0f} MB for {stored:,} articles, {size / stored:.0f} bytes each", end="; ")
    print(f"10,000,000 would take {size / stored * _TEN_MILLION / 1e9:.1f} GB (extrapolated)")
    print(f"one look-up: {lookups(database):.2f} ms")
    source = iter(texts)
    file_all(database, articles(source, _BATCH, "warm"))
    costs = file_all(database, articles(source, count, f"run-{time.time_ns()}"))
    print(f"filing: {median(costs):.2f} ms CPU an article (batches: {min(costs):.2f} to {max(costs):.2f})")


def _texts(folder: Path | None, count: int) -> list[str]:
    if folder is None:
        return [invented(int(time.time()) + place, 400) for place in range(count)]
    found = [body.text[:2500] for half in (False, True) for body in bodies(folder, count, held_out=half)]
    return (found * (count // len(found) + 1))[:count]


def main() -> None:
    """Build and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stored", type=int, default=100_000)
    parser.add_argument("--file", type=int, default=1000)
    parser.add_argument("--bodies", type=Path)
    parser.add_argument("--postgres", metavar="URL", default="")
    parser.add_argument("--keep", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.keep or Path(folder) / "filing.db"
        fresh = bool(arguments.postgres) or not path.exists()
        database = Database(arguments.postgres or f"sqlite:///{path}")
        if fresh:
            begin = time.process_time()
            Base.metadata.create_all(database.engine)
            build(database, arguments.stored)
            print(f"built in {time.process_time() - begin:.0f} CPU s")
        measure(database, arguments.stored, arguments.file, _texts(arguments.bodies, arguments.file + _BATCH))
        database.close()


if __name__ == "__main__":
    main()
