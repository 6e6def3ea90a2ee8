"""A newspaper on loopback: article pages, a feed, a news sitemap, a front page, robots.txt; it remembers who asked."""

import hashlib
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from urllib.parse import urlsplit

from .server import Handler, LoopbackServer


@dataclass(frozen=True, slots=True)
class Request:
    """One request that came in; header names are in lower case."""

    path: str
    headers: Mapping[str, str]
    status: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What the newspaper says to one request; `chunks`, when given, is sent in place of `body`, without its length."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    chunks: Iterable[bytes] | None = None


@dataclass(frozen=True, slots=True)
class Print:
    """One article in print; `at` is aware, `body` is paragraphs separated by a blank line."""

    path: str
    title: str
    body: str
    at: datetime
    author: str | None = None
    lede: str | None = None


class Newspaper(LoopbackServer):
    """A small news site at `url`, served by threads of its own between `start()` and `stop()`.

    `instead` maps a path to a function of the Request that answers in place of the usual page, for faults.
    """

    def __init__(self, name: str = "The Loopback Times", *, language: str = "en", host: str = "127.0.0.1") -> None:
        """Found the newspaper; its port is chosen when it starts."""
        super().__init__(host)
        self.name = name
        self.language = language
        self.robots: str | None = "User-agent: *\nAllow: /\n"
        self.requests: list[Request] = []
        self.instead: dict[str, Callable[[Request], Answer]] = {}
        self._prints: dict[str, Print] = {}
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """Give the address of the front page, without a slash at its end."""
        return self.origin

    def prints(
        self,
        title: str,
        body: str = "Nothing more is known.",
        *,
        author: str | None = None,
        lede: str | None = None,
        at: datetime | None = None,
        path: str | None = None,
    ) -> str:
        """Print an article, or print it anew under its old `path`; gives its address."""
        with self._lock:
            path = path or f"/news/{len(self._prints) + 1}-{_slug(title)}"
            self._prints[path] = Print(path, title, body, at or datetime.now(UTC), author, lede)
        return self.url + path

    def asked(self, path: str) -> list[Request]:
        """Give the requests for one path, oldest first."""
        with self._lock:
            return [request for request in self.requests if request.path == path]

    def answer(self, path: str, headers: Mapping[str, str]) -> Answer:
        """Answer one GET and remember it."""
        instead = self.instead.get(path) or self.instead.get(urlsplit(path).path)
        answer = instead(Request(path, headers, 0)) if instead else self._usual(urlsplit(path).path)
        tag = f'"{hashlib.sha256(answer.body).hexdigest()[:16]}"'
        if answer.status == 200 and not instead:
            answer = Answer(200, answer.body, {**answer.headers, "ETag": tag})
            if headers.get("if-none-match") == tag:
                answer = Answer(304, b"", {"ETag": tag})
        with self._lock:
            self.requests.append(Request(path, headers, answer.status))
        return answer

    def _usual(self, path: str) -> Answer:
        with self._lock:
            found = self._prints.get(path)
            newest = sorted(self._prints.values(), key=lambda p: p.at, reverse=True)
        if found:
            return _html(self._page(found))
        if path == "/robots.txt":
            return Answer(404) if self.robots is None else _text("text/plain", self.robots)
        if path == "/feed.xml":
            return _text("application/rss+xml", self._feed(newest[:50]))
        if path == "/news-sitemap.xml":
            return _text("application/xml", self._sitemap(newest[:1000]))
        if path == "/":
            return _html(self._front(newest[:50]))
        return Answer(404, b"No such page.", {"Content-Type": "text/plain"})

    def _page(self, article: Print) -> str:
        byline = f'<p class="byline">By <a rel="author">{escape(article.author)}</a></p>' if article.author else ""
        lede = f'<p class="lede">{escape(article.lede)}</p>' if article.lede else ""
        paragraphs = "\n".join(f"<p>{escape(part)}</p>" for part in article.body.split("\n\n"))
        return f"""<!doctype html><html lang="{self.language}"><head><meta charset="utf-8">
<title>{escape(article.title)} - {escape(self.name)}</title>
<link rel="canonical" href="{self.url}{article.path}">
<meta property="og:type" content="article"><meta property="og:title" content="{escape(article.title)}">
<meta property="article:published_time" content="{article.at.isoformat(timespec="seconds")}">
<link rel="alternate" type="application/rss+xml" href="/feed.xml"></head>
<body><nav><a href="/">Home</a> <a href="/news">News</a> <a href="/subscribe">Subscribe</a></nav>
<main><article><h1>{escape(article.title)}</h1>{byline}{lede}
<div class="text">{paragraphs}</div></article></main>
<aside><h2>Most read</h2><p>Log in or register to comment</p></aside>
<footer>&copy; {escape(self.name)}. All rights reserved.</footer></body></html>"""

    def _feed(self, articles: list[Print]) -> str:
        items = "\n".join(
            f"<item><title>{escape(a.title)}</title><link>{self.url}{a.path}?utm_source=rss</link>"
            f'<guid isPermaLink="false">{self.url}{a.path}</guid>'
            f"<pubDate>{format_datetime(a.at)}</pubDate><description>{escape(a.body[:200])}</description></item>"
            for a in articles
        )
        return (
            '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
            f"<title>{escape(self.name)}</title><link>{self.url}/</link><language>{self.language}</language>"
            f"<description>News</description>{items}</channel></rss>"
        )

    def _sitemap(self, articles: list[Print]) -> str:
        urls = "\n".join(
            f"<url><loc>{self.url}{a.path}</loc><news:news><news:publication><news:name>{escape(self.name)}</news:name>"
            f"<news:language>{self.language}</news:language></news:publication>"
            f"<news:publication_date>{a.at.isoformat(timespec='seconds')}</news:publication_date>"
            f"<news:title>{escape(a.title)}</news:title></news:news></url>"
            for a in articles
        )
        return (
            '<?xml version="1.0" encoding="utf-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
            f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{urls}</urlset>'
        )

    def _front(self, articles: list[Print]) -> str:
        links = "\n".join(f'<li><a href="{a.path}">{escape(a.title)}</a></li>' for a in articles)
        return f"""<!doctype html><html lang="{self.language}"><head><meta charset="utf-8">
<title>{escape(self.name)}</title>
<link rel="alternate" type="application/rss+xml" title="News" href="/feed.xml"></head>
<body><h1>{escape(self.name)}</h1><ul>{links}</ul></body></html>"""


def _slug(title: str) -> str:
    return "-".join("".join(c if c.isalnum() and c.isascii() else " " for c in title.lower()).split()) or "news"


def _html(text: str) -> Answer:
    return _text("text/html", text)


def _text(kind: str, text: str) -> Answer:
    return Answer(200, text.encode(), {"Content-Type": f"{kind}; charset=utf-8"})


class _Handler(Handler):
    owner: Newspaper

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.owner.answer(self.path, headers)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.chunks is not None:
            self._pour(answer.chunks)
            return
        if answer.status != 304:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if answer.status != 304:
            self.wfile.write(answer.body)

    def _pour(self, chunks: Iterable[bytes]) -> None:
        self.close_connection = True
        self.send_header("Connection", "close")
        self.end_headers()
        with suppress(OSError):  # the reader may leave in the middle
            for chunk in chunks:
                self.wfile.write(chunk)


Newspaper.handler = _Handler
