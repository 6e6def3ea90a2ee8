"""WebSub as a subscriber sees it: what a list offers, what a hub asks, what a signature proves; pure functions.

The rules are those of the W3C Recommendation "WebSub" of 23 January 2018; the numbers in brackets are its sections.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import parse_qsl

from newsdesk import AddressRefused, Guard

from ..listing import http_link

LEASE = timedelta(days=10)
"""How long a subscription is asked for; what the hub grants counts."""
_LONGEST_LEASE = timedelta(days=60)
_MOST_HUBS = 5
_MOST_CHALLENGE = 1024
_MOST_FIELDS = 20
_MOST_REASON = 300
_MOST_HEADER = 8000
_FIRST_PAUSE = timedelta(minutes=15)
_LONGEST_PAUSE = timedelta(days=1)
_REFUSED_PAUSE = timedelta(days=1)
_MOST_MISSED = 3
_METHODS = ("sha1", "sha256", "sha384", "sha512")
_SIGNATURE = re.compile(r"\s*([a-zA-Z0-9]+)=([0-9a-fA-F]+)\s*")
_TOKEN = r"[^\s;=,<>\"]"  # noqa: S105  (a token of RFC 9110, no secret)
_LINK = re.compile(rf'<([^<>]*)>\s*((?:;\s*(?:{_TOKEN}+\s*(?:=\s*(?:"(?:[^"\\]|\\.)*"|{_TOKEN}*)\s*)?)?)*)')
_PARAMETER = re.compile(rf';\s*({_TOKEN}+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|({_TOKEN}*)))?')


class Mode(StrEnum):
    """What is asked of a hub, or told by one."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    DENIED = "denied"


class Reply(StrEnum):
    """How a hub took a request."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Offer:
    """What a list says of push: its hubs in their order, and the topic to ask them for."""

    hubs: tuple[str, ...]
    topic: str


@dataclass(frozen=True, slots=True)
class Question:
    """What a hub asks at a callback, or tells: whether a request was meant (5.3), or that it is denied (5.2)."""

    mode: Mode
    topic: str
    challenge: bytes = b""
    lease: timedelta | None = None
    reason: str = ""


def offered(url: str, links: str | None, hubs: Iterable[str], topic: str | None) -> Offer:
    """Give what a list at `url` offers: by its Link headers, joined by commas, else by what it says itself (4)."""
    by_rel: dict[str, list[str]] = {"hub": [], "self": []}
    for rel, href in _links(links or ""):
        if (address := http_link(url, href)) and rel in by_rel:
            by_rel[rel].append(address)
    found = dict.fromkeys(by_rel["hub"] or hubs)
    return Offer(tuple(found)[:_MOST_HUBS], next(iter(by_rel["self"]), topic) or url)


def _links(header: str) -> Iterator[tuple[str, str]]:
    """Give each relation of each link that speaks of the document itself (RFC 8288)."""
    for href, rest in _LINK.findall(header[:_MOST_HEADER]):
        parameters: dict[str, str] = {}
        for name, quoted, plain in _PARAMETER.findall(rest):
            parameters.setdefault(name.lower(), quoted or plain)
        if "anchor" not in parameters:
            for rel in parameters.get("rel", "").lower().split():
                yield rel, href


def is_allowed(guard: Guard, url: str) -> bool:
    """Tell whether an address may be asked at all."""
    try:
        guard.check_url(url)
    except AddressRefused:
        return False
    return True


def callback_base(public_url: str | None, guard: Guard) -> str | None:
    """Give where hubs can reach this daemon, or None: a private address that nobody allowed is out of their reach."""
    try:
        guard.check_reach(public_url or "")
    except AddressRefused:
        return None
    return f"{public_url}/websub/"


def request_form(mode: Mode, topic: str, callback: str, secret: str) -> dict[str, str]:
    """Give the form of a request to a hub (5.1)."""
    form = {"hub.mode": mode.value, "hub.topic": topic, "hub.callback": callback}
    if mode is Mode.SUBSCRIBE:
        form |= {"hub.secret": secret, "hub.lease_seconds": f"{LEASE.total_seconds():.0f}"}
    return form


def judge(status: int) -> Reply:
    """Tell how a hub took a request, by the status of its answer (5.1, 5.2)."""
    if 200 <= status < 300:
        return Reply.ACCEPTED
    return Reply.REFUSED if 400 <= status < 500 and status not in (408, 425, 429) else Reply.FAILED


def read_question(query: bytes) -> Question | None:
    """Read the query of a GET at a callback, byte for byte; None when it is no question of a hub."""
    try:
        text = query.decode("ascii")
        fields = dict(parse_qsl(text, errors="surrogateescape", max_num_fields=_MOST_FIELDS))
        mode = Mode(fields.get("hub.mode", ""))
    except ValueError:
        return None
    challenge = fields.get("hub.challenge", "").encode("utf-8", "surrogateescape")
    if mode is not Mode.DENIED and not 0 < len(challenge) <= _MOST_CHALLENGE:
        return None
    reason = fields.get("hub.reason", "").encode("utf-8", "replace").decode()
    return Question(
        mode=mode,
        topic=fields.get("hub.topic", ""),
        challenge=challenge,
        lease=_lease(fields.get("hub.lease_seconds", "")),
        reason="".join(letter for letter in reason if letter.isprintable())[:_MOST_REASON],
    )


def _lease(text: str) -> timedelta | None:
    """Read a positive number of seconds."""
    if not re.fullmatch(r"[0-9]{1,10}", text) or int(text) == 0:
        return None
    return min(timedelta(seconds=int(text)), _LONGEST_LEASE)


def is_genuine(secret: str, signature: str, body: bytes) -> bool:
    """Tell whether `X-Hub-Signature` was made of this body with our secret, by the method it states (7.1)."""
    found = _SIGNATURE.fullmatch(signature)
    if not found or (method := found[1].lower()) not in _METHODS:
        return False
    proof = hmac.new(secret.encode(), body, getattr(hashlib, method)).hexdigest()
    return hmac.compare_digest(proof, found[2].lower())


def renewal_after(lease: timedelta, low: timedelta, dice: float) -> timedelta:
    """Give when to ask for a lease anew: between two thirds and five sixths of it, spread by `dice` in [0, 1)."""
    return max(lease * (2 / 3 + dice / 6), low)


def pause_after(failures: int, left: timedelta | None, low: timedelta, dice: float) -> timedelta:
    """Give how long to wait for a hub that was asked so often; shorter when its lease would end meanwhile."""
    pause = min(_FIRST_PAUSE * float(2 ** min(max(failures - 1, 0), 10)), _LONGEST_PAUSE) * (1 + dice / 4)
    if left is not None and left > timedelta(0):
        return min(pause, max(left / 3, low))
    return pause


def pause_refused(failures: int, dice: float) -> timedelta:
    """Give how long to leave hubs alone that have all refused: a day, then longer, at most a week."""
    return _REFUSED_PAUSE * min(max(failures, 1), 7) * (1 + dice / 4)


def is_trusted(ends_at: datetime | None, last_push: datetime | None, missed: int, now: datetime) -> bool:
    """Tell whether polling may go slowly: the lease lasts, pushes have come, and polls find nothing that they left."""
    return ends_at is not None and now < ends_at and last_push is not None and missed < _MOST_MISSED


def misses_after(missed: int, *, found_news: bool, pushed_since: bool) -> int:
    """Count the polls that found what no push had brought; only a poll that finds nothing after a push clears it."""
    if found_news:
        return min(missed + 1, 100)
    return 0 if pushed_since else missed
