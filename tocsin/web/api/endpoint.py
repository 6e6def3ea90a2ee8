"""Endpoint: one thing that programs can ask of the API.

To add one, put a file into `endpoints/`: at top level an `Endpoint` with its path, the model of what it is asked,
the model of what it gives, and the function that answers: `reads`, which is run in a thread, or `acts`, which
changes something by the database's writer. Who reads needs the scope `read`, who acts `write`; the field of the
asked model that is named in the path is taken from there, the others from the query string or the JSON body. The
description at `/api/openapi.json` is made from the shelf. No list is edited.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from newsdesk import Shelf
from tocsin.tokens import Scope

from ..page import House
from .values import AgeCursor, Limit, NameCursor

P = TypeVar("P", bound=BaseModel)


class Asks(BaseModel):
    """What an endpoint is asked; anything else is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AsksForPage(Asks):
    """What every list is asked."""

    limit: Limit = Field(default=50, description="At most so many.")


class AsksByAge(AsksForPage):
    """What a list is asked that goes by age, newest first."""

    cursor: AgeCursor | None = Field(default=None, description="The `next` of the page before.")


class AsksByName(AsksForPage):
    """What a list is asked that goes by names or ids."""

    cursor: NameCursor = Field(default="", description="The `next` of the page before.")


class Gives(BaseModel):
    """What an endpoint gives."""

    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


class GivesPage(Gives):
    """A page of a list."""

    next: str | None = Field(description="The cursor of the next page; null on the last.")


@dataclass(frozen=True, slots=True)
class Asked(Generic[P]):
    """One request: what it asks, when, of which house."""

    house: House
    params: P
    now: datetime
    by: str = ""
    """The name of the token that asks."""
    is_late: Callable[[], bool] = bool
    """Tells whether it has had its time: what can be gone on with by a cursor ends there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One address below `/api/v1`, by one method."""

    path: str
    summary: str
    gives: type[Gives]
    asks: type[Asks] = Asks
    reads: Callable[[Asked[Any]], Gives] | None = None
    acts: Callable[[Asked[Any]], Awaitable[Gives]] | None = None
    refusals: tuple[int, ...] = ()
    """With which statuses it refuses, besides those that every endpoint has."""

    @property
    def method(self) -> str:
        """Give its method: GET where it only reads."""
        return "GET" if self.reads else "POST"

    @property
    def scope(self) -> Scope:
        """Give what a token must be good for."""
        return Scope.READ if self.reads else Scope.WRITE

    @property
    def name(self) -> str:
        """Give what tells it from every other."""
        return f"{self.method} {self.path}"

    @property
    def holes(self) -> tuple[str, ...]:
        """Give the parameters in its path."""
        return tuple(re.findall(r"{(\w+)}", self.path))


def endpoints() -> Mapping[str, Endpoint]:
    """Give all endpoints by their names."""
    return Shelf("tocsin.web.api.endpoints", Endpoint)
