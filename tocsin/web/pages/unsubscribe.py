"""The address that every mail names for ending its alerts (RFC 8058): GET shows, POST acts, as often as one likes."""

from datetime import UTC, datetime
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from alerts import Subscriptions

from ..page import House, Page
from ..reader import manage


class Unsubscribe(Page):
    """Ends one subscription. A mail scanner that follows the link by GET changes nothing."""

    path = "/unsubscribe/{token}"
    title = "Unsubscribe"
    public = True

    async def get(self, request: Request, house: House) -> Response:
        """Show what would end, and what else can be chosen."""
        return await manage(house, request.path_params["token"], "unsubscribe")

    async def post(self, request: Request, house: House) -> Response:
        """End it; a mail program's one click and the button here are the same to us."""
        token = request.path_params["token"]
        await house.database.transact(partial(Subscriptions(house.database).end, token=token, now=datetime.now(UTC)))
        await house.reception.look()
        return await manage(house, token, "unsubscribe")


unsubscribe = Unsubscribe()
