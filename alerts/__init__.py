"""Articles become alerts: matches watches, keeps an outbox, delivers."""

from typing import TYPE_CHECKING

from newsdesk import lazy_face

if TYPE_CHECKING:
    from .advising.advice import Advice, Adviser
    from .advising.alternatives import Alternatives, Cause
    from .advising.logic import Known
    from .channel import CHANNELS, Channel, Receipt, Target, Tools
    from .channels.email import SmtpSettings
    from .dialect import DIALECTS, Dialect, Translation
    from .direct import Direct, Heart
    from .matcher import Match, Matcher
    from .notice import Notice, Notices, operator
    from .occasion import Each
    from .outbox.balance import Balance
    from .outbox.fates import Ended
    from .outbox.ledger import Attempt, Delivery, Ledger, Matched
    from .outbox.outbox import Outbox
    from .outbox.redelivery import Range, failed_in, refusals, send_again
    from .query import Query, Span, parse
    from .readers.bounces import Bounces
    from .readers.leaving import leave, leave_all, meant
    from .readers.readers import (
        FEED,
        Readers,
        feed_address,
        feed_url,
        make_feed,
        pause,
        renew_secret,
        replan,
        resume,
        snooze,
    )
    from .readers.reception import Confirmation, NotTaken, Reception, words_of
    from .readers.requests import OPERATOR_ASKS, Standing, TooMany, Wish
    from .sending.dispatch import Counters, Dispatch, TestResult
    from .sending.relisting import carriers
    from .settings import AlertSettings
    from .signing import in_force, make_pair, make_secret, rotate
    from .silences import Silence, Silences
    from .subscriptions import INVITED, Subscription, Subscriptions, SubscriptionState, is_ours
    from .sweeping.sweep import Sweep, SweepReport
    from .trends.mentions import moment_of
    from .trends.progress import Progress, progress_of
    from .trends.pulse import Pulse
    from .trends.rehearsal import Rehearsed, Sighting, history_needed, rehearse, sightings
    from .trends.round import Round
    from .watch import Watch, draft_watches, load_watch, load_watches
    from .watchlist import Kept, Watchlist

__all__ = [
    "CHANNELS",
    "DIALECTS",
    "FEED",
    "INVITED",
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
    "Kept",
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
    "Readers",
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
    "feed_url",
    "history_needed",
    "in_force",
    "is_ours",
    "leave",
    "leave_all",
    "load_watch",
    "load_watches",
    "make_feed",
    "make_pair",
    "make_secret",
    "meant",
    "moment_of",
    "operator",
    "parse",
    "pause",
    "progress_of",
    "refusals",
    "rehearse",
    "renew_secret",
    "replan",
    "resume",
    "rotate",
    "send_again",
    "sightings",
    "snooze",
    "words_of",
]

__getattr__ = lazy_face(
    __name__,
    {
        "advising.advice": "Advice Adviser",
        "advising.alternatives": "Alternatives Cause",
        "outbox.balance": "Balance",
        "readers.bounces": "Bounces",
        "channel": "CHANNELS Channel Receipt Target Tools",
        "channels.email": "SmtpSettings",
        "dialect": "DIALECTS Dialect Translation",
        "direct": "Direct Heart",
        "sending.dispatch": "Counters Dispatch TestResult",
        "advising.logic": "Known",
        "matcher": "Match Matcher",
        "outbox.fates": "Ended",
        "outbox.ledger": "Attempt Delivery Ledger Matched",
        "trends.mentions": "moment_of",
        "notice": "Notice Notices operator",
        "occasion": "Each",
        "outbox.outbox": "Outbox",
        "trends.progress": "Progress progress_of",
        "trends.pulse": "Pulse",
        "query": "Query Span parse",
        "readers.readers": "FEED Readers feed_address feed_url make_feed pause renew_secret replan resume snooze",
        "readers.leaving": "leave leave_all meant",
        "readers.reception": "Confirmation NotTaken Reception words_of",
        "trends.rehearsal": "Rehearsed Sighting history_needed rehearse sightings",
        "outbox.redelivery": "Range failed_in refusals send_again",
        "sending.relisting": "carriers",
        "readers.requests": "OPERATOR_ASKS Standing TooMany Wish",
        "trends.round": "Round",
        "settings": "AlertSettings",
        "signing": "in_force make_pair make_secret rotate",
        "silences": "Silence Silences",
        "subscriptions": "INVITED Subscription SubscriptionState Subscriptions is_ours",
        "sweeping.sweep": "Sweep SweepReport",
        "watch": "Watch draft_watches load_watch load_watches",
        "watchlist": "Kept Watchlist",
    },
)
