"""Backfill: what scrolled by is found elsewhere, and what became of it is said."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path

import pytest
from sqlalchemy import select, update

from crawler import Poller, PollReport, source_states
from crawler.gaps import GapFacts
from crawler.tables import GapRow, LeadRow, SourceRow
from newsdesk import Database
from tocsin.demo.newspaper import Answer, Newspaper, Request

from .polling import House, until
from .test_crash import PROGRAM

NOW = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


class Press:
    """A newspaper whose feed shows but the newest few items, with older pages where it is asked to have some."""

    def __init__(self, paper: Newspaper, *, window: int = 20, pages: str = "", at: datetime | None = None) -> None:
        self.paper, self.window, self.pages = paper, window, pages
        self.began = at or datetime.now(UTC) - 3 * HOUR
        self.printed: list[tuple[str, str, datetime]] = []
        paper.robots = "User-agent: *\nAllow: /\n"
        paper.instead["/feed.xml"] = self._feed
        paper.instead["/"] = lambda _: Answer(
            200, b"<html><body><p>Welcome.</p></body></html>", {"Content-Type": "text/html"}
        )
        paper.instead["/news-sitemap.xml"] = lambda _: Answer(404)

    def prints(self, count: int, *, at: datetime | None = None) -> None:
        """Print so many articles, dated from now on unless told otherwise, a second apart."""
        first = at or datetime.now(UTC)
        for _ in range(count):
            number = len(self.printed) + 1
            at = first + timedelta(seconds=number / 100)
            title = f"Harbour report {number} of the council and the mayor"
            url = self.paper.prints(
                title, f"The council met for the {number}. time.\n\nThe mayor spoke {number} minutes.", at=at
            )
            self.printed.append((url, title, at))

    def _feed(self, request: Request) -> Answer:
        number = 1
        for mark in ("paged=", "page="):
            if mark in request.path:
                number = int(request.path.partition(mark)[2])
        newest = self.printed[::-1][(number - 1) * self.window : number * self.window]
        if number > 1 and (not self.pages or not newest):
            return Answer(404)
        link = ""
        if self.pages in ("next", "prev-archive"):
            href = escape(f"{self.paper.url}/feed.xml?page={number + 1}")
            link = f'<link xmlns="http://www.w3.org/2005/Atom" rel="{self.pages}" href="{href}"/>'
        made = "<generator>https://wordpress.org/?v=6.8</generator>" if self.pages == "paged" else ""
        items = "".join(
            f"<item><title>{escape(title)}</title><link>{url}</link><pubDate>{format_datetime(at)}</pubDate></item>"
            for url, title, at in newest
        )
        text = f'<rss version="2.0"><channel><link>{self.paper.url}/</link>{link}{made}{items}</channel></rss>'
        return Answer(200, text.encode(), {"Content-Type": "application/rss+xml"})

    def shows_sitemap(self, path: str = "/news-sitemap.xml") -> None:
        del self.paper.instead["/news-sitemap.xml"]
        if path:
            self.paper.robots = f"User-agent: *\nAllow: /\nSitemap: {self.paper.url}{path}\n"

    def shows_front(self) -> None:
        def front(_: Request) -> Answer:
            links = "".join(f'<li><h2><a href="{url}">{escape(title)}</a></h2></li>' for url, title, _ in self.printed)
            return Answer(200, f"<html><body><ul>{links}</ul></body></html>".encode(), {"Content-Type": "text/html"})

        self.paper.instead["/"] = front


@pytest.fixture
def press(paper: Newspaper) -> Press:
    return Press(paper)


def gap_of(house: House) -> GapFacts | None:
    return next((state.gap for state in source_states(house.database) if state.kind == "feed"), None)


def found(house: House) -> GapFacts:
    gap = gap_of(house)
    assert gap is not None
    return gap


def days_off(house: House, press: Press, *sources: str, count: int = 60) -> PollReport:
    """Read the feed once, print while nobody looks, read it again in a fresh process; gives that visit's report."""
    press.prints(20, at=datetime.now(UTC) - timedelta(days=3))
    house.outlet(press.paper, *sources)
    assert house.visit().new == 20
    assert gap_of(house) is None
    set_back(house, timedelta(days=2))
    press.prints(count)
    return house.visit()


def set_back(house: House, by: timedelta) -> None:
    """Let time pass: all that was seen, was seen so much earlier."""
    with house.database.begin() as session:
        for row in session.scalars(select(SourceRow)):
            row.last_read_at = row.last_read_at and row.last_read_at - by
            row.last_success = row.last_success and row.last_success - by
            row.first_success = row.first_success and row.first_success - by
        for lead in session.scalars(select(LeadRow)):
            lead.found_at -= by


@pytest.mark.parametrize("pages", ["next", "prev-archive", "paged"])
def test_what_scrolled_by_is_found_on_the_older_pages_of_the_feed(house: House, press: Press, pages: str) -> None:
    press.pages = pages
    report = days_off(house, press)
    assert report.new == 60
    assert len(house.articles()) == 80
    gap = found(house)
    assert (gap.way, gap.found, gap.number) == ("paged feed", 40, 1)
    assert gap.ended is not None and gap.began < gap.noticed <= gap.ended
    assert "40 found by: paged feed" in report.notes[0]
    assert len(house.unswept()) == 60
    asked = [request.path for request in press.paper.requests if request.path.startswith("/feed.xml?")]
    assert len(asked) == 3


