"""Readers subscribe by themselves: asked once, told only after their word, free to rest, change and leave."""

import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import fromstring

import pytest

from alerts import Subscriptions, SubscriptionState
from alerts.tables import RequestRow
from newsdesk import Database
from tests.world.api import Api, served
from tests.world.newsroom import Newsroom, newsroom
from tests.world.readers import ask, house_of, link_in, subscribe

ANN = "ann@example.org"


@pytest.fixture
async def room(database: Database) -> AsyncIterator[Newsroom]:
    with newsroom(database) as room:
        room.now = datetime.now(UTC)
        room.watch("Lavrov", open=True)
        yield room
        await room.dispatch.close(5)


@pytest.fixture
async def api(room: Newsroom) -> AsyncIterator[Api]:
    async with served(house_of(room)) as api:
        yield api
        await api.house.reception.close()


def state(room: Newsroom, token: str) -> SubscriptionState:
    found = Subscriptions(room.database).show(token)
    assert found is not None
    return found.state


async def act(api: Api, token: str, action: str, **fields: str) -> str:
    answer = await api.client.post(f"/manage/{token}", data={"action": action, **fields})
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_nothing_is_sent_but_the_one_mail_until_the_owner_posts_on_the_page_of_its_link(api, room):
    assert "Look into your mailbox" in (await ask(api)).text
    link = await link_in(api, room)
    (mail,) = room.mailbox.mails
    assert (mail.recipient, mail.subject) == (ANN, "Confirm your alerts: Quartet")
    assert "Shall alerts begin?" in (await api.get(link)).text
    room.prints("Lavrov speaks")
    await room.works()
    assert room.mailbox.mails == [mail]
    assert "You are subscribed" in (await api.post(link)).text
    room.prints("Lavrov speaks again of other things")
    await room.works()
    assert [mail.subject for mail in room.mailbox.mails[1:]] == ["[Quartet] Lavrov speaks again of other things"]


async def test_a_link_is_good_once_and_for_a_day_and_only_its_hash_is_kept(api, room):
    await ask(api)
    link = await link_in(api, room)
    with room.database.read() as session:
        (row,) = session.query(RequestRow).all()
        assert link.rpartition("/")[2] not in json.dumps(
            {column.name: str(getattr(row, column.name)) for column in RequestRow.__table__.columns}
        )
    assert (await api.post(link)).status_code == 200
    assert (await api.post(link)).status_code == 410
    await ask(api, email="bob@example.org")
    late = await link_in(api, room)
    room.waits(hours=24)
    answer = await api.post(late)
    assert (answer.status_code, "too old" in answer.text) == (410, True)
    assert (await api.get("/confirm/nothing")).status_code == 404
    assert [one.address for one in Subscriptions(room.database).all()] == [ANN]


async def test_whoever_asks_does_not_learn_who_is_subscribed(api, room):
    await subscribe(api, room)
    known, unknown = await ask(api), await ask(api, email="bob@example.org")
    assert known.status_code == unknown.status_code
    assert known.text.replace(ANN, "X") == unknown.text.replace("bob@example.org", "X")
    await room.send()
    subjects = [mail.subject for mail in room.mailbox.mails]
    assert subjects == ["Confirm your alerts: Quartet"] * 2


async def test_five_an_hour_from_one_address_and_three_a_day_for_one_mailbox_are_enough(api, room):
    answers = [(await ask(api, email=email)).status_code for email in (ANN, "Ann@Example.org", "ANN@example.org", ANN)]
    assert answers == [200, 200, 200, 429]
    others = [await ask(api, email=f"bob{number}@example.org") for number in range(3)]
    assert [answer.status_code for answer in others] == [200, 200, 429]
    assert 3590 <= int(others[-1].headers["retry-after"]) <= 3600
    elsewhere = {"x-forwarded-for": "203.0.113.5, 198.51.100.7"}
    assert (await ask(api, email="carl@example.org", headers=elsewhere)).status_code == 200
    room.waits(hours=1, seconds=1)
    assert (await ask(api, email="dora@example.org")).status_code == 200
    assert (await ask(api)).status_code == 429
    room.waits(hours=23)
    assert (await ask(api)).status_code == 200


