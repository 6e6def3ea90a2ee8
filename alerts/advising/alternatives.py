"""Alternatives: which branches of a query's ORs brought a match, and without which there would have been none."""

from collections.abc import Iterator
from typing import NamedTuple

from ..matcher import Match
from ..query import Doc, Query
from ..query.tree import All, Any, Node


class Cause(NamedTuple):
    """A branch of an OR that fits an article; `alone` tells that without it the query would not."""

    clause: str
    alone: bool


class Alternatives:
    """The branches of a query's ORs, those inside its groups included, but for what is ruled out or near another."""

    def __init__(self, query: Query) -> None:
        """Take the query."""
        self._root = query.root
        self._branches = [(_written(node), node) for node in _branches(query.root) if type(node) is not Any]

    def causes(self, match: Match) -> tuple[Cause, ...]:
        """Give the branches that fit an article which the query matches, in the order of the query."""
        doc = match.doc
        found: dict[str, bool] = {}
        for clause, branch in self._branches:
            if branch.test(doc):
                alone = not _fits(self._root, doc, branch)
                found[clause] = found.get(clause, False) or alone
        return tuple(Cause(clause, alone) for clause, alone in found.items())


def _branches(node: Node) -> Iterator[Node]:
    if not isinstance(node, All):
        return
    for part in sorted(node.nodes, key=lambda one: one.start):
        if isinstance(node, Any):
            yield part
        yield from _branches(part)


def _written(node: Node) -> str:
    """Give a branch as it is written; words that stand side by side joined by AND."""
    if type(node) is not All:
        return " ".join(node.clause.split())
    return " AND ".join(_written(part) for part in sorted(node.nodes, key=lambda one: one.start))


def _fits(node: Node, doc: Doc, without: Node) -> bool:
    """Tell whether an article fits a node that has one of its branches less."""
    if isinstance(node, Any):
        return any(_fits(part, doc, without) for part in node.nodes if part is not without)
    if isinstance(node, All):
        return all(_fits(part, doc, without) for part in node.nodes)
    return node.test(doc)
