"""Words: a word or phrase of a query against the words of an article, spelling by spelling."""

import re
import sys
from bisect import bisect_left
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import re2

from newsdesk import Occurrence, Spelling, same_letters, spellings

from .doc import FIELDS, TEXT, Doc
from .keys import Key, Needs, together
from .span import Mark
from .stems import stems_of
from .tree import FARTHEST, MOST_HITS, Hit, Leaf, Place

# Letters that stand for `*` and `?` while a query's text goes through the tokenizer: nothing else uses them.
MANY, ONE = "\U00010600", "\U00010601"
_INDEXED = TEXT & ~1
"""Lede and body, whose words are most of an article's: a word of another field is a key by itself."""
_FEW = 8
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


class Word(Leaf):
    """One word in the usual fields: most of what watches hold."""

    __slots__ = ("spelling",)
    is_word = True

    def __init__(self, spelling: str, place: Place) -> None:
        """Take the folded word."""
        super().__init__(place)
        self.spelling = sys.intern(spelling)
        if self.clause == spelling:
            self.clause = self.spelling

    def test(self, doc: Doc) -> bool:
        """Tell whether it occurs."""
        return self.spelling in doc.words and (not doc.is_partial or bool(doc.find(self.spelling, TEXT)))

    def hits(self, doc: Doc, reach: int = FARTHEST) -> list[Hit]:
        """Give where it occurs, in order."""
        return [Hit(one[0], one[1], (Mark(*one, self.clause),)) for one in doc.find(self.spelling, TEXT)]

    def collect(self, doc: Doc, found: list[Mark], positive: bool = True) -> None:
        """Add where it occurs."""
        if positive:
            for first, last, start, end in doc.find(self.spelling, TEXT):
                found.append(Mark(first, last, start, end, self.clause))

    def word(self) -> str:
        """Give itself."""
        return self.spelling

    def needs(self) -> Needs:
        """Give itself."""
        return frozenset((Key("word", self.spelling),))


class Phrase(Leaf):
    """Words side by side in the usual fields, none of which can be written in several ways."""

    __slots__ = ("spellings",)

    def __init__(self, spellings: Iterable[str], place: Place) -> None:
        """Take the folded words, at least two."""
        super().__init__(place)
        self.spellings = tuple(map(sys.intern, spellings))

    def test(self, doc: Doc) -> bool:
        """Tell whether the phrase occurs."""
        return bool(self._ways(doc))

    def hits(self, doc: Doc, reach: int = FARTHEST) -> list[Hit]:
        """Give where the phrase occurs, in order."""
        return [Hit(one[0], one[1], (Mark(*one, self.clause),)) for one in self._ways(doc)]

    def collect(self, doc: Doc, found: list[Mark], positive: bool = True) -> None:
        """Add where it occurs."""
        if positive:
            for first, last, start, end in self._ways(doc):
                found.append(Mark(first, last, start, end, self.clause))

    def _ways(self, doc: Doc) -> Sequence[Occurrence]:
        if not self._is_likely(doc):
            return ()
        found = list(chain.from_iterable(doc.following(self.spellings[0]).values()))
        for spelling in self.spellings[1:]:
            following = doc.following(spelling)
            found = [
                (way[0], one[1], min(way[2], one[2]), max(way[3], one[3]))
                for way in found
                if way[1] + 1 in following
                for one in following[way[1] + 1]
                if doc.one_paragraph(way, one)
            ]
        return doc.inside(list(dict.fromkeys(found)))

    def _is_likely(self, doc: Doc) -> bool:
        """Tell whether each word stands in the same piece of the text as the last one or in the next."""
        words = doc.words
        for spelling in self.spellings:
            if spelling not in words:
                return False
        last: Container[int] = ()
        for spelling in self.spellings:
            here = words[spelling]
            if last:
                here = [number for number in here if number - 1 in last or number in last]
            if not here:
                return False
            last = here if len(here) < _FEW else set(here)
        return True

    def extent(self) -> int:
        """Give the length of the phrase, each word perhaps written as several."""
        return 2 * len(self.spellings)

    def word(self) -> str:
        """Give the longest word."""
        return max(self.spellings, key=len)

    def needs(self) -> Needs:
        """Give the rarest two of the words."""
        return together([frozenset((Key("word", spelling),)) for spelling in dict.fromkeys(self.spellings)])


def plain_leaf(words: Sequence[str], place: Place) -> Leaf:
    """Give the node of folded words, each with a single spelling, in the usual fields."""
    return Word(words[0], place) if len(words) == 1 else Phrase(words, place)


Steps = Sequence[tuple[int, int, Edge]]
"""The spellings of a query's words, each with the words (from, up to) that it stands for."""


def leaf(steps: Steps, place: Place, slop: int = 0) -> Leaf:
    """Give the node of a word or a phrase, of the simplest kind that will do."""
    is_chain = not slop and all((start, end) == (step, step + 1) for step, (start, end, _) in enumerate(steps))
    if is_chain and all(type(edge) is Edge and edge.fields == TEXT for _, _, edge in steps):
        return plain_leaf([edge.spelling for _, _, edge in steps], place)
    return Words(steps, place, slop)


