"""A plain, slow evaluator of queries, which shares nothing with the fast one: documents and queries are made of atoms
whose spellings stand in a table, and everything is tried."""

from dataclasses import dataclass
from itertools import product
from typing import Any

# What an article may hold: the text, and its spellings as (spelling, first word, last word).
ATOMS: dict[str, list[tuple[str, int, int]]] = {
    "Lavrov": [("lavrov", 0, 0)],
    "LAVROV’s": [("lavrov", 0, 0)],
    "Лавров": [("лавров", 0, 0)],
    "ЛАВРОВ": [("лавров", 0, 0)],
    "май": [("май", 0, 0)],
    "маи": [("маи", 0, 0)],
    "Ёлка": [("елка", 0, 0)],
    "e-mail": [("e", 0, 0), ("mail", 1, 1), ("email", 0, 1)],
    "E–Mail": [("e", 0, 0), ("mail", 1, 1), ("email", 0, 1)],
    "email": [("email", 0, 0)],
    "mail": [("mail", 0, 0)],
    "U.S.": [("us!", 0, 0)],
    "US": [("us!", 0, 0)],
    "us": [("us", 0, 0)],
    "l’Iran": [("iran", 0, 0), ("liran", 0, 0)],
    "Iran": [("iran", 0, 0)],
    "俄罗斯": [("俄", 0, 0), ("罗", 1, 1), ("斯", 2, 2)],
    "罗斯": [("罗", 0, 0), ("斯", 1, 1)],
    "والحرب": [("والحرب", 0, 0), ("الحرب", 0, 0), ("حرب", 0, 0)],
    "حَرْب": [("حرب", 0, 0)],
    "러시아는": [("러시아는", 0, 0), ("러시아", 0, 0)],
    "러시아": [("러시아", 0, 0)],
    "हिन्दी": [("हिन्दी", 0, 0)],
    "हिन्द": [("हिन्द", 0, 0)],
    "don't": [("dont", 0, 0)],
    "İSTANBUL": [("istanbul", 0, 0)],
    "ıstanbul": [("istanbul", 0, 0)],
    "negotiate": [("negotiate", 0, 0)],
    "Négotiation": [("negotiation", 0, 0)],
    "AT&T": [("at&t", 0, 0)],
    "soft\u00adware": [("software", 0, 0)],
}
# What a query may ask for: the text, and the ways to find it, each a run of neighbouring spellings.
FORMS: dict[str, list[list[str]]] = {
    "lavrov": [["lavrov"]],
    "Lavrov's": [["lavrov"]],
    "лавров": [["лавров"]],
    "МАЙ": [["май"]],
    "маи": [["маи"]],
    "елка": [["елка"]],
    "e-mail": [["e", "mail"], ["email"]],
    "email": [["email"]],
    "mail": [["mail"]],
    "U.S.": [["us!"]],
    "us": [["us"], ["us!"]],
    "Iran": [["iran"]],
    "l'Iran": [["iran"], ["liran"]],
    "俄罗斯": [["俄", "罗", "斯"]],
    "罗": [["罗"]],
    "حرب": [["حرب"]],
    "الحرب": [["الحرب"]],
    "러시아": [["러시아"]],
    "हिन्द": [["हिन्द"]],
    "dont": [["dont"]],
    "Istanbul": [["istanbul"]],
    "negoti*": [["negotiate"], ["negotiation"]],
    "*mail": [["mail"], ["email"]],
    "nego?iate": [["negotiate"]],
    "at&t": [["at&t"]],
    "software": [["software"]],
    "absent": [["absent"]],
}


@dataclass(frozen=True)
class Unit:
    field: str
    spelling: str
    first: int
    last: int
    paragraph: int


def read(fields: dict[str, list[list[str]]]) -> list[Unit]:
    """Give the spellings of a document: for each field its paragraphs, each a list of atoms."""
    units = []
    for field, paragraphs in fields.items():
        position = 0
        for number, atoms in enumerate(paragraphs):
            for atom in atoms:
                spellings = ATOMS[atom]
                units += [Unit(field, s, position + a, position + b, number) for s, a, b in spellings]
                position += 1 + max(last for _, _, last in spellings)
    return units


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


