"""Articles become alerts: matches watches, keeps an outbox, delivers."""

from typing import TYPE_CHECKING

from newsdesk import lazy_face

if TYPE_CHECKING:
    from .channel import CHANNELS, Channel, Receipt, Target, Tools
    from .channels.email import SmtpSettings
    from .dispatch import Counters, Dispatch, TestResult
    from .ledger import Attempt, Delivery, Ledger, Matched
    from .matcher import Match, Matcher
    from .notice import Notice, Notices, operator
    from .outbox import Outbox
    from .query import Query, Span, parse
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
    "Ledger",
    "Match",
    "Matched",
    "Matcher",
    "Notice",
    "Notices",
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
    "operator",
    "parse",
    "query_warnings",
]

__getattr__ = lazy_face(
    __name__,
    {
        "channel": "CHANNELS Channel Receipt Target Tools",
        "channels.email": "SmtpSettings",
        "dispatch": "Counters Dispatch TestResult",
        "matcher": "Match Matcher",
        "ledger": "Attempt Delivery Ledger Matched",
        "notice": "Notice Notices operator",
        "outbox": "Outbox",
        "query": "Query Span parse",
        "subscriptions": "Subscription Subscriptions",
        "sweep": "Sweep SweepReport",
        "watch": "Watch draft_watches load_watches query_warnings",
        "watchlist": "Watchlist",
    },
)
