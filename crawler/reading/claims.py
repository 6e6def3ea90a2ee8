"""What a page claims about itself in meta tags, OpenGraph, microdata and JSON-LD, gathered in one look."""

from functools import cached_property

from lxml import etree

from .jsonld import Graph, Node
from .texts import clean
from .tree import Element, words_in

_LONGEST_CLASS = 1000
_CLASSED = etree.XPath("//body//*[@class]")


class Claims:
    """The machine-readable claims of one page, before anybody weighs them."""

    def __init__(self, root: Element, source: str) -> None:
        """Gather from the whole page, of which `source` is the markup; nothing in it is changed."""
        self.root = root
        self.source = source
        self.metas: dict[str, list[str]] = {}
        for tag in root.iter("meta"):
            # A meta tag inside a body's microdata speaks of that item and is gathered there.
            name = tag.get("property") or tag.get("name") or tag.get("http-equiv")
            content = tag.get("content")
            if name and content:
                self.metas.setdefault(name.strip().lower(), []).append(content)
        self.graph = Graph(root)

    def meta(self, *names: str) -> str:
        """Give the first non-empty content among the meta tags `names`."""
        for name in names:
            for content in self.metas.get(name, ()):
                if text := clean(content):
                    return text
        return ""

    @cached_property
    def article(self) -> Node:
        """The JSON-LD node of the article; {} when the page has none."""
        return self.graph.article(self.meta("og:title"))

    @cached_property
    def _items(self) -> dict[str, list[Element]]:
        items: dict[str, list[Element]] = {}
        if "itemprop" not in self.source:
            return items
        for element in self.root.xpath("//*[@itemprop]"):
            for name in element.get("itemprop").split():
                items.setdefault(name.lower(), []).append(element)
        return items

    @cached_property
    def classed(self) -> dict[str, list[Element]]:
        """The elements of the body by the text of their class attribute: asked often, gathered once."""
        found: dict[str, list[Element]] = {}
        for element in _CLASSED(self.root):
            if len(name := element.get("class")) <= _LONGEST_CLASS:
                found.setdefault(name, []).append(element)
        return found

    def items(self, name: str) -> list[Element]:
        """Give the elements that carry the microdata property `name`, without those of related articles."""
        return [element for element in self._items.get(name.lower(), ()) if not _is_junk(element)]

    def item(self, name: str) -> str:
        """Give the first microdata value of `name`."""
        return next((value for element in self.items(name) if (value := item_value(element))), "")


def item_value(element: Element) -> str:
    """Give the value of one microdata property: its machine-readable form before its text."""
    return clean(element.get("content") or element.get("datetime") or words_in(element, 100_000))


def _is_junk(element: Element) -> bool:
    # Some templates print the address of a value in place of the value.
    return str(element.get("content") or element.text or "").lstrip().startswith("/html/")
