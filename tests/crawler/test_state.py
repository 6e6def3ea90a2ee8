"""What is remembered of sources and leads, on either kind of database."""

import os
import socket
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from crawler import Lead, Outlet, Source, leases, state
from crawler.cadence.cadence import Next
from crawler.leads import leads as queue_
from crawler.leads.endings import Filed, end_filed
from crawler.leads.leads import ClaimedLead, Debut
from crawler.leads.turns import Turns
from crawler.state import ClaimedSource, Visited
from crawler.tables import LeadRow, SourceRow
from newsdesk import Database, Desk

NOW = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LATER = NOW + 5 * MINUTE
FEED, MAP = "https://paper.example/rss", "https://paper.example/sitemap.xml"
PAGE = "https://paper.example/news/1"


def outlet(*sources: tuple[str, str], slug: str = "paper") -> Outlet:
    listed = tuple(Source(kind=kind, url=url) for kind, url in sources)
    return Outlet(slug=slug, name="Paper", site="https://paper.example/", sources=listed)


PAPER = outlet(("feed", FEED), ("sitemap", MAP))


def sync(database: Database, *outlets: Outlet, now: datetime = NOW, every: timedelta = 5 * MINUTE) -> None:
    with database.begin() as session:
        state.sync(session, outlets, {outlet.slug: every for outlet in outlets}, now)


def claim(database: Database, owner: str = "me", now: datetime = NOW, most: int = 10) -> list[ClaimedSource]:
    with database.begin() as session:
        return state.claim_due(session, most, owner, now, now + 5 * MINUTE)


def end(
    database: Database,
    source: ClaimedSource,
    *,
    owner: str = "me",
    at: datetime = LATER,
    reason: str = "poll_every",
    every: timedelta = 5 * MINUTE,
    **seen: Any,
) -> bool:
    with database.begin() as session:
        return state.end_visit(session, source, owner, Visited(**seen), Next(at, at - NOW, reason, every), NOW)


def row(database: Database, url: str = FEED) -> SourceRow:
    with database.read() as session:
        return session.scalars(select(SourceRow).where(SourceRow.url == url)).one()


def source_id(database: Database) -> int:
    sync(database, PAPER)
    return row(database).id


def put(database: Database, *leads: Lead, now: datetime = NOW, debut: Debut | None = None) -> queue_.Queued:
    source = row(database).id if _has_sources(database) else source_id(database)
    with database.begin() as session:
        return queue_.queue(session, Desk(database), "paper", source, leads, now=now, debut=debut)


def _has_sources(database: Database) -> bool:
    with database.read() as session:
        return session.scalar(select(SourceRow.id).limit(1)) is not None


def take(database: Database, owner: str = "me", now: datetime = NOW, most: int = 10) -> list[str]:
    return [lead.url for lead in taken(database, owner, now, most)]


def taken(database: Database, owner: str = "me", now: datetime = NOW, most: int = 10) -> list[ClaimedLead]:
    with database.begin() as session:
        return queue_.claim(session, "paper", most, owner, now, now + 5 * MINUTE)


def test_a_source_is_claimed_by_one_alone(database: Database) -> None:
    sync(database, PAPER)
    assert {source.url for source in claim(database)} == {FEED, MAP}
    assert claim(database, "other") == []


def test_an_expired_lease_frees_the_source(database: Database) -> None:
    sync(database, PAPER)
    claim(database)
    assert len(claim(database, "other", now=LATER + MINUTE)) == 2


def test_a_late_visitor_writes_nothing(database: Database) -> None:
    sync(database, outlet(("feed", FEED)))
    (source,) = claim(database)
    claim(database, "other", now=LATER + MINUTE)
    assert not end(database, source, etag='"mine"')
    assert row(database).etag is None


def test_only_what_is_due_is_claimed_and_no_more_than_asked(database: Database) -> None:
    sync(database, PAPER)
    assert claim(database, now=NOW - MINUTE) == []
    assert len(claim(database, most=1)) == 1


