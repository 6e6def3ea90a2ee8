"""Is the process alive?"""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from ..page import House, Page


class Healthz(Page):
    """Answers as long as the loop turns."""

    path = "/healthz"
    title = "Alive"
    public = True

    async def get(self, request: Request, house: House) -> Response:
        """Say ok."""
        return PlainTextResponse("ok\n")


healthz = Healthz()
