"""Edges: one spelling of the words of a query against the words of an article."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import re2

from newsdesk import Occurrence, same_letters

from .doc import FIELDS, TEXT, Doc
from .keys import Key
from .stems import stems_of

# Letters that stand for `*` and `?` while a query's text goes through the tokenizer: nothing else uses them.
MANY, ONE = "\U00010600", "\U00010601"
_INDEXED = TEXT & ~1
"""Lede and body, whose words are most of an article's: a word of another field is a key by itself."""
_WILD = re.compile(f"[{MANY}{ONE}]")


class Edge:
    """One spelling of one or more words of the query; finds where an article has it."""

    __slots__ = ("fields", "spelling")

    def __init__(self, spelling: str, fields: int) -> None:
        """Take the folded spelling and the fields in which it counts."""
        self.spelling = spelling
        self.fields = fields

    def test(self, doc: Doc) -> bool:
        """Tell whether it occurs."""
        return doc.has(self.spelling, self.fields)

    def find(self, doc: Doc) -> Sequence[Occurrence]:
        """Give where it occurs."""
        return doc.find(self.spelling, self.fields)

    def key(self) -> Key | None:
        """Give the key under which an index finds it, if there is one."""
        if self.fields != TEXT and self.fields & ~_INDEXED:
            field = field_of(self.fields)
            return Key("facet", f"{field}:{self.spelling}") if field else None
        return Key("word", self.spelling)


class WildEdge(Edge):
    """A spelling with `*` or `?` in it."""

    __slots__ = ("_clue", "_matches", "_prefix", "_suffix")

    def __init__(self, spelling: str, fields: int) -> None:
        """Take the folded spelling with the letters that stand for the wildcards."""
        super().__init__(spelling, fields)
        head, *inner, tail = _WILD.split(spelling)
        self._prefix = head
        self._suffix = tail
        self._clue = max((head and "\n" + head, *inner, tail and tail + "\n"), key=len)
        self._matches = None if spelling in (head + MANY, MANY + tail) else pattern(spelling)

    def test(self, doc: Doc) -> bool:
        """Tell whether a fitting word occurs."""
        return any(doc.has(word, self.fields) for word in self._fitting(doc))

    def find(self, doc: Doc) -> Sequence[Occurrence]:
        """Give where fitting words occur."""
        return sorted({one for word in self._fitting(doc) for one in doc.find(word, self.fields)})

    def _fitting(self, doc: Doc) -> list[str]:
        key = self.spelling, self.fields
        found = doc.fitting.get(key)
        if found is None:
            found = doc.fitting[key] = [word for word in self._near_clue(doc) if self._fits(word)]
        return found

    def _near_clue(self, doc: Doc) -> Iterator[str]:
        """Give the words that have the longest literal part, found by one search of all of them."""
        words = doc.vocabulary(self.fields)
        at = words.find(self._clue)
        while at >= 0:
            begin = words.rfind("\n", 0, at + 1) + 1
            end = words.find("\n", begin)
            yield words[begin:end]
            at = words.find(self._clue, end)

    def _fits(self, word: str) -> bool:
        if not (word.startswith(self._prefix) and word.endswith(self._suffix)):
            return False
        return self._matches is None or bool(self._matches.fullmatch(word))

    def key(self) -> Key | None:
        """Give its literal beginning, or else its end."""
        if self.fields & ~TEXT or not (self._prefix or self._suffix):
            return None
        return Key("prefix", self._prefix) if self._prefix else Key("suffix", self._suffix)


class StemEdge(Edge):
    """A spelling by its stem."""

    __slots__ = ("_exact",)

    def __init__(self, spelling: str, exact: str, fields: int) -> None:
        """Take the folded spelling, and the one that keeps its accents."""
        super().__init__(spelling, fields)
        self._exact = exact

    def test(self, doc: Doc) -> bool:
        """Tell whether a word of its stem occurs."""
        return bool(self.find(doc))

    def find(self, doc: Doc) -> Sequence[Occurrence]:
        """Give where words of its stem occur."""
        return doc.find_stem(stems_of(self.spelling, self._exact, doc.language), self.fields)

    def key(self) -> Key | None:
        """Give the spelling with and without accents: the stem depends on the article's language."""
        return Key("stem", f"{self.spelling}:{self._exact}")


class StrictEdge(Edge):
    """A spelling that must also be written in a certain way."""

    __slots__ = ("_accents", "_case", "_dotted", "_form", "_inner")

    def __init__(self, inner: Edge, written: str, *, case: bool, accents: bool, dotted: bool) -> None:
        """Take the edge that finds candidates, and how the query writes the word."""
        super().__init__(inner.spelling, inner.fields)
        self._inner = inner
        self._case, self._accents, self._dotted = case, accents, dotted
        form = self._as_compared(written)
        self._form: Any = pattern(form) if _WILD.search(form) else re.compile(re.escape(form))

    def _as_compared(self, written: str) -> str:
        letters = same_letters(written, keep_case=self._case, keep_accents=self._accents)
        return letters.replace(".", "") if self._dotted else letters

    def test(self, doc: Doc) -> bool:
        """Tell whether it occurs so written."""
        return self._inner.test(doc) and bool(self.find(doc))

    def find(self, doc: Doc) -> Sequence[Occurrence]:
        """Give where it occurs so written."""
        return [one for one in self._inner.find(doc) if self._so_written(doc.written(one))]

    def _so_written(self, text: str) -> bool:
        if self._dotted and "." not in text and text != text.upper():
            return False
        if not (self._case or self._accents):
            return True
        return bool(self._form.fullmatch(self._as_compared(text)))

    def key(self) -> Key | None:
        """Give the key of what finds candidates."""
        return self._inner.key()


def pattern(spelling: str) -> Any:
    """Give what matches a spelling with wildcards, in time linear in the word."""
    parts = (".*" if c == MANY else "." if c == ONE else re2.escape(c) for c in spelling)
    return re2.compile("(?s)" + "".join(parts))


def field_of(fields: int) -> str:
    """Give the name of the field, if it is a single one by which an index can tell articles apart."""
    return next((FIELDS[n] for n in range(len(FIELDS)) if fields == 1 << n), "")
