"""Hostile outlets beside ten good ones: alerts of the good ones come in time, memory stays near idle, no bait is taken.

    python -m benchmarks.hostile --seconds 60

Prints the memory of the daemon with its children when idle and at its highest, each hostile outlet's line, and how long
the good outlets' alerts took from print to the hook.
"""

import argparse
import gzip
import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import brotli

from benchmarks.newsworld import Daemon, check
from tocsin.demo.hook import Hook
from tocsin.demo.newspaper import Answer, Newspaper, Request

XML = {"Content-Type": "application/rss+xml"}
HTML = {"Content-Type": "text/html; charset=utf-8"}
RSS = "<?xml version='1.0'?>{0}<rss version='2.0'><channel><title>x</title>{1}</channel></rss>"
GOOD = 10
POLL = 5
ITEM = "<item><title>{0}</title><link>{1}</link></item>"
LOL = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))


class Endless:
    """A body without an end, anew for each reader."""

    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield b"<item><title>more and more</title></item>" * 1000


class Drip:
    """A byte every half second for five minutes."""

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(600):
            yield b" "
            time.sleep(0.5)


def compressed(coding: str, megabytes: int) -> Answer:
    """Pack a feed of spaces so that little on the wire becomes much in memory."""
    if coding == "br":
        packed = brotli.compress(b" " * (megabytes << 20), quality=5)
    else:
        pack = zlib.compressobj(9, wbits=31)
        packed = b"".join(pack.compress(b" " * (1 << 20)) for _ in range(megabytes)) + pack.flush()
    return Answer(200, packed, {**XML, "Content-Encoding": coding})


def feeds(url: str) -> dict[str, Callable[[Request], Answer]]:
    """Give each hostile feed by its name."""
    bombs = {"gzip-bomb": compressed("gzip", 1000), "brotli-bomb": compressed("br", 1000)}
    twice = Answer(200, gzip.compress(bombs["gzip-bomb"].body), {**XML, "Content-Encoding": "gzip, gzip"})
    texts = {
        "entity-bomb": RSS.format(f"<!DOCTYPE r [<!ENTITY l0 'lol'>{LOL}]>", ITEM.format("&l9;", f"{url}/a")),
        "external-entity": RSS.format(
            "<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>", ITEM.format("&x;", "/b")
        ),
        "bait": f"<?xml version='1.0'?><?xml-stylesheet href='{url}/bait.css'?><!DOCTYPE r SYSTEM '{url}/bait.dtd' ["
        f"<!ENTITY x SYSTEM '{url}/bait.xml'>]><rss xmlns:xi='http://www.w3.org/2001/XInclude'><channel>"
        f"<xi:include href='{url}/bait.inc'/>" + ITEM.format("&x;", "javascript:1") + "</channel></rss>",
        "deep-nesting": "<rss><channel>" + "<a>" * 200_000,
        "wrong-charset": "<?xml version='1.0' encoding='utf-7'?><rss><channel>" + ITEM.format("+ADw-script+AD4-", "/c"),
        "javascript": RSS.format("", ITEM.format("x", "javascript:alert(1)") + ITEM.format("y", "file:///etc/passwd")),
        "controls": RSS.format("", ITEM.format("a\x00b\x1b[31m\u202ec\ud7ff", f"{url}/controls")),
        "many-items": RSS.format("", "".join(ITEM.format(n, f"javascript:{n}") for n in range(100_000))),
        "long-title": RSS.format("", ITEM.format("x" * 3_000_000, f"{url}/long")),
        "html-page": "<html><body>We are checking your browser</body></html>",
        "nothing": "",
        "deep-json": '{"version":"https://jsonfeed.org/version/1","items":' + "[" * 100_000,
    }
    answers = {name: Answer(200, text.encode("utf-8", "replace"), XML) for name, text in texts.items()} | bombs
    answers["double-gzip"] = twice
    answers |= {"endless": Answer(200, b"", XML, Endless()), "drip": Answer(200, b"", XML, Drip())}
    return {name: (lambda _request, a=answer: a) for name, answer in answers.items()}


def pages() -> dict[str, Answer]:
    """Give hostile article pages by their path; the good feed links to all of them."""
    return {
        "/deep": Answer(200, b"<html><body>" + b"<div>" * 300_000 + b"x", HTML),
        "/wide": Answer(200, b"<html><body>" + b"<p>a</p><b><i>" * 400_000, HTML),
        "/bomb": compressed("gzip", 500),
        "/endless": Answer(200, b"", HTML, Endless()),
        "/binary": Answer(200, bytes(range(256)) * 4000, HTML),
        "/json-ld": Answer(
            200, b"<script type='application/ld+json'>" + b'{"a":' * 100_000 + b"</script><p>x</p>", HTML
        ),
        "/attributes": Answer(200, b"<p " + b"".join(b"a%d=1 " % n for n in range(200_000)) + b">x</p>", HTML),
    }


