"""Chats: one short text each, which no headline can bend, to addresses that are nowhere shown."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs

import pytest

from alerts.channel import Tools
from alerts.channels import chat as room
from alerts.channels.chat import CHAT, SERVICES, ChatTarget
from alerts.messages.brief import brief
from alerts.messages.message import Message, compose
from alerts.messages.payload import digest_payload
from alerts.watchlist import read_target
from newsdesk import DeliveryFailure, Guard, PermanentFailure, TemporaryFailure
from tests.world.telling import BODY, NOW, filed, payload, span
from tocsin.demo.hook import Hook

BENT = "Sale <!channel> @everyone *now* [win](http://evil.example) <@U1> `x` _y_ ~z~ # a|b"
SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"


def message(**more: Any) -> Message:
    carried = filed(outlet="sputnik", url="https://sputnik.example/2")
    return compose(payload(matches=[span("body", BODY, "Lavrov")], also_in=[carried], **more), moment=NOW)


def bent() -> Message:
    return compose(payload(filed(title=BENT)), moment=NOW)


@pytest.fixture
async def tools() -> AsyncIterator[Tools]:
    tools = Tools(Guard(["127.0.0.0/8"]))
    yield tools
    await tools.close()


def target(url: str) -> ChatTarget:
    return ChatTarget.model_validate({"chat": url}, context={"guard": Guard(["127.0.0.0/8"])})


def place(hook: Hook) -> str:
    return hook.url.split("/")[2]


async def test_a_chat_is_told_title_outlet_link_words_and_who_else_carries_it(tools: Tools) -> None:
    with Hook() as hook:
        receipt = await CHAT.send(message(), target(f"json://{place(hook)}/x"), tools)
        (call,) = hook.calls
    assert receipt.status == "sent"
    assert call.json["title"] == "[Middle East Quartet] Lavrov calls for talks"
    assert call.json["message"].splitlines() == [
        "rt · 21 November 2026, 14:05 UTC",
        "https://rt.example/news/1-talks/",
        "Matched: lavrov",
        "Also in: sputnik",
    ]


def test_a_message_for_several_watches_names_them_all() -> None:
    document = json.loads(payload())
    document["data"]["watches"] = [document["data"]["watch"], {"slug": "b", "name": "Borders", "query": "b"}]
    text = brief(compose(json.dumps(document), moment=NOW), 4000)
    assert "Watches: Middle East Quartet, Borders" in text.lines


def test_a_digest_that_has_no_room_for_all_says_how_many_are_left_out() -> None:
    items = [json.loads(payload(filed(title=f"Story {n}"))) for n in range(30)]
    text = brief(compose(digest_payload("d", items, NOW), moment=NOW), 800)
    shown = sum(line.startswith("• Story") for line in text.lines)
    assert 0 < shown < 30
    assert text.lines[-1] == f"… and {30 - shown} more."
    assert len(text.whole.encode()) <= 800


@pytest.mark.parametrize("most", [120, 300, 1000])
def test_no_text_is_longer_than_the_service_takes_and_the_link_is_kept(most: int) -> None:
    text = brief(compose(payload(filed(title="Ж" * 400)), moment=NOW), most)
    assert len(text.whole.encode()) <= most
    assert "https://rt.example/news/1-talks/" in text.lines


async def posted(schema: str, tools: Tools, monkeypatch: pytest.MonkeyPatch) -> str:
    """What a service of the world would get, caught by a hook that its plugin takes for it."""
    import apprise.plugins.discord as discord
    import apprise.plugins.google_chat as gchat
    import apprise.plugins.slack as slack
    import apprise.plugins.telegram as telegram

    with Hook() as hook:
        hook.answers = lambda _path, _body: 200
        monkeypatch.setattr(slack.NotifySlack, "webhook_url", hook.url)
        monkeypatch.setattr(discord.NotifyDiscord, "notify_url", hook.url)
        monkeypatch.setattr(telegram.NotifyTelegram, "notify_url", hook.url)
        monkeypatch.setattr(gchat.NotifyGoogleChat, "notify_url", hook.url)
        here = place(hook)
        urls = {
            "slack": SLACK,
            "discord": "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
            "tgram": "tgram://123456789:abcdefg_hijklmnop/12315544/",
            "gchat": "gchat://workspace/key/token",
            "mmost": f"mmost://{here}/3ccdd113474722377935511fc85d3dd4",
            "rocket": f"rocket://{'a' * 24}/{'b' * 28}@{here}/#c",
            "ntfy": f"ntfy://{here}/topic",
        }
        try:
            await CHAT.send(bent(), target(urls[schema]), tools)
        except TemporaryFailure:
            assert schema == "slack"  # which wants the word ok, and is not given it
        (call,) = hook.calls
    if call.body.startswith(b"{"):
        data = call.json
        found = data.get("text") or data.get("content") or data.get("message")
        found = found or "".join(part["title"] + part["text"] for part in data["attachments"])
        return str(found) + str(data.get("title", ""))
    return str(parse_qs(call.body.decode()))


async def test_slack_gets_no_mention_no_link_and_no_markup(tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    text = await posted("slack", tools, monkeypatch)
    assert "&lt;!channel&gt;" in text
    assert "<" not in text
    assert "@everyone" not in text


@pytest.mark.parametrize("schema", ["discord", "mmost"])
async def test_markdown_is_escaped_where_it_can_be(schema: str, tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    text = await posted(schema, tools, monkeypatch)
    for escaped in (r"\*now\*", r"\[win\]", r"\<", r"\`x\`", r"\_y\_", r"\~z\~", r"\# a\|b"):
        assert escaped in text
    assert "@everyone" not in text
    assert "<@U1>" not in text


@pytest.mark.parametrize("schema", ["gchat", "rocket"])
async def test_where_no_escape_is_known_look_alikes_stand(
    schema: str, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = await posted(schema, tools, monkeypatch)
    assert not set("<>*_~`[]|\\") & set(text)
    assert "@everyone" not in text
    assert "https://rt.example/news/1-talks/" in text


async def test_telegram_gets_html_that_says_what_the_headline_says(
    tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = await posted("tgram", tools, monkeypatch)
    assert "Sale ‹!channel› @" in text
    assert "<" not in text


async def test_what_shows_plain_text_gets_the_headline_as_it_is(tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    assert BENT in await posted("ntfy", tools, monkeypatch)


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        (410, PermanentFailure, DeliveryFailure.GONE),
        (429, TemporaryFailure, DeliveryFailure.THROTTLED),
        (503, TemporaryFailure, DeliveryFailure.THROTTLED),
        (404, TemporaryFailure, DeliveryFailure.REJECTED),
        (302, TemporaryFailure, DeliveryFailure.REJECTED),
    ],
)
async def test_what_a_service_answers_is_judged(
    status: int, kind: type[Exception], reason: DeliveryFailure, tools: Tools
) -> None:
    with Hook() as hook:
        hook.answers = lambda _path, _body: status
        with pytest.raises(kind) as failed:
            await CHAT.send(message(), target(f"json://{place(hook)}/"), tools)
        assert len(hook.calls) == 1
    assert failed.value.reason is reason  # type: ignore[attr-defined]
    assert str(failed.value) == f"HTTP {status}"


async def test_a_server_that_hangs_costs_no_more_than_the_deadline(
    tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    monkeypatch.setattr(room, "_DEADLINE", 0.2)
    go_on = threading.Event()
    with Hook() as hook:
        hook.answers = lambda _path, _body: 204 if go_on.wait(20) else 500
        where = target(f"json://{place(hook)}/")
        for _ in range(2):  # the second waits for the first's thread, and is not let go beside it
            with pytest.raises(TemporaryFailure) as failed:
                await CHAT.send(message(), where, tools)
            assert failed.value.reason is DeliveryFailure.TIMEOUT
        go_on.set()
        assert len(hook.calls) <= 1


def test_the_address_on_record_holds_no_part_of_the_secret() -> None:
    made = target(SLACK)
    assert made.address.startswith("slack:")
    assert made.address == target(SLACK).address != target(SLACK + "a").address
    for part in SLACK.split("/")[2:]:
        assert part not in f"{made!r} {made} {made.address} {made.endpoint} {made.model_dump(mode='json')}"


@pytest.mark.parametrize(
    "url",
    [
        "slak://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
        "slack://T1JJ3T3L2secret",
        SLACK + "?template=/etc/passwd",
        "jsons://hooksecret.example/?verify=no",
        "jsons://hooksecret.example/?optional=yes",
        "jsons://hooksecret.example/?retry=3",
        "jsons://hooksecret.example/?overflow=split",
        "tgram://123456789:abcdefsecret_hijklmnop/12315544/555/",
        "json://hooksecret.example/",
        "jsons://10.1.2.3/secret",
        "jsons://127.0.0.1/secret",
        f"rockets://{'a' * 24}/{'b' * 28}@10.0.0.1/#secret",
        "jsons://looks.fine.example@10.0.0.1/secret",
        "jsons://0x7f000001/secret",
        "matrixs://user:secret@169.254.169.254/",
        "ntfys://[::1]/secret",
        "jsons://hooksecret.example:22/",
        "mailto://user:secret@example.org",
        "exec://secret",
        "jsons://a\nsecret/",
    ],
)
def test_an_address_that_will_not_do_is_refused_and_not_shown(url: str) -> None:
    kept, faults = read_target({"chat": url}, Guard())
    assert kept is None
    ((where, what, remedy),) = faults
    assert where == ("chat",)
    assert remedy or what
    assert "secret" not in f"{what} {remedy}"
    assert "TIiaj" not in f"{what} {remedy}"


async def test_a_name_that_leads_inside_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    import alerts.post as post

    async def inside(_host: str, _port: int) -> list[Any]:
        return [(0, 0, 0, "", ("10.0.0.1", 443))]

    monkeypatch.setattr(post, "_lookup", inside)
    made = ChatTarget.model_validate({"chat": "jsons://looks.fine.example/"}, context={"guard": Guard()})
    with pytest.raises(TemporaryFailure) as failed:
        await CHAT.send(message(), made, Tools(Guard()))
    assert failed.value.reason is DeliveryFailure.REFUSED_ADDRESS


async def test_a_name_that_hangs_costs_no_more_than_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    import alerts.post as post

    monkeypatch.setattr(post, "_lookup", lambda _host, _port: asyncio.Event().wait())
    monkeypatch.setattr(room, "_DEADLINE", 0.05)
    made = ChatTarget.model_validate({"chat": "jsons://looks.fine.example/"}, context={"guard": Guard()})
    with pytest.raises(TemporaryFailure) as failed:
        await asyncio.wait_for(CHAT.send(message(), made, Tools(Guard())), 10)
    assert failed.value.reason is DeliveryFailure.TIMEOUT


def test_without_the_extra_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    monkeypatch.setattr(room.importlib.util, "find_spec", lambda _name: None)
    _, faults = read_target({"chat": SLACK}, Guard())
    assert faults == [(("chat",), "chat", "chats need an extra that is not installed; run: pip install 'tocsin[chat]'")]


def test_each_service_that_is_let_in_is_one_that_apprise_knows() -> None:
    import apprise

    known = {
        word
        for one in apprise.Apprise().details()["schemas"]
        for word in (*(one["protocols"] or ()), *(one["secure_protocols"] or ()))
    }
    assert set(SERVICES) <= known