async def test_what_its_owner_confirms_does_not_count(api, room):
    for number in range(7):
        room.watch("Lavrov", slug=f"watch-{number}", open=True)
        await subscribe(api, room, watch=f"watch-{number}")
    assert len(Subscriptions(room.database).all()) == 7


async def test_a_watch_that_is_not_open_takes_nobody_and_one_that_closes_takes_no_confirmation(api, room):
    await ask(api)
    link = await link_in(api, room)
    room.watch("Lavrov", open=False)
    assert (await api.get("/subscribe/quartet")).status_code == 404
    assert (await ask(api)).status_code == 404
    assert (await api.post(link)).status_code == 410
    assert Subscriptions(room.database).all() == []
    assert "No watch is open" in (await api.get("/subscribe")).text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"email": "nonsense"}, "Write one bare address"),
        ({"email": "a@example.org, b@example.org"}, "one bare address"),
        ({"when": "sometimes"}, "now, hourly, daily or weekly"),
        ({"timezone": "Mars/Phobos"}, "IANA"),
        ({"when": "daily", "at": "8 o'clock"}, "time of day"),
        ({"quiet_from": "22:00"}, "time of day"),
    ],
)
async def test_what_is_wrong_in_the_form_is_said_and_nothing_typed_is_lost(api, room, fields, said):
    answer = await ask(api, **{"email": ANN, "quiet_to": "", **fields})
    assert answer.status_code == 422
    assert said.lower() in answer.text.lower()
    assert 'value="' + fields.get("email", ANN) in answer.text
    assert room.mailbox.mails == []


async def test_another_sites_form_is_refused_but_a_mail_programs_one_click_is_not(api, room):
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        assert (await ask(api, headers=headers)).status_code == 403
    assert (await ask(api, headers={"sec-fetch-site": "same-origin", "origin": "null"})).status_code == 200
    token = await subscribe(api, room)
    refused = await api.post(f"/manage/{token}", data={"action": "end"}, headers={"sec-fetch-site": "cross-site"})
    assert refused.status_code == 403
    assert state(room, token) is SubscriptionState.ACTIVE
    await api.post(
        f"/unsubscribe/{token}", data={"List-Unsubscribe": "One-Click"}, headers={"origin": "https://mail.x"}
    )
    assert state(room, token) is SubscriptionState.UNSUBSCRIBED


async def test_the_link_of_an_alert_leads_to_a_page_that_shows_by_get_and_ends_by_post(api, room):
    await subscribe(api, room)
    room.prints("Lavrov speaks")
    await room.works()
    link = await link_in(api, room, "unsubscribe")
    shown = await api.get(link)
    assert "Snooze" in shown.text
    assert "Keep this" in shown.text
    token = link.rpartition("/")[2]
    assert state(room, token) is SubscriptionState.ACTIVE
    assert "You are unsubscribed" in (await api.post(link)).text
    room.mailbox.mails.clear()
    room.prints("Lavrov speaks of something else entirely")
    await room.works()
    assert room.mailbox.mails == []
    assert "Alerts come again" in await act(api, token, "resume")
    room.prints("Lavrov leaves for a long journey abroad")
    await room.works()
    assert [mail.subject for mail in room.mailbox.mails] == ["[Quartet] Lavrov leaves for a long journey abroad"]


async def test_one_button_ends_everything_that_an_address_is_told_but_nobody_elses(api, room):
    room.watch("Hamas", slug="hamas", open=True)
    room.operator.append({"email": ANN})
    room.keeps(*room.watchlist.watches)
    api.house.watches = list(room.watchlist.watches)
    first, other = await subscribe(api, room), await subscribe(api, room, email="bob@example.org")
    second = await subscribe(api, room, watch="hamas")
    with room.database.begin() as session:
        house = Subscriptions(room.database).ensure(session, "@operator", "email", ANN, room.now)
    assert "Hamas" in (await api.get(f"/manage/{first}")).text
    assert "unsubscribed from everything" in await act(api, first, "all")
    states = [state(room, token) for token in (first, second, other, house.token)]
    assert states == ["unsubscribed", "unsubscribed", "active", "active"]


