"""Operator: what every named operator of the watch language promises.

To add one: a file in `operators/` whose top level holds an instance of `Field` (written `name:`, covers the next term
or group), of `Function` (`NAME(…)` or `NAME/n(…)`) or of `Infix` (`a NAME/n b`), with its name, an `example` that
matches something, and one line that says what it means. The grammar, the documentation and the tests find it.
"""

from dataclasses import dataclass, replace

from newsdesk import Shelf

from .doc import TEXT
from .tree import Node, Place, Test


@dataclass(frozen=True, slots=True)
class Scope:
    """How the words of a stretch of a query are compared, and where."""

    fields: int = TEXT
    case: bool = False
    exact: bool = False
    stem: bool = False
    property: "Field | None" = None
    """The operator whose values the words are, instead of words of a text."""


@dataclass(frozen=True)
class Operator:
    """A named operator."""

    name: str
    example: str
    meaning: str


class Field(Operator):
    """An operator that is written `name:` before a term or a group."""

    def scope(self, outer: Scope) -> Scope:
        """Give the scope of what it covers."""
        raise NotImplementedError

    def value(self, text: str, place: Place) -> Test:
        """Read a value, if the scope says that the words are this operator's values. Raises QueryError."""
        raise NotImplementedError


class PropertyField(Field):
    """A field whose values are properties of the whole article."""

    def scope(self, outer: Scope) -> Scope:
        """Read what follows as values."""
        return replace(outer, property=self)


@dataclass(frozen=True)
class TextField(Field):
    """A field that is one of an article's texts."""

    number: int
    """Its place in FIELDS."""

    def scope(self, outer: Scope) -> Scope:
        """Look in this text only."""
        return replace(outer, fields=1 << self.number, property=None)


@dataclass(frozen=True)
class Function(Operator):
    """An operator that is written before parentheses."""

    numbered: bool = False
    """Whether it is written `NAME/n(…)`."""
    compared: bool = False
    """Whether `>=n` follows the parentheses."""

    def build(self, inner: Node, number: int, place: Place) -> Node:
        """Give the node. Raises QueryError."""
        raise NotImplementedError


class Infix(Operator):
    """An operator that is written `a NAME/n b`."""

    def build(self, left: Node, right: Node, number: int, place: Place) -> Node:
        """Give the node. Raises QueryError."""
        raise NotImplementedError


OPERATORS: Shelf[Operator] = Shelf("alerts.query.operators", Operator)
"""All named operators."""
