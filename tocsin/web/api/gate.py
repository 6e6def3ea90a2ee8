"""Gate: who is let in, by a bearer token (RFC 6750); who guesses, waits."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NoReturn

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request

from newsdesk import Database, TocsinError
from tocsin.log import logger
from tocsin.tokens import Scope, Token, Tokens, digest_of

from ..caller import address_of
from .problem import Refusal

MOST_FAILURES = 10
"""So many wrong tokens an address may show within a `WINDOW` ..."""
MOST_REQUESTS = 3000
"""... and so often a token may be shown: one program that runs wild keeps no other from the database."""
WINDOW = timedelta(minutes=1)
_REMEMBERED = 10_000
_LONGEST = 200
_REALM = 'Bearer realm="tocsin"'

log = logger("web.api")


@dataclass(slots=True)
class _Count:
    since: datetime
    number: int = 0


class Counts:
    """How often each of many has come lately, and how long one that came too often is to wait."""

    def __init__(self, most: int) -> None:
        """Begin with none; `most` are too many within a window."""
        self._most = most
        self._counts: OrderedDict[str, _Count] = OrderedDict()

    def add(self, name: str, now: datetime) -> bool:
        """Count one more; tells whether it is the one that is too many."""
        count = self._counts.get(name)
        if count is None or now - count.since >= WINDOW:
            count = self._counts[name] = _Count(now)
        self._counts.move_to_end(name)
        while len(self._counts) > _REMEMBERED:
            self._counts.popitem(last=False)
        count.number += 1
        return count.number == self._most

    def wait(self, name: str, now: datetime) -> int:
        """Give for how many seconds one is to wait, 0 for one that may go on."""
        count = self._counts.get(name)
        if count is None or count.number < self._most or now - count.since >= WINDOW:
            return 0
        return max(1, round((count.since + WINDOW - now).total_seconds()))


class Gate:
    """Lets tokens in; keeps a log of who came and who was refused, never of what they showed."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Know the tokens of `database`."""
        self._database, self._tokens, self._clock = database, Tokens(database), clock
        self._failures, self._requests = Counts(MOST_FAILURES), Counts(MOST_REQUESTS)
        self._good: OrderedDict[str, None] = OrderedDict()
        self._noting: set[str] = set()

    def now(self) -> datetime:
        """Give the instant by the gate's clock."""
        return self._clock()

    async def admit(self, request: Request, scope: Scope | None = None) -> Token:
        """Give the token of a request that has one, good for the scope. Raises Refusal."""
        shown = _shown(request)
        if shown is None:
            raise Refusal(401, "This needs a token: Authorization: Bearer ...", headers={"WWW-Authenticate": _REALM})
        now, address = self._clock(), address_of(request)
        wait = self._failures.wait(address, now)
        if wait and digest_of(shown) not in self._good:
            # Whoever shares an address with one that guesses keeps what was good before.
            raise Refusal(429, "Too many wrong tokens.", headers={"Retry-After": str(wait)})
        token = await asyncio.to_thread(self._tokens.find, shown) if len(shown) <= _LONGEST else None
        state = token.state(now) if token else "unknown"
        if token is None or state != "valid":
            self._refuse(shown, state, address, token, now)
        self._remember(shown)
        if wait := self._requests.wait(token.id, now):
            raise Refusal(429, "Too many requests by this token.", headers={"Retry-After": str(wait)})
        if self._requests.add(token.id, now):
            log.warning("refused", why="too many requests", by=token.name, closed_for_a_minute=True)
        if scope is not None:
            self.expect(token, scope, request)
        return token

    def expect(self, token: Token, scope: Scope, request: Request) -> None:
        """Raise Refusal where a token is not good for that."""
        if not token.allows(scope):
            log.warning("refused", why=f"not for {scope}", by=token.name, address=address_of(request))
            challenge = f'{_REALM}, error="insufficient_scope", scope="{scope}"'
            detail = f'This token is not good for that: it lacks the scope "{scope}".'
            raise Refusal(403, detail, headers={"WWW-Authenticate": challenge})

    async def note_use(self, token: Token, address: str) -> None:
        """Note that a token was used, once an hour; what keeps that from being written keeps nobody out."""
        now = self._clock()
        if not token.is_stale(now) or token.id in self._noting:
            return
        self._noting.add(token.id)
        try:
            log.info("used", by=token.name, address=address)
            await self._database.transact(partial(self._tokens.note_use, id=token.id, now=now))
        except (SQLAlchemyError, TocsinError) as error:
            log.warning("use not noted", by=token.name, error=type(error).__name__)
        finally:
            self._noting.discard(token.id)

    def _refuse(self, shown: str, state: str, address: str, token: Token | None, now: datetime) -> NoReturn:
        self._good.pop(digest_of(shown), None)
        is_too_many = self._failures.add(address, now)
        by = token.name if token else None
        log.warning("refused", why=f"{state} token", by=by, address=address, closed_for_a_minute=is_too_many)
        challenge = f'{_REALM}, error="invalid_token"'
        raise Refusal(401, "This token is not valid.", headers={"WWW-Authenticate": challenge})

    def _remember(self, shown: str) -> None:
        digest = digest_of(shown)
        self._good[digest] = None
        self._good.move_to_end(digest)
        while len(self._good) > _REMEMBERED:
            self._good.popitem(last=False)


def _shown(request: Request) -> str | None:
    """Give what a request shows as its token, None where it shows nothing."""
    given = request.headers.getlist("authorization")
    if len(given) != 1:
        return None
    scheme, _, credentials = given[0].partition(" ")
    return credentials.strip() or None if scheme.lower() == "bearer" else None
