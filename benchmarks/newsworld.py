"""A world of news on loopback is put before `tocsin run`; its archive, mailbox and hook are compared with the truth.

    python -m benchmarks.newsworld --outlets 20 --articles 1000 --minutes 3 --per-minute 10 --kill

Twenty outlets list their news in every way that Tocsin reads, some of them broken; articles are copied between outlets,
redirected, forbidden by robots.txt and linked with tracking parameters; watched words are planted. The daemon is killed
with -9 while the archive fills, and in the middle, and started again. Prints one line a check and exits 1 when one
fails. With TOCSIN_DATABASE in the environment, an empty PostgreSQL database is used instead of SQLite.
"""

import argparse
import gzip
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path

from tocsin.demo.hook import Hook
from tocsin.demo.mailbox import Mailbox
from tocsin.demo.newspaper import Answer, Newspaper, Request

SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KINDS = ("rss", "atom", "rdf", "json", "news-sitemap", "sitemap-index", "section", "broken-rss")
WORDS = [
    a + b
    for a in ["ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu"]
    for b in ["lan", "mer", "nis", "por", "tek", "vad", "wim", "zon"]
]


@dataclass(frozen=True)
class Piece:
    """One article of the world; `watched` names the watch whose word stands in it."""

    outlet: int
    path: str
    title: str
    body: str
    at: datetime
    watched: str | None = None
    copied_from: str | None = None


@dataclass
class World:
    """All outlets with what they have printed."""

    random: random.Random
    papers: list[Newspaper] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)

    def text(self, length: int = 180) -> str:
        pick = self.random.choices(WORDS, k=length)
        return "\n\n".join(" ".join(pick[i : i + 45]).capitalize() + "." for i in range(0, length, 45))

    def write(self, outlet: int, *, watched: str | None = None, copy: Piece | None = None) -> Piece:
        number = len(self.pieces)
        title = " ".join(self.random.choices(WORDS, k=7)).capitalize() + f" {number}"
        body = copy.body + "\n\n" + self.text(18) if copy else self.text()
        if watched and not copy:
            body += f"\n\nIn the end {watched} was named by all who spoke."
        path = f"/news/{number}-{title.split()[0].lower()}"
        at = datetime.now(UTC) - timedelta(seconds=self.random.uniform(0, 50))
        piece = Piece(outlet, path, title, body, at, copy.watched if copy else watched, copy and copy.path)
        self.pieces.append(piece)
        self.papers[outlet].prints(title, body, at=at, path=path)
        return piece


def listing(world: World, outlet: int, kind: str) -> None:
    """Give an outlet its way of listing news beside the feed that every Newspaper has."""
    paper = world.papers[outlet]

    def newest() -> list[Piece]:
        mine = [p for p in list(world.pieces) if p.outlet == outlet]
        return sorted(mine, key=lambda p: p.at, reverse=True)

    def link(piece: Piece) -> str:
        return paper.url + piece.path + "?utm_source=rss&utm_medium=feed"

    def atom(_request: Request) -> Answer:
        entries = "".join(
            f"<entry><title>{escape(p.title)}</title><id>{paper.url}{p.path}</id>"
            f"<link rel='alternate' href='{escape(link(p))}'/><updated>{p.at.isoformat()}</updated></entry>"
            for p in newest()
        )
        return xml(f"<feed xmlns='http://www.w3.org/2005/Atom'><title>a</title><id>x</id>{entries}</feed>")

    def rdf(_request: Request) -> Answer:
        items = "".join(
            f"<item rdf:about='{paper.url}{p.path}'><title>{escape(p.title)}</title>"
            f"<link>{escape(link(p))}</link></item>"
            for p in newest()
        )
        return xml(
            "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'>"
            f"<channel rdf:about='{paper.url}'><title>r</title><link>{paper.url}</link></channel>{items}</rdf:RDF>"
        )

    def json_feed(_request: Request) -> Answer:
        items = [{"id": p.path, "url": link(p), "title": p.title, "date_published": p.at.isoformat()} for p in newest()]
        text = json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "j", "items": items})
        return Answer(200, text.encode(), {"Content-Type": "application/feed+json"})

    def index(_request: Request) -> Answer:
        return xml(
            "<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>"
            f"<sitemap><loc>{paper.url}/part.xml.gz</loc></sitemap></sitemapindex>"
        )

    def part(_request: Request) -> Answer:
        urls = "".join(
            f"<url><loc>{paper.url}{p.path}</loc><lastmod>{p.at.isoformat()}</lastmod></url>" for p in newest()
        )
        text = f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{urls}</urlset>"
        return Answer(200, gzip.compress(text.encode()), {"Content-Type": "application/gzip"})

    def broken(_request: Request) -> Answer:
        items = "".join(f"<item><title>{p.title} & more <b></title><link>{link(p)}</link></item>" for p in newest())
        return xml(f"<rss version=2.0><channel><title>b & c</title>{items}")

    def front(_request: Request) -> Answer:
        links = "".join(f"<li><a href='{p.path}'>{escape(p.title)}</a></li>" for p in newest())
        around = "<a href='/about'>About us</a><a href='javascript:alert(1)'>x</a>"
        text = f"<html><body>{around}<ul>{links}</ul></body></html>"
        return Answer(200, text.encode(), {"Content-Type": "text/html"})

    paper.instead.update(
        {"/atom.xml": atom, "/rdf.xml": rdf, "/feed.json": json_feed, "/index.xml": index, "/part.xml.gz": part}
        | ({"/feed.xml": broken} if kind == "broken-rss" else {})
        | ({"/": front} if kind == "section" else {})
    )


