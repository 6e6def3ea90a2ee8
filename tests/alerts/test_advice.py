"""What a query or a watch is probably not meant to say is told at its place; and never wrongly."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import load_watches
from alerts.advising.advice import Adviser
from alerts.advising.logic import Known, always, clash
from alerts.query import Doc, parse
from alerts.query.outline import outline
from newsdesk import QueryError

ADVISER = Adviser(
    (
        Known("rt", ("rt.com",), ("russia", "state-media"), "en"),
        Known("bbc", ("bbc.co.uk",), ("uk",), "en-gb"),
        Known("ria", ("ria.ru",), ("russia",), "ru"),
    )
)


def told(query: str, adviser: Adviser = ADVISER) -> list[tuple[int, str]]:
    return [(one.at, str(one)) for one in adviser.query(parse(query)) if isinstance(one.at, int)]


NEVER = [
    ("a1 NOT a1", 7, "a1 is asked for and ruled out"),
    ("Lavrov NOT LAVROV", 11, "LAVROV ruled out"),
    ('Lavrov NOT "lavrov"', 11, "ruled out"),
    ("café NOT cafe", 9, "ruled out"),
    ("title:Lavrov NOT Lavrov", 17, "ruled out"),
    ("title:Lavrov NOT title:Lavrov", 17, "ruled out"),
    ("Lavrov AND NOT (Hamas OR Lavrov)", 25, "ruled out"),
    ("(Lavrov OR Kerry) NOT Lavrov NOT Kerry", 33, "ruled out"),
    ('"foreign minister" NOT minister', 23, "minister ruled out"),
    ('title:"foreign minister" NOT minister', 29, "minister ruled out"),
    ("case:US NOT us", 12, "us ruled out"),
    ("exact:résumé NOT resume", 17, "ruled out"),
    ("stem:talks NOT stem:talks", 15, "ruled out"),
    ("negoti* NOT negoti*", 12, "ruled out"),
    ("/lavrov(a|y)/ NOT /lavrov(a|y)/", 18, "ruled out"),
    ("Lavrov NEAR/5 Hamas NOT Hamas", 24, "ruled out"),
    ("COUNT(Hamas)>=2 NOT Hamas", 20, "ruled out"),
    ("FIRST/50(Hamas) NOT Hamas", 20, "ruled out"),
    ("SENTENCE(Lavrov AND Hamas) NOT Lavrov", 31, "ruled out"),
    ("Lavrov NEAR/5 Hamas NOT (Hamas NEAR/5 Lavrov)", 25, "asked for and ruled out"),
    ("SENTENCE(Lavrov NOT Lavrov)", 20, "ruled out"),
    ("title:Lavrov NEAR/5 body:Hamas", 25, "nothing lies in two"),
    ("SENTENCE(title:Lavrov AND author:Smith)", 33, "nothing lies in two"),
    ('FIRST/2("one two three")', 8, "longer than the 2 words"),
    ("Lavrov outlet:rt outlet:bbc", 17, "no article is"),
    ("Lavrov lang:en lang:ru", 15, "no article is"),
    ("Lavrov lang:en-GB NOT lang:en", 22, "lang:en ruled out"),
    ("Lavrov outlet:rt.com outlet:bbc.co.uk", 21, "no article is"),
    ("Lavrov outlet:rt lang:ru", 17, "no outlet here"),
    ("Lavrov outlet:rt tag:uk", 17, "no outlet here"),
    ("Lavrov tag:uk tag:russia", 14, "no outlet here"),
    ("Lavrov (outlet:rt OR tag:russia) lang:en-GB NOT outlet:rt", 48, "no outlet here"),
    ("Lavrov outlet:ria NOT tag:russia", 22, "no outlet here"),
]


@pytest.mark.parametrize(("query", "at", "why"), NEVER)
def test_a_query_that_can_never_match_is_told_with_its_reason(query: str, at: int, why: str) -> None:
    ((place, said),) = told(query)
    assert said.startswith("this can never match: ")
    assert why in said
    assert place == at, said
    assert said.endswith("; mend or remove one of them")


@pytest.mark.parametrize(
    ("query", "at"),
    [
        ("(Lavrov NOT Lavrov) OR Hamas", 12),
        ("Kerry AND (Hamas OR (Fatah NOT Fatah))", 31),
        ("Hamas OR (title:Lavrov NEAR/5 body:Kerry)", 35),
    ],
)
def test_an_alternative_that_can_never_match_is_told(query: str, at: int) -> None:
    ((place, said),) = told(query)
    assert place == at
    assert said.startswith("this alternative can never match: ")


SOUND = [
    "Lavrov NOT title:Lavrov",
    "Lavrov NOT case:Lavrov",
    "resume NOT exact:résumé",
    'minister NOT "foreign minister"',
    '"foreign minister" NOT foreig',
    "negoti* NOT negotiate",
    "PARAGRAPH(Lavrov NOT Hamas) Hamas",
    "SENTENCE(Lavrov NOT Hamas) AND SENTENCE(Hamas NOT Lavrov)",
    "Lavrov NOT (Lavrov NEAR/5 Hamas)",
    "Lavrov NOT COUNT(Lavrov)>=3",
    "Lavrov NEAR/5 Lavrov",
    "title:Lavrov NEAR/5 Hamas",
    "title:Lavrov body:Hamas",
    'FIRST/3("one two three")',
    "FIRST/1(Lavrov AND Hamas)",
    "outlet:rt",
    "tag:state-media",
    "Lavrov outlet:rt outlet:rt.com",
    "Lavrov lang:en lang:en-GB",
    "Lavrov lang:en NOT lang:en-US",
    "Lavrov tag:russia NOT tag:state-media",
    "Lavrov (outlet:rt OR outlet:bbc)",
    "Lavrov outlet:rt NOT outlet:bbc",
    "(Lavrov NOT Hamas) OR (Hamas NOT Lavrov)",
    "Lavrov OR hockey",
    '"to be or not to be"',
    "title:the",
    "Lavrov the",
    "the outlet:rt",
    "lang:en outlet:rt",
    "Lavrov NOT the",
    "AND-linked",
    "police ADN",
    '"ADN" AND police',
    "ADN",
    "Nor Lavrov",
    '"War And Peace"',
    "O R",
    "COUNT(Lavrov)>=10",
    "俄罗斯 NOT 外长",
    "عربي NOT كتاب",
]


@pytest.mark.parametrize("query", SOUND)
def test_a_sound_query_is_left_in_peace(query: str) -> None:
    assert [said for _, said in told(query)] == []


@pytest.mark.parametrize(
    ("query", "at", "said"),
    [
        ("the", 0, "nearly every article in English matches this"),
        ("the OR Lavrov", 0, "nearly every article in English"),
        ("of AND the NOT hockey", 0, "nearly every article in English"),
        ("и", 0, "nearly every article in Russian"),
        ("lang:en", 0, "this matches every article in English"),
        ("lang:en OR Lavrov", 0, "this matches every article in English"),
        ("lang:ru the", 0, ""),
        ("Lavrov OR NOT Lavrov", 0, "nearly every article"),
        ("Lavrov OR NOT (Lavrov AND Hamas)", 0, "nearly every article"),
        ("COUNT(Lavrov)>=5000", 0, "hardly any article holds 5,000 of these; ask for fewer"),
    ],
)
def test_a_query_that_matches_nearly_all_or_nothing_is_told(query: str, at: int, said: str) -> None:
    found = told(query)
    assert [place for place, what in found if said and said in what] == ([at] if said else [])
    assert len(found) == bool(said)


@pytest.mark.parametrize(
    ("query", "at", "meant"),
    [
        ("Lavrov ADN Hamas", 7, "AND"),
        ("Lavrov UND Hamas", 7, "AND"),
        ("Lavrov ODER Hamas", 7, "OR"),
        ("Lavrov ИЛИ Hamas", 7, "OR"),
        ("Lavrov AND/OR Hamas", 7, "OR"),
        ("Lavrov NTO Hamas", 7, "NOT"),
        ("Lavrov NOR Hamas", 7, "NOT"),
        ("Lavrov ANDNOT Hamas", 7, "NOT"),
        ("ANDNOT Hamas Lavrov", 0, "NOT"),
        ("Lavrov And Hamas", 7, "AND"),
        ("Lavrov Or Hamas", 7, "OR"),
        ("Lavrov Not Hamas", 7, "NOT"),
        ("Lavrov AN D Hamas", 7, "AND"),
        ("Lavrov A ND Hamas", 7, "AND"),
        ("Lavrov O R Hamas", 7, "OR"),
        ("Lavrov N OT Hamas", 7, "NOT"),
        ("Lavrov Near/5 Hamas", 7, "NEAR/5"),
        ("Lavrov NEAR5 Hamas", 7, "NEAR/5"),
        ("Lavrov W/5 Hamas", 7, "NEAR/5"),
        ("Lavrov PRE/3 Hamas", 7, "ONEAR/3"),
        ("Lavrov AROUND(5) Hamas", 7, "NEAR/5"),
    ],
)
def test_a_slip_in_an_operator_is_told_with_what_was_meant(query: str, at: int, meant: str) -> None:
    assert [place for place, what in told(query) if f"write {meant}" in what] == [at]


@pytest.mark.parametrize(
    ("query", "at", "said"),
    [
        ("Lavrov outlet:rtt", 14, 'no outlet is "rtt"; did you mean "rt"?'),
        ("Lavrov NOT outlet:(rt OR bcb)", 25, 'no outlet is "bcb"; did you mean "bbc"?'),
        ("Lavrov tag:statemedia", 11, 'no outlet has the tag "statemedia"; did you mean "state-media"?'),
        ("Lavrov outlet:rt.co", 14, "no outlet has rt.co for its site or a source"),
        ("Lavrov lang:fr", 12, 'no outlet is in "fr"; declared are: en, en-gb, ru'),
        ("Lavrov lang:fr outlet:rt", 12, 'no outlet is in "fr"'),
    ],
)
def test_what_no_outlet_has_is_told_once(query: str, at: int, said: str) -> None:
    ((place, what),) = told(query)
    assert (place, what[: len(said)]) == (at, said)


def test_a_language_may_be_any_where_an_outlet_leaves_it_open() -> None:
    adviser = Adviser((*ADVISER.outlets, Known("wire")))
    assert told("Lavrov lang:fr", adviser) == []
    assert told("Lavrov lang:ru outlet:wire", adviser) == []


def test_of_outlets_nothing_is_said_where_none_or_not_all_are_known() -> None:
    for adviser in (Adviser(), Adviser(ADVISER.outlets, whole=False)):
        assert told("Lavrov lang:fr (outlet:rtt OR tag:x OR outlet:no.example)", adviser) == []
        assert told("Lavrov outlet:rt tag:uk", adviser) == []


def advised(folder, **files: str) -> list[tuple[str, int, int, str]]:
    for slug, text in files.items():
        (folder / f"{slug}.yaml").write_bytes(text.encode())
    watches, problems = load_watches(folder)
    assert problems == []
    adviser = Adviser(ADVISER.outlets)
    found = [problem for watch in watches for problem in adviser.problems(watch)]
    return [(one.file.name, one.line, one.column, f"{one.what}; {one.remedy}") for one in found]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("query: Lavrov tag:uq\n", 1, 19),
        ("query: Lavrov\r\n  tag:uq\r\n", 2, 7),
        ("query: |\r\n  Lavrov\r\n  tag:uq\r\n", 3, 7),
        ("query: >-\n  Lavrov\n\n  tag:uq\n", 4, 7),
        ("query: |\n  Lavrov\t tag:uq\n", 2, 15),
        ("{name: x, query: Lavrov tag:uq}\n", 1, 29),
        ('{name: x, query: "\\"Lavrov\\" tag:uq"}\n', 1, 34),
        ("query: 'it''s tag:uq'\n", 1, 19),
        ('name: x\nquery: "Lavrov \\\n   tag:uq"\n', 3, 8),
        ("\ufeffquery: Lavrov tag:uq\n", 1, 19),
        ("# Über\nquery: 'Лавров' \n", 0, 0),
    ],
)
def test_advice_stands_at_its_letter_in_every_form_of_yaml(tmp_path, text: str, line: int, column: int) -> None:
    found = advised(tmp_path, quartet=text)
    assert [one[:3] for one in found] == ([("quartet.yaml", line, column)] if line else [])


def test_a_watch_that_asks_the_same_as_another_is_told(tmp_path) -> None:
    found = advised(
        tmp_path,
        a="query: Lavrov AND (Hamas OR Fatah)\noutlets: [rt, bbc]\n",
        b='query: (FATAH OR "hamas") lavrov\noutlets: [bbc, rt]\nlanguages: []\n',
        c="query: (Fatah OR Hamas) Lavrov\n",
        d="query: (Fatah Hamas) Lavrov\noutlets: [bbc, rt]\n",
        e="query: title:Lavrov (Fatah OR Hamas)\noutlets: [bbc, rt]\n",
        f="query: Lavrov (Fatah OR Hamas)\noutlets: [bbc, rt]\nstem: true\n",
        g="query: Lavrov (Fatah OR Hamas)\noutlets: [bbc, rt]\nlanguages: [en]\n",
        h="query: Kerry NEAR/5 Geneva\n",
        i="query: Geneva NEAR/5 Kerry\n",
        j="query: Kerry ONEAR/5 Geneva\n",
        k="query: Geneva ONEAR/5 Kerry\n",
    )
    assert [(name, said) for name, _, _, said in found] == [
        ("b.yaml", "query: a.yaml asks the same; keep one of the two, with whom both tell"),
        ("i.yaml", "query: h.yaml asks the same; keep one of the two, with whom both tell"),
    ]


def test_outlets_and_languages_that_leave_nothing_are_told(tmp_path) -> None:
    found = advised(
        tmp_path,
        a="query: Lavrov\noutlets: [rt]\nlanguages: [ru]\n",
        b="query: Kerry outlet:bbc\noutlets: [rt, ria]\n",
        c="query: Hamas lang:ru\nlanguages: [en]\n",
        d="query: Fatah\noutlets: [ria, rt]\nlanguages: [ru]\n",
        e="query: Quartet\nlanguages: [en, fr]\n",
        f="query: lang:en\noutlets: ['tag:uk']\n",
        g="query: Hamas\noutlets: ['tag:uk']\nlanguages: [ru]\n",
    )
    assert [(name, line, column) for name, line, column, _ in found] == [
        ("a.yaml", 1, 8),
        ("b.yaml", 1, 8),
        ("c.yaml", 1, 8),
        ("e.yaml", 2, 17),
        ("g.yaml", 1, 8),
    ]
    assert all("never match" in said for name, _, _, said in found if name != "e.yaml")


# Never wrongly: what is called impossible or certain is held against the matcher itself.

WORDS = [
    "rain",
    "wheat",
    "case:Rain",
    "exact:rain",
    "title:rain",
    "body:wheat",
    '"rain wheat"',
    "stem:rains",
    "rai*",
    "/rai./",
]
VALUES = ["lang:en", "lang:en-GB", "outlet:rt", "outlet:bbc", "tag:uk", "outlet:rt.com", "outlet:www.rt.com"]


@st.composite
def queries(draw: st.DrawFn, depth: int = 3) -> str:
    if depth == 0 or draw(st.booleans()):
        return draw(st.sampled_from(WORDS + VALUES))
    inner = queries(depth=depth - 1)
    if not draw(st.integers(0, 7)):
        one = draw(inner)
        return f"({one} OR NOT ({one} {draw(inner)}))"
    form = draw(
        st.sampled_from(
            ["({} {})", "({} OR {})", "({} NOT {})", "SENTENCE({})", "FIRST/2({})", "COUNT({})>=2", "({} NEAR/2 {})"]
        )
    )
    return form.format(*(draw(inner) for _ in range(form.count("{}"))))


def some_docs() -> list[Doc]:
    chance = random.Random(7)
    texts = [
        "",
        "Rain.",
        "rain wheat",
        "Wheat, rain! Rain of wheat.",
        "RAIN rain. Wheat",
        "wheat\n\nrain",
        "rainy ráin",
    ]
    docs = []
    for _ in range(150):
        title, lede, body = (chance.choice(texts) for _ in range(3))
        outlet, host, tags = chance.choice(
            [("rt", "www.rt.com", ()), ("bbc", "bbc.co.uk", ("uk",)), ("rt", "rt.com", ())]
        )
        language = chance.choice(["en", "en-gb", "ru", None])
        docs.append(Doc((title, lede, body, "", "", "", f"https://{host}/x"), (), outlet, language, tags))
    return docs


DOCS = some_docs()
THEIR_OUTLETS = (Known("rt"), Known("bbc", ("bbc.co.uk",), ("uk",)))


@settings(max_examples=400, deadline=None)
@given(queries())
def test_nothing_is_called_impossible_or_certain_that_is_not(query: str) -> None:
    try:
        parsed = parse(query)
    except QueryError:
        return
    shape = outline(query).shape
    if clash(shape, THEIR_OUTLETS):
        assert not any(parsed.matches(doc) for doc in DOCS)
    if always(shape):
        assert all(parsed.matches(doc) for doc in DOCS)


def test_advice_on_a_very_wide_query_is_bounded() -> None:
    wide = " ".join(f"(a{n} OR b{n} OR c{n})" for n in range(60)) + " NOT " + " NOT ".join(f"c{n}" for n in range(60))
    assert told(wide) == []
    assert told(" OR ".join(f'"first{n} second{n}"' for n in range(2_000))) == []
    assert told(" NEAR/5 ".join(f"w{n}" for n in range(90))) == []
    deep = "(" * 50 + "rain NOT wheat" + " OR rain)" * 50
    assert told(deep) == []
