"""tocsin deliveries: what was sent, what waits, what failed; try again; send a test."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from newsdesk import did_you_mean, instant
from tocsin.invocation import Here, Invocation, Json, UsageError
from tocsin.show import table

if TYPE_CHECKING:
    from alerts import Delivery, TestResult
    from newsdesk import Database

_STATES = ("pending", "held", "grouped", "sent", "failed")

command = App(
    name="deliveries",
    help="List deliveries: what was sent, what waits, what failed; retry them, send a test.",
    help_flags=["--help", "-h"],
)


@command.default
def deliveries(
    *,
    state: str | None = None,
    watch: str | None = None,
    limit: int = 100,
    json: Json = False,
    call: Here,
) -> int:
    """List deliveries, newest first.

    Parameters
    ----------
    state: str | None
        Only those that are pending, held, grouped (into a digest), sent or failed.
    watch: str | None
        Only those of this watch.
    limit: int
        At most so many.
    """
    if state is not None and state not in _STATES:
        raise UsageError(f"--state {state} is not known; {did_you_mean(state, _STATES)}")
    from alerts import Ledger

    database = call.open_database()
    try:
        found = Ledger(database).deliveries(state, watch=watch, limit=limit)
        also_in = _also_in(database, found) if json else {}
    finally:
        database.close()
    if json:
        for one in found:
            call.emit({**delivery_json(one), "also_in": also_in[one.id]})
    elif found:
        rows = [
            (one.id, one.created_at, one.watch, f"{one.channel} {one.address}", one.title, told(one)) for one in found
        ]
        table(call, ["id", "promised (UTC)", "watch", "to", "what", "state"], rows)
    else:
        call.warn("no deliveries")
    return 0


def _also_in(database: Database, found: Iterable[Delivery]) -> dict[str, list[dict[str, str]]]:
    """Give, by the delivery, who has the text that it tells of by now."""
    from alerts import carriers
    from newsdesk import Desk

    desk, listed = Desk(database), dict[str, list[dict[str, str]]]()
    with database.read() as session:
        for one in found:
            filed = desk.find(session, one.article) if one.article else None
            others = [other.article for other in carriers(session, desk, filed)] if filed else []
            listed[one.id] = [
                {"outlet": other.outlet, "url": other.canonical_url, "title": other.title} for other in others
            ]
    return listed


def told(one: Delivery) -> str:
    """Say in a few words how a delivery stands."""
    if one.state == "pending" and one.attempts:
        return f"pending, attempt {one.attempts} failed: {one.detail or one.reason}"
    if one.state == "failed":
        return f"failed after {one.attempts}: {one.detail or one.reason}"
    return one.state


def delivery_json(one: Delivery) -> dict[str, Any]:
    """Give a delivery as JSON."""
    return {key: instant(value) if isinstance(value, datetime) else value for key, value in asdict(one).items()}


@command.command
def retry(*ids: str, all_failed: Annotated[bool, Parameter(name="--all", negative="")] = False, call: Here) -> int:
    """Try failed deliveries again; the daemon sends them, or the next `tocsin poll`. Their ids stay.

    Parameters
    ----------
    ids: str
        The deliveries, as the list shows them.
    all_failed: bool
        All that failed.
    """
    if not ids and not all_failed:
        raise UsageError("say which deliveries: their ids, or --all for all that failed; see tocsin deliveries")
    from alerts import Ledger, Outbox

    database = call.open_database()
    try:
        ledger = Ledger(database)
        wanted = {one.id for one in ledger.deliveries("failed", limit=1_000_000)} if all_failed else set(ids)
        refused = [f"{one}: {why}" for one in sorted(wanted) if (why := _why_not(ledger.find(one)))]
        with database.begin() as session:
            count = Outbox(database).retry(session, wanted, datetime.now(UTC))
    finally:
        database.close()
    for line in refused:
        call.warn(line)
    call.say(f"{count} will be tried again")
    return 1 if refused or (ids and count < len(wanted)) else 0


def _why_not(one: Delivery | None) -> str | None:
    if one is None:
        return "there is no such delivery"
    return None if one.state == "failed" else f"is {one.state}, not failed"


@command.command
def test(watch: str, *, json: Json = False, call: Here) -> int:
    """Send a marked test to everyone whom a watch tells.

    Parameters
    ----------
    watch: str
        The watch's slug.
    """
    results = _send_tests(call, watch)
    for one in results:
        if json:
            call.emit(asdict(one))
        else:
            (call.say if one.ok else call.warn)(f"{one.channel} {one.address}: {one.detail}")
    if not results:
        call.warn(f"{watch} tells nobody: its file has no `notify`")
    return 0 if results and all(one.ok for one in results) else 1


def _send_tests(call: Invocation, slug: str) -> list[TestResult]:
    import asyncio

    from alerts import Dispatch

    configuration = call.configuration
    slugs = [watch.slug for watch in configuration.watches]
    if slug not in slugs:
        raise UsageError(f"{slug} is not a watch; {did_you_mean(slug, slugs)}")

    async def send() -> list[TestResult]:
        dispatch = Dispatch(database, configuration.watchlist())
        try:
            return await dispatch.test(slug)
        finally:
            await dispatch.close()

    database = call.open_database()
    try:
        return asyncio.run(send())
    finally:
        database.close()
