"""Children: what lists that other lists name said of their state, kept over restarts until none names them."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ..downloader.answer import Validators
from ..tables import ChildListRow

MOST = 2000
_TOUCH = timedelta(days=1)
_FORGET = timedelta(days=60)


def recent(session: Session) -> list[Validators]:
    """Give the validators of the children seen last, the latest at the end."""
    rows = session.scalars(select(ChildListRow).order_by(ChildListRow.seen_at.desc()).limit(MOST))
    return [Validators(row.url, row.etag, row.last_modified) for row in rows][::-1]


def keep(session: Session, seen: Iterable[Validators], now: datetime) -> None:
    """Put on record what children said, and forget those that no list has named for two months."""
    by_url = {validators.url: validators for validators in seen if validators.headers}
    if not by_url:
        return
    rows = {row.url: row for row in session.scalars(select(ChildListRow).where(ChildListRow.url.in_(by_url)))}
    for url, said in by_url.items():
        row = rows.get(url)
        if row is None:
            session.merge(ChildListRow(url=url, etag=said.etag, last_modified=said.last_modified, seen_at=now))
        elif (row.etag, row.last_modified) != (said.etag, said.last_modified) or row.seen_at < now - _TOUCH:
            row.etag, row.last_modified, row.seen_at = said.etag, said.last_modified, now
    session.execute(
        delete(ChildListRow).where(ChildListRow.seen_at < now - _FORGET).execution_options(synchronize_session=False)
    )
