"""Queries of other services are carried over so that nothing they find is lost, and every loss of precision is told."""

import random

import pytest

from alerts import DIALECTS
from alerts.advising.logic import canonical
from alerts.clause import Clause, Framed, Group, Loose, Near, Ruled, Settling, Term, said
from alerts.query import parse
from alerts.query.outline import outline


@pytest.mark.parametrize("name", sorted(DIALECTS))
def test_each_dialect_s_example_becomes_what_it_says(name: str) -> None:
    dialect = DIALECTS[name]
    assert dialect.translate(dialect.example).query == dialect.becomes
    assert dialect.title
    assert parse(dialect.becomes)


WHOLE = {
    "google": [
        ("Lavrov", "Lavrov"),
        ("Lavrov Kerry", "Lavrov AND Kerry"),
        ("Lavrov AND Kerry", "Lavrov AND Kerry"),
        ("Lavrov OR Kerry Geneva", "(Lavrov OR Kerry) AND Geneva"),
        ("Geneva Lavrov OR Kerry", "Geneva AND (Lavrov OR Kerry)"),
        ("Lavrov | Kerry", "Lavrov OR Kerry"),
        ("Lavrov|Kerry", "Lavrov OR Kerry"),
        ("(Lavrov Kerry) OR Geneva", "(Lavrov AND Kerry) OR Geneva"),
        ('"foreign minister"', '"foreign minister"'),
        ("“foreign minister”", '"foreign minister"'),
        ("Geneva -hockey", "Geneva NOT hockey"),
        ('Geneva -"ice hockey" -tennis', 'Geneva NOT "ice hockey" NOT tennis'),
        ("-hockey Geneva", "Geneva NOT hockey"),
        ("Geneva -(hockey OR tennis)", "Geneva NOT (hockey OR tennis)"),
        ("intitle:Lavrov Geneva", "title:Lavrov AND Geneva"),
        ('intitle:"peace talks"', 'title:"peace talks"'),
        ("allintitle: peace talks", "title:(peace AND talks)"),
        ("intext:Lavrov", "lede:Lavrov OR body:Lavrov"),
        ("Geneva intext:Lavrov", "Geneva AND (lede:Lavrov OR body:Lavrov)"),
        ("inurl:politics Geneva", "url:politics AND Geneva"),
        ("Geneva site:rt.com", "Geneva AND outlet:rt.com"),
        ("Geneva site:www.rt.com", "Geneva AND outlet:rt.com"),
        ("Geneva site:https://www.rt.com/", "Geneva AND outlet:rt.com"),
        ("Geneva -site:rt.com", "Geneva NOT outlet:rt.com"),
        ("Geneva (site:rt.com OR site:bbc.co.uk)", "Geneva AND (outlet:rt.com OR outlet:bbc.co.uk)"),
        ("Lavrov AROUND(5) Kerry", "Lavrov NEAR/6 Kerry"),
        ('Lavrov AROUND(5) "foreign minister"', 'Lavrov NEAR/6 "foreign minister"'),
        ("re:zero", '"re:zero"'),
        ("#ceasefire @UN", "ceasefire AND UN"),
        ("AT&T 5G e-mail U.S.", 'AT&T AND 5G AND e-mail AND "U.S."'),
        ('"AND" Lavrov', '"AND" AND Lavrov'),
        ("Lavrov, Kerry", "Lavrov AND Kerry"),
        ("Лавров -хоккей", "Лавров NOT хоккей"),
        ("俄罗斯 外长", "俄罗斯 AND 外长"),
    ],
    "meltwater": [
        ("apple AND (watch OR iwatch)", "apple AND (watch OR iwatch)"),
        ("apple and (watch or iwatch) not juice", "apple AND (watch OR iwatch) NOT juice"),
        ('apple NOT ("apple sauce" OR "apple orchard*")', 'apple NOT ("apple sauce" OR "apple orchard*")'),
        ("a1 OR b1 AND c1", "a1 OR (b1 AND c1)"),
        ("apple NEAR watch", "apple NEAR/5 watch"),
        ("apple near/10 watch", "apple NEAR/11 watch"),
        ("apple ONEAR/2 watch", "apple ONEAR/3 watch"),
        ("apple onear watch", "apple ONEAR/5 watch"),
        ("(apple OR pear) NEAR/3 (watch OR clock)", "(apple OR pear) NEAR/4 (watch OR clock)"),
        ("apple NEAR/3 watch NEAR/3 strap", "(apple NEAR/4 watch) NEAR/4 strap"),
        ("title:apple", "title:apple"),
        ('title:("apple watch" OR iwatch)', 'title:("apple watch" OR iwatch)'),
        ("ingress:apple AND body:watch", "lede:apple AND body:watch"),
        ("title: apple", "title:apple"),
        ("internat* AND wom?n", "internat* AND wom?n"),
        ("languagecode:en AND apple", "lang:en AND apple"),
        ("domain:rt.com apple", "outlet:rt.com AND apple"),
        ("author:Smith apple", "author:Smith AND apple"),
        ('DC OR "D.C."', 'DC OR "D.C."'),
    ],
    "talkwalker": [
        ("BMW AND bike", "BMW AND bike"),
        ("BMW AND NOT bike", "BMW NOT bike"),
        ("BMW -bike", "BMW NOT bike"),
        ("BMW OR bike", "BMW OR bike"),
        ('Luxembourg site:"http://www.wort.lu"', "Luxembourg AND outlet:wort.lu"),
        ('BMW -site:"mysite.com"', "BMW NOT outlet:mysite.com"),
        ("Luxemb* AND L?xembourg", "Luxemb* AND L?xembourg"),
        ('"BMW series"~5', '"BMW series"~5'),
        ("BMW NEAR/5 bike", "BMW NEAR/6 bike"),
        ("BMW ONEAR/5 bike", "BMW ONEAR/6 bike"),
        ("BMW SENTENCE bike", "SENTENCE(BMW AND bike)"),
        ("BMW SENTENCE/1 (bike OR car)", "SENTENCE(BMW AND (bike OR car))"),
        ("title:BMW AND content:bike", "title:BMW AND (lede:bike OR body:bike)"),
        ("lang:en AND BMW", "lang:en AND BMW"),
        ("lang:(en OR de) BMW", "(lang:en OR lang:de) AND BMW"),
        ("++BMW", "case:BMW"),
        ('url:"rt.com/news" BMW', 'url:"rt.com/news" AND BMW'),
        ("author:Smith", "author:Smith"),
    ],
}
CASES = [(name, *case) for name, cases in WHOLE.items() for case in cases]


