"""Regular expressions in a query, by RE2, whose time is linear in the text."""

from collections.abc import Iterator
from typing import Any

import re2

from newsdesk import Occurrence, QueryError, fold

from .doc import FIELDS, Doc
from .span import Mark
from .tree import FARTHEST, Hit, Leaf, Place

_LONGEST = 1_000
_MOST = 1_000
_EDGE = r"[^\pL\pN\pM_]|[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"


class Regex(Leaf):
    """A regular expression that must match whole words of a text."""

    __slots__ = ("_fields", "_raw", "_regex")

    def __init__(self, source: str, place: Place, fields: int, *, case: bool, accents: bool) -> None:
        """Compile the expression. Raises QueryError."""
        super().__init__(place)
        self._fields = fields
        self._raw = case or accents
        if not source:
            raise QueryError("the regular expression is empty", place.start, "write one between the slashes")
        if len(source) > _LONGEST:
            raise QueryError(f"the regular expression is above {_LONGEST} letters", place.start, "shorten it")
        if any("\ud800" <= letter <= "\udfff" for letter in source):
            raise QueryError("the regular expression holds half a letter", place.start, "write it anew")
        if not self._raw:
            source = "".join(letter if letter.isascii() else fold(letter) for letter in source)
        options = re2.Options()
        options.case_sensitive = case
        options.log_errors = False
        options.max_mem = 4 << 20
        try:
            re2.compile(source, options)
            self._regex: Any = re2.compile(f"(?:^|{_EDGE})({source})(?:$|{_EDGE})", options)
        except re2.error as error:
            reason = error.args[0] if error.args else error
            reason = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason
            raise QueryError(
                f"the regular expression is refused: {reason}", place.start, "see github.com/google/re2/wiki/Syntax"
            ) from error

    def test(self, doc: Doc) -> bool:
        """Tell whether it matches."""
        return any(True for _ in self._occurrences(doc))

    def hits(self, doc: Doc, reach: int = FARTHEST) -> list[Hit]:
        """Give where it matches."""
        return [Hit(one[0], one[1], (Mark(*one, self.place.clause),)) for one in self._occurrences(doc)]

    def _occurrences(self, doc: Doc) -> Iterator[Occurrence]:
        for field in range(len(FIELDS)):
            if self._fields >> field & 1 and doc.texts[field]:
                yield from doc.inside([doc.occurrence(field, *place) for place in self._places(doc, field)])

    def _places(self, doc: Doc, field: int) -> Iterator[tuple[int, int]]:
        text = doc.texts[field]
        places: range | list[int] = range(len(text) + 1)
        if not self._raw:
            text, places = doc.folded(field)
        text = text.encode("utf-8", "replace").decode()  # half a letter would stop RE2
        position = 0
        for _ in range(_MOST):
            found = self._regex.search(text, position)
            if not found:
                return
            start, end = found.span(1)
            if end > start:
                yield places[start], places[end - 1] + 1 if places[end] == places[end - 1] else places[end]
            position = max(end, position + 1)

    def extent(self) -> int:
        """Give no bound: a regular expression may run over a whole text."""
        return FARTHEST
