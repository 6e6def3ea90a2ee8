"""Lead: an address, perhaps a headline and a date, not yet an article."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Lead:
    """What a list says of one page; `url` is absolute and as the list gives it. Instants are aware and in UTC."""

    url: str
    title: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    language: str | None = None
    summary: str | None = None
