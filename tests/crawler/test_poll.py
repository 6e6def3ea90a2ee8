"""Polling from end to end: a newspaper on loopback, the real engine, readers and desk."""

import asyncio
import os
import socket
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from crawler import Poller, PollReport, lead_state, source_states
from crawler.tables import LeadRow, SourceRow
from tocsin.demo.newspaper import Answer, Newspaper, Request

from .polling import House, settings, until

STORY = "The council met on Tuesday and decided about the harbour.\n\nWork on it begins in spring, the mayor said."


def tries(house: House, url: str) -> int:
    found = lead_state(house.database, url)
    return found.tries if found else 0


def test_a_first_visit_files_everything_and_alerts_nobody(house: House, paper: Newspaper) -> None:
    for number in range(5):
        paper.prints(f"Harbour report number {number}", f"{STORY} Part {number} of it.")
    house.outlet(paper)
    report = house.visit()
    assert (report.lists_read, report.leads, report.new, report.failed, report.done) == (1, 5, 5, 0, True)
    assert len(house.articles()) == 5
    assert house.unswept() == []


def test_what_is_printed_after_the_first_visit_is_news(house: House, paper: Newspaper) -> None:
    paper.prints("Old harbour report", STORY)
    house.outlet(paper)
    house.visit()
    paper.prints("New bridge opens", "The new bridge was opened by the mayor.\n\nThousands came to see it.")
    report = house.visit()
    assert report.new == 1
    assert house.unswept() == ["New bridge opens"]
    assert house.filed == 2


def test_nothing_is_fetched_twice(house: House, paper: Newspaper) -> None:
    paper.prints("Harbour report", STORY)
    house.outlet(paper, "feed:/feed.xml", "sitemap:/news-sitemap.xml")
    house.visit(times=3)
    asked = Counter(request.path for request in paper.requests)
    assert asked["/news/1-harbour-report"] == 1
    assert asked["/robots.txt"] == 1


def test_a_list_is_asked_for_with_its_validators_byte_for_byte(house: House, paper: Newspaper) -> None:
    feed = paper.answer("/feed.xml", {}).body

    def answer(request: Request) -> Answer:
        if "if-none-match" in request.headers:
            return Answer(304, b"", {})
        headers = {"Content-Type": "application/rss+xml", "ETag": 'W/"a b"', "Last-Modified": "yesterday, about noon"}
        return Answer(200, feed, headers)

    paper.instead["/feed.xml"] = answer
    house.outlet(paper)
    report = house.visit(times=3)
    assert (report.lists_read, report.not_modified) == (1, 1)
    for request in paper.asked("/feed.xml")[2:]:
        assert request.headers["if-none-match"] == 'W/"a b"'
        assert request.headers["if-modified-since"] == "yesterday, about noon"
    assert house.source().not_modified == 2


def test_requests_name_the_crawler_and_carry_nothing_else(house: House, paper: Newspaper) -> None:
    paper.prints("Harbour report", STORY)
    house.settings = settings(user_agent="Tocsin/9 (+https://example.org)", contact="bot@example.org")
    house.outlet(paper)
    house.visit()
    assert len(paper.requests) == 3
    for request in paper.requests:
        assert request.headers["user-agent"] == "Tocsin/9 (+https://example.org)"
        assert request.headers["from"] == "bot@example.org"
        assert "gzip" in request.headers["accept-encoding"]
        assert not {"cookie", "referer", "authorization"} & request.headers.keys()


def test_tracking_is_removed_before_robots_is_asked(house: House, paper: Newspaper) -> None:
    paper.robots = "User-agent: *\nDisallow: *?\n"
    url = paper.prints("Harbour report", STORY)
    feed = (
        f"<rss version='2.0'><channel><item><link>{url}?utm_source=rss&amp;utm_medium=rss</link></item></channel></rss>"
    )
    paper.instead["/feed.xml"] = lambda _: Answer(200, feed.encode(), {"Content-Type": "application/rss+xml"})
    house.outlet(paper)
    assert house.visit().new == 1
    (article,) = house.articles()
    assert article.canonical_url == url
    assert article.url == f"{url}?utm_source=rss&utm_medium=rss"


def test_a_page_that_robots_disallows_is_set_aside_and_never_asked_for(house: House, paper: Newspaper) -> None:
    paper.robots = "User-agent: tocsin\nDisallow: /news/\n"
    url = paper.prints("Secret report", STORY)
    house.outlet(paper)
    report = house.visit(times=2)
    assert paper.asked("/news/1-secret-report") == []
    found = lead_state(house.database, url)
    assert found and found.state == "finding" and "robots" in (found.reason or "")
    assert report.failed == 0


