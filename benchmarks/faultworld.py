"""Two hundred outlets on loopback, every third of them faulty, are put before `tocsin run`; what it finds is counted.

    python -m benchmarks.faultworld --outlets 200 --articles 10 --minutes 3 --per-minute 60

The faults: lists that drip, reset, end early, never end, or are 50 MB; calendars that link to tomorrow for ever;
malformed XML; feeds that moved, that are gone, that answer 500 or 429 now and then, that hide behind an interstitial
page; loops of redirects; robots.txt that answers 503; bombs in gzip; pages that never come whole. Prints how many of
the articles that can be reached were found, the requests made for each new one, how long it took from print to record,
and what the daemon used. Exits 1 when an article that can be reached was missed or stored twice.
"""

import argparse
import gzip
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.newsworld import KINDS, Daemon, Piece, World, check, exported, listing, source, wait_for
from tocsin.demo.newspaper import Answer, Newspaper, Request

_DAY = timedelta(days=1)


def dripping(paper: Newspaper) -> str:
    """The list comes a byte a second: nothing of it can be read in time."""

    def drip() -> Iterator[bytes]:
        for _ in range(10_000):
            time.sleep(1)
            yield b"<"

    paper.instead["/feed.xml"] = lambda _request: Answer(200, headers=_XML, chunks=drip())
    return "unreachable"


def resetting(paper: Newspaper) -> str:
    """Two of three requests for the list break off in the middle."""
    return _now_and_then(paper, lambda usual: Answer(200, usual.body[:200], {**_XML, "Content-Length": "999999"}))


def failing(paper: Newspaper) -> str:
    """Two of three requests for the list meet an error of the server."""
    return _now_and_then(paper, lambda _usual: Answer(500, b"oops"))


def busy(paper: Newspaper) -> str:
    """Two of three requests for the list are asked to come back in two seconds."""
    return _now_and_then(paper, lambda _usual: Answer(429, b"", {"Retry-After": "2"}))


def interstitial(paper: Newspaper) -> str:
    """Two of three requests for the list are answered with a page for browsers."""
    page = b"<html><title>Just a moment...</title><body>Checking your browser.</body></html>"
    return _now_and_then(paper, lambda _usual: Answer(200, page, {"Content-Type": "text/html"}))


def endless(paper: Newspaper) -> str:
    """The list never ends."""

    def pour() -> Iterator[bytes]:
        yield b"<rss><channel>"
        while True:
            yield b"<item><title>x</title></item>" * 1000

    paper.instead["/feed.xml"] = lambda _request: Answer(200, headers=_XML, chunks=pour())
    return "unreachable"


def huge(paper: Newspaper) -> str:
    """The list is 50 MB."""
    body = b"<rss><channel>" + b"<!-- nothing at all -->" * 2_200_000
    paper.instead["/feed.xml"] = lambda _request: Answer(200, body, _XML)
    return "unreachable"


def bomb(paper: Newspaper) -> str:
    """The list is a bomb in gzip."""
    body = gzip.compress(b"<!-- nothing at all -->" * 5_000_000, 9)
    paper.instead["/feed.xml"] = lambda _request: Answer(200, body, {**_XML, "Content-Encoding": "gzip"})
    return "unreachable"


def looping(paper: Newspaper) -> str:
    """The list redirects to itself by another address."""
    paper.instead["/feed.xml"] = lambda _request: Answer(302, b"", {"Location": "/feed2.xml"})
    paper.instead["/feed2.xml"] = lambda _request: Answer(302, b"", {"Location": "/feed.xml"})
    return "unreachable"


def moved(paper: Newspaper) -> str:
    """The list has moved for good."""
    paper.instead["/feed.xml"] = lambda _request: Answer(301, b"", {"Location": "/news/rss/feed.xml"})
    paper.instead["/news/rss/feed.xml"] = lambda _request: _feed(paper)
    return "reachable"


def gone(paper: Newspaper) -> str:
    """The list is gone for good."""
    paper.instead["/feed.xml"] = lambda _request: Answer(410, b"")
    return "unreachable"


def closed(paper: Newspaper) -> str:
    """The rules of the house cannot be had."""
    paper.instead["/robots.txt"] = lambda _request: Answer(503, b"")
    return "closed"