def test_validators_are_kept_renewed_and_dropped(database: Database) -> None:
    sync(database, outlet(("feed", FEED)))

    def visit(**seen: Any) -> tuple[str | None, str | None]:
        with database.begin() as session:
            (source,) = state.claim_outlets(session, ["paper"], "me", NOW, LATER)
        assert end(database, source, **seen)
        found = row(database)
        return found.etag, found.last_modified

    assert visit(etag='W/"1"', last_modified="then") == ('W/"1"', "then")
    assert visit(not_modified=True) == ('W/"1"', "then")
    assert visit(not_modified=True, etag='W/"2"') == ('W/"2"', "then")
    assert visit(error="the server answered 500") == ('W/"2"', "then")
    assert visit() == (None, None)


def test_failures_are_counted_and_forgotten_on_success(database: Database) -> None:
    sync(database, outlet(("feed", FEED)))
    (source,) = claim(database)
    end(database, source, error="no answer", at=NOW)
    assert (row(database).failures, row(database).last_error) == (1, "no answer")
    (source,) = claim(database)
    end(database, source, status=200)
    assert (row(database).failures, row(database).last_error, row(database).last_success) == (0, None, NOW)


def test_sources_that_left_the_configuration_rest_and_come_back(database: Database) -> None:
    sync(database, PAPER)
    sync(database, outlet(("feed", FEED)))
    assert (row(database, FEED).state, row(database, MAP).state) == ("on", "resting")
    assert {source.url for source in claim(database)} == {FEED}
    sync(database, PAPER)
    assert row(database, MAP).state == "on"


def test_a_visit_that_ends_after_its_outlet_was_removed_does_not_bring_it_back(database: Database) -> None:
    sync(database, PAPER)
    source = next(one for one in claim(database) if one.url == FEED)
    sync(database, outlet(("sitemap", MAP)))
    assert not end(database, source, fresh=3)
    assert row(database).state == "resting"
    sync(database, PAPER)
    assert row(database).state == "on"
    assert [one.url for one in claim(database)] == [FEED]


def test_outlets_take_turns_by_name_and_those_with_nothing_to_fetch_are_left_out(database: Database) -> None:
    papers = [outlet(("feed", f"https://{slug}.example/rss"), slug=slug) for slug in "abcd"]
    sync(database, *papers)
    with database.begin() as session:
        for source in state.claim_due(session, 9, "me", NOW, LATER):
            for number in range(3 if source.outlet != "c" else 0):
                found = [Lead(f"https://{source.outlet}.example/{number}")]
                queue_.queue(session, Desk(database), source.outlet, source.id, found, now=NOW)
        queue_.claim(session, "b", 9, "me", NOW, LATER)
    with database.begin() as session:
        assert queue_.waiting_outlets(session, NOW) == ["a", "d"]
        assert queue_.waiting_outlets(session, NOW, "a") == ["d", "a"]
        assert queue_.waiting_outlets(session, NOW, "z", 1) == ["a"]
        turns = Turns("me", 5 * MINUTE)
        assert {lead.outlet for lead in turns.claim(session, Counter(a=14, x=180), {"a", "d"}, NOW)} == {"a", "d"}
        assert turns.claim(session, Counter(x=200), {"a", "d"}, NOW) == []


def test_a_restart_polls_nothing_before_its_time(database: Database) -> None:
    sync(database, PAPER)
    for source in claim(database):
        end(database, source)
    sync(database, PAPER, now=NOW + MINUTE)
    assert claim(database, now=NOW + MINUTE) == []


@pytest.mark.parametrize("reason", ["its rhythm: quiet until 06:00", "ttl", "skipHours or skipDays", "Retry-After"])
def test_a_restart_leaves_long_waits_as_they_are(database: Database, reason: str) -> None:
    sync(database, outlet(("feed", FEED)))
    (source,) = claim(database)
    end(database, source, at=NOW + timedelta(days=2), reason=reason)
    sync(database, outlet(("feed", FEED)), now=NOW + MINUTE)
    assert row(database).next_poll_at == NOW + timedelta(days=2)


