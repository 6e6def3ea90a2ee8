"""Clause: a query of another service, taken apart; what cannot be said here gives way to what surely finds no less."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True, slots=True)
class Clause:
    """Part of another service's query; `start` and `end` are its place there."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Term(Clause):
    """A term that can be said: as it is written here, and what it was there, without its quotes."""

    written: str
    raw: str


@dataclass(frozen=True, slots=True)
class Group(Clause):
    """All or any of several."""

    kind: Literal["AND", "OR"]
    parts: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Ruled(Clause):
    """What is ruled out."""

    part: Clause


@dataclass(frozen=True, slots=True)
class Near(Clause):
    """Two parts at most so far apart, in positions."""

    left: Clause
    right: Clause
    distance: int
    ordered: bool


@dataclass(frozen=True, slots=True)
class Framed(Clause):
    """A part under a field or in a function: what stands before it and after it."""

    before: str
    part: Clause
    after: str = ""


@dataclass(frozen=True, slots=True)
class Loose(Clause):
    """What cannot be said exactly: what surely finds no less, and what surely finds no more, where there is such.

    True stands for every article that is read here, False for none.
    """

    what: str
    over: Clause | bool | None = None
    under: Clause | bool | None = None
    done: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """What could not be carried over: its place in the other service's query, its text, why, and what was done."""

    at: int
    text: str
    what: str
    done: str


Outcome = Clause | bool
"""What is left of a clause: True where it holds of everything, False where of nothing."""


class Settling:
    """Settles every loose clause so that what is left finds all that the query found, and notes each."""

    def __init__(self, text: str) -> None:
        """Take the query's text."""
        self.text = text
        self.notes: list[Note] = []

    def note(self, clause: Clause, what: str, done: str) -> None:
        """Note what became of a clause."""
        self.notes.append(Note(clause.start, self.text[clause.start : clause.end].strip(), what, done))

    def settle(self, clause: Clause, wanted: bool = True) -> Outcome:
        """Give what is left of a clause; what is ruled out (`wanted` unset) must rather find less."""
        if isinstance(clause, Loose):
            return self._loose(clause, wanted)
        if isinstance(clause, Ruled):
            inner = self.settle(clause.part, not wanted)
            return replace(clause, part=inner) if isinstance(inner, Clause) else not inner
        if isinstance(clause, Group):
            return self._group(clause, wanted)
        if isinstance(clause, Near):
            return self._near(clause, wanted)
        if isinstance(clause, Framed):
            inner = self.settle(clause.part, wanted)
            return replace(clause, part=inner) if isinstance(inner, Clause) else inner
        return clause

    def _loose(self, clause: Loose, wanted: bool) -> Outcome:
        chosen = clause.over if wanted else clause.under
        if chosen is None:
            self.note(clause, clause.what, "left out, so that the watch finds more")
            return wanted
        if isinstance(chosen, bool):
            self.note(clause, clause.what, "always so" if chosen else "never so")
            return chosen
        left = self.settle(chosen, wanted)
        self.note(
            clause, clause.what, clause.done or (f"read as {said(left)}" if isinstance(left, Clause) else "left out")
        )
        return left

    def _group(self, clause: Group, wanted: bool) -> Outcome:
        parts = [self.settle(part, wanted) for part in clause.parts]
        decisive = clause.kind == "OR"
        if decisive in parts:
            self.note(clause, "one part decides, so the others do not count", "always so" if decisive else "never so")
            return decisive
        left = tuple(part for part in parts if isinstance(part, Clause))
        if not left:
            return not decisive
        return left[0] if len(left) == 1 else replace(clause, parts=left)

    def _near(self, clause: Near, wanted: bool) -> Outcome:
        sides = [self.settle(side, wanted) for side in (clause.left, clause.right)]
        left, right = sides
        if isinstance(left, Clause) and isinstance(right, Clause):
            return replace(clause, left=left, right=right)
        self.note(
            clause, "one side of the nearness is left out", "only the other side is asked for" if wanted else "left out"
        )
        if not wanted or False in sides:
            return False
        return next((side for side in sides if isinstance(side, Clause)), True)


def said(clause: Clause, tight: int = 0) -> str:
    """Write a settled clause in the watch language; `tight` tells what it stands in: 1 AND, 2 NOT or a NEAR."""
    if isinstance(clause, Group):
        return _group_said(clause, tight)
    if isinstance(clause, Ruled):
        return f"NOT {said(clause.part, 2)}"
    if isinstance(clause, Near):
        operator = "ONEAR" if clause.ordered else "NEAR"
        text = f"{said(clause.left, 2)} {operator}/{clause.distance} {said(clause.right, 2)}"
        return f"({text})" if tight > 1 else text
    if isinstance(clause, Framed):
        return clause.before + said(clause.part, 0 if clause.after else 2) + clause.after
    assert isinstance(clause, Term)
    return clause.written


def _group_said(clause: Group, tight: int) -> str:
    if clause.kind == "OR":
        text = " OR ".join(said(part, 2 if isinstance(part, Group) else 0) for part in clause.parts)
        return f"({text})" if tight else text
    asked = [said(part, 1) for part in clause.parts if not isinstance(part, Ruled)]
    barred = [said(part, 1) for part in clause.parts if isinstance(part, Ruled)]
    text = " ".join([" AND ".join(asked), *barred] if asked else [" AND ".join(barred)])
    return f"({text})" if tight > 1 else text


_BARE = re.compile(r"[\w*?]+(?:[-'’.&][\w*?]+)*")
_READ_AS_MORE = re.compile(r"(?i:and|or|not|o?near.*)|[A-Z]+/\d*")


def quoted(text: str, *, wild: bool = False) -> str:
    """Write a text as one term: bare where it is read as one word, else as a phrase; `*` and `?` only where `wild`."""
    bare = _BARE.fullmatch(text) and not _READ_AS_MORE.fullmatch(text)
    if bare and (wild or not set("*?") & set(text)):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped if wild else escaped.replace("*", chr(92) + "*")}"'


def each_term(clause: Clause, change: Callable[[Term], Clause]) -> Clause:
    """Give a clause with every term changed, as under a field whose values are not words."""
    if isinstance(clause, Term):
        return change(clause)
    if isinstance(clause, Group):
        return replace(clause, parts=tuple(each_term(part, change) for part in clause.parts))
    if isinstance(clause, (Ruled, Framed)):
        return replace(clause, part=each_term(clause.part, change))
    if isinstance(clause, Loose):
        over, under = (
            each_term(one, change) if isinstance(one, Clause) else one for one in (clause.over, clause.under)
        )
        return replace(clause, over=over, under=under)
    return Loose(clause.start, clause.end, "nearness has no meaning among such values")


def either(start: int, end: int, parts: Sequence[Clause]) -> Clause:
    """Give a clause that any of several meets."""
    return parts[0] if len(parts) == 1 else Group(start, end, "OR", tuple(parts))
