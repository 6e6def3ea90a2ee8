"""Rendering: pages written by scripts, in a browser that reaches nothing by itself."""

import asyncio
import gzip
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from crawler.downloader.browser import browser_trouble, find_browser, is_fenced_already, launch_options
from crawler.downloader.fetch import Answer, Fetcher
from crawler.downloader.processes import end_the_greedy
from crawler.downloader.render import Renderer
from crawler.downloader.scripts import Part, Scripts
from newsdesk import FetchError, FetchFailure, Guard
from tocsin.demo.newspaper import Answer as PaperAnswer
from tocsin.demo.newspaper import Newspaper

from .polling import House, settings, until
from .test_fetch import fetched
from .wire import answer, wire

needs_browser = pytest.mark.skipif(
    find_browser("") is None, reason="no Chromium on this machine: apt-get install chromium to try rendering"
)
NARROW = Guard(["127.0.0.1/32"])
TEXT = "The council voted at noon to close the old bridge, and a ferry will run until the new one opens in spring."
SHOW = "const show = text => document.getElementById('text').append(text, ' ');"


def html(script: str = "", head: str = "", body: str = "") -> bytes:
    page = f"<html><head><title>News</title>{head}</head><body><div id=text></div>{body}"
    return answer(f"{page}<script>{script}</script></body></html>".encode(), Content_Type="text/html; charset=utf-8")


def get_all(*urls: str, guard: Guard = NARROW, renderer: Renderer | None = None, **values: Any) -> list[Any]:
    """Render pages one after the other in one browser; a failure stands in its page's place."""

    async def main(fetcher: Fetcher) -> list[Any]:
        with_renderer(fetcher, renderer)
        return [await shown(fetcher, url, **values) for url in urls]

    answers: list[Any] = fetched(main, guard)
    return answers


async def shown(fetcher: Fetcher, url: str, **values: Any) -> Any:
    try:
        page = await fetcher.get(url, settings(**{"timeout": "20s", **values}), render=True)
    except FetchError as error:
        return error
    return page.body.decode()


def with_renderer(fetcher: Fetcher, renderer: Renderer | None) -> None:
    if renderer is not None:
        fetcher._renderer = renderer
        fetcher._engine.on_stop(renderer.stop)


@needs_browser
def test_a_page_is_given_as_its_scripts_have_written_it() -> None:
    script = f"document.getElementById('text').textContent = '{TEXT} – naïve \\ud83d'"

    async def main(fetcher: Fetcher) -> Answer:
        return await fetcher.get(server.url + "/", settings(timeout="20s"), render=True)

    with wire({"/": html(script)}) as server:
        page = fetched(main)
    assert f'<div id="text">{TEXT} – naïve \ufffd</div>' in page.body.decode()
    assert page.headers["content-type"] == "text/html; charset=utf-8"


@needs_browser
def test_scripts_and_their_data_are_fetched_and_nothing_else_is() -> None:
    script = (
        f"{SHOW} fetch('/data.json').then(r => r.json()).then(d => show(d.text));"
        "fetch('/moved.json').then(r => r.json()).then(d => show(d.text));"
        "fetch('/told', {method: 'POST', body: 'x'}).catch(() => show('not told'));"
        "navigator.sendBeacon('/beacon', 'x'); new Image().src = '/counter.gif';"
    )
    head = "<link rel=stylesheet href=/style.css onload=\"window.styled = 'styled'\"><link rel=icon href=/icon.png>"
    body = "<script src=/lib.js></script><img src=/photo.jpg><iframe src=/frame.html></iframe><video src=/film.mp4>"
    lib = gzip.compress(b"window.addEventListener('load', () => show('from the library, ' + window.styled))")
    answers = {
        "/": html(script, head, body),
        "/lib.js": answer(lib, Content_Encoding="gzip", Content_Type="text/javascript", Cache_Control="max-age=600"),
        "/data.json": answer(b'{"text": "told later"}', Content_Type="application/json"),
        "/moved.json": answer(status="302 Found", Location="/new.json"),
        "/new.json": answer(b'{"text": "found elsewhere"}', Content_Type="application/json"),
    }
    with wire(answers) as server:
        first, second = get_all(server.url + "/", server.url + "/")
    for page in (first, second):
        for text in ("told later", "found elsewhere", "not told", "from the library, styled"):
            assert text in page.split("<script")[0], text
    one = ["/", "/data.json", "/moved.json", "/new.json"]
    # The script may be kept for ten minutes, so it is asked for once.
    assert sorted(server.paths) == sorted(["/robots.txt", "/lib.js", *one, *one])