@pytest.mark.parametrize(("name", "query", "becomes"), CASES)
def test_what_can_be_said_is_carried_over_whole(name: str, query: str, becomes: str) -> None:
    found = DIALECTS[name].translate(query)
    assert (found.query, found.notes, found.refused) == (becomes, (), "")
    parse(becomes)


LOOSE = [
    ("google", "war in Ukraine", "war AND Ukraine", [(4, "in")]),
    ("google", "Lavrov filetype:pdf", "Lavrov", [(7, "filetype:pdf")]),
    ("google", "Lavrov -filetype:pdf", "Lavrov", [(8, "filetype:pdf")]),
    ("google", "Lavrov source:bbc", "Lavrov", [(7, "source:bbc")]),
    ("google", "Lavrov before:2026-01-01", "Lavrov", [(7, "before:2026-01-01")]),
    ("google", "Lavrov related:rt.com", "Lavrov", [(7, "related:rt.com")]),
    ("google", "Lavrov site:gov", "Lavrov", [(7, "site:gov")]),
    ("google", "Lavrov site:bbc.co.uk/news", "Lavrov AND outlet:bbc.co.uk", [(7, "site:bbc.co.uk/news")]),
    ("google", "Lavrov -site:bbc.co.uk/sport", "Lavrov", [(8, "site:bbc.co.uk/sport")]),
    ("google", "phone $100..$200", "phone", [(6, "$100..$200")]),
    ("google", "~car crash", "car AND crash", [(0, "~car")]),
    ("google", "negoti* crash", "negoti AND crash", [(0, "negoti*")]),
    ("google", '"peace * talks"', "peace ONEAR/10 talks", [(0, '"peace * talks"')]),
    ("google", 'Lavrov -"peace * talks"', "Lavrov", [(8, '"peace * talks"')]),
    ("google", "Lavrov (Kerry OR filetype:pdf)", "Lavrov", [(8, "Kerry OR filetype:pdf"), (17, "filetype:pdf")]),
    ("google", "Lavrov -(Kerry filetype:pdf)", "Lavrov", [(9, "Kerry filetype:pdf"), (15, "filetype:pdf")]),
    ("google", "Lavrov -(Kerry OR filetype:pdf)", "Lavrov NOT Kerry", [(18, "filetype:pdf")]),
    ("google", "Lavrov &", "Lavrov", [(7, "&")]),
    ("meltwater", "apple^9 watch", "apple AND watch", [(5, "^9")]),
    ("meltwater", "(apple OR pear)^9 AND watch", "(apple OR pear) AND watch", [(15, "^9")]),
    ("meltwater", "apple AND country:us", "apple", [(10, "country:us")]),
    ("meltwater", "apple AND NOT reach:low", "apple", [(14, "reach:low")]),
    ("meltwater", "apple AND nosuch:thing", "apple", [(10, "nosuch:thing")]),
    ("meltwater", "apple AND #watch", "apple AND watch", [(10, "#watch")]),
    ("meltwater", "apple NOT #watch", "apple", [(10, "#watch")]),
    ("meltwater", "apple AND a*", "apple", [(10, "a*")]),
    ("meltwater", "apple NOT a*", "apple", [(10, "a*")]),
    ("meltwater", 'apple AND "wom?n first"', 'apple AND "wom*n first"', [(10, '"wom?n first"')]),
    ("meltwater", 'apple NOT "wom?n first"', "apple", [(10, '"wom?n first"')]),
    ("meltwater", "languagecode:english apple", "apple", [(0, "languagecode:english")]),
    ("meltwater", "apple NEAR/3 (watch OR reach:low)", "apple", [(0, None), (14, None), (23, "reach:low")]),
    ("talkwalker", "BMW AND sourcecountry:de", "BMW", [(8, "sourcecountry:de")]),
    ("talkwalker", "BMW AND engagement:>100", "BMW", [(8, "engagement:>100")]),
    ("talkwalker", "BMW AND engagement>100", "BMW", [(8, "engagement>100")]),
    ("talkwalker", "BMW AND published:>1633039200000", "BMW", [(8, "published:>1633039200000")]),
    ("talkwalker", "BMW AND tag:mine", "BMW", [(8, "tag:mine")]),
    ("talkwalker", "BMW AND sourcetype:ONLINENEWS", "BMW", [(8, "sourcetype:ONLINENEWS")]),
    ("talkwalker", "BMW AND (sourcetype:ONLINENEWS OR sourcetype:BLOG)", "BMW", [(9, None), (9, None), (34, None)]),
    ("talkwalker", "BMW AND NOT sourcetype:TWITTER", "BMW", [(12, "sourcetype:TWITTER")]),
    ("talkwalker", "BMW OR (bike AND sourcetype:TWITTER)", "BMW", [(8, None), (17, "sourcetype:TWITTER")]),
    ("talkwalker", "BMW AND +Bike", "BMW AND Bike", [(8, "+Bike")]),
    ("talkwalker", "BMW AND NOT +Bike", "BMW NOT case:exact:Bike", [(12, "+Bike")]),
    ("talkwalker", "BMW AND hashtag:bike", "BMW AND bike", [(8, "hashtag:bike")]),
    ("talkwalker", "BMW SENTENCE/3 bike", "BMW AND bike", [(0, "BMW SENTENCE/3 bike")]),
    ("talkwalker", "car NOT (BMW SENTENCE/3 bike)", "car NOT SENTENCE(BMW AND bike)", [(9, "BMW SENTENCE/3 bike")]),
    ("talkwalker", "title:(BMW OR engagement:>5) AND bike", "bike", [(7, None), (14, None)]),
]