def test_a_shorter_interval_brings_the_next_visit_forward(database: Database) -> None:
    sync(database, outlet(("feed", FEED)))
    (source,) = claim(database)
    end(database, source, at=NOW + timedelta(hours=5), every=timedelta(hours=5))
    for _ in range(2):
        sync(database, outlet(("feed", FEED)))
        assert row(database).next_poll_at == LATER


def test_a_wish_of_the_server_outlives_a_shorter_interval(database: Database) -> None:
    sync(database, outlet(("feed", FEED)))
    (source,) = claim(database)
    end(database, source, at=NOW + timedelta(hours=5), every=timedelta(hours=5), reason="cache headers")
    sync(database, outlet(("feed", FEED)))
    assert row(database).next_poll_at == NOW + timedelta(hours=5)


def test_a_due_time_from_a_clock_that_ran_ahead_is_corrected(database: Database) -> None:
    sync(database, outlet(("feed", FEED)))
    (source,) = claim(database)
    end(database, source)
    back = NOW - timedelta(hours=9)
    sync(database, outlet(("feed", FEED)), now=back)
    assert row(database).next_poll_at == back


def test_a_clock_set_back_moves_what_is_to_come(database: Database) -> None:
    put(database, Lead(PAGE))
    with database.begin() as session:
        state.shift(session, timedelta(hours=-2))
    assert len(claim(database, now=NOW - timedelta(hours=2))) == 2
    assert take(database, now=NOW - timedelta(hours=2)) == [PAGE]


def test_leases_of_the_dead_are_freed_and_of_the_living_kept(database: Database) -> None:
    here = socket.gethostname()
    me = leases.new_owner()
    owners = {"a": f"{here}:{os.getpid()}:before", "b": me, "c": f"{here}:{os.getppid()}:x", "d": "elsewhere:1:x"}
    sync(database, *(outlet(("feed", f"https://{name}.example/rss"), slug=name) for name in owners))
    with database.begin() as session:
        for found in session.scalars(select(SourceRow)):
            found.lease, found.lease_until = owners[found.outlet], LATER
        assert leases.take_over(session, me) == 1
    assert [source.outlet for source in claim(database)] == ["a"]


def test_discovered_sources_are_kept_and_not_added_twice(database: Database) -> None:
    bare = outlet()
    sync(database, bare)
    with database.begin() as session:
        for _ in range(2):
            state.add_discovered(session, "paper", "feed", FEED, NOW)
    sync(database, bare)
    assert row(database).state == "on"
    sync(database, outlet(("sitemap", MAP)))
    assert row(database).state == "resting"


def test_a_lead_is_queued_once(database: Database) -> None:
    tracked = Lead(f"{PAGE}?utm_source=rss", "Title")
    assert put(database, tracked, Lead(PAGE)).new == 1
    assert put(database, Lead(PAGE)).new == 0
    assert take(database) == [PAGE]
    assert take(database, "other") == []


def test_addresses_that_cannot_be_asked_are_counted(database: Database) -> None:
    queued = put(database, Lead("javascript:void(0)"), Lead("https://x.example/" + "a" * 3000), Lead(PAGE))
    assert (queued.new, queued.refused) == (1, 2)


def test_what_no_database_stores_is_cleaned(database: Database) -> None:
    put(database, Lead(PAGE, "A\x00B\ud800C", summary="x" * 100_000))
    with database.read() as session:
        found = session.get_one(LeadRow, PAGE)
    assert found.title == "AB?C"
    assert len(found.summary or "") == 2000


