"""Outlets: what is polled, and how each does."""

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from tocsin.standing import standing

from ..endpoint import Asked, AsksByName, Endpoint, Gives, GivesPage
from ..listing import AsksBySlug, by_slug, of_slug
from ..values import When


class Gap(Gives):
    """When two readings of a list shared no item: what may have scrolled by."""

    count: int
    began: When
    noticed: When
    ended: When | None
    way: str | None
    found: int


class Hub(Gives):
    """Who pushes the news of a list."""

    url: str
    state: str
    reason: str | None
    until: When | None
    last_push: When | None


class Source(Gives):
    """One list of an outlet's news, and how it does."""

    kind: str
    url: str
    state: str
    last_success: When | None
    next_poll: When | None
    interval: str | None = Field(description="How often it is asked, like `5m`, and ...")
    interval_reason: str | None = Field(description="... why.")
    failures: int
    last_error: str | None
    last_status: int | None
    last_200: When | None
    last_new: When | None
    polls: int
    not_modified_share: float
    bytes: int
    lied_about_304: When | None
    moved_to: str | None
    gap: Gap | None
    hub: Hub | None
    robots_closed_since: When | None


class Outlet(Gives):
    """An outlet, its health, its rhythm and its sources."""

    slug: str
    name: str
    site: str | None
    language: str | None
    tags: list[str]
    health: str
    health_since: When | None
    health_reason: str | None
    operator_told: bool
    articles: int
    last_article: When | None
    next_visit: When | None
    interval: str | None
    interval_reason: str | None
    sources: list[Source]


class Outlets(GivesPage):
    """Outlets by their slugs."""

    items: list[Outlet]


def _outlets(asked: Asked[AsksByName]) -> Outlets:
    page, more = by_slug(asked.house.outlets, asked.params)
    return Outlets(items=_standing(asked, page), next=more)


def _outlet(asked: Asked[AsksBySlug]) -> Outlet:
    return _standing(asked, [of_slug(asked.house.outlets, asked.params.slug, "outlet")])[0]


def _standing(asked: Asked[Any], outlets: Sequence[Any]) -> list[Outlet]:
    return [Outlet.model_validate(one) for one in standing(asked.house.database, outlets)]


OUTLETS = Endpoint(
    path="/outlets", summary="List the outlets and how each does.", asks=AsksByName, gives=Outlets, reads=_outlets
)
OUTLET = Endpoint(
    path="/outlets/{slug}",
    summary="Give one outlet and how it does.",
    asks=AsksBySlug,
    gives=Outlet,
    reads=_outlet,
    refusals=(404,),
)
