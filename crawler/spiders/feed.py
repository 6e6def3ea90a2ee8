"""Stub of feed."""

from ..document import Document
from ..outlet import Outlet
from ..spider import Listing, SourceKind


class Feed(SourceKind):
    """Stub."""

    kind = "feed"
    example = "https://www.example.org/feed"

    def read(self, document: Document, outlet: Outlet) -> Listing:
        """Stub."""
        return Listing()


FEED = Feed()