class Victim:
    """A service of the inside on TCP and UDP; it counts whoever knocks."""

    def __init__(self) -> None:
        self.tcp = socket.create_server(("127.0.0.2", 0))
        self.port = self.tcp.getsockname()[1]
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.2", self.port))
        self.knocks: list[str] = []

    def accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self.tcp.accept()
                with connection:
                    connection.settimeout(5)
                    line = connection.recv(65536).split(b"\r\n")[0].decode("latin-1")
                    self.knocks.append(line)
                    cors = "Access-Control-Allow-Origin: *\r\nContent-Type: text/javascript"
                    connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n{cors}\r\n\r\n".encode())

    def listen(self) -> None:
        with suppress(OSError):
            while True:
                if self.udp.recv(65536):
                    self.knocks.append("UDP")
                else:
                    return


@contextmanager
def victim() -> Iterator[Victim]:
    service = Victim()
    threads = [threading.Thread(target=work, daemon=True) for work in (service.accept, service.listen)]
    for thread in threads:
        thread.start()
    yield service
    for listener in (service.tcp, service.udp):
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def attacks(inside: str) -> tuple[str, str, str]:
    """Give script, head and body of a page that tries every way there is."""
    http, host = f"http://{inside}", inside
    head = (
        f"<link rel=preconnect href={http}><link rel=dns-prefetch href={http}><link rel=prefetch href={http}/prefetch>"
        f"<link rel=preload as=script href={http}/preload><link rel=modulepreload href={http}/module>"
        f"<link rel=stylesheet href={http}/css><link rel=manifest href={http}/manifest>"
        f'<script type=speculationrules>{{"prefetch":[{{"source":"list","urls":["{http}/guess"]}}]}}</script>'
    )
    body = (
        f"<script src={http}/script></script><iframe src={http}/frame></iframe><img src={http}/image>"
        f"<script src=/to-inside></script><iframe src=/to-inside></iframe><iframe src=file:///etc/passwd></iframe>"
        f"<object data={http}/object></object><embed src={http}/embed><video src={http}/video></video>"
        f"<form id=f action={http}/form method=post></form><a id=a href={http}/ping ping={http}/pinged></a>"
    )
    script = f"""{SHOW}
        fetch('{http}/fetch').then(() => show('REACHED'), () => show('fetch refused'));
        fetch('/to-inside').then(() => show('REACHED'), () => show('redirect refused'));
        fetch('file:///etc/passwd').then(() => show('REACHED'), () => show('file refused'));
        fetch('{http}/post', {{method: 'POST', mode: 'no-cors', body: 'x'}}).catch(() => 0);
        const x = new XMLHttpRequest(); x.open('GET', '{http}/xhr'); x.send();
        const tries = [
            () => new WebSocket('ws://{host}/socket'), () => new WebSocket('ws://localhost:1/socket'),
            () => new EventSource('{http}/events'), () => navigator.sendBeacon('{http}/beacon', 'x'),
            () => new Worker(URL.createObjectURL(new Blob(["fetch('{http}/worker'); importScripts('{http}/import')"]))),
            () => navigator.serviceWorker.register('/worker.js'), () => window.open('{http}/popup'),
            () => document.getElementById('f').submit(), () => document.getElementById('a').click(),
            () => new WebTransport('https://{host}/transport'),
            () => {{ const p = new RTCPeerConnection({{iceServers: [{{urls: 'stun:{host}'}},
                {{urls: 'turn:{host}?transport=tcp', username: 'u', credential: 'c'}}]}});
                p.createDataChannel('x'); p.createOffer().then(o => p.setLocalDescription(o)); }},
            () => {{ location.href = '{http}/navigation'; }}, () => {{ location.href = 'file:///etc/passwd'; }},
        ];
        for (const one of tries) {{ try {{ one(); }} catch (error) {{ show(String(error)); }} }}
        setTimeout(() => show('all tried'), 300);
    """
    return script, head, body


@needs_browser
def test_no_page_reaches_the_inside_by_any_way() -> None:
    with victim() as inside:
        service = f"127.0.0.2:{inside.port}"
        moved = answer(status="302 Found", Location=f"http://{service}/redirect")
        worker = answer(f"fetch('http://{service}/service')".encode(), Content_Type="text/javascript")
        answers = {"/": html(*attacks(service)), "/to-inside": moved, "/worker.js": worker}
        with wire(answers) as server:
            (page,) = get_all(server.url + "/")
    assert inside.knocks == []
    for said in ("fetch refused", "redirect refused", "file refused", "all tried"):
        assert said in page, said
    assert "REACHED" not in page.split("<script")[0] and "root:" not in page


