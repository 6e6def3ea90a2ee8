"""The outlets: how each does and why it is asked when it is."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from tocsin.standing import ALARM, clock, health_line, remarks, size, standing

from ..page import House, Page, render

_MOST = 300
"""How many one page shows; the rest is for `tocsin outlets`."""


class Outlets(Page):
    """Health, rhythm and sources of every outlet; those in trouble first."""

    path = "/outlets"
    title = "Outlets"

    async def get(self, request: Request, house: House) -> Response:
        """Show all outlets."""
        listed = await asyncio.to_thread(standing, house.database, house.outlets)
        listed.sort(key=lambda one: one["health_since"] is None)
        tools: dict[str, Any] = {"clock": clock, "size": size, "remarks": remarks, "health_line": health_line}
        bad = sum(one["health_since"] is not None for one in listed)
        tools |= {"outlets": listed[:_MOST], "count": len(listed), "more": max(len(listed) - _MOST, 0)}
        return render("outlets.html", bad=bad, alarm=ALARM, **tools)


outlets = Outlets()
