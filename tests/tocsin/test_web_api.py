"""What the API tells: articles as they are exported, stories, deliveries and who is told; what it changes."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import update

from alerts import Subscriptions, SubscriptionState, load_watch
from alerts.tables import AttemptRow, DeliveryRow, SubscriptionRow
from crawler import Outlet
from newsdesk import Article, Desk, article_json
from tests.world.api import NOW, Api, filed, ids, served, token_for, words
from tests.world.house import PlainHouse
from tocsin.web.api import app
from tocsin.web.api.endpoints import articles


@pytest.fixture
async def api(database):
    house = PlainHouse(database, outlets=[Outlet(slug="times", name="Times", site="https://times.example/")])
    async with served(house) as api:
        yield api


@pytest.fixture
def read(api: Api) -> str:
    return token_for(api.house, "read")


@pytest.fixture
def write(api: Api) -> str:
    return token_for(api.house, "write")


async def test_an_article_is_told_as_it_is_exported_with_its_earlier_texts(api, read):
    url = "https://times.example/1"
    filed(api.house, url, "The bridge closes on Monday, says the mayor. " * 5)
    now = NOW + timedelta(hours=1)
    one = filed(api.house, url, "The bridge stays open after all, says the governor. " * 5, now=now).article
    answer = await api.get(f"/api/v1/articles/{one.id}", read)
    found = answer.json()
    (earlier,) = found.pop("earlier")
    assert found == json.loads(json.dumps(article_json(one)))
    assert found["revision"] == 2
    assert earlier["body"].startswith("The bridge closes")
    assert earlier["replaced"] == "2026-11-21T13:00:00Z"
    assert (await api.get("/api/v1/articles/none", read)).json()["title"] == "Not Found"


async def test_a_search_gives_matches_and_the_text_around_them_and_its_body_can_be_left_out(api, read):
    filed(api.house, "https://times.example/1", f"{words('wool')} The old bridge closes. {words('wood')}")
    filed(api.house, "https://times.example/2", words("bakers"))
    (hit,) = (await api.get("/api/v1/articles", read, params={"q": "bridge AND NOT tunnel"})).json()["items"]
    (match,) = hit["matches"]
    assert hit["body"][match["start"] : match["end"]] == match["text"] == "bridge"
    assert "old bridge closes" in hit["excerpt"]
    (brief,) = (await api.get("/api/v1/articles", read, params={"q": "bridge", "body": "false"})).json()["items"]
    assert brief == {key: value for key, value in hit.items() if key != "body"}


@pytest.mark.parametrize("q", [None, "bridge"])
async def test_pages_hold_each_article_once_while_others_arrive(api, read, q):
    wanted = []
    for number in range(9):
        # Three each share an instant: what comes first among them is told by their ids.
        now = NOW + timedelta(minutes=number // 3)
        wanted.append(filed(api.house, f"https://times.example/{number}", f"bridge {words(f'n{number}x')}", now=now))
    params = {"limit": 2} | ({"q": q} if q else {})
    seen, arriving = [], 100
    while True:
        answer = (await api.get("/api/v1/articles", read, params=params)).json()
        seen += ids(answer["items"])
        if answer["next"] is None:
            break
        params["cursor"] = answer["next"]
        arriving += 1
        now = NOW + timedelta(minutes=arriving)
        filed(api.house, f"https://times.example/{arriving}", f"bridge {words(f'n{arriving}x')}", now=now)
    newest_first = sorted(wanted, key=lambda one: (one.article.first_seen, one.article.id), reverse=True)
    assert seen == [one.article.id for one in newest_first]


@pytest.mark.parametrize(
    ("module", "bound", "value", "found"),
    [(articles, "MOST_LOOKED_AT", 3, [0, 0, 1]), (app, "READING", 0, [0] * 7 + [1])],
)
async def test_a_search_that_finds_little_goes_on_by_its_cursor(api, read, monkeypatch, module, bound, value, found):
    monkeypatch.setattr(module, bound, value)
    for number in range(8):
        text = words(f"n{number}x") + (" tunnel" if number == 0 else "")
        filed(api.house, f"https://times.example/{number}", text, now=NOW + timedelta(minutes=number))
    pages = await api.pages("/api/v1/articles", read, q="tunnel OR NOT /n[0-9]+x0/")
    assert [len(page) for page in pages] == found


async def test_since_until_and_outlet_narrow_and_an_unknown_outlet_is_told(api, read):
    for hour, outlet in enumerate(["times", "post", "times"]):
        now = NOW + timedelta(hours=hour)
        filed(api.house, f"https://{outlet}.example/{hour}", words(f"h{hour}x"), outlet=outlet, now=now)
    asked = {"since": "2026-11-21T12:30:00Z", "until": "2026-11-21T15:00:00+01:00"}
    (one,) = (await api.get("/api/v1/articles", read, params=asked)).json()["items"]
    assert one["outlet"] == "post"
    assert len((await api.get("/api/v1/articles", read, params={"outlet": "times"})).json()["items"]) == 2
    answer = await api.get("/api/v1/articles", read, params={"outlet": "tines"})
    assert (answer.status_code, 'did you mean "times"?' in answer.json()["errors"][0]["detail"]) == (422, True)


async def test_the_next_page_is_also_a_link_that_keeps_the_question(api, read):
    for number in range(3):
        filed(api.house, f"https://times.example/{number}", f"bridge {words(f'n{number}x')}")
    answer = await api.get("/api/v1/articles", read, params={"q": "bridge", "limit": 2})
    link = answer.links["next"]["url"]
    assert link.startswith(str(api.client.base_url))
    (last,) = (await api.get(link, read)).json()["items"]
    assert last["id"] not in ids(answer.json()["items"])
    api.house.public_url = "https://news.example.org/under"
    headers = {"host": "news.example.org", "authorization": f"Bearer {read}"}
    by_proxy = await api.house.ask("/api/v1/articles?limit=1", headers=headers)
    assert by_proxy.links["next"]["url"].startswith("https://news.example.org/under/api/v1/articles?limit=1&cursor=")


async def test_a_story_is_its_first_text_who_carries_it_and_what_was_told_more(api, read):
    base = " ".join(words(f"part{number}x", 30) for number in range(4))
    first = filed(api.house, "https://times.example/1", base).article
    filed(api.house, "https://post.example/1", base, outlet="post", now=NOW + timedelta(hours=1))
    longer = f"{base[: len(base) // 2]} {words('new', 60)}"
    update = filed(api.house, "https://wire.example/2", longer, outlet="wire", now=NOW + timedelta(hours=2)).article
    assert update.update_of == first.id
    story = (await api.get(f"/api/v1/stories/{first.story}", read)).json()
    assert story["original"]["id"] == first.id
    assert [one["outlet"] for one in story["also_in"]] == ["post"]
    assert [(one["article"]["id"], one["also_in"]) for one in story["updates"]] == [(update.id, [])]


async def test_outlets_are_told_with_their_health_page_by_page(api, read):
    api.house.outlets = [Outlet(slug=slug, name=slug, site=f"https://{slug}.example/") for slug in ("c", "a", "b")]
    pages = await api.pages("/api/v1/outlets", read, limit=2)
    assert [[one["slug"] for one in page] for page in pages] == [["a", "b"], ["c"]]
    one = (await api.get("/api/v1/outlets/b", read)).json()
    assert (one["health"], one["articles"], one["sources"]) == ("new", 0, [])


async def test_watches_are_told_with_where_they_stand(api, read, tmp_path):
    for slug, more in (("harbour", ""), ("quiet", "alert: {silence: 12h}\n")):
        (tmp_path / f"{slug}.yaml").write_text(
            f"name: {slug.title()}\nquery: bridge OR pier\n{more}notify:\n  - email: desk@example.org\n"
        )
    api.house.watches = [load_watch(tmp_path / f"{slug}.yaml") for slug in ("quiet", "harbour")]
    harbour, quiet = (await api.get("/api/v1/watches", read)).json()["items"]
    assert (harbour["slug"], harbour["query"], harbour["state"], harbour["progress"]) == (
        *("harbour", "bridge OR pier", "watching"),
        None,
    )
    assert (quiet["state"], quiet["progress"]["state"]) == ("new", "new")
    assert (await api.get("/api/v1/watches/harbour", read)).json() == harbour


def promised(api: Api, *states: str, watch: str = "harbour", address: str = "desk@example.org") -> list[str]:
    """Put deliveries on record, a minute after each other."""
    made = []
    with api.house.database.begin() as session:
        target = Subscriptions(api.house.database).ensure(session, watch, "email", address, NOW)
        for number, state in enumerate(states):
            id, at = f"{watch}-{number}", NOW + timedelta(minutes=number)
            payload = json.dumps({"data": {"article": {"title": f"Title {number}"}}})
            session.add(
                DeliveryRow(
                    id=id,
                    subscription=target.id,
                    endpoint="x",
                    type="story.matched",
                    attempts=3,
                    payload=payload,
                    state=state,
                    due_at=at,
                    created_at=at,
                    news=id,
                )
            )
            session.add(
                AttemptRow(delivery=id, number=1, started_at=at, duration_ms=12, status="550", excerpt="no such user")
            )
            made.append(id)
    return made


async def test_deliveries_are_listed_by_state_watch_and_age_page_by_page(api, read):
    promised(api, "sent", "failed", "failed", "pending", "failed")
    promised(api, "failed", watch="other")
    pages = await api.pages("/api/v1/deliveries", read, state="failed", watch="harbour", limit=2)
    assert [ids(page) for page in pages] == [["harbour-4", "harbour-2"], ["harbour-1"]]
    since = await api.get("/api/v1/deliveries", read, params={"since": "2026-11-21T12:03:00Z"})
    assert ids(since.json()["items"]) == ["harbour-4", "harbour-3"]
    wrong = await api.get("/api/v1/deliveries", read, params={"state": "lost"})
    assert wrong.status_code == 422


async def test_a_delivery_is_told_with_its_attempts_and_tried_again_only_when_it_failed(api, read, write):
    failed, sent = promised(api, "failed", "sent")
    one = (await api.get(f"/api/v1/deliveries/{failed}", read)).json()
    assert (one["title"], one["state"], one["attempts"]) == ("Title 0", "failed", 3)
    assert [(attempt["status"], attempt["excerpt"]) for attempt in one["history"]] == [("550", "no such user")]
    again = await api.post(f"/api/v1/deliveries/{failed}/retry", write)
    assert (again.status_code, again.json()["state"], again.json()["attempts"]) == (200, "pending", 0)
    refused = await api.post(f"/api/v1/deliveries/{sent}/retry", write)
    assert (refused.status_code, refused.json()["detail"]) == (409, "It cannot go out once more: is sent, not failed.")
    lost = await api.post(f"/api/v1/deliveries/{sent}/resend", write)
    assert (lost.status_code, lost.json()["id"], lost.json()["state"]) == (200, sent, "pending")
    assert (await api.post(f"/api/v1/deliveries/{sent}/resend", write)).status_code == 409
    assert (await api.post("/api/v1/deliveries/nonsense/resend", write)).status_code == 404


async def test_all_that_failed_in_a_range_is_tried_again_and_who_is_switched_off_where_it_is_named(api, write):
    async def retried(**asked: object) -> int:
        answer = await api.post("/api/v1/deliveries/retry", write, json={"since": "2026-11-21", **asked})
        return answer.json()["retried"]

    promised(api, "failed", "failed", "failed", "sent")
    promised(api, "failed", watch="other", address="else@example.org")
    with api.house.database.begin() as session:
        off = update(SubscriptionRow).where(SubscriptionRow.watch == "other")
        session.execute(off.values(state=SubscriptionState.DISABLED))
    assert await retried(dry_run=True) == 3
    assert await retried(until="2026-11-21T12:02:00Z") == 2
    assert await retried() == 1
    assert await retried(to="else@example.org") == 1


async def test_all_that_failed_since_a_moment_is_tried_again(api, write):
    promised(api, "failed", "failed", "failed", "sent")
    promised(api, "failed", "failed", watch="other", address="else@example.org")
    asked = {"since": "2026-11-21T12:01:00Z", "watch": "harbour"}
    assert (await api.post("/api/v1/deliveries/retry", write, json=asked)).json() == {"retried": 2}
    assert (await api.post("/api/v1/deliveries/retry", write, json={"since": "2026-11-21"})).json() == {"retried": 3}
    assert (await api.post("/api/v1/deliveries/retry", write, json={"watch": "harbour"})).status_code == 422


async def test_a_subscription_is_ended_and_begun_again_and_its_secret_address_is_never_told(api, read, write):
    (waiting,) = promised(api, "pending")
    promised(api, watch="other")
    answer = await api.get("/api/v1/subscriptions", read, params={"watch": "harbour", "state": "active"})
    (one,) = answer.json()["items"]
    with api.house.database.read():
        (kept,) = Subscriptions(api.house.database).all("harbour")
    assert kept.token not in answer.text
    ended = await api.post(f"/api/v1/subscriptions/{one['id']}/end", write)
    assert (ended.status_code, ended.json()["state"]) == (200, "unsubscribed")
    assert (await api.get(f"/api/v1/deliveries/{waiting}", read)).json()["reason"] == "unsubscribed"
    refused = await api.post(f"/api/v1/deliveries/{waiting}/retry", write)
    assert (refused.status_code, "its receiver is unsubscribed" in refused.json()["detail"]) == (409, True)
    begun = await api.post(f"/api/v1/subscriptions/{one['id']}/resume", write)
    assert (begun.json()["state"], begun.json()["ended_at"]) == ("active", None)
    assert [len(page) for page in await api.pages("/api/v1/subscriptions", read, limit=1)] == [1, 1]


async def test_what_the_asker_has_already_is_not_sent_again(api, read):
    filed(api.house, "https://times.example/1", words("bridge"))
    first = await api.get("/api/v1/articles", read)
    headers = {"if-none-match": f'"other", W/{first.headers["etag"]}'}
    again = await api.get("/api/v1/articles", read, headers=headers)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    filed(api.house, "https://times.example/2", words("pier"))
    assert (await api.get("/api/v1/articles", read, headers=headers)).status_code == 200
    head = await api.client.head("/api/v1/articles", headers={"authorization": f"Bearer {read}"})
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[("limit", value) for value in ("0", "201", "-1", "ten", "")],
        *[("since", value) for value in ("soon", "", "0001-01-01T00:00:00+14:00", "9" * 400)],
        *[("cursor", value) for value in ("x", "W10", "WyJhIl0", "é", "a" * 9000, "WyJhIiwiXHUwMDAwIl0")],
        *[("q", value) for value in ("", "bridge AND (", "\x00", "/(/", "(" * 5000)],
        ("outlet", "a\x00b"),
        ("body", "perhaps"),
        ("Q", "bridge"),
    ],
)
async def test_what_cannot_be_understood_is_refused_with_the_name_of_the_parameter(api, read, field, value):
    answer = await api.get("/api/v1/articles", read, params={field: value})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [fault["field"] for fault in answer.json()["errors"]] == [field]


async def test_a_mistake_in_a_query_is_told_with_its_place(api, read):
    answer = await api.get("/api/v1/articles", read, params={"q": "bridge AND (pier"})
    (fault,) = answer.json()["errors"]
    assert (fault["field"], fault["position"]) == ("q", 11)
    assert "parenthesis" in fault["detail"]


async def test_an_id_that_no_database_takes_is_refused(api, read):
    for path in ("articles/%00", "stories/a%00b", "deliveries/%00", "articles/" + "x" * 500):
        assert (await api.get(f"/api/v1/{path}", read)).status_code == 422
    assert (await api.get("/api/v1/articles/%ED%A0%80", read)).status_code in (404, 422)


async def test_an_imported_text_of_any_script_comes_whole(api, read):
    text = "Мост закрыт 🌉 橋は閉鎖 «الجسر مغلق» " * 9
    article = Article(
        outlet="times", url="https://t.example/й", canonical_url="https://t.example/й", title="橋", body=text
    )
    with api.house.database.begin() as session:
        Desk(api.house.database).file(session, article, now=NOW)
    (one,) = (await api.get("/api/v1/articles", read, params={"q": "мост"})).json()["items"]
    assert (one["body"], one["title"]) == (text.strip(), "橋")
