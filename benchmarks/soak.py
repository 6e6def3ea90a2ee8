"""Thousands of outlets in one daemon: what each poll costs, and whether anything grows with their number.

    python -m benchmarks.soak [--outlets 5000] [--polls 20000] [--every 15m] [--weeks 1]

A server in a process of its own plays every outlet, each under a name of its own (they resolve to addresses of
127.0.0.0/8): a robots.txt, a feed that grows, pages. The daemon's own App reads a real folder of outlet files and is
driven on simulated time: the clock leaps to the next due visit, so a week of polls takes as long as its CPU time. It
ends after `--polls` polls or `--weeks` simulated weeks, whichever comes first.

Printed at each mark: simulated days, polls, memory of the daemon (PSS) and of its readers, CPU milliseconds per poll of
the daemon, and of that what claiming costs (the claim of what is due and of what pages to fetch). In the end: growth
per 1,000 polls (least squares over the second half), bytes per outlet, how long a reload of all files holds the loop.
"""

import argparse
import asyncio
import multiprocessing
import os
import random
import socket
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from pathlib import Path
from typing import Any

START = datetime(2026, 1, 5, tzinfo=UTC)
PORT_HOST = "0.0.0.0"
TOPIC = "The harbour of town {0} was closed after a storm of force {1} had damaged {2} of its piers, the port said."


# The server: every outlet in one process ------------------------------------------------------------------------


def count_at(outlet: int, seconds: float, rate: float) -> int:
    """Give how many articles an outlet has published: some publish often, most seldom."""
    speed, head_start = pace(outlet, rate)
    return 1 + int(speed * seconds + head_start)


def pace(outlet: int, rate: float) -> tuple[float, float]:
    chance = random.Random(outlet)
    return max(chance.expovariate(1.0) * rate, 1e-6) / 86400, chance.random()


def feed(outlet: int, count: int, host: str, rate: float) -> bytes:
    items = []
    speed, head_start = pace(outlet, rate)
    for number in range(count, max(0, count - 20), -1):
        when = format_datetime(
            START + timedelta(seconds=int((number - 1 - head_start) / speed) if number > 1 else -number)
        )
        items.append(
            f"<item><title>Storm {number} closes the harbour of town {outlet}</title>"
            f"<link>http://{host}/news/{number}</link><guid>http://{host}/news/{number}</guid>"
            f"<pubDate>{when}</pubDate><description>{TOPIC.format(outlet, number, number % 7)}</description></item>"
        )
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>Paper {outlet}</title><link>http://{host}/</link>'
        f"<description>News</description>{''.join(items)}</channel></rss>"
    ).encode()


def page(outlet: int, number: int) -> bytes:
    chance = random.Random(f"{outlet} {number}")
    text = "".join(
        f"<p>{' '.join(TOPIC.format(outlet, chance.randrange(10**6), chance.randrange(10**6)) for _ in range(3))}</p>"
        for _ in range(4)
    )
    title = f"Storm {number} closes the harbour of town {outlet}"
    return (
        f'<!doctype html><html lang="en"><head><title>{title}</title><meta property="og:type" content="article"></head>'
        f"<body><article><h1>{title}</h1>{text}</article></body></html>"
    ).encode()


def answer(path: str, host: str, etag: str, seconds: float, rate: float) -> tuple[str, str, bytes]:
    outlet = int(host.partition(".")[0].removeprefix("paper") or 0)
    if path == "/robots.txt":
        return "200 OK", "text/plain", b"User-agent: *\nDisallow: /private/\nDisallow: /search\nCrawl-delay: 0\n"
    if path == "/feed.xml":
        count = count_at(outlet, seconds, rate)
        if outlet % 3 and etag == f'"{count}"':
            return "304 Not Modified", f'"{count}"', b""
        return f'200 OK\r\nETag: "{count}"', "application/rss+xml", feed(outlet, count, host, rate)
    return "200 OK", "text/html", page(outlet, int(path.rpartition("/")[2] or 0))


async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, now: Any, rate: float) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            lines = head.decode("latin-1").split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
            status, kind, body = answer(
                lines[0].split(" ")[1], headers["host"], headers.get("if-none-match", ""), now.value, rate
            )
            writer.write(
                f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
            )
            await writer.drain()
    except (asyncio.IncompleteReadError, OSError):
        pass
    finally:
        writer.close()


def serve(listening: socket.socket, now: Any, rate: float) -> None:
    async def main() -> None:
        async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await converse(reader, writer, now, rate)

        server = await asyncio.start_server(one, sock=listening)
        await server.serve_forever()

    asyncio.run(main())


