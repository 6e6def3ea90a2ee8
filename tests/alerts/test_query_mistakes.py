"""A wrong query is refused at the letter, with a remedy; a doubtful one is warned of."""

import pytest

from alerts.query import Doc, parse
from newsdesk import Article, QueryError

REFUSED = [
    ("", 0),
    ("   ", 0),
    ("...", 0),
    ("*", 0),
    ("Lavrov AND *", 11),
    ('"* minister"', 0),
    ('""', 0),
    ('Lavrov "..."', 7),
    ("a*", 0),
    ("foo:x", 0),
    ("Lavrov titel:x", 7),
    ("https://rt.com", 0),
    ("(Lavrov", 0),
    ("Lavrov (a OR (b)", 7),
    ("Lavrov)", 6),
    ("Lavrov AND", 7),
    ("AND Lavrov", 0),
    ("Lavrov OR", 7),
    ("Lavrov OR OR Hamas", 10),
    ("Lavrov AND OR Hamas", 11),
    ("(Lavrov AND) Hamas", 8),
    ("Lavrov NOT", 7),
    ("NOT AND Lavrov", 0),
    ("()", 0),
    ("Lavrov ( )", 7),
    ("NOT Lavrov", 0),
    ("-Lavrov -Hamas", 0),
    ("NOT (Lavrov OR Hamas)", 0),
    ("title:", 0),
    ("title: AND Lavrov", 0),
    ("(title:)", 1),
    ("Lavrov NEAR Hamas", 7),
    ("Lavrov NEAR/ Hamas", 7),
    ("Lavrov NEAR/0 Hamas", 0),
    ("Lavrov NEAR/5", 7),
    ("NEAR/5 Lavrov", 0),
    ("Lavrov NEAR/5 NOT Hamas", 14),
    ("Lavrov NEAR/5 outlet:rt", 14),
    ("(Lavrov NOT x) NEAR/5 Hamas", 12),
    ("/Lavrov", 0),
    ("/(/", 0),
    ("//", 0),
    ("/\ud800/", 0),
    ('Lavrov "Hamas', 7),
    ('"a b"~', 5),
    ("Lavrov~2", 0),
    ("COUNT(Lavrov)", 13),
    ("COUNT(Lavrov Hamas)>=2", 5),
    ("COUNT(Lavrov)>=0", 0),
    ("FIRST(Lavrov)", 0),
    ("FIRST/0(Lavrov)", 0),
    ("SENTENCE()", 8),
    ("Lavrov PARAGRAPH(NOT Hamas)", 7),
    ("NOT PARAGRAPH(NOT Lavrov)", 4),
    ("SENTENCE(Lavrov OR NOT Hamas)", 0),
    ("SENTENCE(lang:en NOT Hamas)", 0),
    ("PARAGRAPH(FIRST/5(NOT Lavrov))", 0),
    ("COUNT(NOT Lavrov)>=2", 10),
    ("FIRST/5(NOT Lavrov)", 8),
    ("FIRTS/5(Lavrov)", 0),
    ("outlet:!!", 7),
    ("lang:english", 5),
    ('tag:" "', 4),
    ("ab*cd*ef*gh*ij*kl*", 0),
    ('"a b"~1001', 5),
    ('"' + "a " * 201 + '"', 0),
    ("/" + "a" * 1_001 + "/", 0),
    ("Lavrov NEAR/10001 Hamas", 0),
    ("俄*斯", 0),
    ("**", 0),
    ("Lavrov [2009 TO 2010]", 7),
    ("title:*", 6),
    ('title:""', 6),
    ("*-government", 0),
    ("e-*", 0),
    ("Lavrov -", 7),
    ("(Lavrov -) Hamas", 8),
    ("Lavrov +", 7),
    ("title:-Lavrov", 6),
    ("Lavrov title:!Hamas", 13),
    ("lang:-en Lavrov", 5),
    ("Lavrov NEAR/x Hamas", 7),
    ("Lavrov NEAR/-1 Hamas", 7),
    ("Lavrov ONEAR/5Hamas", 7),
    ("ONEAR/3(a b)", 0),
    ("Lavrov NOT NEAR/5 Hamas", 7),
    ("COUNT(Lavrov)>=1234567", 15),
    ("COUNT(Lavrov)=2", 13),
    ("COUNT(Lavrov)<2", 13),
    ("(NOT a) OR (NOT b)", 1),
    ("NOT outlet:rt", 0),
    ("lang:e", 5),
    ("Лавров:x", 0),
    ("|| Lavrov", 0),
    ("Lavrov &&", 7),
    ("Lavrov OR NOT", 10),
    ("Lavrov\nAND\n  )", 13),
    (" ".join(f"/a{number}/" for number in range(101)), 590),
]


