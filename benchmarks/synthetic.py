"""A synthetic archive: articles of made-up or real vocabulary by Zipf's law, with names and phrases, built in bulk."""

import json
import multiprocessing
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Connection, insert, text

import newsdesk.spelling.text
from newsdesk import Article, Base, Database, terms_of
from newsdesk.numbers import HOUR, number_from
from newsdesk.rows import article_values
from newsdesk.search.terms import TERMS_VERSION
from newsdesk.tables import ARTICLES

WORDS = 120_000
LIVELY = 5_000
NAMES = 4_000
PHRASES = 3_000
BODY, PARAGRAPH = 350, 50
STREAM = 2_000_000
"""Every paragraph is cut from a text of so many words, so that words keep company as they do in the news."""
BEGIN = datetime(2025, 11, 1, tzinfo=UTC)
OUTLETS = [f"outlet-{number}" for number in range(40)]
LANGUAGES = ["en", "en-GB", "ru", "de", "fr"]
SYLLABLES = [consonant + vowel for consonant in "bdfghjklmnprstvz" for vowel in "aeiou"]
BATCH = 2_000


@dataclass(frozen=True)
class Vocabulary:
    """Words by their rank, a long text of them, and names and phrases, the most frequent first."""

    words: Sequence[str]
    stream: Sequence[str]
    names: Sequence[str]
    phrases: Sequence[str]

    @classmethod
    def of(cls, bodies: Path | None) -> "Vocabulary":
        """Take the words of the texts below a folder, or make words up; those that texts lack are made up, too."""
        random = Random(7)
        counted = _counted(bodies) if bodies else Counter()
        ranked = dict.fromkeys(word for word, _ in counted.most_common(WORDS))
        while len(ranked) < WORDS:
            ranked["".join(random.choices(SYLLABLES, k=1 + (len(ranked) > 300) + random.randint(0, 3)))] = None
        words = list(ranked)[:WORDS]
        if counted:  # the made-up ones are rarer than any that was met
            weights = [counted.get(word, 0) or 0.2 for word in words]
        else:
            weights = [_weight(rank + 3) for rank in range(WORDS)]
        names = [f"{_name(random, 2)} {_name(random, 3)}" for _ in range(NAMES)]
        phrases = [" ".join(random.sample(words[200:4_000], 2)) for _ in range(PHRASES)]
        stream = random.choices(words, cum_weights=list(accumulate(weights)), k=STREAM)
        for at in range(9, STREAM, 10):
            stream[at] += "," if random.random() < 0.5 else "."
        return cls(words, stream, names, phrases)


def _weight(rank: int) -> float:
    """Give how often a word is met: by Zipf's law, and far less beyond the few thousand that a language lives on."""
    return 1 / rank if rank < LIVELY else LIVELY**0.7 / rank**1.7


def _counted(folder: Path) -> Counter[str]:
    found: Counter[str] = Counter()
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".txt", ".json", ".jsonl"):
            for line in path.read_text("utf-8", errors="replace").splitlines():
                body = json.loads(line).get("body", "") if path.suffix == ".jsonl" else line
                found.update(word for word in re.findall(r"[^\W\d_]+", body.lower()) if len(word) < 30)
    return found


def _name(random: Random, syllables: int) -> str:
    return "".join(random.choices(SYLLABLES, k=syllables)).capitalize() + random.choice("nrslv")


