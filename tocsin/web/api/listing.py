"""Listing: a page of a list cut to its length, and one of those that have a slug."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from pydantic import Field

from .endpoint import Asks, AsksByName
from .problem import Refusal
from .values import Line, cursor_at


class Slugged(Protocol):
    """What is known by a slug."""

    @property
    def slug(self) -> str:
        """Give it."""
        ...


T = TypeVar("T")
S = TypeVar("S", bound=Slugged)


class AsksBySlug(Asks):
    """Which one, by its slug."""

    slug: Line = Field(description="Its slug.")


class AsksById(Asks):
    """Which one, by its id."""

    id: Line = Field(description="Its id.")


def cut(found: Sequence[T], limit: int, cursor: Callable[[T], str]) -> tuple[Sequence[T], str | None]:
    """Give the page that `found` begins with, and the cursor of the next where it holds one more."""
    page = found[:limit]
    return page, cursor(page[-1]) if len(found) > len(page) else None


def by_slug(every: Iterable[S], wanted: AsksByName) -> tuple[Sequence[S], str | None]:
    """Give a page of what has slugs, in their order."""
    rest = sorted((one for one in every if one.slug > wanted.cursor), key=lambda one: one.slug)
    return cut(rest, wanted.limit, lambda one: cursor_at(one.slug))


def expected(found: T | None, kind: str) -> T:
    """Give what was found. Raises Refusal where that is nothing."""
    if found is None:
        raise Refusal(404, f"There is no such {kind}.")
    return found


def of_slug(every: Iterable[S], slug: str, kind: str) -> S:
    """Give the one of a slug. Raises Refusal where there is none."""
    return expected(next((one for one in every if one.slug == slug), None), kind)