@pytest.mark.parametrize(("name", "query", "becomes", "notes"), LOOSE)
def test_what_cannot_be_said_widens_the_watch_and_is_told_at_its_column(
    name: str, query: str, becomes: str, notes: list[tuple[int, str | None]]
) -> None:
    found = DIALECTS[name].translate(query)
    assert (found.query, found.refused) == (becomes, "")
    assert [note.at for note in found.notes] == [at for at, _ in notes]
    for note, (_, text) in zip(found.notes, notes, strict=True):
        assert note.what
        assert note.done
        assert text in (None, note.text)


REFUSED = [
    ("google", "", "column 1: the query is empty"),
    ("google", "filetype:pdf", "everything would match"),
    ("google", "Lavrov OR filetype:pdf", "everything would match"),
    ("google", "-hockey", "only rules out"),
    ("google", "-filetype:pdf", "everything would match"),
    ("google", '"foreign', "column 1: this quotation is never closed"),
    ("google", "Lavrov (Kerry", "column 8: this parenthesis is never closed"),
    ("google", "Lavrov) Kerry", "column 7: ) is not expected here"),
    ("google", "Lavrov OR", "column 8: the query ends"),
    ("google", "OR Lavrov", "column 1: OR has nothing before it"),
    ("google", "(" * 60 + "a1" + ")" * 60, "more than 50"),
    ("meltwater", "NOT apple", "only rules out"),
    ("meltwater", "apple NEAR/3 NOT watch", "column 14: NOT has nothing before it"),
    ("meltwater", "(apple NOT pear) NEAR/3 watch", "refused here"),
    ("meltwater", "apple AND AND watch", "column 11: AND has nothing before it"),
    ("talkwalker", "sourcecountry:de", "everything would match"),
    ("talkwalker", "BMW AND sourcetype:TWITTER", "nothing that is read here could match"),
    ("talkwalker", "BMW AND NOT sourcetype:ONLINENEWS", "nothing that is read here could match"),
    ("talkwalker", "BMW OR engagement>5", "everything would match"),
    ("talkwalker", "x" * 200_001, "above 200000"),
]


