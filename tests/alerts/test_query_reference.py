"""The matcher against a plain, slow evaluator, on queries and documents in many scripts."""

import os
from random import Random
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from alerts.query import Doc, WatchIndex, parse
from newsdesk import Article, QueryError

from . import reference

CASES = int(os.environ.get("TOCSIN_QUERY_CASES", "3000"))

FORMS = sorted(reference.FORMS)
PLAIN = [form for form in FORMS if "?" not in form]  # in a phrase, ? is a question mark
ATOMS = sorted(reference.ATOMS)

forms = st.sampled_from(FORMS)
plain_forms = st.sampled_from(PLAIN)
phrases = st.one_of(
    forms.map(lambda form: ("phrase", [form])),
    st.lists(plain_forms, min_size=2, max_size=3).map(lambda several: ("phrase", several)),
)
operands = st.one_of(
    phrases,
    st.lists(phrases, min_size=2, max_size=3).map(lambda nodes: ("any", *nodes)),
    st.lists(phrases, min_size=2, max_size=2).map(lambda nodes: ("all", *nodes)),
)
nears = st.builds(
    lambda left, right, distance, ordered: ("near", left, right, distance, ordered),
    st.one_of(operands, st.builds(lambda a, b: ("near", a, b, 2, False), phrases, phrases)),
    operands,
    st.integers(1, 6),
    st.booleans(),
)
countable = st.one_of(phrases, st.lists(phrases, min_size=2, max_size=3).map(lambda nodes: ("any", *nodes)))


def deeper(nodes: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.lists(nodes, min_size=2, max_size=3).map(lambda several: ("all", *several)),
        st.lists(nodes, min_size=2, max_size=3).map(lambda several: ("any", *several)),
        nodes.map(lambda node: ("not", node)),
        nodes.map(lambda node: ("paragraph", node)),
        st.builds(lambda number, node: ("first", number, node), st.integers(1, 6), nodes),
    )


trees = st.recursive(
    st.one_of(
        phrases,
        nears,
        st.builds(
            lambda field, node: ("field", field, node),
            st.sampled_from(["title", "lede", "body"]),
            st.one_of(operands, nears),
        ),
        st.builds(lambda number, node: ("count", number, node), st.integers(1, 3), countable),
    ),
    deeper,
    max_leaves=5,
)
atoms = st.lists(st.sampled_from(ATOMS), min_size=1, max_size=8)
documents = st.fixed_dictionaries(
    {
        "title": atoms.map(lambda one: [one]),
        "lede": st.lists(atoms, max_size=1),
        "body": st.lists(atoms, min_size=1, max_size=3),
    }
)
separators = st.sampled_from([" ", " ", ", ", "\n", ". ", " — ", " «", "\u00a0"])


@st.composite
def cases(draw: st.DrawFn) -> tuple[Any, dict[str, list[list[str]]], Article]:
    tree, fields = draw(trees), draw(documents)
    separator = draw(separators)
    texts = {name: "\n\n".join(separator.join(atoms) for atoms in paragraphs) for name, paragraphs in fields.items()}
    address = "https://example.org/a"
    return tree, fields, Article(outlet="rt", url=address, canonical_url=address, **texts)


def article_of(fields: dict[str, list[list[str]]]) -> Article:
    texts = {name: "\n\n".join(" ".join(atoms) for atoms in paragraphs) for name, paragraphs in fields.items()}
    return Article(outlet="rt", url="https://example.org/a", canonical_url="https://example.org/a", **texts)


def compare(tree: Any, fields: dict[str, list[list[str]]], article: Article) -> bool:
    """Hold one query against one document; tell whether there was anything to compare."""
    try:
        query = parse(reference.written(tree))
    except QueryError as error:
        unanswerable = "only rules out" in error.message or reference.is_vague(tree)
        assert unanswerable, (reference.written(tree), error)
        return False
    assert not reference.is_vague(tree), query.text
    doc = Doc.of(article)
    wanted = reference.matches(tree, reference.read(fields))
    found = query.find(doc)
    assert (found is not None) is wanted, (query.text, fields)
    index = WatchIndex()
    index.add("watch", query.root)
    assert index.matching(Doc.of(article)) == ({"watch"} if wanted else set()), (query.text, fields)
    texts = {"title": article.title, "lede": article.lede or "", "body": article.body}
    for span in found or ():
        assert texts[span.field][span.start : span.end] == span.text
        assert span.term in query.text
    assert list(found or ()) == sorted(
        set(found or ()), key=lambda span: (list(texts).index(span.field), span.start, span.end, span.term)
    )
    return True


@settings(max_examples=CASES // 10)
@given(cases())
def test_the_matcher_finds_what_the_plain_evaluator_finds_and_the_index_drops_nothing(case):
    assume(compare(*case))


def grown(random: Random, depth: int) -> Any:
    """Give a tree at random: far faster than hypothesis draws one, though it cannot be made smaller."""
    kind = random.choice(
        ["phrase", "near", "field", "count"] if depth == 0 else ["phrase", "all", "any", "not", "deep"]
    )
    if kind == "phrase":
        return words(random)
    if kind == "near":
        left = ("near", words(random), words(random), 2, False) if random.random() < 0.3 else operand(random)
        return ("near", left, operand(random), random.randint(1, 6), random.random() < 0.5)
    if kind == "field":
        return ("field", random.choice(["title", "lede", "body"]), operand(random))
    if kind == "count":
        return ("count", random.randint(1, 3), random.choice([words(random), ("any", words(random), words(random))]))
    if kind in ("all", "any"):
        return (kind, *(grown(random, depth - 1) for _ in range(random.randint(2, 3))))
    if kind == "not":
        return ("not", grown(random, depth - 1))
    inner = grown(random, depth - 1)
    return random.choice([("paragraph", inner), ("first", random.randint(1, 6), inner)])


def words(random: Random) -> Any:
    if random.random() < 0.6:
        return ("phrase", [random.choice(FORMS)])
    return ("phrase", [random.choice(PLAIN) for _ in range(random.randint(2, 3))])


def operand(random: Random) -> Any:
    kind = random.choice(["phrase", "any", "all"])
    return words(random) if kind == "phrase" else (kind, words(random), words(random))


def test_thousands_of_grown_queries_find_what_the_plain_evaluator_finds():
    random, compared = Random(CASES), 0
    for _ in range(CASES):
        # Few different atoms, so that phrases and neighbours come about.
        some = random.sample(ATOMS, 5)
        paragraphs = [[random.choice(some) for _ in range(random.randint(1, 7))] for _ in range(random.randint(1, 3))]
        fields = {"title": [random.choices(some, k=3)], "lede": [], "body": paragraphs}
        compared += compare(grown(random, random.randint(0, 2)), fields, article_of(fields))
    assert compared > CASES / 2


@settings(max_examples=CASES // 30)
@given(st.lists(trees, min_size=1, max_size=12), documents, st.sets(st.integers(0, 11)))
def test_an_index_of_many_watches_that_come_and_go_drops_none_that_matches(several, fields, gone):
    doc, index, kept = Doc.of(article_of(fields)), WatchIndex(), {}
    for number, tree in enumerate(several):
        try:
            kept[str(number)] = parse(reference.written(tree))
        except QueryError:
            continue
        index.add(str(number), kept[str(number)].root)
    for number in gone:
        index.remove(str(number))
        kept.pop(str(number), None)
    matching = {slug for slug, query in kept.items() if query.matches(doc)}
    assert index.matching(doc) == matching
    assert matching <= index.candidates(doc) <= set(kept)
    for slug in kept:
        index.remove(slug)
    assert not index.candidates(doc)
