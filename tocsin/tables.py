"""The tables of the roof: the daemon's heartbeat, and where imports stand."""

from datetime import datetime

from sqlalchemy import BigInteger
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
