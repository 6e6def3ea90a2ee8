"""The start page: outlets, watches and deliveries in short."""

import asyncio
from collections import Counter
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from newsdesk import Archive, Database, instant

from ..page import House, Page, render


class Home(Page):
    """What is polled, what is watched, how delivery goes."""

    path = "/"
    title = "Overview"

    async def get(self, request: Request, house: House) -> Response:
        """Show the overview."""
        troubles = await house.troubles()
        outlets, deliveries = await asyncio.to_thread(_survey, house)
        return render("home.html", troubles=troubles, outlets=outlets, watches=house.watches, deliveries=deliveries)


def _survey(house: House) -> tuple[list[dict[str, Any]], list[tuple[str, int]]]:
    return _outlets(house), _deliveries(house.database)


def _outlets(house: House) -> list[dict[str, Any]]:
    from crawler import source_states

    counts = Archive(house.database).counts()
    states = source_states(house.database)
    rows = []
    for outlet in house.outlets:
        mine = [state for state in states if state.outlet == outlet.slug]
        articles, last = counts.get(outlet.slug, (0, None))
        visits = [state.last_attempt for state in mine if state.last_attempt]
        rows.append(
            {
                "slug": outlet.slug,
                "name": outlet.name,
                "articles": articles,
                "last_new": _shown(last),
                "last_visit": _shown(max(visits, default=None)),
                "trouble": next((state.last_error for state in mine if state.failures and state.last_error), ""),
            }
        )
    return rows


def _deliveries(database: Database) -> list[tuple[str, int]]:
    from alerts import delivery_counts

    return sorted(Counter(delivery_counts(database)).items())


def _shown(moment: datetime | None) -> str:
    return (instant(moment) or "").replace("T", " ").replace("Z", " UTC") or "never"


home = Home()
