"""What every operator promises: its example is read, and stands in the documentation."""

import re
from pathlib import Path

import pytest

from alerts.query import OPERATORS, Field, Function, Infix, parse

PAGE = Path(__file__).parents[2] / "docs" / "query-language.md"


def row(operator):
    """The line of the documentation that an operator's own words make."""
    form = {Field: f"{operator.name}:", Function: f"{operator.name}(…)", Infix: f"{operator.name}/n"}
    if isinstance(operator, Function):
        form[Function] = f"{operator.name}{'/n' * operator.numbered}(…){'>=n' * operator.compared}"
    kind = next(kind for kind in form if isinstance(operator, kind))
    return f"| `{form[kind]}` | `{operator.example}` | {operator.meaning} |"


@pytest.mark.parametrize("operator", OPERATORS.values(), ids=str)
def test_the_example_is_read_and_uses_the_operator(operator):
    query = parse(operator.example)
    assert operator.name in query.text
    assert query.warnings == ()


@pytest.mark.parametrize("operator", OPERATORS.values(), ids=str)
def test_the_documentation_holds_the_operators_own_words(operator):
    assert row(operator) in PAGE.read_text("utf-8").splitlines()


def test_the_documentation_lists_no_operator_that_is_not_there():
    text = PAGE.read_text("utf-8")
    table = text[text.index("## Named operators") :].split("\n## ")[0]
    listed = [line for line in table.splitlines() if line.startswith("| `")]
    assert sorted(listed) == sorted(row(operator) for operator in OPERATORS.values())


def test_every_query_in_the_documentation_is_read():
    blocks = re.findall(r"```query\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    queries = [line for block in blocks for line in block.splitlines() if line.strip()]
    assert queries
    for query in queries:
        parse(query)
