"""Earlier: what a person has been told, or is about to be, of a story or in an hour; in the session that is given."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Table, bindparam, func, select, update
from sqlalchemy.orm import Session

from ..tables import DeliveryRow, SubscriptionRow


@dataclass(frozen=True, slots=True)
class Earlier:
    """One delivery about a story to an address, whichever watch it is of."""

    id: str
    news: str | None
    state: str
    attempts: int
    due_at: datetime
    watch: str
    snoozed_until: datetime | None = None

    @property
    def is_unsent(self) -> bool:
        """Tell whether nobody has tried to send it yet, so that its words can still change."""
        return self.state == "held" or (self.state == "pending" and self.attempts == 0)

    def waits(self, now: datetime) -> bool:
        """Tell whether it waits a moment for what else its person may be told."""
        return self.state == "pending" and self.attempts == 0 and self.due_at > now

    def rests(self, now: datetime) -> bool:
        """Tell whether it waits for the end of a snooze, which only concerns its own watch."""
        return self.state == "held" and self.snoozed_until is not None and now < self.snoozed_until


# On the bare tables and built once: building a statement costs more than running it.
_DELIVERIES = cast(Table, DeliveryRow.__table__)
_SUBSCRIPTIONS = cast(Table, SubscriptionRow.__table__)
_OF_STORY = (
    select(_DELIVERIES.c.id, _DELIVERIES.c.news, _DELIVERIES.c.state, _DELIVERIES.c.attempts, _DELIVERIES.c.due_at)
    .add_columns(_SUBSCRIPTIONS.c.watch, _SUBSCRIPTIONS.c.snoozed_until)
    .join(_SUBSCRIPTIONS, _SUBSCRIPTIONS.c.id == _DELIVERIES.c.subscription)
    .where(
        _DELIVERIES.c.story == bindparam("about"),
        _SUBSCRIPTIONS.c.channel == bindparam("by"),
        _SUBSCRIPTIONS.c.address == bindparam("to"),
    )
    .order_by(_DELIVERIES.c.created_at, _DELIVERIES.c.id)
)
_UNSENT = (
    select(_DELIVERIES.c.payload)
    .where(_DELIVERIES.c.id == bindparam("wanted"), _DELIVERIES.c.state.in_(("pending", "held")))
    .where(_DELIVERIES.c.attempts == 0)
    .with_for_update()
)
_LATELY = (
    select(func.count())
    .select_from(_DELIVERIES.join(_SUBSCRIPTIONS, _SUBSCRIPTIONS.c.id == _DELIVERIES.c.subscription))
    .where(
        _DELIVERIES.c.created_at > bindparam("after"),
        _DELIVERIES.c.state.not_in(("held", "grouped")),
        _DELIVERIES.c.type == "story.matched",
        _SUBSCRIPTIONS.c.channel == bindparam("by"),
        _SUBSCRIPTIONS.c.address == bindparam("to"),
    )
)
_REWORD = update(_DELIVERIES).where(_DELIVERIES.c.id == bindparam("wanted")).values(payload=bindparam("words"))
_RETITLE = update(_DELIVERIES).where(_DELIVERIES.c.id == bindparam("wanted")).values(article=bindparam("about"))


def of_story(session: Session, story: str, channel: str, address: str) -> list[Earlier]:
    """Give the deliveries about a story to an address, oldest first."""
    return [Earlier(*row) for row in session.execute(_OF_STORY, {"about": story, "by": channel, "to": address})]


def lately(session: Session, channel: str, address: str, after: datetime) -> int:
    """Count the alerts that an address was promised since then, but for what is held for a digest."""
    return session.scalar(_LATELY, {"after": after, "by": channel, "to": address}) or 0


def amend(session: Session, id: str, change: Callable[[str], str], article: str | None = None) -> bool:
    """Put a changed payload in place of one that nobody has tried to send; tells whether that was in time.

    With `article` it tells of that one from now on.
    """
    payload = session.scalar(_UNSENT, {"wanted": id})
    if payload is not None:
        session.execute(_REWORD, {"wanted": id, "words": change(payload)})
        if article is not None:
            session.execute(_RETITLE, {"wanted": id, "about": article})
    return payload is not None
