"""What every channel on the shelf promises."""

import inspect
import json
import re
import socket
from pathlib import Path
from typing import Any

import pytest

import alerts.channels
from alerts import CHANNELS, Channel, Receipt, SmtpSettings, Target, Tools
from alerts.messages.message import Message, compose
from alerts.watchlist import read_target
from newsdesk import DeliveryError, Guard
from tests.world.telling import NOW, payload
from tocsin.demo.hook import Hook

FILES = sorted(path for path in Path(alerts.channels.__path__[0]).glob("*.py") if path.name != "__init__.py")
KINDS = sorted(CHANNELS)


DELIVERY = Path(__file__).parents[2] / "docs" / "delivery.md"


def entry(channel: Channel[Any], **more: Any) -> dict[str, Any]:
    """An entry of `notify:`."""
    return {channel.kind: channel.example, **more}


def row(channel: Channel[Any]) -> str:
    """The line of the documentation that a channel's own words make."""
    reasons = ", ".join(f"`{reason}`" for reason in sorted(channel.reasons))
    return f"| {channel.kind} | `- {channel.kind}: {channel.example}` | {channel.form} | {channel.limits} | {reasons} |"


def listed() -> list[str]:
    text = DELIVERY.read_text("utf-8")
    table = text[text.index("## Channels") :].split("\n## ")[0]
    return [line for line in table.splitlines() if " | `- " in line]


def target(channel: Channel[Any], **more: Any) -> Target:
    return channel.target_type.model_validate(entry(channel, **more), context={"guard": Guard(["127.0.0.0/8"])})


def message() -> Message:
    return compose(payload(), moment=NOW, unsubscribe_url="https://t.example/unsubscribe/T")


def test_each_file_of_the_shelf_adds_a_channel_of_its_name() -> None:
    assert [path.stem for path in FILES] == KINDS


@pytest.mark.parametrize("kind", KINDS)
class TestEachChannel:
    def test_its_kind_is_the_key_that_names_its_address(self, kind: str) -> None:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", kind)
        assert kind in CHANNELS[kind].target_type.model_fields

    def test_an_entry_with_its_key_finds_it(self, kind: str) -> None:
        kept, faults = read_target(entry(CHANNELS[kind]), Guard(["127.0.0.0/8"]))
        assert faults == []
        assert kept is not None
        assert kept.channel is CHANNELS[kind]

    def test_a_target_knows_its_address_and_endpoint_and_when_it_is_told(self, kind: str) -> None:
        made = target(CHANNELS[kind], when="daily", at="07:30", timezone="Europe/London", quiet="22:00-07:00")
        assert made.address
        assert made.endpoint
        assert (made.plan.when, made.plan.at.hour, str(made.plan.zone)) == ("daily", 7, "Europe/London")
        assert made.plan.quiet is not None

    def test_a_key_that_it_does_not_know_is_refused_with_a_hint(self, kind: str) -> None:
        kept, faults = read_target(entry(CHANNELS[kind], wen="now"), Guard(["127.0.0.0/8"]))
        assert kept is None
        assert faults == [(("wen", ""), f'"wen" is nothing that {kind} knows', 'did you mean "when"?')]

    def test_an_address_that_is_none_is_refused_at_its_place(self, kind: str) -> None:
        kept, faults = read_target({kind: "no address"}, Guard())
        assert kept is None
        assert [place for place, _, _ in faults] == [(kind,)]

    def test_its_secrets_are_shown_nowhere(self, kind: str) -> None:
        fields = [name for name in CHANNELS[kind].target_type.model_fields if re.search("secret|token|password", name)]
        made = target(CHANNELS[kind], **dict.fromkeys(fields, "a-very-secret-text"))
        assert "a-very-secret-text" not in repr(made) + str(made) + made.address + made.endpoint
        assert "a-very-secret-text" not in json.dumps(made.model_dump(mode="json"))

    async def test_a_receiver_that_cannot_be_reached_is_a_failure_that_it_declares(
        self, kind: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # Every name leads to this machine, and to a door where nobody listens.
        nowhere = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 9))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_arguments, **_more: nowhere)
        tools = Tools(Guard(["127.0.0.0/8"]), {"email": SmtpSettings(host="127.0.0.1", port=9)})
        with pytest.raises(DeliveryError) as failed:
            await CHANNELS[kind].send(message(), target(CHANNELS[kind]), tools)
        assert failed.value.reason in CHANNELS[kind].reasons
        assert str(failed.value)
        assert "\n" not in str(failed.value)
        await tools.close()

    def test_sending_is_a_coroutine_that_gives_a_receipt(self, kind: str) -> None:
        send = CHANNELS[kind].send
        assert inspect.iscoroutinefunction(send)
        assert inspect.signature(send).return_annotation is Receipt

    def test_it_declares_its_form_its_limits_and_why_it_may_fail(self, kind: str) -> None:
        channel = CHANNELS[kind]
        assert channel.form
        assert channel.limits
        assert channel.reasons

    def test_it_says_what_it_is_in_one_line(self, kind: str) -> None:
        module = inspect.getmodule(type(CHANNELS[kind]))
        assert module is not None
        assert (module.__doc__ or "").splitlines()[0].endswith(".")


def test_the_documentation_holds_the_channels_own_words() -> None:
    """A new channel's line is written into the page, so that its file is all there is to add."""
    rows = [row(channel) for channel in CHANNELS.values()]
    if missing := [one for one in rows if one.split(" | ")[0] not in {line.split(" | ")[0] for line in listed()}]:
        last = listed()[-1]
        DELIVERY.write_text(DELIVERY.read_text("utf-8").replace(last, "\n".join([last, *missing])), "utf-8")
    assert sorted(listed()) == sorted(rows)


def test_an_entry_without_a_channel_gets_a_hint() -> None:
    _, faults = read_target({"emial": "x@example.org", "when": "now"})
    assert faults == [(("emial", ""), "no channel is named here", 'did you mean "email"?')]


def test_an_entry_with_two_channels_is_refused() -> None:
    _, faults = read_target({"email": "x@example.org", "webhook": "https://x.example/"})
    assert faults[0][1].startswith("one entry names two channels")


async def test_the_channel_in_the_docs_works_as_it_stands() -> None:
    page = Path(__file__).parents[2].joinpath("docs", "extending.md").read_text("utf-8")
    (source,) = [code for code in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "Channel[" in code]
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(source, "docs/extending.md", "exec"), names)
    channel: Channel[Any] = names["NTFY"]
    with Hook() as hook:
        tools = Tools(Guard(["127.0.0.0/8"]))
        receipt = await channel.send(message(), channel.target_type.model_validate({"ntfy": hook.url}), tools)
        await tools.close()
    assert receipt.status == "204"
    assert hook.calls[0].body.startswith(b"[Middle East Quartet] Lavrov calls for talks")
