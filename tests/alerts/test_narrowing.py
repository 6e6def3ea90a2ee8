"""What a query says of an article's terms: all that is sure, and no more."""

from random import Random

import pytest

from alerts import Watch, parse
from alerts.query import Doc
from newsdesk import AllOf, AnyOf, Condition, Has, Prefix, facet_term, terms_of

from . import growing

TAGS = {"rt": ("State", "ru"), "ria": ("state",), "bbc": ()}
A, B, C = Has("alpha"), Has("beta"), Has("gamma")


def asked(query: str) -> Condition | None:
    return parse(query).condition(TAGS)


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        ("alpha", A),
        ("alpha beta", AllOf((A, B))),
        ("alpha beta alpha", AllOf((A, B))),
        ("alpha OR beta", AnyOf((A, B))),
        ("alpha NOT beta", A),
        ("alpha OR NOT beta", None),
        ('"alpha beta" gamma', AllOf((C, A, B))),
        ('"alpha beta"~3', AllOf((A, B))),
        ("alpha NEAR/5 (beta OR gamma)", AllOf((A, AnyOf((B, C))))),
        ("SENTENCE(alpha AND beta) PARAGRAPH(gamma)", AllOf((A, B, C))),
        ("SENTENCE(alpha NOT beta)", A),
        ("FIRST/9(alpha)", A),
        ("COUNT(alpha OR beta)>=2", AnyOf((A, B))),
        ("case:ALPHA exact:beta", AllOf((A, B))),
        ("alp*", Prefix("alp")),
        ("al*ha", Prefix("al")),
        ("*pha", None),
        ("*pha beta", B),
        ("/al.ha/ beta", B),
        ("stem:alpha", None),
        ("stem:alpha AND (beta OR /x+y/)", None),
        ("title:alpha lede:beta body:gamma", AllOf((Has(":title:alpha"), B, C))),
        ("title:alp* beta", AllOf((Prefix("alp"), B))),
        ("outlet:rt OR outlet:rt.com", AnyOf((Has(":outlet:rt"), Has(":host:rt.com")))),
        ("lang:pt-BR alpha", AllOf((A, Has(":lang:pt-br")))),
        ("tag:state", AnyOf((Has(":outlet:rt"), Has(":outlet:ria")))),
        ("tag:none OR alpha", A),
        ("tag:none alpha", AnyOf(())),
        ("U.S.", Has("us")),
        ("e-mail", AllOf((AnyOf((Has("e"), Has("email"))), AnyOf((Has("mail"), Has("email")))))),
    ],
)
def test_a_query_says_what_any_fitting_article_has(query: str, condition: Condition | None) -> None:
    found = asked(query)
    assert _sorted(found) == _sorted(condition)


def _sorted(condition: Condition | None) -> object:
    """Give a condition whose parts have no order."""
    if isinstance(condition, AllOf | AnyOf):
        return type(condition).__name__, frozenset(map(_sorted, condition.parts))
    return condition


def test_a_watch_says_besides_where_it_is_asked() -> None:
    watch = Watch("w", "W", parse("alpha"), ("rt", "ria.ru", "tag:ru"), ("pt_BR",))
    places = AnyOf((Has(":outlet:rt"), Has(":outlet:ria.ru"), Has(":host:ria.ru")))
    assert _sorted(watch.condition(TAGS)) == _sorted(AllOf((A, places, Has(":lang:pt-br"))))
    assert Watch("w", "W", parse("alpha"), ("tag:none",)).condition(TAGS) == AnyOf(())


def test_very_deep_and_very_long_queries_say_less_rather_than_too_much() -> None:
    deep = "alpha" + "".join(f" OR w{n}) AND v{n}" for n in range(45))
    found = asked("(" * 45 + deep)
    assert isinstance(found, AllOf)
    assert Has("v44") in found.parts
    assert asked(" OR ".join(f"w{number}" for number in range(3_000))) is None


def test_an_article_has_the_same_terms_for_the_archive_as_for_watches() -> None:
    random = Random(11)
    for _ in range(300):
        _, article = growing.article(random)
        doc = Doc.of(article, ("a-tag",))
        facets = {facet_term(facet) for facet in doc.facets if not facet.startswith("tag:")}
        assert terms_of(article) == doc.words.keys() | facets
