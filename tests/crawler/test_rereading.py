"""Pages on record are looked at again: when, at which cost, and what becomes of what was edited."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select, update

from crawler import Poller, lead_state
from crawler.rereading import STEPS, Rereading, birth, next_look
from crawler.tables import LeadRow, SourceRow
from newsdesk import Archive, Precision
from tocsin.demo.newspaper import Answer, Newspaper, Request

from .polling import House, settings, until

NOW = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WINDOW = 2 * DAY
TEXT = (
    "The council met on Tuesday and decided about the harbour, where work has stood still since the spring.\n\n"
    "At least {toll} people were hurt when a crane fell there in March, the mayor said.\n\n"
    "Work on the harbour wall begins again in May, and the ferry will land at the old pier until then."
)
PATH = "/news/1-harbour-report"


# When


def looks_at(window: timedelta, *, seldom: bool = False) -> list[timedelta]:
    """Give the ages at which a page that never changes is looked at."""
    ages: list[timedelta] = []
    now: datetime | None = NOW
    while now := next_look(now - NOW, now, window, seldom=seldom):
        ages.append(now - NOW)
    return ages


def test_a_page_is_looked_at_ever_more_seldom_and_then_no_more() -> None:
    assert looks_at(WINDOW) == [15 * MINUTE, HOUR, 4 * HOUR, 12 * HOUR, DAY, 2 * DAY]
    assert looks_at(4 * DAY) == list(STEPS[:7])
    assert looks_at(timedelta(0)) == []


def test_a_long_window_goes_on_with_longer_and_longer_steps() -> None:
    ages = looks_at(30 * DAY)
    pauses = [later - sooner for sooner, later in pairwise(ages)]
    assert pauses == sorted(pauses)
    assert 7 * DAY < ages[-1] <= 30 * DAY


def test_where_edits_are_rare_every_second_step_is_left_out() -> None:
    assert looks_at(WINDOW, seldom=True) == [HOUR, 12 * HOUR, 2 * DAY]


def test_a_page_that_was_edited_is_looked_at_sooner() -> None:
    for age, pause in ((15 * MINUTE, 15 * MINUTE), (4 * HOUR, HOUR), (DAY, 6 * HOUR)):
        assert next_look(age, NOW, WINDOW, edited=True) == NOW + pause
    assert next_look(WINDOW + MINUTE, NOW, WINDOW, edited=True) is None


def test_a_look_that_came_late_is_not_made_up_for() -> None:
    assert next_look(5 * HOUR, NOW, WINDOW) == NOW + 7 * HOUR


@pytest.mark.parametrize(
    ("published", "precision", "quiet", "born"),
    [
        (NOW - HOUR, Precision.SECOND, False, NOW - HOUR),
        (NOW - HOUR, Precision.SECOND, True, NOW - HOUR),
        (NOW - 14 * HOUR, Precision.DAY, False, NOW),
        (NOW - 14 * HOUR, Precision.DAY, True, NOW - 14 * HOUR),
        (NOW + HOUR, Precision.SECOND, True, NOW),
        (None, None, False, NOW),
        (None, None, True, None),
        (NOW - 3 * DAY, Precision.MINUTE, True, None),
        (NOW - 3 * DAY, Precision.MINUTE, False, None),
    ],
)
def test_the_age_of_a_page_is_counted_from(
    published: datetime | None, precision: Precision | None, quiet: bool, born: datetime | None
) -> None:
    assert birth(published, precision, NOW, WINDOW, quiet=quiet) == born


def test_looks_take_a_fifth_of_the_time_at_most() -> None:
    ticks = 100.0
    rereading = Rereading(lambda: ticks)
    assert rereading.is_ready("paper")
    rereading.looked("paper", 3.0, timedelta(seconds=1))
    ticks += 11.9
    assert not rereading.is_ready("paper")
    ticks += 0.1
    assert rereading.is_ready("paper")
    rereading.looked("paper", 0.1, timedelta(seconds=1))
    ticks += 3.9
    assert not rereading.is_ready("paper")


def test_an_outlet_that_never_edits_is_looked_at_less_and_one_that_does_as_before() -> None:
    rereading = Rereading()
    for _ in range(20):
        rereading.looked("never", 0.1, timedelta(0), edited=False)
        rereading.looked("often", 0.1, timedelta(0), edited=True)
    assert rereading.next("never", NOW, NOW, WINDOW, edited=False) == NOW + HOUR
    assert rereading.next("often", NOW, NOW, WINDOW, edited=False) == NOW + 15 * MINUTE
    assert rereading.next("unknown", NOW, NOW, WINDOW, edited=False) == NOW + 15 * MINUTE


# What becomes of it


def prints(paper: Newspaper, toll: int = 12, *, more: str = "", title: str = "Harbour report") -> str:
    return paper.prints(title, TEXT.format(toll=toll) + more, path=PATH, at=datetime.now(UTC) - MINUTE)


def lead(house: House, path: str = PATH) -> Any:
    with house.database.read() as session:
        return next(row for row in session.scalars(select(LeadRow)) if row.url.endswith(path))


def make_looks_due(house: House) -> None:
    """Let time pass for the pages that are to be looked at again, and none for the lists."""
    with house.database.begin() as session:
        session.execute(update(LeadRow).where(LeadRow.look_at.is_not(None)).values(look_at=LeadRow.found_at))
        session.execute(update(SourceRow).values(next_poll_at=datetime.now(UTC) + DAY))


def looking(house: House, times: int = 1, **more: Any) -> dict[tuple[str, ...], int]:
    """Let the daemon look until so many looks have ended; gives their results."""

    async def main(poller: Poller) -> dict[tuple[str, ...], int]:
        for _ in range(times):
            before = poller.counters["looks"].total()
            make_looks_due(house)
            await ticks(poller, lambda: poller.counters["looks"].total() > before)  # noqa: B023  (awaited at once)
        return dict(poller.counters["looks"])

    return house.run(main, **more)


async def ticks(poller: Poller, condition: Callable[[], bool]) -> None:
    """Let the daemon's clock tick until something has come about."""
    async with asyncio.timeout(20):
        while not condition():
            await poller.tick()
            await asyncio.sleep(0.01)


