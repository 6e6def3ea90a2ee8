"""The API as programs meet it: on a real port, with real tokens."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import httpx

from newsdesk import Article, Desk, Filing
from tests.world.house import PlainHouse
from tocsin.tokens import Scope, Tokens
from tocsin.web import WebFace

for package in ("newsdesk", "crawler", "alerts", "tocsin"):
    import_module(f"{package}.tables")

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass
class Api:
    """A house that is served, and someone who asks it with a token."""

    house: PlainHouse
    client: httpx.AsyncClient

    async def get(self, path: str, token: str | None = None, **more: Any) -> httpx.Response:
        return await self.client.get(path, **_with(token, more))

    async def post(self, path: str, token: str | None = None, **more: Any) -> httpx.Response:
        return await self.client.post(path, **_with(token, more))

    async def pages(self, path: str, token: str, **params: Any) -> list[list[dict[str, Any]]]:
        """Give the items of each page, by the cursors."""
        found = []
        while True:
            answer = await self.get(path, token, params=params)
            assert answer.status_code == 200, answer.text
            found.append(answer.json()["items"])
            if answer.json()["next"] is None:
                assert "link" not in answer.headers
                return found
            params["cursor"] = answer.json()["next"]


def _with(token: str | None, more: dict[str, Any]) -> dict[str, Any]:
    headers = dict(more.pop("headers", {}))
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    return {**more, "headers": headers}


@asynccontextmanager
async def served(house: PlainHouse) -> AsyncIterator[Api]:
    """Serve a house on a free port."""
    face = WebFace(house, "127.0.0.1:0")
    await face.start()
    try:
        async with httpx.AsyncClient(base_url=face.address, trust_env=False) as client:
            yield Api(house, client)
    finally:
        await face.stop()


def token_for(house: PlainHouse, *scopes: str, name: str = "", expires: datetime | None = None) -> str:
    """Make a token."""
    with house.database.begin() as session:
        tokens = Tokens(house.database)
        return tokens.create(session, name or "+".join(scopes), [Scope(one) for one in scopes], NOW, expires)


def filed(
    house: PlainHouse, url: str, text: str, *, title: str = "", outlet: str = "times", now: datetime = NOW
) -> Filing:
    """File an article."""
    article = Article(outlet=outlet, url=url, canonical_url=url, title=title or text[:60], body=text)
    with house.database.begin() as session:
        return Desk(house.database).file(session, article, now=now)


def words(seed: str, count: int = 60) -> str:
    """Give a text of its own words."""
    return " ".join(f"{seed}{number}" for number in range(count))


def ids(items: Sequence[dict[str, Any]]) -> list[str]:
    """Give the ids of what a list holds."""
    return [one["id"] for one in items]
