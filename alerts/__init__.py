"""Articles become alerts: matches watches, keeps an outbox, delivers."""

from typing import TYPE_CHECKING

from newsdesk import lazy_face

if TYPE_CHECKING:
    from .advice import Advice, Adviser
    from .alternatives import Alternatives, Cause
    from .bounces import Bounces
    from .channel import CHANNELS, Channel, Receipt, Target, Tools
    from .channels.email import SmtpSettings
    from .dialect import DIALECTS, Dialect, Translation
    from .dispatch import Counters, Dispatch, TestResult
    from .ledger import Attempt, Delivery, Ledger, Matched
    from .logic import Known
    from .matcher import Match, Matcher
    from .mentions import moment_of
    from .notice import Notice, Notices, operator
    from .occasion import Each
    from .outbox import Outbox
    from .progress import Progress, progress_of
    from .pulse import Pulse
    from .query import Query, Span, parse
    from .redelivery import Range, failed_in, refusals, send_again
    from .rehearsal import Rehearsed, Sighting, history_needed, rehearse, sightings
    from .relisting import carriers
    from .round import Round
    from .settings import AlertSettings
    from .signing import in_force, make_secret, rotate
    from .subscriptions import Subscription, Subscriptions, SubscriptionState
    from .sweep import Sweep, SweepReport
    from .watch import Watch, draft_watches, load_watch, load_watches
    from .watchlist import Watchlist

__all__ = [
    "CHANNELS",
    "DIALECTS",
    "Advice",
    "Adviser",
    "AlertSettings",
    "Alternatives",
    "Attempt",
    "Bounces",
    "Cause",
    "Channel",
    "Counters",
    "Delivery",
    "Dialect",
    "Dispatch",
    "Each",
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
    "Range",
    "Receipt",
    "Rehearsed",
    "Round",
    "Sighting",
    "SmtpSettings",
    "Span",
    "Subscription",
    "SubscriptionState",
    "Subscriptions",
    "Sweep",
    "SweepReport",
    "Target",
    "TestResult",
    "Tools",
    "Translation",
    "Watch",
    "Watchlist",
    "carriers",
    "draft_watches",
    "failed_in",
    "history_needed",
    "in_force",
    "load_watch",
    "load_watches",
    "make_secret",
    "moment_of",
    "operator",
    "parse",
    "progress_of",
    "refusals",
    "rehearse",
    "rotate",
    "send_again",
    "sightings",
]

__getattr__ = lazy_face(
    __name__,
    {
        "advice": "Advice Adviser",
        "alternatives": "Alternatives Cause",
        "bounces": "Bounces",
        "channel": "CHANNELS Channel Receipt Target Tools",
        "channels.email": "SmtpSettings",
        "dialect": "DIALECTS Dialect Translation",
        "dispatch": "Counters Dispatch TestResult",
        "logic": "Known",
        "matcher": "Match Matcher",
        "ledger": "Attempt Delivery Ledger Matched",
        "mentions": "moment_of",
        "notice": "Notice Notices operator",
        "occasion": "Each",
        "outbox": "Outbox",
        "progress": "Progress progress_of",
        "pulse": "Pulse",
        "query": "Query Span parse",
        "rehearsal": "Rehearsed Sighting history_needed rehearse sightings",
        "redelivery": "Range failed_in refusals send_again",
        "relisting": "carriers",
        "round": "Round",
        "settings": "AlertSettings",
        "signing": "in_force make_secret rotate",
        "subscriptions": "Subscription SubscriptionState Subscriptions",
        "sweep": "Sweep SweepReport",
        "watch": "Watch draft_watches load_watch load_watches",
        "watchlist": "Watchlist",
    },
)
