"""The link of the one mail that asks: GET shows what was asked for, POST begins it; good once, and for a day."""

from starlette.requests import Request
from starlette.responses import Response

from alerts import Confirmation, Standing, words_of

from ..page import House, Page, render
from ..reader import name_of

_STATUS = {Standing.UNKNOWN: 404, Standing.USED: 410, Standing.EXPIRED: 410, Standing.CLOSED: 410}


class Confirm(Page):
    """Confirms one wish. A mail scanner that follows the link by GET confirms nothing."""

    path = "/confirm/{token}"
    title = "Confirm"
    public = True

    async def get(self, request: Request, house: House) -> Response:
        """Show what would begin."""
        return _page(house, await house.reception.show(request.path_params["token"]))

    async def post(self, request: Request, house: House) -> Response:
        """Begin it."""
        return _page(house, await house.reception.confirm(request.path_params["token"]))


def _page(house: House, found: Confirmation) -> Response:
    wish, made = found.wish, found.subscription
    return render(
        "confirm.html",
        _STATUS.get(found.standing, 200),
        state=str(found.standing),
        address=wish.address if wish else "",
        watch=name_of(house, wish.watch) if wish else "",
        slug=wish.watch if wish else "",
        plan=words_of(wish.plan) if wish else "",
        token=made.token if made else "",
    )


confirm = Confirm()
