"""What a watch has found, as a feed for any reader."""

import asyncio
from datetime import UTC, datetime
from io import StringIO

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from alerts import Ledger, Watch
from newsdesk import Desk, FiledArticle
from tocsin.format import FORMATS, About

from ..page import House, Page

_NEWEST = 50


class Feed(Page):
    """The newest articles that one watch matched."""

    path = "/feeds/{watch}.atom"
    title = "Feed of a watch"

    async def get(self, request: Request, house: House) -> Response:
        """Give the feed as Atom."""
        slug = request.path_params["watch"]
        watch = next((watch for watch in house.watches if watch.slug == slug), None)
        if watch is None:
            raise HTTPException(404)
        text = await asyncio.to_thread(_feed, house, watch)
        return Response(text, media_type="application/atom+xml")


def _feed(house: House, watch: Watch) -> str:
    out = StringIO()
    link = f"{house.public_url}/feeds/{watch.slug}.atom"
    FORMATS["atom"].write(_found(house, watch), out, About(watch.name, link, datetime.now(UTC)))
    return out.getvalue()


def _found(house: House, watch: Watch) -> list[FiledArticle]:
    ids = dict.fromkeys(match.article for match in Ledger(house.database).of_watch(watch.slug, limit=_NEWEST))
    desk = Desk(house.database)
    with house.database.read() as session:
        return [filed for filed in (desk.find(session, article) for article in ids) if filed]


feed = Feed()
