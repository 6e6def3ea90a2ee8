"""Silences by the API: begun, listed, ended; who silenced is on record, and what silences nothing is refused."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from newsdesk import Database
from tests.world.api import Api, ids, served, token_for
from tests.world.newsroom import Newsroom, newsroom
from tests.world.readers import house_of

PATH = "/api/v1/silences"


@pytest.fixture
async def room(database: Database) -> AsyncIterator[Newsroom]:
    with newsroom(database) as room:
        yield room
        await room.dispatch.close(5)


@pytest.fixture
async def api(room: Newsroom) -> AsyncIterator[Api]:
    room.watch("Lavrov", room.mail())
    async with served(house_of(room)) as api:
        yield api
        await api.house.reception.close()


async def test_a_silence_is_begun_in_the_tokens_name_listed_and_ended(api, room):
    write = token_for(api.house, "write", name="ana")
    begun = await api.post(PATH, write, json={"watch": "quartet", "until": "2h", "comment": "the summit"})
    assert begun.status_code == 200, begun.text
    made = begun.json()
    assert (made["author"], made["state"], made["outlet"]) == ("ana", "in force", None)
    later = {"query": "grain OR wheat", "starts_at": "1d", "until": "1d", "author": "bob", "comment": "enough"}
    other = (await api.post(PATH, write, json=later)).json()
    assert (other["author"], other["state"]) == ("bob", "to come")
    pages = await api.pages(PATH, write, limit=1)
    assert sorted(ids([one for page in pages for one in page])) == sorted([made["id"], other["id"]])
    assert (await api.get(f"{PATH}/{made['id']}", write)).json() == made
    assert (await api.post(f"{PATH}/{made['id']}/end", write)).json()["state"] == "over"
    ((left,),) = await api.pages(PATH, write)
    assert left["id"] == other["id"]
    assert len((await api.get(f"{PATH}?over=true", write)).json()["items"]) == 2


async def test_what_is_silenced_by_the_api_is_told_nobody(api, room):
    write = token_for(api.house, "write")
    await api.post(PATH, write, json={"everything": True, "until": "2h", "comment": "moving house"})
    room.now = datetime.now(UTC)
    room.prints("Lavrov speaks")
    await room.works()
    assert (room.deliveries(), room.mailbox.mails) == ([], [])
    assert "moving house" in (await api.get("/")).text


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({}, "watch"),
        ({"everything": True, "watch": "quartet"}, "watch"),
        ({"watch": "quartett"}, "watch"),
        ({"outlet": "nobody"}, "outlet"),
        ({"query": "(wheat"}, "query"),
        ({"watch": "quartet", "until": "2001-01-01"}, "until"),
        ({"watch": "quartet", "until": "soon"}, "until"),
        ({"watch": "quartet", "starts_at": "2001-01-01"}, "starts_at"),
        ({"watch": "quartet", "comment": " "}, "comment"),
    ],
    ids=str,
)
async def test_what_silences_nothing_or_for_no_reason_is_refused_by_its_field(api, wish, field):
    answer = await api.post(PATH, token_for(api.house, "write"), json={"until": "2h", "comment": "why not", **wish})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
