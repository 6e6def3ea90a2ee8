"""tocsin silences: times in which nobody is told, by whom and why; add one, end one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from newsdesk import did_you_mean, instant, parse_duration
from tocsin.invocation import Here, Invocation, Json, UsageError
from tocsin.show import table

if TYPE_CHECKING:
    from alerts import Silence

command = App(
    name="silences",
    help="List silences: what matches is kept and shown, and nobody is told. Add one, end one.",
    help_flags=["--help", "-h"],
)


@command.default
def silences(
    *, every: Annotated[bool, Parameter(name="--all", negative="")] = False, json: Json = False, call: Here
) -> int:
    """List the silences that hold or are to come.

    Parameters
    ----------
    every: bool
        Those that are over, too.
    """
    from alerts import Silences

    now = datetime.now(UTC)
    database = call.open_database()
    try:
        found = Silences(database).all(over=every, now=now)
    finally:
        database.close()
    if json:
        for one in found:
            call.emit(_shown(one, now))
    elif found:
        rows = [
            (one.id, _what(one), one.starts_at, one.ends_at, one.author, one.comment, _state(one, now)) for one in found
        ]
        table(call, ["id", "silenced", "from (UTC)", "until (UTC)", "by", "why", "state"], rows)
    else:
        call.warn("no silences; add one with: tocsin silences add --watch WATCH --for 2h --author NAME --comment WHY")
    return 0


@command.command
def add(
    *,
    author: str,
    comment: str,
    watch: str | None = None,
    outlet: str | None = None,
    query: str | None = None,
    everything: Annotated[bool, Parameter(negative="")] = False,
    until: str | None = None,
    lasting: Annotated[str | None, Parameter(name="--for")] = None,
    start: Annotated[str | None, Parameter(name="--from")] = None,
    json: Json = False,
    call: Here,
) -> int:
    """Silence a watch, an outlet, or what a query finds; of several, what fits them all.

    Matches are put on record as silenced, and nobody is told of them, not even once the silence is over. Notices to the
    operator are never silenced.

    Parameters
    ----------
    author: str
        Who silences.
    comment: str
        Why.
    watch: str | None
        The watch's slug.
    outlet: str | None
        The outlet's slug, its host, or "tag:" and a tag.
    query: str | None
        In the language of the watches.
    everything: bool
        All watches and outlets.
    until: str | None
        The end: 2026-11-21 or 2026-11-21T14:05:09Z; UTC where no zone is given.
    lasting: str | None
        How long, like 2h or 3d, instead of an end.
    start: str | None
        The beginning; now unless said.
    """
    from alerts import Silences

    now = datetime.now(UTC)
    _check_what(call, watch, outlet, query, everything=everything)
    if not author.strip() or not comment.strip():
        raise UsageError("say who silences and why: --author NAME --comment WHY")
    begin = _moment(start) if start else now
    end = _end(begin, until, lasting)
    if end <= max(begin, now):
        raise UsageError(f"the silence would end at {instant(end)}, before it begins or has been of use")
    database = call.open_database()
    try:
        with database.begin() as session:
            made = Silences(database).add(
                session,
                watch=watch,
                outlet=outlet,
                query=query,
                starts_at=begin,
                ends_at=end,
                author=author.strip(),
                comment=comment.strip(),
                now=now,
            )
    finally:
        database.close()
    if json:
        call.emit(_shown(made, now))
    else:
        call.say(f"{made.id}: {_what(made)} silenced until {instant(made.ends_at)}")
    return 0


@command.command
def end(id: str, *, json: Json = False, call: Here) -> int:
    """End a silence now; what it silenced stays untold.

    Parameters
    ----------
    id: str
        The silence, as the list shows it.
    """
    from alerts import Silences

    now = datetime.now(UTC)
    database = call.open_database()
    try:
        with database.begin() as session:
            ended = Silences(database).end(session, id, now)
        known = [one.id for one in Silences(database).all()] if ended is None else []
    finally:
        database.close()
    if ended is None:
        raise UsageError(f"{id} is no silence; {did_you_mean(id, known)}")
    if json:
        call.emit(_shown(ended, now))
    else:
        call.say(f"{ended.id}: over since {instant(ended.ends_at)}")
    return 0


def _check_what(
    call: Invocation, watch: str | None, outlet: str | None, query: str | None, *, everything: bool
) -> None:
    """Refuse what silences nothing, or all by mistake. Raises UsageError, QueryError."""
    if everything == any((watch, outlet, query)):
        raise UsageError("say what to silence: --watch, --outlet, --query, or --everything")
    watches = [one.slug for one in call.configuration.watches]
    if watch is not None and watch not in watches:
        raise UsageError(f"{watch} is not a watch; {did_you_mean(watch, watches)}")
    outlets = [one.slug for one in call.configuration.outlets]
    if outlet is not None and not outlet.startswith("tag:") and "." not in outlet and outlet not in outlets:
        raise UsageError(f"{outlet} is not an outlet; {did_you_mean(outlet, outlets)}")


def _end(begin: datetime, until: str | None, lasting: str | None) -> datetime:
    if (until is None) == (lasting is None):
        raise UsageError("say how long: --until 2026-11-21T14:00:00Z or --for 2h")
    if until is not None:
        return _moment(until)
    try:
        return begin + parse_duration(lasting)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"--for {lasting}: {error}") from None


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"{text}: write a moment, like 2026-11-21 or 2026-11-21T14:05:09Z") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _what(one: Silence) -> str:
    parts = [f"{name} {value}" for name in ("watch", "outlet", "query") if (value := getattr(one, name)) is not None]
    return ", ".join(parts) or "everything"


def _state(one: Silence, now: datetime) -> str:
    return "in force" if one.is_in_force(now) else "to come" if one.starts_at > now else "over"


def _shown(one: Silence, now: datetime) -> dict[str, Any]:
    return {
        "id": one.id,
        "watch": one.watch,
        "outlet": one.outlet,
        "query": one.query,
        "from": instant(one.starts_at),
        "until": instant(one.ends_at),
        "author": one.author,
        "comment": one.comment,
        "created": instant(one.created_at),
        "state": _state(one, now),
    }
