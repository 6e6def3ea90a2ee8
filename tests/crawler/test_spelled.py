"""One page that lists spell in several ways is fetched once, and no news is missed for it."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, select, update

from crawler.lead import Lead
from crawler.leads import leads as queue_
from crawler.leads.leads import Debut
from crawler.tables import LeadRow, SourceRow
from newsdesk import Article, Database, Desk
from tocsin.demo.newspaper import Answer, Newspaper

from .polling import House
from .test_state import put, take

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
PAGE = "https://www.paper.example/news/bridge-closes-1"
SPELLINGS = [
    "http://www.paper.example/news/bridge-closes-1",
    "https://paper.example/news/bridge-closes-1",
    "https://m.paper.example/news/bridge-closes-1",
    f"{PAGE}/amp",
    f"{PAGE}?outputType=amp",
]
OTHERS = [f"{PAGE}/", f"{PAGE}?page=2", "https://www.paper.example/news/bridge-closes-2"]


def set_aside(database: Database, reason: str) -> None:
    with database.begin() as session:
        session.execute(update(LeadRow).values(state="finding", reason=reason))


def on_record(database: Database, url: str, outlet: str = "paper") -> None:
    with database.begin() as session:
        article = Article(outlet=outlet, url=url, canonical_url=url, title="Bridge", body="It closed.")
        Desk(database).file(session, article, now=NOW)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_one_list_that_spells_a_page_twice_leads_to_one_fetch_of_the_page_itself(
    database: Database, spelling: str
) -> None:
    queued = put(database, Lead(spelling), Lead(PAGE), *map(Lead, OTHERS))
    assert queued.new == 4
    (left_out,) = {spelling, PAGE} - set(take(database))
    assert left_out != PAGE or spelling in SPELLINGS[:2]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_second_list_adds_nothing_where_the_page_waits_or_was_read(database: Database, spelling: str) -> None:
    put(database, Lead(spelling))
    assert put(database, Lead(PAGE)).new == 0
    with database.begin() as session:
        session.execute(delete(LeadRow))
    put(database, Lead(PAGE))
    assert put(database, Lead(spelling)).new == 0
    with database.begin() as session:
        session.execute(update(LeadRow).values(state="filed"))
    assert put(database, Lead(spelling)).new == 0


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_what_is_on_record_is_not_fetched_under_another_spelling(database: Database, spelling: str) -> None:
    on_record(database, PAGE)
    assert put(database, Lead(spelling), *map(Lead, OTHERS)).new == 3


def test_a_page_on_record_in_its_amp_form_is_not_fetched_again(database: Database) -> None:
    on_record(database, f"{PAGE}/amp")
    assert put(database, Lead(PAGE)).new == 0


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_spelling_that_led_to_nothing_keeps_no_other_from_being_tried(database: Database, spelling: str) -> None:
    put(database, Lead(spelling))
    set_aside(database, "gone: 404")
    assert put(database, Lead(PAGE)).new == 1


def test_what_stood_far_down_a_first_list_is_no_news_under_another_spelling(database: Database) -> None:
    put(database, Lead(PAGE), debut=Debut(since=None, now=NOW))
    set_aside(database, queue_.TOO_OLD)
    assert put(database, Lead(SPELLINGS[0])).new == 0


def test_another_outlet_s_page_is_another_page(database: Database) -> None:
    on_record(database, PAGE, outlet="agency")
    assert put(database, Lead(SPELLINGS[1])).new == 1


def test_a_feed_and_a_sitemap_that_spell_a_page_in_two_ways_lead_to_one_fetch(house: House, paper: Newspaper) -> None:
    house.outlet(paper, "feed:/feed.xml", "sitemap:/other.xml")
    paper.prints("A first one", "So that the first visits are over.")
    listed = [""]
    paper.instead["/other.xml"] = lambda _: Answer(
        200,
        f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{listed[0]}</urlset>".encode(),
        {"Content-Type": "application/xml"},
    )
    house.visit()
    url = paper.prints("Old bridge closes", "The council voted at noon to close the old bridge until spring.")
    listed[0] = f"<url><loc>{url}?amp=1</loc></url><url><loc>{url}?print=1</loc></url>"
    house.visit(2)
    assert house.unswept().count("Old bridge closes") == 1
    with house.database.read() as session:
        leads = session.scalars(select(LeadRow.url).where(LeadRow.url.startswith(url))).all()
        assert session.scalars(select(SourceRow.id)).all()
    assert len(leads) == 1


def test_a_page_whose_address_another_one_claimed_is_read_all_the_same(house: House, paper: Newspaper) -> None:
    house.outlet(paper)
    paper.prints("A first one", "So that the first visit is over.")
    house.visit()
    first = paper.prints("Old bridge closes", "The council voted at noon to close the old bridge until spring.")
    path = first.removeprefix(paper.url)
    number = int("".join(filter(str.isdigit, path)) or 0)
    usual = paper.answer(path, {})
    claim = f"<link rel='canonical' href='{first.replace(str(number), str(number + 1))}'>".encode()
    body = b"<head>" + claim + usual.body.partition(b"<head>")[2]
    paper.instead[path] = lambda _: Answer(200, body, dict(usual.headers))
    house.visit()
    paper.prints("Ferry runs again", "A boat crosses the river every hour from today, the town said in the morning.")
    house.visit()
    assert house.unswept() == ["Ferry runs again", "Old bridge closes"]
