"""PagerDuty: an alert is one event under its own key, whatever the headline, and each answer is judged."""

from collections.abc import AsyncIterator

import pytest

from alerts.channel import Tools
from alerts.channels.pagerduty import PAGERDUTY, PagerDutyTarget
from alerts.messages.message import compose
from alerts.messages.payload import digest_payload
from alerts.watchlist import read_target
from newsdesk import DeliveryFailure, Guard, PermanentFailure, TemporaryFailure
from tests.world.telling import NOW, filed, payload
from tocsin.demo.hook import Hook

KEY = "0123456789abcdef0123456789ABCDEF"


@pytest.fixture
async def tools() -> AsyncIterator[Tools]:
    tools = Tools(Guard(["127.0.0.0/8"]))
    yield tools
    await tools.close()


def target(hook: Hook, **more: str) -> PagerDutyTarget:
    return PagerDutyTarget.model_validate({"pagerduty": KEY, "server": hook.url, **more})


async def test_an_alert_is_one_event_whose_key_stays_the_same_when_it_is_repeated(tools: Tools) -> None:
    with Hook() as hook:
        hook.answers = lambda _path, _body: 202
        for _ in range(2):
            receipt = await PAGERDUTY.send(compose(payload(), moment=NOW), target(hook, severity="info"), tools)
        first, again = (call.json for call in hook.calls)
    assert (receipt.status, first) == ("202", again)
    assert (first["routing_key"], first["event_action"], first["dedup_key"]) == (
        KEY,
        "trigger",
        "alert-0123456789abcdef",
    )
    told = first["payload"]
    assert told["summary"] == "[Middle East Quartet] Lavrov calls for talks"
    assert (told["source"], told["severity"], told["component"]) == ("rt", "info", "quartet")
    assert (told["timestamp"], told["class"]) == ("2026-11-21T14:05:09Z", "story.matched")
    assert told["custom_details"]["article"]["url"] == "https://rt.example/news/1-talks/"
    assert first["links"] == [{"href": "https://rt.example/news/1-talks/", "text": "Lavrov calls for talks"}]


async def test_the_longest_alert_is_far_below_what_a_server_takes(tools: Tools) -> None:
    import json

    items = [json.loads(payload(filed(title="Ж" * 3000))) for _ in range(40)]
    with Hook() as hook:
        for text in (payload(filed(title="Ж" * 3000, body="ж" * 100_000)), digest_payload("d", items[:10], NOW)):
            await PAGERDUTY.send(compose(text, moment=NOW), target(hook), tools)
            assert len(hook.calls[-1].body) < 512_000
            assert len(hook.calls[-1].json["payload"]["summary"]) <= 1024


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        (400, PermanentFailure, DeliveryFailure.REJECTED),
        (429, TemporaryFailure, DeliveryFailure.THROTTLED),
        (500, TemporaryFailure, DeliveryFailure.REJECTED),
        (503, TemporaryFailure, DeliveryFailure.THROTTLED),
        (403, TemporaryFailure, DeliveryFailure.REJECTED),
    ],
)
async def test_each_answer_is_judged(status: int, kind: type[Exception], reason: DeliveryFailure, tools: Tools) -> None:
    with Hook() as hook:
        hook.answers = lambda _path, _body: status
        with pytest.raises(kind) as failed:
            await PAGERDUTY.send(compose(payload(), moment=NOW), target(hook), tools)
    assert failed.value.reason is reason  # type: ignore[attr-defined]


def test_the_key_is_shown_nowhere_and_two_keys_are_two_addresses() -> None:
    made, other = (PagerDutyTarget.model_validate({"pagerduty": key}) for key in (KEY, KEY[::-1]))
    assert made.address.startswith("events.pagerduty.com:")
    assert made.address != other.address
    assert KEY not in f"{made!r} {made} {made.address} {made.endpoint} {made.model_dump(mode='json')}"


@pytest.mark.parametrize(
    "entry",
    [
        {"pagerduty": "too-short-a-secret"},
        {"pagerduty": KEY, "severity": "grave"},
        {"pagerduty": KEY, "server": "https://10.0.0.1/"},
    ],
)
def test_what_is_wrong_with_an_entry_is_told_without_its_key(entry: dict[str, str]) -> None:
    kept, faults = read_target(entry, Guard())
    assert kept is None
    ((where, what, remedy),) = faults
    assert where == (list(entry)[-1],)
    assert remedy or what
    assert entry["pagerduty"] not in f"{what} {remedy}"
