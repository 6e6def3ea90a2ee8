"""Searches and back-tests through the index against the matcher on every article, on queries in many scripts."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random

import pytest
from sqlalchemy import update

from alerts import Matcher, Watch, parse
from newsdesk import Archive, Article, Database, Desk, FiledArticle, FilingKind, QueryError
from newsdesk.tables import ARTICLES

from . import growing, reference
from .asking import NIGHTLY
from .loosely import loosely

QUERIES = int(os.environ.get("TOCSIN_SEARCH_QUERIES", "10000" if NIGHTLY else "300"))
ARTICLES_FILED = 1_000 if NIGHTLY else 200
AGAIN = QUERIES // 5
"""So many queries are asked again once the archive has changed."""
TAGS = {"rt": ("State-Media",), "bbc": ("public", "uk"), "ria": ("state-media",)}
BEGIN = datetime(2026, 10, 1, 22, 30, tzinfo=UTC)
LANGUAGES = [None, "en", "en-GB", "ru", "ar", "zh-Hans", "tr", "th"]
SECTIONS = [None, "World", "Россия и мир", "中国", "e-mail"]
OWN = [
    "url:news", "url:俄罗斯", "url:(e-mail OR 7)", "section:world", "section:(中国 OR мир)", "dateline:MOSCOW",
    "outlet:ria.example NOT lang:en", "lang:zh mail", "lang:ar OR lang:th", "tag:uk", "tag:state-media of",
    "tag:nowhere", "author:lavrov", "title:Ankara'da", 'title:"俄罗斯"', "*avrov", "lav*v iran", "러시* OR us*",
    "/lavr?ov/ mail", "stem:negotiates Iran", "host*", "title* OR lang*", "body:*mail lede:mail", "U.S. AND AT&T",
    "COUNT(mail OR Iran)>=2", "FIRST/3(mail) NOT us", '"out-of-work"', '"e mail"', 'case:"US" exact:café', "ガザ น้ำ",
    '"1,000.5" OR 5G', "outlet:(rt OR bbc.example) lavrov", "xn*", "\x00nul", '"a \ud800b"', "o'neil*", "nego?iat*",
]  # fmt: skip


@cache
def written(seed: int) -> Sequence[Article]:
    """Give the articles of an archive, the same on either database."""
    random, found = Random(seed), []
    for number in range(ARTICLES_FILED):
        _, article = growing.article(random)
        outlet = random.choice([*TAGS, "tass"])
        url = f"https://www.{outlet}.example/news/{random.choice(['俄罗斯', 'e-mail', '%D0%B0'])}/{number}/"
        found.append(
            replace(
                article,
                outlet=outlet,
                url=url,
                canonical_url=url,
                body=f"{article.body}\n\nRow {number}",
                language=random.choice(LANGUAGES),
                section=random.choice(SECTIONS),
                dateline=random.choice([None, "MOSCOW, Nov 21 (RIA)", "القاهرة"]),
            )
        )
    return tuple(found)


@cache
def watches(seed: int) -> Sequence[Watch]:
    """Give watches of random queries, some of them bound to outlets and languages."""
    random, found = Random(seed), []
    while len(found) < QUERIES:
        number = len(found)
        text = OWN[number] if number < len(OWN) else _grown(random)
        try:
            query = parse(text, stem=random.random() < 0.05)
        except QueryError:
            assert number >= len(OWN), text
            continue
        outlets = random.choice([(), (), (), ("rt",), ("tag:State-media",), ("bbc.example", "tass"), ("tag:none",)])
        languages = random.choice([(), (), (), ("en",), ("zh_hans", "TR")])
        found.append(Watch(f"w{number:05}", "Watch", query, outlets, languages))
    return tuple(found)


def _grown(random: Random) -> str:
    tree = growing.grown(random, random.randint(0, 3))
    return loosely(tree, random) if random.random() < 0.5 else reference.written(tree)


def found_by_matcher(archive: Archive, some: Sequence[Watch]) -> Mapping[str, list[str]]:
    """Give what each watch finds in every article, newest first."""
    matcher, found = Matcher(some), {watch.slug: list[str]() for watch in some}
    for filed in archive.articles():
        for match in matcher.match(filed, TAGS):
            found[match.watch.slug].append(filed.id)
    return found


def found_by_index(archive: Archive, watch: Watch, **span: object) -> list[FiledArticle]:
    matcher = Matcher([watch])
    candidates = archive.articles(condition=watch.condition(TAGS), **span)  # type: ignore[arg-type]
    return [filed for filed in candidates if matcher.match(filed, TAGS)]


def hold(archive: Archive, some: Sequence[Watch]) -> None:
    """Hold every watch through the index against the matcher."""
    wanted = found_by_matcher(archive, some)
    assert sum(map(len, wanted.values())) > len(some)
    for watch in some:
        assert [filed.id for filed in found_by_index(archive, watch)] == wanted[watch.slug], watch.query_text


@pytest.fixture
def archive(database: Database) -> Iterator[Archive]:
    desk, random = Desk(database), Random(3)
    with database.begin() as session:
        for article in written(1):
            desk.file(session, article, now=BEGIN + timedelta(minutes=random.randrange(40 * 60)))
    yield Archive(database)


def test_the_index_gives_what_the_matcher_gives(archive: Archive) -> None:
    hold(archive, watches(2))
    narrowed = [watch for watch in watches(2) if watch.condition(TAGS) is not None]
    assert len(narrowed) > 0.8 * QUERIES


def test_a_part_of_the_time_in_either_order_gives_the_same_part(archive: Archive) -> None:
    random = Random(5)
    for watch in watches(2)[:AGAIN]:
        whole = found_by_index(archive, watch)
        since, until = sorted(BEGIN + timedelta(minutes=random.randrange(40 * 60)) for _ in range(2))
        part = [one for one in whole if since <= one.first_seen < until]
        assert found_by_index(archive, watch, since=since, until=until) == part
        assert found_by_index(archive, watch, newest_first=False) == whole[::-1]
        assert found_by_index(archive, watch, outlet="rt") == [one for one in whole if one.article.outlet == "rt"]


async def test_the_index_follows_revisions_forgetting_and_indexing_anew(archive: Archive, database: Database) -> None:
    desk, random, again = Desk(database), Random(9), watches(2)[:AGAIN]
    with database.begin() as session:
        for article, other in zip(written(1)[::3], written(4), strict=False):
            kind = desk.file(session, replace(article, title=other.title, body=other.body), now=BEGIN).kind
            assert kind in (FilingKind.REVISED, FilingKind.KNOWN)
        for filed in list(archive.articles())[::7]:
            desk.amend(session, filed.id, lambda text: text.replace("mail", "letter"), BEGIN)
    hold(archive, again)
    with database.begin() as session:
        for version in (None, 0, 99):
            chosen = random.sample(list(archive.articles()), 20)
            stale = update(ARTICLES).where(ARTICLES.c.id.in_([filed.id for filed in chosen]))
            session.execute(stale.values(indexed=version, title="Лавров U.S. 俄罗斯"))
    hold(archive, again)
    while await database.transact(archive.index_some):
        hold(archive, again[:10])
    assert archive.unindexed() == 0
    hold(archive, again)
