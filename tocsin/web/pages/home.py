"""The start page: outlets, watches and deliveries in short."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from alerts import Ledger, Silences
from crawler import Health, outlet_states, source_states
from newsdesk import Archive, instant

from ..page import House, Page, render

_RECENT = 15


class Home(Page):
    """What is polled, what is watched, how delivery goes."""

    path = "/"
    title = "Overview"

    async def get(self, request: Request, house: House) -> Response:
        """Show the overview."""
        troubles = await house.troubles()
        survey = await asyncio.to_thread(_survey, house)
        return render("home.html", troubles=troubles, watches=house.watches, shown=_shown, **survey)


def _survey(house: House) -> dict[str, Any]:
    ledger, now = Ledger(house.database), datetime.now(UTC)
    return {
        "outlets": _outlets(house),
        "silences": [one for one in Silences(house.database).all(over=False, now=now) if one.is_in_force(now)],
        "counts": sorted(ledger.counts().items()),
        "deliveries": [(_shown(one.created_at), one) for one in ledger.deliveries(limit=_RECENT)],
    }


def _outlets(house: House) -> list[dict[str, Any]]:
    counts = Archive(house.database).counts()
    states, healths = source_states(house.database), outlet_states(house.database)
    rows = []
    for outlet in house.outlets:
        mine = [state for state in states if state.outlet == outlet.slug]
        articles, last = counts.get(outlet.slug, (0, None))
        health = healths.get(outlet.slug)
        visits = [state.last_attempt for state in mine if state.last_attempt]
        rows.append(
            {
                "slug": outlet.slug,
                "name": outlet.name,
                "articles": articles,
                "last_new": _shown(last),
                "last_visit": _shown(max(visits, default=None)),
                "health": health.health.value if health and health.health is not Health.OK else "",
                "since": _shown(health.since)[:16] if health else "",
                "trouble": next((state.last_error for state in mine if state.failures and state.last_error), ""),
            }
        )
    return rows


def _shown(moment: datetime | None) -> str:
    return (instant(moment) or "").replace("T", " ").replace("Z", "") or "never"


home = Home()
