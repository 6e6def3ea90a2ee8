"""Bounces: mails that came back, and complaints; a dead mailbox is suspended, who calls our mail spam is left alone."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import cast

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from newsdesk import Database, DeliveryFailure, TocsinError

from ..mail.arf import read_complaint
from ..mail.door import Door
from ..mail.dsn import MOST, Report, Weight, addressed, read_report
from ..mail.settings import SmtpSettings
from ..mail.verp import Returned, read_return
from ..notice import Notice, Notices
from ..subscriptions import SubscriptionState, drop_waiting, is_ours
from ..tables import DeliveryRow, SubscriptionRow
from ..watch import OPERATOR
from ..watchlist import Watchlist

log = logging.getLogger("tocsin.alerts")

_ENOUGH = 3
"""So many mails that came back suspend a mailbox that may still live ..."""
_FORGOTTEN = timedelta(days=30)
"""... unless one was so long after the other."""
_AT_ONCE = 200
"""Files of a maildir that one look reads."""


class Taken(StrEnum):
    """What a mail that came in was."""

    SUSPENDED = "suspended"
    ENDED = "ended"
    """A complaint: what is called spam is sent no more."""
    COUNTED = "counted"
    KNOWN = "known"
    IGNORED = "ignored"
    """An auto-reply, a delay, somebody's letter, or a forgery."""