def calendar(paper: Newspaper) -> str:
    """The front page links to a calendar whose every day links to the next."""

    def day(request: Request) -> Answer:
        date = datetime.fromisoformat(request.path.removeprefix("/news/calendar/")) + _DAY
        link = f"<a href='/news/calendar/{date:%Y-%m-%d}'>The day after, with all of its events in one list</a>"
        page = f"<html><body><h1>Events</h1>{link * 3}</body></html>"
        return Answer(200, page.encode(), {"Content-Type": "text/html"})

    usual = paper.instead.get("/")

    def front(request: Request) -> Answer:
        page = usual(request) if usual else paper._usual("/")
        link = b"<a href='/news/calendar/2026-11-21'>What is on today, tomorrow and all days after</a>"
        return Answer(200, page.body.replace(b"<ul>", link + b"<ul>"), {"Content-Type": "text/html"})

    paper.instead["/"] = front
    start = datetime(2026, 11, 21, tzinfo=UTC)
    for number in range(400):
        paper.instead[f"/news/calendar/{start + number * _DAY:%Y-%m-%d}"] = day
    return "reachable by its front page"


def heavy_pages(paper: Newspaper) -> str:
    """Every fourth address in the list is 50 MB, or drips, or resets; the others are well."""

    def drip() -> Iterator[bytes]:
        for _ in range(1000):
            time.sleep(1)
            yield b" "

    for number, answer in enumerate(
        (
            lambda _r: Answer(200, b"<p>x</p>" * 6_500_000, {"Content-Type": "text/html"}),
            lambda _r: Answer(200, headers={"Content-Type": "text/html"}, chunks=drip()),
            lambda _r: Answer(200, b"<html>", {"Content-Type": "text/html", "Content-Length": "5000"}),
        )
    ):
        path = f"/news/bad-{number}"
        paper.prints(f"Bad page {number} that cannot be read", path=path, at=datetime.now(UTC))
        paper.instead[path] = answer
    return "reachable"


_XML = {"Content-Type": "application/rss+xml"}
_FAULTS: tuple[Callable[[Newspaper], str], ...] = (
    dripping, resetting, failing, busy, interstitial, endless, huge, bomb, looping, moved, gone, closed, calendar,
    heavy_pages,
)  # fmt: skip


def _feed(paper: Newspaper) -> Answer:
    return paper._usual("/feed.xml")