async def test_another_cadence_is_kept_and_what_is_wrong_in_it_is_said(api, room):
    token = await subscribe(api, room)
    more = {"when": "daily", "at": "07:30", "timezone": "Europe/Moscow", "quiet_from": "22:00", "quiet_to": "06:00"}
    assert "every day at 07:30 (Europe/Moscow), none from 22:00 to 06:00" in await act(api, token, "plan", **more)
    room.prints("Lavrov speaks")
    await room.works()
    (held,) = room.deliveries("held")
    assert room.mailbox.mails == []
    assert (held.due_at.hour, held.due_at.minute) == (4, 30)
    answer = await api.post(f"/manage/{token}", data={"action": "plan", "when": "daily", "at": "25:00"})
    assert (answer.status_code, "25:00" in answer.text) == (422, True)


async def test_a_target_of_the_file_can_rest_and_leave_but_keeps_the_files_times(api, room):
    room.watch("Lavrov", room.mail(ANN), open=True)
    room.prints("Lavrov speaks")
    await room.works()
    token = (await link_in(api, room, "unsubscribe")).rpartition("/")[2]
    assert "Keep this" not in (await api.get(f"/manage/{token}")).text
    await act(api, token, "plan", when="weekly")
    found = Subscriptions(room.database).show(token)
    assert found is not None
    assert (found.origin, found.plan) == ("file", {})
    await act(api, token, "pause")
    assert state(room, token) is SubscriptionState.PAUSED
    await act(api, token, "resume")
    await subscribe(api, room)
    found = Subscriptions(room.database).show(token)
    assert found is not None
    assert (found.origin, found.state) == ("file", "active")


async def test_a_day_that_is_over_or_no_day_is_no_snooze(api, room):
    token = await subscribe(api, room)
    for until in ("2001-01-01", "tomorrow", ""):
        answer = await api.post(f"/manage/{token}", data={"action": "snooze", "until": until})
        assert answer.status_code == 422
    day = (datetime.now(UTC) + timedelta(days=3)).date()
    said = await act(api, token, "snooze", until=day.isoformat())
    assert f"{day.day} {day:%B %Y}, 08:00 UTC" in said
    assert "snooze is over" in await act(api, token, "wake")


async def test_a_feed_at_a_secret_address_is_read_and_can_be_ended(api, room):
    answer = await api.post("/subscribe/quartet", data={"by": "feed"})
    (feed,) = set(re.findall(r"/feeds/quartet/[\w-]+\.atom", answer.text))
    (end,) = set(re.findall(r"/unsubscribe/[\w-]+", answer.text))
    room.prints("Lavrov speaks")
    await room.works()
    elsewhere = {"host": "127.0.0.1", "x-forwarded-for": "203.0.113.5"}
    read = await api.get(feed, headers=elsewhere)
    assert "Lavrov speaks" in "".join(fromstring(read.content).itertext())
    assert (await api.get("/feeds/quartet/guess.atom", headers=elsewhere)).status_code == 404
    assert "End this feed?" in (await api.get(end)).text
    renewed = await act(api, end.rpartition("/")[2], "renew")
    (fresh,) = set(re.findall(r"/feeds/quartet/[\w-]+\.atom", renewed))
    assert [(await api.get(path, headers=elsewhere)).status_code for path in (feed, fresh)] == [404, 200]
    feed = fresh
    assert "The feed has ended" in (await api.post(end)).text
    assert (await api.get(feed, headers=elsewhere)).status_code == 410
    assert feed.split("/")[-1].removesuffix(".atom") not in str(Subscriptions(room.database).all())


