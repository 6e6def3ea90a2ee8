"""tocsin silences: times in which nobody is told, by whom and why; add one, end one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from newsdesk import did_you_mean, instant
from tocsin.invocation import Here, Invocation, Json, UsageError
from tocsin.show import table
from tocsin.silencing import Hush, Refused, silence, standing

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
            (one.id, _what(one), one.starts_at, one.ends_at, one.author, one.comment, standing(one, now))
            for one in found
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
        The beginning, a moment to come; now unless said.
    """
    now = datetime.now(UTC)
    if (until is None) == (lasting is None):
        raise UsageError("say how long: --until 2026-11-21T14:00:00Z or --for 2h")
    hush = Hush(
        watch=watch,
        outlet=outlet,
        query=query,
        everything=everything,
        start=start,
        until=until or lasting or "",
        author=author,
        comment=comment,
    )
    made = _added(call, hush, now)
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


def _added(call: Invocation, hush: Hush, now: datetime) -> Silence:
    configuration = call.configuration
    watches = [one.slug for one in configuration.watches]
    outlets = [one.slug for one in configuration.outlets]
    database = call.open_database()
    try:
        with database.begin() as session:
            return silence(session, database, hush, watches, outlets, now)
    except Refused as refused:
        raise UsageError(refused.what) from None
    finally:
        database.close()


def _what(one: Silence) -> str:
    parts = [f"{name} {value}" for name in ("watch", "outlet", "query") if (value := getattr(one, name)) is not None]
    return ", ".join(parts) or "everything"


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
        "state": standing(one, now),
    }
