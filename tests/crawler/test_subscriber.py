"""A poller that subscribes and is pushed to: a newspaper and a hub on loopback, all but the web face."""

import hashlib
import hmac
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import select, update

from crawler import Poller, hub_states
from crawler.tables import LeadRow, SourceRow
from tests.world.hub import Hub, names_hub, paper_feed
from tocsin.demo.newspaper import Newspaper

from .polling import House, settings, until

STORY = "The council met on Tuesday and decided about the harbour.\n\nWork on it begins in spring, the mayor said."


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as hub:
        hub.verifies = False
        yield hub


async def sent(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 1000):
        yield body[start : start + 1000]


def signed(form: dict[str, str], body: bytes) -> str:
    return "sha256=" + hmac.new(form["hub.secret"].encode(), body, hashlib.sha256).hexdigest()


def token_of(form: dict[str, str]) -> str:
    return form["hub.callback"].rpartition("/")[2]


async def subscribed(poller: Poller, hub: Hub) -> dict[str, str]:
    """Have the hub confirm what the poller asks of it; gives the request."""
    await poller.poll()
    await poller.hubs.run()
    form = hub.requests[-1]
    query = {"hub.mode": "subscribe", "hub.topic": form["hub.topic"], "hub.challenge": "c", "hub.lease_seconds": "900"}
    assert await poller.hubs.confirm(token_of(form), urlencode(query).encode()) == b"c"
    return form


def run(house: House, main: Callable[[Poller], Any], public_url: str = "https://tocsin.example") -> Any:
    return house.run(main, public_url=public_url)


def test_a_push_is_read_and_filed_as_news_without_a_poll(house: House, paper: Newspaper, hub: Hub) -> None:
    paper.prints("Old harbour report", STORY)
    names_hub(paper, hub.url)
    house.outlet(paper)

    async def main(poller: Poller) -> None:
        form = await subscribed(poller, hub)
        assert form["hub.topic"] == f"{paper.url}/feed.xml"
        asked = len(paper.asked("/feed.xml"))
        paper.prints("New bridge opens", "The new bridge was opened by the mayor.\n\nThousands came to see it.")
        body = paper_feed(paper)
        assert await poller.hubs.take(token_of(form), signed(form, body), "application/rss+xml", sent(body)) == 202
        await until(lambda: house.unswept() == ["New bridge opens"])
        assert len(paper.asked("/feed.xml")) == asked
        assert poller.counters["pushes"] == {("paper", "read"): 1}
        await poller.poll()
        assert house.source().interval_reason == "backup of its hub"

    run(house, main)


def test_a_forged_push_is_acknowledged_and_dropped(house: House, paper: Newspaper, hub: Hub) -> None:
    paper.prints("Old harbour report", STORY)
    names_hub(paper, hub.url)
    house.outlet(paper)

    async def main(poller: Poller) -> None:
        form = await subscribed(poller, hub)
        paper.prints("New bridge opens", STORY)
        body = paper_feed(paper)
        for signature in ("", "sha256=00", signed(form, body + b" "), signed({"hub.secret": "guess"}, body)):
            assert await poller.hubs.take(token_of(form), signature, None, sent(body)) == 202
        assert poller.counters["pushes"] == {("paper", "forged"): 4}

    run(house, main)
    assert house.lead_states() == {"filed": 1}


def test_pushes_that_are_unknown_too_large_too_many_or_unreadable_do_no_harm(
    house: House, paper: Newspaper, hub: Hub
) -> None:
    paper.prints("Old harbour report", STORY)
    names_hub(paper, hub.url)
    house.settings = settings(max_page="20kB")
    house.outlet(paper)
    touched = []

    async def endless() -> AsyncIterator[bytes]:
        while True:
            touched.append(1)
            yield b"x" * 5000

    async def main(poller: Poller) -> None:
        form = await subscribed(poller, hub)
        token = token_of(form)
        assert await poller.hubs.take("no-such-token", "", None, endless()) == 404
        assert touched == []
        assert await poller.hubs.take(token, "", None, endless()) == 413
        assert len(touched) == 5
        assert await poller.hubs.take(token, signed(form, b"?"), None, sent(b"?")) == 202
        await until(lambda: poller.counters["pushes"]["paper", "unreadable"] == 1)
        statuses = [await poller.hubs.take(token, "", None, sent(b"?")) for _ in range(70)]
        assert set(statuses) == {202, 429}

    run(house, main)


