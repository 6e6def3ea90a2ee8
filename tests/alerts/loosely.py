"""A query written as people write it: few parentheses, the short forms of operators, fields in any case."""

from random import Random
from typing import Any

from .reference import written

_BINDING = {"any": 0, "all": 1, "not": 2, "near": 3}


def loosely(tree: Any, random: Random, outer: int = 0) -> str:
    """Write a tree with only the parentheses that it needs where operators of rank `outer` stand around it."""
    rank = _BINDING.get(tree[0], 4)
    text = _bare(tree, random)
    return f"({text})" if rank < outer or random.random() < 0.1 else text


def _bare(tree: Any, random: Random) -> str:
    match tree:
        case ("any", *nodes):
            return random.choice([" OR ", " || ", "\nOR\t"]).join(loosely(node, random) for node in nodes)
        case ("all", *nodes):
            return random.choice([" ", " AND ", " && ", " +"]).join(loosely(node, random, 1) for node in nodes)
        case ("not", node):
            # NOT covers a whole NEAR, and a second NOT.
            return random.choice(["NOT ", "-", "!"]) + loosely(node, random, 2)
        case ("near", left, right, distance, ordered):
            name = f"{'O' if ordered else ''}NEAR/{distance}"
            return f"{loosely(left, random, 3)} {name} {loosely(right, random, 4)}"
        case ("field", name, node):
            short = node[0] == "phrase" and ":" not in node[1][0]
            inner = written(node) if short else f"({loosely(node, random)})"
            return random.choice([name, name.upper(), name.title()]) + random.choice([":", ": "]) + inner
        case ("paragraph" | "sentence", node):
            return f"{tree[0].upper()}({loosely(node, random)})"
        case ("first", number, node):
            return f"FIRST/{number}({loosely(node, random)})"
    return written(tree)
