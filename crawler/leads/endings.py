"""Endings: what is noted of leads whose articles are on record, and of looks that brought a text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Table, and_, bindparam, func, update
from sqlalchemy.orm import Session

from ..tables import LeadRow
from .leads import ClaimedLead

_TABLE = cast(Table, LeadRow.__table__)
_MINE = and_(_TABLE.c.url == bindparam("lead"), _TABLE.c.lease == bindparam("owner"))
_SHOWN: dict[str, object] = {
    "lease": None,
    "lease_until": None,
    "reason": None,
    "etag": bindparam("shown_etag"),
    "last_modified": bindparam("shown_modified"),
}
_FILED = (
    update(_TABLE)
    .where(_MINE)
    .values(
        _SHOWN
        | {
            "state": "filed",
            "ended_at": bindparam("now"),
            # Falls to nothing when the page had changed.
            "in_vain": (_TABLE.c.in_vain + 1) * bindparam("unchanged"),
            "look_at": func.coalesce(bindparam("next_look", type_=_TABLE.c.look_at.type), _TABLE.c.look_at),
            "published": func.coalesce(_TABLE.c.published, bindparam("dated", type_=_TABLE.c.published.type)),
        }
    )
)
# A list may have put it back into the queue meanwhile: then it stays there.
_LOOKED = update(_TABLE).where(_MINE).values(_SHOWN | {"look_at": bindparam("next_look"), "looks": _TABLE.c.looks + 1})


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """What is noted of a lead whose page is on record."""

    lead: ClaimedLead
    changed: bool
    """Whether the desk had something to learn."""
    look_at: datetime | None = None
    """When the page is looked at again."""
    published: datetime | None = None
    etag: str | None = None
    last_modified: str | None = None


def end_filed(session: Session, ended: Sequence[Filed], owner: str, now: datetime) -> None:
    """End leads whose articles are on record, and looks at pages that are."""
    for looks, statement in ((False, _FILED), (True, _LOOKED)):
        rows = [_ending(filed, owner, now) for filed in ended if filed.lead.look is looks]
        if rows:
            session.connection().execute(statement, rows)


def _ending(filed: Filed, owner: str, now: datetime) -> dict[str, object]:
    values: dict[str, object] = {
        "lead": filed.lead.url,
        "owner": owner,
        "next_look": filed.look_at,
        "shown_etag": filed.etag,
        "shown_modified": filed.last_modified,
    }
    if not filed.lead.look:
        values |= {"now": now, "unchanged": int(not filed.changed), "dated": filed.published}
    return values