def _now_and_then(paper: Newspaper, bad: Callable[[Answer], Answer]) -> str:
    turns = iter(range(10**9))

    def answer(_request: Request) -> Answer:
        return _feed(paper) if next(turns) % 3 == 2 else bad(_feed(paper))

    paper.instead["/feed.xml"] = answer
    return "reachable"


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--outlets", type=int, default=200)
    options.add_argument("--articles", type=int, default=10, help="articles of each outlet at the start")
    options.add_argument("--minutes", type=float, default=3)
    options.add_argument("--per-minute", type=int, default=60)
    options.add_argument("--poll-every", default="5s")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--keep", type=Path, help="use this folder and keep it")
    given = options.parse_args()
    world, reach, kinds = World(random.Random(given.seed)), [], []
    for number in range(given.outlets):
        paper = Newspaper(f"Paper {number}").start()
        world.papers.append(paper)
        fault = _FAULTS[number // 3 % len(_FAULTS)] if number % 3 == 2 else None
        kind = KINDS[number % len(KINDS)] if fault is None else "section" if fault is calendar else "rss"
        listing(world, number, kind)
        reach.append(fault(paper) if fault else "reachable")
        kinds.append(kind)
    folder = given.keep or Path(tempfile.mkdtemp(prefix="faultworld-"))
    folder.mkdir(parents=True, exist_ok=True)
    return play(world, reach, kinds, folder, given)


def configure(folder: Path, world: World, kinds: list[str], poll_every: str) -> None:
    (folder / "outlets").mkdir()
    (folder / "watches").mkdir()
    (folder / "tocsin.yaml").write_text(
        f"crawl: {{delay: 0s, poll_every: {poll_every}, poll_min: 1s, timeout: 5s, requests_per_host: 2}}\n"
        'allow_private: [127.0.0.0/8]\nweb: {bind: ""}\n'
    )
    for number, paper in enumerate(world.papers):
        (folder / "outlets" / f"paper-{number}.yaml").write_text(
            f"name: Paper {number}\nsite: {paper.url}/\nlanguage: en\nsources:\n"
            f"  - {source(kinds[number], paper.url)}\narticle:\n  url: '/news/'\n"
        )


def play(world: World, reach: list[str], kinds: list[str], folder: Path, given: argparse.Namespace) -> int:
    for number in range(given.outlets * given.articles):
        world.write(number % given.outlets)
    configure(folder, world, kinds, given.poll_every)
    subprocess.run([sys.executable, "-m", "tocsin", "-c", str(folder), "db", "upgrade"], check=True)
    daemon = Daemon(folder)

    def reachable() -> list[Piece]:
        return [piece for piece in world.pieces if reach[piece.outlet].startswith("reachable")]

    def complete() -> bool:
        return {piece.title for piece in reachable()} <= {str(article["title"]) for article in exported(folder)}

    began = time.monotonic()
    wait_for("the archive to fill", complete, 300)
    filled, first = time.monotonic() - began, set(world.pieces)
    before, printed = _requests(world), {}
    for _ in range(int(given.minutes * given.per_minute)):
        piece = world.write(world.random.randrange(given.outlets))
        printed[piece.title] = datetime.now(UTC)
        time.sleep(60 / given.per_minute)
    wait_for("the last articles", complete, 120)
    asked = _requests(world) - before
    used = _used(daemon)
    code = daemon.stop()
    live = [piece for piece in reachable() if piece not in first]
    healthy = [piece.title for piece in live if piece.outlet % 3 != 2]
    return verdict(world, reachable(), live, healthy, exported(folder), printed, asked, filled, used, code)


def _requests(world: World) -> int:
    return sum(len(paper.requests) for paper in world.papers)


def _used(daemon: Daemon) -> str:
    """Give what the daemon and its children used so far, from /proc: CPU seconds and proportional memory."""
    pid, seconds, memory = daemon.process.pid, 0.0, 0
    children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    for one in [str(pid), *children.stdout.split()]:
        if not Path(f"/proc/{one}").exists():
            continue
        stat = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        seconds += (int(stat[11]) + int(stat[12])) / 100
        rollup = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        memory += sum(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))
    return f"{seconds:.1f} CPU s, {memory / 1024:.0f} MB"


def verdict(world, reachable, live, healthy, articles, printed, asked, filled, used, code) -> int:  # type: ignore[no-untyped-def]
    titles = Counter(str(article["title"]) for article in articles)
    missed = [piece for piece in reachable if piece.title not in titles]
    seen = {str(a["title"]): datetime.fromisoformat(str(a["first_seen"])) for a in articles}
    print(f"{len(world.papers)} outlets, {len(reachable)} reachable articles, {len(live)} of them printed live")
    print(f"the archive filled in {filled:.0f} s; the daemon used {used}")
    for name, chosen in (("all", [piece.title for piece in live]), ("healthy", healthy)):
        delays = sorted((seen[title] - printed[title]).total_seconds() for title in chosen if title in seen)
        if delays:
            last = delays[int(0.95 * (len(delays) - 1))]
            print(f"print to record, {name}: mean {statistics.mean(delays):.2f} s, 95th percentile {last:.2f} s")
    print(f"requests while live: {asked}, {asked / max(1, len(live)):.1f} for each new article")
    truth = {piece.title for piece in world.pieces} | {f"Bad page {number} that cannot be read" for number in range(3)}
    calendars = [r for paper in world.papers for r in paper.requests if "/calendar/" in r.path]
    passed = [
        check("SIGTERM ends the daemon with 0", code == 0, code),
        check("every article that can be reached was found", not missed, _where(missed)),
        check("no article twice", max(titles.values()) == 1, [t for t, n in titles.items() if n > 1][:5]),
        check("nothing else stored", set(titles) <= truth, sorted(set(titles) - truth)[:5]),
        check("no calendar was walked", len(calendars) < 40 * len(world.papers) / 42 + 10, len(calendars)),
    ]
    return 0 if all(passed) else 1


def _where(missed: list[Piece]) -> str:
    return json.dumps(Counter(piece.outlet for piece in missed).most_common(8)) if missed else ""


if __name__ == "__main__":
    raise SystemExit(main())