class Bounces:
    """Reads what comes back to `smtp.bounces`."""

    def __init__(
        self, database: Database, watchlist: Watchlist, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """Serve the deliveries of `database`, with the mail settings of `watchlist`."""
        self.door = Door(self._is_for_us, self._hand_in)
        self._database = database
        self._watchlist = watchlist
        self._notices = Notices(database, watchlist)
        self._clock = clock

    @property
    def settings(self) -> SmtpSettings:
        """Give the mail settings in force."""
        return cast(SmtpSettings, self._watchlist.settings["email"])

    async def open(self) -> None:
        """Open the door, if one is set. Raises TocsinError."""
        if address := self.settings.bounce_door:
            try:
                await self.door.open(address)
            except OSError as error:
                raise TocsinError(f"smtp.bounce_door: {address} cannot be opened: {error.strerror}") from None

    async def close(self) -> None:
        """Close the door."""
        await self.door.close()

    async def read(self) -> int:
        """Read what is new in the maildir, and give how many mails were bounces.

        What was understood is removed; anything else stays, as read, for people to look at.
        """
        folder = self.settings.bounce_maildir
        return await asyncio.to_thread(self._read, Path(folder)) if folder else 0

    def take(self, session: Session, raw: bytes, to: str, now: datetime) -> Taken:
        """Put on record what one mail says, in the session that is given; `to` is whom it came to, where known."""
        if (senders := read_complaint(raw)) is not None:
            return self._complained(session, self._first(senders), now)
        returned = self._first([to] if to else addressed(raw))
        report = read_report(raw) if returned else None
        if returned is None or report is None or report.weight is Weight.NOTHING:
            return Taken.IGNORED
        return self._apply(session, returned, report, now)

    def _is_for_us(self, address: str) -> bool:
        """Tell whether a mail was sent from an address, or complaints come to it."""
        own = self.settings.bounces
        return bool(own) and (address.strip().lower() == own.lower() or read_return(own, address) is not None)

    def _first(self, addresses: Iterable[str]) -> Returned | None:
        """Give what the first address says that a mail was sent from."""
        own = self.settings.bounces
        ways = (read_return(own, address) for address in addresses) if own else ()
        return next((way for way in ways if way is not None), None)

    async def _hand_in(self, raw: bytes, to: str) -> None:
        now = self._clock()
        taken = await self._database.transact(lambda session: self.take(session, raw, to, now))
        log.info("mail handed in", extra={"taken": str(taken)})

    def _read(self, folder: Path) -> int:
        count = 0
        for path in _unread(folder):
            raw = _beginning(path)
            if raw is None:
                continue
            with self._database.begin() as session:
                taken = self.take(session, raw, "", self._clock())
            if taken is Taken.IGNORED:
                _set_aside(path)
            else:
                path.unlink(missing_ok=True)
                count += 1
        return count

    def _apply(self, session: Session, returned: Returned, report: Report, now: datetime) -> Taken:
        delivery, mailbox = _sent(session, returned)
        if delivery is None:
            return Taken.IGNORED
        if delivery.reason == DeliveryFailure.BOUNCED:
            return Taken.KNOWN
        _note_on(session, delivery, report)
        count = _count(mailbox, now)
        if report.weight is not Weight.DEAD and count < _ENOUGH:
            return Taken.COUNTED
        return self._suspend(session, mailbox, report, count, now)

    def _complained(self, session: Session, returned: Returned | None, now: datetime) -> Taken:
        """Send nothing more to whom calls a mail spam, but to the operator; they may come back by the link in it."""
        delivery, mailbox = _sent(session, returned) if returned else (None, [])
        if delivery is None:
            return Taken.IGNORED
        left = [row for row in mailbox if row.state != SubscriptionState.UNSUBSCRIBED and row.watch != OPERATOR]
        for row in left:
            row.state, row.ended_at, row.changes = SubscriptionState.UNSUBSCRIBED, now, row.changes + 1
        session.flush()
        for row in left:
            drop_waiting(session, row.id, DeliveryFailure.UNSUBSCRIBED, "the receiver called a mail spam")
        if told := [row for row in left if not is_ours(row.watch)]:
            self._notices.promise(session, _complaint(told, delivery.id, now), now)
        return Taken.ENDED if left else Taken.KNOWN

    def _suspend(
        self, session: Session, mailbox: list[SubscriptionRow], report: Report, count: int, now: datetime
    ) -> Taken:
        # The operator is told of everything that is wrong with mails, so nothing silences the operator.
        ended = [row for row in mailbox if row.state == SubscriptionState.ACTIVE and not is_ours(row.watch)]
        for row in ended:
            row.state, row.ended_at = SubscriptionState.SUSPENDED, now
        session.flush()
        for row in ended:
            drop_waiting(session, row.id, DeliveryFailure.BOUNCED, f"mail to this mailbox came back: {report.said}")
        if not ended:
            return Taken.COUNTED
        self._notices.promise(session, _notice(ended, report, count, now), now)
        return Taken.SUSPENDED


def _sent(session: Session, returned: Returned) -> tuple[DeliveryRow | None, list[SubscriptionRow]]:
    """Give the delivery that an address names rightly, and all subscriptions of its mailbox, locked."""
    delivery = session.scalar(select(DeliveryRow).where(DeliveryRow.id == returned.delivery).with_for_update())
    card = session.get(SubscriptionRow, delivery.subscription) if delivery else None
    if delivery is None or card is None or not returned.is_by(card.token):
        return None, []
    same = select(SubscriptionRow).filter_by(channel=card.channel, address=card.address).with_for_update()
    return delivery, list(session.scalars(same))


def _note_on(session: Session, delivery: DeliveryRow, report: Report) -> None:
    values = {"state": "failed", "reason": DeliveryFailure.BOUNCED, "detail": f"{report.status} {report.said}"[:1024]}
    change = update(DeliveryRow).where(
        DeliveryRow.id == delivery.id, DeliveryRow.state.in_(("sent", "pending", "failed"))
    )
    session.execute(change.values(**values, lease_until=None, fence=DeliveryRow.fence + 1))


def _count(mailbox: list[SubscriptionRow], now: datetime) -> int:
    """Count a bounce for every subscription of a mailbox, and give how many that makes."""
    before = [row.bounces for row in mailbox if row.bounced_at is not None and now - row.bounced_at < _FORGOTTEN]
    count = max(before, default=0) + 1
    for row in mailbox:
        row.bounces, row.bounced_at = count, now
    return count


def _notice(ended: list[SubscriptionRow], report: Report, count: int, now: datetime) -> Notice:
    address, watches = ended[0].address, sorted(row.watch for row in ended)
    times = "A mail" if count == 1 else f"{count} mails"
    return Notice(
        type="subscription.suspended",
        key=f"suspended {address} {now:%Y-%m-%d}",
        subject=f"Mail to {address} comes back: suspended",
        lines=[
            f"{times} came back; the last with {report.status}: {report.said}",
            f"No longer told of: {', '.join(watches[:20])}.",
            f"When the mailbox is well, `tocsin watches resume {watches[0]} {address}` takes it up again.",
        ],
        facts={"address": address, "ended": watches[:20], "status": report.status, "bounces": count},
    )


def _complaint(left: list[SubscriptionRow], delivery: str, now: datetime) -> Notice:
    address, watches = left[0].address, sorted(row.watch for row in left)
    return Notice(
        type="subscription.complained",
        key=f"complained {address} {now:%Y-%m-%d}",
        subject=f"{address} calls our mail spam: unsubscribed",
        lines=[
            f"Its provider reports a complaint about {delivery}.",
            f"No longer told of: {', '.join(watches[:20])}.",
            "Complaints of one mail in a thousand make large providers refuse all: see that nobody is told unasked.",
        ],
        facts={"address": address, "ended": watches[:20], "delivery": delivery},
    )


def _unread(folder: Path) -> Iterator[Path]:
    try:
        found = sorted(path for path in (folder / "new").iterdir() if not path.name.startswith("."))
    except OSError as error:
        log.error("maildir of bounces not readable", extra={"folder": str(folder), "detail": str(error.strerror)})
        return
    yield from found[:_AT_ONCE]


def _beginning(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(MOST)
    except OSError:
        return None


def _set_aside(path: Path) -> None:
    aside = path.parent.parent / "cur"
    aside.mkdir(exist_ok=True)
    path.rename(aside / f"{path.name}:2,S")
