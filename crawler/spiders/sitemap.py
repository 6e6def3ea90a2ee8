"""Stub of sitemap."""

from ..document import Document
from ..outlet import Outlet
from ..spider import Listing, SourceKind


class Sitemap(SourceKind):
    """Stub."""

    kind = "sitemap"
    example = "https://www.example.org/sitemap"

    def read(self, document: Document, outlet: Outlet) -> Listing:
        """Stub."""
        return Listing()


SITEMAP = Sitemap()