@pytest.mark.parametrize(("name", "query", "why"), REFUSED)
def test_what_would_match_everything_or_cannot_be_read_is_refused_with_the_reason(
    name: str, query: str, why: str
) -> None:
    found = DIALECTS[name].translate(query)
    assert found.query is None
    assert why in found.refused


def test_any_text_is_carried_over_or_refused_but_never_fails() -> None:
    chance = random.Random(11)
    pieces = [
        *'()"“”*?~^+-#@:|&/\\.<> \n\t',
        "AND",
        "OR",
        "NOT",
        "NEAR/3",
        "AROUND(2)",
        "title:",
        "site:",
        "ab",
        "Лавров",
        "俄",
    ]
    for _ in range(3_000):
        text = "".join(chance.choice(pieces) + chance.choice(["", " "]) for _ in range(chance.randrange(1, 14)))
        for dialect in DIALECTS.values():
            found = dialect.translate(text)
            assert (found.query is None) == bool(found.refused)
            if found.query is not None:
                parse(found.query)


# What is left finds all that the query found, whatever the parts that cannot be said had meant.

VALUES = {f"w{number}": number for number in range(4)}


def some_clause(chance: random.Random, depth: int) -> Clause:
    kind = chance.randrange(7 if depth else 2)
    if kind == 0:
        name = chance.choice(list(VALUES))
        return Term(0, 1, name, name)
    if kind == 1:
        over, under = (Term(0, 1, name, name) for name in chance.sample(list(VALUES), 2))
        return Loose(chance.randrange(1_000), 1, "x", chance.choice([None, over]), chance.choice([None, under]))
    if kind == 2:
        return Ruled(0, 1, some_clause(chance, depth - 1))
    if kind == 3:
        return Framed(0, 1, "title:", some_clause(chance, depth - 1))
    parts = tuple(some_clause(chance, depth - 1) for _ in range(chance.randrange(2, 4)))
    return Group(0, 1, "AND" if kind < 6 else "OR", parts) if kind != 4 else Near(0, 1, parts[0], parts[1], 5, False)


def true(clause: Clause, truth: dict[str, bool], meant: dict[int, bool]) -> bool:
    """Tell whether an article with these words matches, where a loose clause means what `meant` says."""
    if isinstance(clause, Term):
        return truth[clause.written]
    if isinstance(clause, Loose):
        over = true(clause.over, truth, meant) if isinstance(clause.over, Clause) else True
        under = true(clause.under, truth, meant) if isinstance(clause.under, Clause) else False
        return over and (under or meant.setdefault(id(clause), bool(len(meant) % 2)))
    if isinstance(clause, Ruled):
        return not true(clause.part, truth, meant)
    if isinstance(clause, Framed):
        return true(clause.part, truth, meant)
    if isinstance(clause, Near):
        return true(clause.left, truth, meant) and true(clause.right, truth, meant)
    assert isinstance(clause, Group)
    return (all if clause.kind == "AND" else any)(true(part, truth, meant) for part in clause.parts)


def consistent(clause: Clause, truth: dict[str, bool]) -> bool:
    """Tell whether, with these words, no loose clause has something below it that is not above it."""
    if isinstance(clause, Loose) and isinstance(clause.over, Clause) and isinstance(clause.under, Clause):
        return true(clause.over, truth, {}) or not true(clause.under, truth, {})
    parts = getattr(clause, "parts", None) or [
        part for part in (getattr(clause, name, None) for name in ("part", "left", "right")) if part
    ]
    return all(consistent(part, truth) for part in parts)


def test_what_is_left_finds_all_that_the_query_found() -> None:
    chance, tried = random.Random(5), 0
    for _ in range(4_000):
        clause = some_clause(chance, 4)
        left = Settling(" " * 2_000).settle(clause)
        for bits in range(16):
            truth = {name: bool(bits >> number & 1) for name, number in VALUES.items()}
            if not consistent(clause, truth):
                continue
            tried += 1
            if true(clause, truth, {}):
                assert left is True or (isinstance(left, Clause) and true(left, truth, {})), (clause, truth)
    assert tried > 20_000


def test_what_is_left_is_written_as_it_is_meant() -> None:
    chance = random.Random(6)
    for _ in range(500):
        left = Settling(" " * 2_000).settle(some_clause(chance, 3))
        if isinstance(left, Clause) and "NEAR" not in said(left) and "title:" not in said(left):
            again = DIALECTS["talkwalker"].translate(said(left)).query
            if again is not None:
                assert canonical(outline(again).shape) == canonical(outline(said(left)).shape)
