"""WatchIndex: which watches match an article, told by the words that each of their alternatives must have."""

from array import array
from collections.abc import Callable, Iterable, Iterator

from .doc import Doc
from .keys import Key, cost_of_word, needs_of
from .stems import stemmed_as, stems_of
from .tree import Any, Node
from .words import Word

_MEMO_LIMIT = 50_000


class Branches:
    """Alternatives of watches that stand under one key: a word besides that each needs, how to test it, whose it is."""

    __slots__ = ("nodes", "numbers", "words")

    def __init__(self) -> None:
        """Start with none."""
        # Side by side, and words by numbers: of most, the word is all that is looked at, and memory is slow.
        self.words = array("I")
        self.nodes: list[Node] = []
        self.numbers = array("I")

    def add(self, word: int, node: Node, number: int) -> None:
        """Add one; 0 stands for no further word."""
        self.words.append(word)
        self.nodes.append(node)
        self.numbers.append(number)

    def remove(self, number: int) -> None:
        """Leave out those of a watch."""
        kept = [place for place, other in enumerate(self.numbers) if other != number]
        if len(kept) < len(self.numbers):
            self.words = array("I", [self.words[place] for place in kept])
            self.nodes = [self.nodes[place] for place in kept]
            self.numbers = array("I", [self.numbers[place] for place in kept])


class WatchIndex:
    """Watches, by numbers, under the rarest words that their alternatives need; leaves none out that would match.

    A watch that asks for any of several things stands under each of them, and only what the article's words lead to is
    tested. Where an alternative is a single word, nothing remains to be tested.
    """

    def __init__(self) -> None:
        """Start with none."""
        self._roots: dict[int, Node] = {}
        self._sure: dict[str, array[int]] = {}
        self._always = Branches()
        self._words: dict[str, int] = {"": 0}
        self._tables: dict[str, dict[str, Branches]] = {
            table: {} for table in ("word", "prefix", "suffix", "facet", "stem")
        }
        self._affixes = _Affixes(self._tables["prefix"], self._tables["suffix"])
        self._stems = _Stems(self._tables["stem"])

    def __len__(self) -> int:
        """Count the watches."""
        return len(self._roots)

    def add(self, number: int, root: Node) -> None:
        """Take a watch in, or its new query in place of the old one."""
        self.remove(number)
        self._roots[number] = root
        for word, nodes in _alternatives(root):
            if word:
                self._sure.setdefault(word, array("I")).append(number)
            for node in nodes:
                needs = needs_of(node.requires())
                if needs is None:
                    self._always.add(0, node, number)
                for key in needs or ():
                    self._file(key, node, number)

    def remove(self, number: int) -> None:
        """Leave a watch out."""
        root = self._roots.pop(number, None)
        if root is None:
            return
        for word, nodes in _alternatives(root):
            if word:
                self._sure[word].remove(number)
                if not self._sure[word]:
                    del self._sure[word]
            for node in nodes:
                needs = needs_of(node.requires())
                if needs is None:
                    self._always.remove(number)
                for key in needs or ():
                    self._unfile(key.table, key.text, number)
                    if key.partner:
                        self._unfile(key.table, key.partner, number)

    def _file(self, key: Key, node: Node, number: int) -> None:
        table, text, other = self._tables[key.table], key.text, key.partner
        if other and key.table == "word" and self._crowd(other) < self._crowd(text):
            text, other = other, text
        branches = table.get(text)
        if branches is None:
            branches = table[text] = Branches()
            self._changed(key.table)
        branches.add(self._words.setdefault(other, len(self._words)), node, number)

    def _crowd(self, word: str) -> int:
        """Guess what it costs to meet a word: how often that will be, by how much stands there already.

        What very many watches name is common in the news, whatever its length says.
        """
        branches = self._tables["word"].get(word)
        return cost_of_word(word) * (1 + len(branches.numbers) if branches else 1)

    def _unfile(self, name: str, text: str, number: int) -> None:
        table = self._tables[name]
        branches = table.get(text)
        if branches is not None:
            branches.remove(number)
            if not branches.numbers:
                del table[text]
                self._changed(name)

    def _changed(self, name: str) -> None:
        if name in ("prefix", "suffix"):
            self._affixes.forget()
        elif name == "stem":
            self._stems.forget()

    def matching(self, doc: Doc, on_error: Callable[[int, Exception], None] | None = None) -> set[int]:
        """Give the watches that match. With `on_error`, one that fails is told to it, and the others go on."""
        found: set[int] = set()
        for word in self._sure.keys() & doc.words.keys():
            found.update(self._sure[word])
        tried: set[Node] = set()
        for node, number in self._reached(doc):
            if number in found or node in tried:
                continue
            tried.add(node)
            try:
                if node.test(doc):
                    found.add(number)
            except Exception as error:
                if on_error is None:
                    raise
                on_error(number, error)
        return found

    def candidates(self, doc: Doc) -> set[int]:
        """Give every watch that could match."""
        sure = self._sure.keys() & doc.words.keys()
        return {number for word in sure for number in self._sure[word]} | {number for _, number in self._reached(doc)}

    def _reached(self, doc: Doc) -> list[tuple[Node, int]]:
        """Give what remains to be tested, and whose it is, where the article's words and properties lead."""
        present = {self._words[word] for word in self._words.keys() & doc.words.keys()}
        present.add(0)
        found = []
        for branches in self._met(doc):
            for place, word in enumerate(branches.words):
                if word in present:
                    found.append((branches.nodes[place], branches.numbers[place]))
        return found

    def _met(self, doc: Doc) -> Iterator[Branches]:
        """Give the branches for whose keys the article has something."""
        yield self._always
        by_word, by_facet = self._tables["word"], self._tables["facet"]
        for word in by_word.keys() & doc.words.keys():
            yield by_word[word]
        for facet in by_facet.keys() & doc.facets if by_facet else ():
            yield by_facet[facet]
        yield from self._affixes.met(doc)
        yield from self._stems.met(doc)


