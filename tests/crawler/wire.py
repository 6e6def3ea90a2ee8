"""A server that says, byte by byte, what a test wants said."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Speak = Callable[[socket.socket, str], None]


@dataclass
class Wire:
    """One connection a request; it keeps when each request began and how many were open at once."""

    speak: Speak
    url: str = ""
    paths: list[str] = field(default_factory=list)
    began: list[float] = field(default_factory=list)
    open: int = 0
    most_open: int = 0
    closing: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

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
                self.began.append(time.monotonic())
                self.open += 1
                self.most_open = max(self.most_open, self.open)
            try:
                self.speak(connection, path)
            finally:
                with self.lock:
                    self.open -= 1


def answer(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    lines = {"Content-Length": str(len(body)), "Connection": "close"}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


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
