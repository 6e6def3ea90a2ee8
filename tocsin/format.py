"""Format: what any form of export must be.

To add a form, put a file in `formats/` that holds one instance of a Format: its name and how it writes a stream of
articles. Its name then stands in `tocsin export --format`.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, TextIO

from newsdesk import FiledArticle, Shelf


@dataclass(frozen=True, slots=True)
class About:
    """What a feed says of itself."""

    title: str
    link: str
    now: datetime
    also_in: Mapping[str, Sequence[FiledArticle]] = field(default_factory=dict)
    """By the id of an article, the others that have its text, where they are to be named."""


class Format(ABC):
    """One form of export."""

    name: ClassVar[str]
    is_text: ClassVar[bool] = True
    """Whether it can be shown; what is none is written to `out.buffer`."""

    @abstractmethod
    def write(self, articles: Iterable[FiledArticle], out: TextIO, about: About) -> None:
        """Write `articles` as they come; nothing is held in memory."""


FORMATS: Shelf[Format] = Shelf("tocsin.formats", Format)  # type: ignore[type-abstract]
