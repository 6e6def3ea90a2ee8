"""tocsin run: the daemon."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from newsdesk import arm_crash_point
from tocsin.invocation import Here, Invocation

if TYPE_CHECKING:
    from tocsin.app import App

_LAST_SECOND = 9.5
"""When a stop that hangs is cut off: nothing is lost by that, what was under way returns by its lease."""


def command(
    *,
    init: Annotated[bool, Parameter(negative="")] = False,
    verbose: Annotated[int, Parameter(name=["--verbose", "-v"], count=True)] = 0,
    call: Here,
) -> int:
    """Crawl, match, deliver and serve the web face until told to stop.

    SIGTERM or SIGINT stops in order within 10 seconds, a second one at once; SIGHUP reloads the configuration.

    Parameters
    ----------
    init: bool
        First lay down the starter folder where there is none yet, as for an empty volume.
    verbose: int
        Log more; twice for everything.
    """
    if init:
        _lay_down(call)
    arm_crash_point(call.env)
    configuration = call.configuration

    from crawler import run_on_reactor
    from tocsin import log
    from tocsin.app import App
    from tocsin.configuration import load_configuration

    log.configure(verbose, stream=call.err)
    app = App(configuration, partial(load_configuration, call.folder, call.env, call.flags))
    code = run_on_reactor(lambda: _serve(app, call))
    # All is closed by now. A name that the system still looks up would hold a thread, and with it the exit, for long.
    call.err.flush()
    os._exit(code)


def _lay_down(call: Invocation) -> None:
    from tocsin.folder import lay_down

    folder = call.config or Path(call.env.get("TOCSIN_CONFIG") or "config")
    if not (folder / "tocsin.yaml").exists():
        written = sum(new for _, new in lay_down(folder))
        call.warn(f"A starter folder was laid down in {folder}: {written} files.")


async def _serve(app: App, call: Invocation) -> int:
    from tocsin.log import logger

    log, started, stopping = logger("run"), asyncio.Event(), asyncio.Event()
    with _signals(app, started, stopping):
        if not await _started(app, stopping):
            log.info("stopped")
            return 0
        _tell(app, call)
        log.info("started", outlets=len(app.outlets), watches=len(app.watches), web=app.web_address or None)
        started.set()
        await stopping.wait()
        try:
            await app.stop()
        except Exception:
            log.exception("not stopped in order; what was under way returns by its lease")
            return 1
        log.info("stopped")
        return 0


async def _started(app: App, stopping: asyncio.Event) -> bool:
    """Start, unless told to stop meanwhile: then undo what was begun."""
    start, stop = asyncio.ensure_future(app.start()), asyncio.ensure_future(stopping.wait())
    await asyncio.wait((start, stop), return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    if not start.done():
        start.cancel()
        await asyncio.wait((start,))
        return False
    start.result()
    return True


@contextmanager
def _signals(app: App, started: asyncio.Event, stopping: asyncio.Event) -> Iterator[None]:
    """Take the signals: the first SIGTERM or SIGINT stops in order, the second at once; SIGHUP reloads."""
    from tocsin.log import logger

    log, loop = logger("run"), asyncio.get_running_loop()
    reloads: set[asyncio.Task[None]] = set()

    def stop(number: int) -> None:
        name = signal.Signals(number).name
        if stopping.is_set():
            log.warning("stopped at once", signal=name)
            os._exit(128 + number)
        log.info("stopping", signal=name)
        stopping.set()
        loop.call_later(_LAST_SECOND, _cut_off)

    def reload() -> None:
        if not stopping.is_set():
            task = loop.create_task(_reload(app, started))
            reloads.add(task)
            task.add_done_callback(reloads.discard)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop, number)
    loop.add_signal_handler(signal.SIGHUP, reload)
    yield
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.remove_signal_handler(number)


async def _reload(app: App, started: asyncio.Event) -> None:
    """Read the folder again; one who asks while the daemon still starts is not forgotten."""
    await started.wait()
    if app.is_running:
        await app.reload()


def _tell(app: App, call: Invocation) -> None:
    settings = app.configuration.settings
    outlets, watches = len(app.outlets), len(app.watches)
    call.warn(f"Tocsin polls {outlets} outlet{'s' * (outlets != 1)} for {watches} watch{'es' * (watches != 1)}.")
    call.warn(f"Database: {app.database.url.render_as_string(hide_password=True)}")
    call.warn(f"Mail goes by {settings.smtp.host}:{settings.smtp.port}.")
    call.warn(f"Web: {app.web_address}" if app.web_address else "No web face.")
    call.warn("Ctrl-C stops.")


def _cut_off() -> None:
    from tocsin.log import logger

    logger("run").error("stop took too long and was cut off; what was under way returns by its lease")
    os._exit(1)
