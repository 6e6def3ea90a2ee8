"""Desk: says whether an article is news, and files it, in the caller's transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from sqlalchemy.orm import Session

from .article import Article, FiledArticle
from .database import Database


class FilingKind(StrEnum):
    """What filing an article came to."""

    NEW = "new"
    REVISED = "revised"
    COPY = "copy"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Filing:
    """The outcome of filing: what it was, and the article as the record now holds it."""

    kind: FilingKind
    article: FiledArticle


@dataclass(frozen=True, slots=True)
class Unswept:
    """An article that the alerts have yet to look at, and why."""

    filed: FiledArticle
    reason: Literal["new", "revised"]


class Desk:
    """Where articles are filed."""

    def __init__(self, database: Database) -> None:
        """Serve the tables of `database`; every method works in the session that it is given."""
        self._database = database

    def file(self, session: Session, article: Article, *, now: datetime, quiet: bool = False) -> Filing:
        """File what a page says; `quiet` leaves no mark for the alerts."""
        raise NotImplementedError

    def known(self, session: Session, urls: Sequence[str]) -> set[str]:
        """Give those of the canonical addresses that are on record."""
        raise NotImplementedError

    def unswept(self, session: Session, limit: int = 100) -> list[Unswept]:
        """Give the articles that the alerts have yet to look at, oldest first, locked until the transaction ends."""
        raise NotImplementedError

    def mark_swept(self, session: Session, ids: Iterable[str]) -> None:
        """End the mark of these articles."""
        raise NotImplementedError

    def also_in(self, session: Session, story: str, not_id: str) -> list[FiledArticle]:
        """Give the other articles of a story, oldest first."""
        raise NotImplementedError

    def find(self, session: Session, id_or_url: str) -> FiledArticle | None:
        """Give an article by its id or by any address that leads to it."""
        raise NotImplementedError
