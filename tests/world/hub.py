"""A WebSub hub on loopback: takes requests, asks the subscriber whether they were meant, pushes what it is given."""

import hashlib
import hmac
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from tocsin.demo.newspaper import Answer, Newspaper
from tocsin.demo.server import Handler, LoopbackServer

CHALLENGE = "<script>alert(1)</script> ünd so fort"


@dataclass(frozen=True, slots=True)
class Told:
    """What a subscriber answered."""

    status: int
    body: bytes
    kind: str = ""


class Hub(LoopbackServer):
    """A hub at `url`. `answers` gives the status for a request by its number, 202 without one."""

    def __init__(self, *, lease: int | None = None) -> None:
        """Grant `lease` seconds, else what is asked for."""
        super().__init__()
        self.lease = lease
        self.answers: dict[int, int] = {}
        self.verifies = True
        self.at_once = False
        """It verifies before it answers the request, as some hubs do."""
        self.requests: list[dict[str, str]] = []
        self.verified: list[tuple[str, Told]] = []
        self.subscribers: dict[str, dict[str, str]] = {}
        """The last confirmed request of each callback."""
        self.location = ""

    @property
    def url(self) -> str:
        """Give the address that lists name."""
        return f"{self.origin}/hub"

    def request(self, form: dict[str, str]) -> int:
        """Take one request and verify it behind the answer's back."""
        self.requests.append(form)
        status = self.answers.get(len(self.requests), 202)
        if self.at_once:
            self.verify(form)
        elif status == 202 and self.verifies:
            threading.Thread(target=self.verify, args=(form,), daemon=True).start()
        return status

    def verify(self, form: dict[str, str], **instead: str) -> Told:
        """Ask the subscriber whether it meant a request (5.3)."""
        mode = form["hub.mode"]
        query = {"hub.mode": mode, "hub.topic": form["hub.topic"], "hub.challenge": CHALLENGE}
        if mode == "subscribe":
            query["hub.lease_seconds"] = str(self.lease or form["hub.lease_seconds"])
        told = fetch(f"{form['hub.callback']}?{urlencode(query | instead)}")
        if told.status == 200 and told.body == CHALLENGE.encode():
            if mode == "subscribe":
                self.subscribers[form["hub.callback"]] = form
            else:
                self.subscribers.pop(form["hub.callback"], None)
        self.verified.append((mode, told))
        return told

    def push(self, body: bytes, kind: str = "application/rss+xml", method: str = "sha256", secret: str = "") -> Told:
        """Send a document to every subscriber, signed by its own secret or the one given; gives the last answer."""
        told = Told(0, b"")
        for callback, form in list(self.subscribers.items()):
            key = (secret or form["hub.secret"]).encode()
            proof = hmac.new(key, body, getattr(hashlib, method)).hexdigest()
            headers = {"Content-Type": kind, "X-Hub-Signature": f"{method}={proof}"}
            told = fetch(callback, body, headers)
        return told


def fetch(url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Told:
    """Ask a subscriber; any status is an answer, 0 is none."""
    request = urllib.request.Request(url, body, headers or {})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return Told(answer.status, answer.read(), answer.headers.get("Content-Type", ""))
    except urllib.error.HTTPError as error:
        with error:
            return Told(error.code, error.read(), error.headers.get("Content-Type", ""))
    except OSError:
        return Told(0, b"")


def paper_feed(paper: Newspaper) -> bytes:
    """Give the feed of a newspaper as it stands, asked for by nobody."""
    return paper._usual("/feed.xml").body


def names_hub(paper: Newspaper, hub: str) -> None:
    """Have the feed of a newspaper name a hub, and itself, in its headers."""

    def answer(_request: object) -> Answer:
        link = f'<{hub}>; rel="hub", <{paper.url}/feed.xml>; rel="self"'
        return Answer(200, paper_feed(paper), {"Content-Type": "application/rss+xml", "Link": link})

    paper.instead["/feed.xml"] = answer


class _Handler(Handler):
    owner: Hub

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if self.path == "/moved":
            self._say(307, {"Location": self.owner.location or self.owner.url})
        elif self.path == "/elsewhere":
            self._say(302, {"Location": self.owner.url})
        else:
            self._say(self.owner.request(dict(parse_qsl(sent))), {})

    def _say(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": "0"}.items():
            self.send_header(name, value)
        self.end_headers()


Hub.handler = _Handler
