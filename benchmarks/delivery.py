"""How fast alerts leave: from storing to a receiver's hands, what each costs, and whether a long queue slows it.

    python -m benchmarks.delivery [latency] [webhooks] [mails] [flood] [queue] [--postgres [URL]]

Receivers in a process of their own, on loopback, take everything as fast as they can: their CPU time does not count.
CPU is that of this process with all its threads, logging included. Without a name all of these are measured, in some
four minutes; each prints its figures, and a line for each goal with the goal beside it:

    latency     the whole daemon (its App) while 100 articles a second are filed, each for one watch:
                stored to received
    webhooks    a queue of webhooks is filed, swept and sent: a second, CPU milliseconds each
    mails       a queue of mails, likewise
    queue       CPU milliseconds a send, and a claim by itself, with 100 and with 100,000 waiting, and with 100,000
                waiting for one dead server
    flood       10,000 articles in one minute, 1,000 watches, 100 servers, in the daemon: lost, lag, memory

With `--postgres` and no address a PostgreSQL server is started for it.
"""

import argparse
import asyncio
import os
import random
import re
import resource
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from statistics import quantiles
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from alerts import Dispatch, Outbox, Sweep
from alerts.tables import DeliveryRow, SubscriptionRow
from benchmarks.deliveryworld import HOME, Cost, article, database, empty, goal, hook, measured, watchlist, words_of
from benchmarks.faultcases import postgres
from benchmarks.receivers import Receivers
from benchmarks.templates import invented
from newsdesk import Article, Database, Desk

_OWN = "own"
_INSTANT = 100
"""Articles a second at which an alert is to leave within a second."""
_NUMBER = re.compile(rb"number-(\d+)-")


# Throughput -----------------------------------------------------------------------------------------------------


async def sends(url: str | None, receivers: Receivers, targets: Sequence[dict[str, str]], count: int) -> Cost:
    """File, sweep, and then send so many; prints what the stages before cost, and gives what the sending did."""
    with database(url) as base:
        desk, kept = Desk(base), watchlist(targets, receivers.smtp_port)
        articles = [article(number, number % len(targets)) for number in range(count)]
        began = time.process_time()
        for start in range(0, count, 10):
            with base.begin() as session:
                for one in articles[start : start + 10]:
                    desk.file(session, one, now=datetime.now(UTC))
        filed = time.process_time()
        await Sweep(base, desk, kept).run(datetime.now(UTC))
        swept = time.process_time()
        receivers.take()
        dispatch = Dispatch(base, kept)
        cost = await measured(count, dispatch.run, dispatch.drain)
        await dispatch.close()
        received = {number for number, _ in receivers.take()}
        assert len(received) == count, f"{count - len(received)} lost"
        filing, sweeping = 1000 * (filed - began) / count, 1000 * (swept - filed) / count
        print(f"    filed at {filing:.2f} ms CPU each, swept at {sweeping:.2f}, sent at {cost.each:.2f}")
        return cost


async def webhooks(url: str | None, receivers: Receivers, count: int) -> None:
    """Measure the sending of webhooks, to one server and to twenty."""
    for servers in (20, 1):
        targets = [
            {"webhook": hook(receivers.http_port, n % servers) + f"/{n}", "secret": "whsec_" + "QUJD" * 8}
            for n in range(40)
        ]
        cost = await sends(url, receivers, targets, count)
        goal(f"webhooks to {servers} servers, a second", f"{cost.rate:.0f}", ">= 200", reached=cost.rate >= 200)
        goal(f"webhooks to {servers} servers, CPU each", f"{cost.each:.2f} ms", "<= 5 ms", reached=cost.each <= 5)


async def mails(url: str | None, receivers: Receivers, count: int) -> None:
    """Measure the sending of mails."""
    targets = [{"email": f"reader{n}@example.org"} for n in range(40)]
    cost = await sends(url, receivers, targets, count)
    goal("mails, a second", f"{cost.rate:.0f}", ">= 50", reached=cost.rate >= 50)
    goal("mails, CPU each", f"{cost.each:.2f} ms", "<= 5 ms", reached=cost.each <= 5)


# A long queue ---------------------------------------------------------------------------------------------------


