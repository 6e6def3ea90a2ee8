"""The shelf of pages behind one guarded door, served by uvicorn in the daemon's own loop."""

import asyncio
import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from newsdesk import ConfigError, Problem

from ..log import logger
from .api import BUSY, PATIENCE, Gate, Refusal, make_api, problem
from .caller import address_of, host_in, is_from_here, is_ip
from .page import House, Page, pages

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})

log = logger("web")


def make_app(house: House, bind_host: str = "127.0.0.1") -> ASGIApp:
    """Give the web face as one application: every page of the shelf, the API, and the stylesheet."""
    gate = Gate(house.database)
    routes: list[Route | Mount] = [_route(page, house, gate) for page in pages().values()]
    routes.append(Mount("/api", make_api(house, gate)))
    routes.append(Mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static"))
    handlers = {HTTPException: _refusal, Refusal: _no, Exception: _failure, **dict.fromkeys(BUSY, _busy)}
    inner = Starlette(routes=routes, exception_handlers=handlers)
    public = urlsplit(house.public_url)
    return _Door(inner, bind_host, public.hostname or "", secure=public.scheme == "https")


def _route(page: Page, house: House, gate: Gate) -> Route:
    async def endpoint(request: Request) -> Response:
        token = None
        if not page.public and not is_from_here(request):
            if page.scope is None or "authorization" not in request.headers:
                raise HTTPException(404)
            token = await gate.admit(request, page.scope)
        async with asyncio.timeout(PATIENCE if request.method == "POST" else None):
            response = await (page.post if request.method == "POST" else page.get)(request, house)
        if token is not None:
            response.background = BackgroundTask(gate.note_use, token, address_of(request))
        return response

    methods = ["GET", "POST"] if page.acts else ["GET"]
    return Route(page.path, endpoint, methods=methods, name=page.path)


def _refusal(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return PlainTextResponse(f"{error.detail}.\n", error.status_code, headers=error.headers)


def _no(_request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)
    return problem(refusal)


def _busy(request: Request, error: Exception) -> Response:
    log.warning("database busy", path=request.scope["route"].path, error=type(error).__name__)
    text = "The database is busy or cannot be reached. What was asked may still be done; else try again.\n"
    return PlainTextResponse(text, 503, headers={"Retry-After": "30"})


def _failure(_request: Request, _error: Exception) -> Response:
    return PlainTextResponse("Something failed here; it is in the log.\n", 500)


class _Door:
    """Refuses hosts that are not ours (DNS rebinding) and sets the security headers on every answer."""

    def __init__(self, inner: ASGIApp, bind_host: str, public_host: str, *, secure: bool) -> None:
        self._inner = inner
        self._hosts = _LOOPBACK_NAMES | {bind_host.lower(), public_host.lower()}
        self._any_literal = is_ip(bind_host) and ipaddress.ip_address(bind_host).is_unspecified
        self._headers = dict(_HEADERS)
        if secure:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lead one request in."""
        if scope["type"] != "http":
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                if not scope["path"].startswith("/static/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        if self._knows(host_in(Headers(scope=scope).get("host", ""))):
            await self._inner(scope, receive, guarded)
        else:
            await PlainTextResponse("This host is not served here.\n", 421)(scope, receive, guarded)

    def _knows(self, host: str) -> bool:
        # A literal address cannot be re-bound by DNS, so a wildcard bind may be asked by any of the machine's own.
        return host in self._hosts or (self._any_literal and is_ip(host))


class WebFace:
    """The web face on its address; `bind` is `host:port`, port 0 for any free one."""

    def __init__(self, house: House, bind: str) -> None:
        """Prepare; nothing is opened before `start()`."""
        self._house, self._bind = house, bind
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None
        self.address = ""

    async def start(self) -> None:
        """Open the address and serve. Raises ConfigError when it cannot be had."""
        door = _open(self._bind)
        host, port = door.getsockname()[:2]
        self.address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        config = uvicorn.Config(
            make_app(self._house, host),
            loop="none",
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=5,
            timeout_graceful_shutdown=3,
            limit_concurrency=200,
        )
        self._server = _Server(config)
        self._task = asyncio.create_task(self._server.serve([door]), name="web")
        opened = asyncio.create_task(self._server.opened.wait())
        await asyncio.wait((self._task, opened), return_when=asyncio.FIRST_COMPLETED)
        opened.cancel()
        if self._task.done():
            self._task.result()

    async def stop(self) -> None:
        """Finish the answers under way, close the address."""
        if self._server and self._task:
            self._server.should_exit = True
            await self._task
            self._server = self._task = None


class _Server(uvicorn.Server):
    """Uvicorn without signal handlers of its own: the daemon has them."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.opened = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.opened.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _open(bind: str) -> socket.socket:
    host, _, port = bind.rpartition(":")
    try:
        found = socket.getaddrinfo(
            host.strip("[]") or None, int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        family, kind, protocol, _, address = found[0]
        door = socket.socket(family, kind, protocol)
        try:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            door.bind(address)
            door.listen(128)
            door.setblocking(False)
        except OSError:
            door.close()
            raise
    except (OSError, ValueError) as error:
        what = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError(
            [Problem("web.bind", 0, 0, f"{bind} cannot be opened: {what}", 'choose a free address, or "" for none')]
        ) from error
    return door
