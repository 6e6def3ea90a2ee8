"""How fast alerts leave: from storing to a receiver's hands, what each costs, and whether a long queue slows it.

    python -m benchmarks.delivery [latency] [webhooks] [mails] [queue] [flood] [--postgres URL]

Receivers in a process of their own, on loopback, take everything as fast as they can: their CPU time does not count.
CPU is that of this process with all its threads. Without a name all of these are measured:

    latency     the whole daemon (its App) while 100 articles a second are filed, each for one watch: stored to received
    webhooks    a queue of webhooks is sent: a second, CPU milliseconds each
    mails       a queue of mails is sent, likewise
    queue       CPU milliseconds a send, and a claim by itself, with 100 and with 100,000 waiting, and with 100,000
                waiting for one dead server
    flood       10,000 articles in one minute, 1,000 watches, 100 servers, in the daemon: lost, lag, memory
"""

import argparse
import asyncio
import random
import re
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from statistics import quantiles
from typing import Any

from sqlalchemy import insert, text

from alerts import Dispatch, Outbox, SmtpSettings, Sweep, Watch, Watchlist, parse
from alerts.tables import DeliveryRow, SubscriptionRow
from benchmarks.receivers import Receivers
from benchmarks.templates import invented
from newsdesk import Article, Base, Database, Desk, Guard

GOAL = "goal"
_HOME = "127.0.0.0/8"
_NUMBER = re.compile(rb"number-(\d+)-")


@dataclass(frozen=True, slots=True)
class Cost:
    """What sending so many took: seconds on the clock and of CPU."""

    count: int
    wall: float
    cpu: float

    def __str__(self) -> str:
        """Give a line of figures."""
        return f"{self.count / self.wall:7.0f} a second  {1000 * self.cpu / self.count:6.2f} ms CPU each"


# The world ------------------------------------------------------------------------------------------------------


def words_of(watch: int) -> str:
    """Give the word that only one watch asks for."""
    return f"zq{watch:05}x"


def article(number: int, watch: int) -> Article:
    """Make an article of about 300 words that one watch asks for."""
    body = f"{invented(number, 150)} The {words_of(watch)} was named. {invented(number + 10**6, 150)}"
    url = f"https://paper.example/news/number-{number}-of-the-day"
    return Article(
        outlet="paper",
        url=url,
        canonical_url=url,
        title=f"{invented(number + 2 * 10**6, 8)[:80]} {words_of(watch)}",
        body=body,
        language="en",
        published=datetime.now(UTC),
    )


def hook(port: int, server: int) -> str:
    """Give an address of one of many servers, each of which is a machine of its own to Tocsin."""
    return f"http://127.0.{1 + server // 250}.{1 + server % 250}:{port}/hook"


def watchlist(targets: Sequence[dict[str, str]], smtp_port: int) -> Watchlist:
    """Make a watch for each target."""
    watches = [
        Watch(f"watch-{place}", f"Watch {place}", parse(words_of(place)), notify=(target,))
        for place, target in enumerate(targets)
    ]
    settings = SmtpSettings(host="127.0.0.1", port=smtp_port, sender="Tocsin <tocsin@example.org>")
    guard = Guard([_HOME])
    return Watchlist(watches, settings, guard=guard, public_url="https://tocsin.example", outlet_names={"paper": "P"})


@contextmanager
def database(url: str | None) -> Iterator[Database]:
    """Give an empty database: on SQLite a fresh file, on PostgreSQL with all tables made anew."""
    with tempfile.TemporaryDirectory() as folder:
        base = Database(url or f"sqlite:///{folder}/tocsin.db")
        Base.metadata.drop_all(base.engine)
        Base.metadata.create_all(base.engine)
        try:
            yield base
        finally:
            base.close()


# Throughput -----------------------------------------------------------------------------------------------------


async def sends(url: str | None, receivers: Receivers, targets: Sequence[dict[str, str]], count: int) -> Cost:
    """File, sweep, and then send so many; gives what the sending cost."""
    with database(url) as base:
        desk, kept = Desk(base), watchlist(targets, receivers.smtp_port)
        for start in range(0, count, 100):
            with base.begin() as session:
                for number in range(start, min(start + 100, count)):
                    desk.file(session, article(number, number % len(targets)), now=datetime.now(UTC))
        began = time.process_time()
        await Sweep(base, desk, kept).run(datetime.now(UTC))
        swept = time.process_time() - began
        receivers.take()
        dispatch = Dispatch(base, kept)
        cost = await measured(count, dispatch.run, dispatch.drain)
        await dispatch.close()
        received = {number for number, _ in receivers.take()}
        assert len(received) == count, f"{count - len(received)} lost"
        print(f"    swept at {1000 * swept / count:.2f} ms CPU each")
        return cost


