"""The address that a hub knows us by (WebSub): GET answers what it asks, POST takes what it pushes."""

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from ..page import House, Page

_PAUSE = "10"
"""Seconds after which a hub that pushes too much may try again."""


class WebSub(Page):
    """One subscription, by its token; whoever does not know one learns nothing here."""

    path = "/websub/{token}"
    title = "WebSub"
    public = True

    async def get(self, request: Request, house: House) -> Response:
        """Say the challenge back, as text, when what the hub asks was requested."""
        if request.method != "GET":  # a HEAD cannot hold the answer
            raise HTTPException(404)
        challenge = await house.hubs.confirm(request.path_params["token"], request.scope["query_string"])
        if challenge is None:
            raise HTTPException(404)
        return Response(challenge, media_type="text/plain")

    async def post(self, request: Request, house: House) -> Response:
        """Take a push in; the body is read no further than it is wanted."""
        headers = request.headers
        try:
            status = await house.hubs.take(
                request.path_params["token"],
                headers.get("x-hub-signature", ""),
                headers.get("content-type"),
                request.stream(),
            )
        except ClientDisconnect:
            status = 400
        return Response(status_code=status, headers={"Retry-After": _PAUSE} if status == 429 else None)


websub = WebSub()
