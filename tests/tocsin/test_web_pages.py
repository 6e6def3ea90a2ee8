"""What each page says: alive, ready, metrics, the overview."""

import json
import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from xml.etree.ElementTree import fromstring

import pytest

from alerts import Subscriptions
from alerts.tables import DeliveryRow, MatchRow
from crawler import Outlet
from newsdesk import Article, Desk
from tests.world.house import plain_house

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def house(tmp_path):
    with plain_house(tmp_path) as house:
        yield house


async def test_healthz_is_ok_whatever_troubles_there_are(house):
    house.trouble = ["the database is not reachable"]
    assert (await house.ask("/healthz")).text == "ok\n"


async def test_readyz_is_ok_without_troubles_and_names_them_with_503_otherwise(house):
    assert (await house.ask("/readyz")).status_code == 200
    house.trouble = ["the schedule does not run"]
    answer = await house.ask("/readyz")
    assert (answer.status_code, answer.text) == (503, "the schedule does not run\n")
    assert answer.headers["retry-after"]


async def test_metrics_are_named_after_tocsin_in_base_units_with_help(house):
    house.metrics.job_ended("poll_at:rt:0", 0.2, failed=True)
    house.metrics.job_ended("sweep", 0.2, failed=False)
    house.metrics.counts("tocsin_polls", "Visits.", ["result"], lambda: {("new",): 2})
    house.metrics.gauges("tocsin_deliveries", "Deliveries.", ["state"], lambda: {("pending",): 3})
    answer = await house.ask("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'tocsin_job_errors_total{job="poll_at"} 1.0' in answer.text
    assert 'tocsin_polls_total{result="new"} 2.0' in answer.text
    assert 'tocsin_deliveries{state="pending"} 3.0' in answer.text
    names = re.findall(r"^# HELP (\S+) (.+)$", answer.text, re.MULTILINE)
    assert all(name.startswith(("tocsin_", "process_")) for name, _ in names)


async def test_a_measure_that_cannot_be_taken_is_left_out_and_the_others_stay(house):
    def broken() -> dict[tuple[str, ...], float]:
        raise ZeroDivisionError("planted")

    house.metrics.gauges("tocsin_broken", "Broken.", [], broken)
    answer = await house.ask("/metrics")
    assert answer.status_code == 200
    assert "tocsin_build_info" in answer.text
    assert "tocsin_broken{" not in answer.text


async def test_the_overview_shows_outlets_watches_and_deliveries_and_escapes_what_outlets_say(house):
    house.outlets = [Outlet(slug="times", name="<i>Times</i>", site="https://times.example/")]
    house.watches = [SimpleNamespace(slug="harbour", name="Harbour", query_text='bridge AND "<pier>"')]
    with house.database.begin() as session:
        desk = Desk(house.database)
        desk.file(
            session,
            Article(
                outlet="times",
                url="https://times.example/1",
                canonical_url="https://times.example/1",
                title="One",
                body="Some words.",
            ),
            now=NOW,
        )
        subscription = Subscriptions(house.database).ensure(session, "harbour", "email", "desk@example.org", NOW)
        payload = json.dumps({"data": {"article": {"title": "<script>alert(1)</script>"}}})
        session.add(
            DeliveryRow(
                id="d1",
                subscription=subscription.id,
                endpoint="x",
                type="story.matched",
                payload=payload,
                state="failed",
                detail="550 no such user",
                due_at=NOW,
                created_at=NOW,
            )
        )
    text = (await house.ask("/")).text
    assert "&lt;i&gt;Times" in text
    assert "&lt;pier&gt;" in text
    assert "1 failed" in text
    assert "550 no such user" in text
    assert "<script" not in text
    assert '<td class="time">2026-11-21 12:00:00</td>' in text
    assert "All times are UTC." in text


async def test_the_overview_of_a_new_folder_says_what_to_do_next_and_shows_troubles(house):
    house.trouble = ["the schedule does not run"]
    text = (await house.ask("/")).text
    assert "tocsin probe URL" in text
    assert "Trouble: the schedule does not run" in text


async def test_the_feed_of_a_watch_holds_what_it_matched_newest_first_and_nothing_else(house):
    house.watches = [SimpleNamespace(slug="harbour", name="Harbour <1>", query_text="bridge")]
    desk = Desk(house.database)
    with house.database.begin() as session:
        for number, title in enumerate(["First bridge", "Second bridge", "Bakers", "First of the bridges"]):
            outlet = "times" if number < 3 else "post"
            url = f"https://{outlet}.example/{number}"
            text = " ".join(f"{title[:5]} {number % 3} word{word}" for word in range(40))
            article = Article(outlet=outlet, url=url, canonical_url=url, title=title, body=text)
            filed = desk.file(session, article, now=NOW).article
            if "bridge" in title:
                moment = NOW + timedelta(minutes=number)
                session.add(
                    MatchRow(
                        watch="harbour",
                        article=filed.id,
                        revision=1,
                        story=filed.story,
                        reason="new",
                        outcome="alerted",
                        spans="[]",
                        matched_at=moment,
                    )
                )
    answer = await house.ask("/feeds/harbour.atom")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = fromstring(answer.content)
    atom = "{http://www.w3.org/2005/Atom}"
    assert feed.findtext(f"{atom}title") == "Harbour <1>"
    assert [entry.findtext(f"{atom}title") for entry in feed.iter(f"{atom}entry")] == ["Second bridge", "First bridge"]
    related = [link.get("title") for link in feed.iter(f"{atom}link") if link.get("rel") == "related"]
    assert related == ["post: First of the bridges"]
    assert (await house.ask("/feeds/other.atom")).status_code == 404