async def test_a_form_that_is_too_long_is_refused(api, room):
    assert (await ask(api, email="x" * 10_000)).status_code == 413
    assert (await ask(api, **{f"field{number}": "x" for number in range(30)})).status_code == 400


async def test_an_invitation_is_promised_like_an_alert_and_sent_until_its_link_is_good_no_more(api, room):
    answers = iter(["450 later", None])
    room.mailbox.refuse = lambda _: next(answers)
    await ask(api)
    await room.send()
    assert (room.states(), room.mailbox.mails) == (["pending"], [])
    room.dispatch = room.dispatcher()  # another process goes on
    room.waits(minutes=1)
    await room.send()
    assert (room.states(), len(room.mailbox.mails)) == (["sent"], 1)
    await ask(api, email="bob@example.org")
    room.mailbox.refuse = lambda _: None
    room.waits(hours=24)
    await room.send()
    assert (room.states(), len(room.mailbox.mails)) == (["sent", "failed"], 1)


async def test_a_mailbox_that_strangers_made_up_troubles_nobody(api, room):
    room.operator.append({"email": "boss@example.org"})
    room.keeps(*room.watchlist.watches)
    room.mailbox.refuse = lambda _: "550 nobody here"
    await ask(api, email="nobody@example.org")
    await room.send()
    assert [one.watch for one in room.deliveries("failed")] == ["@invited"]
    assert room.deliveries("pending") == []
    assert (room.dispatch.counters.dead, Subscriptions(room.database).all()) == (0, [])


async def test_what_was_asked_is_forgotten_after_a_week_but_who_said_never_is_asked_no_more(api, room):
    await ask(api)
    never = await link_in(api, room, "unsubscribe")
    assert "Never be asked again?" in (await api.get(never)).text
    assert "You are asked no more" in (await api.client.post(never)).text
    await ask(api, email="bob@example.org")
    await room.send()
    room.waits(days=8)
    await api.house.reception.forget()
    assert room.deliveries() == []
    assert [(one.watch, one.address) for one in Subscriptions(room.database).all()] == [("@invited", ANN)]
    room.mailbox.mails.clear()
    assert "Look into your mailbox" in (await ask(api)).text
    await room.send()
    assert (room.mailbox.mails, room.deliveries()) == ([], [])
    await act(api, never.rpartition("/")[2], "resume")
    await ask(api)
    await room.send()
    assert [mail.recipient for mail in room.mailbox.mails] == [ANN]


async def test_one_click_ends_all_watches_that_a_mail_is_of_and_no_other(api, room):
    room.waits_for_others(seconds=30)
    for slug, query in (("hamas", "speaks"), ("other", "grain")):
        room.watch(query, slug=slug, open=True)
    api.house.watches = list(room.watchlist.watches)
    tokens = [await subscribe(api, room, watch=slug) for slug in ("quartet", "hamas", "other")]
    bob = await subscribe(api, room, email="bob@example.org", watch="hamas")
    room.prints("Lavrov speaks")
    await room.sweep()
    room.waits(seconds=40)
    await room.send()
    (mail,) = [mail for mail in room.mailbox.mails if mail.recipient == ANN]
    link = re.search(r"<https://tocsin\.example(/unsubscribe/[\w-]+)>", str(mail.message["List-Unsubscribe"]))
    assert link
    shown = (await api.get(link[1])).text
    assert "Quartet" in shown
    assert "Unsubscribe from all 2" in shown
    (theirs,) = [mail for mail in room.mailbox.mails if mail.recipient != ANN]
    delivery = str(theirs.message["Message-ID"])[1:].partition(".")[0]
    await api.client.post(f"/unsubscribe/{tokens[2]}-{delivery}")
    assert [state(room, token) for token in (*tokens, bob)] == ["active", "active", "unsubscribed", "active"]
    ended = await api.client.post(link[1], data={"List-Unsubscribe": "One-Click"})
    assert "You are unsubscribed" in ended.text
    assert [state(room, token) for token in (*tokens, bob)] == ["unsubscribed"] * 3 + ["active"]
