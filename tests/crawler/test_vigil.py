"""The vigil over rows of its own making: what is told, when, and how often."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crawler import Health, Report, Vigil, outlet_states
from crawler.cadence.habit import Habit
from crawler.health.rot import ARTICLE, DATED, SELECTED, SIGNED, TITLED, Pages, Seen
from crawler.health.silence import Silences
from crawler.health.witness import Witness
from crawler.tables import OutletRow, SourceRow, VigilRow
from newsdesk import Database

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WHOLE = ARTICLE | DATED | TITLED | SIGNED | SELECTED


def steady(until: datetime, an_hour: int = 4) -> str:
    """The habit of an outlet that has published so many articles each hour for four weeks."""
    stamps = [until - HOUR * number / an_hour for number in range(4 * 7 * 24 * an_hour)]
    return Habit.empty().learn(sorted(stamps), until, whole_list=True).dumps()


HABIT = steady(NOW - 2 * DAY)


def known_silences() -> str:
    known = Silences()
    for number in range(100):
        known = known.learn(0.2 + 1.6 * (number % 10) / 10)
    return known.dumps()


class Post:
    """A vigil with its outlets and a clock turned by hand; time passes in steps of five minutes."""

    def __init__(self, database: Database) -> None:
        self.database, self.now = database, NOW
        self.witness = Witness()
        self.vigil = Vigil(database, self.witness)
        self.slugs: list[str] = []
        self.reports: list[Report] = []
        self.works: set[str] = set()
        with database.begin() as session:
            session.add(VigilRow(began_at=NOW - 30 * DAY, seen_at=NOW))

    def outlet(self, slug: str = "rt", *, news: timedelta = timedelta(0), **more: Any) -> None:
        """Add an outlet that has been known for long, whose last news came so long ago."""
        self.slugs.append(slug)
        self.works.add(slug)
        with self.database.begin() as session:
            session.add(OutletRow(slug=slug, since=NOW - 30 * DAY, news_at=NOW - news, silences=known_silences()))
        self.lists(slug, news=news, **more)

    def lists(self, slug: str, kind: str = "feed", *, news: timedelta = timedelta(0), **more: Any) -> None:
        values = {
            "outlet": slug,
            "kind": kind,
            "url": f"https://{slug}.example/{kind}",
            "added_at": NOW - 30 * DAY,
            "next_poll_at": NOW,
            "interval": 300.0,
            "last_success": NOW,
            "last_new_at": NOW - news,
            "habit": HABIT,
            **more,
        }
        with self.database.begin() as session:
            session.add(SourceRow(**values))

    def set(self, slug: str, **values: Any) -> None:
        with self.database.begin() as session:
            for row in session.scalars(select(SourceRow).filter_by(outlet=slug)):
                for name, value in values.items():
                    setattr(row, name, value)

    def fails(self, slug: str, error: str = "no answer") -> None:
        self.works.discard(slug)
        self.set(slug, failures=1, last_error=error)

    def recovers(self, slug: str) -> None:
        self.works.add(slug)
        self.set(slug, failures=0, last_error=None)

    def prints(self, slug: str = "rt") -> None:
        self.set(slug, last_new_at=self.now)

    async def look(self, tell: Callable[[Session, Report], None] = lambda _session, _report: None) -> Report:
        for slug in self.works:
            self.set(slug, last_success=self.now)
        report = await self.vigil.look(self.slugs, self.now, tell)
        if report:
            self.reports.append(report)
        return report

    async def passes(self, time: timedelta) -> list[Report]:
        """Let time pass; gives what was told meanwhile."""
        told = len(self.reports)
        end = self.now + time
        while self.now < end:
            self.now = min(self.now + 5 * MINUTE, end)
            await self.look()
        return self.reports[told:]

    def state(self, slug: str = "rt") -> Health:
        return outlet_states(self.database)[slug].health


@pytest.fixture
def post(database: Database) -> Post:
    return Post(database)


async def test_darkness_is_told_once_and_so_is_its_end(post: Post) -> None:
    post.outlet()
    (report,) = await post.passes(12 * HOUR)
    (case,) = report.troubled
    assert (case.outlet, case.health, case.since) == ("rt", Health.DARK, NOW)
    assert case.reason.startswith("no new article in ")
    assert post.state() is Health.DARK
    assert await post.passes(25 * HOUR) == []
    post.prints()
    (over,) = await post.passes(HOUR)
    (case,) = over.over
    assert (case.since, case.until) == (NOW, NOW + 37 * HOUR + 5 * MINUTE)
    assert post.state() is Health.OK
    assert await post.passes(HOUR) == []


async def test_an_outlet_that_publishes_as_usual_is_well(post: Post) -> None:
    post.outlet()
    for _ in range(40):
        assert await post.passes(15 * MINUTE) == []
        post.prints()
    assert post.state() is Health.OK


async def test_a_silence_while_nobody_looked_is_not_the_outlets(post: Post) -> None:
    post.outlet()
    post.now += 3 * DAY
    assert not await post.look()
    assert await post.passes(2 * HOUR) == []
    assert len(await post.passes(12 * HOUR)) == 1


async def test_an_outlet_that_cannot_be_had_is_not_called_silent(post: Post) -> None:
    post.outlet()
    post.fails("rt", "the server answered 503")
    (report,) = await post.passes(DAY)
    assert report.troubled[0].health is Health.FAILING
    assert "503" in report.troubled[0].reason


async def test_lists_that_all_fail_for_an_hour_are_trouble_and_for_less_are_none(post: Post) -> None:
    post.outlet()
    post.fails("rt")
    assert await post.passes(HOUR) == []
    post.recovers("rt")
    post.prints()
    assert await post.passes(2 * HOUR) == []
    post.fails("rt")
    assert len(await post.passes(1.5 * HOUR)) == 1


async def test_one_list_that_works_is_enough(post: Post) -> None:
    post.outlet()
    post.lists("rt", "sitemap", failures=9, last_success=NOW - DAY)
    for _ in range(4):
        post.prints()
        with post.database.begin() as session:
            for row in session.scalars(select(SourceRow).filter_by(kind="sitemap")):
                row.failures = 9
        assert await post.passes(HOUR) == []


async def test_what_was_suspected_before_a_pause_of_our_own_begins_anew(post: Post) -> None:
    post.outlet()
    post.fails("rt")
    await post.passes(30 * MINUTE)
    post.now += 5 * HOUR
    assert not await post.look()
    assert await post.passes(50 * MINUTE) == []
    assert len(await post.passes(30 * MINUTE)) == 1


async def test_many_that_fail_within_minutes_are_one_notice_that_doubts_our_own_connection(post: Post) -> None:
    for number in range(6):
        post.outlet(f"paper{number}")
    for number in range(6):
        post.fails(f"paper{number}")
        await post.passes(5 * MINUTE)
    (report,) = await post.passes(3 * HOUR)
    assert report.widespread
    assert [case.outlet for case in report.troubled] == [f"paper{number}" for number in range(6)]
    for number in range(6):
        post.recovers(f"paper{number}")
        post.prints(f"paper{number}")
    (over,) = await post.passes(HOUR)
    assert len(over.over) == 6


async def test_an_end_that_does_not_hold_is_not_told(post: Post) -> None:
    post.outlet()
    post.fails("rt")
    assert len(await post.passes(2 * HOUR)) == 1
    for _ in range(3):
        post.recovers("rt")
        post.now += MINUTE
        await post.look()
        post.fails("rt")
        assert await post.passes(90 * MINUTE) == []
    assert post.state() is Health.FAILING


async def test_a_telling_that_fails_leaves_nothing_told_and_is_made_good_after_a_restart(post: Post) -> None:
    post.outlet(news=8 * HOUR)

    def dies(_session: Session, _report: Report) -> None:
        raise RuntimeError("planted")

    post.now += MINUTE
    await post.look()
    post.now += 5 * MINUTE
    with pytest.raises(RuntimeError):
        await post.look(dies)
    post.vigil = Vigil(post.database)
    told: list[Report] = []
    post.now += MINUTE
    await post.look(lambda _session, report: told.append(report))
    assert [case.outlet for case in told[0].troubled] == ["rt"]
    post.vigil = Vigil(post.database)
    assert await post.passes(HOUR) == []


async def test_a_source_that_is_gone_or_has_moved_is_told_once(post: Post) -> None:
    post.outlet()
    post.lists("rt", "section", state="gone", last_error="the server answered 410")
    post.lists("rt", "sitemap", moved_to="https://rt.example/new")
    report = await post.look()
    assert [(case.url, case.to) for case in report.lists] == [
        ("https://rt.example/section", None),
        ("https://rt.example/sitemap", "https://rt.example/new"),
    ]
    assert await post.passes(HOUR) == []


async def test_a_list_that_names_nothing_any_more_is_rot(post: Post) -> None:
    post.outlet()
    post.lists("rt", "section", bare_since=NOW, items="something")
    post.lists("rt", "sitemap", bare_since=NOW, items="something")
    told = []
    for _ in range(3):
        post.prints()
        told += await post.passes(HOUR)
    (report,) = told
    assert (report.troubled[0].health, report.troubled[0].reason) == (
        Health.ROTTEN,
        "section https://rt.example/section names nothing any more",
    )


async def test_pages_that_read_otherwise_are_rot_and_pages_that_cannot_be_had_are_failure(post: Post) -> None:
    post.outlet("rt")
    post.outlet("bbc")
    with post.database.begin() as session:
        for row in session.scalars(select(OutletRow)):
            pages = Pages()
            for _ in range(100):
                pages = pages.had(Seen(WHOLE, 2000))
            row.reading = pages.dumps()
    post.witness._pages.extend([("rt", Seen(WHOLE & ~DATED, 2000))] * 20 + [("bbc", "the server answered 403")] * 8)
    told = []
    for _ in range(2):
        post.prints("rt")
        post.prints("bbc")
        told += await post.passes(HOUR)
    cases = {case.outlet: case for report in told for case in report.troubled}
    assert (cases["rt"].health, cases["rt"].reason) == (Health.ROTTEN, "dates have vanished from its pages")
    assert (cases["bbc"].health, "403" in cases["bbc"].reason) == (Health.FAILING, True)


async def test_pages_of_an_outlet_never_seen_make_its_row(post: Post) -> None:
    post.witness._pages.append(("new", Seen(WHOLE, 2000)))
    await post.look()
    assert post.state("new") is Health.OK


async def test_silences_that_end_are_learnt(post: Post) -> None:
    post.outlet()
    await post.passes(HOUR)
    post.prints()
    await post.passes(10 * MINUTE)
    with post.database.read() as session:
        row = session.get_one(OutletRow, "rt")
        assert row.news_at == NOW + HOUR
        assert Silences.loads(row.silences).count == 101


async def test_an_outlet_that_is_no_longer_polled_is_no_trouble(post: Post) -> None:
    post.outlet(news=DAY)
    post.slugs = []
    assert await post.passes(HOUR) == []
