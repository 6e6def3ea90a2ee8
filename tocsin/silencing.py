"""Silencing: what the operator wishes to silence, read and checked alike for the command line and the API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from newsdesk import did_you_mean

from .when import parse_until

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from alerts import Silence
    from newsdesk import Database


class Refused(ValueError):
    """What is wrong with one field of a wish."""

    def __init__(self, field: str, what: str) -> None:
        """Keep the field and the remedy."""
        self.field, self.what = field, what
        super().__init__(what)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hush:
    """What is to be silenced, as it was written: of watch, outlet and query all that are given must fit."""

    watch: str | None = None
    outlet: str | None = None
    query: str | None = None
    everything: bool = False
    start: str | None = None
    """A moment to come, or how long from now; now where it is left out."""
    until: str
    """A moment, or how long from the start."""
    author: str
    comment: str


def silence(
    session: Session, database: Database, hush: Hush, watches: Sequence[str], outlets: Sequence[str], now: datetime
) -> Silence:
    """Put a silence on record; `watches` and `outlets` are the slugs that there are. Raises Refused, QueryError."""
    from alerts import Silences

    _check(hush, watches, outlets)
    start = _moment("start", hush.start, now) if hush.start else now
    return Silences(database).add(
        session,
        watch=hush.watch,
        outlet=hush.outlet,
        query=hush.query,
        starts_at=start,
        ends_at=_moment("until", hush.until, start),
        author=hush.author.strip(),
        comment=hush.comment.strip(),
        now=now,
    )


def standing(one: Silence, now: datetime) -> str:
    """Say whether a silence is in force, to come, or over."""
    return "in force" if one.is_in_force(now) else "to come" if one.starts_at > now else "over"


def _check(hush: Hush, watches: Sequence[str], outlets: Sequence[str]) -> None:
    """Refuse what silences nothing, all by mistake, or nobody knows why."""
    if hush.everything == any((hush.watch, hush.outlet, hush.query)):
        raise Refused("watch", "say what to silence: a watch, an outlet, a query, or everything")
    if hush.watch is not None and hush.watch not in watches:
        raise Refused("watch", f"{hush.watch} is not a watch; {did_you_mean(hush.watch, watches)}")
    outlet = hush.outlet
    if outlet is not None and not outlet.startswith("tag:") and "." not in outlet and outlet not in outlets:
        raise Refused("outlet", f"{outlet} is not an outlet; {did_you_mean(outlet, outlets)}")
    for field in ("author", "comment"):
        if not str(getattr(hush, field)).strip():
            raise Refused(field, "say who silences and why")


def _moment(field: str, text: str, after: datetime) -> datetime:
    try:
        return parse_until(text, after)
    except (ValueError, OverflowError) as error:
        raise Refused(field, str(error)) from None
