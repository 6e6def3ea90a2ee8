"""A tally counts articles, stories, days and what each clause brought."""

from datetime import UTC, date, datetime

from alerts import Cause, Span
from newsdesk import Article, FiledArticle
from tocsin.searching.chart import Day
from tocsin.searching.search import Found
from tocsin.searching.tally import ClauseCount, Tally


def hit(number: int, *terms: str, story: str = "", day: int = 1, hour: int = 12) -> Found:
    article = Article(outlet="gazette", url="", canonical_url="", title="", body="")
    seen = datetime(2026, 10, day, hour, tzinfo=UTC)
    filed = FiledArticle(id=str(number), article=article, first_seen=seen, revision=1, story=story or str(number))
    return Found(filed, tuple(Span("title", 0, 1, "x", term) for term in terms))


def test_a_story_that_runs_over_two_days_counts_on_both_and_once_in_all() -> None:
    tally = Tally(10)
    assert [tally.add(hit(1, "a", story="s", day=2), ()), tally.add(hit(2, "a", story="s", day=1), ())] == [True, False]
    assert (tally.articles, len(tally.stories)) == (2, 1)
    assert tally.days == [Day(date(2026, 10, 1), 1, 1), Day(date(2026, 10, 2), 1, 1)]


def test_an_alternative_brought_a_story_alone_only_where_no_article_of_it_matched_otherwise() -> None:
    tally = Tally(10)
    tally.add(hit(1, "a", story="s"), [Cause("a", True)])
    tally.add(hit(2, "a", "b", story="s"), [Cause("a", False), Cause("b", False)])
    tally.add(hit(3, "a", story="t"), [Cause("a", True)])
    assert tally.clauses == [ClauseCount("a", 3, 2, 1), ClauseCount("b", 1, 1, 0)]


def test_a_clause_is_counted_by_article_however_often_it_stands_there() -> None:
    tally = Tally(10)
    tally.add(hit(1, "a", "a", "b  c"), ())
    assert tally.clauses == [ClauseCount("a", 1, 1, None), ClauseCount("b c", 1, 1, None)]


def test_an_alternative_without_words_is_counted_too() -> None:
    tally = Tally(10)
    tally.add(hit(1), [Cause("outlet:rt", True)])
    assert tally.clauses == [ClauseCount("outlet:rt", 1, 1, 1)]


def test_no_more_samples_are_kept_than_asked_the_newest() -> None:
    tally = Tally(2)
    for number in range(4):
        tally.add(hit(number), ())
    assert [found.filed.id for found in tally.samples] == ["0", "1"]
