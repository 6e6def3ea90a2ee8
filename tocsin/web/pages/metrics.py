"""The metrics, for Prometheus."""

from prometheus_client.exposition import choose_encoder
from starlette.requests import Request
from starlette.responses import Response

from tocsin.tokens import Scope

from ..page import House, Page


class Metrics(Page):
    """All counters and gauges of the daemon; names begin with `tocsin_`, units are base units."""

    path = "/metrics"
    title = "Metrics"
    scope = Scope.METRICS

    async def get(self, request: Request, house: House) -> Response:
        """Give them in the form that the asker prefers."""
        encode, kind = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(house.registry), headers={"Content-Type": kind})


metrics = Metrics()
