"""`SENTENCE(…)` and `PARAGRAPH(…)`: everything inside one sentence or one paragraph."""

from collections.abc import Iterator

from newsdesk import QueryError

from ..doc import Doc
from ..operator import Function
from ..tree import Inside, Node, Place


def _sentences(doc: Doc) -> Iterator[Doc]:
    return doc.each_within(doc.sentences)


def _paragraphs(doc: Doc) -> Iterator[Doc]:
    return doc.each_within(doc.paragraphs)


def _asking(function: Function, inner: Node, place: Place) -> Node:
    """Refuse what nearly every text holds: a stretch that merely lacks some words."""
    if inner.wordless():
        raise QueryError(
            f"{function.name}(…) is met by a text without any of these words",
            place.start,
            f"say what it holds, like {function.name}(Israel NOT Fatah), or rule it out whole, NOT {function.name}(…)",
        )
    return inner


class Sentence(Function):
    """The operator."""

    def build(self, inner: Node, number: int, place: Place) -> Node:
        """Give the node, if it asks for words."""
        return Inside(_asking(self, inner, place), _sentences, place)


class Paragraph(Function):
    """The operator."""

    def build(self, inner: Node, number: int, place: Place) -> Node:
        """Give the node, if it asks for words."""
        return Inside(_asking(self, inner, place), _paragraphs, place)


SENTENCE = Sentence("SENTENCE", "SENTENCE(Israel AND Hamas)", "all of it in one sentence")
PARAGRAPH = Paragraph("PARAGRAPH", "PARAGRAPH(Israel AND Hamas NOT Fatah)", "all of it in one paragraph")
