"""The grammar of the watch language: text -> Query; errors point at the letter.

A query is read in one pass with a stack of its own, so that no depth of parentheses exhausts Python's.
"""

import re
from dataclasses import dataclass, field

from newsdesk import Condition, QueryError, did_you_mean

from .doc import Doc
from .narrowing import Tags, condition_of
from .operator import OPERATORS, Field, Function, Infix, Operator, Scope
from .reading import Reader, Warnings
from .span import Mark, Span, spans
from .tree import All, Any, Node, Not, Place

_PARENTHESES = str.maketrans("（）", "()")

MAX_LENGTH = 1_000_000
MAX_TERMS = 20_000

# Invisible characters come along when a query is pasted; they end a word of the language as a blank does.
_INVISIBLE = "\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"
_END = rf"(?=[\s()\"“”„«»‘‚‹›「『《{_INVISIBLE}]|$)"
_BLANKS = re.compile(rf"[\s{_INVISIBLE}]*")
_AND_OR = re.compile(rf"(?:(AND|OR|NOT){_END}|(&&|\|\|)|([!+\-])(?=[^\s)]))")
_INFIX = re.compile(rf"([A-Z]+)/(\d*){_END}")
_OPERATOR_AFTER_FIELD = re.compile(r"(?:AND|OR|NOT)(?=[\s()]|$)|&&|\|\|")
_BARE_NEAR = re.compile(rf"O?NEAR(?:/|{_END})")
_DANGLING = re.compile(r"[+\-]+(?=\s*(?:\)|$))")
_FUNCTION = re.compile(r"([A-Z]+)(?:/(\d*))?(\s*)\(")
_COMPARED = re.compile(r"\s*(>=|>)\s*(\d+)")
_MOST_DIGITS = 6
_OPERATORS_BEGIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZaon&|!+-")
_SMALL = re.compile(r"(?:and|or|not|near/\d+|onear/\d+)(?=[\s()]|$)")

# What other search engines call these fields.
_FIELDS_ELSEWHERE = {
    **dict.fromkeys(("site", "host", "domain", "source", "publisher", "feed"), "outlet"),
    **dict.fromkeys(("headline", "intitle", "allintitle"), "title"),
    **dict.fromkeys(("text", "content", "intext", "fulltext"), "body"),
    **dict.fromkeys(("ingress", "lead", "summary", "standfirst"), "lede"),
    **dict.fromkeys(("language", "languagecode"), "lang"),
    "byline": "author",
    "inurl": "url",
}


@dataclass(frozen=True, slots=True)
class Query:
    """A query that was read."""

    text: str
    root: Node
    warnings: tuple[tuple[int, str], ...] = ()
    """What may not be meant: the position and a sentence."""

    def __str__(self) -> str:
        """Give the query as it was written."""
        return self.text

    def matches(self, doc: Doc) -> bool:
        """Tell whether an article fits."""
        return self.root.test(doc)

    def find(self, doc: Doc) -> tuple[Span, ...] | None:
        """Give what was found where an article fits, else None."""
        return self.spans(doc) if self.root.test(doc) else None

    def condition(self, tags: Tags) -> Condition | None:
        """Give what an index must find in a fitting article, None where nothing can be said."""
        return condition_of(self.root.requires(), tags)

    def spans(self, doc: Doc) -> tuple[Span, ...]:
        """Give what was found in an article that fits."""
        marks: list[Mark] = []
        self.root.collect(doc, marks)
        return spans(marks, doc)


@dataclass(slots=True)
class _Pending:
    """An operator that waits for what follows."""

    word: str
    position: int
    infix: Infix | None = None
    number: int = 0


@dataclass(slots=True)
class _Frame:
    """What is known of one open group."""

    start: int
    scope: Scope
    opened: int = 0
    function: Function | None = None
    number: int = 0
    branches: list[list[tuple[bool, Node]]] = field(default_factory=lambda: [[]])
    pending: _Pending | None = None
    negations: int = 0
    negated_at: int = 0


def parse(text: str, *, stem: bool = False) -> Query:
    """Read a query; with `stem`, words are compared by their stems unless the query says otherwise.

    Raises QueryError.
    """
    if len(text) > MAX_LENGTH:
        raise QueryError(f"the query is above {MAX_LENGTH} characters", MAX_LENGTH, "split it into several watches")
    # The parentheses of Chinese and Japanese keyboards are parentheses.
    return _Parser(text, text.translate(_PARENTHESES), stem).query()