def write(vocabulary: Vocabulary, seed: int, count: int) -> Iterator[Article]:
    """Write articles: a headline, and a body of paragraphs with a few names and phrases in it."""
    random = Random(seed)
    name_sums = list(accumulate(1 / (rank + 2) for rank in range(NAMES)))
    phrase_sums = list(accumulate(1 / (rank + 20) for rank in range(PHRASES)))
    for number in range(count):
        chosen: list[str] = []
        for start in random.choices(range(STREAM - PARAGRAPH), k=BODY // PARAGRAPH):
            chosen += vocabulary.stream[start : start + PARAGRAPH]
            chosen[-1] += ".\n\n"
        for name in random.choices(vocabulary.names, cum_weights=name_sums, k=4):
            chosen[random.randrange(BODY)] = name
            chosen[random.randrange(BODY)] = name.split()[1]
        for phrase in random.choices(vocabulary.phrases, cum_weights=phrase_sums, k=4):
            chosen[random.randrange(BODY)] = phrase
        url = f"https://www.{random.choice(OUTLETS)}.example/news/{seed}-{number}/"
        yield Article(
            outlet=url.split(".")[1],
            url=url,
            canonical_url=url,
            title=" ".join(chosen[:9]),
            body=" ".join(chosen),
            authors=(random.choice(vocabulary.names),),
            section=random.choice(vocabulary.words[300:340]),
            language=random.choice(LANGUAGES),
        )


Seen = tuple[int, datetime]
Batch = tuple[list[dict[str, Any]], list[tuple[int, Any]], float]
"""Rows, the terms of each by its number, and the CPU seconds that working out the terms took."""


def _prepare() -> None:
    """Let a writer of articles remember every word, which makes it twice as fast: its vocabulary has an end."""
    newsdesk.spelling.text._MEMO_LIMIT = 2_000_000


def _batch(task: tuple[Path | None, int, int, list[Seen], bool]) -> Batch:
    bodies, seed, count, seen, as_list = task
    vocabulary = _VOCABULARY.setdefault(bodies, None) or Vocabulary.of(bodies)
    _VOCABULARY[bodies] = vocabulary
    rows, entries, spent = [], [], 0.0
    for (number, first_seen), article in zip(seen, write(vocabulary, seed, count), strict=True):
        began = time.process_time()
        terms = terms_of(article)
        spent += time.process_time() - began
        rows.append(
            article_values(article)
            | _named(number, article.url, first_seen)
            | {"outlet": article.outlet, "revision": 1, "unswept": None, "indexed": TERMS_VERSION}
            | {"copy_of": None, "update_of": None}
        )
        entries.append((number, list(terms) if as_list else " ".join(terms)))
    return rows, entries, spent


_VOCABULARY: dict[Path | None, Vocabulary | None] = {}


def _seen(count: int, days: float) -> Iterator[Seen]:
    """Give the number and the instant of each article, spread evenly over the days."""
    step, hour, place = timedelta(days=days) / count, -1, 0
    for index in range(count):
        moment = BEGIN + index * step
        begin = number_from(moment)
        place = place + 1 if begin == hour else 0
        hour = begin
        assert place < HOUR
        yield begin + place, moment


def build(database: Database, count: int, distinct: int, days: float, bodies: Path | None) -> dict[str, float]:
    """Fill an empty database; gives CPU milliseconds an article: of its terms, and of the index in bulk.

    After `distinct` articles the same texts come again, as other articles.
    """
    Base.metadata.create_all(database.engine, tables=[ARTICLES])
    if database.is_postgres:
        with database.begin() as session:
            session.execute(text("DROP INDEX ix_article_terms"))
    seen = _seen(count, days)
    spent, entered, done = 0.0, 0.0, 0
    for rows, entries, seconds in _batches(seen, min(count, distinct), bodies, database.is_postgres):
        with database.begin() as session:
            entered += _insert(session.connection(), rows, entries)
        spent += seconds
        done += len(rows)
        if done % 100_000 < BATCH:
            print(f"    {done} articles", flush=True)
    if database.is_postgres:
        _finish(database)
    return {"terms": 1_000 * spent / min(count, distinct), "entering": 1_000 * entered / count}


def _insert(connection: Connection, rows: list[dict[str, Any]], entries: list[tuple[int, Any]]) -> float:
    connection.execute(insert(ARTICLES), rows)
    began = time.process_time()
    if connection.dialect.name == "postgresql":
        sql = "INSERT INTO article_terms VALUES (%s, array_to_tsvector(%s::text[]))"
    else:
        sql = "INSERT INTO article_terms (rowid, terms) VALUES (?, ?)"
    connection.exec_driver_sql(sql, entries)
    return time.process_time() - began


def _finish(database: Database) -> None:
    with database.begin() as session:
        session.execute(text("SET LOCAL maintenance_work_mem = '1GB'"))
        session.execute(text("CREATE INDEX ix_article_terms ON article_terms USING gin (terms)"))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _batches(seen: Iterator[Seen], distinct: int, bodies: Path | None, as_list: bool) -> Iterator[Batch]:
    fresh = islice(seen, distinct)
    tasks = (
        (bodies, seed, len(some), some, as_list)
        for seed, some in enumerate(iter(lambda: list(islice(fresh, BATCH)), []))
    )
    written: list[tuple[list[dict[str, Any]], list[tuple[int, Any]]]] = []
    with multiprocessing.get_context("spawn").Pool(2, _prepare) as pool:
        for rows, entries, seconds in pool.imap(_batch, _held_back(tasks)):
            _free.release()
            written.append((rows, entries))
            yield rows, entries, seconds
    for number, some in enumerate(iter(lambda: list(islice(seen, BATCH)), [])):
        rows, entries = written[number % len(written)]
        again = [
            row | _named(number, row["url"] + f"?v={number}", first_seen)
            for row, (number, first_seen) in zip(rows, some, strict=False)
        ]
        yield again, [(one[0], entry[1]) for one, entry in zip(some, entries, strict=False)], 0.0


def _named(number: int, url: str, first_seen: datetime) -> dict[str, Any]:
    id = f"{number:016x}"
    return {"id": id, "number": number, "story": id, "content": id, "content_key": id, "first_seen": first_seen} | {
        "url": url,
        "canonical_url": url,
    }


_free = multiprocessing.get_context("spawn").Semaphore(8)


def _held_back(tasks: Iterator[Any]) -> Iterator[Any]:
    """Hold the writer of articles back, so that no more than a few batches wait."""
    for task in tasks:
        _free.acquire()
        yield task
