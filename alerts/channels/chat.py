"""Chat: a short text to a chat or a telephone, by Apprise: Slack, Discord, Telegram, ntfy, Matrix and others."""

import asyncio
import contextlib
import hashlib
import importlib.util
import logging
import re
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr, ValidationInfo, field_validator

from newsdesk import Address, AddressRefused, DeliveryFailure, Guard, PermanentFailure, TemporaryFailure, did_you_mean

from ..channel import REASONS, Channel, Receipt, Target, Tools
from ..messages.brief import Escape, brief
from ..messages.message import Message
from ..post import resolve

_DEADLINE = 30.0
"""Seconds for one message, those before it to the same chat included."""
_PACE = 1.0
"""Seconds between two messages to one chat, at most: what is too fast is told to us, and tried again."""

_BREAK = "\u200b"
_LOOKALIKE = str.maketrans(dict(zip("<>*_~`[]#|", "‹›∗ˍ∼ˋ［］＃∣", strict=True)))
_ANGLES = str.maketrans("<>", "‹›")
_MARKUP = re.compile(r"([\\*_~`|<>\[\]#])")
_LIST = re.compile(r"^(\s*)([-+]|\d+(?=[.)]))")


def _calm(text: str) -> str:
    """Keep `@everyone` from calling everyone."""
    return re.sub(r"@(?=\S)", f"@{_BREAK}", text)


def _angled(text: str) -> str:
    """Leave no angle for a tag, which would be left out."""
    return _calm(text.translate(_ANGLES))


def _backslashed(text: str) -> str:
    """Escape Markdown as Discord, Mattermost and Zulip read it."""
    return _LIST.sub(r"\1\\\2", _calm(_MARKUP.sub(r"\\\1", text)))


def _lookalike(text: str) -> str:
    """Put look-alikes where a markup knows no escape."""
    return _calm(text.translate(_LOOKALIKE))


@dataclass(frozen=True, slots=True)
class Service:
    """What is to be known of one of Apprise's services."""

    name: str
    most: int
    """How many bytes one message holds."""
    escape: Escape = str
    declared: bool = True
    """Whether Apprise is told that it gets plain text, which it then escapes itself; else nothing is changed."""
    is_titled: bool = False
    """Whether a title stands apart from the text."""
    hosted: bool = False
    """Whether the address names the server, and not only an account at one that is known."""


SERVICES: dict[str, Service] = {
    "slack": Service("Slack", 3000, _calm),
    "discord": Service("Discord", 1900, _backslashed),
    "tgram": Service("Telegram", 3800, _angled),
    "workflows": Service("Teams (Workflows)", 1000, _lookalike, declared=False, hosted=True),
    "gchat": Service("Google Chat", 3800, _lookalike, declared=False),
    "pover": Service("Pushover", 1000, is_titled=True),
    "zulip": Service("Zulip", 9000, _backslashed),
    "matrix": Service("Matrix", 8000, _calm, hosted=True),
    "matrixs": Service("Matrix", 8000, _calm, hosted=True),
    "mmost": Service("Mattermost", 3800, _backslashed, hosted=True),
    "mmosts": Service("Mattermost", 3800, _backslashed, hosted=True),
    "rocket": Service("Rocket.Chat", 1000, _lookalike, declared=False, hosted=True),
    "rockets": Service("Rocket.Chat", 1000, _lookalike, declared=False, hosted=True),
    "ntfy": Service("ntfy", 3800, is_titled=True, hosted=True),
    "ntfys": Service("ntfy", 3800, is_titled=True, hosted=True),
    "gotify": Service("Gotify", 8000, is_titled=True, hosted=True),
    "gotifys": Service("Gotify", 8000, is_titled=True, hosted=True),
    "json": Service("JSON", 8000, is_titled=True, hosted=True),
    "jsons": Service("JSON", 8000, is_titled=True, hosted=True),
}
"""By schema: those whose messages cannot be bent by a headline. Limits are below the services' own."""

# They read files, weaken TLS, lead the message elsewhere, send it twice or in parts, or call a failure a success.
_DENIED = frozenset(
    {"template", "verify", "redirect", "format", "mode", "rto", "cto", "image", "emojis", "interpret", "attach"}
    | {"overflow", "retry", "wait", "optional", "batch", "store"}
)


