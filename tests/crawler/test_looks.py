"""The looks that are due, as rows, on either kind of database."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import update

from crawler import leases
from crawler.lead import Lead
from crawler.leads import leads
from crawler.leads.endings import Filed, end_filed
from crawler.leads.leads import ClaimedLead
from crawler.leads.looks import ClaimedLook, claim_looks, end_look
from crawler.tables import LeadRow
from newsdesk import Database

NOW = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PAGE = "https://paper.example/news/1"


def put(database: Database, url: str = PAGE, outlet: str = "paper", **values: Any) -> None:
    fields = {"state": "filed", "quiet": False, "next_try_at": NOW, "found_at": NOW - HOUR, "look_at": NOW}
    with database.begin() as session:
        session.add(LeadRow(url=url, outlet=outlet, given=url, **fields | values))


def take(database: Database, owner: str = "me", now: datetime = NOW, busy: str = "") -> list[ClaimedLook]:
    with database.begin() as session:
        return claim_looks(session, lambda outlet: outlet != busy, owner, now, now + 5 * MINUTE)


def row(database: Database, url: str = PAGE) -> LeadRow:
    with database.read() as session:
        return session.get_one(LeadRow, url)


def test_a_look_is_claimed_by_one_alone_with_what_is_known_of_the_page(database: Database) -> None:
    put(database, etag='"a"', last_modified="noon", published=NOW - 2 * HOUR)
    (look,) = take(database)
    assert look.validators.headers == {"If-None-Match": '"a"', "If-Modified-Since": "noon"}
    assert (look.claimed.url, look.claimed.look, look.born) == (PAGE, True, NOW - 2 * HOUR)
    assert take(database, "other") == []
    assert [one.claimed.url for one in take(database, "other", now=NOW + 6 * MINUTE)] == [PAGE]


def test_of_each_outlet_the_look_that_is_longest_overdue_is_claimed(database: Database) -> None:
    for outlet in ("a", "b", "busy"):
        for minutes in (1, 3, 2):
            put(database, f"https://{outlet}.example/{minutes}", outlet, look_at=NOW - minutes * MINUTE)
    put(database, "https://c.example/later", "c", look_at=NOW + MINUTE)
    urls = sorted(look.claimed.url for look in take(database, busy="busy"))
    assert urls == ["https://a.example/3", "https://b.example/3"]


def test_no_look_is_claimed_while_a_lead_of_its_outlet_waits(database: Database) -> None:
    put(database)
    put(database, PAGE + "0", state="due", look_at=None)
    assert take(database) == []
    with database.begin() as session:
        session.execute(update(LeadRow).where(LeadRow.url == PAGE + "0").values(next_try_at=NOW + HOUR))
    assert len(take(database)) == 1


def test_a_look_that_found_nothing_counts_and_sets_the_next(database: Database) -> None:
    put(database)
    take(database)
    with database.begin() as session:
        end_look(session, PAGE, "other", None)
        end_look(session, PAGE, "me", NOW + HOUR, reason="gone since 2026-11-21T14:00:00Z: the server answered 404")
    found = row(database)
    assert (found.state, found.looks, found.look_at, found.lease) == ("filed", 1, NOW + HOUR, None)
    (look,) = take(database, now=NOW + HOUR)
    assert (look.gone or "").startswith("gone since 2026-11-21T14:00:00Z")


def test_a_lead_that_was_filed_is_looked_at_when_its_end_says(database: Database) -> None:
    put(database, state="due", look_at=None)
    with database.begin() as session:
        (lead,) = leads.claim(session, "paper", 1, "me", NOW, NOW + MINUTE)
        filed = Filed(lead=lead, changed=True, look_at=NOW + HOUR, published=NOW - MINUTE, etag='"b"')
        end_filed(session, [filed], "me", NOW)
    found = row(database)
    assert (found.look_at, found.published, found.etag, found.looks) == (NOW + HOUR, NOW - MINUTE, '"b"', 0)


def test_a_page_that_a_list_named_anew_during_a_look_stays_in_the_queue(database: Database) -> None:
    put(database)
    (look,) = take(database)
    with database.begin() as session:
        session.execute(update(LeadRow).values(state="due", next_try_at=NOW))
        end_filed(session, [Filed(lead=look.claimed, changed=False, look_at=NOW + HOUR)], "me", NOW)
    assert (row(database).state, row(database).looks, row(database).lease) == ("due", 1, None)


def test_what_a_process_held_is_free_when_it_stops(database: Database) -> None:
    put(database)
    take(database)
    with database.begin() as session:
        leases.release(session, "me")
    assert len(take(database, "other")) == 1


def test_a_claimed_lead_is_no_look() -> None:
    assert not ClaimedLead(url=PAGE, outlet="paper", lead=Lead(PAGE), quiet=False, tries=0).look
