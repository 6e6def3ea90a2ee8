"""Hosts: since when the robots.txt of a host cannot be had, kept on record: a restart must not begin the month anew."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from newsdesk import insert_missing

from ..tables import HostRow


def closed(session: Session) -> dict[str, datetime]:
    """Give the hosts on record as closed, and since when."""
    return {row.host: row.closed_since for row in session.scalars(select(HostRow))}


def keep(session: Session, changes: Mapping[str, datetime | None]) -> None:
    """Put hosts on record as closed since then, or as open where there is no date."""
    shut = [{"host": host, "closed_since": since} for host, since in changes.items() if since is not None]
    if shut:
        insert_missing(session, HostRow, shut)
    opened = [host for host, since in changes.items() if since is None]
    if opened:
        session.execute(delete(HostRow).where(HostRow.host.in_(opened)).execution_options(synchronize_session=False))