# Measures --------------------------------------------------------------------------------------------------------


def memory(process: int, of: str = "Pss") -> int:
    """Give a process's proportional share of memory in bytes, or what is its own alone (`Anonymous`)."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{of}:"))


def children(process: int) -> list[int]:
    found = Path(f"/proc/{process}/task").glob("*/children")
    return [int(child) for tasks in found for child in tasks.read_text().split()]


def slope(points: list[tuple[float, float]]) -> float:
    """Give the least-squares growth per unit of the first coordinate."""
    n = len(points)
    if n < 2:
        return 0.0
    mx, my = sum(x for x, _ in points) / n, sum(y for _, y in points) / n
    spread = sum((x - mx) ** 2 for x, _ in points)
    return sum((x - mx) * (y - my) for x, y in points) / spread if spread else 0.0


class Meter:
    """CPU seconds spent in certain calls, whichever thread makes them."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def around(self, function: Any) -> Any:
        def timed(*args: Any, **kwargs: Any) -> Any:
            began = time.thread_time()
            try:
                return function(*args, **kwargs)
            finally:
                self.seconds += time.thread_time() - began

        return timed


# The daemon ------------------------------------------------------------------------------------------------------


def lay_out(folder: Path, outlets: int, port: int, every: str) -> None:
    (folder / "outlets").mkdir()
    (folder / "watches").mkdir()
    (folder / "tocsin.yaml").write_text(
        "allow_private: [127.0.0.0/8]\nweb: {bind: ''}\n"
        f"crawl: {{delay: 0s, poll_every: {every}, poll_min: 5m, poll_max: 6h}}\n"
    )
    (folder / "watches" / "storm.yaml").write_text("name: Storm\nquery: storm AND (tornado OR hurricane)\n")
    for number in range(outlets):
        url = f"http://paper{number}.test:{port}"
        (folder / "outlets" / f"paper-{number}.yaml").write_text(
            f"name: Paper {number}\nsite: {url}/\ntags: [press]\nsources:\n  - feed: {url}/feed.xml\n"
        )


def resolve_here() -> None:
    """Let each paper's name lead to an address of its own on this machine."""
    system = socket.getaddrinfo

    def resolve(host: Any, port: Any, *rest: Any, **named: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host)
        if name.endswith(".test"):
            number = int(name.partition(".")[0].removeprefix("paper"))
            address = f"127.{1 + number // 65025}.{number // 255 % 255}.{1 + number % 255}"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port or 0))]
        return system(host, port, *rest, **named)

    socket.getaddrinfo = resolve


