"""A plain, slow evaluator of queries, which shares nothing with the fast one: documents and queries are made of atoms
whose spellings stand in a table, and everything is tried."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from .atoms import ATOMS, WAYS

TEXT = frozenset({"title", "lede", "body"})
Paragraphs = Sequence[Sequence[Sequence[str]]]
"""A field's paragraphs, each its sentences, each its atoms; of `author`, each name is a paragraph."""


@dataclass(frozen=True)
class Unit:
    field: str
    spelling: str
    first: int
    last: int
    paragraph: int
    sentence: int


@dataclass(frozen=True)
class View:
    """What a part of a query sees of an article."""

    units: tuple[Unit, ...]
    facts: frozenset[str] = frozenset()
    fields: frozenset[str] = field(default=TEXT)

    def only(self, keep: Any) -> "View":
        return replace(self, units=tuple(unit for unit in self.units if keep(unit)))

    def with_spelling(self, spelling: str) -> list[Unit]:
        return [unit for unit in self.units if unit.spelling == spelling and unit.field in self.fields]


def read(fields: dict[str, Paragraphs], facts: frozenset[str] = frozenset()) -> View:
    """Give the spellings of a document; `facts` are the properties that it has, as a query asks for them."""
    units = []
    for name, paragraphs in fields.items():
        position = sentence = 0
        for number, sentences in enumerate(paragraphs):
            for atoms in sentences:
                for atom in atoms:
                    spellings = ATOMS[atom]
                    units += [Unit(name, s, position + a, position + b, number, sentence) for s, a, b in spellings]
                    position += 1 + max(last for _, _, last in spellings)
                sentence += 1
            # One author's name does not run on into the next one's.
            position += name == "author"
    return View(tuple(units), facts)


@dataclass(frozen=True)
class Found:
    """Words that fit: one stretch, or parts of which each or any counts as near."""

    field: str
    first: int
    last: int
    parts: tuple["Found", ...] = ()
    every: bool = False

    def leaves(self) -> list["Found"]:
        return [leaf for part in self.parts for leaf in part.leaves()] if self.parts else [self]


def runs(forms: Sequence[str]) -> list[list[str]]:
    """Give every way to spell a phrase."""
    return [[spelling for way in ways for spelling in way] for ways in product(*(WAYS[form] for form in forms))]


def phrase(forms: Sequence[str], view: View) -> list[Found]:
    found = set()
    for run in runs(forms):
        chains = [[unit] for unit in view.with_spelling(run[0])]
        for spelling in run[1:]:
            chains = [
                [*chain, unit]
                for chain in chains
                for unit in view.with_spelling(spelling)
                if (unit.field, unit.paragraph, unit.first)
                == (chain[-1].field, chain[-1].paragraph, chain[-1].last + 1)
            ]
        found |= {Found(chain[0].field, chain[0].first, chain[-1].last) for chain in chains}
    return list(found)


def sloppy(forms: Sequence[str], slop: int, view: View) -> list[Found]:
    """Lucene's slop: each word's distance from its place in the phrase, the farthest less the nearest."""
    found = set()
    for run in runs(forms):
        for chosen in product(*(view.with_spelling(spelling) for spelling in run)):
            shifts, width = [], 0
            for unit in chosen:
                shifts.append(unit.first - width)
                width += unit.last - unit.first + 1
            if (
                max(shifts) - min(shifts) <= slop
                and len({(unit.field, unit.paragraph) for unit in chosen}) == 1
                and all(apart(a, b) for i, a in enumerate(chosen) for b in chosen[:i])
            ):
                firsts, lasts = [unit.first for unit in chosen], [unit.last for unit in chosen]
                found.add(Found(chosen[0].field, min(firsts), max(lasts)))
    return list(found)


def apart(one: Any, other: Any) -> bool:
    return one.last < other.first or other.last < one.first


def hits(tree: Any, view: View) -> list[Found]:
    match tree:
        case ("phrase", forms):
            return phrase(forms, view)
        case ("slop", forms, slop):
            return sloppy(forms, slop, view)
        case ("any", *nodes):
            return [one for node in nodes for one in hits(node, view)]
        case ("all", *nodes):
            return [
                Found(chosen[0].field, 0, 0, tuple(chosen), True) for chosen in product(*(hits(n, view) for n in nodes))
            ]
        case ("field", name, node):
            return hits(node, replace(view, fields=frozenset({name})))
        case ("near", left, right, distance, ordered):
            return [
                Found(a.field, 0, 0, (a, b))
                for a in hits(left, view)
                for b in hits(right, view)
                if near(a, b, distance, ordered)
            ]
        case ("paragraph" | "sentence" | "first", *_):
            return [one for part in views(tree, view) for one in hits(tree[-1], part)]
    raise AssertionError(tree)