@pytest.mark.parametrize(("query", "position"), REFUSED)
def test_a_wrong_query_is_refused_at_the_letter_with_a_remedy(query, position):
    with pytest.raises(QueryError) as refused:
        parse(query)
    assert refused.value.position == position, refused.value
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("field", "meant"),
    [
        ("titel", "title"),
        ("intitle", "title"),
        ("Headline", "title"),
        ("site", "outlet"),
        ("language", "lang"),
        ("ingress", "lede"),
        ("text", "body"),
        ("inurl", "url"),
        ("auther", "author"),
    ],
)
def test_an_unknown_field_is_answered_with_the_likely_one(field, meant):
    with pytest.raises(QueryError, match=f'did you mean "{meant}"'):
        parse(f"{field}:Lavrov")


@pytest.mark.parametrize(
    ("query", "position", "warning"),
    [
        ("cats and dogs", 5, "small letters"),
        ("cats near/5 dogs", 5, "small letters"),
        ("Lavrov NEER/5 Hamas", 7, 'did you mean "NEAR"'),
        ("Hamаs", 0, "look alike"),
        ("US", 0, "case:US"),
        ("Lavrov^2", 6, "no meaning"),
        ("Lavrov & Hamas", 7, "passed over"),
        ("Lavrov OR NOT Hamas", 0, "nearly every article"),
        ("FIRST/5 Lavrov", 0, "FIRST/5(…)"),
        ("is it Lavrov?", 12, "exactly one"),
        ("SENTENSE(a b)", 0, 'did you mean "SENTENCE"'),
    ],
)
def test_a_doubtful_query_is_warned_of(query, position, warning):
    assert [at for at, message in parse(query).warnings if warning in message] == [position]


@pytest.mark.parametrize("query", ["Lavrov AND Hamas", "case:US", '"cats and dogs"', "Лавров", "AT&T", "U.S."])
def test_a_sound_query_is_not_warned_of(query):
    assert parse(query).warnings == ()


def test_no_depth_and_no_length_breaks_the_parser():
    assert str(parse("(" * 10_000 + "a" + ")" * 10_000)).count("(") == 10_000
    for wrong in ("(" * 10_000, "(a (" * 10_000 + "b" + "))" * 10_000, "a NEAR/5 " * 3_000 + "b"):
        with pytest.raises(QueryError):
            parse(wrong)
    parse("NOT " * 10_000 + "a")
    parse("title:" * 10_000 + "a")
    parse(" OR ".join(f'"first{number} second{number}" OR prefix{number}*' for number in range(1_000)))
    with pytest.raises(QueryError, match="terms"):
        parse("a " * 20_001)
    with pytest.raises(QueryError, match="characters"):
        parse("a" * 1_000_001)


def test_stretches_inside_stretches_and_chains_cost_no_more_than_their_number():
    text = "a b c. " * 300
    url = "https://example.org/a"
    doc = Doc.of(Article(outlet="rt", url=url, canonical_url=url, title="a", body=text))
    assert parse("SENTENCE(PARAGRAPH(" * 40 + "a" + "))" * 40).matches(doc)
    assert not parse("a NEAR/5 " * 60 + "absent").matches(doc)
    assert not parse('"a b c a b c a b c absent"~50').matches(doc)