async def queue(url: str | None, receivers: Receivers) -> None:
    """Measure sends and claims with a short and with a long queue, and with a long one of a server that is dead."""
    sending = dict[tuple[int, int], float]()
    for waiting, dead in ((100, 0), (500, 0), (100_000, 0), (1_000, 100_000), (500, 0), (100, 0)):
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
            print(f"    {waiting:7} waiting, {dead:6} dead  {cost}   {claim:6.2f} ms a claim of 20", flush=True)
            sending[waiting, dead] = cost.each
    # As many are sent of 500 as of the long queues; of 100 none ever has to wait for a place.
    for few in (100, 500):
        for many, name in (((100_000, 0), "100,000 waiting"), ((1_000, 100_000), "100,000 dead")):
            times = sending[many] / sending[few, 0]
            goal(f"a send with {name}, against {few}", f"{times:.2f} times", "<= 1.25", reached=times <= 1.25)


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
    (path / "tocsin.yaml").write_text(f'{base}allow_private: [{HOME}]\nweb: {{bind: ""}}\n{smtp}', encoding="utf-8")
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
    from tocsin.storage import upgrade

    count = rate * seconds
    waiting = [article(number, random.Random(number).randrange(watches)) for number in range(count)]
    with tempfile.TemporaryDirectory() as name:
        folder_of(Path(name), url, receivers, watches, servers)
        configuration = load_configuration(Path(name), {}, {})
        if url:
            base = Database(url)
            empty(base)
            base.close()
            upgrade(configuration.settings)
        app = App(configuration)
        await app.start()
        await asyncio.sleep(2)
        receivers.take()
        before, cpu = _memory(), time.process_time()
        begun = time.monotonic()
        stored = await _file(app, waiting, rate)
        filed = time.monotonic()
        with suppress(TimeoutError):
            await asyncio.wait_for(receivers.has(count), 200)
        lag, cpu = time.monotonic() - filed, time.process_time() - cpu
        await app.stop()
    received = receivers.take()
    first: dict[int, float] = {}
    for number, moment in received:
        first.setdefault(number, moment)
    delays = [first[number] - stored[number] for number in stored if number in first]
    cuts = quantiles(delays, n=100)
    lost, repeated = count - len(first), len(received) - len(first)
    print(
        f"    {count} articles for {watches} watches and {servers} servers, filed at {count / (filed - begun):.0f} a "
        f"second: p50 {cuts[49]:.3f} s, p95 {cuts[94]:.3f} s, most {max(delays):.3f} s; repeated {repeated}; "
        f"all out {lag:.1f} s after the last was stored; "
        f"CPU {1000 * cpu / count:.1f} ms an article with its filing; memory {before} -> {_memory()} MB "
        f"(peak {_peak()})",
        flush=True,
    )
    goal(f"{count} articles, lost", f"{lost}", "0", reached=not lost)
    if rate == _INSTANT:
        goal("stored to received, p95", f"{cuts[94]:.2f} s", "<= 1 s", reached=cuts[94] <= 1)


async def _file(app: Any, waiting: Sequence[Article], rate: int) -> dict[int, float]:
    """File at an even pace, in commits of a tenth of a second, as the crawler does; gives when each was stored."""
    desk, stored, began = Desk(app.database), dict[int, float](), time.monotonic()
    step = max(1, rate // 10)
    for start in range(0, len(waiting), step):
        await asyncio.sleep(max(0.0, began + start / rate - time.monotonic()))
        part = waiting[start : start + step]

        def change(session: Session, part: Sequence[Article] = part) -> float:
            for one in part:
                desk.file(session, one, now=datetime.now(UTC))
            return time.time()

        moment = await app.database.transact(change)
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
    with ExitStack() as stack:
        url = arguments.postgres
        if url == _OWN:
            url, _ = stack.enter_context(postgres(Path(stack.enter_context(tempfile.TemporaryDirectory())) / "server"))
        receivers = stack.enter_context(Receivers(_NUMBER))
        wanted = arguments.what or ["latency", "webhooks", "mails", "flood", "queue"]
        if "latency" in wanted:
            await daemon(url, receivers, _INSTANT, arguments.seconds, 100, 20)
        if "webhooks" in wanted:
            await webhooks(url, receivers, arguments.count)
        if "mails" in wanted:
            await mails(url, receivers, arguments.count)
        if "flood" in wanted:
            await daemon(url, receivers, 167, 60, 1000, 100)
        if "queue" in wanted:
            await queue(url, receivers)


def main() -> None:
    """Read the command line."""
    from tocsin import log

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", choices=["latency", "webhooks", "mails", "queue", "flood", []])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--postgres", nargs="?", const=_OWN, metavar="URL")
    from crawler import run_on_reactor

    arguments = parser.parse_args()
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        log.configure(stream=nowhere)  # what is logged is paid for, as in service
        try:
            run_on_reactor(lambda: run(arguments))
        finally:
            log.configure(quiet=True)


if __name__ == "__main__":
    main()