def test_a_lead_that_is_put_back_waits_and_counts(database: Database) -> None:
    put(database, Lead(PAGE))
    take(database)
    with database.begin() as session:
        assert queue_.postpone(session, PAGE, "me", LATER, "no answer")
    assert take(database) == []
    with database.begin() as session:
        (claimed,) = queue_.claim(session, "paper", 10, "me", LATER, LATER + MINUTE)
    assert claimed.tries == 1


def test_a_worker_that_is_late_ends_nothing(database: Database) -> None:
    put(database, Lead(PAGE))
    (late,) = taken(database)
    take(database, "other", now=LATER + MINUTE)
    with database.begin() as session:
        assert not queue_.end_set_aside(session, PAGE, "me", NOW, "gone")
        end_filed(session, [Filed(lead=late, changed=True)], "me", NOW)
    with database.read() as session:
        assert session.get_one(LeadRow, PAGE).state == "due"


def at(minutes: int, title: str = "A title") -> Lead:
    return Lead(PAGE, title, published=NOW + minutes * MINUTE)


def ended(database: Database, *, changed: bool, now: datetime = NOW) -> None:
    leads = taken(database, now=now)
    with database.begin() as session:
        end_filed(session, [Filed(lead=lead, changed=changed) for lead in leads if lead.url == PAGE], "me", now)


@pytest.mark.parametrize(("lead", "again"), [(at(0), 0), (at(1), 1), (at(0, "Another"), 1), (Lead(PAGE, "Other"), 0)])
def test_a_page_is_looked_at_again_when_its_list_dates_it_anew(database: Database, lead: Lead, again: int) -> None:
    put(database, at(0))
    ended(database, changed=True)
    assert put(database, lead).again == again


def test_a_list_that_dates_everything_anew_is_found_out(database: Database) -> None:
    put(database, at(0))
    ended(database, changed=True)
    looks = 0
    for minute in range(1, 120):
        now = NOW + minute * MINUTE
        looks += put(database, at(minute), now=now).again
        ended(database, changed=False, now=now)
    assert looks == 4  # after 1, 11, 31, 71 minutes, and not 119 times


def test_a_first_list_is_quiet_but_for_what_came_since(database: Database) -> None:
    debut = Debut(since=NOW - MINUTE, now=NOW)
    leads = [Lead(f"{PAGE}{n}", published=NOW + n * MINUTE) for n in (-10, 0, 60)] + [Lead(f"{PAGE}undated")]
    put(database, *leads, debut=debut)
    with database.read() as session:
        loud = [found.url for found in session.scalars(select(LeadRow)) if not found.quiet]
    assert loud == [f"{PAGE}0"]


def test_the_depths_of_a_first_list_are_kept_but_not_fetched(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_, "_MOST_AT_FIRST", 2)
    pages = [Lead(f"{PAGE}{number}") for number in range(5)]
    assert put(database, *pages, debut=Debut(since=None, now=NOW)).new == 2
    assert put(database, *pages).new == 0
    assert len(take(database)) == 2


def test_old_leads_are_forgotten_but_those_never_fetched(database: Database) -> None:
    put(database, at(0), Lead(f"{PAGE}2"))
    ended(database, changed=True)
    with database.begin() as session:
        queue_.end_set_aside(session, f"{PAGE}2", "me", NOW, queue_.TOO_OLD)
        queue_.prune(session, NOW + timedelta(days=29))
    with database.begin() as session:
        assert len(session.scalars(select(LeadRow)).all()) == 2
        queue_.prune(session, NOW + timedelta(days=3000))
    with database.read() as session:
        assert [found.url for found in session.scalars(select(LeadRow))] == [f"{PAGE}2"]


def test_the_backlog_is_counted_and_shown(database: Database) -> None:
    put(database, Lead(PAGE, "A title"))
    assert queue_.backlog(database) == 1
    found = queue_.lead_state(database, f"{PAGE}?utm_source=x")
    assert found and (found.state, found.given, found.outlet) == ("due", PAGE, "paper")
    assert queue_.lead_state(database, "https://paper.example/unknown") is None
