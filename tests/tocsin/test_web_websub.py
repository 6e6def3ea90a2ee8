"""What the address for hubs promises: it answers strangers, only what was asked for, as text; and takes pushes."""

import hashlib
import hmac
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from crawler import CrawlSettings, Outlet
from crawler.tables import HubRow, SourceRow
from tests.world.house import PlainHouse, plain_house, subscriber

NOW = datetime.now(UTC)
LIST = "https://times.example/feed.xml"
TOKEN = "a-token-that-nobody-guesses"
CHALLENGE = "<script>alert(1)</script>"
STRANGER: dict[str, Any] = {"by": "10.0.0.9", "headers": {"host": "news.example.org", "x-forwarded-for": "192.0.2.1"}}
TIMES = Outlet(slug="times", name="Times", site="https://times.example/")


@pytest.fixture
def counters() -> dict[str, Counter[tuple[str, ...]]]:
    return {"pushes": Counter(), "leads": Counter()}


@pytest.fixture
def house(tmp_path: Any, counters: Any) -> Iterator[PlainHouse]:
    place = (TIMES, CrawlSettings(max_page="20kB"))
    with plain_house(tmp_path) as house:
        house.public_url = "https://news.example.org"
        house.hubs = subscriber(house.database, place=lambda _slug: place, counters=counters, clock=lambda: NOW)
        with house.database.begin() as session:
            source = SourceRow(outlet="times", kind="feed", url=LIST, added_at=NOW, next_poll_at=NOW)
            session.add(source)
            session.flush()
            hub = {"hub": "https://hub.example/", "offered": "https://hub.example/", "secret": "secret", "token": TOKEN}
            row = HubRow(source_id=source.id, topic=LIST, callback="", state="asked", ask_again_at=NOW, **hub)
            row.asked_at = NOW
            session.add(row)
        yield house


def question(mode: str = "subscribe", token: str = TOKEN, topic: str = LIST) -> str:
    query = {"hub.mode": mode, "hub.topic": topic, "hub.challenge": CHALLENGE, "hub.lease_seconds": "60"}
    return f"/websub/{token}?{urlencode(query)}"


def state(house: PlainHouse) -> tuple[str, datetime | None]:
    with house.database.read() as session:
        row = session.query(HubRow).one()
        return row.state, row.ends_at


async def test_a_hub_gets_its_challenge_back_as_text_and_nothing_else(house):
    answer = await house.ask(question(), **STRANGER)
    assert (answer.status_code, answer.text) == (200, CHALLENGE)
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert state(house) == ("on", NOW + timedelta(minutes=1))


@pytest.mark.parametrize(
    "path",
    [
        question(token="a-guess"),
        question(topic="https://times.example/other.xml"),
        question(mode="unsubscribe"),
        question(mode="publish"),
        f"/websub/{TOKEN}",
        f"/websub/{TOKEN}?hub.mode=subscribe&hub.topic={LIST}&hub.challenge={'c' * 2000}",
    ],
)
async def test_what_was_not_asked_for_is_not_found_and_repeats_nothing(house, path):
    answer = await house.ask(path, **STRANGER)
    assert answer.status_code == 404
    assert CHALLENGE not in answer.text
    assert state(house) == ("asked", None)


async def test_a_head_confirms_nothing(house):
    assert (await house.ask(question(), "HEAD")).status_code == 404
    assert state(house) == ("asked", None)


async def test_a_denial_is_acknowledged(house):
    path = f"/websub/{TOKEN}?{urlencode({'hub.mode': 'denied', 'hub.topic': LIST, 'hub.reason': 'no'})}"
    assert (await house.ask(path, **STRANGER)).status_code == 200
    assert state(house) == ("refused", None)


async def test_pushes_are_acknowledged_whether_genuine_or_not(house, counters):
    proof = hmac.new(b"secret", b"body", hashlib.sha1).hexdigest()
    for signature in (f"sha1={proof}", "sha1=00", None):
        headers = STRANGER["headers"] | ({"x-hub-signature": signature} if signature else {})
        answer = await house.ask(f"/websub/{TOKEN}", "POST", by="10.0.0.9", headers=headers, content=b"body")
        assert (answer.status_code, answer.text) == (202, "")
    # The genuine one came before the hub had confirmed anything.
    assert counters["pushes"] == {("times", "early"): 1, ("times", "forged"): 2}


async def test_pushes_to_nobody_and_pushes_without_end_are_cut_short(house):
    async def some() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"x" * 10_000

    assert (await house.ask("/websub/a-guess", "POST", content=b"body")).status_code == 404
    assert (await house.ask(f"/websub/{TOKEN}", "POST", content=some())).status_code == 413


async def test_a_hub_that_pushes_too_much_is_told_to_wait(house):
    answers = [await house.ask(f"/websub/{TOKEN}", "POST", content=b"body") for _ in range(61)]
    assert [answer.status_code for answer in answers[-2:]] == [202, 429]
    assert answers[-1].headers["retry-after"]