@needs_browser
def test_what_is_allowed_is_reached_by_the_fetcher_alone() -> None:
    with victim() as inside:
        service = f"127.0.0.2:{inside.port}"
        with wire({"/": html(*attacks(service))}) as server:
            get_all(server.url + "/", guard=Guard(["127.0.0.0/8"]))
    # The same page: so it does try, and only scripts and their data are fetched.
    paths = {knock.split(" ")[1] for knock in inside.knocks}
    tried = {"/script", "/fetch", "/xhr"}
    assert tried <= paths <= tried | {"/preload", "/module", "/worker", "/import"}
    assert all(knock.startswith("GET ") for knock in inside.knocks)


@needs_browser
def test_a_page_that_leads_away_is_read_as_it_came() -> None:
    script = (
        f"{SHOW} show('{TEXT}'); alert('subscribe!'); confirm('sure?'); window.open('/popup'); location.href = '/away';"
        "addEventListener('beforeunload', e => { e.preventDefault(); return 'stay'; });"
        "const a = document.createElement('a'); a.href = 'data:text/plain,x'; a.download = 'x.txt'; a.click();"
    )
    head = "<meta http-equiv=refresh content='0; url=/elsewhere'>"
    with wire({"/": html(script, head)}) as server:
        (page,) = get_all(server.url + "/")
    assert TEXT in page
    assert server.paths == ["/robots.txt", "/"]


@needs_browser
def test_no_page_learns_what_another_one_left() -> None:
    leave = "document.cookie = 'seen=1'; localStorage.seen = '1'; sessionStorage.seen = '1';"
    tell = f"{SHOW} show('[' + document.cookie + localStorage.seen + sessionStorage.seen + window.name + ']')"
    with wire({"/leave": html(leave + "window.name = 'x'"), "/tell": html(tell)}) as server:
        pages = get_all(server.url + "/leave", server.url + "/tell")
    assert "[undefinedundefined]" in pages[1]


@needs_browser
def test_what_a_page_breaks_is_that_page_alone() -> None:
    hog = (
        "const kept = []; setInterval(() => {"
        "for (let i = 0; i < 40; i++) { kept.push(new Uint8Array(1e7)); kept.at(-1).fill(1); } }, 1)"
    )
    answers = {
        "/endless": html("for (;;) {}"),
        "/large": html("document.body.append('x'.repeat(3e6))"),
        "/hog": html(hog),
        "/lies": html("Object.defineProperty(Element.prototype, 'outerHTML', {get: () => 'lies'})"),
        "/good": html(f"{SHOW} show('{TEXT}')"),
    }
    with wire(answers) as server:
        paths = ("/endless", "/good", "/large", "/hog", "/lies", "/good")
        urls = [server.url + path for path in paths]
        limits = {"timeout": "6s", "max_page": "2MB"}
        endless, good, large, hogged, lies, again = get_all(*urls, renderer=Renderer(memory=400 * 2**20), **limits)
    assert endless.reason is FetchFailure.TIMEOUT
    assert TEXT in good and TEXT in again
    assert large.reason is FetchFailure.TOO_LARGE
    assert hogged.reason is FetchFailure.RENDER and "crash" in str(hogged)
    assert "<title>News</title>" in lies


@needs_browser
def test_the_browser_comes_back_when_it_was_ended_and_goes_when_it_is_not_needed() -> None:
    renderer = Renderer(pages=3, idle=0.0)

    async def main(fetcher: Fetcher) -> list[Any]:
        with_renderer(fetcher, renderer)
        assert not renderer.is_running
        pages = [await shown(fetcher, server.url + "/") for _ in range(2)]
        await until(lambda: not renderer.is_running)
        renderer._idle = 60.0
        pages.append(await shown(fetcher, server.url + "/"))
        assert renderer.is_running
        end_the_greedy(os.getpid(), 0)
        lost = await shown(fetcher, server.url + "/", timeout="2s")
        pages += [] if isinstance(lost, FetchError) else [lost]
        pages += await asyncio.gather(*(shown(fetcher, server.url + "/") for _ in range(5)))
        return pages

    with wire({"/": html(f"{SHOW} show('{TEXT}')")}) as server:
        pages = fetched(main)
    assert len(pages) >= 5
    assert all(TEXT in page for page in pages)
    assert end_the_greedy(os.getpid(), 0) == 0


