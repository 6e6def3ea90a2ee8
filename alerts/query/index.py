"""WatchIndex: which watches match an article, told by the words that each of their alternatives must have."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from .doc import Doc
from .keys import Key
from .stems import stemmed_as, stems_of
from .tree import Any, Node
from .words import Word

_MEMO_LIMIT = 50_000


class Branch(NamedTuple):
    """An alternative of a watch: a further word that it needs, or none, and what then remains to be tested."""

    partner: str
    node: Node
    slug: str


Branches = list[Branch]


class WatchIndex:
    """Watches by the rarest words that their alternatives need; never leaves one out that would match.

    A watch that asks for any of several things stands under each of them, and only what the article's words lead to is
    tested. Where an alternative is a single word, nothing remains to be tested.
    """

    def __init__(self) -> None:
        """Start with none."""
        self._roots: dict[str, Node] = {}
        self._sure: dict[str, list[str]] = {}
        self._always: Branches = []
        self._tables: dict[str, dict[str, Branches]] = {
            table: {} for table in ("word", "prefix", "suffix", "facet", "stem")
        }
        self._affixes = _Affixes(self._tables["prefix"], self._tables["suffix"])
        self._stems = _Stems(self._tables["stem"])

    def __len__(self) -> int:
        """Count the watches."""
        return len(self._roots)

    def add(self, slug: str, root: Node) -> None:
        """Take a watch in, or its new query in place of the old one."""
        self.remove(slug)
        self._roots[slug] = root
        for word, nodes in _alternatives(root):
            if word:
                self._sure.setdefault(word, []).append(slug)
            for node in nodes:
                needs = node.needs()
                if needs is None:
                    self._always.append(Branch("", node, slug))
                for key in needs or ():
                    self._file(key).append(Branch(key.partner, node, slug))

    def remove(self, slug: str) -> None:
        """Leave a watch out."""
        root = self._roots.pop(slug, None)
        if root is None:
            return
        for word, nodes in _alternatives(root):
            if word:
                self._sure[word].remove(slug)
                if not self._sure[word]:
                    del self._sure[word]
            for node in nodes:
                needs = node.needs()
                if needs is None:
                    self._always = [branch for branch in self._always if branch.slug != slug]
                for key in needs or ():
                    self._unfile(key, slug)

    def _file(self, key: Key) -> Branches:
        table = self._tables[key.table]
        branches = table.get(key.text)
        if branches is None:
            branches = table[key.text] = []
            self._changed(key)
        return branches

    def _unfile(self, key: Key, slug: str) -> None:
        table = self._tables[key.table]
        branches = table.get(key.text, [])
        branches[:] = [branch for branch in branches if branch.slug != slug]
        if not branches and table.pop(key.text, None) is not None:
            self._changed(key)

    def _changed(self, key: Key) -> None:
        if key.table in ("prefix", "suffix"):
            self._affixes.forget()
        elif key.table == "stem":
            self._stems.forget()

    def matching(self, doc: Doc, on_error: Callable[[str, Exception], None] | None = None) -> set[str]:
        """Give the watches that match. With `on_error`, one that fails is told to it, and the others go on."""
        found: set[str] = set()
        for word in self._sure.keys() & doc.words.keys():
            found.update(self._sure[word])
        tried: set[Node] = set()
        for _, node, slug in self._reached(doc):
            if slug in found or node in tried:
                continue
            tried.add(node)
            try:
                if node.test(doc):
                    found.add(slug)
            except Exception as error:
                if on_error is None:
                    raise
                on_error(slug, error)
        return found

    def candidates(self, doc: Doc) -> set[str]:
        """Give every watch that could match."""
        sure = self._sure.keys() & doc.words.keys()
        return {slug for word in sure for slug in self._sure[word]} | {branch.slug for branch in self._reached(doc)}

    def _reached(self, doc: Doc) -> Iterator[Branch]:
        """Give the branches to which the article's words and properties lead, and that are not sure."""
        words = doc.words
        for branches in self._met(doc):
            for branch in branches:
                if not branch[0] or branch[0] in words:
                    yield branch

    def _met(self, doc: Doc) -> Iterator[Branches]:
        yield self._always
        by_word, by_facet = self._tables["word"], self._tables["facet"]
        for word in by_word.keys() & doc.words.keys():
            yield by_word[word]
        if by_facet:
            for facet in by_facet.keys() & doc.facets:
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