class Words(Leaf):
    """A word or a phrase: a way through the spellings of the query along neighbouring words of the article."""

    __slots__ = ("_edges", "_length", "_single", "slop")

    def __init__(self, steps: Steps, place: Place, slop: int = 0) -> None:
        """Take the spellings, and how far the words may stand from where the phrase would have them."""
        super().__init__(place)
        self.slop = slop
        self._length = max(end for _, end, _ in steps)
        self._edges: tuple[tuple[tuple[int, Edge], ...], ...] = tuple(
            tuple((end, edge) for start, end, edge in steps if start == step) for step in range(self._length)
        )
        self._single = steps[0][2] if len(steps) == 1 else None

    def test(self, doc: Doc) -> bool:
        """Tell whether the phrase occurs."""
        if self._single is not None:
            return self._single.test(doc)
        if self._length == 1:
            return any(edge.test(doc) for _, edge in self._edges[0])
        return bool(self.hits(doc))

    def hits(self, doc: Doc, reach: int = FARTHEST) -> list[Hit]:
        """Give where the phrase occurs, in order."""
        if self._single is not None:
            return [Hit(o[0], o[1], (Mark(*o, self.clause),)) for o in self._single.find(doc)]
        found = self._sloppy(doc) if self.slop else self._exact(doc)
        return [Hit(one[0], one[1], (Mark(*one, self.clause),)) for one in sorted(found)]

    def _exact(self, doc: Doc) -> set[Occurrence]:
        # For each word of the query: by the position that must come next, the stretches that lead there.
        reached: list[dict[int, set[Occurrence]]] = [{} for _ in range(self._length + 1)]
        for step, edges in enumerate(self._edges):
            if step and not reached[step]:
                continue
            for end, edge in edges:
                for one in edge.find(doc):
                    if step == 0:
                        reached[end].setdefault(one[1] + 1, set()).add(one)
                        continue
                    for so_far in reached[step].get(one[0], ()):
                        if doc.one_paragraph(so_far, one):
                            longer = (so_far[0], one[1], min(so_far[2], one[2]), max(so_far[3], one[3]))
                            reached[end].setdefault(one[1] + 1, set()).add(longer)
        return {one for ones in reached[self._length].values() for one in ones}

    def _sloppy(self, doc: Doc) -> set[Occurrence]:
        """Lucene's slop: how far the words stand from where the phrase would have them, farthest less nearest."""
        found: set[Occurrence] = set()
        steps = [
            sorted(((one, end) for end, edge in edges for one in edge.find(doc)), key=lambda pair: pair[0])
            for edges in self._edges
        ]

        reached = {0}
        for step, near in enumerate(steps):
            reached |= {end for _, end in near} if step in reached else set()
        if self._length not in reached:
            return found
        tries = 0

        def extend(step: int, width: int, low: int, high: int, chosen: tuple[Occurrence, ...]) -> None:
            nonlocal tries
            tries += 1
            if step == self._length:
                found.add(_hull(chosen))
            if step == self._length or tries > 10 * MOST_HITS:
                return
            near = steps[step]
            if chosen:
                # Only what keeps the farthest less the nearest within the slop.
                begin = bisect_left(near, width + high - self.slop, key=_first)
                near = near[begin : bisect_left(near, width + low + self.slop + 1, key=_first)]
            for one, end in near:
                shift = one[0] - width
                if all(_apart(one, other) and doc.one_paragraph(one, other) for other in chosen):
                    bounds = (min(low, shift), max(high, shift)) if chosen else (shift, shift)
                    extend(end, width + one[1] - one[0] + 1, *bounds, (*chosen, one))

        extend(0, 0, 0, 0, ())
        return found

    def extent(self) -> int:
        """Give the length of the phrase: as many words, each perhaps written as several, and its slop."""
        return 2 * self._length + self.slop

    def needs(self) -> Needs:
        """Give the rarest words that every way through the phrase must pass."""
        sets: dict[frozenset[Key], None] = {}
        for step in range(self._length):
            passing = [edge.key() for start in range(step + 1) for end, edge in self._edges[start] if end > step]
            if None not in passing:
                sets[frozenset(key for key in passing if key)] = None
        return together(sets)


def _first(pair: tuple[Occurrence, int]) -> int:
    return pair[0][0]


def _apart(one: Occurrence, other: Occurrence) -> bool:
    return one[1] < other[0] or other[1] < one[0]


def _hull(chosen: Iterable[Occurrence]) -> Occurrence:
    firsts, lasts, starts, ends = zip(*chosen, strict=True)
    return min(firsts), max(lasts), min(starts), max(ends)


def query_spellings(text: str) -> list[Spelling]:
    """Give the spellings of a query's text; what stands glued to a word in a query was meant."""
    return [spelling for spelling in spellings(text) if not spelling.glued]
