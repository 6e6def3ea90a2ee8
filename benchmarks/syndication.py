"""Agency copy, updates, look-alikes and edited pages in the news world, with a ledger of their own of what is what."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from itertools import count

from benchmarks.edits import Bench, Body, Edit, carried_on, extended, signed, straightened, trimmed, worded_anew
from benchmarks.newsoutlets import World
from benchmarks.templates import filled, invented
from tocsin.demo.newspaper import Answer, Request

WORD = "vellichorous"
"""What the watch of this part of the world asks for, which tells of edits, too."""
PERSON, HOOK = "wire@example.org", "/wire"
PREFIX = "/news/wire-"
_SERIES = ("market", "weather", "obituary", "match", "quake")
_COPIES: tuple[tuple[float, str, Edit], ...] = (
    (0, "other headline", lambda body, bench: body.text),
    (0, "agency line", signed),
    # Not before the whole is on record: of what a brief that came first tells, an update may hold nearly all.
    (9, "cut short", trimmed(0.6)),
    (6, "reworded", worded_anew(0.03)),
    (12, "paragraph added", extended(1)),
    (16, "quotes straightened", straightened),
)
"""Seconds behind the first print, what was done to the text, and how."""


@dataclass(frozen=True, slots=True)
class Told:
    """One text, or one page that is edited: what is to be known of it, and how often it is told."""

    story: str
    kind: str
    paths: list[str] = field(default_factory=list)
    titles: set[str] = field(default_factory=set)
    alerts: list[int] = field(default_factory=lambda: [1])
    """The revisions that are told."""
    texts: list[tuple[str, str]] = field(default_factory=list)
    """Headline and body of each revision; none where the reading is not checked to the letter."""
    most_revisions: int = 1


@dataclass
class Syndication:
    """Prints the agency's day into a world, and keeps the truth about it."""

    world: World
    told: dict[str, Told] = field(default_factory=dict)
    agenda: list[tuple[float, Callable[[], object]]] = field(default_factory=list)
    edits: list[Callable[[], object]] = field(default_factory=list)
    reverts: list[Callable[[], object]] = field(default_factory=list)
    numbers: "count[int]" = field(default_factory=count)

    def __post_init__(self) -> None:
        self.random = random.Random(11)
        self.bench = Bench([Body("elsewhere", "", invented(9000 + n, 400)) for n in range(20)], self.random)

    def plan(self, seconds: float, stories: int = 6) -> None:
        """Put the day on the agenda, all of it within so many seconds, and the edits behind."""
        for number in range(stories):
            self._story(number, seconds * 0.6 * number / stories)
        for number, name in enumerate(_SERIES):
            self._series(number, name, seconds)
        self._pages(seconds / 4)
        self.agenda.sort(key=lambda one: one[0])

    def due(self, elapsed: float) -> None:
        """Print what the agenda holds up to so many seconds."""
        while self.agenda and self.agenda[0][0] <= elapsed:
            self.agenda.pop(0)[1]()

    def _outlet(self, number: int) -> int:
        return number % len(self.world.papers)

    def _print(self, told: Told, outlet: int, body: str, title: str = "") -> str:
        number = next(self.numbers)
        title = title or f"{self._headline()} {number}"
        path = f"{PREFIX}{number}-{told.kind.replace(' ', '-')}"
        self.world.print(self._outlet(outlet), path, title, body)
        told.paths.append(path)
        told.titles.add(title)
        return path

    def _headline(self) -> str:
        return " ".join(invented(self.random.randrange(10**6), 20).replace(".", "").split()[:6]).capitalize()

    def _at(self, second: float, told: Told, outlet: int, body: str) -> None:
        self.agenda.append((second, lambda: self._print(told, outlet, body)))

    def _story(self, number: int, second: float) -> None:
        """An agency's text by many outlets, printed anew by the first, carried on by another, which is copied, too."""
        text = report(100 + number, 220)
        first = self.told.setdefault(f"story {number}", Told(f"story {number}", "agency"))
        update = self.told.setdefault(f"update {number}", Told(f"story {number}", "update"))
        body, outlet = Body("agency", "", text), 3 * number
        self._at(second, first, outlet, text)
        for place, (after, _, edit) in enumerate(_COPIES, start=1):
            self._at(second + after, first, outlet + place, edit(body, self.bench))
        self._at(second + 14, first, outlet, text)
        later = carried_on(0.5)(body, self.bench)
        self._at(second + 20, update, outlet + 8, later)
        self._at(second + 26, update, outlet + 9, signed(Body("agency", "", later), self.bench))
        self._at(second + 28, update, outlet + 10, straightened(Body("agency", "", later), self.bench))

    def _series(self, number: int, name: str, seconds: float) -> None:
        """Issues of a daily series: one template by one outlet, with other names and numbers each time."""
        for issue in range(4):
            key = f"{name} {issue}"
            told = self.told.setdefault(key, Told(key, "series"))
            text = " ".join(filled(name, random.Random(f"{name} {issue}")).split())
            text = f"{text} All this is {WORD}, readers of the page were told."
            self._at(seconds * (0.1 + 0.2 * issue), told, 2 * number + 1, text)

    def _pages(self, second: float) -> None:
        """Pages that are edited later, and pages that never look the same and are not edited at all."""
        outlets = count(1)
        for stamped in (True, False):
            for kind in ("appears", "disappears", "number", "headline", "paragraph", "word", "reverted"):
                key = f"{kind} {'stamped' if stamped else 'stealth'}"
                told = self.told.setdefault(key, Told(key, "edited"))
                # Atom, JSON Feed and plain sitemaps say when a page was changed.
                outlet = 8 * (next(outlets) % 2) + self.random.choice((1, 3, 5)) if stamped else next(outlets)
                self.agenda.append((second, lambda told=told, outlet=outlet: self._edited(told, outlet)))  # type: ignore[misc]
        for number in range(4):
            for kind, show in (("clock", clock_page), ("headlines", headline_page)):
                key = f"{kind} {number}"
                told = self.told.setdefault(key, Told(key, kind, most_revisions=1 if kind == "clock" else 3))
                self.agenda.append(
                    (second, lambda told=told, outlet=5 * number, show=show: self._restless(told, outlet, show))
                )  # type: ignore[misc]

    def _edited(self, told: Told, outlet: int) -> None:
        kind, stamped = told.story.split()[0], told.story.endswith("stamped")
        text = report(hash_of(told.story), 160, word="" if kind == "appears" else WORD)
        path = self._print(told, outlet, text)
        (title,) = told.titles
        before, after = (title, text), edited(kind, title, text)
        told.titles.add(after[0])
        texts = [before, after] + ([before] if kind == "reverted" else [])
        told.texts.extend(texts)
        if kind in ("appears", "disappears", "reverted"):
            told.alerts[:] = {"appears": [2], "disappears": [1, 2], "reverted": [1, 2, 3]}[kind]
        self.edits.append(lambda: self.world.edit(path, *after, stamped=stamped))
        if kind == "reverted":
            self.reverts.append(lambda: self.world.edit(path, *before, stamped=stamped))

    def _restless(self, told: Told, outlet: int, show: Callable[[str, str, int], tuple[str, str]]) -> None:
        text = report(hash_of(told.story), 160)
        path = self._print(told, outlet, text)
        (title,) = told.titles
        asked, paper = count(), self.world.papers[self._outlet(outlet)]
        told.titles.add(show(title, text, 1)[0])

        def answer(_request: Request) -> Answer:
            shown, inside = show(title, text, next(asked))
            return Answer(200, page(shown, inside, paper.url + path).encode(), {"Content-Type": "text/html"})

        paper.instead[path] = answer


