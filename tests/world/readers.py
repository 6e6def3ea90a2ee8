"""Readers: people with browsers and mailboxes, and hooks that say a challenge back."""

import json
import re
from collections.abc import Mapping
from typing import Any

import httpx

from alerts import Reception
from tests.world.api import Api
from tests.world.house import PlainHouse
from tests.world.newsroom import Newsroom
from tocsin.demo.server import Handler, LoopbackServer


def house_of(room: Newsroom) -> PlainHouse:
    """Give a house that stands on a newsroom's watches and clock."""
    reception = Reception(room.database, room.watchlist, clock=lambda: room.now)
    return PlainHouse(room.database, watches=list(room.watchlist.watches), reception=reception)


async def ask(api: Api, watch: str = "quartet", email: str = "ann@example.org", **fields: str) -> httpx.Response:
    """Send the form of the page that subscribes."""
    headers = fields.pop("headers", {})
    form = {"by": "email", "email": email, "when": "now", "timezone": "UTC", **fields}
    return await api.client.post(f"/subscribe/{watch}", data=form, headers=headers)


async def link_in(api: Api, room: Newsroom, name: str = "confirm") -> str:
    """Give the path of the link in the newest mail."""
    await room.send()
    found = re.search(rf"https://tocsin\.example(/{name}/[\w-]+)", room.mailbox.mails[-1].text)
    assert found, room.mailbox.mails[-1].text
    return found[1]


async def subscribe(api: Api, room: Newsroom, email: str = "ann@example.org", **fields: str) -> str:
    """Ask, and follow the link to its end; gives the token by which all else is changed."""
    assert (await ask(api, email=email, **fields)).status_code == 200
    answer = await api.client.post(await link_in(api, room))
    found = re.search(r"/manage/([\w-]+)", answer.text)
    assert found, answer.text
    room.mailbox.mails.clear()
    return found[1]


class EchoingHook(LoopbackServer):
    """A hook that answers by what `says` makes of a request; as it comes it says challenges back."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[Mapping[str, str], dict[str, Any]]] = []
        self.status = 200

    @property
    def url(self) -> str:
        return f"{self.origin}/hook"

    def says(self, document: dict[str, Any]) -> str:
        return json.dumps({"challenge": document["data"].get("challenge")})


class _Echo(Handler):
    owner: EchoingHook

    def do_POST(self) -> None:
        document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.owner.calls.append(({name.lower(): value for name, value in self.headers.items()}, document))
        body = self.owner.says(document).encode()
        self.send_response(self.owner.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


EchoingHook.handler = _Echo