def xml(text: str) -> Answer:
    return Answer(200, text.encode(), {"Content-Type": "application/xml"})


def source(kind: str, url: str) -> str:
    return {
        "rss": f"feed: {url}/feed.xml",
        "broken-rss": f"feed: {url}/feed.xml",
        "atom": f"feed: {url}/atom.xml",
        "rdf": f"feed: {url}/rdf.xml",
        "json": f"feed: {url}/feed.json",
        "news-sitemap": f"sitemap: {url}/news-sitemap.xml",
        "sitemap-index": f"sitemap: {url}/index.xml",
        "section": f"section: {url}/",
    }[kind]


def configure(folder: Path, world: World, mailbox: Mailbox, hook: Hook) -> None:
    (folder / "outlets").mkdir()
    (folder / "watches").mkdir()
    (folder / "tocsin.yaml").write_text(
        f"""crawl: {{delay: 0s, poll_every: 2s, poll_min: 1s, requests_per_host: 4}}
allow_private: [127.0.0.0/8]
smtp: {{host: 127.0.0.1, port: {mailbox.port}, sender: Tocsin <tocsin@example.org>}}
web: {{bind: ""}}
"""
    )
    for number, paper in enumerate(world.papers):
        kind = KINDS[number % len(KINDS)]
        (folder / "outlets" / f"paper-{number}.yaml").write_text(
            f"name: Paper {number}\nsite: {paper.url}/\nlanguage: en\nsources:\n  - {source(kind, paper.url)}\n"
            "article:\n  url: '/news/'\n"
        )
    for word, channel in (
        ("quixolarian", "email: desk@example.org"),
        ("zephyrantine", f"webhook: {hook.url}\n    secret: {SECRET}"),
    ):
        (folder / "watches" / f"{word}.yaml").write_text(f"name: {word}\nquery: {word}\nnotify:\n  - {channel}\n")


