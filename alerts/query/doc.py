"""Doc: an article made ready once for all watches: its words and where they stand, field by field."""

import copy
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain, takewhile

from newsdesk import (
    Article,
    Concordance,
    FiledArticle,
    Occurrence,
    clusters,
    fields,
    fold,
    host_of,
    language_of,
    paragraphs,
    properties_of,
    texts_of,
    words,
)

from .sentences import sentence_ends
from .stems import written_stems

FIELDS = fields()
"""The texts of an article that a query can ask for, in the order in which spans are given."""
TEXT = 0b111
"""Title, lede and body: what a query without a field asks for."""

# A position holds the number of its field above the number of the word, so that no two fields are neighbours.
SHIFT = 24
_WORD = (1 << SHIFT) - 1

Window = tuple[int, int]
"""First and last position of a stretch of words."""


class Doc:
    """One article as queries see it."""

    def __init__(
        self, texts: Sequence[str], authors: Sequence[str], outlet: str, language: str | None, tags: Iterable[str]
    ) -> None:
        """Take the texts in the order of FIELDS; `authors` are the parts of the text of `author`."""
        self.texts = texts
        self._authors = authors
        self.outlet = outlet
        self.language = language_of(language)
        self.tags = frozenset(tag.casefold() for tag in tags)
        self._windows: tuple[Window, ...] = ()
        self.fitting: dict[tuple[str, int], list[str]] = {}
        """The spellings that fit those with wildcards, as far as they were asked for."""
        self.is_partial = False
        """Whether only the words inside some windows are seen."""
        self._texts = Concordance()
        for number in range(3):
            if texts[number]:
                self._texts.add(texts[number], number << SHIFT)
        self.words = self._texts.words
        """Every spelling in title, lede and body, seen or not."""

    @classmethod
    def of(cls, article: Article | FiledArticle, tags: Iterable[str] = ()) -> "Doc":
        """Make an article ready; `tags` are its outlet's."""
        if isinstance(article, FiledArticle):
            article = article.article
        texts = texts_of(article)
        return cls(texts, article.authors, article.outlet, article.language, tags)

    @cached_property
    def host(self) -> str:
        """The host of the article's address, in lower case."""
        return host_of(self.texts[6])

    @cached_property
    def _others(self) -> Concordance:
        found = Concordance()
        position, offset = 3 << SHIFT, 0
        for author in self._authors:
            # One author's name does not run on into the next one's.
            found.add(author, position, offset)
            position += len(words(author)) + 1
            offset += len(author) + 2
        for number in range(4, len(FIELDS)):
            if self.texts[number]:
                found.add(self.texts[number], number << SHIFT)
        return found

    def has(self, spelling: str, fields: int) -> bool:
        """Tell whether a spelling occurs."""
        if fields == TEXT and not self.is_partial:
            return spelling in self.words
        return bool(self.find(spelling, fields))

    def find(self, spelling: str, fields: int) -> Sequence[Occurrence]:
        """Give where a spelling occurs in the fields, in order."""
        found = self._texts.find(spelling) if fields & TEXT and spelling in self.words else ()
        if fields & ~TEXT:
            found = [*found, *self._others.find(spelling)]
        if fields != TEXT:
            found = [one for one in found if fields >> (one[0] >> SHIFT) & 1]
        return self._inside(found) if self.is_partial and found else found

    def in_piece(self, number: int, spelling: str) -> list[Occurrence]:
        """Give where a spelling stands in a piece, seen or not."""
        return self._texts.at(number, spelling)

    def _inside(self, found: Sequence[Occurrence]) -> Sequence[Occurrence]:
        kept: list[Occurrence] = []
        for low, high in self._windows:
            begin, end = bisect_left(found, (low,)), bisect_left(found, (high + 1,))
            kept += [one for one in found[begin:end] if one[1] <= high]
        return kept

    def within(self, windows: Sequence[Window]) -> "Doc":
        """Give the same article, of which only the words inside one of the windows are seen."""
        view = copy.copy(self)
        view._windows = tuple(_shared(self._windows, windows)) if self.is_partial else tuple(windows)
        view.is_partial = True
        return view

    def each_within(self, windows: Sequence[Window]) -> Iterator["Doc"]:
        """Give a view for each of the windows of which anything is seen."""
        for window in _shared(self._windows, windows) if self.is_partial else windows:
            yield self.within((window,))

    def vocabulary(self, fields: int) -> str:
        """Give every spelling that may occur in the fields, each on a line."""
        return self._everywhere if fields & ~TEXT else self._in_text

    @cached_property
    def _in_text(self) -> str:
        return "\n".join(("", *self.words, ""))

    @cached_property
    def _everywhere(self) -> str:
        return "\n".join(("", *(self.words.keys() | self._others.words.keys()), ""))

    def written(self, one: Occurrence) -> str:
        """Give the text of an occurrence as it is written."""
        return self.texts[one[0] >> SHIFT][one[2] : one[3]]

    @cached_property
    def stems(self) -> dict[str, list[Occurrence]]:
        """Every stem of a word, in any field, and where it stands."""
        table: dict[str, list[Occurrence]] = {}
        for concordance in (self._texts, self._others):
            for spelling, one in concordance:
                for stem in written_stems(spelling.text, self.written(one), self.language):
                    table.setdefault(stem, []).append(one)
        return table

    def find_stem(self, stems: Iterable[str], fields: int) -> Sequence[Occurrence]:
        """Give where words with one of the stems occur."""
        found = sorted({one for stem in stems for one in self.stems.get(stem, ()) if fields >> (one[0] >> SHIFT) & 1})
        return self.inside(found)

    @cached_property
    def _mains(self) -> tuple[list[list[int]], list[list[int]]]:
        """For each field, each word's place and its position, for places that are not words' own."""
        starts: list[list[int]] = [[] for _ in FIELDS]
        positions: list[list[int]] = [[] for _ in FIELDS]
        for concordance in (self._texts, self._others):
            for spelling, (position, _, start, _) in concordance:
                field = position >> SHIFT
                if spelling.main:
                    starts[field].append(start)
                    positions[field].append(position)
                elif positions[field][-1] == position:
                    starts[field][-1] = min(starts[field][-1], start)  # with the article that an elision leaves
        return starts, positions

    def position_at(self, field: int, place: int) -> int:
        """Give the position of the word that stands at a place of a field's text, or before it."""
        starts, positions = self._mains
        index = bisect_right(starts[field], place) - 1
        return positions[field][max(index, 0)] if positions[field] else field << SHIFT

    def occurrence(self, field: int, start: int, end: int) -> Occurrence:
        """Give a stretch of a field's text as an occurrence."""
        return self.position_at(field, start), self.position_at(field, max(start, end - 1)), start, end

    def inside(self, found: Sequence[Occurrence]) -> Sequence[Occurrence]:
        """Keep the occurrences that are seen."""
        return self._inside(sorted(found)) if self.is_partial else found

    def _windows_at(self, cuts: Sequence[Sequence[int]]) -> list[Window]:
        """Give the stretches of words between the cuts in each field's text."""
        starts, positions = self._mains
        windows = []
        for field, places in enumerate(cuts):
            begin = 0
            for place in [*places, len(self.texts[field]) + 1]:
                end = bisect_left(starts[field], place)
                if end > begin:
                    windows.append((positions[field][begin], positions[field][end - 1]))
                begin = max(begin, end)
        return windows

    @cached_property
    def _cuts(self) -> list[list[int]]:
        """Where each field's text has a paragraph begin, but for the first."""
        cuts = [paragraphs(text)[1:] for text in self.texts]
        place = 0
        for author in self._authors[:-1]:
            place += len(author) + 2
            cuts[3].append(place)
        return cuts

    @cached_property
    def paragraphs(self) -> list[Window]:
        """The paragraphs of every field; each author is one."""
        return self._windows_at(self._cuts)

    @cached_property
    def sentences(self) -> list[Window]:
        """The sentences of every field."""
        return self._windows_at([sentence_ends(text) for text in self.texts])

    def one_paragraph(self, one: Occurrence, other: Occurrence) -> bool:
        """Tell whether two occurrences begin in one paragraph of one field; each author is one."""
        field = one[0] >> SHIFT
        if field != other[0] >> SHIFT:
            return False
        cuts = self._cuts[field]
        return not cuts or bisect_right(cuts, one[2]) == bisect_right(cuts, other[2])

    @cached_property
    def facets(self) -> frozenset[str]:
        """What an index of watches may find this article by besides words: properties, and words of short fields."""
        found = [*properties_of(self.outlet, self.language, self.host), *(f"tag:{tag}" for tag in self.tags)]
        headline = takewhile(lambda one: not one[1][0] >> SHIFT, self._texts)
        return frozenset(
            [*found, *(f"{FIELDS[one[0] >> SHIFT]}:{word.text}" for word, one in chain(headline, self._others))]
        )

    def folded(self, field: int) -> tuple[str, list[int]]:
        """Give a field's text folded, and the place in the original of each folded letter (and of the end)."""
        text = self.texts[field]
        parts, places = [], []
        for cluster, start, _ in clusters(text):
            letters = fold(cluster)
            parts.append(letters)
            places += [start] * len(letters)
        return "".join(parts), [*places, len(text)]


def _shared(some: Sequence[Window], others: Sequence[Window]) -> Iterator[Window]:
    """Give what windows have in common with others; either stand in order and apart."""
    for low, high in some:
        for at in range(bisect_left(others, low, key=_end), len(others)):
            begin, end = others[at]
            if begin > high:
                break
            yield max(low, begin), min(high, end)


def _end(window: Window) -> int:
    return window[1]
