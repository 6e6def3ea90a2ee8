"""The nodes of a query: each tests an article, and finds its spans."""

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import compress, islice, product
from typing import ClassVar, NamedTuple

from newsdesk import QueryError

from .doc import SHIFT, Doc
from .keys import Clause, Either, Every, Key
from .span import Mark

MAX_DEPTH = 100
MOST_HITS = 20_000
"""What a text full of common words may cost: where several choices are possible, so many are tried."""
FARTHEST = 1 << SHIFT
_MANY = 50


class Hit(NamedTuple):
    """Words of an article that fit a node: one stretch, or several, of which each (`every`) or any counts as near."""

    first: int
    last: int
    marks: tuple[Mark, ...]
    members: tuple["Hit", ...] = ()
    every: bool = False


class Place(NamedTuple):
    """Where a node stands in the query, and its text there."""

    start: int
    clause: str


class Node:
    """Part of a query."""

    __slots__ = ("clause", "depth", "start")
    depth: int
    is_word: ClassVar[bool] = False
    """Whether it fits where its `word` occurs, and only there."""

    def __init__(self, place: Place, children: Sequence["Node"] = ()) -> None:
        """Take the place in the query. Raises QueryError where the nodes stand too deep inside each other."""
        # Each by itself: a hundred thousand watches hold a million nodes.
        self.start, self.clause = place
        self.depth = 1 + max([child.depth for child in children]) if children else 1
        if self.depth > MAX_DEPTH:
            raise QueryError(
                f"more than {MAX_DEPTH} operators inside each other",
                place.start,
                "split the query into several watches",
            )

    @property
    def place(self) -> Place:
        """Where it stands in the query."""
        return Place(self.start, self.clause)

    def test(self, doc: Doc) -> bool:
        """Tell whether the article fits."""
        raise NotImplementedError

    def hits(self, doc: Doc, reach: int = FARTHEST) -> list[Hit]:
        """Give each way in which words of the article fit. Only of a node without `unplaced`.

        Parts that only count together need not be told where they stand more than `reach` words apart.
        """
        raise NotImplementedError

    def collect(self, doc: Doc, found: list[Mark], positive: bool = True) -> None:
        """Add what contributed to a match; called only where `test` is as `positive` says."""
        raise NotImplementedError

    def requires(self) -> Clause:
        """Give what a fitting article must have."""
        return None

    def word(self) -> str:
        """Give a word without which no text fits, if there is a single one."""
        return ""

    def sameness(self) -> Hashable:
        """Give what is equal for nodes that ask for the same in the same words."""
        return self

    def plain(self) -> bool:
        """Tell whether nothing in it is ruled out, nor asked of a stretch of the text."""
        return True

    def unplaced(self) -> "Node | None":
        """Give the part that has no place among the words, if there is one."""
        return None

    def extent(self) -> int:
        """Give how far the words of one hit may stand apart."""
        return 0

    def asks(self, positive: bool = True) -> bool:
        """Tell whether anything is asked for, not only ruled out."""
        return positive

    def wordless(self, positive: bool = True) -> bool:
        """Tell whether a stretch without any of the words may fit, or with `positive` unset, fail to fit."""
        return not positive


class Leaf(Node):
    """A node that finds words."""

    __slots__ = ()

    def test(self, doc: Doc) -> bool:
        """Tell whether there is a hit."""
        return bool(self.hits(doc))

    def collect(self, doc: Doc, found: list[Mark], positive: bool = True) -> None:
        """Add every hit."""
        if positive:
            for hit in self.hits(doc):
                found += hit.marks


