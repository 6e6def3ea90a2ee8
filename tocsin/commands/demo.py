"""tocsin demo: the whole product in a minute, on loopback, in a folder that vanishes."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.markup import escape

from tocsin.demo import story
from tocsin.invocation import Here, Invocation, Json

_PATIENCE = 20.0


def command(*, json: Json = False, call: Here) -> int:
    """Show a newspaper on loopback that prints news, and a mailbox and a hook that receive the alerts.

    Takes under a minute, needs no network and no configuration, writes nothing outside a temporary folder.
    """
    from crawler import run_on_reactor
    from tocsin import log

    log.configure(quiet=True, stream=call.err)
    with TemporaryDirectory(prefix="tocsin-demo-") as folder:
        demo = Demo(Path(folder) / "config", Teller(call, json))
        return run_on_reactor(demo.play)


class Teller:
    """Tells what happens, with the seconds since the start: a line for people, or a JSON line."""

    def __init__(self, call: Invocation, json: bool) -> None:
        """Write to the call's standard output."""
        self._call, self._json = call, json
        self._console = Console(file=call.out, highlight=False, soft_wrap=True)
        self._began = time.monotonic()

    def tell(self, event: str, text: str, /, **facts: Any) -> None:
        """Tell one event; `text` is rich's markup."""
        seconds = round(time.monotonic() - self._began, 2)
        if self._json:
            self._call.emit({"seconds": seconds, "event": event, **facts})
        else:
            self._console.print(f"[dim]{seconds:6.2f} s[/]  {text}")
        self._call.out.flush()


class Demo:
    """One performance."""

    def __init__(self, folder: Path, teller: Teller) -> None:
        """Prepare; the stage is built in `folder`."""
        self._folder, self._tell = folder, teller.tell
        self._alerts = 0

    async def play(self) -> int:
        """Raise the curtain; give the exit code."""
        from tocsin.app import App
        from tocsin.configuration import load_configuration
        from tocsin.demo.hook import Hook
        from tocsin.demo.mailbox import Mailbox
        from tocsin.demo.newspaper import Newspaper

        secret = "whsec_" + base64.b64encode(os.urandom(24)).decode()
        with ExitStack() as stack:
            self._paper = stack.enter_context(Newspaper())
            self._mailbox = stack.enter_context(Mailbox())
            self._hook = stack.enter_context(Hook(secret))
            story.lay_out(self._folder, self._paper.url, self._mailbox.port, self._hook.url, secret)
            self._app = App(load_configuration(self._folder, {}, {}))
            try:
                await self._open()
                await self._perform()
                return await self._sum_up()
            finally:
                await self._app.stop()

    async def _open(self) -> None:
        paper, watch = self._paper, escape(f"{story.WATCH}: {story.QUERY}")
        self._tell("newspaper", f"[bold]{paper.name}[/] opens at {paper.url}", name=paper.name, url=paper.url)
        self._tell("watch", f"Watch [cyan]{watch}[/]", name=story.WATCH, query=story.QUERY)
        self._tell("targets", f"tells {story.READER} and {self._hook.url}", mail=story.READER, hook=self._hook.url)
        for item in story.ARCHIVE:
            self._paper.prints(item.title, item.body, lede=item.lede)
        await self._app.start()
        reports = await asyncio.wait_for(self._app.poller.poll(), _PATIENCE)
        filed = sum(report.new for report in reports)
        self._tell("first_visit", f"First visit: {filed} older articles go into the archive; nobody is told", new=filed)

    async def _perform(self) -> None:
        for item in story.SCRIPT:
            began = time.monotonic()
            url = self._paper.prints(item.title, item.body, lede=item.lede)
            printed = f"[bold]printed[/]        {escape(item.title)}  [dim]({escape(item.why)})[/]"
            self._tell("published", printed, title=item.title, url=url)
            found = await self._found(url)
            self._tell("found" if found else "missed", f"found and filed {_after(began, found)}", url=url)
            if item.alerts:
                self._alerts += 1
                await asyncio.gather(self._mailed(began), self._hooked(began))

    async def _found(self, url: str) -> bool:
        for _ in range(int(_PATIENCE / 0.05)):
            if await asyncio.to_thread(self._is_on_record, url):
                return True
            await asyncio.sleep(0.05)
        return False

    def _is_on_record(self, url: str) -> bool:
        from newsdesk import Desk

        with self._app.database.read() as session:
            return Desk(self._app.database).find(session, url) is not None

    async def _mailed(self, began: float) -> None:
        mails = await asyncio.to_thread(self._mailbox.wait, self._alerts, _PATIENCE)
        arrived = len(mails) >= self._alerts
        subject, words = (mails[-1].subject, _marked(mails[-1].text)) if arrived else ("", [])
        shown = f"  [bold]{_lit(subject, words)}[/]" if arrived else ""
        self._tell("mail", f"mail arrived    {_after(began, arrived)}{shown}", subject=subject, marked=words)

    async def _hooked(self, began: float) -> None:
        calls = await asyncio.to_thread(self._hook.wait, self._alerts, _PATIENCE)
        arrived = len(calls) >= self._alerts
        genuine = arrived and calls[-1].genuine
        identity = calls[-1].id if arrived else ""
        shown = f"  signature {'genuine' if genuine else '[red]WRONG[/]'}, {identity}" if arrived else ""
        self._tell("hook", f"hook called     {_after(began, arrived)}{shown}", id=identity, genuine=genuine)

    async def _sum_up(self) -> int:
        await self._app.drain()
        mails, calls = list(self._mailbox.mails), list(self._hook.calls)
        faults = story.judge(
            [mail.subject for mail in mails],
            [call.json["data"]["article"]["title"] for call in calls],
            [call.genuine for call in calls],
        )
        printed, planted = len(story.ARCHIVE) + len(story.SCRIPT), sum(item.alerts for item in story.SCRIPT)
        counts = {"printed": printed, "planted": planted, "mails": len(mails), "hooks": len(calls)}
        text = f"{printed} articles printed, {planted} of them asked for: {len(mails)} mails, {len(calls)} hook calls"
        verdict = "[red]not as promised[/]" if faults else "[green]each once, and nothing else[/]"
        self._tell("summary", f"{text}; {verdict}", **counts, faults=faults, ok=not faults)
        for fault in faults:
            self._tell("fault", f"[red]{escape(fault)}[/]", text=fault)
        if not faults:
            self._tell("next", "Your own: [bold]tocsin init[/], then [bold]tocsin run[/]")
        return 1 if faults else 0


def _after(began: float, arrived: bool) -> str:
    return f"[green]after {time.monotonic() - began:.2f} s[/]" if arrived else f"[red]not within {_PATIENCE:.0f} s[/]"


def _marked(text: str) -> list[str]:
    """Give the words that the mail's text marks."""
    return list(dict.fromkeys(re.findall(r"(?<!\w)\*([^*\n]+)\*(?!\w)", text)))


def _lit(text: str, words: list[str]) -> str:
    """Give markup in which the matched words stand out."""
    if not words:
        return escape(text)
    pieces = re.split("(" + "|".join(re.escape(word) for word in words) + ")", text)
    return "".join(f"[black on yellow]{escape(p)}[/]" if i % 2 else escape(p) for i, p in enumerate(pieces))
