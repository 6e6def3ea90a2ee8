"""The address that every mail names for ending its alerts (RFC 8058): GET shows, POST acts, as often as one likes."""

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from ..page import House, Page


class Unsubscribe(Page):
    """Ends one subscription. A mail scanner that follows the link by GET changes nothing."""

    path = "/unsubscribe/{token}"
    title = "Unsubscribe"
    public = True

    async def get(self, request: Request, house: House) -> Response:
        """Show what would end."""
        return await self._show(request, house)

    async def post(self, request: Request, house: House) -> Response:
        """End it."""
        from alerts import Outbox

        token, now = request.path_params["token"], datetime.now(UTC)
        await house.database.transact(lambda session: Outbox(house.database).unsubscribe(session, token, now))
        return await self._show(request, house)


unsubscribe = Unsubscribe()
