"""An article against many watches: who matches, with which spans."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from alerts import Matcher, Watch
from alerts.query import Doc, WatchIndex, parse
from alerts.query.tree import Not
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


def candidates(queries, article):
    """Give the queries that the index would try on an article."""
    index = WatchIndex()
    for number, query in enumerate(queries):
        index.add(number, parse(query).root)
    found = index.candidates(Doc.of(article, ["state-media"]))
    return {queries[number] for number in found}


def test_only_what_an_articles_words_lead_to_is_tried():
    article = filed("Lavrov négociait with the Quartet", title="Peace talks", authors=("Jane Smith",), section="World")
    asked = {
        "Lavrov": True,
        "absent": False,
        "Lavrov AND absent": False,
        "absent OR (Lavrov Quartet)": True,
        '"Lavrov absent"': False,
        "Lavrov NEAR/3 absent": False,
        "title:talks": True,
        "title:Lavrov": False,
        "body:Lavrov": True,
        "author:Smith": True,
        "author:Lavrov": False,
        "section:world": True,
        "url:rt": True,
        "url:bbc": False,
        "negoc*": True,
        "*tet": True,
        "absen*": False,
        "stem:négocier": True,
        "stem:absents": False,
        "tag:state-media": True,
        "outlet:bbc": False,
        "lang:fr Lavrov": True,
    }
    language = filed("", language="fr").article.language
    found = candidates(list(asked), replace(article, article=replace(article.article, language=language)))
    assert found == {query for query, is_tried in asked.items() if is_tried}


@pytest.mark.parametrize(
    ("language", "matching"),
    [
        ("en", {"stem:talking", "stem:talks"}),
        ("fr", {"stem:talks"}),
        ("ja", set()),
        (None, {"stem:talking", "stem:talks"}),
    ],
)
def test_stems_are_those_of_the_articles_language_for_all_watches(language, matching):
    matcher = Matcher([watch("x", "stem:absent")])
    article = filed("they talked and talk", language=language)
    assert not matcher.match(article)
    queries = ["stem:talking", "stem:talks", "stem:absents", "title:stem:talks"]
    for number, query in enumerate(queries):
        matcher.add(watch(f"w{number}", query))
    assert {match.watch.query.text for match in matcher.match(article)} == matching
    for query in queries:
        found = Matcher.match_one(parse(query), article)
        assert (found is not None) is (query in matching)


def test_a_watch_that_comes_and_goes_leaves_nothing_behind():
    matcher = Matcher([watch("kept", "Lavrov")])
    for _ in range(3):
        matcher.add(watch("a", 'lavr* OR "Hamas leader" OR stem:talks OR *mas OR title:x OR Hamas OR NOT y OR Hamas'))
        assert len(matcher) == 2
        assert len(matcher.match(filed("Hamas leader"))) == 1
        matcher.remove("a")
    assert [match.watch.slug for match in matcher.match(filed("Lavrov and the Hamas leader talk"))] == ["kept"]
    assert not matcher.match(filed("y"))


def test_a_failing_watch_is_told_and_the_others_go_on(monkeypatch):
    def fails(node, doc):
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(Not, "test", fails)
    told_of = []
    matcher = Matcher([watch("a", "Lavrov NOT x"), watch("b", "Lavrov"), watch("c", "Lavrov", outlets=("tag:a",))])
    found = matcher.match(filed("Lavrov"), on_error=lambda slug, error: told_of.append((slug, str(error))))
    assert [match.watch.slug for match in found] == ["b"]
    assert told_of == [("a", "a mistake of ours")]
    with pytest.raises(RuntimeError):
        matcher.match(filed("Lavrov"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("new york city", ["new york", "york city", "new york city"]),
        ("new — york", ["new york"]),
        ("new-york york city", ["new york", "york city"]),
        ("new\n\nyork city", ["york city"]),
        ("york new, york! city", ["new york", "york city", "new york city"]),
    ],
)
def test_phrases_that_overlap_are_each_found(text, found):
    queries = ["new york", "york city", "new york city", "city new"]
    matcher = Matcher([watch(str(number), f'"{query}"') for number, query in enumerate(queries)])
    assert [match.watch.query.text.strip('"') for match in matcher.match(filed(text))] == found


def test_what_a_long_list_asks_twice_is_asked_once():
    words = " OR ".join(f"w{number}" for number in range(40))
    query = parse(f'{words} OR "a b" OR {words} OR "a b" OR "a  b"')
    assert len(query.root.nodes) == 42
    assert [span.term for span in query.find(Doc.of(filed("w7 a b")))] == ["w7", '"a  b"', '"a b"']


def test_matches_stand_in_the_order_of_slugs_however_the_watches_came():
    matcher = Matcher([watch("b", "x"), watch("d", "x")])
    steps = [("b", "bd"), ("c", "bcd"), ("a", "abcd"), ("-b", "acd"), ("-a", "cd"), ("e", "cde"), ("a", "acde")]
    for step, expected in steps:
        if step.startswith("-"):
            matcher.remove(step[1:])
        else:
            matcher.add(watch(step, "x"))
        assert "".join(match.watch.slug for match in matcher.match(filed("x"))) == expected