class Daemon:
    """`tocsin run`, as a user starts it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = (folder / "daemon.log").open("ab")
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tocsin", "-c", str(self.folder), "run"]
        return subprocess.Popen(command, stdout=self.log, stderr=self.log, start_new_session=True)

    def kill_and_restart(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = self.start()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


def exported(folder: Path) -> list[dict[str, object]]:
    command = [sys.executable, "-m", "tocsin", "-c", str(folder), "export", "--format", "jsonl"]
    lines = subprocess.run(command, check=True, capture_output=True).stdout.splitlines()
    return [json.loads(line) for line in lines]


def wait_for(what: str, ready: "callable", seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not ready():
        time.sleep(1)
    print(f"waited {seconds - (deadline - time.monotonic()):.0f} s for {what}", flush=True)


def check(name: str, good: bool, detail: object = "") -> bool:
    print(f"{'ok  ' if good else 'FAIL'} {name} {detail if not good else ''}", flush=True)
    return good


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--outlets", type=int, default=20)
    options.add_argument("--articles", type=int, default=1000)
    options.add_argument("--minutes", type=float, default=2)
    options.add_argument("--per-minute", type=int, default=10)
    options.add_argument("--kill", action="store_true")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--keep", type=Path, help="use this folder and keep it")
    given = options.parse_args()
    world = World(random.Random(given.seed))
    folder = given.keep or Path(tempfile.mkdtemp(prefix="newsworld-"))
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(given.outlets):
        world.papers.append(Newspaper(f"Paper {number}").start())
        listing(world, number, KINDS[number % len(KINDS)])
        world.papers[number].robots = "User-agent: *\nDisallow: /secret\nDisallow: *?\n"
    with Mailbox() as mailbox, Hook(SECRET) as hook:
        return play(world, folder, mailbox, hook, given)


def play(world: World, folder: Path, mailbox: Mailbox, hook: Hook, given: argparse.Namespace) -> int:
    for number in range(given.articles):
        world.write(number % given.outlets, watched="quixolarian" if number % 97 == 0 else None)
    configure(folder, world, mailbox, hook)
    subprocess.run([sys.executable, "-m", "tocsin", "-c", str(folder), "db", "upgrade"], check=True)
    daemon = Daemon(folder)
    first = len(world.pieces)
    if given.kill:
        time.sleep(4)
        daemon.kill_and_restart()
    wait_for("the archive to fill", lambda: len(exported(folder)) >= first, 300)
    planted: list[Piece] = []
    total = int(given.minutes * given.per_minute)
    for number in range(total):
        outlet = world.random.randrange(given.outlets)
        if number % 5 == 4 and planted:
            original = planted[-1]
            world.write((original.outlet + 1) % given.outlets, copy=original)
        else:
            watched = ("quixolarian", "zephyrantine", None)[number % 3]
            piece = world.write(outlet, watched=watched)
            planted += [piece] if watched else []
        if number % 7 == 3:  # an article behind a redirect, and one that robots.txt forbids
            redirect(world, outlet)
        if given.kill and number == total // 2:
            daemon.kill_and_restart()
        time.sleep(60 / given.per_minute)
    expected = len({(p.outlet, p.path) for p in world.pieces})
    wait_for("the last articles", lambda: len(exported(folder)) >= expected, 60)
    mails = [p for p in planted if p.watched == "quixolarian"]
    calls = [p for p in planted if p.watched == "zephyrantine"]
    wait_for("the alerts", lambda: len(mailbox.mails) >= len(mails) and len(hook.accepted()) >= len(calls), 60)
    code = daemon.stop()
    return verdict(world, exported(folder), mailbox, hook, mails, calls, code, given.kill)


def redirect(world: World, outlet: int) -> None:
    """Put a redirecting and a forbidden page into the outlet's feed by moving its newest article."""
    paper = world.papers[outlet]
    piece = world.write(outlet)
    moved = piece.path.replace("/news/", "/news/moved-")
    paper.prints(piece.title, piece.body, at=piece.at, path=moved)
    paper.instead[piece.path] = lambda _request: Answer(301, b"", {"Location": moved})


def verdict(world, articles, mailbox, hook, mails, calls, code, killed) -> int:  # type: ignore[no-untyped-def]
    titles = Counter(str(a["title"]) for a in articles)
    truth = {p.title for p in world.pieces}
    repeats = 2 if killed else 0
    subjects = Counter(m.subject for m in mailbox.mails)
    ids = Counter(c.id for c in hook.accepted())
    hooked = Counter(c.json["data"]["article"]["title"] for c in {c.id: c for c in hook.accepted()}.values())
    by_title = {str(a["title"]): a for a in articles}
    copies = [p for p in world.pieces if p.copied_from]
    lists = [r for paper in world.papers for r in paper.requests if r.path in ("/feed.xml", "/news-sitemap.xml")]
    bodies_right = sum(by_title[p.title]["body"].split() == p.body.split() for p in world.pieces if p.title in by_title)
    passed = [
        check("SIGTERM ends the daemon with 0", code == 0, code),
        check("every article found", truth <= set(titles), sorted(truth - set(titles))[:5]),
        check("no article twice", max(titles.values()) == 1, [t for t, n in titles.items() if n > 1][:5]),
        check("nothing else stored", set(titles) <= truth, sorted(set(titles) - truth)[:5]),
        check("every body whole", bodies_right == len(world.pieces), f"{bodies_right} of {len(world.pieces)}"),
        check("copies known as copies", all(by_title.get(p.title, {}).get("copy_of") for p in copies), len(copies)),
        check(
            "each mail once",
            set(subjects.values()) <= {1} or sum(subjects.values()) - len(subjects) <= repeats,
            subjects,
        ),
        check("every planted mail", len(subjects) == len(mails), (len(subjects), len(mails))),
        check("each hook once", sum(ids.values()) - len(ids) <= repeats, ids),
        check("every planted hook", set(hooked) == {p.title for p in calls}, (len(hooked), len(calls))),
        check("signatures genuine", all(c.genuine for c in hook.calls)),
        check("robots.txt kept", not any("?" in r.path for paper in world.papers for r in paper.requests)),
        check(
            "lists asked conditionally",
            sum(r.status == 304 for r in lists) > 0.5 * len(lists),
            Counter(r.status for r in lists),
        ),
    ]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    raise SystemExit(main())
