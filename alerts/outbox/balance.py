"""Balance: whether every match has come to one end for everyone whom its watch tells; told as a ledger that sums up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import Session

from ..tables import DeliveryRow, FateRow, MatchRow
from .fates import MatchState, match_state

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Balance:
    """How many matches stand where, each counted once a target, and what does not add up."""

    states: Mapping[str, int]
    faults: tuple[str, ...]

    @property
    def total(self) -> int:
        """Give the sum over all states."""
        return sum(self.states.values())

    @property
    def is_even(self) -> bool:
        """Tell whether everything adds up."""
        return not self.faults


def balance(session: Session, since: datetime | None = None) -> Balance:
    """Add up what was matched, all of it or `since` then; what was matched before fates were kept is left out.

    Every match has a fate for each target, and every fate its match; every fate but a silenced one has its delivery,
    which exists, and so does the digest that this went into; every alert about a story has a fate that it comes from.
    """
    states = dict.fromkeys(map(str, MatchState), 0)
    state = match_state()
    counted = select(state, func.count()).select_from(FateRow)
    counted = counted.outerjoin(DeliveryRow, DeliveryRow.id == FateRow.delivery).group_by(state)
    if since is not None:
        counted = counted.where(FateRow.at >= since)
    found = {str(name): int(count) for name, count in session.execute(counted)}
    astray = found.pop("astray", 0)
    states |= found
    faults = [f"{astray} matches were promised a delivery that is not on record"] if astray else []
    for what, query in (
        ("matches without a fate for each target", _short(since)),
        ("fates of no match", _stray(since)),
        ("deliveries from no match", _alone(since)),
    ):
        if ids := list(session.scalars(query.limit(_SHOWN + 1))):
            many = f"more than {_SHOWN}" if len(ids) > _SHOWN else str(len(ids))
            faults.append(f"{many} {what}: {', '.join(ids[:_SHOWN])}")
    return Balance(states, tuple(faults))


def _short(since: datetime | None) -> Select[str]:
    """Give the articles of matches that lack a fate of one whom their watch tells."""
    fates = select(func.count()).select_from(FateRow).where(_same()).scalar_subquery()
    query = select(MatchRow.article).where(MatchRow.targets > fates, MatchRow.outcome != "counted")
    return query if since is None else query.where(MatchRow.matched_at >= since)


def _same() -> ColumnElement[bool]:
    return and_(
        FateRow.article == MatchRow.article, FateRow.watch == MatchRow.watch, FateRow.revision == MatchRow.revision
    )


def _stray(since: datetime | None) -> Select[str]:
    """Give the articles of fates whose match is not on record, at whatever revision."""
    matched = exists().where(MatchRow.article == FateRow.article, MatchRow.watch == FateRow.watch)
    query = select(FateRow.article).where(~matched)
    return query if since is None else query.where(FateRow.at >= since)


def _alone(since: datetime | None) -> Select[str]:
    """Give the alerts about a story that come from no match on record."""
    known = exists().where(
        MatchRow.article == DeliveryRow.article,
        MatchRow.targets.is_not(None),
        MatchRow.matched_at <= DeliveryRow.created_at,
    )
    told = exists().where(FateRow.delivery == DeliveryRow.id)
    query = select(DeliveryRow.id).where(DeliveryRow.type == "story.matched", known, ~told)
    return query if since is None else query.where(DeliveryRow.created_at >= since)
