"""Fetching, as it looks on the wire: pace, limits, redirects, robots.txt."""

import asyncio
import gzip
import resource
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import brotli
import pytest

from crawler import fetching, run_on_reactor
from crawler.downloader import engine
from crawler.downloader.answer import Answer
from crawler.downloader.fetch import Fetcher
from newsdesk import FetchError, FetchFailure, Guard

from .guests import fetched, get, refused
from .polling import LOOPBACK, settings
from .wire import answer, wire


def test_no_more_requests_are_in_flight_at_one_host_than_allowed() -> None:
    under_way: list[str] = []
    at_once: list[int] = []

    def speak(connection: socket.socket, path: str) -> None:
        under_way.append(path)
        server.closing.wait(0.03)
        at_once.append(len(under_way))
        # Before the answer is out: after it, the next request may come sooner than this thread goes on.
        under_way.remove(path)
        connection.sendall(answer(b"ok"))

    with wire(speak) as server:

        async def main(fetcher: Fetcher) -> None:
            manners = settings(requests_per_host=2, obey_robots=False)
            await asyncio.gather(*(fetcher.get(f"{server.url}/{number}", manners) for number in range(20)))

        fetched(main)
    assert len(server.paths) == 20
    assert max(at_once) == 2


def test_requests_to_one_host_start_apart_by_the_delay() -> None:
    with wire({"/": answer(b"ok")}) as server:

        async def main(fetcher: Fetcher) -> None:
            manners = settings(requests_per_host=8, delay="100ms", obey_robots=False)
            await asyncio.gather(*(fetcher.get(f"{server.url}/", manners) for _ in range(5)))

        start = time.monotonic()
        fetched(main)
    # From the start on: a busy machine may note a single request late, but none before its turn.
    assert all(at - start >= 0.1 * place for place, at in enumerate(sorted(server.began)))


def test_a_crawl_delay_is_kept_where_it_asks_for_more() -> None:
    robots = b"User-agent: *\nCrawl-delay: 0.15\n"
    with wire({"/robots.txt": answer(robots), "/": answer(b"ok")}) as server:

        async def main(fetcher: Fetcher) -> None:
            await asyncio.gather(*(fetcher.get(f"{server.url}/", settings()) for _ in range(3)))

        start = time.monotonic()
        fetched(main)
    assert all(at - start >= 0.15 * place for place, at in enumerate(sorted(server.began)[1:]))


def test_a_host_that_asks_for_a_rest_gets_it() -> None:
    with wire({"/": answer(status="503 Busy", Retry_After="120")}) as server:

        async def main(fetcher: Fetcher) -> float:
            await fetcher.get(f"{server.url}/", settings(obey_robots=False))
            return fetcher.gates.rests_for(server.url.removeprefix("http://"))

        assert 100 < fetched(main) <= 120


def test_a_server_that_drips_is_given_up_in_time() -> None:
    def speak(connection: socket.socket, path: str) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not server.closing.wait(0.05):
            connection.sendall(b"x")

    with wire(speak) as server:
        error = refused(f"{server.url}/", timeout="400ms", obey_robots=False)
    assert error.reason is FetchFailure.TIMEOUT


def test_headers_without_end_are_cut_off() -> None:
    def speak(connection: socket.socket, path: str) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while not server.closing.is_set():
            connection.sendall(b"X-Header: value\r\n" * 1000)

    with wire(speak) as server:
        error = refused(f"{server.url}/", timeout="20s", obey_robots=False)
    assert error.reason is FetchFailure.NETWORK
    assert "Failure" not in str(error)


def test_an_answer_cut_short_is_no_answer() -> None:
    cut = answer(b"half of it", Content_Length="1000")
    with wire({"/": cut}) as server:
        assert refused(f"{server.url}/", obey_robots=False).reason is FetchFailure.NETWORK


def test_an_endless_answer_is_cut_off() -> None:
    def speak(connection: socket.socket, path: str) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not server.closing.is_set():
            connection.sendall(b"x" * 65536)

    with wire(speak) as server:
        error = refused(f"{server.url}/", max_page="1MB", obey_robots=False)
    assert error.reason is FetchFailure.TOO_LARGE


@pytest.mark.parametrize(("coding", "pack"), [("gzip", gzip.compress), ("br", brotli.compress)])
def test_a_compression_bomb_is_not_unpacked(coding: str, pack: Callable[[bytes], bytes]) -> None:
    bomb = pack(bytes(30_000_000))
    with wire({"/": answer(bomb, Content_Encoding=coding)}) as server:
        error = refused(f"{server.url}/", max_page="1MB", obey_robots=False)
    assert error.reason is FetchFailure.TOO_LARGE


def test_what_was_compressed_arrives_plain() -> None:
    with wire({"/": answer(gzip.compress(b"plain text"), Content_Encoding="gzip")}) as server:
        assert get(f"{server.url}/").body == b"plain text"


def test_redirects_are_followed_and_remembered() -> None:
    pages = {
        "/a": answer(status="301 Moved", Location="/b"),
        "/b": answer(status="308 Moved", Location="c?x=1#top"),
        "/c?x=1": answer(b"here"),
    }
    with wire(pages) as server:
        found = get(f"{server.url}/a")
    assert (found.url, found.body, found.moved) == (f"{server.url}/c?x=1", b"here", True)
    assert found.hops == (f"{server.url}/a", f"{server.url}/b")


