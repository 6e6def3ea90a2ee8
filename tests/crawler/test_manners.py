"""The manners of a guest, as its hosts see them: whole visits, on the wire."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from sqlalchemy import select

from crawler import Poller, PollReport, source_states
from crawler.tables import LeadRow

from .guests import NOT_MODIFIED, edit, feed, leads, rss, sent, visits
from .polling import House, settings
from .wire import answer, played

# Validators


@pytest.mark.parametrize(
    ("etag", "modified"),
    [
        ('"abc"', "Sat, 21 Nov 2026 14:05:09 GMT"),
        ('W/"abc"', None),
        ("w/'odd'", None),
        ("no-quotes-at-all", None),
        ('"two  spaces, a comma; and more"', None),
        ('"\u00e4\u00ff"', None),
        ('""', None),
        ('"abc"-gzip', "2026-11-21"),
        (None, "0"),
        (None, "yesterday, about noon"),
        (None, "Sat, 21 Nov 2026 14:05:09 +0300"),
    ],
)
def test_validators_come_back_byte_for_byte_and_none_is_invented(
    house: House, etag: str | None, modified: str | None
) -> None:
    given = {"ETag": etag, "Last_Modified": modified}
    head = {name: value.encode().decode("utf-8") for name, value in given.items() if value is not None}
    with played(feed=[feed(**head), NOT_MODIFIED]) as server:
        report = visits(house, server, 3)
    assert report.not_modified == 1
    for request in server.asked("/feed")[1:]:
        assert request.get("if-none-match") == (etag.encode() if etag else None)
        assert request.get("if-modified-since") == (modified.encode() if modified else None)


def test_a_list_without_validators_is_asked_for_whole_each_time(house: House) -> None:
    date = format_datetime(datetime.now(UTC), usegmt=True)
    with played(feed=feed(Date=date, ETag="", Last_Modified="")) as server:
        visits(house, server, 3)
    assert sent(server, "if-none-match") == sent(server, "if-modified-since") == [None] * 3


def test_the_newest_validators_win_and_go_when_an_answer_has_none(house: House) -> None:
    script = [
        feed(ETag='"1"', Last_Modified="one"),
        feed(2, ETag='"2"'),
        feed(3),
        feed(4, Last_Modified="four"),
        feed(5),
    ]
    with played(feed=script) as server:
        visits(house, server, 5)
    assert sent(server, "if-none-match") == [None, b'"1"', b'"2"', None, None]
    assert sent(server, "if-modified-since") == [None, b"one", None, None, b"four"]


def test_an_answer_of_not_modified_brings_new_validators(house: House) -> None:
    newer = answer(status="304 Not Modified", ETag='"2"')
    with played(feed=[feed(ETag='"1"', Last_Modified="one"), newer, NOT_MODIFIED]) as server:
        visits(house, server, 4)
    assert sent(server, "if-none-match") == [None, b'"1"', b'"2"', b'"2"']
    assert sent(server, "if-modified-since") == [None, b"one", b"one", b"one"]


def test_validators_outlive_the_process_and_a_restart_asks_nothing_early(house: House) -> None:
    with played(feed=[feed(ETag='"1"'), NOT_MODIFIED]) as server:
        visits(house, server)

        async def start(poller: Poller) -> None:
            await poller.tick()

        for _ in range(3):
            house.run(start)
        assert len(server.asked("/feed")) == 1
        house.visit()
    assert sent(server, "if-none-match") == [None, b'"1"']


@pytest.mark.parametrize(
    "bad",
    [
        answer(status="500 Broken", ETag='"bad"'),
        answer(b"<html><body>Checking your browser</body></html>", Content_Type="text/html", ETag='"bad"'),
        answer(rss(9), Cf_Mitigated="challenge", ETag='"bad"'),
        answer(b"", Content_Type="application/rss+xml", ETag='"bad"'),
        answer(b"   \n", Content_Type="application/rss+xml", ETag='"bad"'),
        answer(status="204 No Content", ETag='"bad"'),
        answer(b"", status="205 Reset Content", ETag='"bad"'),
        answer(rss(9), status="206 Partial Content", Content_Range="bytes 0-99/1000", ETag='"bad"'),
        answer(rss(9), status="202 Accepted", ETag='"bad"'),
        answer(rss(9)[:60], Content_Length="1000", ETag='"bad"'),
        answer(rss(9), Content_Encoding="gzip, gzip", ETag='"bad"'),
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nETag: "bad"\r\n\r\n10\r\n<rss><channel>\r\n',
        b"",
        b"HTTP/1.1 nonsense\r\n\r\n",
    ],
)
def test_what_is_no_whole_list_is_an_error_and_changes_nothing_that_is_known(house: House, bad: bytes) -> None:
    with played(feed=[feed(1, ETag='"good"'), bad]) as server:
        visits(house, server)
        report = house.visit()
        house.visit()
    assert report.problems and report.lists_read == 0
    assert set(sent(server, "if-none-match")[1:]) == {b'"good"'}
    assert house.source().failures == 2 and leads(house) == 1


def test_not_modified_that_nobody_asked_about_is_an_error(house: House) -> None:
    with played(feed=NOT_MODIFIED) as server:
        report = visits(house, server)
    assert "not asked" in report.problems[0]
    assert house.source().last_success is None


# Redirects and validators


def test_validators_belong_to_where_the_list_was_in_the_end(house: House) -> None:
    hop = answer(status="302 Found", Location="/b", ETag='"hop"')
    with played(feed=hop, b=[feed(ETag='"b"'), NOT_MODIFIED]) as server:
        report = visits(house, server, 2)
    assert report.not_modified == 1
    assert sent(server, "if-none-match") == [None, None]
    assert sent(server, "if-none-match", "/b") == [None, b'"b"']


def test_validators_are_not_shown_to_another_address(house: House) -> None:
    script = [answer(status="302 Found", Location="/b"), answer(status="302 Found", Location="/c")]
    with played(feed=script, b=feed(ETag='"b"'), c=[NOT_MODIFIED]) as server:
        report = visits(house, server, 2)
    assert sent(server, "if-none-match", "/c") == [None]
    assert report.problems


@pytest.mark.parametrize("status", ["301 Moved Permanently", "308 Permanent Redirect"])
def test_a_move_is_believed_after_three_answers_and_put_on_record(
    house: House, status: str, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        played(feed=answer(status=status, Location="/new"), new=feed(ETag='"n"')) as server,
        caplog.at_level(logging.INFO),
    ):
        visits(house, server, 3)
        asked = len(server.asked("/feed"))
        house.visit(2)
        assert house.source().moved_to == f"{server.url}/new"
    assert asked == len(server.asked("/feed")) == 3
    assert len([r for r in caplog.records if "moved for good" in r.message]) == 1


@pytest.mark.parametrize("status", ["302 Found", "303 See Other", "307 Temporary Redirect"])
def test_a_detour_is_never_believed(house: House, status: str) -> None:
    with played(feed=answer(status=status, Location="/new"), new=feed()) as server:
        visits(house, server, 5)
    assert house.source().moved_to is None and len(server.asked("/feed")) == 5


def test_a_move_by_way_of_a_detour_is_not_believed(house: House) -> None:
    moved, detour = answer(status="301 Moved", Location="/b"), answer(status="302 Found", Location="/c")
    with played(feed=moved, b=detour, c=feed()) as server:
        visits(house, server, 5)
    assert house.source().moved_to is None


def test_moves_that_contradict_each_other_are_not_believed(house: House) -> None:
    script = [answer(status="301 Moved", Location=f"/{place}") for place in "bcbcbc"]
    with played(feed=script, b=feed(), c=feed()) as server:
        visits(house, server, 6)
    assert house.source().moved_to is None


def test_a_move_to_where_nothing_is_any_more_is_taken_back(house: House) -> None:
    with played(feed=feed(), new=answer(status="404 Not Found")) as server:
        visits(house, server)
        edit(house, moved_to=f"{server.url}/new")
        house.visit(10)
        assert house.visit().lists_read == 1
    assert house.source().moved_to is None


@pytest.mark.parametrize(
    "target", ["http://10.0.0.1/feed", "http://[::1]/", "http://169.254.169.254/latest", "file:///etc/passwd",
               "ftp://127.0.0.1/feed", "data:text/xml,<rss/>", "http://2130706433/", "//10.0.0.1/x", "http://user@10.0.0.1/"]
)  # fmt: skip
def test_a_redirect_to_where_nobody_may_look_is_refused(house: House, target: str) -> None:
    with played(feed=answer(status="301 Moved", Location=target)) as server:
        report = visits(house, server, 4)
    assert report.problems and house.source().moved_to is None


@pytest.mark.parametrize("location", ["", "http://[", "http://:99999/", "http://host:port/", "\x00"])
def test_a_redirect_to_nowhere_is_an_error(house: House, location: str) -> None:
    with played(feed=answer(status="302 Found", Location=location)) as server:
        assert visits(house, server).problems


# What is sent


def test_cookies_referers_and_fragments_stay_at_home(house: House) -> None:
    hop = answer(status="302 Found", Location="/b#part", Set_Cookie="hop=1; Path=/")
    page = answer(b"<html><title>x</title></html>", Content_Type="text/html", Set_Cookie="page=1")
    with played(feed=hop, b=feed(Set_Cookie="id=1; Path=/"), a__1=page) as server:
        visits(house, server, 3)
    for request in server.requests:
        line = request.partition(b"\r\n")[0]
        assert line.startswith(b"GET /") and b"?" not in line and b"#" not in line
        lower = request.lower()
        assert b"\r\ncookie:" not in lower and b"\r\nreferer:" not in lower and b"\r\nrange:" not in lower
    assert set(sent(server, "accept-encoding")) == {b"gzip, br, zstd, deflate"}
    assert all(agent and agent.startswith(b"Tocsin/") and b"+http" in agent for agent in sent(server, "user-agent"))


def test_an_address_is_asked_for_as_the_operator_wrote_it(house: House) -> None:
    with played(**{"feed?utm_source=rss&b=2&a=%7e": feed()}) as server:
        visits(house, server, path="/feed?utm_source=rss&b=2&a=%7e")
    assert "/feed?utm_source=rss&b=2&a=%7e" in server.paths


# Waiting


def waits(house: House) -> float:
    state = house.source()
    assert state.last_attempt
    return float((state.next_poll_at - state.last_attempt).total_seconds())


def in_seconds(seconds: int) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
@pytest.mark.parametrize(
    ("wish", "least", "most"),
    [
        (lambda: "900", 900, 1100),
        (lambda: in_seconds(900), 890, 1100),
        (lambda: "99999999999999", 3600, 2 * 86400),
        (lambda: "Fri, 31 Dec 9999 23:59:59 GMT", 3600, 2 * 86400),
        (lambda: "-5", 0, 20),
        (lambda: "soon", 0, 20),
        (lambda: in_seconds(-900), 0, 20),
    ],
)
def test_a_wish_for_rest_is_granted_within_reason(
    house: House, status: str, wish: Callable[[], str], least: float, most: float
) -> None:
    with played(feed=answer(status=status, Retry_After=wish())) as server:
        visits(house, server, poll_every="2s")
    assert least <= waits(house) <= most


def test_a_page_that_asks_for_rest_gets_it_for_its_host_and_no_try_is_lost(house: House) -> None:
    busy = answer(status="503 Busy", Retry_After="600")
    with played(feed=feed(1, 2, 3), **{f"a__{n}": busy for n in (1, 2, 3)}) as server:
        house.settings = settings(requests_per_host=1)
        visits(house, server)
    assert len([path for path in server.paths if path.startswith("/a/")]) == 1
    with house.database.read() as session:
        rows = list(session.scalars(select(LeadRow)))
    assert sorted(row.tries for row in rows) == [0, 0, 1]
    assert all(row.state == "due" and (row.next_try_at - row.found_at).total_seconds() > 590 for row in rows)


def test_a_source_of_a_host_that_rests_is_put_off_without_a_failure(house: House) -> None:
    with played(feed=feed(1), busy=answer(status="429 Busy", Retry_After="600")) as server:
        house.outlet(server, "feed:/busy", slug="busy")  # type: ignore[arg-type]
        house.outlet(server, "feed:/feed", slug="other")  # type: ignore[arg-type]

        async def main(poller: Poller) -> PollReport:
            await poller.poll(["busy"])
            return (await poller.poll(["other"]))[0]

        report = house.run(main)
    assert server.asked("/feed") == []
    assert "rest" in report.problems[0]
    other = next(state for state in source_states(house.database) if state.outlet == "other")
    assert (other.failures, other.polls, other.interval_reason) == (0, 0, "Retry-After")
    assert other.last_attempt and (other.next_poll_at - other.last_attempt).total_seconds() > 590


def test_a_robots_txt_that_asks_for_rest_gets_it(house: House) -> None:
    busy = answer(status="503 Busy", Retry_After="600")
    with played(feed=feed(1), robots_txt=busy) as server:
        visits(house, server, 3)
    assert server.paths.count("/feed") == 0
    assert server.paths.count("/robots.txt") == 1


# Gone


def test_a_list_that_is_gone_is_switched_off_told_and_still_tried_by_hand(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    with played(feed=[feed(), answer(status="410 Gone")]) as server, caplog.at_level(logging.WARNING):
        visits(house, server, 2)
        edit(house, next_poll_at=datetime(2020, 1, 1, tzinfo=UTC))

        async def start(poller: Poller) -> None:
            await poller.tick()

        house.run(start)
        assert house.source().state == "gone"
        assert len(server.asked("/feed")) == 2
        house.visit()
        assert len(server.asked("/feed")) == 3
    assert any("gone" in record.message and record.levelno == logging.WARNING for record in caplog.records)


def test_a_list_that_is_not_found_is_only_asked_for_less(house: House) -> None:
    with played(feed=answer(status="404 Not Found")) as server:
        visits(house, server, 4, poll_every="2s")
    assert house.source().state == "on" and waits(house) >= 15
