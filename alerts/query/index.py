"""WatchIndex: which watches could match an article at all, from the words that it must have."""

from .doc import Doc
from .tree import Node

_MEMO_LIMIT = 50_000


class WatchIndex:
    """Watches by the rarest words that they need; never leaves one out that would match."""

    def __init__(self) -> None:
        """Start with none."""
        self._words: dict[str, set[str]] = {}
        self._pairs: dict[str, dict[str, set[str]]] = {}
        self._prefixes: dict[str, set[str]] = {}
        self._suffixes: dict[str, set[str]] = {}
        self._facets: dict[str, set[str]] = {}
        self._always: set[str] = set()
        self._keys: dict[str, frozenset[str] | None] = {}
        self._lengths: tuple[frozenset[int], frozenset[int]] = (frozenset(), frozenset())
        self._memo: dict[str, tuple[set[str], ...]] = {}

    def __len__(self) -> int:
        """Count the watches."""
        return len(self._keys)

    def add(self, slug: str, root: Node) -> None:
        """Take a watch in, or its new query in place of the old one."""
        self.remove(slug)
        keys = root.needs()
        self._keys[slug] = keys
        if keys is None:
            self._always.add(slug)
            return
        for key in keys:
            first, pair, second = key.partition(" ")
            table, name = (self._pairs.setdefault(first, {}), second) if pair else self._table(key)
            table.setdefault(name, set()).add(slug)
        self._affixes_changed(keys)

    def remove(self, slug: str) -> None:
        """Leave a watch out."""
        keys = self._keys.pop(slug, None)
        self._always.discard(slug)
        for key in keys or ():
            first, pair, second = key.partition(" ")
            table, name = (self._pairs[first], second) if pair else self._table(key)
            table[name].discard(slug)
            if not table[name]:
                del table[name]
            if pair and not table:
                del self._pairs[first]
        self._affixes_changed(keys or frozenset())

    def candidates(self, doc: Doc) -> set[str]:
        """Give every watch that could match."""
        found = set(self._always)
        for key in self._words.keys() & doc.tokens.keys():
            found |= self._words[key]
        for first in self._pairs.keys() & doc.tokens.keys():
            seconds = self._pairs[first]
            for second in seconds.keys() & doc.tokens.keys():
                found |= seconds[second]
        if self._facets:
            for facet in doc.facets:
                found |= self._facets.get(facet, frozenset())
        if self._prefixes or self._suffixes:
            for token in doc.tokens:
                for slugs in self._memo.get(token) or self._affixed(token):
                    found |= slugs
        return found

    def _affixed(self, token: str) -> tuple[set[str], ...]:
        prefixes, suffixes = self._lengths
        found = [self._prefixes[token[:n]] for n in prefixes if token[:n] in self._prefixes and len(token) >= n]
        found += [self._suffixes[token[-n:]] for n in suffixes if token[-n:] in self._suffixes and len(token) >= n]
        if len(self._memo) >= _MEMO_LIMIT:
            self._memo.clear()
        self._memo[token] = tuple(found)
        return self._memo[token]

    def _affixes_changed(self, keys: frozenset[str]) -> None:
        if any("*" in key for key in keys):
            self._memo.clear()
            self._lengths = frozenset(map(len, self._prefixes)), frozenset(map(len, self._suffixes))

    def _table(self, key: str) -> tuple[dict[str, set[str]], str]:
        if key.endswith("*"):
            return self._prefixes, key[:-1]
        if key.startswith("*"):
            return self._suffixes, key[1:]
        return (self._facets if ":" in key else self._words), key
