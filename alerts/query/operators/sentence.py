"""`SENTENCE(…)` and `PARAGRAPH(…)`: everything inside one sentence or one paragraph."""

from collections.abc import Iterator

from ..doc import Doc
from ..operator import Function
from ..tree import Inside, Node, Place


def _sentences(doc: Doc) -> Iterator[Doc]:
    return (doc.within([window]) for window in doc.sentences)


def _paragraphs(doc: Doc) -> Iterator[Doc]:
    return (doc.within([window]) for window in doc.paragraphs)


class Sentence(Function):
    """The operator."""

    def build(self, inner: Node, number: int, place: Place) -> Node:
        """Give the node."""
        return Inside(inner, _sentences, place)


class Paragraph(Function):
    """The operator."""

    def build(self, inner: Node, number: int, place: Place) -> Node:
        """Give the node."""
        return Inside(inner, _paragraphs, place)


SENTENCE = Sentence("SENTENCE", "SENTENCE(Israel AND Hamas)", "all of it in one sentence")
PARAGRAPH = Paragraph("PARAGRAPH", "PARAGRAPH(Israel AND Hamas NOT Fatah)", "all of it in one paragraph")
