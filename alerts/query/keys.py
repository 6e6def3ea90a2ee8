"""Keys: the words by which an index of watches finds those that could match, the rarest first."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple


class Key(NamedTuple):
    """What an article must have: an entry of one of an index's tables, and perhaps a further word."""

    table: str
    """`word`, `prefix`, `suffix`, `stem`, or `facet`: a property, or a word of one field, as `name:value`."""
    text: str
    partner: str = ""


@dataclass(frozen=True, slots=True)
class Every:
    """A fitting article has what each of these says; None says nothing."""

    parts: tuple["Clause", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """A fitting article has what at least one of these says."""

    parts: tuple["Clause", ...]


Clause = Key | Every | Either | None
"""What an article must have in order to fit; None where nothing can be said."""

Needs = frozenset[Key] | None
"""Keys of which an article must have at least one; None where nothing can be said."""

_COMMON_WORDS = """
the a an of to in and or for on at by with from as is are was were be it its that this he she they his her has had have
not but said will who which after over new more de la le les des et en el los las un una que der die das und в на и с по
из за не что от о к у как
"""
_COMMON = frozenset(_COMMON_WORDS.split())
_MOST_PAIRED = 50
_PAIRED = frozenset(("word", "prefix", "suffix"))


def needs_of(clause: Clause) -> Needs:
    """Give the keys by which a clause is looked up: of parts that must all hold, the rarest."""
    if clause is None:
        return None
    if isinstance(clause, Key):
        return frozenset((clause,))
    found = [needs_of(part) for part in clause.parts]
    if isinstance(clause, Every):
        return together(list(dict.fromkeys(needs for needs in found if needs is not None)))
    return None if None in found else frozenset(key for needs in found if needs for key in needs)


def together(sets: Collection[frozenset[Key]]) -> Needs:
    """Give the needs of an article that has a key of every set: the rarest set's, or pairs of two sets' words."""
    if len(sets) < 2:
        return next(iter(sets), None)
    by_cost = sorted(sets, key=cost)
    single = [keys for keys in by_cost if not any([key.partner or key.table not in _PAIRED for key in keys])]
    words = next((keys for keys in single if all([key.table == "word" for key in keys])), None)
    other = next((keys for keys in single if keys is not words), None)
    if words is None or other is None or len(words) * len(other) > _MOST_PAIRED:
        return by_cost[0]
    pairs = frozenset(_pair(one, word) for one in other for word in words)
    return min(pairs, by_cost[0], key=cost)


def _pair(one: Key, word: Key) -> Key:
    if one.table == "word" and _cost(word) < _cost(one):
        one, word = word, one
    return one if one == word else Key(one.table, one.text, word.text)


def cost(keys: Collection[Key]) -> int:
    """Guess how many articles would be looked at for the keys."""
    return sum(map(_cost, keys))


def _cost(key: Key) -> int:
    table, text, partner = key
    if partner:
        return max(1, min(_cost(Key(table, text)), cost_of_word(partner)) // 4)
    if table == "word":
        return cost_of_word(text)
    if table == "facet":
        field, _, value = text.partition(":")
        return 4_000 if field in ("outlet", "tag", "lang", "host") else max(2, cost_of_word(value) // 4)
    if table == "stem":
        return 2 * cost_of_word(text)
    return max(16, 800 >> len(text))


def cost_of_word(word: str) -> int:
    """Guess in how many articles a word occurs."""
    if word in _COMMON or len(word) == 1:
        return 1_000 if word.isascii() else 200
    return max(4, 64 - 6 * len(word))
