"""tocsin poll: one visit now, and what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from newsdesk import did_you_mean
from tocsin.invocation import Here, Invocation, Json, UsageError

if TYPE_CHECKING:
    from rich.progress import TaskID

    from crawler import PollReport

_COUNTS = ("new", "revised", "copies", "known", "set_aside", "failed")


def command(
    *outlets: str,
    json: Json = False,
    verbose: Annotated[int, Parameter(name=["--verbose", "-v"], count=True)] = 0,
    call: Here,
) -> int:
    """Visit outlets now (all by default), then match and deliver what came of it.

    Parameters
    ----------
    outlets: str
        The outlets' slugs.
    """
    known = [outlet.slug for outlet in call.configuration.outlets]
    for slug in outlets:
        if slug not in known:
            raise UsageError(f"{slug} is not an outlet of {call.folder}; {did_you_mean(slug, known)}")
    if not known:
        raise UsageError(f"{call.folder} has no outlets; write one: tocsin probe URL --write")

    from crawler import run_on_reactor
    from tocsin import log

    log.configure(verbose, stream=call.err, quiet=not verbose)
    return run_on_reactor(lambda: _poll(call, list(dict.fromkeys(outlets)) or known, json))


async def _poll(call: Invocation, slugs: Sequence[str], json: bool) -> int:
    from tocsin.app import App

    app = App(call.configuration)
    try:
        await app.start(daemon=False)
        with _Bar(call, len(slugs)) as bar:
            reports = await app.poller.poll(slugs, bar.show)
        tally = await app.drain()
    finally:
        await app.stop()
    for report in reports:
        if json:
            call.emit(asdict(report))
    if json:
        call.emit(asdict(tally))
    else:
        _table(call, reports)
        for report in reports:
            for problem in report.problems:
                call.warn(f"{report.outlet}: {problem}")
        missing = f", {tally.later} to be tried again, {tally.failed} failed (see: tocsin deliveries)"
        call.say(f"{tally.sent} alerts sent{missing if tally.later or tally.failed else ''}")
    return 1 if tally.failed or any(report.problems for report in reports) else 0


class _Bar:
    """A progress bar on a terminal, nothing elsewhere: outlets that are done, and below it what each is at."""

    def __init__(self, call: Invocation, outlets: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        console = Console(file=call.err)
        self._progress = Progress(
            TextColumn("{task.description:30}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._all = self._progress.add_task("outlets", total=outlets)
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, report: PollReport) -> None:
        """Take in how far one outlet has come."""
        if report.outlet not in self._tasks:
            self._tasks[report.outlet] = self._progress.add_task(f"  {report.outlet}", total=None)
        task = self._tasks[report.outlet]
        self._progress.update(task, completed=report.ended, total=report.leads or None)
        if report.done:
            self._progress.remove_task(task)
            self._progress.advance(self._all)


def _table(call: Invocation, reports: Sequence[PollReport]) -> None:
    from tocsin.show import table

    columns = ("outlet", "lists", *(name.replace("_", " ") for name in _COUNTS))
    table(call, columns, [_row(one) for one in sorted(reports, key=lambda r: r.outlet)])


def _row(report: PollReport) -> list[object]:
    counts = [getattr(report, name) for name in _COUNTS]
    return [report.outlet, f"{report.lists_read}/{report.lists}", *counts]