def test_what_scrolled_by_is_found_in_the_news_sitemap_that_robots_txt_names(house: House, press: Press) -> None:
    press.shows_sitemap()
    report = days_off(house, press)
    assert report.new == 60
    assert (found(house).way, found(house).found) == ("news sitemap", 40)
    assert len(house.unswept()) == 60
    assert len(press.paper.asked("/news-sitemap.xml")) == 1


def test_what_scrolled_by_is_found_in_the_news_sitemap_that_the_outlet_has(house: House, press: Press) -> None:
    press.shows_sitemap(path="")
    days_off(house, press, "feed:/feed.xml", "sitemap:/news-sitemap.xml")
    assert len(house.articles()) == 80
    assert len(house.unswept()) == 60


def test_another_list_of_the_outlet_is_read_at_once_though_it_is_not_due(house: House, press: Press) -> None:
    press.shows_sitemap(path="")
    press.prints(20, at=datetime.now(UTC) - timedelta(days=3))
    house.outlet(press.paper, "feed:/feed.xml", "sitemap:/news-sitemap.xml")
    house.visit()
    set_back(house, timedelta(days=2))
    press.prints(60)
    with house.database.begin() as session:
        session.execute(update(SourceRow).where(SourceRow.kind == "feed").values(next_poll_at=NOW - 9 * HOUR * 24))
        far = datetime.now(UTC) + HOUR
        session.execute(
            update(SourceRow)
            .where(SourceRow.kind == "sitemap")
            .values(next_poll_at=far, interval=9999.0, interval_reason="poll_every")
        )

    async def main(poller: Poller) -> None:
        await poller.tick()
        await until(lambda: len(house.articles()) == 80 and bool((gap := gap_of(house)) and gap.ended))
        assert poller.counters["gaps"] == {("paper",): 1}

    house.run(main)
    assert (found(house).way, found(house).found) == ("news sitemap", 40)


def test_what_scrolled_by_is_found_on_the_page_that_the_feed_is_the_feed_of(house: House, press: Press) -> None:
    press.shows_front()
    report = days_off(house, press)
    assert report.new == 60
    assert (found(house).way, found(house).found) == ("section page", 40)
    assert len(press.paper.asked("/")) == 1


def test_an_old_page_that_the_front_page_still_links_to_is_filed_without_an_alert(house: House, press: Press) -> None:
    press.shows_front()
    old = press.paper.prints(
        "A report of last year that many read again", "Once more.\n\nAs ever.", at=NOW - 400 * HOUR * 24
    )
    press.printed.append((old, "A report of last year that many read again", NOW - 400 * HOUR * 24))
    press.prints(20, at=datetime.now(UTC) - timedelta(days=3))
    house.outlet(press.paper)
    house.visit()
    set_back(house, timedelta(days=2))
    press.prints(60)
    house.visit()
    assert len(house.articles()) == 81
    assert len(house.unswept()) == 60


def test_a_process_killed_in_the_middle_of_filling_leaves_the_gap_to_the_next(
    house: House, press: Press, tmp_path: Path
) -> None:
    press.pages = "next"
    press.prints(20, at=datetime.now(UTC) - timedelta(days=3))
    house.outlet(press.paper)
    house.visit()
    set_back(house, timedelta(days=2))
    press.prints(60)
    with house.database.begin() as session:
        session.execute(update(SourceRow).values(next_poll_at=NOW - timedelta(days=900)))
    feed: Callable[[Request], Answer] = press.paper.instead["/feed.xml"]
    reached, go_on = threading.Event(), threading.Event()

    def stuck(request: Request) -> Answer:
        if "page=3" in request.path:
            reached.set()
            go_on.wait(20)
        return feed(request)

    press.paper.instead["/feed.xml"] = stuck
    program = tmp_path / "daemon.py"
    program.write_text(PROGRAM)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, program, str(house.database.url), press.paper.url]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment) as daemon:
        try:
            assert reached.wait(30)
        finally:
            daemon.kill()
            go_on.set()
    assert (found(house).ended, found(house).found) == (None, 20)
    house.visit()
    assert (found(house).way, found(house).found) == ("paged feed", 40)
    assert found(house).ended is not None
    assert len(house.articles()) == 80


def test_what_no_list_shows_any_more_is_said_to_be_missing(house: House, press: Press) -> None:
    report = days_off(house, press)
    assert report.new == 20
    assert (found(house).way, found(house).found) == ("nothing found", 0)
    assert "items may have been missed since" in report.notes[0]
    assert report.problems == ()
    assert house.source().failures == 0
    press.prints(5)
    assert house.visit().notes == ()
    assert found(house).number == 1


