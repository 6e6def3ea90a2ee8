"""`FIRST/n(…)`: within the first n words of a text."""

from collections.abc import Iterator

from newsdesk import QueryError

from ..doc import FIELDS, SHIFT, Doc
from ..operator import Function
from ..tree import Inside, Node, Place


class First(Function):
    """The operator."""

    def build(self, inner: Node, number: int, place: Place) -> Node:
        """Give the node."""
        if number < 1:
            raise QueryError("FIRST/0 holds no word", place.start, "write FIRST/1 or more")

        def beginnings(doc: Doc) -> Iterator[Doc]:
            yield doc.within(
                [(field << SHIFT, (field << SHIFT) + min(number, 1 << SHIFT) - 1) for field in range(len(FIELDS))]
            )

        return Inside(inner, beginnings, place)


FIRST = First(
    "FIRST", "FIRST/50(Quartet)", "within the first n words of the title, the lede or the body", numbered=True
)
