"""The index of terms: it leaves out what cannot fit, and never anything else."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text, update

import newsdesk.search.narrowed as narrowed_module
from newsdesk import AllOf, AnyOf, Archive, Article, Condition, Database, Desk, Has, Prefix, all_of, any_of, terms_of
from newsdesk.search.index import catch_up, stale_versions
from newsdesk.tables import ARTICLES

from .conftest import File
from .prose import NOW, article

Search = Callable[..., list[str]]


@pytest.fixture
def search(database: Database) -> Search:
    """Give the titles of the articles that may fulfil a condition, newest first."""

    def search(condition: Condition, **span: object) -> list[str]:
        found = Archive(database).articles(condition=condition, **span)  # type: ignore[arg-type]
        return [filed.article.title for filed in found]

    return search


def test_conditions_say_no_more_than_is_known() -> None:
    a, b = Has("a"), Has("b")
    assert all_of([a, None, b, AllOf((a, b))]) == AllOf((a, b))
    assert all_of([None]) is None
    assert any_of([a, None]) is None
    assert any_of([a, AnyOf((b, a)), AnyOf(())]) == AnyOf((a, b))
    assert any_of([]) == AnyOf(())
    assert all_of([a, AnyOf(())]) == AnyOf(())
    assert any_of(Has(str(number)) for number in range(5_000)) is None


@pytest.mark.parametrize(
    "body",
    [
        "It's \"quoted\", O'Neil said; AT&T 1,000.5 e-mail U.S.A. 100% a_b c*d (e) {f} [g] ~h ^i \\j |k $l #m @n `o",
        '俄罗斯的ガザ น้ำ हिन्दी والحرب של"ום Ankara’da İSTANBUL 러시아는',
        "x" * 5_000 + " " + "ю" * 3_000 + " \U0001d49c\U0001f600 \ufffd",
    ],
)
def test_every_term_of_an_article_finds_it_and_so_does_its_beginning(file: File, search: Search, body: str) -> None:
    one = article(
        body=body, outlet="o-1", authors=("Anna O'Neil",), section='"World"', dateline="\\Rome", language="pt_BR"
    )
    file(one)
    file(article("2", body="Nothing."))
    for term in terms_of(one):
        assert one.title in search(Has(term)), term
        assert one.title in search(Prefix(term[:150])), term
    assert search(AllOf((Has(":outlet:o-1"), Has(":lang:pt"), Has(":host:example"), Has(":author:oneil")))) == [
        one.title
    ]
    assert search(Has("nowhere")) == search(Has(":outlet:o")) == search(AnyOf(())) == []


@pytest.mark.parametrize(
    "odd", ["a\x00b", "a\ud800", "a b", "", '"', "'", "\\", "*", "a' | 'b", 'a" OR "b', "NEAR", ":*"]
)
def test_no_letter_of_what_is_asked_for_has_a_meaning_of_its_own(file: File, search: Search, odd: str) -> None:
    file(article(body="Harbour."))
    assert search(Has(odd + "q")) == search(Prefix(odd + "q")) == []
    assert search(AnyOf((Has(odd), Has("harbour")))) == ["Headline 1"]


def test_conditions_may_stand_deep_and_be_many(file: File, search: Search) -> None:
    file(article(body="Harbour."))
    deep: Condition = Has("harbour")
    for number in range(10):
        deep = AnyOf((AllOf((deep, Prefix("harb"))), Has(f"w{number}")))
    assert search(AllOf((deep, AnyOf((*(Has(f"w{n}") for n in range(1_500)), Has("harbour")))))) == ["Headline 1"]


def test_a_revision_is_found_by_its_new_words_and_not_by_the_old(file: File, search: Search) -> None:
    file(article(body="Harbour " * 40))
    file(article(body="Market " * 40), now=NOW + timedelta(hours=2))
    assert search(Has("market")) == ["Headline 1"]
    assert search(Has("harbour")) == []


def test_what_an_article_is_tidied_of_no_longer_finds_it(
    file: File, search: Search, desk: Desk, database: Database
) -> None:
    filed = file(article(body="Harbour. Subscribe!")).article
    with database.begin() as session:
        assert desk.amend(session, filed.id, lambda body: body.replace(" Subscribe!", ""), NOW)
    assert search(Has("subscribe")) == []
    assert search(Has("harbour")) == ["Headline 1"]


def test_what_is_taken_back_leaves_no_trace(database: Database, desk: Desk, file: File, search: Search) -> None:
    with database.begin() as session:
        inner = session.begin_nested()
        desk.file(session, article(body="Harbour."), now=NOW)
        inner.rollback()
        desk.file(session, article("2", body="Market."), now=NOW)
    with pytest.raises(ZeroDivisionError), database.begin() as session:
        desk.file(session, article("3", body="Harbour."), now=NOW)
        raise ZeroDivisionError
    assert search(Has("harbour")) == []
    assert search(Has("market")) == ["Headline 2"]


def entries(database: Database) -> int:
    """Count the entries of the word harbour, whatever the articles say."""
    match = "terms @@ 'harbour'::tsquery" if database.is_postgres else "article_terms MATCH 'harbour'"
    with database.read() as session:
        return session.scalar(text(f"SELECT count(*) FROM article_terms WHERE {match}")) or 0


def test_articles_that_other_rules_indexed_or_none_are_looked_at_until_they_are_indexed(
    database: Database, file: File, search: Search
) -> None:
    for number in range(7):
        file(article(str(number), body="Harbour."), now=NOW + timedelta(minutes=number))
    with database.begin() as session:
        for number, version in enumerate((None, 0, 77)):
            chosen = update(ARTICLES).where(ARTICLES.c.title == f"Headline {number}")
            session.execute(chosen.values(indexed=version, body="Market."))
        assert stale_versions(session.connection()) == [None, 0, 77]
    assert search(Has("market")) == ["Headline 2", "Headline 1", "Headline 0"]
    assert Archive(database).unindexed() == 2
    with database.begin() as session:
        assert catch_up(session.connection(), 1) == 1
    assert Archive(database).unindexed() == 1
    with database.begin() as session:
        assert catch_up(session.connection(), 10) == 1
        assert stale_versions(session.connection()) == [None, 0]
    assert search(Has("market")) == ["Headline 2", "Headline 1", "Headline 0"]


def test_an_article_of_more_words_than_the_index_takes_is_found_all_the_same(file: File, search: Search) -> None:
    many = " ".join(f"{'w' * 80}{number}" for number in range(12_000))
    file(article(body=many))
    assert search(Has(f"{'w' * 80}77")) == ["Headline 1"]


async def test_what_is_forgotten_leaves_the_index(database: Database, file: File) -> None:
    for number in range(3):
        file(article(str(number), body="Harbour."), now=NOW + timedelta(hours=number), quiet=True)
    with database.begin() as session:
        session.execute(update(ARTICLES).where(ARTICLES.c.title == "Headline 1").values(indexed=None))
    assert entries(database) == 3
    from newsdesk.search.index import remove

    with database.begin() as session:
        remove(session.connection(), session.execute(ARTICLES.select()).all())
    assert entries(database) == (0 if database.is_postgres else 1)


def filed_at(file: File, moments: list[datetime]) -> None:
    for number, moment in enumerate(moments):
        file(article(str(number), body="Harbour." if number % 5 else "Market."), now=moment)


@pytest.mark.parametrize("most", [1_000, 4])
def test_candidates_come_in_the_order_in_which_they_were_seen_however_many_an_hour_has(
    database: Database, file: File, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(narrowed_module, "_FIRST", 2)
    monkeypatch.setattr(narrowed_module, "_MOST", most)
    monkeypatch.setattr(narrowed_module, "_AT_ONCE", 3)
    monkeypatch.setattr(narrowed_module, "_LONG_PAGE", 5)
    crowded = [NOW + timedelta(minutes=number * 7 % 60) for number in range(20)]
    scattered = [NOW - timedelta(days=number**2, minutes=11) for number in range(12)]
    filed_at(file, crowded + scattered)
    archive = Archive(database)
    for newest_first in (True, False):
        for since, until in ((None, None), (NOW - timedelta(days=30), NOW + timedelta(minutes=31)), (NOW, None)):
            every = archive.articles(since=since, until=until, newest_first=newest_first)
            wanted = [filed.id for filed in every if "Harbour" in filed.article.body]
            found = archive.articles(since=since, until=until, newest_first=newest_first, condition=Has("harbour"))
            assert [filed.id for filed in found] == wanted
            assert wanted


def test_the_first_candidates_are_there_before_the_last_are_read(database: Database, file: File) -> None:
    filed_at(file, [NOW + timedelta(hours=number) for number in range(80)])
    reading = Archive(database).articles(condition=Has("harbour"))
    first = next(iter(reading))
    with database.begin() as session:
        session.execute(ARTICLES.delete().where(ARTICLES.c.first_seen < NOW + timedelta(hours=3)))
    rest = list(reading)
    assert first.article.title == "Headline 79"
    assert [filed.article.title for filed in rest][-1] == "Headline 3"


def test_a_page_that_loses_its_address_is_found_by_the_one_it_has(
    database: Database, file: File, search: Search
) -> None:
    stolen = "https://gazette.example/news/9"
    thief = Article(
        outlet="herald", url="https://herald.example/a", canonical_url=stolen, title="Thief", body="Harbour."
    )
    file(thief)
    file(article("9", body="Market " * 50))
    both = list(Archive(database).articles())
    assert len(both) == 2
    for filed in both:
        host = filed.article.canonical_url.split("/")[2]
        assert filed.article.title in search(Has(f":host:{host}"))