class ChatTarget(Target):
    """An address of Apprise, like `slack://TokenA/TokenB/TokenC`, which is a secret as a whole."""

    hidden = frozenset({"chat"})

    chat: SecretStr

    @property
    def address(self) -> str:
        """Give the schema and a digest: who has the whole could write there."""
        url = self.chat.get_secret_value()
        return f"{self.word}:{hashlib.blake2b(url.encode(), digest_size=6).hexdigest()}"

    @property
    def endpoint(self) -> str:
        """Give the server, or the service where there is but one."""
        return self.host or self.word

    @property
    def word(self) -> str:
        """Give the service's word."""
        return self.chat.get_secret_value().partition(":")[0].lower()

    @property
    def service(self) -> Service:
        """Give what is known of the service."""
        return SERVICES[self.word]

    @property
    def host(self) -> str:
        """Give the server's host and port where the address names one."""
        return _server(self.chat.get_secret_value())[1]

    @field_validator("chat")
    @classmethod
    def _usable(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        url = value.get_secret_value()
        schema, colon, _ = url.partition("://")
        if not colon or schema.lower() not in SERVICES:
            known = did_you_mean(schema.lower() if colon else "", SERVICES)
            raise ValueError(f"it does not begin with a service that is known; {known}")
        try:
            odd = set(parse_qs(urlsplit(url).query, keep_blank_values=True)) & _DENIED
        except ValueError:
            raise ValueError("the address is malformed") from None
        if odd:
            raise ValueError(f"{sorted(odd)[0]}= may not stand in the address")
        if len(_make(url)) > 1:
            raise ValueError("it names several chats, of which one could be told twice; make an entry of each")
        if guard := (info.context or {}).get("guard"):
            _check(guard, url)
        return value


def _check(guard: Guard, url: str) -> Address | None:
    """Give the server that is asked, none where it is a service's own; refuse what may not be. Raises ValueError."""
    scheme, host = _server(url)
    if not host:
        return None
    try:
        address = guard.check_url(f"{scheme}://{host}/")
    except AddressRefused as error:
        raise ValueError(str(error)) from None
    if scheme == "http" and not guard.is_private_allowed(address.host):
        raise ValueError("without TLS only inside allow_private; write the schema with an s at its end")
    return address


@lru_cache(maxsize=1000)
def _server(url: str) -> tuple[str, str]:
    """Give scheme and host as Apprise reads them: another reading could be made to judge another host."""
    made = _make(url)
    service = SERVICES[url.partition(":")[0].lower()]
    if not service.hosted or (service.name == "ntfy" and made.mode == "cloud"):
        return "https", ""
    host = f"[{made.host}]" if ":" in made.host.strip("[]") else made.host
    return "https" if made.secure else "http", f"{host}:{made.port}" if made.port else host


async def _admit(guard: Guard, target: ChatTarget) -> None:
    """Judge the server as it resolves now. Raises TemporaryFailure, PermanentFailure.

    Apprise resolves the name again: a name that changes its answer in between is stopped by its certificate only, which
    is why `verify=` is refused, and names without TLS are.
    """
    try:
        address = _check(guard, target.chat.get_secret_value())
    except ValueError as error:
        raise PermanentFailure(DeliveryFailure.REFUSED_ADDRESS, str(error)) from None
    if address is not None:
        await resolve(guard, address)


def _make(url: str) -> Any:
    """Give Apprise's object for an address. Raises ValueError, which never holds the address."""
    if importlib.util.find_spec("apprise") is None:
        raise ValueError("chats need an extra that is not installed; run: pip install 'tocsin[chat]'")
    apprise = _apprise()
    asset = apprise.AppriseAsset(
        async_mode=False,
        http_redirects=False,
        secure_logging=True,
        storage_mode="memory",
        app_id="Tocsin",
        app_desc="Tocsin",
        app_url="",
        image_url_mask="",
    )
    with _hearing(), _no_warnings():
        made = apprise.Apprise.instantiate(url, asset=asset)
    if made is None:
        schema = url.partition(":")[0].lower()
        raise ValueError(f"the address is not one of {SERVICES[schema].name}; see appriseit.com/services")
    made.redirects = False
    made.request_rate_per_sec = min(made.request_rate_per_sec, _PACE)
    return made


def _apprise() -> Any:
    with _no_warnings():
        import apprise  # here, as it takes a second, and few have a chat
    return apprise


@contextlib.contextmanager
def _no_warnings() -> Iterator[None]:
    """Keep to itself what Apprise's plugins, all of which it loads, make Python warn of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class _Ear(logging.Handler):
    """Keeps what Apprise says in one thread: it gives no reason but in its log."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.thread = threading.get_ident()
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self.thread:
            self.said.append(record.getMessage())


@contextlib.contextmanager
def _hearing() -> Iterator[list[str]]:
    log = logging.getLogger("apprise")
    log.propagate = False  # what it says may hold more than our own log may show
    ear = _Ear()
    log.addHandler(ear)
    try:
        yield ear.said
    finally:
        log.removeHandler(ear)


@dataclass
class _Speaker:
    """One chat's object of Apprise, used by one thread at a time."""

    made: Any
    under_way: asyncio.Future[str] | None = field(default=None)

    async def say(self, title: str, body: str, declared: bool) -> str:
        """Send one message; gives what went wrong, nothing where all is well."""
        while self.under_way is not None and not self.under_way.done():
            await asyncio.wait((self.under_way,))
        self.under_way = _in_thread(lambda: self._say(title, body, declared))
        return await asyncio.shield(self.under_way)

    def _say(self, title: str, body: str, declared: bool) -> str:
        with _hearing() as said:
            taken = self.made.notify(title=title, body=body, body_format="text" if declared else None)
        return "" if taken else " ".join(said) or "not taken"


def _in_thread(work: Callable[[], str]) -> "asyncio.Future[str]":
    """Do it in a daemon thread: one that hangs holds up neither the loop's few threads nor the exit."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str] = loop.create_future()

    def settle(said: str) -> None:
        if not answer.done():
            answer.set_result(said)

    def run() -> None:
        try:
            said = work()
        except Exception as error:
            said = f"unexpected: {type(error).__name__}"
        with contextlib.suppress(RuntimeError):  # the loop may be closed meanwhile
            loop.call_soon_threadsafe(settle, said)

    threading.Thread(target=run, name="chat", daemon=True).start()
    return answer


async def _nothing() -> None:
    """Close nothing: an object of Apprise holds no connection."""


_STATUS = re.compile(r"error=(\d{3})\b")


def _failure(said: str, secret: str) -> TemporaryFailure | PermanentFailure:
    """Judge by the status that Apprise logs: 410 is final, and 404 of a hook that was taken away is told as such."""
    found = _STATUS.search(said)
    status = int(found[1]) if found else 0
    detail = f"HTTP {status}" if status else _masked(said, secret)
    if status == 410:
        return PermanentFailure(DeliveryFailure.GONE, detail)
    if status in (429, 502, 503, 504):
        return TemporaryFailure(DeliveryFailure.THROTTLED, detail)
    reason = DeliveryFailure.NETWORK if "onnection error" in said else DeliveryFailure.REJECTED
    return TemporaryFailure(reason, detail)


def _masked(said: str, secret: str) -> str:
    """Give what was said without any part of the address."""
    for part in sorted(re.split(r"[:/?&=@#]+", secret), key=len, reverse=True):
        if len(part) >= 6:
            said = said.replace(part, "…")
    return "".join(c if c.isprintable() else " " for c in said)[:300]


class Chat(Channel[ChatTarget]):
    """Short texts."""

    kind = "chat"
    target_type = ChatTarget
    example = "ntfys://ntfy.example.org/desk"
    form = "a short text: title, outlet, link, matched words, also in"
    limits = "1,000 to 9,000 bytes by service, 30 s"
    reasons = REASONS - {DeliveryFailure.TLS}
    digest_items = 20

    async def send(self, message: Message, target: ChatTarget, tools: Tools) -> Receipt:
        """Hand over a text that fits the service."""
        service, url = target.service, target.chat.get_secret_value()
        text = brief(message, service.most, service.escape)
        title, body = (text.title, text.body) if service.is_titled else ("", text.whole)
        try:
            speaker = tools.keep(f"chat {target.address}", lambda: (_Speaker(_make(url)), _nothing))
        except ValueError as error:
            raise TemporaryFailure(DeliveryFailure.MISCONFIGURED, str(error)) from None
        try:
            async with asyncio.timeout(_DEADLINE):
                await _admit(tools.guard, target)
                said = await speaker.say(title, body, service.declared)
        except TimeoutError:
            raise TemporaryFailure(DeliveryFailure.TIMEOUT, f"not taken within {_DEADLINE:g} s") from None
        if said:
            raise _failure(said, url)
        return Receipt("sent", service.name)


CHAT = Chat()
