"""Doc: an article made ready once for all watches: its words and where they stand, field by field."""

import copy
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from urllib.parse import urlsplit

from newsdesk import Article, FiledArticle, Occurrence, clusters, fold, paragraphs, same_letters, tabulate

from .stems import stems_of

FIELDS = ("title", "lede", "body", "author", "dateline", "section", "url")
"""The texts of an article that a query can ask for, in the order in which spans are given."""
TEXT = 0b111
"""Title, lede and body: what a query without a field asks for."""

# A position holds the number of its field above the number of the word, so that no two fields are neighbours.
SHIFT = 24
_WORD = (1 << SHIFT) - 1

_SENTENCE_END = re.compile(r"[.!?…]+[\"'’”»)\]]*(?=\s+[^\W\d_a-z])|[。！？｡؟۔।॥]+|\n\s*\n")
_ABBREVIATED = re.compile(
    r"(?:^|[\s(\"“«])(?:[^\W\d_a-zа-яё](?:\.[^\W\d_])*|(?i:mr|mrs|ms|dr|st|gen|sen|rep|gov|lt|col|sgt|prof|jr|sr|no|vs|inc"
    r"|corp|co|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|г|ул|им|т\.е|проф|акад))$"
)

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
        self.language = language.replace("_", "-").lower() if language else None
        self.tags = frozenset(tag.casefold() for tag in tags)
        self._windows: tuple[Window, ...] = ()
        self._in_order: dict[str, list[Occurrence]] = {}
        self.fitting: dict[tuple[str, int], list[str]] = {}
        """The spellings that fit those with wildcards, as far as they were asked for."""
        self.is_partial = False
        """Whether only the words inside some windows are seen."""
        self.tokens: dict[str, list[Occurrence]] = {}
        for number in range(3):
            if texts[number]:
                tabulate(texts[number], self.tokens, number << SHIFT)

    @classmethod
    def of(cls, article: Article | FiledArticle, tags: Iterable[str] = ()) -> "Doc":
        """Make an article ready; `tags` are its outlet's."""
        if isinstance(article, FiledArticle):
            article = article.article
        texts = (
            article.title,
            article.lede or "",
            article.body,
            ", ".join(article.authors),
            article.dateline or "",
            article.section or "",
            article.canonical_url,
        )
        return cls(texts, article.authors, article.outlet, article.language, tags)

    @cached_property
    def host(self) -> str:
        """The host of the article's address, in lower case."""
        try:
            return (urlsplit(self.texts[6]).hostname or "").lower()
        except ValueError:
            return ""

    @cached_property
    def _others(self) -> dict[str, list[Occurrence]]:
        table: dict[str, list[Occurrence]] = {}
        position, offset = 3 << SHIFT, 0
        for author in self._authors:
            # One author's name does not run on into the next one's.
            position = tabulate(author, table, position, offset) + 1
            offset += len(author) + 2
        for number in range(4, len(FIELDS)):
            if self.texts[number]:
                tabulate(self.texts[number], table, number << SHIFT)
        return table

    def has(self, spelling: str, fields: int) -> bool:
        """Tell whether a spelling occurs."""
        if fields == TEXT and not self.is_partial:
            return spelling in self.tokens
        return bool(self.find(spelling, fields))

    def find(self, spelling: str, fields: int) -> Sequence[Occurrence]:
        """Give where a spelling occurs in the fields, in order."""
        found: Sequence[Occurrence] = self.tokens.get(spelling, ()) if fields & TEXT else ()
        if fields == TEXT:
            return self._inside(self._ordered(spelling, found)) if self.is_partial and found else found
        if fields & ~TEXT:
            found = [*found, *self._others.get(spelling, ())]
        return self.inside([one for one in found if fields >> (one[0] >> SHIFT) & 1])

    def _ordered(self, spelling: str, found: Sequence[Occurrence]) -> Sequence[Occurrence]:
        """Put occurrences in order once for all windows."""
        if spelling not in self._in_order:
            self._in_order[spelling] = sorted(found)
        return self._in_order[spelling]

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
        return "\n".join(("", *self.tokens, ""))

    @cached_property
    def _everywhere(self) -> str:
        return "\n".join(("", *(self.tokens.keys() | self._others.keys()), ""))

    def written(self, one: Occurrence) -> str:
        """Give the text of an occurrence as it is written."""
        return self.texts[one[0] >> SHIFT][one[2] : one[3]]

    @cached_property
    def _stems(self) -> dict[str, list[Occurrence]]:
        table: dict[str, list[Occurrence]] = {}
        for tokens in (self.tokens, self._others):
            for spelling, found in tokens.items():
                for one in found:
                    exact = same_letters(self.written(one), keep_accents=True)
                    for stem in stems_of(spelling, exact, self.language):
                        table.setdefault(stem, []).append(one)
        return table

    def find_stem(self, stems: Iterable[str], fields: int) -> Sequence[Occurrence]:
        """Give where words with one of the stems occur."""
        found = sorted({one for stem in stems for one in self._stems.get(stem, ()) if fields >> (one[0] >> SHIFT) & 1})
        return self.inside(found)

    @cached_property
    def _mains(self) -> tuple[list[list[int]], list[list[int]]]:
        """For each field, each word's place and its position, for places that are not words' own."""
        starts: list[list[int]] = [[] for _ in FIELDS]
        positions: list[list[int]] = [[] for _ in FIELDS]
        found = {one[0]: one[2] for table in (self.tokens, self._others) for ones in table.values() for one in ones}
        for position in sorted(found):
            starts[position >> SHIFT].append(found[position])
            positions[position >> SHIFT].append(position)
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
        ends = [
            [found.end() for found in _SENTENCE_END.finditer(text) if not _abbreviation(text, found)]
            for text in self.texts
        ]
        return self._windows_at(ends)

    def one_paragraph(self, one: Occurrence, other: Occurrence) -> bool:
        """Tell whether two occurrences begin in one paragraph of one field; each author is one."""
        field = one[0] >> SHIFT
        if field != other[0] >> SHIFT:
            return False
        cuts = self._cuts[field]
        return not cuts or bisect_right(cuts, one[2]) == bisect_right(cuts, other[2])

    @cached_property
    def facets(self) -> list[str]:
        """The properties by which an index of watches may find this article."""
        found = [f"outlet:{self.outlet}", *(f"tag:{tag}" for tag in self.tags)]
        if self.language:
            parts = self.language.split("-")
            found += [f"lang:{'-'.join(parts[:count])}" for count in range(1, len(parts) + 1)]
        labels = self.host.split(".")
        return found + [f"host:{'.'.join(labels[index:])}" for index in range(len(labels))]

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


def _abbreviation(text: str, end: re.Match[str]) -> bool:
    """Tell whether a full stop ends an initial or a title, not a sentence."""
    return end.group()[0] == "." and bool(_ABBREVIATED.search(text[max(0, end.start() - 12) : end.start()]))