def report(seed: int, words: int, *, word: str = WORD) -> str:
    """Write an agency's report with quotes of its own, and with the watched word in its second paragraph."""
    parts = invented(seed, words).split("\n\n")
    parts[0] = f"PORTOVA, November 16 (Wire) \u2013 {parts[0]}"
    parts[1] += (
        f" \u201cIt\u2019s {word or 'plain'}, and we\u2019ll say so,\u201d officials told the press."
        " In all, 482 were counted."
    )
    return "\n\n".join(parts)


def edited(kind: str, title: str, text: str) -> tuple[str, str]:
    """Give headline and text as they read after an edit of such a kind."""
    return {
        "appears": (title, text.replace("It\u2019s plain,", f"It\u2019s {WORD},")),
        "disappears": (title, text.replace(WORD, "plain")),
        "reverted": (title, text.replace(WORD, "plain")),
        "number": (title, text.replace("482 were counted", "517 were counted")),
        "headline": (f"Corrected: {title}", text),
        "paragraph": (title, f"{text}\n\nThe ministry denied this in the evening and promised a report of its own."),
        "word": (title, text.replace("officials told", "soldiers told")),
    }[kind]


def clock_page(title: str, text: str, asked: int) -> tuple[str, str]:
    """Show a clock, a counter and links that are others at each request."""
    links = "".join(f"<li><a href='/news/{n}'>{escape(invented(77 * asked + n, 8)[:50])}</a></li>" for n in range(4))
    above = f"<p class='time'>Updated {datetime.now(UTC):%H:%M:%S}</p><p>{1000 + 37 * asked:,} views</p>"
    return title, f"{above}{paragraphs(text)}<p>{3 + asked} comments</p><h3>Related</h3><ul>{links}</ul>"


def headline_page(title: str, text: str, asked: int) -> tuple[str, str]:
    """Show one of two headlines by turns."""
    return (f"What you must know: {title}" if asked % 2 else title), paragraphs(text)


def paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(part)}</p>" for part in text.split("\n\n"))


def page(title: str, inside: str, url: str) -> str:
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{escape(title)}</title>"
        f"<link rel='canonical' href='{url}'><meta property='og:type' content='article'></head>"
        f"<body><main><article><h1>{escape(title)}</h1><div class='text'>{inside}</div></article></main></body></html>"
    )


def hash_of(text: str) -> int:
    return sum(ord(letter) * 31**place for place, letter in enumerate(text)) % 10**9