def test_a_robots_txt_that_fails_closes_the_host(house: House, paper: Newspaper) -> None:
    paper.instead["/robots.txt"] = lambda _: Answer(503)
    paper.prints("Harbour report", STORY)
    house.outlet(paper)
    report = house.visit()
    assert "robots.txt" in report.problems[0]
    assert {request.path for request in paper.requests} == {"/robots.txt"}


def test_redirects_lead_to_one_article_with_every_address(house: House, paper: Newspaper) -> None:
    url = paper.prints("Harbour report", STORY)
    paper.instead["/old"] = lambda _: Answer(302, b"", {"Location": "/older"})
    paper.instead["/older"] = lambda _: Answer(301, b"", {"Location": url})
    feed = "".join(f"<item><link>{paper.url}{path}</link></item>" for path in ("/old", "/news/1-harbour-report"))
    feed = f"<rss version='2.0'><channel>{feed}</channel></rss>"
    paper.instead["/feed.xml"] = lambda _: Answer(200, feed.encode(), {"Content-Type": "application/rss+xml"})
    house.outlet(paper)
    report = house.visit()
    assert (report.new, report.known) == (1, 1)
    (article,) = house.articles()
    assert article.canonical_url == url
    with house.database.read() as session:
        for path in ("/old", "/older", "/news/1-harbour-report"):
            assert house.desk.find(session, paper.url + path), path


def test_a_redirect_to_a_forbidden_address_is_not_followed(house: House, paper: Newspaper) -> None:
    feed = f"<rss version='2.0'><channel><item><link>{paper.url}/go</link></item></channel></rss>"
    paper.instead["/feed.xml"] = lambda _: Answer(200, feed.encode(), {"Content-Type": "application/rss+xml"})
    paper.instead["/go"] = lambda _: Answer(302, b"", {"Location": "http://169.254.169.254/latest/meta-data/"})
    house.outlet(paper)
    house.visit()
    found = lead_state(house.database, f"{paper.url}/go")
    assert found and "refused_address" in (found.reason or "")


def test_a_page_that_fails_for_a_moment_is_tried_again(house: House, paper: Newspaper) -> None:
    url = paper.prints("Harbour report", STORY)
    paper.instead["/news/1-harbour-report"] = lambda _: Answer(500)
    house.outlet(paper)

    async def main(poller: Poller) -> list[PollReport]:
        visit = asyncio.create_task(poller.poll())
        await until(lambda: bool(paper.asked("/news/1-harbour-report")))
        del paper.instead["/news/1-harbour-report"]
        await until(lambda: tries(house, url) == 1)
        house.make_all_due()
        return await visit

    (report,) = house.run(main)
    assert (report.new, report.failed) == (1, 0)


def test_a_page_that_is_gone_is_set_aside_with_the_reason(house: House, paper: Newspaper) -> None:
    url = paper.prints("Harbour report", STORY)
    paper.instead["/news/1-harbour-report"] = lambda _: Answer(410)
    house.outlet(paper)
    report = house.visit()
    assert (report.set_aside, report.failed, report.problems) == (1, 0, ())
    assert report.notes == (f"{url}: gone: the server answered 410",)
    found = lead_state(house.database, url)
    assert found and (found.state, found.reason) == ("finding", "gone: the server answered 410")


def test_a_list_that_is_gone_is_switched_off(house: House, paper: Newspaper) -> None:
    paper.instead["/feed.xml"] = lambda _: Answer(410)
    house.outlet(paper)
    house.visit()
    assert house.source().state == "gone"

    async def tick(poller: Poller) -> None:
        await poller.tick()

    before = len(paper.requests)
    with house.database.begin() as session:
        session.execute(update(SourceRow).values(next_poll_at=datetime(2020, 1, 1, tzinfo=UTC)))
    house.run(tick)
    assert len(paper.requests) == before


def test_a_list_that_moved_for_good_is_followed_after_three_visits(house: House, paper: Newspaper) -> None:
    paper.instead["/old.xml"] = lambda _: Answer(301, b"", {"Location": "/feed.xml"})
    house.outlet(paper, "feed:/old.xml")
    house.visit(times=2)
    assert house.source().moved_to is None
    house.visit(times=2)
    assert house.source().moved_to == f"{paper.url}/feed.xml"
    assert len(paper.asked("/old.xml")) == 3


