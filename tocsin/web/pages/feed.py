"""What a watch has found, as a feed for any reader."""

import asyncio
from datetime import UTC, datetime
from io import StringIO

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from alerts import Ledger, Watch, carriers
from newsdesk import Desk, FiledArticle
from tocsin.format import FORMATS, About
from tocsin.tokens import Scope

from ..page import House, Page

_NEWEST = 50
_LOOKED_THROUGH = 200


class Feed(Page):
    """The newest articles that one watch matched."""

    path = "/feeds/{watch}.atom"
    title = "Feed of a watch"
    scope = Scope.READ

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
    found, also_in = _found(house, watch)
    FORMATS["atom"].write(found, out, About(watch.name, link, datetime.now(UTC), also_in))
    return out.getvalue()


def _found(house: House, watch: Watch) -> tuple[list[FiledArticle], dict[str, list[FiledArticle]]]:
    """Give what was matched, newest first and each text once, and by its id who else has that text by now."""
    desk, by_text = Desk(house.database), dict[str, FiledArticle]()
    ids = dict.fromkeys(match.article for match in Ledger(house.database).of_watch(watch.slug, limit=_LOOKED_THROUGH))
    with house.database.read() as session:
        for filed in (desk.find(session, article) for article in ids):
            if filed is not None and (filed.original in by_text or len(by_text) < _NEWEST):
                by_text.pop(filed.original, None)
                by_text[filed.original] = filed  # the first that matched stands for its copies
        return list(by_text.values()), {filed.id: carriers(session, desk, filed) for filed in by_text.values()}


feed = Feed()
