"""The daemon's heartbeat: a row that says when it was last at work, for whoever asks from outside its process."""

import os
import socket
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from newsdesk import Database

from ..tables import Heartbeat

EVERY = timedelta(seconds=10)
FRESH = timedelta(seconds=40)
_FORGOTTEN = timedelta(days=1)


def name() -> str:
    """Give this daemon's name: host and process."""
    return f"{socket.gethostname()}/{os.getpid()}"


def beat(session: Session, daemon: str, started: datetime, now: datetime, trouble: str | None = None) -> None:
    """Write the row, with what troubles the daemon, if anything."""
    row = session.get(Heartbeat, daemon)
    if row is None:
        session.add(Heartbeat(daemon=daemon, started=started, at=now, trouble=trouble))
        session.execute(delete(Heartbeat).where(Heartbeat.at < now - _FORGOTTEN))
    else:
        row.started, row.at, row.trouble = started, now, trouble


def end(session: Session, daemon: str) -> None:
    """Take the row away: this daemon has stopped in order."""
    session.execute(delete(Heartbeat).where(Heartbeat.daemon == daemon))


def diagnose(database: Database, now: datetime) -> str | None:
    """Give None when a daemon lives and works, else why not."""
    with database.read() as session:
        last = session.scalars(select(Heartbeat).order_by(Heartbeat.at.desc()).limit(1)).first()
    if last is None:
        return "no daemon has left a heartbeat; start it with: tocsin run"
    age = now - last.at
    if age > FRESH:
        return f"the daemon {last.daemon} was last heard {int(age.total_seconds())} s ago"
    return last.trouble
