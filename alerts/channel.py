"""Channel: what every way of telling someone promises. To add one:

1. put `alerts/channels/<kind>.py` on the shelf: a `Target` whose field `<kind>` is the address, and a `Channel` with
   its `kind`, `target_type` and an `example` of an address; make one instance of it at the top level of the file;
2. its `send()` returns a Receipt, or raises `TemporaryFailure` (tried again for three days) or `PermanentFailure`;
   `alerts.post.post()` is the one door to other people's servers;
3. `tests/shelves/test_channels.py` tries its promises by itself; its wording goes to `tests/alerts/test_<kind>.py`.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, time, tzinfo
from typing import Annotated, Any, ClassVar, Generic, TypeVar, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationInfo, field_validator

from newsdesk import AddressRefused, DeliveryFailure, Guard, Shelf, did_you_mean

from .digest import WEEKDAYS, Cadence, Plan
from .messages.message import Message

T = TypeVar("T", bound="Target")
K = TypeVar("K")


class Target(BaseModel, ABC):
    """One entry of a watch's `notify:`: an address, and when it is told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hidden: ClassVar[frozenset[str]] = frozenset()
    """The fields that are secrets, which no mistake and no list shows; those called `secret` always are."""

    when: Cadence = Cadence.NOW
    at: time = time(8)
    day: str = "monday"
    timezone: str = "UTC"
    quiet: tuple[time, time] | None = None

    @property
    @abstractmethod
    def address(self) -> str:
        """Give who is told; with the channel's kind it names the subscription, so no secret is in it."""

    @property
    @abstractmethod
    def endpoint(self) -> str:
        """Give the server that the message goes to; at most a few are sent to one at once."""

    @property
    def with_body(self) -> bool:
        """Tell whether the whole text of an article is wanted."""
        return False

    @property
    def zone(self) -> tzinfo:
        """Give the zone that `at` and `quiet` are read in."""
        return UTC if self.timezone == "UTC" else ZoneInfo(self.timezone)

    @property
    def plan(self) -> Plan:
        """Give when this target is told."""
        return Plan(self.when, self.at, self.day, self.zone, self.quiet)

    @field_validator("at", mode="before")
    @classmethod
    def _clock(cls, value: Any) -> time:
        return _time_of(value)

    @field_validator("day", mode="before")
    @classmethod
    def _weekday(cls, value: Any) -> str:
        days = [day for day in WEEKDAYS if len(str(value)) >= 3 and day.startswith(str(value).lower())]
        if not days:
            raise ValueError("write a day of the week, like monday")
        return days[0]

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, OSError, ValueError):
            raise ValueError("write a zone of the IANA list, like Europe/London") from None
        return value

    @field_validator("quiet", mode="before")
    @classmethod
    def _span(cls, value: Any) -> Any:
        if value is None:
            return None
        start, dash, end = str(value).partition("-")
        if not dash or _time_of(start) == _time_of(end):
            raise ValueError("write two different times, like 22:00-07:00")
        return _time_of(start), _time_of(end)


def _askable(url: str, info: ValidationInfo) -> str:
    """Refuse in the file what the guard would refuse at every attempt."""
    guard: Guard | None = (info.context or {}).get("guard")
    try:
        address = (guard or Guard(["0.0.0.0/0", "::/0"])).check_url(url)
    except AddressRefused as error:
        raise ValueError(str(error)) from None
    if guard and address.scheme == "http" and address.ip is not None and not guard.is_private_allowed(address.host):
        raise ValueError("plain http is only sent inside allow_private; write https")
    return url


WebAddress = Annotated[str, AfterValidator(_askable)]
"""An address of somebody's server, for a target's field."""


def host_of(url: str) -> str:
    """Give the host and port of an address: an endpoint."""
    return urlsplit(url).netloc.lower()


def _time_of(value: Any) -> time:
    hours, colon, minutes = str(value).strip().partition(":")
    if not (colon and hours.isdecimal() and minutes.isdecimal() and len(minutes) == 2):
        raise ValueError("write a time of day, like 08:00")
    if int(hours) > 23 or int(minutes) > 59:
        raise ValueError("write a time between 00:00 and 23:59")
    return time(int(hours), int(minutes))


@dataclass(frozen=True, slots=True)
class Receipt:
    """The receiver took the message: its `status` in one word, and what it said as inert text."""

    status: str
    detail: str = ""


@dataclass(frozen=True)
class Tools:
    """What the house lends to a channel: the guard, settings by kind, and a place for what is worth keeping."""

    guard: Guard
    settings: Mapping[str, BaseModel] = field(default_factory=dict)
    _kept: dict[str, tuple[Any, Callable[[], Awaitable[None]]]] = field(default_factory=dict)

    def keep(self, name: str, make: Callable[[], tuple[K, Callable[[], Awaitable[None]]]]) -> K:
        """Give the thing called `name`, made with its closing function when it is first asked for."""
        if name not in self._kept:
            self._kept[name] = make()
        thing: K = self._kept[name][0]
        return thing

    async def close(self) -> None:
        """Close all that was kept."""
        kept, closers = dict(self._kept), [close for _, close in self._kept.values()]
        self._kept.clear()
        if kept:
            await asyncio.gather(*(close() for close in closers), return_exceptions=True)


REASONS = frozenset(DeliveryFailure) - {DeliveryFailure.UNSUBSCRIBED, DeliveryFailure.BOUNCED}
"""Why an attempt may fail: all but what comes of a receiver's own later word."""


class Channel(ABC, Generic[T]):
    """One way of telling someone."""

    kind: ClassVar[str]
    target_type: type[T]
    is_for_people: ClassVar[bool] = True
    """Whether one message names every watch of an address that a story matches; a program gets one a watch."""
    example: ClassVar[str]
    """An address as an entry of `notify:` has it."""
    form: ClassVar[str]
    """What it sends, in a few words."""
    limits: ClassVar[str]
    """What one message holds at most, and how long one attempt takes at most."""
    reasons: ClassVar[frozenset[DeliveryFailure]] = REASONS
    """Why an attempt may fail."""
    digest_items: ClassVar[int] = 40
    """How many stories one digest holds."""
    digest_room: ClassVar[int] = 18_000
    """How many bytes of JSON one digest holds, unless whole texts are wanted."""
    digest_in_full: ClassVar[int | None] = None
    """How many stories of a digest that holds not all of them are told in full, the others by their headline."""

    @abstractmethod
    async def send(self, message: Message, target: T, tools: Tools) -> Receipt:
        """Hand the message over. Raises TemporaryFailure, PermanentFailure."""


CHANNELS: Shelf[Channel[Any]] = Shelf("alerts.channels", cast(type[Channel[Any]], Channel), "kind")


def channel_for(mapping: Mapping[str, Any]) -> Channel[Any]:
    """Find the channel whose kind stands in an entry of `notify:`. Raises ValueError with the remedy."""
    kinds = [kind for kind in CHANNELS if kind in mapping]
    if len(kinds) == 1:
        return CHANNELS[kinds[0]]
    if kinds:
        raise ValueError(f"one entry names two channels, {kinds[0]} and {kinds[1]}; make two entries of it")
    odd = next((key for key in mapping if key not in Target.model_fields), "")
    raise ValueError(f"no channel is named here; {did_you_mean(odd, CHANNELS)}")
