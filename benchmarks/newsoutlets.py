"""The outlets of the news world on loopback: what they print, and the eight ways in which they list it."""

import gzip
import hashlib
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html import escape

from tocsin.demo.newspaper import Answer, Newspaper, Request

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
    changed: datetime | None = None
    """What a feed says of when it was last edited, where it says so."""

    @property
    def stamp(self) -> datetime:
        return self.changed or self.at


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

    def print(self, outlet: int, path: str, title: str, body: str) -> Piece:
        """Print a text that was written elsewhere."""
        piece = Piece(outlet, path, title, body, datetime.now(UTC))
        self.pieces.append(piece)
        self.papers[outlet].prints(title, body, at=piece.at, path=path)
        return piece

    def edit(self, path: str, title: str, body: str, *, stamped: bool) -> None:
        """Print another text at the same address; the lists say so where it is `stamped`."""
        place = next(number for number, piece in enumerate(self.pieces) if piece.path == path)
        old = self.pieces[place]
        changed = datetime.now(UTC) if stamped else old.changed
        self.pieces[place] = replace(old, title=title, body=body, changed=changed)
        self.papers[old.outlet].prints(title, body, at=old.at, path=path)


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
            f"<link rel='alternate' href='{escape(link(p))}'/><published>{p.at.isoformat()}</published>"
            f"<updated>{p.stamp.isoformat()}</updated></entry>"
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
        items = [
            {"id": p.path, "url": link(p), "title": p.title, "date_published": p.at.isoformat()}
            | ({"date_modified": p.changed.isoformat()} if p.changed else {})
            for p in newest()
        ]
        text = json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "j", "items": items})
        return Answer(200, text.encode(), {"Content-Type": "application/feed+json"})

    def index(_request: Request) -> Answer:
        return xml(
            "<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>"
            f"<sitemap><loc>{paper.url}/part.xml.gz</loc></sitemap></sitemapindex>"
        )

    def part(_request: Request) -> Answer:
        urls = "".join(
            f"<url><loc>{paper.url}{p.path}</loc><lastmod>{p.stamp.isoformat()}</lastmod></url>" for p in newest()
        )
        text = f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{urls}</urlset>"
        return Answer(200, gzip.compress(text.encode(), mtime=0), {"Content-Type": "application/gzip"})

    def broken(_request: Request) -> Answer:
        items = "".join(f"<item><title>{p.title} & more <b></title><link>{link(p)}</link></item>" for p in newest())
        return xml(f"<rss version=2.0><channel><title>b & c</title>{items}")

    def front(_request: Request) -> Answer:
        links = "".join(f"<li><a href='{p.path}'>{escape(p.title)}</a></li>" for p in newest())
        around = "<a href='/about'>About us</a><a href='javascript:alert(1)'>x</a>"
        text = f"<html><body>{around}<ul>{links}</ul></body></html>"
        return Answer(200, text.encode(), {"Content-Type": "text/html"})

    own: dict[str, Callable[[Request], Answer]] = (
        {"/atom.xml": atom, "/rdf.xml": rdf, "/feed.json": json_feed, "/index.xml": index, "/part.xml.gz": part}
        | ({"/feed.xml": broken} if kind == "broken-rss" else {})
        | ({"/": front} if kind == "section" else {})
    )
    paper.instead.update({path: conditional(answer) for path, answer in own.items()})


def conditional(answer: Callable[[Request], Answer]) -> Callable[[Request], Answer]:
    """Answer 304 where nothing has changed, as servers of news do."""

    def answered(request: Request) -> Answer:
        full = answer(request)
        tag = f'"{hashlib.sha256(full.body).hexdigest()[:16]}"'
        if request.headers.get("if-none-match") == tag:
            return Answer(304, b"", {"ETag": tag})
        return replace(full, headers={**full.headers, "ETag": tag})

    return answered


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
