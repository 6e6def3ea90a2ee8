"""An article against many watches: who matches, with which spans."""

from datetime import UTC, datetime

import pytest

from alerts import Matcher, Watch
from alerts.query import parse
from newsdesk import Article, FiledArticle


def filed(body="", *, title="Untitled", outlet="rt", url="https://www.rt.com/a", language="en", **fields):
    article = Article(outlet=outlet, url=url, canonical_url=url, title=title, body=body, language=language, **fields)
    return FiledArticle(id="1", article=article, first_seen=datetime(2026, 1, 1, tzinfo=UTC), revision=1, story="1")


def watch(slug, query, **fields):
    return Watch(slug, slug.title(), parse(query), **fields)


def told(query, article):
    return [(s.field, s.start, s.end, s.text, s.term) for s in Matcher.match_one(parse(query), article) or ()]


def test_only_the_watches_that_ask_for_it_match():
    matcher = Matcher([watch("a", "Lavrov"), watch("b", "Hamas"), watch("c", "Lavrov NOT Hamas"), watch("d", "lavr*")])
    found = matcher.match(filed("Lavrov met Hamas."))
    assert [match.watch.slug for match in found] == ["a", "b", "d"]
    assert all(match.spans for match in found)


def test_a_watch_can_be_added_changed_and_removed():
    matcher = Matcher([watch("a", "Lavrov")])
    matcher.add(watch("b", "*mas"))
    matcher.add(watch("a", "Quartet"))
    assert [match.watch.slug for match in matcher.match(filed("Lavrov met Hamas"))] == ["b"]
    matcher.remove("b")
    assert len(matcher) == 1
    assert matcher.match(filed("Lavrov met Hamas")) == []
    assert [match.watch.slug for match in matcher.match(filed("the Quartet"))] == ["a"]


@pytest.mark.parametrize(
    ("outlets", "languages", "matches"),
    [
        ((), (), True),
        (("rt",), (), True),
        (("sputnik",), (), False),
        (("sputnik", "tag:State-Media"), (), True),
        (("tag:independent",), (), False),
        (("rt.com",), (), True),
        (("t.com",), (), False),
        ((), ("en",), True),
        ((), ("en-GB",), False),
        ((), ("fr", "EN"), True),
        ((), ("fr",), False),
    ],
)
def test_outlets_and_languages_of_a_watch_are_obeyed(outlets, languages, matches):
    matcher = Matcher([watch("a", "Lavrov", outlets=outlets, languages=languages)])
    assert bool(matcher.match(filed("Lavrov"), {"rt": ["state-media"]})) is matches


def test_an_article_of_unknown_language_is_in_none():
    matcher = Matcher([watch("a", "Lavrov", languages=("en",))])
    assert matcher.match(filed("Lavrov", language=None)) == []


def test_spans_count_code_points_of_each_fields_own_text():
    article = filed("😀 Said Lavrov’s aide.\n\nLavrov left.", title="LAVROV speaks", lede="On Lavrov")
    assert told("lavrov", article) == [
        ("title", 0, 6, "LAVROV", "lavrov"),
        ("lede", 3, 9, "Lavrov", "lavrov"),
        ("body", 7, 13, "Lavrov", "lavrov"),
        ("body", 23, 29, "Lavrov", "lavrov"),
    ]


def test_spans_say_which_clause_asked_and_leave_out_what_was_ruled_out_or_did_not_contribute():
    article = filed("The foreign  minister of Iran met Hamas in the e-mail age.")
    query = '("foreign minister" OR Quartet) (Hamas OR (Iran absent)) email NOT hockey'
    assert [(text, term) for _, _, _, text, term in told(query, article)] == [
        ("foreign  minister", '"foreign minister"'),
        ("Hamas", "Hamas"),
        ("e-mail", "email"),
    ]


def test_spans_of_nearness_are_those_that_are_near():
    article = filed("Lavrov met Hamas. And so it went on and on until Lavrov left.")
    assert [(start, text) for _, start, _, text, _ in told("Lavrov NEAR/3 Hamas", article)] == [
        (0, "Lavrov"),
        (11, "Hamas"),
    ]


def test_authors_are_one_text_joined_by_a_comma():
    article = filed("x", authors=("Jane Smith", "Bob Jones"))
    assert told("author:jones", article) == [("author", 16, 21, "Jones", "author:jones")]
    assert told("jones", article) == []


def test_filters_alone_match_without_spans():
    assert Matcher.match_one(parse("outlet:rt lang:en"), filed("x")) == ()
    assert Matcher.match_one(parse("outlet:bbc"), filed("x")) is None
    assert Matcher([watch("a", "outlet:rt.com")]).match(filed("x"))[0].spans == ()
    assert Matcher.match_one(parse("tag:eu"), filed("x"), {"rt": ("EU",)}) == ()


def test_the_article_address_can_match_but_is_not_marked():
    assert Matcher.match_one(parse("url:rt.com"), filed("x")) == ()


def test_hebrew_arabic_and_glued_words_are_marked_without_what_is_glued():
    assert told("حرب", filed("قال والحرب")) == [("body", 7, 10, "حرب", "حرب")]
    assert told("러시아", filed("러시아는")) == [("body", 0, 3, "러시아", "러시아")]
    assert told("Iran", filed("l'Iran")) == [("body", 2, 6, "Iran", "Iran")]
    assert told("U.S.", filed("in the U.S. today")) == [("body", 7, 11, "U.S.", "U.S.")]
    assert told("/lavr[a-z]+/", filed("Señor Lavrov’s")) == [("body", 6, 12, "Lavrov", "/lavr[a-z]+/")]
