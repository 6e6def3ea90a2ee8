"""Stub of section."""

from ..document import Document
from ..outlet import Outlet
from ..spider import Listing, SourceKind


class Section(SourceKind):
    """Stub."""

    kind = "section"
    example = "https://www.example.org/section"

    def read(self, document: Document, outlet: Outlet) -> Listing:
        """Stub."""
        return Listing()


SECTION = Section()