def test_a_circle_of_redirects_ends() -> None:
    pages = {"/a": answer(status="302 Found", Location="/b"), "/b": answer(status="302 Found", Location="/a")}
    with wire(pages) as server:
        assert "circle" in str(refused(f"{server.url}/a"))


def test_ten_redirects_are_enough() -> None:
    pages = {f"/{n}": answer(status="302 Found", Location=f"/{n + 1}") for n in range(20)}
    with wire(pages) as server:
        assert "redirects" in str(refused(f"{server.url}/0", obey_robots=False))
    assert len(server.paths) == 11


def test_robots_rules_hold_for_each_redirect() -> None:
    pages = {
        "/robots.txt": answer(b"User-agent: *\nDisallow: /private/\n"),
        "/a": answer(status="302 Found", Location="/private/b"),
    }
    with wire(pages) as server:
        assert refused(f"{server.url}/a").reason is FetchFailure.ROBOTS
    assert "/private/b" not in server.paths


def test_a_redirect_that_only_tracks_is_followed_where_queries_are_closed() -> None:
    pages = {
        "/robots.txt": answer(b"User-agent: *\nDisallow: *?\n"),
        "/a": answer(status="302 Found", Location="/b?utm_source=x"),
        "/b": answer(b"here"),
    }
    with wire(pages) as server:
        assert get(f"{server.url}/a").body == b"here"


def test_robots_txt_is_followed_through_redirects_and_asked_once() -> None:
    pages = {
        "/robots.txt": answer(status="301 Moved", Location="/rules"),
        "/rules": answer(b"User-agent: *\nDisallow: /x\n"),
        "/a": answer(b"ok"),
    }
    with wire(pages) as server:

        async def main(fetcher: Fetcher) -> None:
            await asyncio.gather(*(fetcher.get(f"{server.url}/a", settings()) for _ in range(5)))
            with pytest.raises(FetchError):
                await fetcher.get(f"{server.url}/x", settings())

        fetched(main)
    assert server.paths.count("/robots.txt") == 1


@pytest.mark.parametrize(
    "url",
    ["http://10.0.0.1/", "http://[::1]/", "http://2130706433/", "http://localhost:80@10.1.1.1/", "file:///etc/passwd"],
)
def test_addresses_of_the_inside_are_refused(url: str) -> None:
    assert refused(url).reason is FetchFailure.REFUSED_ADDRESS


def test_a_name_that_leads_inside_is_refused_when_it_is_resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(host: str, *rest: Any, **named: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.9.8.7", 0))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    error = refused("http://paper.example/", obey_robots=False)
    assert error.reason is FetchFailure.REFUSED_ADDRESS
    assert "10.9.8.7" in str(error)


def test_a_server_that_is_not_there_is_a_failure_of_the_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert refused(f"http://127.0.0.1:{port}/", obey_robots=False).reason is FetchFailure.NETWORK


def test_garbage_in_place_of_http_is_a_failure_of_the_network() -> None:
    with wire({"/": b"\x00\xff garbage \r\n\r\n"}) as server:
        assert refused(f"{server.url}/", obey_robots=False).reason is FetchFailure.NETWORK


def test_a_slow_host_keeps_nobody_else_waiting() -> None:
    with wire({"/": answer(b"ok")}) as fast, wire(lambda _c, _p: slow.closing.wait(30) and None) as slow:

        async def main(fetcher: Fetcher) -> Answer:
            manners = settings(obey_robots=False)
            hanging = [asyncio.create_task(fetcher.get(f"{slow.url}/{n}", manners)) for n in range(20)]
            await asyncio.sleep(0)
            found = await fetcher.get(f"{fast.url}/", manners)
            for task in hanging:
                task.cancel()
            await asyncio.gather(*hanging, return_exceptions=True)
            return found

        assert fetched(main).body == b"ok"


def test_a_connection_that_nobody_uses_any_more_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_IDLE", 0.01)
    closed = threading.Event()

    def speak(connection: socket.socket, _path: str) -> None:
        connection.sendall(answer(b"ok", Connection="keep-alive"))
        connection.settimeout(20)
        if not connection.recv(1):
            closed.set()

    async def main(fetcher: Fetcher) -> bool:
        await fetcher.get(f"{server.url}/", settings(obey_robots=False))
        return await asyncio.to_thread(closed.wait, 10)

    with wire(speak) as server:
        assert fetched(main)


@pytest.mark.parametrize(("limit", "most"), [(resource.RLIM_INFINITY, 500), (65536, 500), (512, 112), (256, 8)])
def test_fetches_leave_a_share_of_the_descriptors_to_deliveries(
    limit: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _what: (limit, limit))
    assert engine.scrapy_settings().getint("CONCURRENT_REQUESTS") == most


def test_single_documents_can_be_asked_for() -> None:
    async def main(url: str) -> bytes:
        async with fetching(settings(), Guard(LOOPBACK)) as ask:
            with pytest.raises(FetchError, match="404"):
                await ask(f"{url}/none")
            return (await ask(f"{url}/page")).body

    with wire({"/page": answer(b"a page")}) as server:
        assert run_on_reactor(lambda: main(server.url)) == b"a page"


def test_a_robots_txt_that_cannot_be_had_is_told_with_the_reason() -> None:
    with wire({"/robots.txt": answer(status="503 Busy")}) as server:
        error = refused(f"{server.url}/")
    assert str(error) == "robots.txt cannot be had (the server answered 503), so nothing else is asked"
