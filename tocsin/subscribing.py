"""Subscribing: how the command line takes somebody in: by a mail that asks, a challenge, or the operator's word."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from newsdesk import did_you_mean
from tocsin.invocation import Invocation, UsageError

if TYPE_CHECKING:
    from alerts import Subscription, Watchlist
    from newsdesk import Database


def expect_watch(call: Invocation, watch: str) -> None:
    """Raise UsageError where there is no such watch."""
    slugs = [one.slug for one in call.configuration.watches]
    if watch not in slugs:
        raise UsageError(f"{watch} is not a watch; {did_you_mean(watch, slugs)}")


def taken_in(
    call: Invocation, watch: str, entry: Mapping[str, Any], *, confirmed: bool
) -> tuple[str, Subscription | None, str | None]:
    """Take somebody in, and give the state, the subscription if there is one, and its secret. Raises TocsinError."""
    from alerts import NotTaken, TooMany
    from newsdesk import TocsinError

    expect_watch(call, watch)
    configuration, database = call.configuration, call.open_database()
    try:
        return asyncio.run(_take_in(database, configuration.watchlist(), watch, entry, confirmed=confirmed))
    except NotTaken as error:
        raise UsageError(str(error)) from None
    except TooMany:
        raise TocsinError("it was asked too often lately; a mail or two may still be confirmed") from None
    finally:
        database.close()


async def _take_in(
    database: Database, watchlist: Watchlist, watch: str, entry: Mapping[str, Any], *, confirmed: bool
) -> tuple[str, Subscription | None, str | None]:
    from alerts import OPERATOR_ASKS, Reception

    reception = Reception(database, watchlist)
    try:
        if confirmed:
            return "active", *await reception.admit(watch, entry)
        if "webhook" in entry:
            return "active", *await reception.hook(watch, entry, OPERATOR_ASKS)
        await _send(database, watchlist, await reception.ask(watch, entry, OPERATOR_ASKS))
        return "asked", None, None
    finally:
        await reception.close()


async def _send(database: Database, watchlist: Watchlist, delivery: str | None) -> None:
    """Send the mail that asks at once: no daemon need be running. Raises TocsinError."""
    from alerts import Dispatch
    from newsdesk import TocsinError

    if delivery is None:
        raise TocsinError("whoever reads this mailbox wants to be asked no more; --confirmed takes it in unasked")
    dispatch = Dispatch(database, watchlist)
    try:
        for result in await dispatch.send([delivery]):
            if not result.ok:
                raise TocsinError(
                    f"the mail that asks could not be sent: {result.detail}; "
                    "`tocsin check --online` tries the mail server, and a running daemon tries again for a day"
                )
    finally:
        await dispatch.close()
