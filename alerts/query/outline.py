"""Outline: the shape of a query, each word with the way it is compared; advice on a query is drawn from it."""

import re
from dataclasses import dataclass

from newsdesk import fold

from .grammar import _PARENTHESES, _Frame, _Parser
from .operator import Function, Scope
from .operators.near import NearNode
from .reading import Reader, Warnings
from .tree import All, Any, Node, Not, Property

_QUOTED = re.compile(r"(?s)[\"“”„‟＂«»‹›「『](.*)[\"“”„‟＂«»‹›」』](?:~\d+)?")


@dataclass(frozen=True, slots=True)
class Word:
    """A word, phrase or regular expression."""

    start: int
    """Where its clause begins, the field included."""
    at: int
    """Where it stands itself."""
    text: str
    """As it is written, without its field."""
    scope: Scope

    @property
    def is_plain(self) -> bool:
        """Tell whether it is letters and digits alone, bare or in quotes."""
        return self.text[0] != "/" and all(part.isalnum() for part in self.inner.split()) and "~" not in self.text

    @property
    def is_bare(self) -> bool:
        """Tell whether it stands without quotes."""
        return not _QUOTED.fullmatch(self.text)

    @property
    def inner(self) -> str:
        """Give the text without quotes."""
        found = _QUOTED.fullmatch(self.text)
        return found[1] if found else self.text

    @property
    def likeness(self) -> str:
        """Give what words that find the same have in common, but for their scope."""
        if self.text[0] == "/":
            return self.text
        text = " ".join((self.inner if self.is_plain else self.text).split())
        return text if self.scope.case or self.scope.exact or self.scope.stem else fold(text)


@dataclass(frozen=True, slots=True)
class Value:
    """A property of the article that is asked for: its outlet, language or tag."""

    start: int
    at: int
    name: str
    text: str
    key: str
    """As the index knows it: `outlet:rt`, `host:rt.com`, `lang:en`."""


@dataclass(frozen=True, slots=True)
class Both:
    """All parts."""

    start: int
    parts: tuple["Shape", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of the parts."""

    start: int
    parts: tuple["Shape", ...]


@dataclass(frozen=True, slots=True)
class Never:
    """What is ruled out."""

    start: int
    part: "Shape"


@dataclass(frozen=True, slots=True)
class Close:
    """Two parts near each other."""

    start: int
    left: "Shape"
    right: "Shape"
    distance: int
    ordered: bool


@dataclass(frozen=True, slots=True)
class Within:
    """A part inside a function: FIRST, SENTENCE, PARAGRAPH, COUNT."""

    start: int
    name: str
    number: int
    part: "Shape"


Shape = Word | Value | Both | Either | Never | Close | Within


@dataclass(frozen=True, slots=True)
class Outline:
    """A query, its shape, and its terms in the order of the text."""

    text: str
    shape: Shape
    terms: tuple[Word | Value, ...]


def outline(text: str, *, stem: bool = False) -> Outline:
    """Give the outline of a query. Raises QueryError."""
    parser = _Outliner(text, stem)
    root = parser.query().root
    return Outline(text, parser.shape(root), tuple(term for _, term in parser.noted.terms.values()))


class _NotingReader(Reader):
    """Reads terms, and keeps how each is meant."""

    def __init__(self, text: str, warnings: Warnings) -> None:
        super().__init__(text, warnings)
        self.terms: dict[int, tuple[Node, Word | Value]] = {}

    def term(self, start: int, at: int, scope: Scope) -> tuple[Node | None, int]:
        node, end = super().term(start, at, scope)
        if node is not None:
            text = self.text[at:end]
            found = _QUOTED.fullmatch(text)
            self.terms[id(node)] = (
                node,
                (
                    Value(start, at, scope.property.name, found[1] if found else text, node.wanted.key)
                    if scope.property and isinstance(node, Property)
                    else Word(start, at, text, scope)
                ),
            )
        return node, end


class _Outliner(_Parser):
    """Reads a query, and keeps what its nodes do not say of themselves."""

    def __init__(self, text: str, stem: bool) -> None:
        super().__init__(text, text.translate(_PARENTHESES), stem)
        self.noted = _NotingReader(self.text, self.warnings)
        self.reader = self.noted
        self.calls: dict[int, tuple[Node, Within]] = {}

    def _call(self, frame: _Frame, function: Function, node: Node) -> Node:
        called = super()._call(frame, function, node)
        number = frame.number
        if function.compared:
            number = getattr(called, "least", 0)
        self.calls[id(called)] = called, Within(frame.start, function.name, number, self.shape(node))
        return called

    def shape(self, node: Node) -> Shape:
        """Give the shape of a node."""
        known = self.noted.terms.get(id(node)) or self.calls.get(id(node))
        if known:
            return known[1]
        start = node.place.start
        if isinstance(node, NearNode):
            return Close(start, self.shape(node.left), self.shape(node.right), node.distance, node.ordered)
        if isinstance(node, Not):
            return Never(start, self.shape(node.node))
        assert isinstance(node, All)
        parts = tuple(self.shape(part) for part in node.nodes)
        return Either(start, parts) if isinstance(node, Any) else Both(start, parts)