def test_a_server_that_answers_every_page_with_the_first_is_asked_once(house: House, press: Press) -> None:
    press.pages = "next"
    feed = press._feed
    press.paper.instead["/feed.xml"] = lambda request: feed(Request("/feed.xml", {}, 0))
    days_off(house, press)
    assert len([one for one in press.paper.requests if "?page=" in one.path]) == 1
    assert found(house).way == "nothing found"


def test_pages_without_end_are_left_after_some(house: House, press: Press) -> None:
    press.pages = "next"
    days_off(house, press, count=400)
    asked = [one for one in press.paper.requests if "?page=" in one.path]
    assert len(asked) == 8
    assert (found(house).way, found(house).found) == ("paged feed", 160)


def test_older_pages_that_robots_txt_closes_are_not_asked_for(house: House, press: Press) -> None:
    press.pages = "paged"
    press.paper.robots = "User-agent: *\nDisallow: /*paged=\n"
    days_off(house, press)
    assert [one for one in press.paper.requests if "paged=" in one.path] == []
    assert found(house).way == "nothing found"


def test_a_server_that_fails_meanwhile_is_asked_again_at_the_next_visit(house: House, press: Press) -> None:
    press.pages = "next"
    feed: Callable[[Request], Answer] = press.paper.instead["/feed.xml"]
    press.paper.instead["/feed.xml"] = lambda request: Answer(500) if "page=3" in request.path else feed(request)
    report = days_off(house, press)
    assert report.new == 40 and "looked for again" in report.notes[0]
    gap = found(house)
    assert gap.ended is None and (gap.way, gap.found) == ("paged feed", 20)
    press.paper.instead["/feed.xml"] = feed
    assert house.visit().new == 20
    assert (found(house).way, found(house).found, found(house).number) == ("paged feed", 40, 1)
    assert found(house).ended is not None


def test_a_gap_whose_filling_was_cut_short_is_filled_after_the_restart(house: House, press: Press) -> None:
    press.pages = "next"
    days_off(house, press)
    with house.database.begin() as session:
        session.execute(update(GapRow).values(ended_at=None, way=None, found=0))
        late = [url for url, _, _ in press.printed[20:60]]
        for row in session.scalars(select(LeadRow).where(LeadRow.url.in_(late[:10]))):
            session.delete(row)
    house.visit()
    gap = found(house)
    assert gap.ended is not None and gap.way == "paged feed"


def test_a_first_reading_and_an_unchanged_list_are_no_gap(house: House, press: Press) -> None:
    press.prints(30)
    house.outlet(press.paper)
    house.visit(times=3)
    assert gap_of(house) is None


def test_a_list_that_was_cut_off_is_not_compared(house: House, press: Press) -> None:
    press.prints(20, at=datetime.now(UTC) - timedelta(days=3))
    house.outlet(press.paper)
    house.visit()
    kept = marks_of(house.database)
    press.prints(20)
    feed: Callable[[Request], Answer] = press.paper.instead["/feed.xml"]
    press.paper.instead["/feed.xml"] = lambda request: Answer(200, feed(request).body[:-400], {})
    house.visit()
    assert gap_of(house) is None
    assert marks_of(house.database) == kept
    press.paper.instead["/feed.xml"] = feed
    press.prints(20)
    house.visit()
    assert gap_of(house) is not None


def marks_of(database: Database) -> str | None:
    with database.read() as session:
        return session.scalars(select(SourceRow.items)).first()


def test_gaps_are_kept_in_either_database(database: Database) -> None:
    from crawler import gaps

    with database.begin() as session:
        row = SourceRow(outlet="paper", kind="feed", url="https://paper.example/feed", added_at=NOW, next_poll_at=NOW)
        session.add(row)
        session.flush()
        source = row.id
        gaps.begin(session, source, "paper", NOW - HOUR, NOW)
        gaps.begin(session, source, "paper", NOW, NOW + MINUTE)
    with database.begin() as session:
        gap = gaps.pending(session, source)
        assert gap is not None and (gap.began_at, gap.noticed_at) == (NOW - HOUR, NOW + MINUTE)
        gaps.credit(session, gap.id, "paged feed", 2)
        gaps.credit(session, gap.id, "paged feed", 3)
        gaps.credit(session, gap.id, "section page", 1)
        ended = gaps.end(session, gap.id, NOW + HOUR)
        assert ended is not None and (ended.way, ended.found) == ("paged feed and section page", 6)
        assert gaps.end(session, gap.id, NOW + HOUR) is None
        assert gaps.pending(session, source) is None
        gaps.begin(session, source, "paper", NOW + HOUR, NOW + 2 * HOUR)
    with database.read() as session:
        last = gaps.last_gaps(session)[source]
        assert (last.number, last.began, last.ended) == (2, NOW + HOUR, None)
        assert gaps.found_by_others(session, gap) == {}


def test_pages_far_down_a_first_list_are_left_and_that_is_said(
    house: House, press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.leads.leads._MOST_AT_FIRST", 3)
    press.prints(5)
    house.outlet(press.paper)
    report = house.visit()
    assert report.new == 3
    assert report.notes == (
        f"{press.paper.url}/feed.xml: 2 pages were not fetched: listed far down at the first visit",
    )
    assert house.visit().notes == ()
