"""`COUNT(…)>=n`: so many occurrences."""

from newsdesk import QueryError

from ..doc import Doc
from ..keys import Clause
from ..operator import Function
from ..span import Mark
from ..tree import All, Any, Node, Place


class CountNode(Node):
    """A number of occurrences."""

    __slots__ = ("least", "node")

    def __init__(self, node: Node, least: int, place: Place) -> None:
        """Take what is counted and the least number of it."""
        super().__init__(place, (node,))
        self.node, self.least = node, least

    def test(self, doc: Doc) -> bool:
        """Tell whether there are so many, two readings of the same words counted once."""
        return len({(hit.first, hit.last) for hit in self.node.hits(doc)}) >= self.least

    def collect(self, doc: Doc, found: list[Mark], positive: bool = True) -> None:
        """Add every one."""
        if positive:
            self.node.collect(doc, found)

    def requires(self) -> Clause:
        """Give what the counted node says."""
        return self.node.requires()

    def unplaced(self) -> Node | None:
        """Give itself: a number has no place."""
        return self


class Count(Function):
    """The operator."""

    def build(self, inner: Node, number: int, place: Place) -> Node:
        """Give the node, if words are counted and at least one is wanted."""
        if number < 1:
            raise QueryError("COUNT(…)>=0 is always true", place.start, "write >=1 or more")
        wrong = inner.unplaced() or (inner if isinstance(inner, All) and not isinstance(inner, Any) else None)
        if wrong is not None:
            raise QueryError(
                f'"{wrong.place.clause}" cannot be counted', wrong.place.start, "count a word, a phrase or an OR group"
            )
        return CountNode(inner, number, place)


COUNT = Count("COUNT", "COUNT(Hamas OR Fatah)>=3", "at least n occurrences", compared=True)
