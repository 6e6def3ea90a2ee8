"""Condition: what the terms of an article must be for it to be worth a closer look."""

from collections.abc import Iterable
from dataclasses import dataclass

_MOST = 2_000
"""Of so many alternatives hardly any article has none."""


@dataclass(frozen=True, slots=True)
class Has:
    """It has this term."""

    term: str


@dataclass(frozen=True, slots=True)
class Prefix:
    """It has a word that begins so."""

    beginning: str


@dataclass(frozen=True, slots=True)
class AllOf:
    """All of several conditions hold."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of several conditions holds; of none, none can."""

    parts: tuple["Condition", ...]


Condition = Has | Prefix | AllOf | AnyOf

NEVER = AnyOf(())
"""No article fits."""


def all_of(parts: Iterable[Condition | None]) -> Condition | None:
    """Give what holds where all hold; None stands for a condition of which nothing is known."""
    found: dict[Condition, None] = {}
    for part in parts:
        if part == NEVER:
            return NEVER
        if part is not None:
            found.update(dict.fromkeys(part.parts if isinstance(part, AllOf) else (part,)))
    return AllOf(tuple(found)) if len(found) > 1 else next(iter(found), None)


def any_of(parts: Iterable[Condition | None]) -> Condition | None:
    """Give what holds where any holds: nothing can be said where of any nothing is known."""
    found: dict[Condition, None] = {}
    for part in parts:
        if part is None:
            return None
        found.update(dict.fromkeys(part.parts if isinstance(part, AnyOf) else (part,)))
    if len(found) > _MOST:
        return None
    return AnyOf(tuple(found)) if len(found) != 1 else next(iter(found))
