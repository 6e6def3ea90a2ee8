"""Reader: what the pages for readers share: forms, whence they were sent, and the page of one subscription."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo, available_timezones

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from alerts import FEED, INVITED, NotTaken, Subscription, Subscriptions, SubscriptionState, is_ours, words_of

from .caller import host_in
from .page import House, render

_LONGEST = 8192
_PATIENCE = 10.0
_MOST_FIELDS = 20
_REGIONS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
_MORNING = time(8)

CADENCES = (
    ("now", "each one at once"),
    ("hourly", "gathered, once an hour"),
    ("daily", "gathered, once a day"),
    ("weekly", "gathered, once a week"),
)
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
STATES = {
    SubscriptionState.UNSUBSCRIBED: "ended",
    SubscriptionState.PAUSED: "paused",
    SubscriptionState.ACTIVE: "active",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What a page says of what was just done, or of what was wrong."""

    said: str = ""
    faults: Sequence[str] = ()
    given: Mapping[str, str] | None = None
    """What was typed, to be typed over."""
    link: str = ""
    """An address that is shown this once."""
    status: int = 200


async def form_of(request: Request) -> dict[str, str]:
    """Read a form, within bounds; a field that stands twice counts once. Raises HTTPException."""
    raw = b""
    try:
        async with asyncio.timeout(_PATIENCE):
            async for chunk in request.stream():
                raw += chunk
                if len(raw) > _LONGEST:
                    raise HTTPException(413)
        fields = parse_qsl(raw.decode("ascii", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except TimeoutError:
        raise HTTPException(408) from None
    except (ClientDisconnect, ValueError):
        raise HTTPException(400) from None
    return {name: value.replace("\x00", "").strip()[:400] for name, value in reversed(fields)}


def check_origin(request: Request, house: House) -> None:
    """Refuse a form that another site sent in a visitor's name. Raises HTTPException.

    Under our policy of no referrer browsers say `Origin: null`, which is nobody's.
    """
    site = request.headers.get("sec-fetch-site", "none")
    origin = request.headers.get("origin", "null")
    ours = {host_in(request.headers.get("host", "")), urlsplit(house.public_url).hostname}
    if site not in ("none", "same-origin") or (origin != "null" and urlsplit(origin).hostname not in ours):
        raise HTTPException(403, "This form was sent from another site")


def entry_of(form: Mapping[str, str]) -> dict[str, Any]:
    """Give the plan that a form asks for, as in an entry of `notify:`."""
    when = form.get("when") or "now"
    entry: dict[str, Any] = {"when": when}
    if form.get("timezone"):
        entry["timezone"] = form["timezone"]
    if when in ("daily", "weekly") and form.get("at"):
        entry["at"] = form["at"][:5]
    if when == "weekly" and form.get("day"):
        entry["day"] = form["day"]
    start, end = form.get("quiet_from", "")[:5], form.get("quiet_to", "")[:5]
    if start or end:
        entry["quiet"] = f"{start}-{end}"
    return entry


def filled(plan: Mapping[str, Any]) -> dict[str, str]:
    """Give a plan as the fields of the form that asks for it."""
    start, _, end = str(plan.get("quiet", "-")).partition("-")
    given = {"when": "now", "at": "08:00", "day": "monday", "timezone": "UTC"}
    given |= {key: str(plan[key]) for key in given if key in plan}
    return {**given, "quiet_from": start.strip(), "quiet_to": end.strip()}


def choices() -> dict[str, Any]:
    """Give what the form lets one choose from."""
    return {"cadences": CADENCES, "days": DAYS, "zones": _zones()}


@cache
def _zones() -> dict[str, list[str]]:
    zones: dict[str, list[str]] = {}
    for name in sorted(available_timezones()):
        region, slash, _ = name.partition("/")
        if slash and region in _REGIONS:
            zones.setdefault(region, []).append(name)
    return zones


def plainly(error: NotTaken) -> list[str]:
    """Give what is wrong with a wish, in sentences."""
    return [
        f"{what.capitalize()}: {remedy}." if remedy else f"{what.capitalize()}." for _, what, remedy in error.faults
    ]


async def find(request: Request, house: House) -> Subscription | None:
    """Give the subscription that the token in the address names."""
    return await asyncio.to_thread(Subscriptions(house.database).show, request.path_params["token"])


async def manage(house: House, token: str, at: str, told: Told | None = None) -> Response:
    """Give the page of one subscription, as it stands at the address `at`: `unsubscribe` or `manage`."""
    return await asyncio.to_thread(_manage, house, token, at, told or Told())


def _manage(house: House, token: str, at: str, told: Told) -> Response:
    now, shelf = datetime.now(UTC), Subscriptions(house.database)
    found = shelf.show(token)
    if found is None:
        return render("manage.html", 404, state="unknown")
    if found.watch == INVITED:
        return render("asked.html", state=str(found.state), token=found.token, address=found.address)
    others = [one for one in shelf.of_address(found.channel, found.address) if _is_told(one) and one.id != found.id]
    zone = ZoneInfo(str(found.plan.get("timezone", "UTC")))
    return render(
        "manage.html",
        told.status,
        state=STATES.get(found.state, "stopped"),
        at=at,
        token=token,
        address=found.address,
        watch=name_of(house, found.watch),
        is_feed=found.channel == FEED,
        is_changeable=not found.is_from_file and found.channel != FEED,
        snoozed=found.snoozed_until.astimezone(zone).strftime("%-d %B %Y, %H:%M %Z")
        if found.snoozed_until and found.is_snoozed(now)
        else "",
        plan=words_of(found.plan),
        others=[name_of(house, one.watch) for one in others],
        tomorrow=(now + timedelta(days=1)).date().isoformat(),
        a_year=(now + timedelta(days=365)).date().isoformat(),
        told=told,
        given={**filled(found.plan), **(told.given or {})},
        **choices(),
    )


def snooze_end(found: Subscription, date: str) -> datetime:
    """Give the instant at which a snooze until a date ends: at its reader's hour of that morning. Raises ValueError."""
    zone = ZoneInfo(str(found.plan.get("timezone", "UTC")))
    at = time.fromisoformat(str(found.plan.get("at", _MORNING.isoformat())))
    return datetime.combine(datetime.fromisoformat(date).date(), at, zone).astimezone(UTC)


def name_of(house: House, slug: str) -> str:
    """Give the name of a watch, or its slug where it is kept no more."""
    return next((str(watch.name) for watch in house.watches if watch.slug == slug), slug)


def _is_told(one: Subscription) -> bool:
    return one.state in (SubscriptionState.ACTIVE, SubscriptionState.PAUSED) and not is_ours(one.watch)