async def settles(poller: Poller) -> None:
    """Let the visits of the start end, so that the outlet is idle."""
    await poller.poll()
    await until(lambda: poller.in_flight == (0, 0))


@pytest.fixture
def filed(house: House, paper: Newspaper) -> House:
    """A house that has the page on record, as news."""
    house.outlet(paper)
    house.visit()
    prints(paper)
    house.visit()
    with house.database.begin() as session:
        for unswept in house.desk.unswept(session):
            house.desk.mark_swept(session, [unswept.filed.id])
    return house


def test_news_is_looked_at_again_after_a_quarter_of_an_hour(filed: House) -> None:
    row = lead(filed)
    assert timedelta(minutes=13) < row.look_at - datetime.now(UTC) < timedelta(minutes=15)
    assert row.etag and row.looks == 0


def test_a_page_that_was_edited_becomes_a_revision_though_no_list_says_so(filed: House, paper: Newspaper) -> None:
    feed = paper.answer("/feed.xml", {}).body
    paper.instead["/feed.xml"] = lambda _: Answer(200, feed, {"Content-Type": "application/rss+xml"})
    prints(paper, 15)
    assert looking(filed) == {("paper", "edited"): 1}
    (article,) = Archive(filed.database).articles()
    assert (article.revision, "15 people" in article.article.body) == (2, True)
    with filed.database.read() as session:
        assert [one.reason for one in filed.desk.unswept(session)] == ["revised"]
    row = lead(filed)
    assert (row.state, row.looks, row.lease) == ("filed", 1, None)
    assert row.look_at - datetime.now(UTC) < timedelta(minutes=16)


def test_a_page_that_stands_as_it_was_costs_a_304(filed: House, paper: Newspaper) -> None:
    seen = len(paper.asked(PATH))
    assert looking(filed, times=3) == {("paper", "not_modified"): 3}
    asked = paper.asked(PATH)[seen:]
    assert [request.status for request in asked] == [304, 304, 304]
    assert lead(filed).looks == 3


def test_a_server_without_validators_is_asked_whole_and_a_clock_makes_no_revision(
    filed: House, paper: Newspaper
) -> None:
    page = paper.answer(PATH, {}).body.decode()
    clocks = iter(("Updated 12:03", "Updated 14:47", "Updated 15:10"))

    def answer(_: Request) -> Answer:
        body = page.replace("</article>", f"<p>{next(clocks)}</p></article>")
        return Answer(200, body.encode(), {"Content-Type": "text/html"})

    paper.instead[PATH] = answer
    assert looking(filed, times=2) == {("paper", "unchanged"): 2}
    (article,) = Archive(filed.database).articles()
    assert (article.revision, filed.unswept()) == (1, [])
    assert lead(filed).etag is None


def test_a_page_that_is_gone_is_noted_and_kept_and_may_come_back(filed: House, paper: Newspaper) -> None:
    paper.instead[PATH] = lambda _: Answer(404)
    assert looking(filed, times=2) == {("paper", "gone"): 2}
    found = lead_state(filed.database, paper.url + PATH)
    assert found and found.state == "filed" and (found.reason or "").startswith("gone since 20")
    assert len(filed.articles()) == 1
    del paper.instead[PATH]
    looking(filed)
    back = lead_state(filed.database, paper.url + PATH)
    assert back and back.reason is None


def test_a_fault_of_the_server_leaves_the_page_on_record_and_the_next_look_to_come(
    filed: House, paper: Newspaper
) -> None:
    paper.instead[PATH] = lambda _: Answer(500)
    assert looking(filed) == {("paper", "status"): 1}
    row = lead(filed)
    assert (row.state, row.reason) == ("filed", None) and row.look_at > datetime.now(UTC)