def phrase(forms: list[str], units: list[Unit]) -> list[Found]:
    found = set()
    for ways in product(*(FORMS[form] for form in forms)):
        run = [spelling for way in ways for spelling in way]
        starts = [[unit] for unit in units if unit.spelling == run[0]]
        for spelling in run[1:]:
            starts = [
                [*chain, unit]
                for chain in starts
                for unit in units
                if unit.spelling == spelling
                and unit.field == chain[-1].field
                and unit.paragraph == chain[-1].paragraph
                and unit.first == chain[-1].last + 1
            ]
        found |= {Found(chain[0].field, chain[0].first, chain[-1].last) for chain in starts}
    return list(found)


def hits(tree: Any, units: list[Unit]) -> list[Found]:
    match tree:
        case ("phrase", forms):
            return phrase(forms, units)
        case ("any", *nodes):
            return [one for node in nodes for one in hits(node, units)]
        case ("all", *nodes):
            return [
                Found(chosen[0].field, 0, 0, tuple(chosen), True)
                for chosen in product(*(hits(n, units) for n in nodes))
            ]
        case ("field", name, node):
            return hits(node, [unit for unit in units if unit.field == name])
        case ("near", left, right, distance, ordered):
            return [
                Found(a.field, 0, 0, (a, b))
                for a in hits(left, units)
                for b in hits(right, units)
                if near(a, b, distance, ordered)
            ]
    raise AssertionError(tree)


def near(a: Found, b: Found, distance: int, ordered: bool) -> bool:
    for one, other in product(a.leaves(), b.leaves()):
        if one.field == other.field and not (one.last < other.first or other.last < one.first):
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


def matches(tree: Any, units: list[Unit]) -> bool:
    match tree:
        case ("all", *nodes):
            return all(matches(node, units) for node in nodes)
        case ("any", *nodes):
            return any(matches(node, units) for node in nodes)
        case ("not", node):
            return not matches(node, units)
        case ("field", name, node):
            return matches(node, [unit for unit in units if unit.field == name])
        case ("paragraph", node):
            cells = {(unit.field, unit.paragraph) for unit in units}
            return any(matches(node, [u for u in units if (u.field, u.paragraph) == cell]) for cell in cells)
        case ("first", number, node):
            return matches(node, [unit for unit in units if unit.last < number])
        case ("count", number, node):
            return len({(one.field, one.first, one.last) for one in hits(node, units)}) >= number
    return bool(hits(tree, units))


def is_vague(tree: Any) -> bool:
    """Tell whether anything that must lie in one paragraph is met by a paragraph without words."""
    if tree[0] == "phrase":
        return False
    return any(isinstance(part, tuple) and is_vague(part) for part in tree[1:]) or (
        tree[0] == "paragraph" and matches(tree[1], [])
    )


def written(tree: Any) -> str:  # noqa: C901
    """Write a tree as a query."""
    match tree:
        case ("phrase", [form]):
            return form
        case ("phrase", forms):
            return '"' + " ".join(forms) + '"'
        case ("all", *nodes):
            return "(" + " AND ".join(map(written, nodes)) + ")"
        case ("any", *nodes):
            return "(" + " OR ".join(map(written, nodes)) + ")"
        case ("not", node):
            return f"NOT ({written(node)})"
        case ("field", name, node):
            return f"{name}:({written(node)})"
        case ("near", left, right, distance, ordered):
            return f"({written(left)} {'O' if ordered else ''}NEAR/{distance} {written(right)})"
        case ("paragraph", node):
            return f"PARAGRAPH({written(node)})"
        case ("first", number, node):
            return f"FIRST/{number}({written(node)})"
        case ("count", number, node):
            return f"COUNT({written(node)})>={number}"
    raise AssertionError(tree)
