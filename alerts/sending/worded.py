"""Worded: a claim as the message that leaves, with the ways out of it that its receiver has."""

from datetime import datetime

from ..messages.invitation import Invitation, expect_open
from ..messages.message import Message, compose
from ..outbox.outbox import Claim
from ..subscriptions import INVITED
from ..watch import OPERATOR
from ..watchlist import Kept, Watchlist


def worded(claim: Claim, kept: Kept, watchlist: Watchlist, moment: datetime) -> Message:
    """Give the message of a claim. Raises PermanentFailure for an invitation whose link is good no more."""
    asks = claim.watch == INVITED
    if asks:
        expect_open(claim.created_at, moment)
    # What is of several watches is ended for all that it names, as one mail is one thing to its reader.
    whole = watchlist.unsubscribe_url(claim.token, of=claim.id if claim.links else "")
    return compose(
        claim.payload,
        moment=moment,
        form=Invitation if asks else Message,
        thread=claim.thread,
        unsubscribe_url="" if claim.watch == OPERATOR else whole,
        token=claim.token,
        unsubscribe_urls={slug: watchlist.unsubscribe_url(token) for slug, token in claim.links},
        zone=kept.target.zone,
        outlet_names=watchlist.outlet_names,
    )