def test_what_robots_closes_is_not_asked_again(filed: House, paper: Newspaper) -> None:
    paper.robots = "User-agent: *\nDisallow: /news/\n"
    seen = len(paper.asked(PATH))
    assert looking(filed) == {("paper", "robots"): 1}
    assert (lead(filed).look_at, len(paper.asked(PATH))) == (None, seen)


def test_a_host_that_asked_for_a_rest_is_given_it(filed: House, paper: Newspaper) -> None:
    paper.instead[PATH] = lambda _: Answer(429, b"", {"Retry-After": "600"})
    seen = len(paper.asked(PATH))

    async def main(poller: Poller) -> None:
        for _ in range(2):
            make_looks_due(filed)
            await ticks(poller, lambda: lead(filed).lease is None and lead(filed).look_at > datetime.now(UTC))

    filed.run(main)
    assert len(paper.asked(PATH)) == seen + 1
    assert lead(filed).look_at - datetime.now(UTC) > 5 * MINUTE


def test_no_look_begins_while_a_lead_waits(filed: House, paper: Newspaper) -> None:
    with filed.database.begin() as session:
        source = lead(filed).source_id
        soon = datetime.now(UTC)
        values = {"url": paper.url + "/waits", "outlet": "paper", "source_id": source, "given": paper.url + "/waits"}
        held = {"lease": "another:1:x", "lease_until": soon + HOUR}
        session.add(LeadRow(**values, **held, quiet=False, next_try_at=soon, found_at=soon))
    seen = len(paper.asked(PATH))

    async def main(poller: Poller) -> None:
        await settles(poller)
        make_looks_due(filed)
        for _ in range(3):
            await poller.tick()
        assert lead(filed).lease is None
        with filed.database.begin() as session:
            session.execute(update(LeadRow).where(LeadRow.url == paper.url + "/waits").values(state="finding"))
        await ticks(poller, lambda: len(paper.asked(PATH)) > seen)

    filed.run(main)
    assert len(paper.asked(PATH)) == seen + 1


def test_one_page_of_an_outlet_is_looked_at_at_a_time_and_the_next_after_a_rest(filed: House, paper: Newspaper) -> None:
    paper.prints("Another report", TEXT.format(toll=3).replace("harbour", "station"), path="/news/2")
    filed.visit()
    filed.settings = settings(delay="100ms")

    async def main(poller: Poller) -> int:
        await settles(poller)
        make_looks_due(filed)
        await ticks(poller, lambda: poller.counters["looks"].total() == 1)
        for _ in range(3):
            await poller.tick()
        with filed.database.read() as session:
            return len(session.scalars(select(LeadRow).where(LeadRow.look_at <= datetime.now(UTC))).all())

    assert filed.run(main, monotonic=lambda: 1000.0) == 1


def test_a_look_that_a_dead_process_had_begun_is_made_by_the_next(filed: House, paper: Newspaper) -> None:
    import socket

    make_looks_due(filed)
    with filed.database.begin() as session:
        held = {"lease": f"{socket.gethostname()}:999999999:dead", "lease_until": datetime.now(UTC) + DAY}
        session.execute(update(LeadRow).values(**held))
    assert looking(filed) == {("paper", "not_modified"): 1}


@pytest.mark.parametrize("where", ["for all", "for the outlet"])
def test_with_0s_nothing_is_looked_at(house: House, paper: Newspaper, where: str) -> None:
    values = {"reread_for": "0s"}
    house.settings = settings(**(values if where == "for all" else {}))
    house.outlet(paper, **(values if where == "for the outlet" else {}))
    house.visit()
    prints(paper)
    house.visit()
    assert lead(house).look_at is None


def test_a_shorter_window_drops_looks_that_were_planned_without_a_request(filed: House, paper: Newspaper) -> None:
    filed.settings = settings(reread_for="0s")
    seen = len(paper.asked(PATH))
    make_looks_due(filed)

    async def main(poller: Poller) -> None:
        await ticks(poller, lambda: lead(filed).look_at is None)

    filed.run(main)
    assert len(paper.asked(PATH)) == seen


def test_of_a_first_list_only_pages_of_the_window_are_looked_at(house: House, paper: Newspaper) -> None:
    now = datetime.now(UTC)
    for days in (0, 1, 5):
        paper.prints(f"Report {days}", TEXT.format(toll=days).replace("harbour", f"place{days}"), at=now - days * DAY)
    house.outlet(paper)
    house.visit()
    with house.database.read() as session:
        watched = {row.title: row.look_at is not None for row in session.scalars(select(LeadRow))}
    assert watched == {"Report 0": True, "Report 1": True, "Report 5": False}


def test_pages_still_to_be_looked_at_are_not_forgotten(filed: House) -> None:
    from crawler.leads import leads

    with filed.database.begin() as session:
        session.execute(update(LeadRow).values(ended_at=datetime.now(UTC) - 40 * DAY))
        leads.prune(session, datetime.now(UTC))
        assert session.scalar(select(LeadRow.url)) is not None
        session.execute(update(LeadRow).values(look_at=None))
        leads.prune(session, datetime.now(UTC))
        assert session.scalar(select(LeadRow.url)) is None
