"""WebSub, the pure part: what is offered, asked, proved, and when a hub is asked again."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import Outlet
from crawler.document import Document
from crawler.hubs.websub import (
    Mode,
    Offer,
    Question,
    Reply,
    callback_base,
    is_genuine,
    is_trusted,
    judge,
    misses_after,
    offered,
    pause_after,
    read_question,
    renewal_after,
)
from crawler.spiders.feed import FEED
from newsdesk import Guard

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LIST = "https://times.example/feed.xml"
HUBS = ("https://one.example/hub", "https://two.example/hub")


def test_hubs_and_topic_of_the_headers_come_before_those_of_the_list() -> None:
    header = '<https://one.example/hub>; rel="hub", </other.xml>; rel=self, <https://x.example/>; rel="next"'
    found = offered(LIST, header, ["https://two.example/hub"], LIST)
    assert found == Offer(("https://one.example/hub",), "https://times.example/other.xml")


def test_without_headers_the_list_speaks_for_itself_and_without_self_its_address_is_the_topic() -> None:
    assert offered(LIST, None, HUBS, "https://times.example/self") == Offer(HUBS, "https://times.example/self")
    assert offered(LIST, "", HUBS, None) == Offer(HUBS, LIST)
    assert offered(LIST, None, (), None) == Offer((), LIST)


@pytest.mark.parametrize(
    ("header", "hubs"),
    [
        ('<https://one.example/a,b;c>; title="a, \\"b\\"; rel=self"; rel="self Hub"', ["https://one.example/a,b;c"]),
        ("<https://one.example/>;rel=hub,<https://two.example/>;rel=hub", ["https://one.example/", "https://two.example/"]),
        ("<https://one.example/>; rel=hub; rel=self", ["https://one.example/"]),
        ('<https://one.example/>; rel=hub; anchor="#other"', []),
        ("<javascript:alert(1)>; rel=hub, <mailto:a@b.example>; rel=hub, <>; rel=hub", []),
        ("https://one.example/; rel=hub", []),
        ("<https://one.example/>; rel", []),
        (
            ", ".join(f"<https://h{n}.example/>; rel=hub" for n in range(50)),
            [f"https://h{n}.example/" for n in range(5)],
        ),
    ],
)  # fmt: skip
def test_link_headers_are_read_as_rfc_8288_writes_them(header: str, hubs: list[str]) -> None:
    assert list(offered(LIST, header, (), None).hubs) == hubs


@given(st.text(alphabet='<>;,= "\\arelhub/:', max_size=300))
def test_no_link_header_is_too_odd_to_be_read(header: str) -> None:
    assert offered(LIST, header, (), None).topic


def test_a_feed_names_its_hub_and_itself() -> None:
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><id>t</id><link rel="hub" href="/hub"/>'
        f'<link rel="self" href="{LIST}?a=1"/><entry><title>One</title><id>1</id><link href="/1"/></entry></feed>'
    )
    outlet = Outlet(slug="times", name="Times", site="https://times.example/")
    listing = FEED.read(Document(LIST, feed.encode()), outlet)
    found = offered(LIST, None, listing.hubs, listing.topic)
    assert found == Offer(("https://times.example/hub",), f"{LIST}?a=1")


def test_a_challenge_is_kept_byte_for_byte() -> None:
    topic = b"hub.topic=https%3A%2F%2Fa.example%2F%3Fb%3D%C3%BC"
    asked = read_question(b"hub.mode=subscribe&" + topic + b"&hub.challenge=%FF%00+%3Cb%3E&hub.lease_seconds=60")
    assert asked == Question(Mode.SUBSCRIBE, "https://a.example/?b=ü", b"\xff\x00 <b>", timedelta(minutes=1))


@pytest.mark.parametrize(
    "query",
    [
        b"",
        b"hub.mode=publish&hub.topic=t&hub.challenge=c",
        b"hub.mode=subscribe&hub.topic=t",
        b"hub.mode=subscribe&hub.topic=t&hub.challenge=" + b"c" * 1025,
        b"hub.mode=subscribe&hub.topic=t&hub.challenge=c" + b"&a=b" * 30,
        b"hub.mode=subscribe&hub.challenge=c\xff",
    ],
)
def test_what_is_no_question_of_a_hub_is_not_read(query: bytes) -> None:
    assert read_question(query) is None


@pytest.mark.parametrize("lease", ["0", "-1", "ten", "1e9", "", "99999999999"])
def test_a_lease_that_is_no_number_of_seconds_is_none(lease: str) -> None:
    query = urlencode({"hub.mode": "subscribe", "hub.topic": "t", "hub.challenge": "c", "hub.lease_seconds": lease})
    found = read_question(query.encode())
    assert found and found.lease is None


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_a_signature_is_checked_by_the_method_that_it_states(method: str) -> None:
    proof = hmac.new(b"secret", b"body", getattr(hashlib, method)).hexdigest()
    assert is_genuine("secret", f"{method}={proof}", b"body")
    assert is_genuine("secret", f"{method.upper()}={proof.upper()}", b"body")
    assert not is_genuine("secret", f"{method}={proof}", b"body ")
    assert not is_genuine("other", f"{method}={proof}", b"body")
    assert not is_genuine("secret", f"{method}={proof[:-2]}", b"body")
    others = {"sha1", "sha256", "sha384", "sha512"} - {method}
    assert not any(is_genuine("secret", f"{other}={proof}", b"body") for other in others)


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "sha256",
        "sha256=",
        "=abc",
        "sha256=zz",
        "sha256=é",
        f"md5={hmac.new(b'secret', b'body', 'md5').hexdigest()}",
    ],
)
def test_a_signature_that_proves_nothing_is_none(signature: str) -> None:
    assert not is_genuine("secret", signature, b"body")


@pytest.mark.parametrize(
    ("status", "reply"),
    [(202, Reply.ACCEPTED), (204, Reply.ACCEPTED), (400, Reply.REFUSED), (404, Reply.REFUSED), (429, Reply.FAILED),
     (302, Reply.FAILED), (503, Reply.FAILED)],
)  # fmt: skip
def test_a_hub_refuses_by_4xx_and_fails_by_anything_but_2xx(status: int, reply: Reply) -> None:
    assert judge(status) is reply


@pytest.mark.parametrize(
    ("public_url", "allowed", "base"),
    [
        ("https://news.example.org", (), "https://news.example.org/websub/"),
        ("https://news.example.org/tocsin", (), "https://news.example.org/tocsin/websub/"),
        ("http://127.0.0.1:8480", (), None),
        ("http://127.0.0.1:8480", ("127.0.0.0/8",), "http://127.0.0.1:8480/websub/"),
        ("http://10.1.2.3:8480", ("127.0.0.0/8",), None),
        ("http://[::1]:8480", (), None),
        ("http://localhost:8480", (), None),
        ("http://tocsin.lan", (), None),
        (None, (), None),
    ],
)
def test_hubs_are_asked_only_where_they_can_reach_us(public_url: str | None, allowed: Any, base: str | None) -> None:
    assert callback_base(public_url, Guard(allowed)) == base


def test_a_lease_is_renewed_between_two_thirds_and_five_sixths_of_it() -> None:
    lease, none = timedelta(days=6), timedelta(0)
    assert renewal_after(lease, none, 0.0) == timedelta(days=4)
    assert renewal_after(lease, none, 0.999) < timedelta(days=5)
    assert renewal_after(timedelta(seconds=3), timedelta(minutes=1), 0.5) == timedelta(minutes=1)


def test_pauses_double_to_a_day_but_leave_time_before_a_lease_ends() -> None:
    minute = timedelta(minutes=1)
    pauses = [pause_after(failures, None, minute, 0.0) for failures in (1, 2, 3, 50)]
    assert pauses == [15 * minute, 30 * minute, 60 * minute, timedelta(days=1)]
    assert pause_after(50, timedelta(minutes=30), minute, 0.0) == 10 * minute
    assert pause_after(50, timedelta(seconds=6), minute, 0.0) == minute


def test_a_hub_is_trusted_while_its_lease_lasts_its_pushes_come_and_polls_find_nothing_else() -> None:
    later = NOW + timedelta(days=1)
    assert is_trusted(later, NOW, 0, NOW)
    assert not is_trusted(later, None, 0, NOW)
    assert not is_trusted(NOW, NOW, 0, NOW)
    assert not is_trusted(None, NOW, 0, NOW)
    assert not is_trusted(later, NOW, 3, NOW)


def test_only_a_poll_that_finds_nothing_after_a_push_clears_what_was_missed() -> None:
    assert misses_after(2, found_news=True, pushed_since=True) == 3
    assert misses_after(2, found_news=False, pushed_since=False) == 2
    assert misses_after(2, found_news=False, pushed_since=True) == 0
