"""Dialect: the query language of another service, from which watches are carried over.

To add one: a file in `dialects/` whose top level holds an instance of a subclass of `Dialect`: its name, its title, an
`example` and what it becomes, its fields, and how it reads a word, a phrase and a nearness. The import finds it.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple

from newsdesk import QueryError, Shelf

from .clause import Clause, Framed, Group, Loose, Near, Note, Ruled, Settling, Term, each_term, either, quoted, said
from .query import parse

MOST_DEPTH = 50
_LONGEST = 200_000
_QUOTES = {'"': '"“”', "“": '”"“', "”": '”"“', "„": '“”"', "«": "»", "＂": "＂"}
_WORD_END = re.compile(r"[\s()]")
_HOST = re.compile(r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_][\w-]*")

FieldReader = Callable[["Dialect", Clause], Clause]
"""How what stands under a field is carried over."""


class Token(NamedTuple):
    """A piece of a query: its kind ( ( ) phrase word field AND OR NOT NEAR mark ), text and place, and a number."""

    kind: str
    text: str
    start: int
    end: int
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Translation:
    """What became of a query: its text here, or why there is none; and what could not be carried over."""

    query: str | None
    notes: tuple[Note, ...] = ()
    refused: str = ""


class Dialect(ABC):
    """The query language of another service."""

    name: ClassVar[str]
    title: ClassVar[str]
    example: ClassVar[str]
    becomes: ClassVar[str]
    """The example in the watch language."""
    caveats: ClassVar[tuple[str, ...]] = ()
    """What is different throughout, told once."""
    or_first: ClassVar[bool] = False
    """Whether OR binds tighter than a blank."""
    operators: ClassVar[re.Pattern[str]]
    """Operators between operands, as named groups: AND, OR, NOT, NEAR (with `name` and `number`)."""
    fields: ClassVar[Mapping[str, FieldReader]] = {}
    unknown_fields_are_words: ClassVar[bool] = False

    def translate(self, text: str) -> Translation:
        """Give a query in the watch language that finds all that the query finds, and notes on what it finds more."""
        if len(text) > _LONGEST:
            return Translation(None, refused=f"the query is above {_LONGEST} characters")
        settling = Settling(text)
        try:
            root = _Reader(self, text).query()
        except QueryError as error:
            return Translation(None, refused=f"column {error.position + 1}: {error}")
        left = settling.settle(root)
        notes = tuple(sorted(dict.fromkeys(settling.notes), key=lambda note: note.at))
        if not isinstance(left, Clause):
            return Translation(
                None, notes, "everything would match" if left else "nothing that is read here could match"
            )
        query = said(left)
        try:
            parse(query)
        except QueryError as error:
            return Translation(None, notes, f"as {query} it is refused here: {error}")
        return Translation(query, notes)

    @abstractmethod
    def word(self, text: str, start: int, end: int) -> Clause:
        """Read a word without quotes."""

    def phrase(self, text: str, start: int, end: int, slop: int | None) -> Clause:
        """Read a phrase, given without its quotes, with what `~` says after it."""
        written = quoted(text, wild=True) + (f"~{slop}" if slop is not None else "")
        return self.term(written, text, start, end)

    def near(self, left: Clause, right: Clause, token: Token) -> Clause:
        """Read a nearness; where services count the words between two, the positions are one more."""
        distance = (token.number if token.number is not None else 4) + 1
        return Near(left.start, right.end, left, right, distance, token.text.upper().startswith("O"))

    def term(self, written: str, raw: str, start: int, end: int) -> Clause:
        """Give a term, loose where the watch language refuses it."""
        if not any(letter.isalnum() for letter in raw):
            return Loose(start, end, "holds no word")
        try:
            parse(written)
        except QueryError as error:
            return Loose(start, end, f"cannot be said here: {error.message}")
        return Term(start, end, written, raw)


class _Reader:
    """Reads a query of a dialect, from the loosest operator to the tightest."""

    def __init__(self, dialect: Dialect, text: str) -> None:
        self.dialect = dialect
        self.text = text
        self.tokens = list(self._tokens())
        self.at = 0
        self.depth = 0
        self.order = ("AND", "OR") if dialect.or_first else ("OR", "AND")

    def query(self) -> Clause:
        if not self.tokens:
            raise QueryError("the query is empty", 0)
        root = self._group(0)
        if self.at < len(self.tokens):
            token = self.tokens[self.at]
            raise QueryError(f"{token.text} is not expected here", token.start)
        return root

    # Tokens

    def _tokens(self) -> "list[Token]":
        found: list[Token] = []
        at = 0
        while at < len(self.text):
            if self.text[at].isspace():
                at += 1
                continue
            token = self._token(at, found)
            found.append(token)
            at = token.end
        return found

    def _token(self, at: int, before: list[Token]) -> Token:
        letter = self.text[at]
        if letter in "()":
            return Token(letter, letter, at, at + 1)
        if letter in _QUOTES:
            return self._quote(at)
        if operator := self.dialect.operators.match(self.text, at):
            kind = operator.lastgroup or ""
            kind = "NEAR" if kind in ("name", "number") else kind
            number = operator.groupdict().get("number")
            return Token(kind, operator.group(), at, operator.end(), int(number) if number else None)
        follows = before and before[-1].end == at
        if (
            letter in "-!−–"
            and not self.text[at + 1 : at + 2].isspace()
            and at + 1 < len(self.text)
            and (not follows or before[-1].kind == "(")
        ):
            return Token("NOT", letter, at, at + 1)
        if (
            follows
            and before[-1].kind in ("phrase", ")", "word")
            and (mark := re.compile(r"([~^])([\d.]*)").match(self.text, at))
        ):
            return Token("mark", mark[1], at, mark.end(), int(mark[2]) if mark[2].isdigit() else None)
        field = re.compile(r"([A-Za-z][\w.]*):(?=\S|\s*[\"(]|\s+\w)").match(self.text, at)
        if field and (field[1].lower() in self.dialect.fields or not self.dialect.unknown_fields_are_words):
            return Token("field", field[1], at, field.end())
        return self._word(at)

    def _quote(self, at: int) -> Token:
        closers = _QUOTES[self.text[at]]
        end = next((place for place in range(at + 1, len(self.text)) if self.text[place] in closers), None)
        if end is None:
            raise QueryError("this quotation is never closed", at, "add the closing quote")
        return Token("phrase", self.text[at + 1 : end], at, end + 1)

    def _word(self, at: int) -> Token:
        end = at + 1
        while end < len(self.text) and not (_WORD_END.match(self.text, end) or self.text[end] in '"“”„«^|~'):
            end += 1
        return Token("word", self.text[at:end], at, end)

    # Clauses

    def _next(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def _take(self) -> Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def _group(self, level: int) -> Clause:
        if level == len(self.order):
            return self._unary()
        kind = self.order[level]
        parts = [self._group(level + 1)]
        while self._goes_on(kind):
            parts.append(self._group(level + 1))
        return parts[0] if len(parts) == 1 else Group(parts[0].start, parts[-1].end, kind, tuple(parts))  # type: ignore[arg-type]

    def _goes_on(self, kind: str) -> bool:
        token = self._next()
        if token is None or token.kind in (")", "mark", "NEAR"):
            return False
        if token.kind == kind:
            self._take()
            return True
        return kind == "AND" and token.kind not in ("AND", "OR")

    def _unary(self) -> Clause:
        token = self._next()
        if token and token.kind == "NOT":
            self._take()
            self._deeper(token)
            part = self._unary()
            self.depth -= 1
            return Ruled(token.start, part.end, part)
        left = self._operand()
        while (token := self._next()) and token.kind == "NEAR":
            self._take()
            left = self.dialect.near(left, self._operand(), token)
        return left

    def _operand(self) -> Clause:
        token = self._next()
        if token is None or token.kind in (")", "AND", "OR", "NOT", "NEAR", "mark"):
            before = self.tokens[self.at - 1] if self.at else None
            place = token or before
            what = f"{token.text} has nothing before it" if token else "the query ends where a word is expected"
            raise QueryError(what, place.start if place else 0)
        self._take()
        if token.kind == "(":
            return self._parenthesis(token)
        if token.kind == "field":
            return self._field(token)
        if token.kind == "phrase":
            mark = self._next()
            slop = self._take().number if mark and mark.kind == "mark" and mark.text == "~" else None
            return self._marked(self.dialect.phrase(token.text, token.start, self.tokens[self.at - 1].end, slop))
        return self._marked(self.dialect.word(token.text, token.start, token.end))

    def _parenthesis(self, opened: Token) -> Clause:
        self._deeper(opened)
        inner = self._group(0)
        closed = self._next()
        if closed is None or closed.kind != ")":
            raise QueryError("this parenthesis is never closed", opened.start, "add )")
        self._take()
        self.depth -= 1
        return self._marked(inner)

    def _deeper(self, token: Token) -> None:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise QueryError("more than 50 groups inside each other", token.start, "split the query")

    def _marked(self, clause: Clause) -> Clause:
        """Take a boost, which only ranks results, or another mark after an operand."""
        token = self._next()
        if token is None or token.kind != "mark":
            return clause
        self._take()
        if token.text == "^":
            return Loose(token.start, token.end, "only ranks results", clause, clause, "passed over")
        return Loose(clause.start, token.end, "this use of ~ is not known here")

    def _field(self, token: Token) -> Clause:
        self._deeper(token)
        reader = self.dialect.fields.get(token.text.lower())
        # Google's allintitle: and its like cover all that follows.
        part = self._group(0) if token.text.lower().startswith("allin") else self._operand()
        self.depth -= 1
        if reader is None:
            return Loose(token.start, part.end, f"{token.text}: is not known here")
        found = reader(self.dialect, part)
        return replace(found, start=token.start) if isinstance(found, Loose) else found


# How fields are carried over


def under(*fields: str) -> FieldReader:
    """Look in one of these texts of an article."""
    return lambda _, part: either(
        part.start, part.end, [Framed(part.start, part.end, f"{name}:", part) for name in fields]
    )


def lost(why: str) -> FieldReader:
    """Leave the clause out, for a reason."""
    return lambda _, part: Loose(part.start, part.end, why)


def valued(change: Callable[[Term], Clause]) -> FieldReader:
    """Read each value."""
    return lambda _, part: each_term(part, change)


def site(term: Term) -> Clause:
    """Read a site's address as the outlets at its host; a path below it is left out."""
    address = re.sub(r"^\w+://", "", term.raw.strip().lower())
    host, _, path = address.partition("/")
    host = host.removeprefix("www.").removeprefix("*.").rstrip(".*")
    if not _HOST.fullmatch(host):
        return Loose(term.start, term.end, "is no whole host, so it names no outlets here")
    found = Term(term.start, term.end, f"outlet:{host}", term.raw)
    return Loose(term.start, term.end, "a path is not known here", found) if path.strip("*") else found


def language(term: Term) -> Clause:
    """Read a language's code."""
    code = term.raw.strip().lower()
    if re.fullmatch(r"[a-z]{2,3}(?:[-_][a-z0-9]{2,8})?", code):
        return Term(term.start, term.end, f"lang:{code}", term.raw)
    return Loose(term.start, term.end, "is no code of a language")


DIALECTS: Shelf[Dialect] = Shelf("alerts.dialects", Dialect)  # type: ignore[type-abstract]
"""The languages of other services, by name."""
