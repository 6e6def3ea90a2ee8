"""The matcher against a plain, slow evaluator, on queries and articles in many scripts."""

import os
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import Matcher, Watch
from alerts.query import Doc, WatchIndex, parse
from newsdesk import Article, QueryError, fold

from . import growing, reference
from .asking import NIGHTLY
from .disguise import asked_otherwise
from .loosely import loosely

CASES = int(os.environ.get("TOCSIN_QUERY_CASES", "300000" if NIGHTLY else "3000"))
SEED = int(os.environ.get("TOCSIN_QUERY_SEED", str(CASES)))
TAGS = {"rt": ["state-media"]}
TEXTS = ("title", "lede", "body", "author")


def compare(tree: Any, view: reference.View, article: Article, text: str) -> bool:
    """Hold one query against one article; tell whether there was anything to compare."""
    try:
        query = parse(text)
    except QueryError as error:
        assert "only rules out" in error.message or reference.is_vague(tree), (text, error)
        return False
    assert not reference.is_vague(tree), text
    doc = Doc.of(article, TAGS["rt"])
    wanted = reference.matches(tree, view)
    found = query.find(doc)
    assert (found is not None) is wanted, (text, article)
    matcher = Matcher([Watch("watch", "Watch", query)])
    assert bool(matcher.match(article, TAGS)) is wanted, (text, article)
    hold_spans(found or (), article, text)
    return True


def hold_spans(spans: Any, article: Article, text: str) -> None:
    """Each span is the text that it says, in order, and by itself an answer to its own clause."""
    texts = {
        "title": article.title,
        "lede": article.lede or "",
        "body": article.body,
        "author": ", ".join(article.authors),
    }
    for span in spans:
        assert texts[span.field][span.start : span.end] == span.text
        assert span.term in text
        assert answers(span, article), (span, text, article)
    places = [(TEXTS.index(span.field), span.start, span.end, span.term) for span in spans]
    assert places == sorted(set(places))


def answers(span: Any, article: Article) -> bool:
    """Tell whether the words of a span, alone, fit the clause that asked for them."""
    if "الامم" in fold(span.term):
        return True  # of the article ال, للأمم keeps but one letter
    return parse(span.term).matches(Doc([span.text] * 4 + [""] * 3, (span.text,), article.outlet, article.language, ()))


def test_grown_queries_find_what_the_plain_evaluator_finds_and_the_index_drops_nothing():
    random, compared = Random(SEED), 0
    for _ in range(CASES):
        view, article = growing.article(random)
        tree = growing.grown(random, random.randint(0, 2))
        compared += compare(tree, view, article, reference.written(tree))
    assert compared > CASES / 2


def test_a_query_with_few_parentheses_means_the_same():
    random = Random(SEED + 1)
    for _ in range(CASES // 2):
        view, article = growing.article(random)
        tree = growing.grown(random, random.randint(1, 3))
        compare(tree, view, article, loosely(tree, random))


def test_the_same_query_written_otherwise_finds_the_same():
    random = Random(SEED)
    for _ in range(CASES // 10):
        view, article = growing.article(random)
        forms = [random.choice(growing.PLAIN) for _ in range(2)]
        text = '"' + " ".join(asked_otherwise(form, random) for form in forms) + '"'
        compare(("phrase", forms), view, article, text)


@settings(max_examples=CASES // 20)
@given(st.integers(0, 2**60), st.integers(1, 12), st.sets(st.integers(0, 11)))
def test_an_index_of_many_watches_that_come_and_go_drops_none_that_matches(seed, many, gone):
    random = Random(seed)
    _, article = growing.article(random)
    doc, index, kept = Doc.of(article, TAGS["rt"]), WatchIndex(), {}
    for number in range(many):
        try:
            kept[number] = parse(reference.written(growing.grown(random, random.randint(0, 2))))
        except QueryError:
            continue
        index.add(number, kept[number].root)
    for number in gone:
        index.remove(number)
        kept.pop(number, None)
    matching = {number for number, query in kept.items() if query.matches(Doc.of(article, TAGS["rt"]))}
    assert index.matching(doc) == matching
    assert matching <= index.candidates(doc) <= set(kept)
    for number in kept:
        index.remove(number)
    assert not index.candidates(doc)
