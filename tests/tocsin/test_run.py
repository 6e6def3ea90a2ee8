"""The daemon's signals."""

import asyncio
import os
import signal
from typing import Any

from tocsin.commands.run import _signals


class Starting:
    """An app that is about to run."""

    def __init__(self) -> None:
        self.is_running = False
        self.reloaded = asyncio.Event()

    async def reload(self) -> bool:
        assert self.is_running
        self.reloaded.set()
        return True


async def test_a_reload_that_is_asked_for_during_the_start_comes_after_it() -> None:
    app: Any = Starting()
    started = asyncio.Event()
    with _signals(app, started, asyncio.Event()):
        os.kill(os.getpid(), signal.SIGHUP)
        await asyncio.sleep(0)
        app.is_running = True
        started.set()
        await asyncio.wait_for(app.reloaded.wait(), 10)
