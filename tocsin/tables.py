"""The one table of the roof: the daemon's heartbeat."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from newsdesk import Base


class Heartbeat(Base):
    """When a daemon was last at work, by its name (host and process)."""

    __tablename__ = "heartbeats"

    daemon: Mapped[str] = mapped_column(primary_key=True)
    started: Mapped[datetime]
    at: Mapped[datetime]
    trouble: Mapped[str | None]
