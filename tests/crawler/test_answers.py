"""Answers as servers give them, odd and damaged ones too, and where redirects and robots.txt lead."""

import gzip
import itertools
import socket
import ssl
import struct
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from newsdesk import FetchFailure
from tests.world.certificate import make_certificate

from .guests import get, refused
from .wire import answer, wire

RSS = b"<rss><channel><title>Wire</title></channel></rss>"


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.0 200 OK\r\n\r\n" + RSS,
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + RSS,
        b"HTTP/1.1 200\r\nContent-Length: %d\r\n\r\n" % len(RSS) + RSS,
        b"HTTP/1.1 200 OK\nContent-Length: %d\n\n" % len(RSS) + RSS,
        b"HTTP/1.1 200 OK\r\nno colon here\r\nContent-Length: %d\r\n\r\n" % len(RSS) + RSS,
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + answer(RSS),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x;name=value\r\n" % len(RSS)
        + RSS
        + b"\r\n0\r\nX-Trailer: one\r\nX-Other: two\r\n\r\n",
        answer(RSS) + b"and more than it promised",
        answer(RSS, status="203 Non-Authoritative Information"),
        answer(gzip.compress(RSS), Content_Encoding="x-gzip"),
        answer(RSS, Content_Encoding="utf-8"),
        answer(RSS, Content_Encoding="gzip"),
    ],
)
def test_answers_of_odd_but_plain_meaning_are_taken(said: bytes) -> None:
    with wire({"/": said}) as server:
        found = get(f"{server.url}/", obey_robots=False)
    assert found.is_whole and found.body == RSS


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabcde\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nabcde",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x15\x03\x01\x00\x02\x02\x16",
        answer(gzip.compress(RSS)[:-9], Content_Encoding="gzip"),
        answer(gzip.compress(gzip.compress(RSS)), Content_Encoding="gzip, gzip"),
        answer(RSS, Content_Encoding="compress"),
    ],
)
def test_answers_that_are_damaged_are_failures_of_the_network(said: bytes) -> None:
    with wire({"/": said}) as server:
        assert refused(f"{server.url}/", obey_robots=False, timeout="3s").reason is FetchFailure.NETWORK


@pytest.mark.parametrize("status", ["202 Accepted", "204 No Content", "206 Partial Content", "226 IM Used", "300 Many"])
def test_answers_that_bring_no_whole_document_are_told_apart(status: str) -> None:
    with wire({"/": answer(RSS if status[:3] != "204" else b"", status=status)}) as server:
        assert not get(f"{server.url}/", obey_robots=False).is_whole


def test_an_error_page_that_cannot_be_unpacked_is_still_the_error_that_it_is() -> None:
    with wire({"/": answer(b"\x1f\x8b broken", status="404 Not Found", Content_Encoding="gzip")}) as server:
        found = get(f"{server.url}/", obey_robots=False)
    assert (found.status, found.body) == (404, b"")


def test_a_connection_that_is_reset_is_a_failure_of_the_network() -> None:
    def speak(connection: socket.socket, path: str) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with wire(speak) as server:
        assert refused(f"{server.url}/", obey_robots=False).reason is FetchFailure.NETWORK


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nX-Slow: "])
def test_a_server_that_drips_its_headers_is_given_up_in_time(start: bytes) -> None:
    def speak(connection: socket.socket, path: str) -> None:
        connection.sendall(start)
        while not server.closing.wait(0.05):
            if start:
                connection.sendall(b"x")

    with wire(speak) as server:
        error = refused(f"{server.url}/", timeout="400ms", obey_robots=False)
    assert error.reason is FetchFailure.TIMEOUT


def test_redirects_share_one_deadline() -> None:
    def speak(connection: socket.socket, path: str) -> None:
        server.closing.wait(0.15)
        connection.sendall(answer(status="302 Found", Location=f"/{int(path[1:]) + 1}"))

    with wire(speak) as server:
        error = refused(f"{server.url}/1", timeout="500ms", obey_robots=False)
    assert error.reason is FetchFailure.TIMEOUT
    assert len(server.paths) <= 5


