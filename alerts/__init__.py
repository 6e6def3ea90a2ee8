"""Articles become alerts: matches watches, keeps an outbox, delivers."""

from typing import TYPE_CHECKING

from newsdesk import lazy_face

if TYPE_CHECKING:
    from .advice import Advice, Adviser
    from .channel import CHANNELS, Channel, Receipt, Target, Tools
    from .channels.email import SmtpSettings
    from .dispatch import Counters, Dispatch, TestResult
    from .ledger import Attempt, Delivery, Ledger, Matched
    from .logic import Known
    from .matcher import Match, Matcher
    from .notice import Notice, Notices, operator
    from .outbox import Outbox
    from .progress import Progress, progress_of
    from .pulse import Pulse
    from .query import Query, Span, parse
    from .round import Round
    from .subscriptions import Subscription, Subscriptions
    from .sweep import Sweep, SweepReport
    from .watch import Watch, draft_watches, load_watch, load_watches, query_warnings
    from .watchlist import Watchlist

__all__ = [
    "CHANNELS",
    "Advice",
    "Adviser",
    "Attempt",
    "Channel",
    "Counters",
    "Delivery",
    "Dispatch",
    "Known",
    "Ledger",
    "Match",
    "Matched",
    "Matcher",
    "Notice",
    "Notices",
    "Outbox",
    "Progress",
    "Pulse",
    "Query",
    "Receipt",
    "Round",
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
    "load_watch",
    "load_watches",
    "operator",
    "parse",
    "progress_of",
    "query_warnings",
]

__getattr__ = lazy_face(
    __name__,
    {
        "advice": "Advice Adviser",
        "channel": "CHANNELS Channel Receipt Target Tools",
        "channels.email": "SmtpSettings",
        "dispatch": "Counters Dispatch TestResult",
        "logic": "Known",
        "matcher": "Match Matcher",
        "ledger": "Attempt Delivery Ledger Matched",
        "notice": "Notice Notices operator",
        "outbox": "Outbox",
        "progress": "Progress progress_of",
        "pulse": "Pulse",
        "query": "Query Span parse",
        "round": "Round",
        "subscriptions": "Subscription Subscriptions",
        "sweep": "Sweep SweepReport",
        "watch": "Watch draft_watches load_watch load_watches query_warnings",
        "watchlist": "Watchlist",
    },
)
