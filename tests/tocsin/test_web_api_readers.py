"""Systems subscribe by the API: a hook echoes a challenge and gets its secret once; a mailbox is asked by mail."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
from standardwebhooks import Webhook

from alerts.readers import requests
from newsdesk import Database
from tests.world.api import Api, served, token_for
from tests.world.newsroom import Newsroom, newsroom
from tests.world.readers import EchoingHook, house_of, link_in

PATH = "/api/v1/subscriptions"


@pytest.fixture
async def room(database: Database) -> AsyncIterator[Newsroom]:
    with newsroom(database) as room:
        room.watch("Lavrov")
        yield room
        await room.dispatch.close(5)


@pytest.fixture
async def api(room: Newsroom) -> AsyncIterator[Api]:
    async with served(house_of(room)) as api:
        yield api
        await api.house.reception.close()


@pytest.fixture
def hook() -> Iterator[EchoingHook]:
    with EchoingHook() as hook:
        yield hook


@pytest.fixture
def write(api: Api) -> str:
    return token_for(api.house, "write")


async def test_a_hook_that_echoes_the_challenge_is_told_from_then_on_and_its_secret_is_shown_once(
    api, room, hook, write
):
    answer = await api.post(PATH, write, json={"watch": "quartet", "webhook": hook.url})
    assert answer.status_code == 200, answer.text
    made, secret = answer.json()["subscription"], answer.json()["secret"]
    ((headers, asked),) = hook.calls
    assert asked["type"] == "subscription.challenge"
    assert {"webhook-id", "webhook-timestamp", "webhook-signature"} <= headers.keys()
    room.prints("Lavrov speaks")
    await room.works()
    headers, told = hook.calls[-1]
    assert (told["type"], headers["webhook-id"]) == ("story.matched", told["data"]["id"])
    assert secret not in (await api.get(f"{PATH}/{made['id']}", write)).text
    fresh = (await api.post(f"{PATH}/{made['id']}/rotate", write, json={"overlap": "1h"})).json()["secret"]
    assert fresh != secret
    assert len(Webhook(fresh)._whsecret) == 32
    assert len(room.watchlist.targets("quartet")[0].target.secret) == 2


@pytest.mark.parametrize(
    "said", ["", "ok", '{"data": {"challenge": "%s"}}', "[1]", '{"challenge": null}', '{"challenge": "guess"}', "x%s"]
)
async def test_a_hook_that_does_not_say_the_challenge_itself_back_is_not_taken(api, room, hook, write, said):
    hook.says = lambda document: said.replace("%s", document["data"]["challenge"])
    answer = await api.post(PATH, write, json={"watch": "quartet", "webhook": hook.url})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "webhook")
    assert room.watchlist.targets("quartet") == ()


async def test_a_hook_that_refuses_or_is_not_there_is_not_taken(api, room, hook, write):
    hook.status = 500
    for url in (hook.url, "http://127.0.0.1:1/x", "https://10.1.2.3/x"):
        answer = await api.post(PATH, write, json={"watch": "quartet", "webhook": url})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "webhook")


async def test_a_mailbox_is_asked_and_one_vouched_for_is_not(api, room, write):
    asked = await api.post(PATH, write, json={"watch": "quartet", "email": "ann@example.org", "when": "hourly"})
    assert asked.json() == {"state": "asked", "subscription": None, "secret": None, "feed": None}
    assert room.watchlist.targets("quartet") == ()
    assert (await api.client.post(await link_in(api, room))).status_code == 200
    vouched = {"watch": "quartet", "email": "bob@example.org", "confirmed": True}
    assert (await api.post(PATH, write, json=vouched)).json()["state"] == "active"
    told = {kept.target.address: kept.target.when for kept in room.watchlist.targets("quartet")}
    assert told == {"ann@example.org": "hourly", "bob@example.org": "now"}
    for _ in range(3):
        await api.post(PATH, write, json={"watch": "quartet", "email": "ann@example.org"})
    often = await api.post(PATH, write, json={"watch": "quartet", "email": "ann@example.org"})
    assert often.status_code == 429
    assert int(often.headers["retry-after"]) > 86_000


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"watch": "nothing", "email": "a@example.org"}, "watch"),
        ({"watch": "quartet"}, "email"),
        ({"watch": "quartet", "email": "nonsense"}, "email"),
        ({"watch": "quartet", "email": "a@example.org", "timezone": "Mars"}, "timezone"),
        ({"watch": "quartet", "email": "a@example.org", "body": True}, "body"),
    ],
)
async def test_what_is_wrong_with_a_wish_is_told_by_its_field(api, write, wish, field):
    answer = await api.post(PATH, write, json=wish)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_a_subscription_is_paused_snoozed_and_told_at_other_times(api, room, write):
    wish = {"watch": "quartet", "email": "bob@example.org", "confirmed": True}
    id = (await api.post(PATH, write, json=wish)).json()["subscription"]["id"]
    assert (await api.post(f"{PATH}/{id}/pause", write)).json()["state"] == "paused"
    assert (await api.post(f"{PATH}/{id}/resume", write)).json()["state"] == "active"
    snoozed = await api.post(f"{PATH}/{id}/snooze", write, json={"until": "7d"})
    assert snoozed.json()["snoozed_until"] is not None
    assert (await api.post(f"{PATH}/{id}/snooze", write, json={"until": "2001-01-01"})).status_code == 422
    changed = await api.post(f"{PATH}/{id}/plan", write, json={"when": "daily", "at": "07:00"})
    assert changed.json()["plan"] == {"when": "daily", "at": "07:00"}
    assert room.watchlist.targets("quartet")[0].target.when == "daily"
    assert (await api.post(f"{PATH}/{id}/plan", write, json={"when": "never"})).status_code == 422
    assert (await api.post(f"{PATH}/{id}/rotate", write)).status_code == 409


async def test_all_of_one_mailbox_are_listed_and_to_resume_ends_a_snooze(api, room, write):
    for address in ("ann@example.org", "bob@example.org"):
        await api.post(PATH, write, json={"watch": "quartet", "email": address, "confirmed": True})
    ((one,),) = await api.pages(PATH, write, address="bob@example.org")
    await api.post(f"{PATH}/{one['id']}/snooze", write, json={"until": "7d"})
    resumed = (await api.post(f"{PATH}/{one['id']}/resume", write)).json()
    assert (resumed["address"], resumed["snoozed_until"]) == ("bob@example.org", None)


async def test_a_feed_gets_a_secret_address_and_another_on_demand(api, room, write):
    made = (await api.post(PATH, write, json={"watch": "quartet", "feed": True})).json()
    first, id = made["feed"].removeprefix("https://tocsin.example"), made["subscription"]["id"]
    assert (await api.get(first)).status_code == 200
    second = (await api.post(f"{PATH}/{id}/rotate", write)).json()["feed"].removeprefix("https://tocsin.example")
    assert [(await api.get(path)).status_code for path in (first, second)] == [404, 200]
    await api.post(f"{PATH}/{id}/end", write)
    assert (await api.get(second)).status_code == 410
    odd = await api.post(PATH, write, json={"watch": "quartet", "feed": True, "when": "daily"})
    assert (odd.status_code, odd.json()["errors"][0]["field"]) == (422, "when")


async def test_a_token_asks_only_so_often_and_a_hook_is_challenged_ten_times(api, room, hook, write, monkeypatch):
    monkeypatch.setattr(requests, "PER_TOKEN", (12, timedelta(hours=1)))
    hook.status = 500
    wish = {"watch": "quartet", "webhook": hook.url}
    answers = [(await api.post(PATH, write, json=wish)).status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]
    others = [
        await api.post(PATH, write, json={"watch": "quartet", "email": f"a{number}@example.org"}) for number in range(3)
    ]
    assert [one.status_code for one in others] == [200, 200, 429]
    assert 0 < int(others[-1].headers["retry-after"]) <= 3600
    assert len(hook.calls) == 10


async def test_what_a_file_says_is_not_changed_by_the_api(api, room, write):
    room.watch("Lavrov", room.mail())
    room.prints("Lavrov speaks")
    await room.works()
    ((one,),) = await api.pages(PATH, write)
    assert one["origin"] == "file"
    assert (await api.post(f"{PATH}/{one['id']}/plan", write, json={"when": "daily"})).status_code == 409
    assert (await api.post(f"{PATH}/{one['id']}/rotate", write)).status_code == 409


async def test_a_test_goes_to_those_of_the_file_and_to_a_reader_who_is_meant_alone(api, room, hook, write):
    room.watch("Lavrov", room.mail())
    api.house.dispatch, path = room.dispatch, "/api/v1/watches/quartet/test"
    await api.post(PATH, write, json={"watch": "quartet", "webhook": hook.url})
    (one,) = (await api.post(path, write)).json()["items"]
    assert (one["channel"], one["address"], one["ok"]) == ("email", "desk@example.org", True)
    (one,) = (await api.post(path, write, json={"to": hook.url})).json()["items"]
    assert (one["channel"], one["address"], one["ok"]) == ("webhook", hook.url, True)
    assert [call["type"] for _, call in hook.calls] == ["subscription.challenge", "test"]
    assert (len(room.mailbox.mails), room.mailbox.mails[0].subject.split(" Test:")[0]) == (1, "[Quartet]")
    assert (await api.post(path, write, json={"to": "nobody@example.org"})).status_code == 409
    assert (await api.post("/api/v1/watches/none/test", write)).status_code == 404
