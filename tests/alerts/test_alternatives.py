"""Which branches of a query's ORs brought a match, and without which there would have been none."""

import pytest

from alerts import Alternatives, Matcher, Watch, parse
from newsdesk import Article


def causes(query: str, text: str, outlet: str = "rt") -> list[tuple[str, bool]]:
    article = Article(outlet=outlet, url="", canonical_url="", title=text, body="")
    watch = Watch("storms", "Storms", parse(query))
    (match,) = Matcher([watch]).match(article)
    return [(cause.clause, cause.alone) for cause in Alternatives(watch.query).causes(match)]


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("storm", "A storm", []),
        ("storm harbour", "A storm in the harbour", []),
        ("storm OR harbour", "A storm", [("storm", True)]),
        ("harbour OR storm", "A storm in the harbour", [("harbour", False), ("storm", False)]),
        (
            "(storm OR gale) (harbour OR port)",
            "storm and gale, harbour",
            [("storm", False), ("gale", False), ("harbour", True)],
        ),
        ("(storm OR gale) OR port", "storm", [("storm", True)]),
        ("storm harbour OR gale", "storm, harbour", [("storm AND harbour", True)]),
        ("(storm (harbour OR port)) OR gale", "storm, port", [("storm AND (harbour OR port)", True), ("port", True)]),
        ('"foreign  minister" OR Lavrov', "The Foreign Minister", [('"foreign minister"', True)]),
        ("storm OR outlet:rt", "nothing", [("outlet:rt", True)]),
        ("storm OR NOT gale", "storm", [("storm", False), ("NOT gale", False)]),
        ("storm NOT (gale OR port)", "storm", []),
        ("storm OR (gale NEAR/3 port)", "gale in port", [("gale NEAR/3 port", True)]),
    ],
)
def test_branches_that_fit_are_named_and_those_that_a_match_hangs_on(
    query: str, text: str, found: list[tuple[str, bool]]
) -> None:
    assert causes(query, text) == found
