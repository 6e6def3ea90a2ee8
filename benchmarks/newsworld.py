"""A world of news on loopback is put before `tocsin run`; its archive, mailbox and hook are compared with the truth.

    python -m benchmarks.newsworld --outlets 20 --articles 1000 --minutes 3 --per-minute 10 --kill

Twenty outlets list their news in every way that Tocsin reads, some of them broken; articles are copied between outlets,
redirected, forbidden by robots.txt and linked with tracking parameters; watched words are planted. With --syndication
an agency's texts are printed in other words and carried on, and pages are edited, with a new stamp in the feed or
without one. The daemon is killed with -9 while the archive fills, in the middle, and while pages are edited, and
started again. Prints one line a check and exits 1 when one fails. With TOCSIN_DATABASE in the environment, an empty
PostgreSQL database is used instead of SQLite.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from benchmarks.newsoutlets import KINDS, Piece, World, listing, source
from benchmarks.syndication import HOOK, PERSON, PREFIX, WORD, Syndication
from benchmarks.syndicationledger import Audit, calls, look_now, mails, revisions
from newsdesk import Database
from tocsin.demo.hook import Call, Hook
from tocsin.demo.mailbox import Mail, Mailbox
from tocsin.demo.newspaper import Answer, Newspaper

SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


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
    (folder / "watches" / "wire.yaml").write_text(
        f"name: wire\nquery: {WORD}\nrevisions: true\nnotify:\n  - email: {PERSON}\n"
        f"  - webhook: {hook.origin}{HOOK}\n    secret: {SECRET}\n"
    )


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

    def has_ended(self) -> bool:
        return self.process.poll() is not None

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
    options.add_argument("--syndication", action=argparse.BooleanOptionalAction, default=True)
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
    wait_for("the archive to fill", lambda: daemon.has_ended() or len(exported(folder)) >= first, 300)
    if daemon.has_ended():
        print(f"the daemon has ended by itself, see {folder / 'daemon.log'}", flush=True)
        return 1
    wire = Syndication(world)
    planted = print_news(world, wire, daemon, given)
    expected = len({(p.outlet, p.path) for p in world.pieces})
    wait_for("the last articles", lambda: len(exported(folder)) >= expected, 60)
    mailed = [p for p in planted if p.watched == "quixolarian"]
    called = [p for p in planted if p.watched == "zephyrantine"]
    wait_for("mails", lambda: len(desk_mails(mailbox)) >= len(mailed), 60)
    wait_for("calls", lambda: len(desk_calls(hook)) >= len(called), 60)
    if given.syndication:
        edit(wire, folder, daemon, mailbox, hook, kill=given.kill)
    code = daemon.stop()
    passed = verdict(world, exported(folder), mailbox, hook, mailed, called, code, given.kill)
    if given.syndication:
        passed += list(Audit(wire, folder, mailbox, hook, 3 if given.kill else 0).passed(check))
    return 0 if all(passed) else 1


def print_news(world: World, wire: Syndication, daemon: Daemon, given: argparse.Namespace) -> list[Piece]:
    """Print what is new, minute after minute; gives the pieces with a planted word that are no copies."""
    planted: list[Piece] = []
    total, begun = int(given.minutes * given.per_minute), time.monotonic()
    if given.syndication:
        wire.plan(60 * given.minutes)
    for number in range(total):
        wire.due(time.monotonic() - begun)
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
    wire.due(float("inf"))
    return planted


def edit(wire: Syndication, folder: Path, daemon: Daemon, mailbox: Mailbox, hook: Hook, *, kill: bool) -> None:
    """Edit pages, and edit some back, and wait until both are seen and told; then look again at what nobody edited."""
    database = Database(os.environ.get("TOCSIN_DATABASE") or f"sqlite:///{folder / 'tocsin.db'}")
    for step, changes in ((1, []), (2, wire.edits), (3, wire.reverts)):
        for change in changes:
            change()
        if kill and step == 2:
            time.sleep(2)
            daemon.kill_and_restart()
        wait_for(f"texts and alerts, step {step}", lambda step=step: is_told(wire, database, mailbox, hook, step), 75)
    wait_for("looks at every page", lambda: time.sleep(4) or look_now(database) >= 2, 60)
    database.close()


def is_told(wire: Syndication, database: Database, mailbox: Mailbox, hook: Hook, step: int) -> bool:
    """Tell whether every page stands at the revision it should, and every alert is out, looking again at all pages."""
    alerts = sum(revision <= step for told in wire.told.values() for revision in told.alerts)
    found = revisions(database)
    wanted = {path: min(step, len(told.texts)) for told in wire.told.values() if told.texts for path in told.paths}
    if all(found.get(path) == revision for path, revision in wanted.items()):
        return min(len(calls(hook)), len(mails(mailbox))) >= alerts
    if step > 1:
        look_now(database)
        time.sleep(5)
    return False


def desk_mails(mailbox: Mailbox) -> list[Mail]:
    return [mail for mail in list(mailbox.mails) if mail.recipient != PERSON]


def desk_calls(hook: Hook) -> list[Call]:
    return [call for call in hook.accepted() if call.path != HOOK]


def redirect(world: World, outlet: int) -> None:
    """Put a redirecting and a forbidden page into the outlet's feed by moving its newest article."""
    paper = world.papers[outlet]
    piece = world.write(outlet)
    moved = piece.path.replace("/news/", "/news/moved-")
    paper.prints(piece.title, piece.body, at=piece.at, path=moved)
    paper.instead[piece.path] = lambda _request: Answer(301, b"", {"Location": moved})


def verdict(world, articles, mailbox, hook, mails, calls, code, killed) -> list[bool]:  # type: ignore[no-untyped-def]
    articles = [a for a in articles if PREFIX not in str(a["canonical_url"])]
    pieces = [p for p in world.pieces if not p.path.startswith(PREFIX)]
    titles = Counter(str(a["title"]) for a in articles)
    truth = {p.title for p in pieces}
    repeats = 2 if killed else 0
    subjects = Counter(m.subject for m in desk_mails(mailbox))
    ids = Counter(c.id for c in desk_calls(hook))
    hooked = Counter(c.json["data"]["article"]["title"] for c in {c.id: c for c in desk_calls(hook)}.values())
    by_title = {str(a["title"]): a for a in articles}
    copies = [p for p in pieces if p.copied_from]
    lists = [r for paper in world.papers for r in paper.requests if r.path in ("/feed.xml", "/news-sitemap.xml")]
    bodies_right = sum(by_title[p.title]["body"].split() == p.body.split() for p in pieces if p.title in by_title)
    return [
        check("SIGTERM ends the daemon with 0", code == 0, code),
        check("every article found", truth <= set(titles), sorted(truth - set(titles))[:5]),
        check("no article twice", max(titles.values()) == 1, [t for t, n in titles.items() if n > 1][:5]),
        check("nothing else stored", set(titles) <= truth, sorted(set(titles) - truth)[:5]),
        check("every body whole", bodies_right == len(pieces), f"{bodies_right} of {len(pieces)}"),
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


if __name__ == "__main__":
    raise SystemExit(main())