class _Parser:
    def __init__(self, written: str, text: str, stem: bool) -> None:
        self.written = written
        self.text = text
        self.at = 0
        self.warnings = Warnings()
        self.reader = Reader(text, self.warnings)
        self.frames = [_Frame(0, Scope(stem=stem))]
        self.terms = 0

    def query(self) -> Query:
        while True:
            self._skip_blanks()
            if self.at >= len(self.text):
                break
            if self.text[self.at] == ")":
                self._close()
            elif not self._operator():
                self._operand()
        if len(self.frames) > 1:
            raise QueryError("this parenthesis is never closed", self.frames[-1].opened, "add )")
        root = self._finish(self.frames[0], len(self.text))
        self._judge(root)
        return Query(self.written, root, self.warnings.sorted())

    def _judge(self, root: Node) -> None:
        if not root.asks():
            start = next((found.start() for found in re.finditer(r"NOT\b|[!\-]", self.text)), 0)
            raise QueryError("the query only rules out", start, "say also what is looked for, like Lavrov NOT hockey")
        if root.wordless() and root.test(Doc(("",) * 7, (), "", None, ())):
            self.warnings.add(root.place.start, "this matches nearly every article: one alternative only rules out")

    def _skip_blanks(self) -> None:
        found = _BLANKS.match(self.text, self.at)
        assert found
        self.at = found.end()

    # Operators between operands

    def _operator(self) -> bool:
        if self.text[self.at] not in _OPERATORS_BEGIN:
            return False
        found = _AND_OR.match(self.text, self.at)
        if found:
            return self._boolean(found)
        infix = _INFIX.match(self.text, self.at)
        if infix:
            return self._infix(infix)
        if _BARE_NEAR.match(self.text, self.at):
            raise QueryError("this needs a distance", self.at, "write NEAR/5, or quote the word")
        dangling = _DANGLING.match(self.text, self.at)
        if dangling and self._after_blank():
            raise QueryError(f"{dangling.group()} has nothing after it", self.at, "write a term after it, or remove it")
        small = _SMALL.match(self.text, self.at)
        if small:
            self.warnings.add(self.at, f'"{small.group()}" in small letters is a word; the operator is in capitals')
        return False

    def _boolean(self, found: re.Match[str]) -> bool:
        frame = self.frames[-1]
        word = found.group()
        if word in ("NOT", "!", "-", "+"):
            if word in "-+!" and not self._after_blank():
                return False
            if frame.pending and frame.pending.infix:
                raise QueryError(
                    f"{word} cannot stand after {frame.pending.word}", self.at, "exclude outside: (a NEAR/5 b) NOT c"
                )
            if word != "+":
                frame.negations += 1
                frame.negated_at = self.at
            self.at = found.end()
            return True
        self._between(_Pending(word, self.at))
        self.at = found.end()
        return True

    def _after_blank(self) -> bool:
        before = self.text[max(0, self.at - 1) : self.at]
        return before in ("", *"(-!+") or bool(_BLANKS.fullmatch(before))

    def _between(self, pending: _Pending) -> None:
        """Note an operator that stands between two operands."""
        frame = self.frames[-1]
        if frame.negations:
            raise QueryError("NOT has nothing after it", frame.negated_at, "write what to rule out, or remove it")
        if frame.pending:
            raise QueryError(
                f"{frame.pending.word} and {pending.word} stand side by side", pending.position, "remove one"
            )
        if not frame.branches[-1]:
            raise QueryError(
                f"{pending.word} has nothing before it", pending.position, "write a term, or quote the word"
            )
        frame.pending = pending

    def _infix(self, found: re.Match[str]) -> bool:
        name, number = found.groups()
        operator = OPERATORS.get(name)
        if isinstance(operator, Infix):
            if not number or len(number) > 6:
                raise QueryError(f"{name}/ needs a number", self.at, f"write {name}/5")
            self._between(_Pending(found.group(), self.at, operator, int(number)))
            self.at = found.end()
            return True
        if isinstance(operator, Function):
            if not _FUNCTION.match(self.text, self.at):
                self.warnings.add(self.at, f'"{found.group()}" is read as words; write {found.group()}(…)')
            return False
        known = [name for name, operator in OPERATORS.items() if isinstance(operator, Infix)]
        hint = did_you_mean(name, known)
        if number and hint.startswith("did"):
            self.warnings.add(self.at, f'"{found.group()}" is read as words; {hint}')
        return False

    # Groups

    def _close(self) -> None:
        if len(self.frames) == 1:
            raise QueryError("this parenthesis was never opened", self.at, "remove it, or add ( before")
        frame = self.frames.pop()
        self.at += 1
        node = self._finish(frame, self.at - 1)
        if frame.function:
            node = self._call(frame, frame.function, node)
        self._add(node)

    def _call(self, frame: _Frame, function: Function, node: Node) -> Node:
        number = frame.number
        if function.compared:
            found = _COMPARED.match(self.text, self.at)
            if not found:
                raise QueryError(f"{function.name}(…) needs a number", self.at, f"write {function.name}(…)>=2")
            if len(found[2]) > _MOST_DIGITS:
                raise QueryError("no article holds so many", found.start(2), "write a smaller number")
            self.at = found.end()
            number = int(found[2]) + (found[1] == ">")
        return function.build(node, number, Place(frame.start, self.text[frame.start : self.at]))

    def _finish(self, frame: _Frame, end: int) -> Node:
        if frame.negations:
            raise QueryError("NOT has nothing after it", frame.negated_at, "write what to rule out, or remove it")
        if frame.pending:
            raise QueryError(
                f"{frame.pending.word} has nothing after it", frame.pending.position, "write a term, or quote the word"
            )
        if not frame.branches[-1]:
            if not self.frames or frame is self.frames[0]:
                raise QueryError("the query is empty", 0, "write a word to look for")
            raise QueryError("the parentheses are empty", frame.opened, "write a term between them")
        outermost = frame is self.frames[0]
        opened, closed = (frame.start, end) if outermost else (frame.opened, end + 1)
        place = Place(opened, self.text[opened:closed])
        branches = [_one(All, [_negate(item) for item in branch], place) for branch in frame.branches]
        return _one(Any, branches, place)

    def _add(self, node: Node) -> None:
        """Take an operand under the operators that wait for it."""
        frame = self.frames[-1]
        negated = frame.negations % 2 == 1
        pending = frame.pending
        frame.pending, frame.negations = None, 0
        if pending and pending.infix:
            was, left = frame.branches[-1][-1]
            start = left.place.start
            place = Place(start, self.text[start : self.at])
            frame.branches[-1][-1] = was, pending.infix.build(left, node, pending.number, place)
        elif pending and pending.word in ("OR", "||"):
            frame.branches.append([(negated, node)])
        else:
            frame.branches[-1].append((negated, node))

    # Operands

    def _operand(self) -> None:
        start = self.at
        scope = self._fields(self.frames[-1].scope)
        if self.at >= len(self.text) or self.text[self.at] == ")" or _nothing(self.text, start, self.at):
            raise QueryError(
                f'"{self.text[start : self.at].strip()}" covers nothing', start, "write a term or a group after it"
            )
        if self.at > start and re.compile(r"[!\-]\S").match(self.text, self.at):
            field = self.text[start : self.at].strip()
            sign = self.text[self.at]
            raise QueryError(f"{sign} cannot stand after {field}", self.at, f"write {sign}{field}word, or {field}(…)")
        if self.text[self.at] == "(":
            self.frames.append(_Frame(start, scope, self.at))
            self.at += 1
            return
        function = _FUNCTION.match(self.text, self.at)
        if function and self._function(function, start, scope):
            return
        self.terms += 1
        if self.terms > MAX_TERMS:
            raise QueryError(f"more than {MAX_TERMS} terms", start, "split the query into several watches")
        node, self.at = self.reader.term(start, self.at, scope)
        if node is not None:
            self._add(node)

    def _fields(self, scope: Scope) -> Scope:
        """Read the `name:` before an operand."""
        while not scope.property:
            found = self.reader.field_name(self.at)
            if not found:
                break
            operator = self._field(found[1])
            scope = operator.scope(scope)
            self.at = found.end()
            self._skip_blanks()
        return scope

    def _field(self, name: str) -> Field:
        operator: Operator | None = OPERATORS.get(name.lower())
        if isinstance(operator, Field):
            return operator
        known = [name for name, operator in OPERATORS.items() if isinstance(operator, Field)]
        meant = _FIELDS_ELSEWHERE.get(name.lower())
        hint = f'did you mean "{meant}"?' if meant else did_you_mean(name.lower(), known)
        raise QueryError(f'"{name}:" is not a field', self.at, f'{hint}; a colon in quotes is text: "{name}:"')

    def _function(self, found: re.Match[str], start: int, scope: Scope) -> bool:
        name, number, blank = found.groups()
        operator = OPERATORS.get(name)
        if blank and (not isinstance(operator, Function) or operator.numbered != bool(number)):
            return False
        if not isinstance(operator, Function):
            known = [name for name, operator in OPERATORS.items() if isinstance(operator, Function)]
            hint = did_you_mean(name, known)
            if number is not None:
                raise QueryError(f'"{name}/{number}(" is not an operator', self.at, hint)
            if hint.startswith("did"):
                self.warnings.add(self.at, f'"{name}" is read as a word; {hint}')
            return False
        if operator.numbered != bool(number) or len(number or "") > 6:
            written = f"{name}/50(…)" if operator.numbered else f"{name}(…)"
            raise QueryError(f"this is not how {name} is written", self.at, f"write {written}")
        self.frames.append(_Frame(start, scope, found.end() - 1, operator, int(number or 0)))
        self.at = found.end()
        return True


def _nothing(text: str, start: int, at: int) -> bool:
    """Tell whether an operator follows a field instead of a term."""
    return at > start and bool(_OPERATOR_AFTER_FIELD.match(text, at))


def _negate(item: tuple[bool, Node]) -> Node:
    negated, node = item
    if not negated:
        return node
    if isinstance(node, Not):
        return node.node
    return Not(node, Place(node.place.start, f"NOT {node.place.clause}"))


def _one(kind: type[All], nodes: list[Node], place: Place) -> Node:
    """Give a group of several; one alone stands for itself."""
    return nodes[0] if len(nodes) == 1 else kind(nodes, place)
