"""What every operator promises: its example is read, finds what it says, and stands in the documentation."""

import json
import re
from pathlib import Path

import pytest

from alerts.query import OPERATORS, Doc, Field, Function, Infix, parse
from newsdesk import Article, article_from_json

PAGE = Path(__file__).parents[2] / "docs" / "query-language.md"


def row(operator):
    """The line of the documentation that an operator's own words make."""
    form = {Field: f"{operator.name}:", Function: f"{operator.name}(…)", Infix: f"{operator.name}/n"}
    if isinstance(operator, Function):
        form[Function] = f"{operator.name}{'/n' * operator.numbered}(…){'>=n' * operator.compared}"
    kind = next(kind for kind in form if isinstance(operator, kind))
    return f"| `{form[kind]}` | `{operator.example}` | {operator.meaning} |"


@pytest.mark.parametrize("operator", OPERATORS.values(), ids=lambda operator: operator.name)
def test_the_example_is_read_and_uses_the_operator(operator):
    query = parse(operator.example)
    assert operator.name in query.text
    assert query.warnings == ()


def example_article():
    """The article of the documentation, made ready."""
    (block,) = re.findall(r"```json\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    return Doc.of(article_from_json(json.loads(block)), ["state-media"])


@pytest.mark.parametrize("operator", OPERATORS.values(), ids=lambda operator: operator.name)
def test_the_example_finds_the_article_of_the_documentation_and_not_any_other(operator):
    nothing = Article(
        outlet="bbc", url="https://bbc.example/", canonical_url="https://bbc.example/", title="Rain", body=""
    )
    query = parse(operator.example)
    spans = query.find(example_article())
    assert spans is not None
    assert all(span.term in query.text for span in spans)
    assert query.find(Doc.of(nothing)) is None


def listed():
    text = PAGE.read_text("utf-8")
    table = text[text.index("## Named operators") :].split("\n## ")[0]
    return [line for line in table.splitlines() if line.startswith("| `")]


def test_the_documentation_holds_the_operators_own_words():
    """A new operator's line is written into the page, so that its file is all there is to add."""
    forms = {line.split(" | ")[0] for line in listed()}
    missing = [row(operator) for operator in OPERATORS.values() if row(operator).split(" | ")[0] not in forms]
    if missing:
        last = listed()[-1]
        PAGE.write_text(PAGE.read_text("utf-8").replace(last, "\n".join([last, *missing])), "utf-8")
    assert sorted(listed()) == sorted(row(operator) for operator in OPERATORS.values())


def test_every_query_in_the_documentation_is_read():
    blocks = re.findall(r"```query\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    queries = [line for block in blocks for line in block.splitlines() if line.strip()]
    assert queries
    for query in queries:
        parse(query)