async def measured(count: int, run: Callable[[datetime], object], drain: Callable[[], object]) -> Cost:
    """Run and drain, on the clock."""
    wall, cpu = time.perf_counter(), time.process_time()
    await run(datetime.now(UTC))  # type: ignore[misc]
    await drain()  # type: ignore[misc]
    return Cost(count, time.perf_counter() - wall, time.process_time() - cpu)


async def webhooks(url: str | None, receivers: Receivers, count: int) -> None:
    """Measure the sending of webhooks, to one server and to twenty."""
    for servers in (20, 1):
        targets = [
            {"webhook": hook(receivers.http_port, n % servers) + f"/{n}", "secret": "whsec_" + "QUJD" * 8}
            for n in range(40)
        ]
        cost = await sends(url, receivers, targets, count)
        print(f"webhooks to {servers:2} servers  {cost}   ({GOAL}: 200, <= 5)", flush=True)


async def mails(url: str | None, receivers: Receivers, count: int) -> None:
    """Measure the sending of mails."""
    targets = [{"email": f"reader{n}@example.org"} for n in range(40)]
    cost = await sends(url, receivers, targets, count)
    print(f"mails                   {cost}   ({GOAL}: 50, <= 5)", flush=True)


# A long queue ---------------------------------------------------------------------------------------------------


async def queue(url: str | None, receivers: Receivers) -> None:
    """Measure sends and claims with a short and with a long queue, and with a long one of a server that is dead."""
    for waiting, dead in ((100, 0), (100_000, 0), (1_000, 100_000), (100, 0)):
        with database(url) as base:
            targets = [{"webhook": hook(receivers.http_port, n)} for n in range(20)]
            targets.append({"webhook": hook(1, 99)})
            kept = watchlist(targets, receivers.smtp_port)
            fill(base, [target["webhook"] for target in targets], waiting, dead)
            with base.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("ANALYZE deliveries"))
            claim = await claims(base)
            receivers.take()
            dispatch = Dispatch(base, kept)
            count = min(waiting, 500)
            cost = await measured(count, dispatch.run, lambda: receivers.has(count))  # noqa: B023
            sent = receivers.count
            await dispatch.close(0.1)
            cost = Cost(sent, cost.wall, cost.cpu)
            print(f"queue {waiting:7} + {dead:6} dead  {cost}   {claim:6.2f} ms a claim of 20", flush=True)


