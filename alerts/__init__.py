"""Articles become alerts: matches watches, keeps an outbox, delivers."""

from typing import TYPE_CHECKING

from newsdesk import lazy_face

if TYPE_CHECKING:
    from .advice import Advice, Adviser
    from .alternatives import Alternatives, Cause
    from .balance import Balance
    from .bounces import Bounces
    from .channel import CHANNELS, Channel, Receipt, Target, Tools
    from .channels.email import SmtpSettings
    from .dialect import DIALECTS, Dialect, Translation
    from .direct import Direct, Heart
    from .dispatch import Counters, Dispatch, TestResult
    from .fates import Ended
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
    from .readers import FEED, feed_address, make_feed, pause, renew_secret, replan, snooze
    from .reception import OPERATOR_ASKS, Confirmation, NotTaken, Reception, words_of
    from .redelivery import Range, failed_in, refusals, send_again
    from .rehearsal import Rehearsed, Sighting, history_needed, rehearse, sightings
    from .relisting import carriers
    from .requests import Standing, TooMany, Wish
    from .round import Round
    from .settings import AlertSettings
    from .signing import in_force, make_secret, rotate
    from .silences import Silence, Silences
    from .subscriptions import Subscription, Subscriptions, SubscriptionState
    from .sweep import Sweep, SweepReport
    from .watch import Watch, draft_watches, load_watch, load_watches
    from .watchlist import Watchlist

__all__ = [
    "CHANNELS",
    "DIALECTS",
    "FEED",
    "OPERATOR_ASKS",
    "Advice",
    "Adviser",
    "AlertSettings",
    "Alternatives",
    "Attempt",
    "Balance",
    "Bounces",
    "Cause",
    "Channel",
    "Confirmation",
    "Counters",
    "Delivery",
    "Dialect",
    "Direct",
    "Dispatch",
    "Each",
    "Ended",
    "Heart",
    "Known",
    "Ledger",
    "Match",
    "Matched",
    "Matcher",
    "NotTaken",
    "Notice",
    "Notices",
    "Outbox",
    "Progress",
    "Pulse",
    "Query",
    "Range",
    "Receipt",
    "Reception",
    "Rehearsed",
    "Round",
    "Sighting",
    "Silence",
    "Silences",
    "SmtpSettings",
    "Span",
    "Standing",
    "Subscription",
    "SubscriptionState",
    "Subscriptions",
    "Sweep",
    "SweepReport",
    "Target",
    "TestResult",
    "TooMany",
    "Tools",
    "Translation",
    "Watch",
    "Watchlist",
    "Wish",
    "carriers",
    "draft_watches",
    "failed_in",
    "feed_address",
    "history_needed",
    "in_force",
    "load_watch",
    "load_watches",
    "make_feed",
    "make_secret",
    "moment_of",
    "operator",
    "parse",
    "pause",
    "progress_of",
    "refusals",
    "rehearse",
    "renew_secret",
    "replan",
    "rotate",
    "send_again",
    "sightings",
    "snooze",
    "words_of",
]

__getattr__ = lazy_face(
    __name__,
    {
        "advice": "Advice Adviser",
        "alternatives": "Alternatives Cause",
        "balance": "Balance",
        "bounces": "Bounces",
        "channel": "CHANNELS Channel Receipt Target Tools",
        "channels.email": "SmtpSettings",
        "dialect": "DIALECTS Dialect Translation",
        "direct": "Direct Heart",
        "dispatch": "Counters Dispatch TestResult",
        "logic": "Known",
        "matcher": "Match Matcher",
        "fates": "Ended",
        "ledger": "Attempt Delivery Ledger Matched",
        "mentions": "moment_of",
        "notice": "Notice Notices operator",
        "occasion": "Each",
        "outbox": "Outbox",
        "progress": "Progress progress_of",
        "pulse": "Pulse",
        "query": "Query Span parse",
        "readers": "FEED feed_address make_feed pause renew_secret replan snooze",
        "reception": "OPERATOR_ASKS Confirmation NotTaken Reception words_of",
        "rehearsal": "Rehearsed Sighting history_needed rehearse sightings",
        "redelivery": "Range failed_in refusals send_again",
        "relisting": "carriers",
        "requests": "Standing TooMany Wish",
        "round": "Round",
        "settings": "AlertSettings",
        "signing": "in_force make_secret rotate",
        "silences": "Silence Silences",
        "subscriptions": "Subscription SubscriptionState Subscriptions",
        "sweep": "Sweep SweepReport",
        "watch": "Watch draft_watches load_watch load_watches",
        "watchlist": "Watchlist",
    },
)
