"""A web server on loopback in threads of its own, between `start()` and `stop()`."""

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


class Handler(BaseHTTPRequestHandler):
    """Speaks HTTP/1.1 for its `owner` and keeps quiet: the owner remembers the requests."""

    owner: Any
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 100

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of readers that leave in the middle; everything else is a fault here."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class LoopbackServer:
    """Starts and stops; what it answers is its handler's business."""

    handler: type[Handler]

    def __init__(self, host: str = "127.0.0.1") -> None:
        """Prepare; the port is chosen at `start()`."""
        self._host = host
        self._server: ThreadingHTTPServer | None = None

    @property
    def origin(self) -> str:
        """Give scheme, host and port."""
        assert self._server, "the server has not started"
        return f"http://{self._host}:{self._server.server_address[1]}"

    def start(self, port: int = 0) -> Self:
        """Open the door."""
        handler = type("Handler", (self.handler,), {"owner": self})
        self._server = _Server((self._host, port), handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="loopback", daemon=True).start()
        return self

    def stop(self) -> None:
        """Close the door; what came in stays."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> Self:
        return self if self._server else self.start()

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()
