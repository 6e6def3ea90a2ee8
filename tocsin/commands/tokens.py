"""tocsin tokens: who may use the API: make a token, list them, end one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from newsdesk import did_you_mean, instant, parse_duration
from tocsin.invocation import Here, Json, UsageError
from tocsin.show import table

if TYPE_CHECKING:
    from tocsin.tokens import Token

command = App(
    name="tokens",
    help="List the tokens that programs use the API with; make one, end one.",
    help_flags=["--help", "-h"],
)

_Scope = Literal["read", "write", "metrics"]


@command.default
def tokens(*, json: Json = False, call: Here) -> int:
    """List the tokens: what each is good for, how long, when it was last used; never the token."""
    from tocsin.tokens import Tokens

    database = call.open_database()
    try:
        listed = [_shown(one, datetime.now(UTC)) for one in Tokens(database).all()]
    finally:
        database.close()
    if json:
        for one in listed:
            call.emit(one)
    elif listed:
        rows = [_row(one) for one in listed]
        table(call, ["id", "name", "scopes", "created (UTC)", "expires", "last used", "state"], rows)
    else:
        call.warn("no tokens; make one with: tocsin tokens create NAME")
    return 0


@command.command
def create(
    name: str,
    *,
    scope: Annotated[list[_Scope] | None, Parameter(negative="")] = None,
    expires: str | None = None,
    json: Json = False,
    call: Here,
) -> int:
    """Make a token and show it, this once.

    Parameters
    ----------
    name: str
        Who uses it: stands in the list and in the log.
    scope: list[Literal["read", "write", "metrics"]] | None
        What it is good for: read (the default), write (to retry deliveries, end and resume subscriptions; reads as
        well), metrics. May be given several times.
    expires: str | None
        After how long it ends, like 90d; never unless said.
    """
    from tocsin.tokens import Scope, Tokens

    now = datetime.now(UTC)
    ends = _end(expires, now)
    database = call.open_database()
    try:
        with database.begin() as session:
            token = Tokens(database).create(session, name, [Scope(one) for one in scope or ["read"]], now, ends)
    finally:
        database.close()
    if json:
        call.emit({"name": name.strip(), "token": token, "expires": instant(ends)})
    else:
        call.say(token)
        call.warn("keep it where nobody else reads: it is not shown again")
    return 0


@command.command
def revoke(name: str, *, call: Here) -> int:
    """End a token at once, wherever it is used.

    Parameters
    ----------
    name: str
        Its name or id, as the list shows them.
    """
    from tocsin.tokens import Tokens

    database = call.open_database()
    try:
        kept = Tokens(database)
        with database.begin() as session:
            was_there = kept.revoke(session, name, datetime.now(UTC))
        known = [one.name for one in kept.all() if one.revoked_at is None]
    finally:
        database.close()
    if not was_there:
        raise UsageError(f"{name} is not a token; {did_you_mean(name, known)}")
    call.say(f"{name} is let in no more")
    return 0


def _end(expires: str | None, now: datetime) -> datetime | None:
    try:
        return None if expires is None else now + parse_duration(expires)
    except (ValueError, OverflowError):
        raise UsageError(f"--expires {expires}: write a number and a unit, like 90d") from None


def _shown(one: Token, now: datetime) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "scopes": sorted(one.scopes),
        "created": instant(one.created_at),
        "expires": instant(one.expires_at),
        "last_used": instant(one.last_used),
        "state": one.state(now),
    }


def _row(one: dict[str, Any]) -> list[object]:
    never = [one[key] or "never" for key in ("expires", "last_used")]
    return [one["id"], one["name"], ", ".join(one["scopes"]), one["created"], *never, one["state"]]