def views(tree: Any, view: View) -> list[View]:
    """Give the stretches inside one of which a part of the query must fit."""
    match tree:
        case ("first", number, _):
            return [view.only(lambda unit: unit.last < number)]
        case ("paragraph", _):
            cells = {(unit.field, unit.paragraph) for unit in view.units}
            return [view.only(lambda unit, cell=cell: (unit.field, unit.paragraph) == cell) for cell in cells]
        case ("sentence", _):
            cells = {(unit.field, unit.sentence) for unit in view.units}
            return [view.only(lambda unit, cell=cell: (unit.field, unit.sentence) == cell) for cell in cells]
    raise AssertionError(tree)


def near(a: Found, b: Found, distance: int, ordered: bool) -> bool:
    for one, other in product(a.leaves(), b.leaves()):
        if one.field == other.field and not apart(one, other):
            return False
        if ordered and not (one.field == other.field and one.last < other.first):
            return False
    return gap(a, b) <= distance


def gap(a: Found, b: Found) -> float:
    if a.parts:
        gaps = [gap(part, b) for part in a.parts]
        return max(gaps) if a.every else min(gaps)
    if b.parts:
        return gap(b, a)
    if a.field != b.field:
        return float("inf")
    return b.first - a.last if a.last < b.first else a.first - b.last


def matches(tree: Any, view: View) -> bool:
    match tree:
        case ("all", *nodes):
            return all(matches(node, view) for node in nodes)
        case ("any", *nodes):
            return any(matches(node, view) for node in nodes)
        case ("not", node):
            return not matches(node, view)
        case ("property", fact):
            return fact in view.facts
        case ("field", name, node):
            return matches(node, replace(view, fields=frozenset({name})))
        case ("paragraph" | "sentence" | "first", *_):
            return any(matches(tree[-1], part) for part in views(tree, view))
        case ("count", number, node):
            return len({(one.field, one.first, one.last) for one in hits(node, view)}) >= number
    return bool(hits(tree, view))


def wordless(tree: Any, positive: bool = True) -> bool:
    """Tell whether a text without any word may fit, whatever its properties are; or else, fail to fit."""
    match tree:
        case ("all", *nodes):
            return (all if positive else any)(wordless(node, positive) for node in nodes)
        case ("any", *nodes):
            return (any if positive else all)(wordless(node, positive) for node in nodes)
        case ("not", node):
            return wordless(node, not positive)
        case ("property", _):
            return True
        case ("field" | "paragraph" | "sentence" | "first", *_):
            return wordless(tree[-1], positive)
    return not positive


def is_vague(tree: Any) -> bool:
    """Tell whether a sentence or paragraph is asked for that may hold none of the words."""
    if tree[0] in ("phrase", "slop", "property"):
        return False
    return any(isinstance(part, tuple) and is_vague(part) for part in tree[1:]) or (
        tree[0] in ("paragraph", "sentence") and wordless(tree[1])
    )


def written(tree: Any) -> str:  # noqa: C901
    """Write a tree as a query."""
    match tree:
        case ("phrase", [form]):
            return form
        case ("phrase", forms):
            return '"' + " ".join(forms) + '"'
        case ("slop", forms, slop):
            return f'"{" ".join(forms)}"~{slop}'
        case ("all", *nodes):
            return "(" + " AND ".join(map(written, nodes)) + ")"
        case ("any", *nodes):
            return "(" + " OR ".join(map(written, nodes)) + ")"
        case ("not", node):
            return f"NOT ({written(node)})"
        case ("property", fact):
            return fact
        case ("field", name, node):
            return f"{name}:({written(node)})"
        case ("near", left, right, distance, ordered):
            return f"({written(left)} {'O' if ordered else ''}NEAR/{distance} {written(right)})"
        case ("paragraph" | "sentence", node):
            return f"{tree[0].upper()}({written(node)})"
        case ("first", number, node):
            return f"FIRST/{number}({written(node)})"
        case ("count", number, node):
            return f"COUNT({written(node)})>={number}"
    raise AssertionError(tree)