class _Affixes:
    """Branches by the beginnings and ends of words, remembered word by word."""

    def __init__(self, prefixes: dict[str, Branches], suffixes: dict[str, Branches]) -> None:
        self._prefixes, self._suffixes = prefixes, suffixes
        self._memo: dict[str, tuple[Branches, ...]] = {}
        self._lengths: tuple[frozenset[int], frozenset[int]] = (frozenset(), frozenset())

    def forget(self) -> None:
        """Take note that there are other beginnings or ends than before."""
        self._memo.clear()
        self._lengths = frozenset(map(len, self._prefixes)), frozenset(map(len, self._suffixes))

    def met(self, doc: Doc) -> Iterator[Branches]:
        """Give the branches for which an article has a word."""
        if not (self._prefixes or self._suffixes):
            return
        if len(self._memo) >= _MEMO_LIMIT:
            self._memo.clear()
        memo = self._memo
        for word in doc.words:
            found = memo.get(word)
            if found is None:
                found = memo[word] = tuple(self._of(word))
            yield from found

    def _of(self, word: str) -> Iterator[Branches]:
        prefixes, suffixes = self._lengths
        yield from (self._prefixes[word[:n]] for n in prefixes if n <= len(word) and word[:n] in self._prefixes)
        yield from (self._suffixes[word[-n:]] for n in suffixes if n <= len(word) and word[-n:] in self._suffixes)


class _Stems:
    """Branches by stems, which are worked out for each language in which an article comes."""

    def __init__(self, words: dict[str, Branches]) -> None:
        self._words = words
        self._by_language: dict[str | None, dict[str, list[Branches]]] = {}

    def forget(self) -> None:
        """Take note that there are other words than before."""
        self._by_language.clear()

    def met(self, doc: Doc) -> Iterator[Branches]:
        """Give the branches for which an article has a word with the same stem."""
        if not self._words:
            return
        language = stemmed_as(doc.language)
        if language not in self._by_language:
            table = self._by_language[language] = {}
            for text, branches in self._words.items():
                folded, _, exact = text.partition(":")
                for stem in stems_of(folded, exact, language):
                    table.setdefault(stem, []).append(branches)
        table = self._by_language[language]
        for stem in table.keys() & doc.stems.keys():
            yield from table[stem]


def _alternatives(root: Node) -> Iterator[tuple[str, list[Node]]]:
    """Give what a watch asks for any of: single words, each once; then what is more."""
    nodes = list(_flat(root))
    for word in dict.fromkeys(node.spelling for node in nodes if type(node) is Word):
        yield word, []
    yield "", [node for node in nodes if type(node) is not Word]


def _flat(node: Node) -> Iterable[Node]:
    return [one for inner in node.nodes for one in _flat(inner)] if type(node) is Any else (node,)
