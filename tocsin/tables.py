"""The tables of the roof: the daemon's heartbeat, where imports stand, and who may use the API."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from newsdesk import Base


class Heartbeat(Base):
    """When a daemon was last at work, by its name (host and process)."""

    __tablename__ = "heartbeats"

    daemon: Mapped[str] = mapped_column(primary_key=True)
    started: Mapped[datetime]
    at: Mapped[datetime]
    trouble: Mapped[str | None]


class ImportRow(Base):
    """Where the import of one file goes on; the row goes when all was read."""

    __tablename__ = "imports"

    path: Mapped[str] = mapped_column(primary_key=True)
    mark: Mapped[str]
    """Size and time of the file: when they change, it is another one."""
    offset: Mapped[int] = mapped_column(BigInteger)
    records: Mapped[int]
    last_seen: Mapped[datetime | None]
    """When the last article was first seen, where the next one's instant follows from it."""
    at: Mapped[datetime]


class TokenRow(Base):
    """One token for the API: a hash, by which what is shown is known again."""

    __tablename__ = "tokens"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)
    """SHA-256 of the token, in hexadecimal digits."""
    scopes: Mapped[list[Any]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
