"""Keys: the words by which an index of watches finds those that could match, the rarest first."""

from collections.abc import Iterable

Needs = frozenset[str] | None
"""Keys of which an article must have at least one; None where nothing can be said."""

_COMMON_WORDS = """
the a an of to in and or for on at by with from as is are was were be it its that this he she they his her has had have
not but said will who which after over new more de la le les des et en el los las un una que der die das und в на и с по
из за не что от о к у как
"""
_COMMON = frozenset(_COMMON_WORDS.split())


_MOST_PAIRED = 50


def together(sets: list[frozenset[str]]) -> Needs:
    """Give the needs of an article that has a key of every set: the rarest set's, paired with the next one's."""
    if not sets:
        return None
    best, *others = sorted(sets, key=lambda keys: (cost(keys), sorted(keys)))
    second = next((other for other in others if len(other) == 1 and other != best and _plain(other)), None)
    if second is None or len(best) > _MOST_PAIRED or not _plain(best):
        return best
    (partner,) = second
    return frozenset(key if key == partner else f"{key} {partner}" for key in best)


def _plain(keys: Iterable[str]) -> bool:
    """Tell whether all keys are words, not pairs, beginnings, ends or properties."""
    return not any(" " in key or "*" in key or ":" in key for key in keys)


def cost(keys: Iterable[str]) -> int:
    """Guess how many articles would be looked at for the keys."""
    return sum(_cost(key) for key in keys)


def _cost(key: str) -> int:
    if " " in key:
        return max(1, min(map(_cost, key.split(" "))) // 4)
    if ":" in key:
        return 4_000
    if key in _COMMON or len(key) == 1:
        return 1_000 if key.isascii() else 200
    if "*" in key:
        return max(16, 800 >> len(key))
    return max(4, 64 - 6 * len(key))