def test_what_robots_txt_closes_is_not_rendered_and_no_browser_starts() -> None:
    renderer = Renderer()

    async def main(fetcher: Fetcher) -> tuple[Any, Any, bool]:
        with_renderer(fetcher, renderer)
        closed = await shown(fetcher, server.url + "/closed")
        feed = await shown(fetcher, server.url + "/feed.xml")
        return closed, feed, renderer.is_running

    robots = answer(b"User-agent: *\nDisallow: /closed\n")
    feed = answer(b"<rss/>", Content_Type="application/rss+xml")
    with wire({"/robots.txt": robots, "/closed": html(), "/feed.xml": feed}) as server:
        closed, feed_body, is_running = fetched(main)
    assert closed.reason is FetchFailure.ROBOTS
    assert feed_body == "<rss/>"
    assert not is_running


def test_without_a_browser_the_fetch_says_what_to_do() -> None:
    with wire({"/": html()}) as server:
        (error,) = get_all(server.url + "/", browser="/nowhere/chromium")
    assert error.reason is FetchFailure.RENDER
    assert str(error) == "render: there is no browser at /nowhere/chromium; write the path of Chromium as crawl.browser"


def test_each_lack_has_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert browser_trouble("") == (
        "render: no Chromium is on PATH",
        "apt-get install chromium, or write its path as crawl.browser",
    )
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert browser_trouble("") == (
        "render: the extra for rendering is not installed",
        "pip install 'tocsin[render]'",
    )


def test_the_browser_learns_no_secret_and_keeps_its_sandbox_where_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.downloader.browser._CONTAINER_MARKS", ())
    options = launch_options("/usr/bin/chromium", 1000, {"PATH": "/bin", "TOCSIN_SMTP__PASSWORD": "s3cret"})
    assert options["env"] == {"PATH": "/bin"}
    assert options["chromium_sandbox"] is True
    assert is_fenced_already(0, {})
    assert is_fenced_already(1000, {"container": "podman"})
    assert not is_fenced_already(1000, {})


def test_scripts_are_kept_as_long_as_their_server_says_and_there_is_room() -> None:
    now = [0.0]
    scripts = Scripts(lambda: now[0], most=100)
    brief = Part(200, {"cache-control": "max-age=60"}, b"x" * 60)
    scripts.keep("/a", brief)
    scripts.keep("/never", Part(200, {"cache-control": "no-store"}, b"x"))
    scripts.keep("/gone", Part(404, {"cache-control": "max-age=60"}, b"x"))
    assert scripts.get("/a") is brief
    assert scripts.get("/never") is None and scripts.get("/gone") is None
    scripts.keep("/b", brief)
    assert scripts.get("/a") is None and scripts.get("/b") is brief
    now[0] = 61.0
    assert scripts.get("/b") is None
    scripts.keep("/c", brief)
    assert scripts.get("/c") is brief


def written_by_scripts(paper: Newspaper) -> None:
    body = (f"{TEXT} " * 4).strip()
    script = (
        "document.querySelector('main').innerHTML = `<article><h1>Old bridge closes</h1>"
        f"<p>{body}</p><p>{body[::-1]}</p></article>`"
    )
    page = (
        f"<html><head><title>Old bridge closes</title></head><body><main></main><script>{script}</script></body></html>"
    )
    paper.prints("Old bridge closes", path="/news/1-bridge")
    paper.instead["/news/1-bridge"] = lambda request: PaperAnswer(200, page.encode(), {"Content-Type": "text/html"})


@needs_browser
@pytest.mark.parametrize("render", [True, False])
def test_an_article_written_by_scripts_is_filed_when_its_outlet_asks_for_a_browser(
    house: House, paper: Newspaper, render: bool
) -> None:
    written_by_scripts(paper)
    house.settings = settings(timeout="20s")
    house.outlet(paper, render=render)
    house.visit()
    bodies = [article.body for article in house.articles()]
    assert any(TEXT in body for body in bodies) is render


@needs_browser
def test_a_section_page_written_by_scripts_yields_its_links(house: House, paper: Newspaper) -> None:
    written_by_scripts(paper)
    links = "".join("<li><a href=/news/1-bridge>Old bridge closes to all but the ferry</a>" for _ in range(1))
    page = f"<html><body><ul></ul><script>document.querySelector('ul').innerHTML = '{links}'</script></body></html>"
    paper.instead["/news/"] = lambda request: PaperAnswer(200, page.encode(), {"Content-Type": "text/html"})
    house.settings = settings(timeout="20s")
    house.outlet(paper, "section:/news/", render=True)
    house.visit()
    assert [article.title for article in house.articles()] == ["Old bridge closes"]