class All(Node):
    """Every one of several."""

    __slots__ = ("nodes",)

    def __init__(self, nodes: Sequence[Node], place: Place) -> None:
        """Take the nodes that must all fit."""
        super().__init__(place, nodes)
        if len(nodes) > _MANY:  # lists that were put together of others ask for much twice
            nodes = list({node.sameness(): node for node in nodes}.values())
        self.nodes = tuple(sorted(nodes, key=_price))

    def test(self, doc: Doc) -> bool:
        """Tell whether all fit."""
        for node in self.nodes:  # noqa: SIM110  (a generator costs as much again)
            if not node.test(doc):
                return False
        return True

    def collect(self, doc: Doc, found: list[Mark], positive: bool = True) -> None:
        """Add what each contributed."""
        for node in self.nodes:
            if positive or not node.test(doc):
                node.collect(doc, found, positive)

    def hits(self, doc: Doc, reach: int = FARTHEST) -> list[Hit]:
        """Give each choice of one hit of every node, near only as a whole; of very many the first."""
        sets = sorted((sorted(node.hits(doc, reach), key=_first) for node in self.nodes), key=len)
        return list(islice((_together(members) for members in _choices(sets, reach)), MOST_HITS))

    def requires(self) -> Clause:
        """Give what all parts say."""
        return Every(tuple([node.requires() for node in self.nodes]))

    def plain(self) -> bool:
        """Tell whether all parts are."""
        return all(node.plain() for node in self.nodes)

    def unplaced(self) -> Node | None:
        """Give the first part without a place."""
        found = [node for inner in self.nodes if (node := inner.unplaced())]
        return min(found, key=lambda node: node.start, default=None)

    def extent(self) -> int:
        """Give the largest of the parts'."""
        return max(node.extent() for node in self.nodes)

    def asks(self, positive: bool = True) -> bool:
        """Tell whether any part asks."""
        return any(node.asks(positive) for node in self.nodes)

    def wordless(self, positive: bool = True) -> bool:
        """Tell whether all parts may fit without their words."""
        return (all if positive else any)(node.wordless(positive) for node in self.nodes)


class Any(All):
    """At least one of several; of long lists, only those are looked at whose word the article has."""

    __slots__ = ("_others", "_worded", "_words", "is_of_words")

    def __init__(self, nodes: Sequence[Node], place: Place) -> None:
        """Take the nodes of which one must fit."""
        super().__init__(nodes, place)
        nodes = self.nodes
        words = [node.word() for node in nodes]
        self.is_of_words = all([node.is_word for node in nodes])
        self._words = tuple(filter(None, words))
        self._worded = tuple(compress(nodes, words)) if len(self._words) < len(nodes) else self.nodes
        self._others = tuple(node for node, word in zip(nodes, words, strict=True) if not word)

    def _likely(self, doc: Doc) -> list[Node]:
        return [*self._others, *compress(self._worded, map(doc.words.__contains__, self._words))]

    def test(self, doc: Doc) -> bool:
        """Tell whether any fits."""
        if self.is_of_words and not doc.is_partial:
            return not doc.words.keys().isdisjoint(self._words)
        for node in self._likely(doc):  # noqa: SIM110
            if node.test(doc):
                return True
        return False

    def collect(self, doc: Doc, found: list[Mark], positive: bool = True) -> None:
        """Add what those that fit contributed."""
        for node in self._likely(doc) if positive else self.nodes:
            # A leaf that does not fit adds nothing: it need not be tested first.
            if not positive or isinstance(node, Leaf) or node.test(doc):
                node.collect(doc, found, positive)

    def hits(self, doc: Doc, reach: int = FARTHEST) -> list[Hit]:
        """Give the hits of all, in the order of the query."""
        likely = sorted(self._likely(doc), key=lambda node: node.start) if self._others else self._likely(doc)
        return [hit for node in likely for hit in node.hits(doc, reach)]

    def requires(self) -> Clause:
        """Give what any part says."""
        return Either(tuple([node.requires() for node in self.nodes]))

    def wordless(self, positive: bool = True) -> bool:
        """Tell whether any part may fit without its words."""
        return (any if positive else all)(node.wordless(positive) for node in self.nodes)


class Not(Node):
    """None of it."""

    __slots__ = ("node",)

    def __init__(self, node: Node, place: Place) -> None:
        """Take what must not fit."""
        super().__init__(place, (node,))
        self.node = node

    def test(self, doc: Doc) -> bool:
        """Tell whether the inner node does not fit."""
        return not self.node.test(doc)

    def collect(self, doc: Doc, found: list[Mark], positive: bool = True) -> None:
        """Add what contributed through a second negation."""
        self.node.collect(doc, found, not positive)

    def plain(self) -> bool:
        """Tell that it is not."""
        return False

    def unplaced(self) -> Node | None:
        """Give itself: what is absent has no place."""
        return self

    def asks(self, positive: bool = True) -> bool:
        """Tell whether anything inside asks, the other way round."""
        return self.node.asks(not positive)

    def wordless(self, positive: bool = True) -> bool:
        """Tell the inner node's, the other way round."""
        return self.node.wordless(not positive)


