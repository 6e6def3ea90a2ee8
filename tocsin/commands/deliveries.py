"""tocsin deliveries: what was sent, what waits, what failed; one in full; send again; send a test."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from newsdesk import did_you_mean, instant
from tocsin.invocation import Here, Invocation, Json, UsageError, inert
from tocsin.show import table
from tocsin.when import parse_moment

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from alerts import Delivery, TestResult
    from newsdesk import Database

_STATES = ("pending", "held", "grouped", "sent", "failed")

command = App(
    name="deliveries",
    help="List deliveries: what was sent, what waits, what failed; show one, send again, send a test.",
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
def show(id: str, *, json: Json = False, call: Here) -> int:
    """Show one delivery with each attempt: when, how long it took, and what the receiver answered.

    Parameters
    ----------
    id: str
        The delivery, as the list shows it.
    """
    from alerts import Ledger

    database = call.open_database()
    try:
        ledger = Ledger(database)
        one, attempts = ledger.find(id), ledger.attempts(id)
    finally:
        database.close()
    if one is None:
        raise UsageError(f"{id} is not a delivery; see tocsin deliveries")
    told_of = [
        {key: instant(value) if isinstance(value, datetime) else value for key, value in asdict(attempt).items()}
        for attempt in attempts
    ]
    if json:
        call.emit({**delivery_json(one), "attempts_made": told_of})
        return 0
    facts = (
        ("what", f"{one.type}: {one.title}"),
        ("watch", one.watch),
        ("to", f"{one.channel} {one.address}"),
        ("state", told(one)),
        ("promised", instant(one.created_at)),
        ("part of", one.grouped_into),
        ("due", instant(one.due_at) if one.state in ("pending", "held") else None),
        ("sent", instant(one.sent_at)),
    )
    for name, value in facts:
        if value is not None:
            call.say(inert(f"{name + ':':10}{value}"))
    if told_of:
        rows = [(one["started_at"], f"{one['duration_ms']} ms", one["status"], one["excerpt"]) for one in told_of]
        table(call, ["attempt at (UTC)", "took", "answer", "text"], rows)
    return 0


@command.command
def retry(
    *ids: str,
    failed: Annotated[bool, Parameter(name=["--failed", "--all"], negative="")] = False,
    since: str | None = None,
    until: str | None = None,
    watch: str | None = None,
    to: str | None = None,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    json: Json = False,
    call: Here,
) -> int:
    """Try failed deliveries again; the daemon sends them, or the next `tocsin poll`. Their ids and bodies stay.

    Parameters
    ----------
    ids: str
        The deliveries, as the list shows them.
    failed: bool
        All that failed, or those in the range that the other options say; not those of receivers that are gone or
        switched off, unless --to names them.
    since: str | None
        Promised since then: a date, or how long ago, like 2h.
    until: str | None
        Promised before then.
    watch: str | None
        Of this watch.
    to: str | None
        To this address.
    dry_run: bool
        Only say how many it would be.
    """
    ranged = any(one is not None for one in (since, until, watch, to))
    if bool(ids) == failed or (ranged and not failed):
        raise UsageError(
            "say which deliveries: their ids, or --failed for all that failed, narrowed by --since, --until, --watch "
            "and --to; see tocsin deliveries"
        )
    from alerts import Range, failed_in, refusals

    now = datetime.now(UTC)
    wanted = Range(since=_moment(since, now), until=_moment(until, now), watch=watch, address=to)

    def choose(session: Session) -> tuple[list[str], dict[str, str]]:
        return (failed_in(session, wanted), {}) if failed else (list(ids), refusals(session, ids, ["failed"]))

    return _again(call, choose, now, dry_run=dry_run, json=json)


@command.command
def resend(*ids: str, dry_run: Annotated[bool, Parameter(negative="")] = False, json: Json = False, call: Here) -> int:
    """Send deliveries once more, also those that were taken: a receiver that lost them gets the same ids and bodies.

    Parameters
    ----------
    ids: str
        The deliveries, as the list shows them.
    dry_run: bool
        Only say how many it would be.
    """
    if not ids:
        raise UsageError("say which deliveries by their ids; see tocsin deliveries")
    from alerts import refusals

    def choose(session: Session) -> tuple[list[str], dict[str, str]]:
        return list(ids), refusals(session, ids, ["sent", "failed"])

    return _again(call, choose, datetime.now(UTC), dry_run=dry_run, json=json)


def _again(
    call: Invocation,
    choose: Callable[[Session], tuple[list[str], dict[str, str]]],
    now: datetime,
    *,
    dry_run: bool,
    json: bool,
) -> int:
    from alerts import send_again

    database = call.open_database()
    try:
        with database.begin() as session:
            ids, refused = choose(session)
            wanted = [id for id in dict.fromkeys(ids) if id not in refused]
            count = len(wanted) if dry_run else send_again(session, wanted, now)
    finally:
        database.close()
    if json:
        call.emit({"count": count, "dry_run": dry_run, "refused": refused})
    else:
        call.say(f"{count} would be tried again" if dry_run else f"{count} will be tried again")
    for id, why in refused.items():
        call.warn(f"{id}: {why}")
    return 1 if refused else 0


def _moment(text: str | None, now: datetime) -> datetime | None:
    try:
        return None if text is None else parse_moment(text, now)
    except ValueError as error:
        raise UsageError(str(error)) from None


@command.command
def test(watch: str, *, to: str | None = None, json: Json = False, call: Here) -> int:
    """Send a marked test to everyone whom a watch's file names, or to one whom it tells.

    Parameters
    ----------
    watch: str
        The watch's slug.
    to: str | None
        Only to this address, which may be a reader's.
    """
    results = _send_tests(call, watch, to)
    for one in results:
        if json:
            call.emit(asdict(one))
        else:
            (call.say if one.ok else call.warn)(f"{one.channel} {one.address}: {one.detail}")
    if not results:
        call.warn(f"{watch} does not tell {to}" if to else f"{watch} tells nobody: its file has no `notify`")
    return 0 if results and all(one.ok for one in results) else 1


def _send_tests(call: Invocation, slug: str, to: str | None) -> list[TestResult]:
    import asyncio

    from alerts import Dispatch, Readers

    configuration = call.configuration
    slugs = [watch.slug for watch in configuration.watches]
    if slug not in slugs:
        raise UsageError(f"{slug} is not a watch; {did_you_mean(slug, slugs)}")

    async def send() -> list[TestResult]:
        watchlist = configuration.watchlist()
        Readers(database, watchlist).look(datetime.now(UTC))
        dispatch = Dispatch(database, watchlist)
        try:
            return await dispatch.test(slug, to)
        finally:
            await dispatch.close()

    database = call.open_database()
    try:
        return asyncio.run(send())
    finally:
        database.close()
