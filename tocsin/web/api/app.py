"""The API as one application: who asks is let in first, then led to an endpoint, and told every "no" as a problem."""

import asyncio
import hashlib
import json
import time
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from pydantic import ValidationError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from newsdesk import QueryError, StorageError
from tocsin.log import logger
from tocsin.tokens import Scope as For
from tocsin.tokens import Token

from ..caller import address_of, host_in, is_from_here, is_loopback
from ..page import House
from .document import description
from .endpoint import Asked, Endpoint, Gives, endpoints
from .gate import Gate
from .problem import Fault, Refusal, problem

BASE = "/v1"
DESCRIPTION = "/openapi.json"
LONGEST_BODY = 16_384
PATIENCE = 10.0
"""Seconds that a request waits for its body, its turn, or the database's writer."""
READING = 1.0
"""Seconds after which a search gives what it has: what the daemon has to do beside it comes first."""
_AT_ONCE = 2
"""So many requests read the database at a time."""
BUSY = (OperationalError, InterfaceError, PoolTimeout, StorageError, TimeoutError)
"""What says that the database is busy or away."""
_CALLER = "tocsin.caller"

log = logger("web.api")


def make_api(house: House, gate: Gate) -> ASGIApp:
    """Give the application that stands at `/api`."""
    turns = asyncio.Semaphore(_AT_ONCE)
    routes = [
        Route(BASE + one.path, _Answering(one, house, gate, turns), methods=[one.method])
        for one in endpoints().values()
    ]
    routes.append(Route(DESCRIPTION, _Description(house, gate), methods=["GET"]))
    return _Door(Router(routes, redirect_slashes=False), gate)


class _Door:
    """Lets in by default nobody, and turns whatever is raised into a problem."""

    def __init__(self, inner: ASGIApp, gate: Gate) -> None:
        self._inner, self._gate = inner, gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            scope[_CALLER] = await self._caller(request)
            await self._inner(scope, receive, send)
        except Refusal as refusal:
            await problem(refusal)(scope, receive, send)
        except HTTPException as error:
            await problem(Refusal(error.status_code, headers=error.headers))(scope, receive, send)
        except ClientDisconnect:
            return
        except BUSY as error:
            log.warning("database busy", error=type(error).__name__)
            detail = "The database is busy or cannot be reached. What was asked may still be done."
            await problem(Refusal(503, detail, headers={"Retry-After": "5"}))(scope, receive, send)
        except Exception:
            log.exception("failed", method=request.method, path=request.url.path)
            await problem(Refusal(500, "Something failed here; it is in the log."))(scope, receive, send)

    async def _caller(self, request: Request) -> Token | None:
        path = request.url.path
        if path.endswith(f"/api{DESCRIPTION}") and "authorization" not in request.headers and is_from_here(request):
            return None
        return await self._gate.admit(request)


class _Answering:
    """Answers one endpoint."""

    def __init__(self, endpoint: Endpoint, house: House, gate: Gate, turns: asyncio.Semaphore) -> None:
        self._endpoint, self._house, self._gate, self._turns = endpoint, house, gate, turns

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request, caller = Request(scope, receive), scope[_CALLER]
        now = self._gate.now()
        self._gate.expect(caller, self._endpoint.scope, request)
        params = _validated(self._endpoint, await _given(self._endpoint, request), now)
        try:
            given = await self._answer(params, now, caller.name)
        except QueryError as error:
            fault = Fault(field="q", detail=str(error), position=error.position)
            raise Refusal(422, "The query cannot be read.", faults=[fault]) from None
        if self._endpoint.acts:
            what = {"method": request.method, "path": request.url.path, "by": caller.name}
            log.info("changed", **what, address=address_of(request))
        response = _response(request, given, _link(request, self._house, given))
        response.background = BackgroundTask(self._gate.note_use, caller, address_of(request))
        await response(scope, receive, send)

    async def _answer(self, params: Any, now: datetime, by: str) -> Gives:
        endpoint = self._endpoint
        async with asyncio.timeout(PATIENCE) as patience:
            if endpoint.acts:
                return await endpoint.acts(Asked(self._house, params, now, by))
            async with self._turns:
                patience.reschedule(None)  # a thread that reads cannot be stopped: it looks at the time itself
                assert endpoint.reads
                end = time.monotonic() + READING
                asked = Asked(self._house, params, now, by, lambda: time.monotonic() >= end)
                return await asyncio.to_thread(endpoint.reads, asked)


