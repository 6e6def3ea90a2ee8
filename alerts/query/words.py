"""Words: a word or phrase of a query against the words of an article, spelling by spelling."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import re2

from newsdesk import Occurrence, Spelling, same_letters, spellings

from .doc import TEXT, Doc
from .keys import Needs, together
from .span import Mark
from .stems import stems_of
from .tree import FARTHEST, MOST_HITS, Hit, Leaf, Place

# Letters that stand for `*` and `?` while a query's text goes through the tokenizer: nothing else uses them.
MANY, ONE = "\U00010600", "\U00010601"
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

    def key(self) -> str:
        """Give the key under which an index finds it, or nothing."""
        return "" if self.fields & ~TEXT else self.spelling


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

    def key(self) -> str:
        """Give its literal beginning, or else its end."""
        if self.fields & ~TEXT:
            return ""
        if self._prefix:
            return self._prefix + "*"
        return "*" + self._suffix if self._suffix else ""


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

    def key(self) -> str:
        """Give nothing: the stem depends on the article's language."""
        return ""


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

    def key(self) -> str:
        """Give the key of what finds candidates."""
        return self._inner.key()


def pattern(spelling: str) -> Any:
    """Give what matches a spelling with wildcards, in time linear in the word."""
    parts = (".*" if c == MANY else "." if c == ONE else re2.escape(c) for c in spelling)
    return re2.compile("(?s)" + "".join(parts))


class Words(Leaf):
    """A word or a phrase: a way through the spellings of the query along neighbouring words of the article."""

    __slots__ = ("_edges", "_length", "_plain", "_single", "slop")

    def __init__(self, edges: Sequence[tuple[int, int, Edge]], place: Place, slop: int = 0) -> None:
        """Take the edges, each with the words of the query (from, up to) that it stands for."""
        super().__init__(place)
        self.slop = slop
        self._length = max(end for _, end, _ in edges)
        self._edges: tuple[tuple[tuple[int, Edge], ...], ...] = tuple(
            tuple((end, edge) for start, end, edge in edges if start == step) for step in range(self._length)
        )
        self._single = edges[0][2] if len(edges) == 1 else None
        # Most phrases are plain words side by side in the usual fields: these take the shortest way.
        plain = not slop and all(type(edge) is Edge and edge.fields == TEXT for _, _, edge in edges)
        chain = tuple(step[0][1].spelling for step in self._edges if len(step) == 1 and plain)
        self._plain = chain if len(chain) == len(edges) == self._length else ()

    def test(self, doc: Doc) -> bool:
        """Tell whether the phrase occurs."""
        if self._plain and not doc.is_partial:
            return self._all_there(doc) and (self._length == 1 or any(True for _ in self._side_by_side(doc)))
        if self._single is not None:
            return self._single.test(doc)
        if self._length == 1:
            return any(edge.test(doc) for _, edge in self._edges[0])
        return bool(self.hits(doc))

    def hits(self, doc: Doc, reach: int = FARTHEST) -> list[Hit]:
        """Give where the phrase occurs, in order."""
        clause = self.place.clause
        if self._single is not None:
            return [Hit(o[0], o[1], (Mark(*o, clause),)) for o in self._single.find(doc)]
        if self._plain and not doc.is_partial:
            found = set(self._side_by_side(doc)) if self._all_there(doc) else set()
        else:
            found = self._sloppy(doc) if self.slop else self._exact(doc)
        return [Hit(one[0], one[1], (Mark(*one, clause),)) for one in sorted(found)]

    def _all_there(self, doc: Doc) -> bool:
        tokens = doc.tokens
        for spelling in self._plain:  # noqa: SIM110
            if spelling not in tokens:
                return False
        return True

    def _side_by_side(self, doc: Doc) -> Iterator[Occurrence]:
        first, *others = (doc.tokens.get(spelling, ()) for spelling in self._plain)
        following: list[dict[int, list[Occurrence]]] = [{} for _ in others]
        for by_first, found in zip(following, others, strict=True):
            for one in found:
                by_first.setdefault(one[0], []).append(one)
        for begin in first:
            ways = [begin]
            for by_first in following:
                ways = [
                    (way[0], one[1], min(way[2], one[2]), max(way[3], one[3]))
                    for way in ways
                    for one in by_first.get(way[1] + 1, ())
                    if doc.one_paragraph(way, one)
                ]
                if not ways:
                    break
            yield from ways

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

    def word(self) -> str:
        """Give the longest of plain words."""
        return max(self._plain, key=len, default="")

    def needs(self) -> Needs:
        """Give the rarest words that every way through the phrase must pass."""
        sets = []
        for step in range(self._length):
            passing = [edge.key() for start in range(step + 1) for end, edge in self._edges[start] if end > step]
            if all(passing):
                sets.append(frozenset(passing))
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