def test_a_push_before_the_list_was_read_alerts_nobody(house: House, paper: Newspaper, hub: Hub) -> None:
    paper.prints("Old harbour report", STORY)
    names_hub(paper, hub.url)
    house.outlet(paper)

    async def main(poller: Poller) -> None:
        form = await subscribed(poller, hub)
        with house.database.begin() as session:
            session.execute(update(SourceRow).values(first_success=None))
        paper.prints("New bridge opens", STORY)
        body = paper_feed(paper)
        assert await poller.hubs.take(token_of(form), signed(form, body), None, sent(body)) == 202
        assert poller.counters["pushes"] == {("paper", "early"): 1}

    run(house, main)
    with house.database.read() as session:
        assert len(list(session.scalars(select(LeadRow)))) == 1


def test_a_push_leaves_validators_and_marks_of_the_last_reading_alone(house: House, paper: Newspaper, hub: Hub) -> None:
    paper.prints("Old harbour report", STORY)
    names_hub(paper, hub.url)
    house.outlet(paper)

    def kept() -> tuple[object, ...]:
        with house.database.read() as session:
            row = session.scalars(select(SourceRow)).one()
            return row.etag, row.last_modified, row.validators_url, row.items, row.last_read_at, row.next_poll_at

    async def main(poller: Poller) -> None:
        form = await subscribed(poller, hub)
        before = kept()
        paper.prints("New bridge opens", STORY)
        body = paper_feed(paper)
        await poller.hubs.take(token_of(form), signed(form, body), None, sent(body))
        await until(lambda: poller.counters["pushes"]["paper", "read"] == 1)
        assert kept() == before

    run(house, main)


def test_a_daemon_that_hubs_cannot_reach_asks_none(house: House, paper: Newspaper, hub: Hub) -> None:
    names_hub(paper, hub.url)
    house.outlet(paper)

    async def main(poller: Poller) -> None:
        await poller.poll()
        await poller.hubs.run()

    run(house, main, public_url="http://10.0.0.1:8480")
    assert hub.requests == []


@pytest.mark.parametrize(("path", "followed"), [("/moved", True), ("/elsewhere", False)])
def test_only_redirects_that_repeat_the_request_are_followed(
    house: House, paper: Newspaper, hub: Hub, path: str, followed: bool
) -> None:
    names_hub(paper, hub.origin + path)
    house.outlet(paper)

    async def main(poller: Poller) -> None:
        await poller.poll()
        await poller.hubs.run()

    run(house, main)
    assert [form["hub.mode"] for form in hub.requests] == (["subscribe"] if followed else [])


def test_a_redirect_into_the_network_is_not_followed_and_the_reason_kept(
    house: House, paper: Newspaper, hub: Hub
) -> None:
    hub.location = "http://10.0.0.1/hub"
    names_hub(paper, f"{hub.origin}/moved")
    house.outlet(paper)

    async def main(poller: Poller) -> None:
        await poller.poll()
        await poller.hubs.run()

    run(house, main)
    [told] = hub_states(house.database).values()
    assert told.state == "asked"
    assert "10.0.0.1 is a private or special address" in (told.reason or "")


def test_the_other_hub_is_asked_when_one_refuses(house: House, paper: Newspaper, hub: Hub) -> None:
    hub.answers[1] = 403
    names_hub(paper, f'{hub.url}?1>; rel="hub", <{hub.url}?2')
    house.outlet(paper)

    async def main(poller: Poller) -> None:
        await poller.poll()
        await poller.hubs.run()
        await poller.hubs.run()

    run(house, main)
    assert len({form["hub.callback"] for form in hub.requests}) == 2
    [told] = hub_states(house.database).values()
    assert (told.url, told.state) == (f"{hub.url}?2", "asked")