async def claims(base: Database) -> float:
    """Give the CPU milliseconds of a claim of twenty while one endpoint has no room; what it took is given back."""
    outbox, now, times = Outbox(base), datetime.now(UTC), []
    for _ in range(7):
        begin = time.process_time()
        with base.begin() as session:
            taken = outbox.claim(session, now, 20, lambda _endpoint: True, ["127.0.1.100:1"])
        times.append(time.process_time() - begin)
        with base.begin() as session:
            outbox.release(session, taken)
    return 1000 * sorted(times)[len(times) // 2]


def fill(base: Database, addresses: Sequence[str], waiting: int, dead: int) -> None:
    """Write deliveries in bulk: `waiting` spread over all addresses but the last, before them `dead` to the last."""
    now = datetime.now(UTC) - timedelta(hours=1)
    cards = [_card(place, address, now) for place, address in enumerate(addresses)]
    last = len(addresses) - 1
    rows = [_delivery(number, last, addresses[last], now) for number in range(dead)]
    rows += [_delivery(dead + n, n % last, addresses[n % last], now) for n in range(waiting)]
    with base.begin() as session:
        session.execute(insert(SubscriptionRow), cards)
        for start in range(0, len(rows), 5000):
            session.execute(insert(DeliveryRow), rows[start : start + 5000])


def _card(place: int, address: str, now: datetime) -> dict[str, object]:
    facts = {"watch": f"watch-{place}", "channel": "webhook", "address": address, "token": f"token-{place}"}
    return {**facts, "id": f"card-{place}", "state": "active", "created_at": now}


def _delivery(number: int, place: int, address: str, now: datetime) -> dict[str, object]:
    moment = now + timedelta(microseconds=100 * (number // 100))
    filler = _filler(number % 97)
    payload = f'{{"type":"x","data":{{"id":"d{number}","url":"number-{number}-x","text":"{filler}"}}}}'
    endpoint = address.split("/")[2]
    return {
        "id": f"delivery-{number * 7919 % 1_000_003:07}",
        "subscription": f"card-{place}",
        "endpoint": endpoint,
        "type": "story.matched",
        "news": f"news-{number}",
        "payload": payload,
        "state": "pending",
        "due_at": moment,
        "created_at": moment,
        "attempts": 0,
        "fence": 0,
    }


@cache
def _filler(number: int) -> str:
    return " ".join(invented(number, 250).split())


# The daemon -----------------------------------------------------------------------------------------------------


def folder_of(path: Path, url: str | None, receivers: Receivers, watches: int, servers: int) -> None:
    """Write a configuration: each watch tells one webhook, every fourth a mailbox instead."""
    (path / "watches").mkdir()
    (path / "outlets").mkdir()
    smtp = f"smtp: {{host: 127.0.0.1, port: {receivers.smtp_port}, sender: Tocsin <tocsin@example.org>}}\n"
    base = f"database: {url or 'sqlite:///tocsin.db'}\n"
    (path / "tocsin.yaml").write_text(f'{base}allow_private: [{_HOME}]\nweb: {{bind: ""}}\n{smtp}', encoding="utf-8")
    for place in range(watches):
        to = f"webhook: {hook(receivers.http_port, place % servers)}/{place}"
        if place % 4 == 3:
            to = f"email: reader{place}@example.org"
        watch = f"name: Watch {place}\nquery: {words_of(place)}\nnotify:\n  - {to}\n"
        (path / "watches" / f"watch-{place}.yaml").write_text(watch, encoding="utf-8")


async def daemon(url: str | None, receivers: Receivers, rate: int, seconds: int, watches: int, servers: int) -> None:
    """File so many articles a second while the daemon runs, and time each from its commit to its reception."""
    from tocsin.app import App
    from tocsin.configuration import load_configuration

    count = rate * seconds
    waiting = [article(number, random.Random(number).randrange(watches)) for number in range(count)]
    with tempfile.TemporaryDirectory() as name:
        folder_of(Path(name), url, receivers, watches, servers)
        if url:
            base = Database(url)
            Base.metadata.drop_all(base.engine)
            with base.engine.begin() as connection:
                connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
            base.close()
        app = App(load_configuration(Path(name), {}, {}))
        await app.start()
        await asyncio.sleep(2)
        receivers.take()
        before, cpu = _memory(), time.process_time()
        stored = await _file(app, waiting, rate)
        filed = time.monotonic()
        await asyncio.wait_for(receivers.has(count), 300)
        lag, cpu = time.monotonic() - filed, time.process_time() - cpu
        await app.stop()
    received = receivers.take()
    first: dict[int, float] = {}
    for number, moment in received:
        first.setdefault(number, moment)
    delays = [first[number] - stored[number] for number in stored if number in first]
    cuts = quantiles(delays, n=100)
    print(
        f"{count} articles, {rate} a second, {watches} watches, {servers} servers: p50 {cuts[49]:.3f} s, "
        f"p95 {cuts[94]:.3f} s, most {max(delays):.3f} s; lost {count - len(first)}, repeated "
        f"{len(received) - len(first)}; all out {lag:.2f} s after the last was stored; CPU "
        f"{1000 * cpu / count:.1f} ms an article with its filing; memory {before} -> {_memory()} MB (peak {_peak()})",
        flush=True,
    )


async def _file(app: Any, waiting: Sequence[Article], rate: int) -> dict[int, float]:
    """File at an even pace, in commits of a tenth of a second, as the crawler does; gives when each was stored."""
    desk, stored, began = Desk(app.database), dict[int, float](), time.monotonic()
    step = max(1, rate // 10)
    for start in range(0, len(waiting), step):
        await asyncio.sleep(max(0.0, began + start / rate - time.monotonic()))
        part = waiting[start : start + step]

        def change(session: object, part: Sequence[Article] = part) -> None:
            for one in part:
                desk.file(session, one, now=datetime.now(UTC))  # type: ignore[arg-type]

        await app.database.transact(change)
        moment = time.time()
        app.schedule.wake("sweep")
        stored |= {start + place: moment for place in range(len(part))}
    return stored


def _memory() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() // 1_000_000


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 // 1_000_000


async def run(arguments: argparse.Namespace) -> None:
    """Measure what was asked for."""
    with Receivers(_NUMBER) as receivers:
        wanted = arguments.what or ["latency", "webhooks", "mails", "queue", "flood"]
        if "latency" in wanted:
            await daemon(arguments.postgres, receivers, 100, arguments.seconds, 100, 20)
        if "webhooks" in wanted:
            await webhooks(arguments.postgres, receivers, arguments.count)
        if "mails" in wanted:
            await mails(arguments.postgres, receivers, arguments.count)
        if "queue" in wanted:
            await queue(arguments.postgres, receivers)
        if "flood" in wanted:
            await daemon(arguments.postgres, receivers, 167, 60, 1000, 100)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", choices=["latency", "webhooks", "mails", "queue", "flood", []])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--postgres")
    from crawler import run_on_reactor

    arguments = parser.parse_args()
    run_on_reactor(lambda: run(arguments))


if __name__ == "__main__":
    main()