def test_a_page_of_html_in_place_of_a_feed_is_a_failure(house: House, paper: Newspaper) -> None:
    page = b"<!doctype html><html><body><h1>Checking your browser</h1></body></html>"
    paper.instead["/feed.xml"] = lambda _: Answer(200, page, {"Content-Type": "text/html", "ETag": '"x"'})
    house.outlet(paper)
    assert house.visit().problems
    assert (house.source().failures, house.source().interval_reason) == (1, "back-off")
    house.visit()
    assert all("if-none-match" not in request.headers for request in paper.asked("/feed.xml"))


def test_a_changed_page_is_fetched_anew_and_filed_as_revised(house: House, paper: Newspaper) -> None:
    at = datetime.now(UTC) - timedelta(hours=1)
    paper.prints("Harbour report", STORY, at=at)
    house.outlet(paper)
    house.visit()
    more = "\n\nThe opposition called the plan a waste of money and asked for a vote in December."
    paper.prints("Harbour report", STORY + more, at=at + timedelta(minutes=30), path="/news/1-harbour-report")
    report = house.visit()
    assert report.revised == 1
    assert house.unswept() == ["Harbour report"]


def test_an_index_of_sitemaps_is_read_with_its_children(house: House, paper: Newspaper) -> None:
    paper.prints("Harbour report", STORY)
    index = f"<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><sitemap><loc>{paper.url}/news-sitemap.xml</loc></sitemap></sitemapindex>"
    paper.instead["/sitemap.xml"] = lambda _: Answer(
        200, index.encode(), {"Content-Type": "application/xml", "ETag": '"i"'}
    )
    house.outlet(paper, "sitemap:/sitemap.xml")

    async def twice(poller: Poller) -> list[PollReport]:
        await poller.poll()
        return await poller.poll()

    (report,) = house.run(twice)
    assert len(house.articles()) == 1
    assert report.leads == 0
    assert [request.status for request in paper.asked("/news-sitemap.xml")] == [200, 304]
    assert [request.status for request in paper.asked("/sitemap.xml")] == [200, 200]


def test_an_outlet_without_sources_is_searched_for_some(house: House, paper: Newspaper) -> None:
    paper.prints("Harbour report", STORY)
    paper.prints("Second report", "Another story altogether was told by the fishermen of the town.")
    house.outlet(paper)
    house.outlets[0] = house.outlets[0].model_copy(update={"sources": ()})
    house.visit()
    assert len(house.articles()) == 2
    kinds = {state.kind for state in source_states(house.database)}
    assert "site" in kinds and len(kinds) > 1
    assert house.unswept() == []


def test_the_second_list_of_an_outlet_is_as_quiet_as_the_first(house: House, paper: Newspaper) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    for number in range(60):  # more than the feed shows
        paper.prints(f"Report number {number}", f"{STORY} Part {number}.", at=yesterday + timedelta(minutes=number))
    house.outlet(paper, "feed:/feed.xml", "sitemap:/news-sitemap.xml")
    assert house.visit().new == 60
    assert house.unswept() == []


def test_what_came_while_a_second_list_failed_is_news(house: House, paper: Newspaper) -> None:
    paper.prints("Old report", STORY, at=datetime.now(UTC) - timedelta(days=1))
    paper.instead["/news-sitemap.xml"] = lambda _: Answer(500)
    house.outlet(paper, "feed:/feed.xml", "sitemap:/news-sitemap.xml")
    house.visit()
    paper.instead.clear()
    paper.prints("Fresh report", "Nobody expected what the fishermen found in the harbour this morning.")
    paper.instead["/feed.xml"] = lambda _: Answer(500)
    house.visit()
    assert house.unswept() == ["Fresh report"]


def test_progress_is_told_as_it_comes(house: House, paper: Newspaper) -> None:
    paper.prints("Harbour report", STORY)
    house.outlet(paper)
    seen: list[PollReport] = []

    async def main(poller: Poller) -> list[PollReport]:
        return await poller.poll(["paper", "unknown"], seen.append)

    reports = house.run(main)
    assert reports == [seen[-1]]
    assert [(report.lists, report.leads, report.ended, report.done) for report in seen] == [
        (1, 0, 0, False),
        (1, 1, 0, False),
        (1, 1, 1, False),
        (1, 1, 1, True),
    ]