class Soak:
    """One App on simulated time."""

    def __init__(self, folder: Path, now: Any, options: argparse.Namespace) -> None:
        self.folder, self.now, self.options = folder, now, options
        self.claims = Meter()
        self.marks: list[tuple[float, float]] = []
        self.others = set(children(os.getpid()))
        self.base = 0

    def clock(self) -> datetime:
        return START + timedelta(seconds=self.now.value)

    def monotonic(self) -> float:
        return float(self.now.value)

    async def run(self) -> None:
        from crawler import Poller, state
        from crawler.leads.turns import Turns
        from tocsin import app as roof
        from tocsin.configuration import load_configuration

        roof.Poller = partial(Poller, clock=self.clock, monotonic=self.monotonic)  # type: ignore[misc,assignment]
        state.claim_due = self.claims.around(state.claim_due)
        Turns.claim = self.claims.around(Turns.claim)  # type: ignore[method-assign]
        began = time.process_time()
        configuration = load_configuration(self.folder, {}, {})
        self.app = roof.App(configuration, partial(load_configuration, self.folder, {}, {}))
        print(f"configuration of {len(configuration.outlets)} outlets read in {time.process_time() - began:.1f} CPU s")
        began, self.base = time.process_time(), memory(os.getpid(), "Anonymous")
        await self.app.start(daemon=False)
        robots = self.app.poller._visitor._fetcher.robots
        robots._clock = self.monotonic
        print(f"started in {time.process_time() - began:.1f} CPU s")
        try:
            await self.polls()
            await self.reload()
            await self.look_over()
        finally:
            await self.app.stop()

    @property
    def polled(self) -> int:
        return sum(self.app.poller.counters["visits"].values())

    async def polls(self) -> None:
        print(
            f"{'days':>6} {'polls':>8} {'daemon':>9} {'readers':>9} {'CPU ms/poll':>12} {'claims':>8} {'articles':>9}"
        )
        every, mark = max(500, self.options.polls // 20), 0
        self.cpu, self.claimed, self.before = time.process_time(), self.claims.seconds, 0
        end = self.options.weeks * 7 * 86400
        while self.polled < self.options.polls and self.now.value < end:
            await self.settle()
            await self.app.sweep()
            if self.polled >= mark:
                self.tell()
                mark = self.polled + every
            self.now.value = max(self.now.value + 1, self.next_due())
        self.tell()

    async def settle(self) -> None:
        """Work off what is due at this instant."""
        poller, idle = self.app.poller, 0
        while idle < 3:
            await poller.tick()
            await asyncio.sleep(0.005 if any(poller.in_flight) else 0.001)
            idle = 0 if any(poller.in_flight) else idle + 1

    def next_due(self) -> float:
        """Give when the next visits are due, some together, as the daemon's tick of a second finds them."""
        from sqlalchemy import text

        query = "SELECT next_poll_at FROM sources WHERE state = 'on' ORDER BY next_poll_at LIMIT 1 OFFSET 40"
        with self.app.database.read() as session:
            found = session.execute(text(query)).scalar()
        return (datetime.fromisoformat(str(found)) - START).total_seconds() if found else self.now.value + 60

    def tell(self) -> None:
        polls, cpu, claimed = self.polled - self.before, time.process_time(), self.claims.seconds
        daemon, readers = memory(os.getpid()), sum(map(memory, set(children(os.getpid())) - self.others))
        # What is shared with others changes with what else runs on the machine.
        self.marks.append((float(self.polled), float(memory(os.getpid(), "Anonymous"))))
        if polls:
            print(
                f"{self.now.value / 86400:6.2f} {self.polled:8} {daemon / 1e6:6.1f} MB {readers / 1e6:6.1f} MB "
                f"{(cpu - self.cpu) / polls * 1000:12.2f} {(claimed - self.claimed) / polls * 1000:8.2f} "
                f"{sum(self.app.poller.counters['filings'].values()):9}",
                flush=True,
            )
        self.cpu, self.claimed, self.before = time.process_time(), self.claims.seconds, self.polled

    async def reload(self) -> None:
        gaps, last = [0.0], time.monotonic()
        done = asyncio.ensure_future(self.app.reload())
        began = last
        while not done.done():
            await asyncio.sleep(0.001)
            gaps.append(time.monotonic() - last)
            last = time.monotonic()
        print(f"a reload of all files took {last - began:.1f} s, and held the loop {max(gaps) * 1000:.0f} ms at most")

    async def look_over(self) -> None:
        """Measure what goes over all outlets now and then."""
        from prometheus_client import generate_latest

        for what in ("first look", "each further look, once a minute,"):
            began = time.process_time()
            await self.app.keep_vigil()
            print(f"the {what} at every outlet's health: {time.process_time() - began:.2f} CPU s")
        began = time.process_time()
        size = len(generate_latest(self.app.registry))
        print(f"/metrics: {time.process_time() - began:.2f} CPU s, {size / 1e6:.1f} MB")

    def sum_up(self) -> None:
        half = [mark for mark in self.marks if mark[0] >= self.polled / 2]
        grown = slope(half) * 1000
        print(f"growth per 1,000 polls over the second half: {grown / 1000:.1f} kB")
        if self.marks:
            outlets = len(self.app.outlets)
            print(
                f"memory per outlet, all in: {(self.marks[-1][1] - self.base) / outlets / 1000:.1f} kB after the start"
            )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--outlets", type=int, default=5000)
    parser.add_argument("--polls", type=int, default=20000)
    parser.add_argument("--articles", type=float, default=0.1, help="articles a day and outlet, in the mean")
    parser.add_argument("--every", default="15m", help="the setting poll_every")
    parser.add_argument("--weeks", type=float, default=1.0)
    options = parser.parse_args()
    from crawler import run_on_reactor
    from tocsin import log

    log.configure(0, quiet=True)
    context = multiprocessing.get_context("fork")
    now = context.Value("d", 0.0)
    listening = socket.create_server((PORT_HOST, 0), backlog=2048)
    server = context.Process(target=serve, args=(listening, now, options.articles), daemon=True)
    server.start()
    resolve_here()
    with tempfile.TemporaryDirectory() as folder:
        soak = Soak(Path(folder), now, options)
        lay_out(soak.folder, options.outlets, listening.getsockname()[1], options.every)
        listening.close()
        run_on_reactor(soak.run)
        soak.sum_up()
    server.terminate()
    return 0


if __name__ == "__main__":
    sys.exit(main())
