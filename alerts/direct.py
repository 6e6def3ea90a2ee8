"""Direct: a notice sent at once, with neither outbox nor database; and a heart, whose beats stop when all is not well.

What tells that the database or the mail server is down can need neither of them.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from newsdesk import DeliveryError, Guard, Problem, YamlFile, remedy_of

from .channel import Tools
from .channels.email import SmtpSettings
from .messages.message import compose
from .messages.payload import notice_payload
from .notice import Notice, notice_document, notice_id
from .post import judge, post
from .query import parse
from .watch import Watch
from .watchlist import Kept, read_target

_DEADLINE = 60.0
"""Seconds for one target, above what any channel allows itself."""


@dataclass(frozen=True, slots=True)
class _Way:
    """One target with its own tools."""

    kept: Kept
    tools: Tools


class Direct:
    """The targets of `operator.alarm`."""

    def __init__(self, entries: Sequence[Mapping[str, Any]], guard: Guard, file: YamlFile | None = None) -> None:
        """Read the `entries`, which `file` holds as `alarm`; `problems` are the mistakes that keep some out."""
        self.problems: list[Problem] = []
        self._ways: list[_Way] = []
        place = Watch("_alarm", "Tocsin", parse("nothing"), file=file)
        for number, entry in enumerate(entries):
            way, faults = _read(entry, guard)
            self.problems += [place.problem(("alarm", number, *where), what, remedy) for where, what, remedy in faults]
            if way is not None:
                self._ways.append(way)

    @property
    def count(self) -> int:
        """Give how many are named."""
        return len(self._ways)

    @property
    def reaches_someone(self) -> bool:
        """Tell whether anybody is named."""
        return bool(self._ways)

    @property
    def mail_servers(self) -> list[SmtpSettings]:
        """Give the mail servers by which some are told."""
        own = (way.tools.settings.get("email") for way in self._ways)
        return [smtp for smtp in own if isinstance(smtp, SmtpSettings)]

    async def tell(self, notice: Notice, now: datetime) -> list[str]:
        """Send a notice to all, each on its own; gives of each who was not reached why not."""
        said = await asyncio.gather(*(self._send(way, notice, now) for way in self._ways))
        return [failure for failure in said if failure]

    async def close(self) -> None:
        """Close what the channels keep open."""
        for way in self._ways:
            await way.tools.close()

    async def _send(self, way: _Way, notice: Notice, now: datetime) -> str:
        kind, address = way.kept.key
        id = notice_id(f"{kind} {address}", notice.key)
        payload = notice_payload(id, notice.type, notice_document(notice), now)
        try:
            async with asyncio.timeout(_DEADLINE):
                await way.kept.channel.send(compose(payload, moment=now), way.kept.target, way.tools)
        except (DeliveryError, TimeoutError) as error:
            return f"{kind} {address}: {str(error) or 'no end within a minute'}"
        except Exception as error:
            return f"{kind} {address}: unexpected: {type(error).__name__}"
        return ""


def _read(entry: Mapping[str, Any], guard: Guard) -> tuple[_Way | None, list[tuple[tuple[str | int, ...], str, str]]]:
    """Read one target; one by e-mail brings its own mail server."""
    rest = {key: value for key, value in entry.items() if key != "smtp"}
    kept, faults = read_target(rest, guard)
    odd = [key for key in ("when", "at", "day", "quiet") if key in rest and (key, rest[key]) != ("when", "now")]
    faults += [((key,), f"{key}: {rest[key]}", "the operator is told at once") for key in odd]
    if kept is None or faults:
        return None, faults
    settings: dict[str, Any] = {}
    if "smtp" in entry or kept.channel.kind == "email":
        if not isinstance(entry.get("smtp"), Mapping) or kept.channel.kind != "email":
            remedy = "beside email: write smtp: {host: …}, of another mail server than that of the alerts"
            where: tuple[str | int, ...] = ("smtp",) if "smtp" in entry else ()
            return None, [(where, "an alarm must not need the alerts' mail server", remedy)]
        try:
            settings["email"] = SmtpSettings.model_validate(dict(entry["smtp"]))
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False)
            return None, [(("smtp", *fault["loc"]), "smtp", remedy_of(fault)) for fault in found]
    return _Way(kept, Tools(guard, settings)), []


class Heart:
    """The beat for a watcher outside, in the way of healthchecks.io: a GET that comes as long as all is well."""

    def __init__(self, url: str, guard: Guard) -> None:
        """Beat at `url`, which may hold a key and is shown nowhere."""
        self._url = url
        self._tools = Tools(guard)

    async def beat(self, now: datetime) -> str:
        """Ask the address once; gives what went wrong, nothing where all is well."""
        headers = {"User-Agent": "Tocsin/1.0"}
        try:
            judge(await post(self._tools, self._url, b"", headers, now=now, method="GET"))
        except DeliveryError as error:
            return f"{error.reason}: {str(error).replace(self._url, '…')}"
        return ""

    async def close(self) -> None:
        """Close what it keeps open."""
        await self._tools.close()
