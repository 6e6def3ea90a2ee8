"""Does the daemon work: is the database reachable, does the schedule run?"""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from ..page import House, Page


class Readyz(Page):
    """200 when all is well, 503 with what is not."""

    path = "/readyz"
    title = "Ready"
    public = True

    async def get(self, request: Request, house: House) -> Response:
        """Say ok, or what is amiss, in words that give nothing away."""
        troubles = await house.troubles()
        if troubles:
            return PlainTextResponse("".join(f"{trouble}\n" for trouble in troubles), 503, {"Retry-After": "10"})
        return PlainTextResponse("ok\n")


readyz = Readyz()
