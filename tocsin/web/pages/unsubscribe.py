"""The address that every mail names for ending its alerts (RFC 8058): GET shows, POST acts, as often as one likes."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from alerts import Subscription, SubscriptionState, leave, meant

from ..page import House, Page, render
from ..reader import manage, name_of


class Unsubscribe(Page):
    """Ends what the mail was of: one watch, or all that it names. A scanner that follows the link changes nothing."""

    path = "/unsubscribe/{token}"
    title = "Unsubscribe"
    public = True

    async def get(self, request: Request, house: House) -> Response:
        """Show what would end, and what else can be chosen."""
        way = request.path_params["token"]
        return await _page(house, way, await asyncio.to_thread(_meant, house, way))

    async def post(self, request: Request, house: House) -> Response:
        """End it; a mail program's one click and the button here are the same to us."""
        way, now = request.path_params["token"], datetime.now(UTC)
        ended = await house.database.transact(partial(leave, database=house.database, way=way, now=now))
        await house.reception.look()
        return await _page(house, way, ended)


def _meant(house: House, way: str) -> list[Subscription]:
    with house.database.read() as session:
        return meant(session, way)


async def _page(house: House, way: str, found: Sequence[Subscription]) -> Response:
    if len(found) < 2:
        return await manage(house, found[0].token if found else way, "unsubscribe")
    return render(
        "several.html",
        address=found[0].address,
        ended=all(one.state is SubscriptionState.UNSUBSCRIBED for one in found),
        watches=[(name_of(house, one.watch), one.token) for one in found],
    )


unsubscribe = Unsubscribe()
