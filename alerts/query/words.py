"""Words: a word or phrase of a query against the words of an article, spelling by spelling."""

import sys
from bisect import bisect_left
from collections.abc import Container, Hashable, Iterable, Sequence
from itertools import chain

from newsdesk import Occurrence, Spelling, spellings

from .doc import TEXT, Doc
from .edges import Edge
from .keys import Clause, Either, Every, Key
from .span import Mark
from .tree import FARTHEST, MOST_HITS, Hit, Leaf, Place

_FEW = 8


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

    def sameness(self) -> Hashable:
        """Give the word and how it is written."""
        return self.spelling, self.clause

    def word(self) -> str:
        """Give itself."""
        return self.spelling

    def requires(self) -> Clause:
        """Give itself."""
        return Key("word", self.spelling)


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
        numbers = self._pieces(doc)
        if not numbers:
            return ()
        # The stretches that lead to a word, by the piece of the text that it stands in.
        near = set(numbers[1])
        reached = {
            number: doc.in_piece(number, self.spellings[0])
            for number in numbers[0]
            if number in near or number + 1 in near
        }
        for spelling, here in zip(self.spellings[1:], numbers[1:], strict=True):
            reached = {
                number: [
                    (way[0], one[1], min(way[2], one[2]), max(way[3], one[3]))
                    for one in doc.in_piece(number, spelling)
                    for way in (*reached.get(number - 1, ()), *reached.get(number, ()))
                    if way[1] + 1 == one[0] and doc.one_paragraph(way, one)
                ]
                for number in here
            }
        return doc.inside(sorted(set(chain.from_iterable(reached.values()))))

    def _pieces(self, doc: Doc) -> list[list[int]]:
        """Give the pieces of the text that may hold the words, each in or next to one of the word before; or none."""
        words = doc.words
        for spelling in self.spellings:
            if spelling not in words:
                return []
        found: list[list[int]] = [words[self.spellings[0]]]
        for spelling in self.spellings[1:]:
            last: Container[int] = found[-1] if len(found[-1]) < _FEW else set(found[-1])
            here = [number for number in words[spelling] if number - 1 in last or number in last]
            if not here:
                return []
            found.append(here)
        return found

    def extent(self) -> int:
        """Give the length of the phrase, each word perhaps written as several."""
        return 2 * len(self.spellings)

    def sameness(self) -> Hashable:
        """Give the words and how they are written."""
        return self.spellings, self.clause

    def word(self) -> str:
        """Give the longest word."""
        return max(self.spellings, key=len)

    def requires(self) -> Clause:
        """Give the words, whatever their order."""
        return Every(tuple([Key("word", spelling) for spelling in self.spellings]))


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

    def requires(self) -> Clause:
        """Give, for each word of the phrase, the spellings by one of which every way through it must pass."""
        passing = (
            [edge.key() for start in range(step + 1) for end, edge in self._edges[start] if end > step]
            for step in range(self._length)
        )
        return Every(tuple([Either(tuple(keys)) for keys in passing]))


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
