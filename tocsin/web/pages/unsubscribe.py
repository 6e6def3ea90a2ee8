"""The address that every mail names for ending its alerts (RFC 8058): GET shows, POST acts, as often as one likes."""

import asyncio
from datetime import UTC, datetime
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from alerts import Subscription, Subscriptions

from ..page import House, Page, render


class Unsubscribe(Page):
    """Ends one subscription. A mail scanner that follows the link by GET changes nothing."""

    path = "/unsubscribe/{token}"
    title = "Unsubscribe"
    public = True

    async def get(self, request: Request, house: House) -> Response:
        """Show what would end."""
        found = await asyncio.to_thread(Subscriptions(house.database).show, request.path_params["token"])
        return _answer(house, found)

    async def post(self, request: Request, house: House) -> Response:
        """End it; a mail program's one click and the button here are the same to us."""
        end = partial(Subscriptions(house.database).end, token=request.path_params["token"], now=datetime.now(UTC))
        return _answer(house, await house.database.transact(end))


def _answer(house: House, found: Subscription | None) -> Response:
    if found is None:
        return render("unsubscribe.html", 404, state="unknown", address="", watch="")
    state = "active" if found.is_active else "ended"
    watch = next((watch.name for watch in house.watches if watch.slug == found.watch), found.watch)
    return render("unsubscribe.html", state=state, address=found.address, watch=watch)


unsubscribe = Unsubscribe()