class _Description:
    """Answers with the description of all endpoints; from this machine also without a token."""

    def __init__(self, house: House, gate: Gate) -> None:
        self._house, self._gate = house, gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request, caller = Request(scope, receive), scope[_CALLER]
        if caller is not None:
            self._gate.expect(caller, For.READ, request)
        document = description(f"{self._house.public_url}/api{BASE}")
        text = json.dumps(document, ensure_ascii=False, indent=1)
        await _cached(request, text.encode(), {})(scope, receive, send)


async def _given(endpoint: Endpoint, request: Request) -> dict[str, Any]:
    """Give what a request asks, by name. Raises Refusal."""
    given: dict[str, Any] = {}
    for name, value in request.query_params.multi_items():
        if name in given or name in endpoint.holes or endpoint.acts:
            detail = "may stand here but once" if name in given else "is no parameter of this address"
            raise Refusal(422, "The parameters cannot be taken.", faults=[Fault(field=name, detail=detail)])
        given[name] = value
    if endpoint.acts:
        needed = {name for name, field in endpoint.asks.model_fields.items() if field.is_required()}
        given = await _body(request, empty=not needed - set(endpoint.holes))
        if clash := set(given) & set(endpoint.holes):
            faults = [Fault(field=name, detail="is said by the address") for name in sorted(clash)]
            raise Refusal(422, "The body cannot be taken.", faults=faults)
    return {**given, **request.path_params}


async def _body(request: Request, *, empty: bool) -> dict[str, Any]:
    """Read a body of JSON, within bounds; `empty` says that there need be none. Raises Refusal."""
    raw = await _read(request)
    if not raw and empty:
        return {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refusal(415, "Send JSON, as application/json.", headers={"Accept-Post": "application/json"})
    try:
        found = json.loads(raw, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise Refusal(422, "The body is no JSON, or says something twice.") from None
    if not isinstance(found, dict):
        raise Refusal(422, "The body is no JSON object.")
    return found


async def _read(request: Request) -> bytes:
    raw = b""
    try:
        async with asyncio.timeout(PATIENCE):
            async for chunk in request.stream():
                raw += chunk
                if len(raw) > LONGEST_BODY:
                    raise Refusal(413, f"A body has at most {LONGEST_BODY} bytes.", headers={"Connection": "close"})
    except TimeoutError:
        raise Refusal(408, headers={"Connection": "close"}) from None
    return raw


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _validated(endpoint: Endpoint, given: dict[str, Any], now: datetime) -> Any:
    try:
        return endpoint.asks.model_validate(given, context={"now": now})
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        wrong = [Fault(field=".".join(map(str, one["loc"])), detail=_plain(one["msg"])) for one in found]
        raise Refusal(422, "The parameters cannot be taken.", faults=wrong[:20]) from None


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ").replace("Extra inputs are not permitted", "is not known here")


def _link(request: Request, house: House, given: Gives) -> dict[str, str]:
    """Give where the next page is (RFC 8288), by the name under which we were asked."""
    cursor = getattr(given, "next", None)
    if cursor is None:
        return {}
    query = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    asked, public = host_in(request.headers.get("host", "")), urlsplit(house.public_url).hostname or ""
    # Many things are called localhost; a name of one's own stands for the proxy before us, with its scheme and port.
    by_public_name = asked == public and not is_loopback(asked)
    base = house.public_url if by_public_name else f"{request.url.scheme}://{request.url.netloc}"
    return {"Link": f'<{base}{request.url.path}?{urlencode([*query, ("cursor", cursor)])}>; rel="next"'}


def _response(request: Request, given: Gives, headers: dict[str, str]) -> Response:
    body = given.model_dump_json(exclude_unset=True).encode()
    if request.method == "POST":
        return Response(body, headers=headers, media_type="application/json")
    return _cached(request, body, headers)


def _cached(request: Request, body: bytes, headers: dict[str, str]) -> Response:
    """Give an answer that need not be sent again to whoever has it (RFC 9110, 13.1.2)."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers |= {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization"}
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    response = Response(body, headers=headers, media_type="application/json")
    if request.method == "HEAD":
        response.body = b""
    return response