def memory(process: int) -> list[float]:
    """Give the resident memory of a process and of each of its children, shared pages counted once, in MB."""
    listing = subprocess.run(["pgrep", "-g", str(process)], capture_output=True, text=True, check=False).stdout.split()
    sizes = []
    for pid in listing:
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        sizes.append(sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) / 1000)
    return sizes


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seconds", type=int, default=60)
    seconds = options.parse_args().seconds
    folder = Path(tempfile.mkdtemp(prefix="hostile-"))
    (folder / "outlets").mkdir()
    (folder / "watches").mkdir()
    (folder / "tocsin.yaml").write_text(
        f"crawl: {{delay: 0s, poll_every: {POLL}s, poll_min: 1s, timeout: 10s}}\n"
        "alerts: {group_wait: 0s}\nallow_private: [127.0.0.0/8]\nweb: {bind: ''}\n"
    )
    with ExitStack() as doors:
        papers = [doors.enter_context(Newspaper(f"Good {number}")) for number in range(GOOD)]
        bad, hook = doors.enter_context(Newspaper("Bad")), doors.enter_context(Hook())
        (folder / "watches" / "good.yaml").write_text(f"name: Good\nquery: good\nnotify:\n  - webhook: {hook.url}\n")
        for number, paper in enumerate(papers):
            outlet(folder, f"good-{number}", f"{paper.url}/feed.xml")
            paper.prints(f"The first news of {number}", "It is there to be read.\n\nAnd read again by everybody.")
        heard: dict[str, float] = {}

        def hear(_path: str, body: bytes) -> int:
            heard.setdefault(told(body), time.monotonic())
            return 204

        hook.answers = hear
        daemon = Daemon(folder)
        time.sleep(15)
        idle = memory(daemon.process.pid)
        unleash(folder, bad)
        daemon.process.send_signal(1)  # SIGHUP: the hostile outlets come in
        highest, printed = idle, dict[str, float]()
        for second in range(seconds):
            for number, paper in enumerate(papers):
                if second % 5 == number % 5:
                    title = f"Good news {second} of {number}"
                    paper.prints(
                        title, f"All is well at {second} with {number}, {hash(title)}.\n\nNothing else is known."
                    )
                    printed[title] = time.monotonic()
            time.sleep(1)
            highest = max(highest, memory(daemon.process.pid), key=sum)
        time.sleep(POLL + 10)
        baits = [request.path for request in bad.requests if "bait." in request.path]
        late = sorted(heard.get(title, math.inf) - moment for title, moment in printed.items())
        return verdict(folder, daemon, idle, highest, late, baits)


def told(body: bytes) -> str:
    """Give the title that an alert tells of."""
    return str(json.loads(body)["data"]["article"]["title"])


def unleash(folder: Path, bad: Newspaper) -> None:
    """Add the hostile outlets, and one good-looking list whose pages are hostile."""
    for name, answer in feeds(bad.url).items():
        bad.instead[f"/{name}"] = answer
        outlet(folder, name, f"{bad.url}/{name}")
    for path, page in pages().items():
        bad.prints(f"Hostile page {path}", path=path)
        bad.instead[path] = lambda _request, a=page: a
    outlet(folder, "hostile-pages", f"{bad.url}/feed.xml")


def verdict(
    folder: Path,
    daemon: Daemon,
    idle: list[float],
    highest: list[float],
    late: list[float],
    baits: list[str],
) -> int:
    alive = daemon.process.poll() is None
    code = daemon.stop()
    tocsin = [sys.executable, "-m", "tocsin", "-c", str(folder)]
    export = subprocess.run([*tocsin, "export"], capture_output=True, check=True).stdout
    articles = [json.loads(line) for line in export.splitlines()]
    print(folder, subprocess.run([*tocsin, "outlets"], capture_output=True, text=True, check=False).stdout)
    print(f"memory in MB: {sum(idle):.0f} idle, {sum(highest):.0f} at its highest, by process {highest}")
    last = late[int(0.95 * (len(late) - 1))]
    middle = statistics.median(late)
    print(f"print to alert of {len(late)} good articles: median {middle:.1f} s, 95th percentile {last:.1f} s")
    passed = [
        check("the daemon lives", alive),
        check("SIGTERM ends it with 0", code == 0, code),
        check("every good article was told", late[-1] < math.inf, sum(one == math.inf for one in late)),
        check(f"95 of 100 within two polls of {POLL} s", last < 2 * POLL, last),
        check("no bait was taken", not baits, baits),
        check("memory within 300 MB above idle", sum(highest) - sum(idle) < 300, sum(highest) - sum(idle)),
        check("no file was read", "root:x" not in export.decode()),
        check("no controls in titles", not any(c < " " for a in articles for c in str(a["title"]))),
    ]
    return 0 if all(passed) else 1


def outlet(folder: Path, name: str, feed: str) -> None:
    (folder / "outlets" / f"{name}.yaml").write_text(f"name: {name}\nsite: {feed}\nsources:\n  - feed: {feed}\n")


if __name__ == "__main__":
    raise SystemExit(main())
