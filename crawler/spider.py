"""SourceKind: what every way of listing news promises: a document in, leads out.

To add a way in which outlets list their news:
1. put a file `spiders/<kind>.py` on the shelf; its name is the word that outlet files use (`- <kind>: https://...`);
2. in it, derive from SourceKind, set `kind` and `example`, write `read`, and keep one instance at top level;
3. `read` is a pure function of bytes: no network, no clock; a document that is no such list raises ReadingError;
4. test it in `tests/crawler/test_<kind>.py`; the shelf's promises run over it by themselves.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from newsdesk import Shelf

from .document import Document
from .lead import Lead
from .outlet import Outlet


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What one list says. `more` are further lists to read at once, `next` and `archive` the older page of this."""

    leads: tuple[Lead, ...] = ()
    more: tuple[str, ...] = ()
    next: str | None = None
    archive: str | None = None
    """The document of what stood here before (`rel=prev-archive`, RFC 5005 section 4)."""
    title: str | None = None
    language: str | None = None
    ttl: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()
    """Hours, in UTC, in which the publisher asks not to be polled."""
    skip_days: frozenset[int] = frozenset()
    """Days, Monday is 0, in UTC, in which the publisher asks not to be polled."""
    hubs: tuple[str, ...] = ()
    topic: str | None = None
    """The list's own address, as it names itself (`rel=self`)."""
    site: str | None = None
    """The page that the list says it is the list of."""
    generator: str | None = None
    """The program that made the list, as it names itself."""
    is_whole: bool = True
    """The document was not cut off: what is not in it is not in the list."""
    marks: frozenset[str] = frozenset()
    """Short marks of the leads (see items.py); put on by who asked for the reading."""
    notes: tuple[str, ...] = ()
    """What was cut, skipped or repaired, for people."""


class SourceKind(ABC):
    """One way in which outlets list their news."""

    kind: ClassVar[str]
    example: ClassVar[str]

    @abstractmethod
    def read(self, document: Document, outlet: Outlet) -> Listing:
        """Give what the list says. Raises ReadingError when the document is no such list."""


SOURCE_KINDS: Shelf[SourceKind] = Shelf("crawler.spiders", SourceKind, "kind")  # type: ignore[type-abstract]
