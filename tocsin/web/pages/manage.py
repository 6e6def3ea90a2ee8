"""The page of one subscription: what its owner chooses without an account, by the link of any mail."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from alerts import (
    FEED,
    NotTaken,
    Subscription,
    Subscriptions,
    SubscriptionState,
    leave_all,
    pause,
    renew_secret,
    replan,
    resume,
    snooze,
)

from ..page import House, Page
from ..reader import Told, check_origin, entry_of, find, form_of, manage, plainly, snooze_end

_THEIR_OWN = (SubscriptionState.PAUSED, SubscriptionState.UNSUBSCRIBED)
"""What a reader may take up again; what failed or bounced, the operator looks at first."""


class Manage(Page):
    """GET shows; POST acts, each of its buttons as often as one likes."""

    path = "/manage/{token}"
    title = "Your alerts"
    public = True

    async def get(self, request: Request, house: House) -> Response:
        """Show how the subscription stands."""
        return await manage(house, request.path_params["token"], "manage")

    async def post(self, request: Request, house: House) -> Response:
        """Do what one of the buttons says."""
        found = await find(request, house)
        if found is None:
            return await manage(house, request.path_params["token"], "manage")
        check_origin(request, house)
        form = await form_of(request)
        told = await _act(house, found, form)
        await house.reception.look()
        return await manage(house, found.token, "manage", told)


async def _act(house: House, found: Subscription, form: Mapping[str, str]) -> Told:
    now, token, action = datetime.now(UTC), found.token, form.get("action", "")
    transact, shelf = house.database.transact, Subscriptions(house.database)
    if action == "end":
        await transact(partial(shelf.end, token=token, now=now))
    elif action == "all":
        await transact(partial(leave_all, database=house.database, found=found, now=now))
        return Told("You are unsubscribed from everything.")
    elif action == "pause":
        await transact(partial(pause, token=token))
    elif action == "resume" and found.state in _THEIR_OWN and found.channel != FEED:
        await transact(partial(resume, token=token, now=now))
        return Told("Alerts come again. What was missed is not sent.")
    elif action == "wake":
        await transact(partial(snooze, token=token, until=now, now=now))
        return Told("The snooze is over: what was held back comes now.")
    elif action == "snooze":
        return await _snooze(house, found, form, now)
    elif action == "renew" and found.channel == FEED and found.is_active:
        secret = await transact(partial(renew_secret, token=token, now=now, overlap=timedelta(0)))
        return Told("The old address shows nothing any more.", link=house.reception.feed_url(found.watch, secret or ""))
    elif action == "plan" and not found.is_from_file and found.channel != FEED:
        return await _replan(house, found, form)
    return Told()


async def _snooze(house: House, found: Subscription, form: Mapping[str, str], now: datetime) -> Told:
    try:
        until = snooze_end(found, form.get("until", ""))
    except ValueError:
        return Told(faults=["Choose a day, like 2026-12-24."], status=422)
    if until <= now:
        return Told(faults=["That day is over: choose one to come."], status=422)
    await house.database.transact(partial(snooze, token=found.token, until=until, now=now))
    return Told()


async def _replan(house: House, found: Subscription, form: Mapping[str, str]) -> Told:
    try:
        wish = house.reception.another_plan(found, entry_of(form))
    except NotTaken as error:
        return Told(faults=plainly(error), given=form, status=422)
    await house.database.transact(partial(replan, token=found.token, wish=wish))
    return Told("Your choice is kept.")


manage_page = Manage()
