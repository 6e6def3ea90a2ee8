"""A hook on loopback: receives signed webhooks, checks each signature and remembers them."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .server import Handler, LoopbackServer


@dataclass(frozen=True, slots=True)
class Call:
    """One request that the hook received; header names are in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    genuine: bool
    """Whether one of the signatures is by the hook's secret (Standard Webhooks 1.0)."""
    status: int

    @property
    def id(self) -> str:
        """Give the delivery's id, the same over all its attempts."""
        return self.headers.get("webhook-id", "")

    @property
    def json(self) -> Any:
        """Give the body, parsed."""
        return json.loads(self.body)


class Hook(LoopbackServer):
    """An HTTP receiver on loopback. `answers`, when set, gives the status for each call; 204 without it."""

    def __init__(self, secret: str = "", host: str = "127.0.0.1") -> None:
        """Prepare a receiver that knows `secret` (`whsec_...`)."""
        super().__init__(host)
        self.secret = secret
        self.calls: list[Call] = []
        self.answers: Callable[[str, bytes], int] = lambda _path, _body: 204
        self._changed = threading.Condition()

    @property
    def url(self) -> str:
        """Give the address to deliver to."""
        return f"{self.origin}/hook"

    def receive(self, path: str, headers: Mapping[str, str], body: bytes) -> int:
        """Take one request and give the status to answer with."""
        status = self.answers(path, body)
        call = Call(path, headers, body, self._is_genuine(headers, body), status)
        with self._changed:
            self.calls.append(call)
            self._changed.notify_all()
        return status

    def accepted(self) -> list[Call]:
        """Give the calls that were answered with success."""
        return [call for call in list(self.calls) if 200 <= call.status < 300]

    def wait(self, count: int, timeout: float = 30) -> list[Call]:
        """Give the calls once there are `count` of them, or what there is after `timeout` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.calls) >= count, timeout)
            return list(self.calls)

    def _is_genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signed = f"{headers.get('webhook-id')}.{headers.get('webhook-timestamp')}.".encode() + body
        right = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        return any(hmac.compare_digest(right, given) for given in headers.get("webhook-signature", "").split())


class _Handler(Handler):
    owner: Hook

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        if len(body := self.rfile.read(length)) < length:
            return  # the sender died in the middle
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.send_response(self.owner.receive(self.path, headers, body))
        self.send_header("Content-Length", "0")
        self.end_headers()


Hook.handler = _Handler
