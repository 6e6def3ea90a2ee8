"""What the operator reads: which outlet, since when, and which watches it concerns."""

from datetime import UTC, datetime, timedelta

import pytest

from alerts import Notice, Notices, Watch, Watchlist, parse
from crawler import Case, Health, ListCase, Outlet, Report
from newsdesk import Database
from tocsin.alarms.alarm import Alarm

NOW = datetime(2026, 11, 21, 14, 5, tzinfo=UTC)
SINCE = NOW.replace(hour=9, minute=40)
DARK = Case("rt", Health.DARK, SINCE, "no new article in 4 h 25 min, where 31 were to be expected")


def watch(slug: str, *outlets: str) -> Watch:
    return Watch(slug=slug, name=slug.title(), query=parse("x"), outlets=outlets)


@pytest.fixture
def alarm(database: Database) -> Alarm:
    outlets = [
        Outlet(slug="rt", name="RT", site="https://www.rt.example/", tags=("State-Media",)),
        Outlet(slug="bbc", name="BBC", site="https://bbc.example/"),
    ]
    watches = [watch("quartet", "rt"), watch("hamas", "tag:state-media"), watch("london", "bbc")]
    return Alarm(Notices(database, Watchlist([])), outlets, watches)


def word(alarm: Alarm, **report: object) -> Notice:
    (notice,) = alarm.word(Report(**report), NOW)  # type: ignore[arg-type]
    return notice


def test_a_dark_outlet_is_named_with_the_hour_and_the_watches(alarm: Alarm) -> None:
    notice = word(alarm, troubled=(DARK,))
    assert notice.type == "outlet.trouble"
    assert notice.subject == "RT dark since 09:40 UTC"
    assert notice.lines[:2] == [
        "Watches Quartet and Hamas are affected.",
        "No new article in 4 h 25 min, where 31 were to be expected.",
    ]
    (fact,) = notice.facts["outlets"]
    assert (fact["slug"], fact["health"], fact["since"]) == ("rt", "dark", "2026-11-21T09:40:00Z")
    assert (fact["watches"], fact["watch_count"]) == (["quartet", "hamas"], 2)


def test_of_many_watches_five_are_named(alarm: Alarm) -> None:
    everywhere = [watch(f"w{number}") for number in range(9)]
    many = Alarm(alarm.notices, alarm.outlets, everywhere)
    assert word(many, troubled=(DARK,)).lines[0] == "Watches W0, W1, W2, W3, W4 and 4 more are affected."
    assert word(Alarm(alarm.notices, alarm.outlets, []), troubled=(DARK,)).lines[0] == "No watch is affected."
    assert (
        word(Alarm(alarm.notices, alarm.outlets, everywhere[:1]), troubled=(DARK,)).lines[0] == "Watch W0 is affected."
    )


def test_another_day_is_named(alarm: Alarm) -> None:
    case = Case("rt", Health.ROTTEN, SINCE - timedelta(days=1), "dates have vanished from its pages")
    assert word(alarm, troubled=(case,)).subject == "RT rotten since 20 Nov 09:40 UTC"


def test_many_at_once_are_one_notice_that_asks_for_our_own_connection(alarm: Alarm) -> None:
    cases = tuple(Case(f"o{number}", Health.FAILING, SINCE, "no answer") for number in range(30))
    notice = word(alarm, troubled=cases, widespread=True)
    assert notice.subject == "30 outlets failing: o0, o1, o2 and 27 more"
    assert notice.lines[0] == "So many at once: is our own connection down?"
    assert "O0 failing since 09:40 UTC: no answer." in notice.lines
    assert "… and 10 more." in notice.lines
    assert (notice.facts["outlet_count"], len(notice.facts["outlets"])) == (30, 20)


def test_the_end_is_told_in_the_thread_of_the_beginning(alarm: Alarm) -> None:
    began = word(alarm, troubled=(DARK,))
    over = word(alarm, over=(Case("rt", Health.OK, SINCE, DARK.reason, NOW),))
    assert (over.type, over.subject, over.about) == ("outlet.recovered", "RT is back", began.key)
    assert over.lines[0].startswith("It was in trouble from 09:40 to 14:05 UTC: no new article")


def test_a_list_that_is_gone_or_has_moved_says_what_to_do(alarm: Alarm) -> None:
    gone = word(alarm, lists=(ListCase("rt", "https://rt.example/rss"),))
    assert (gone.type, gone.subject) == ("source.gone", "RT: a source is gone")
    assert "outlets/rt.yaml" in gone.lines[1]
    moved = word(alarm, lists=(ListCase("rt", "https://rt.example/rss", "https://rt.example/new"),))
    assert (moved.type, moved.facts["to"]) == ("source.moved", "https://rt.example/new")