def test_counts_are_kept_by_outlet(house: House, paper: Newspaper) -> None:
    paper.prints("Harbour report", STORY)
    paper.instead["/news/2-lost"] = lambda _: Answer(410)
    paper.prints("Lost", STORY, path="/news/2-lost")
    house.outlet(paper)

    async def main(poller: Poller) -> Poller:
        await poller.poll()
        return poller

    counters = house.run(main).counters
    assert counters["visits"] == {("paper", "read"): 1}
    assert counters["filings"] == {("paper", "new"): 1}
    assert counters["lead_failures"] == {("paper", "gone"): 1}
    assert counters["page_bytes"][("paper",)] > 100


def test_ticks_visit_what_is_due_and_nothing_else(house: House, paper: Newspaper) -> None:
    paper.prints("Harbour report", STORY)
    house.outlet(paper)

    async def main(poller: Poller) -> None:
        for _ in range(5):
            await poller.tick()
        await until(lambda: not any(poller.in_flight) and bool(house.articles()))
        await poller.tick()
        assert poller.in_flight == (0, 0)

    house.run(main)
    assert len(paper.asked("/feed.xml")) == 1


def test_a_removed_outlet_rests_and_comes_back(house: House, paper: Newspaper) -> None:
    house.outlet(paper)

    async def main(poller: Poller) -> list[str]:
        states = []
        for outlets in ([], house.outlets):
            await poller.reload(outlets)
            states.append(house.source().state)
        return states

    assert house.run(main) == ["resting", "on"]


def test_what_a_process_that_died_held_is_taken_over_at_once(house: House, paper: Newspaper) -> None:
    paper.prints("Harbour report", STORY)
    house.outlet(paper)
    house.visit()
    ghost, later = f"{socket.gethostname()}:{os.getpid()}:ghost", datetime.now(UTC) + timedelta(hours=1)
    url = paper.prints("Second report", "The ghost of the machine had begun with this one, and was killed.")
    with house.database.begin() as session:
        values = {"outlet": "paper", "given": url, "found_at": later, "next_try_at": datetime.now(UTC)}
        session.add(LeadRow(url=url, state="due", lease=ghost, lease_until=later, **values))
        session.execute(update(SourceRow).values(lease=ghost, lease_until=later))
    report = house.visit()
    assert (report.lists_read, report.new) == (1, 1)


def test_a_lead_that_another_process_works_on_is_left_alone(house: House, paper: Newspaper) -> None:
    house.outlet(paper)
    later = datetime.now(UTC) + timedelta(hours=1)
    url = paper.url + "/news/elsewhere"
    with house.database.begin() as session:
        values = {"outlet": "paper", "given": url, "found_at": later, "next_try_at": datetime.now(UTC)}
        session.add(LeadRow(url=url, state="due", lease="elsewhere:1:x", lease_until=later, **values))
    house.visit()
    assert paper.asked("/news/elsewhere") == []


def test_stopping_returns_what_is_in_flight(house: House, paper: Newspaper) -> None:
    for number in range(20):
        paper.prints(f"Report number {number}", f"{STORY} Part {number}.")
    house.settings = settings(delay="1h")
    house.outlet(paper)

    async def main(poller: Poller) -> None:
        await poller.tick()
        await until(lambda: bool(paper.asked("/robots.txt")))
        await poller.stop(0)

    house.run(main)
    with house.database.read() as session:
        rows = session.scalars(select(SourceRow)).all()
        assert [row.lease for row in rows] == [None]


@pytest.mark.parametrize("address", ["javascript:alert(1)", "file:///etc/passwd", "http://[broken", "x" * 3000])
def test_an_address_that_cannot_be_asked_spoils_nothing(house: House, paper: Newspaper, address: str) -> None:
    url = paper.prints("Harbour report", STORY)
    items = "".join(f"<item><link>{link}</link></item>" for link in (address, url))
    feed = f"<rss version='2.0'><channel>{items}</channel></rss>"
    paper.instead["/feed.xml"] = lambda _: Answer(200, feed.encode(), {"Content-Type": "application/rss+xml"})
    house.outlet(paper)
    assert house.visit().new == 1


def test_a_name_that_leads_to_an_allowed_private_address_may_be_hurried(
    house: House, paper: Newspaper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.poll.host_of", lambda _url: "paper.example")
    house.outlet(paper, poll_every="2s")
    house.visit()
    assert house.source().interval == 2
