"""What a watch has found, as a feed for any reader: the operator's own, and those that readers made for themselves."""

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from alerts import FEED, Subscriptions, Watch, feed_address
from tocsin.tokens import Scope

from ..findings import atom_of
from ..page import House, Page


class Feed(Page):
    """The newest articles that one watch matched."""

    path = "/feeds/{watch}.atom"
    title = "Feed of a watch"
    scope = Scope.READ

    async def get(self, request: Request, house: House) -> Response:
        """Give the feed as Atom."""
        return await _answer(house, _watch(request, house), "")


class OwnFeed(Page):
    """The same at an address that one reader made, and can end; whoever does not know it learns nothing."""

    path = "/feeds/{watch}/{secret}.atom"
    title = "Feed of a reader"
    public = True

    async def get(self, request: Request, house: House) -> Response:
        """Give the feed as Atom; 410 once its reader has ended it."""
        watch, secret = _watch(request, house), request.path_params["secret"]
        known = await asyncio.to_thread(Subscriptions(house.database).of_address, FEED, feed_address(secret))
        made = next((one for one in known if one.watch == watch.slug), None)
        if made is None:
            raise HTTPException(404)
        if not made.is_active:
            raise HTTPException(410)
        return await _answer(house, watch, f"/{secret}")


def _watch(request: Request, house: House) -> Watch:
    slug = request.path_params["watch"]
    for watch in house.watches:
        if watch.slug == slug:
            return watch  # type: ignore[no-any-return]
    raise HTTPException(404)


async def _answer(house: House, watch: Watch, own: str) -> Response:
    link = f"{house.public_url}/feeds/{watch.slug}{own}.atom"
    return Response(await asyncio.to_thread(atom_of, house, watch, link), media_type="application/atom+xml")


feed = Feed()
own_feed = OwnFeed()
