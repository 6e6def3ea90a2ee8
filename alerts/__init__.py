"""Articles become alerts: matches watches, keeps an outbox, delivers."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .channel import CHANNELS, Channel, Receipt, Target, Tools
    from .channels.email import SmtpSettings
    from .dispatch import Counters, Dispatch, TestResult
    from .ledger import Attempt, Delivery, Ledger, Matched
    from .matcher import Match, Matcher
    from .outbox import Outbox
    from .query import Doc, Query, Span, parse
    from .subscriptions import Subscription, Subscriptions
    from .sweep import Sweep, SweepReport
    from .watch import Watch, draft_watches, load_watches, query_warnings
    from .watchlist import Watchlist

__all__ = [
    "CHANNELS",
    "Attempt",
    "Channel",
    "Counters",
    "Delivery",
    "Dispatch",
    "Doc",
    "Ledger",
    "Match",
    "Matched",
    "Matcher",
    "Outbox",
    "Query",
    "Receipt",
    "SmtpSettings",
    "Span",
    "Subscription",
    "Subscriptions",
    "Sweep",
    "SweepReport",
    "Target",
    "TestResult",
    "Tools",
    "Watch",
    "Watchlist",
    "draft_watches",
    "load_watches",
    "parse",
    "query_warnings",
]

# Which room holds which name: a room is entered when one of its names is first asked for, so that a command which
# only reads settings does not pay for SQLAlchemy, httpx or templates.
_ROOMS = {
    "channel": "CHANNELS Channel Receipt Target Tools",
    "channels.email": "SmtpSettings",
    "dispatch": "Counters Dispatch TestResult",
    "matcher": "Match Matcher",
    "ledger": "Attempt Delivery Ledger Matched",
    "outbox": "Outbox",
    "query": "Doc Query Span parse",
    "subscriptions": "Subscription Subscriptions",
    "sweep": "Sweep SweepReport",
    "watch": "Watch draft_watches load_watches query_warnings",
    "watchlist": "Watchlist",
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    """Fetch a public name from its room, once."""
    if name not in _ROOM_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_ROOM_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return __all__
