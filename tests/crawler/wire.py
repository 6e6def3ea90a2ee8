"""A server that says, byte by byte, what a test wants said."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

Speak = Callable[[socket.socket, str], None]


@dataclass
class Wire:
    """One connection a request; it keeps when each request began and how many were open at once."""

    speak: Speak
    url: str = ""
    name: str = "The Wire"
    requests: list[bytes] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    began: list[float] = field(default_factory=list)
    open: int = 0
    most_open: int = 0
    script: Any = None
    closing: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def asked(self, path: str) -> list[dict[str, bytes]]:
        """Give the headers of each request for a path."""
        return [headers_of(request) for request in self.requests if request.split(b" ")[1].decode() == path]

    def serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            request = b""
            while b"\r\n\r\n" not in request:
                if not (more := connection.recv(65536)):
                    return
                request += more
            path = request.split(b" ")[1].decode()
            with self.lock:
                self.paths.append(path)
                self.requests.append(request)
                self.began.append(time.monotonic())
                self.open += 1
                self.most_open = max(self.most_open, self.open)
            try:
                self.speak(connection, path)
            finally:
                with self.lock:
                    self.open -= 1


def headers_of(request: bytes) -> dict[str, bytes]:
    """Give the headers of a request by their names in lower case, their values byte for byte."""
    lines = request.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]
    return {name.decode().lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}


def answer(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    lines = {"Content-Length": str(len(body)), "Connection": "close"}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


class Script:
    """Answers each path with one answer after the other, the last of them for ever; pages are gone, the rest missing.

    An answer may be a function of the request's headers.
    """

    def __init__(self, **paths: Any) -> None:
        """Answer `/feed` by what is given as `feed`, one answer or a list of them."""
        self.answers = {f"/{path.replace('__', '/').replace('_', '.')}": said for path, said in paths.items()}
        self.server: Wire | None = None

    def __call__(self, connection: socket.socket, path: str) -> None:
        """Say what is next for this path."""
        assert self.server is not None
        said = self.answers.get(path, answer(status="410 Gone" if path.startswith("/a/") else "404 Not Found"))
        if isinstance(said, list):
            said = said.pop(0) if len(said) > 1 else said[0]
        if callable(said):
            said = said(headers_of(self.server.requests[-1]))
        connection.sendall(said)


@contextmanager
def played(**paths: Any) -> Iterator[Wire]:
    """Open a server that plays a script."""
    script = Script(**paths)
    with wire(script) as server:
        script.server = server
        server.script = script
        yield server


@contextmanager
def wire(speak: Speak | dict[str, bytes]) -> Iterator[Wire]:
    """Open a server; a mapping gives the whole answer by path, and 404 for the rest."""
    if isinstance(speak, dict):
        answers = speak

        def speak(connection: socket.socket, path: str) -> None:
            connection.sendall(answers.get(path, answer(status="404 Not Found")))

    server = Wire(speak)
    listener = socket.create_server(("127.0.0.1", 0), backlog=200)
    server.url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=server.serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield server
    server.closing.set()
    with suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)
    listener.close()
