"""Concordance: every word of a text and where it stands; places are worked out only of the words that are asked for."""

from collections.abc import Iterator, Sequence
from itertools import compress, count

from .text import Occurrence, Piece, Spelling, pieces


class Concordance:
    """The spellings of one text or of several; a position is a word's number, told by whoever takes the text in."""

    __slots__ = ("_begins", "_found", "_parts", "_read", "_starts", "words")

    def __init__(self) -> None:
        """Start without a text."""
        self.words: dict[str, list[int]] = {}
        """The spellings, each with the numbers of the pieces in which it stands.

        Neighbouring words stand in one piece, or in two that follow each other.
        """
        self._read: list[Piece] = []
        self._parts: list[tuple[str, list[str], int, int]] = []
        self._starts: list[int] = []
        self._begins: list[int] = []
        self._found: dict[str, list[Occurrence]] = {}

    def add(self, text: str, position: int = 0, offset: int = 0) -> None:
        """Take a text in; `position` numbers its first word, `offset` is its place inside a longer one."""
        cut, read = pieces(text)
        if () in read:
            cut, read = list(compress(cut, read)), list(filter(None, read))
        words = self.words
        for number, piece in zip(count(len(self._read)), read, strict=False):
            for spelling in piece:
                word = spelling[0]
                if word in words:  # twice as fast as setdefault
                    words[word].append(number)
                else:
                    words[word] = [number]
        self._read += read
        self._parts.append((text, cut, position, offset))

    def find(self, word: str) -> Sequence[Occurrence]:
        """Give where a spelling stands, in order."""
        found = self._found.get(word)
        if found is None:
            found = self._found[word] = self._find(word) if word in self.words else []
        return found

    def _find(self, word: str) -> list[Occurrence]:
        found = [one for number in dict.fromkeys(self.words[word]) for one in self.at(number, word)]
        found.sort()
        return found

    def at(self, number: int, word: str) -> list[Occurrence]:
        """Give where a spelling stands in one piece."""
        if not self._starts:
            self._measure()
        begin, place = self._begins[number], self._starts[number]
        return [
            (begin + first, begin + last, place + start, place + end)
            for text, first, last, start, end, _, _ in self._read[number]
            if text == word
        ]

    def _measure(self) -> None:
        """Work out where each piece starts, and the position of its first word."""
        number = 0
        for text, cut, position, offset in self._parts:
            place = 0
            for part in cut:
                # Between two pieces stands nothing that the next one could begin with.
                place = text.index(part, place)
                self._starts.append(place + offset)
                self._begins.append(position)
                place += len(part)
                piece = self._read[number]
                position += piece[-1][2] + 1
                number += 1

    def __iter__(self) -> Iterator[tuple[Spelling, Occurrence]]:
        """Give every spelling as it is counted inside its piece, and where it stands."""
        if not self._starts:
            self._measure()
        for piece, begin, place in zip(self._read, self._begins, self._starts, strict=True):
            for one in piece:
                yield one, (begin + one.first, begin + one.last, place + one.start, place + one.end)