@dataclass(frozen=True)
class Test:
    """What a property of an article must be: the wanted value, how to test it, and the key of an index."""

    accepts: Callable[[Doc], bool]
    key: str = field(default="")


class Property(Node):
    """A property of the whole article, without words: its outlet, its language."""

    __slots__ = ("wanted",)

    def __init__(self, wanted: Test, place: Place) -> None:
        """Take the test of the article."""
        super().__init__(place)
        self.wanted = wanted

    def test(self, doc: Doc) -> bool:
        """Tell whether the property is as wanted."""
        return self.wanted.accepts(doc)

    def collect(self, doc: Doc, found: list[Mark], positive: bool = True) -> None:
        """Add nothing: a property has no words."""

    def requires(self) -> Clause:
        """Give the key of the property."""
        return Key("facet", self.wanted.key) if self.wanted.key else None

    def wordless(self, positive: bool = True) -> bool:
        """Tell that no word decides."""
        return True

    def unplaced(self) -> Node | None:
        """Give itself."""
        return self


class Inside(Node):
    """Something that must fit inside one of several stretches of an article."""

    __slots__ = ("_plain", "node", "views")

    def __init__(self, node: Node, views: Callable[[Doc], Iterable[Doc]], place: Place) -> None:
        """Take what must fit, and what cuts an article into stretches."""
        super().__init__(place, (node,))
        self.node = node
        self.views = views
        self._plain = node.plain()

    def test(self, doc: Doc) -> bool:
        """Tell whether it fits in one of them."""
        if self._plain and not self.node.test(doc):
            return False  # what the whole lacks, no stretch has
        return any(self.node.test(view) for view in self.views(doc))

    def collect(self, doc: Doc, found: list[Mark], positive: bool = True) -> None:
        """Add what contributed in each that fits."""
        for view in self.views(doc):
            if self.node.test(view) is positive:
                self.node.collect(view, found, positive)

    def hits(self, doc: Doc, reach: int = FARTHEST) -> list[Hit]:
        """Give the hits in each."""
        return [hit for view in self.views(doc) for hit in self.node.hits(view, reach)]

    def plain(self) -> bool:
        """Tell that it is not."""
        return False

    def requires(self) -> Clause:
        """Give what the inner node says."""
        return self.node.requires()

    def unplaced(self) -> Node | None:
        """Give the inner part without a place."""
        return self.node.unplaced()

    def extent(self) -> int:
        """Give the inner node's."""
        return self.node.extent()

    def asks(self, positive: bool = True) -> bool:
        """Tell whether the inner node asks."""
        return self.node.asks(positive)

    def wordless(self, positive: bool = True) -> bool:
        """Tell the inner node's."""
        return self.node.wordless(positive)


def _price(node: Node) -> int:
    """Rank nodes by what it costs to test them: words, groups of words, phrases, the rest."""
    return 0 if node.is_word else node.depth if isinstance(node, Any) and node.is_of_words else 2 + node.depth


def _first(hit: Hit) -> int:
    return hit.first


def _choices(sets: Sequence[Sequence[Hit]], reach: int) -> Iterator[tuple[Hit, ...]]:
    """Choose one hit of each, none farther than `reach` from the first."""
    for anchor in sets[0]:
        near = []
        for hits in sets[1:]:
            longest = max((hit.last - hit.first for hit in hits), default=0) if reach < FARTHEST else FARTHEST
            begin = bisect_left(hits, anchor.first - reach - longest, key=_first)
            near.append(hits[begin : bisect_left(hits, anchor.last + reach + 1, key=_first)])
        yield from product((anchor,), *near)


def _together(members: tuple[Hit, ...]) -> Hit:
    return Hit(
        min(hit.first for hit in members),
        max(hit.last for hit in members),
        tuple(mark for hit in members for mark in hit.marks),
        members,
        True,
    )
