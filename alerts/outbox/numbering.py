"""Numbering: each delivery to one target bears the next number, so that a receiver can put them in order."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Integer, Table, bindparam, update
from sqlalchemy.orm import Session

from ..tables import SubscriptionRow

_SUBSCRIPTIONS = cast(Table, SubscriptionRow.__table__)
_TAKE = (
    update(_SUBSCRIPTIONS)
    .where(_SUBSCRIPTIONS.c.id == bindparam("taker"))
    .values(sequence=_SUBSCRIPTIONS.c.sequence + bindparam("many", type_=Integer))
    .returning(_SUBSCRIPTIONS.c.sequence)
)
_DATA = '"data":{'


def number(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Put the next numbers of their subscriptions into the payloads of new deliveries, in the order given."""
    many = Counter(row["subscription"] for row in rows)
    # In one order, as two transactions that lock the same rows crosswise would wait for each other.
    last = {taker: session.scalar(_TAKE, {"taker": taker, "many": many[taker]}) or 0 for taker in sorted(many)}
    following = {taker: last[taker] - many[taker] for taker in many}
    for row in rows:
        following[row["subscription"]] += 1
        row["payload"] = numbered(row["payload"], following[row["subscription"]])


def numbered(payload: str, sequence: int) -> str:
    """Give a payload with its number: `data` stands behind nothing that a stranger words, so that its place is sure."""
    head, found, rest = payload.partition(_DATA)
    return f'{head}{found}"sequence":{sequence},{rest}' if found else payload