def test_a_certificate_that_signed_itself_is_refused(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(make_certificate(tmp_path / "cert.pem", "localhost", "127.0.0.1"))

    def speak(connection: socket.socket) -> None:
        with suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
            requests.append(secure.recv(1000))

    requests = list[bytes]()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=lambda: speak(listener.accept()[0]))
        thread.start()
        error = refused(f"https://localhost:{listener.getsockname()[1]}/feed", obey_robots=False)
        thread.join(5)
    assert error.reason is FetchFailure.NETWORK
    assert requests == []


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("/b", "/b"),
        ("b", "/dir/b"),
        ("../b", "/b"),
        ("?x=1", "/dir/a?x=1"),
        ("/b#fragment", "/b"),
        (" /b ", "/b"),
        ("/\u00fc", "/%C3%BC"),
        ("/a b", "/a%20b"),
        ("/%c3%bc", "/%c3%bc"),
        ("/b?q=%20", "/b?q=%20"),
    ],
)
def test_a_redirect_leads_where_it_says(location: str, path: str) -> None:
    with wire({"/dir/a": answer(status="302 Found", Location=location), path: answer(b"here")}) as server:
        assert get(f"{server.url}/dir/a", obey_robots=False).url == server.url + path


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_a_redirect_without_a_place_is_an_answer_that_is_not_whole(status: str) -> None:
    with wire({"/": answer(b"somewhere", status=status)}) as server:
        assert not get(f"{server.url}/", obey_robots=False).is_whole


def test_the_rules_of_the_host_that_a_redirect_leads_to_hold_there() -> None:
    other_pages = {"/robots.txt": answer(b"User-agent: *\nDisallow: /\n"), "/b": answer(b"here")}
    with wire(other_pages) as other, wire({"/a": answer(status="301 Moved", Location=f"{other.url}/b")}) as server:
        assert refused(f"{server.url}/a").reason is FetchFailure.ROBOTS
    assert other.paths == ["/robots.txt"]


def test_the_rules_that_a_redirected_robots_txt_brings_hold_for_the_host_that_was_asked() -> None:
    with wire({"/robots.txt": answer(b"User-agent: *\nDisallow: /x\n"), "/x": answer(b"open")}) as other:
        pages = {"/robots.txt": answer(status="302 Found", Location=f"{other.url}/robots.txt")}
        with wire(pages) as server:
            assert refused(f"{server.url}/x").reason is FetchFailure.ROBOTS


@pytest.mark.parametrize(("hops", "is_open"), [(5, False), (6, True)])
def test_five_redirects_lead_to_a_robots_txt_and_six_to_none(hops: int, is_open: bool) -> None:
    chain = ["/robots.txt", *(f"/r{number}" for number in range(hops))]
    pages = {at: answer(status="301 Moved", Location=to) for at, to in itertools.pairwise(chain)}
    with wire({**pages, chain[-1]: answer(b"User-agent: *\nDisallow: /\n"), "/x": answer(b"ok")}) as server:
        if is_open:
            assert get(f"{server.url}/x").body == b"ok"
        else:
            assert refused(f"{server.url}/x").reason is FetchFailure.ROBOTS


@pytest.mark.parametrize(
    "said", [b"", answer(status="500 Broken"), answer(status="302 Found", Location="http://10.0.0.1/robots.txt")]
)
def test_a_robots_txt_that_cannot_be_had_closes_its_host(said: bytes) -> None:
    with wire({"/robots.txt": said, "/x": answer(b"ok")}) as server:
        assert refused(f"{server.url}/x").reason is FetchFailure.ROBOTS
        assert get(f"{server.url}/x", obey_robots=False).body == b"ok"
    assert server.paths == ["/robots.txt", "/x"]


def test_an_endless_robots_txt_closes_its_host_and_a_long_one_does_not() -> None:
    long = b"User-agent: *\nDisallow: /x\n" + b"# a long comment\n" * 60_000
    with wire({"/robots.txt": answer(long), "/y": answer(b"ok")}) as server:
        assert refused(f"{server.url}/x").reason is FetchFailure.ROBOTS
        assert get(f"{server.url}/y").body == b"ok"
