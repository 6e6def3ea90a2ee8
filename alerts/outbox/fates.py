"""Fate: what became of one match for one whom its watch tells, on record from the transaction that found the match."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, and_, bindparam, case, exists, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from newsdesk import FiledArticle, insert_missing

from ..tables import DeliveryRow, FateRow, SubscriptionRow


class FateState(StrEnum):
    """What the sweep decided."""

    PROMISED = "promised"
    """A delivery of its own tells it."""
    GROUPED = "grouped"
    """The delivery of another watch to the same person names this one, too."""
    HEARD = "heard"
    """The same was told before, and is not told twice."""
    SILENCED = "silenced"
    """Nobody is told: by a silence, or since the subscription has ended or rests."""


class MatchState(StrEnum):
    """Where a match stands for one whom its watch tells: in exactly one of these."""

    DELIVERED = "delivered"
    PENDING = "pending"
    HELD = "held"
    SILENCED = "silenced"
    GROUPED = "grouped"
    DEAD = "dead"


BY_DELIVERY = {
    "sent": MatchState.DELIVERED,
    "pending": MatchState.PENDING,
    "held": MatchState.HELD,
    "grouped": MatchState.GROUPED,
    "failed": MatchState.DEAD,
}
"""Where a match stands whose delivery is in a state."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided of one match for one target."""

    state: FateState
    delivery: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Fate:
    """A verdict, and what it was passed on: one revision of an article, one watch, one subscription."""

    article: str
    revision: int
    watch: str
    subscription: str
    verdict: Verdict


_INTO = aliased(DeliveryRow)
"""The digest that a delivery went into."""
_FATES = cast(Table, FateRow.__table__)
_TOLD = select(_FATES.c.state, _FATES.c.delivery, _FATES.c.reason).where(
    _FATES.c.article.in_(bindparam("articles", expanding=True)),
    _FATES.c.watch == bindparam("by"),
    _FATES.c.subscription == bindparam("told"),
    or_(_FATES.c.state != FateState.SILENCED, _FATES.c.reason.like("silence %")),
)
_NOTED = select(_FATES.c.article).where(_FATES.c.article.in_(bindparam("articles", expanding=True))).distinct()


def write(session: Session, fates: Sequence[Fate], now: datetime) -> None:
    """Put fates on record; what is on record stays."""
    insert_missing(session, FateRow, [_row(fate, now) for fate in fates])


def told(session: Session, watch: str, subscription: str, articles: Sequence[str]) -> list[Verdict]:
    """Give how earlier matches of these articles, whose text is one, ended; not those that were nobody's business."""
    rows = session.execute(_TOLD, {"articles": list(articles), "by": watch, "told": subscription})
    return [Verdict(FateState(row.state), row.delivery, row.reason) for row in rows]


def noted(session: Session, articles: Sequence[str]) -> set[str]:
    """Give those of the articles of which something was decided for anyone."""
    return set(session.scalars(_NOTED, {"articles": list(articles)})) if articles else set()


def fate_of(filed: FiledArticle, watch: str, subscription: str, verdict: Verdict) -> Fate:
    """Give the fate of an article as it reads now."""
    return Fate(filed.id, filed.revision, watch, subscription, verdict)


def match_state() -> ColumnElement[str]:
    """Give where a match stands, over fates beside their deliveries; `astray` where what is to tell it is missing."""
    by_delivery = [(DeliveryRow.state == state, literal(shown)) for state, shown in BY_DELIVERY.items()]
    is_told_by_nothing = and_(DeliveryRow.state == "grouped", ~exists().where(_INTO.id == DeliveryRow.grouped_into))
    return case(
        (FateRow.state == FateState.SILENCED, literal(MatchState.SILENCED)),
        (or_(DeliveryRow.id.is_(None), is_told_by_nothing), literal("astray")),
        (FateRow.state.not_in(list(FateState)), literal("astray")),
        (FateRow.state.in_((FateState.GROUPED, FateState.HEARD)), literal(MatchState.GROUPED)),
        *by_delivery,
        else_=literal("astray"),
    )


def _row(fate: Fate, now: datetime) -> dict[str, Any]:
    return {
        "article": fate.article,
        "watch": fate.watch,
        "revision": fate.revision,
        "subscription": fate.subscription,
        "state": fate.verdict.state,
        "delivery": fate.verdict.delivery,
        "reason": fate.verdict.reason,
        "at": now,
    }


@dataclass(frozen=True, slots=True)
class Ended:
    """Where one match stands for one whom its watch tells."""

    article: str
    revision: int
    watch: str
    channel: str
    address: str
    state: str
    delivery: str | None
    reason: str | None
    at: datetime

    @property
    def words(self) -> str:
        """Say it in a few words."""
        if self.state == MatchState.DELIVERED:
            return self.state
        into = f" into {self.delivery}" if self.state == MatchState.GROUPED and self.delivery else ""
        return f"{self.state}{into}" + (f": {self.reason}" if self.reason else "")


def _due_if_pending() -> ColumnElement[str | None]:
    return case((DeliveryRow.state == "pending", literal("due")))


def of_article(session: Session, article: str) -> list[Ended]:
    """Give where the matches of an article stand, oldest first, those of one watch by whom it tells."""
    into = func.coalesce(DeliveryRow.grouped_into, FateRow.delivery)
    is_told = FateRow.state == FateState.PROMISED
    why = case(
        (and_(is_told, DeliveryRow.state == "sent"), literal("the receiver took it")),
        (DeliveryRow.state == "sent", FateRow.reason),
        else_=func.coalesce(DeliveryRow.detail, DeliveryRow.reason, FateRow.reason, _due_if_pending()),
    )
    query = (
        select(FateRow.article, FateRow.revision, FateRow.watch, SubscriptionRow.channel, SubscriptionRow.address)
        .add_columns(match_state(), into, why, FateRow.at)
        .outerjoin(DeliveryRow, DeliveryRow.id == FateRow.delivery)
        .join(SubscriptionRow, SubscriptionRow.id == FateRow.subscription)
        .where(FateRow.article == article)
        .order_by(FateRow.revision, FateRow.at, FateRow.watch, SubscriptionRow.channel, SubscriptionRow.address)
    )
    return [Ended(*row) for row in session.execute(query)]
