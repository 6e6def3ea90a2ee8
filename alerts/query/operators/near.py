"""`NEAR/n` and `ONEAR/n`: two things at most n words from each other, in any order or in this one."""

import math
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from newsdesk import QueryError

from ..doc import Doc
from ..keys import Clause, Every
from ..operator import Infix
from ..tree import FARTHEST, MOST_HITS, Hit, Leaf, Node, Place

_FARTHEST = 10_000
_DEEP = 4
_MOST_TRIED = 10 * MOST_HITS


class NearNode(Leaf):
    """Two things close to each other."""

    __slots__ = ("distance", "left", "ordered", "right")

    def __init__(self, left: Node, right: Node, distance: int, ordered: bool, place: Place) -> None:
        """Take both sides and the largest difference of their positions."""
        super().__init__(place, (left, right))
        self.left, self.right, self.distance, self.ordered = left, right, distance, ordered

    def test(self, doc: Doc) -> bool:
        """Tell whether both sides occur so close."""
        # In a long chain, to test each side first would be to walk the chain once more at every step.
        likely = self.right.test(doc) and (self.depth > _DEEP or self.left.test(doc))
        return likely and any(True for _ in self._pairs(doc))

    def hits(self, doc: Doc, reach: int = FARTHEST) -> list[Hit]:
        """Give the pairs that are close enough; of very many the first."""
        return list(islice(self._pairs(doc), MOST_HITS // self._thrift()))

    def _pairs(self, doc: Doc) -> Iterator[Hit]:
        # What counts only as a whole lies within the distance on both sides of one stretch of the other side.
        reach = 2 * self.distance + max(self.left.extent(), self.right.extent())
        rights = sorted(self.right.hits(doc, reach), key=lambda hit: hit.first)
        firsts = [hit.first for hit in rights]
        longest = max((hit.last - hit.first for hit in rights), default=0)
        most, tried = _MOST_TRIED // self._thrift() ** 2, 0
        for left in self.left.hits(doc, reach):
            begin = bisect_left(firsts, left.first - self.distance - longest)
            end = bisect_left(firsts, left.last + self.distance + 1)
            tried += end - begin
            if tried > most:
                return
            for right in rights[begin:end]:
                if self._close(left, right):
                    yield _pair(left, right)

    def _thrift(self) -> int:
        """Give what to divide the choices by, so that a very long chain costs little more than a long one."""
        return max(1, self.depth - _DEEP)

    def _close(self, left: Hit, right: Hit) -> bool:
        if self.ordered and left.last >= right.first:
            return False
        return _gap(left, right) <= self.distance and all(
            one.last < other.first or other.last < one.first for one in left.marks for other in right.marks
        )

    def extent(self) -> int:
        """Give the distance and both sides."""
        return self.distance + self.left.extent() + self.right.extent()

    def requires(self) -> Clause:
        """Give what both sides say."""
        return Every((self.left.requires(), self.right.requires()))


def _pair(left: Hit, right: Hit) -> Hit:
    return Hit(min(left.first, right.first), max(left.last, right.last), left.marks + right.marks, (left, right))


def _gap(left: Hit, right: Hit) -> float:
    """Give the difference of positions from nearest end to nearest end; of a group, its farthest member's."""
    if left.members:
        gaps = [_gap(member, right) for member in left.members]
        return max(gaps) if left.every else min(gaps)
    if right.members:
        return _gap(right, left)
    if left.last < right.first:
        return right.first - left.last
    if right.last < left.first:
        return left.first - right.last
    return math.inf


@dataclass(frozen=True)
class Near(Infix):
    """The operators."""

    ordered: bool

    def build(self, left: Node, right: Node, number: int, place: Place) -> Node:
        """Give the node, if both sides have a place among the words."""
        if not 1 <= number <= _FARTHEST:
            raise QueryError(f"{self.name}/{number} is no distance", place.start, f"write 1 to {_FARTHEST}")
        for side in (left, right):
            wrong = side.unplaced()
            if wrong is not None:
                raise QueryError(
                    f'"{wrong.place.clause}" has no place among the words, so nothing is {self.name} it',
                    wrong.place.start,
                    "put it beside the group with AND or NOT",
                )
        return NearNode(left, right, number, self.ordered, place)


NEAR = Near(
    "NEAR", "(Lavrov OR minister) NEAR/10 Quartet", "at most n words apart, in any order; neighbours are 1 apart", False
)
ONEAR = Near("ONEAR", "Russia ONEAR/5 minister", "at most n words apart, in this order", True)
