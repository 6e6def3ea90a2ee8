"""Tokens: what programs show to be let in; only a hash of each is kept, and it is shown once."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from newsdesk import Database, TocsinError

from .tables import TokenRow

PREFIX = "tocsin_"
"""What scanners for leaked secrets know a token by."""
_BYTES = 32
_LONGEST = 100
COARSE = timedelta(hours=1)
"""How exactly it is kept when a token was last used: each request would be a write otherwise."""


class Scope(StrEnum):
    """What a token is good for."""

    READ = "read"
    WRITE = "write"
    """To change what the API can change; reads as well."""
    METRICS = "metrics"


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of one token, never the token."""

    id: str
    name: str
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime | None
    last_used: datetime | None
    """To the hour."""
    revoked_at: datetime | None

    def state(self, now: datetime) -> str:
        """Say whether it is `valid`, `expired` or `revoked`."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "valid"

    def allows(self, scope: Scope) -> bool:
        """Tell whether it is good for that: who may write may read."""
        return scope in self.scopes or (scope is Scope.READ and Scope.WRITE in self.scopes)

    def is_stale(self, now: datetime) -> bool:
        """Tell whether its use is to be noted again."""
        return self.last_used is None or now - self.last_used >= COARSE


class Tokens:
    """The tokens on record; what writes, works in the session that it is given."""

    def __init__(self, database: Database) -> None:
        """Serve the tokens of `database`."""
        self.database = database

    def create(
        self, session: Session, name: str, scopes: Iterable[Scope], now: datetime, expires_at: datetime | None = None
    ) -> str:
        """Make a token and give it: 256 random bits, which nothing can show again.

        Raises TocsinError where a token of that name is not revoked.
        """
        name = name.strip()
        if not name or len(name) > _LONGEST or not name.isprintable():
            raise TocsinError(f"a token's name has 1 to {_LONGEST} printable characters")
        if session.scalar(select(TokenRow.id).where(TokenRow.name == name, TokenRow.revoked_at.is_(None))):
            raise TocsinError(f'there is a token called "{name}"; revoke it first, or choose another name')
        token = PREFIX + secrets.token_urlsafe(_BYTES)
        row = TokenRow(
            id=secrets.token_hex(4),
            name=name,
            digest=digest_of(token),
            scopes=sorted(set(scopes)),
            created_at=now,
            expires_at=expires_at,
        )
        session.add(row)
        session.flush()
        return token

    def find(self, token: str) -> Token | None:
        """Give what is known of a token, whether or not it is still valid."""
        found = self._read(select(TokenRow).where(TokenRow.digest == digest_of(token)))
        return found[0] if found else None

    def all(self) -> list[Token]:
        """Give all tokens, oldest first."""
        return self._read(select(TokenRow).order_by(TokenRow.created_at, TokenRow.id))

    def revoke(self, session: Session, name: str, now: datetime) -> bool:
        """End the token of a name, or of an id; tells whether there was one."""
        by_name_or_id = (TokenRow.name == name) | (TokenRow.id == name)
        row = session.scalar(select(TokenRow).where(by_name_or_id, TokenRow.revoked_at.is_(None)))
        if row is None:
            return False
        row.revoked_at = now
        return True

    def note_use(self, session: Session, id: str, now: datetime) -> None:
        """Note that a token was used."""
        session.execute(update(TokenRow).where(TokenRow.id == id).values(last_used=now))

    def _read(self, query: Select[Any]) -> list[Token]:
        with self.database.read() as session:
            return [_token(row) for row in session.scalars(query)]


def digest_of(token: str) -> str:
    """Give what a token is known again by: its SHA-256."""
    # 256 random bits want no slow hash: there is nothing to guess.
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _token(row: TokenRow) -> Token:
    scopes = frozenset(Scope(scope) for scope in row.scopes if scope in tuple(Scope))
    return Token(row.id, row.name, scopes, row.created_at, row.expires_at, row.last_used, row.revoked_at)
