"""Where readers ask to be told of a watch that is open: by mail, once its owner confirms, or by a feed of their own."""

import math
from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from alerts import NotTaken, TooMany, Watch

from ..caller import requester_of
from ..page import House, Page, render
from ..reader import check_origin, choices, entry_of, filled, form_of, plainly


class Open(Page):
    """The watches that readers may subscribe to."""

    path = "/subscribe"
    title = "Subscribe"
    public = True

    async def get(self, request: Request, house: House) -> Response:
        """List them."""
        return render("open.html", watches=[watch for watch in house.watches if house.reception.watch(watch.slug)])


class Subscribe(Page):
    """One open watch. Whoever asks learns nothing of who is subscribed: each address is answered alike."""

    path = "/subscribe/{watch}"
    title = "Subscribe"
    public = True

    async def get(self, request: Request, house: House) -> Response:
        """Show the form."""
        return _page(_watch(request, house), given=filled({}))

    async def post(self, request: Request, house: House) -> Response:
        """Send the one mail that asks, or make a feed."""
        watch = _watch(request, house)
        check_origin(request, house)
        form, requester = await form_of(request), requester_of(request)
        try:
            if form.get("by") == "feed":
                return await _feed(house, watch, requester)
            entry = {"email": form.get("email", ""), **entry_of(form)}
            await house.reception.ask(watch.slug, entry, requester)
        except NotTaken as error:
            return _page(watch, 422, faults=plainly(error), given={**filled({}), **form})
        except TooMany as error:
            answer = _page(watch, 429, state="later", given=filled({}))
            answer.headers["Retry-After"] = str(math.ceil(error.wait.total_seconds()))
            return answer
        return _page(watch, state="asked", address=form["email"], given=filled({}))


async def _feed(house: House, watch: Watch, requester: str) -> Response:
    made, secret = await house.reception.feed(watch.slug, requester)
    link = house.reception.feed_url(watch.slug, secret)
    return _page(watch, state="feed", link=link, end=f"{house.public_url}/unsubscribe/{made.token}", given=filled({}))


def _watch(request: Request, house: House) -> Watch:
    found = house.reception.watch(request.path_params["watch"])
    if found is None:
        raise HTTPException(404)
    return found


def _page(watch: Watch, status: int = 200, **more: Any) -> Response:
    usual: Mapping[str, Any] = {"state": "form", "faults": (), "address": "", "link": "", "end": ""}
    return render("subscribe.html", status, watch=watch, **{**usual, **choices(), **more})


open_watches = Open()
subscribe = Subscribe()
