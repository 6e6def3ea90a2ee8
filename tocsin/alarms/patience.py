"""Patience: a daemon whose database server is not there waits for it, and tells the operator when that takes long."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from newsdesk import Database
from tocsin.log import logger
from tocsin.storage import ServerAway

from .siren import Siren
from .troubles import DATABASE, UNREACHABLE, Trouble

AFTER = timedelta(minutes=1)
"""So long may the server take before the operator hears of it: as a machine takes to start."""
_PAUSE = 2.0
"""Seconds between two tries."""

log = logger("patience")


async def wait_for_server(
    connect: Callable[[], Database],
    siren: Siren,
    *,
    after: timedelta = AFTER,
    pause: float = _PAUSE,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Database:
    """Give the open database, however long its server takes to be there. Raises StorageError for all else."""
    began, said = clock(), ""
    try:
        while True:
            try:
                return await asyncio.to_thread(connect)
            except ServerAway as away:
                if str(away) != said:
                    said = str(away)
                    log.warning("waiting for the database", problem=said)
            if clock() - began >= after:
                await siren.sound([Trouble(DATABASE, UNREACHABLE)], clock())
            await asyncio.sleep(pause)
    finally:
        await siren.close()
