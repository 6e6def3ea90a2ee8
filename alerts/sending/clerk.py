"""Clerk: puts on record how attempts went, those that end together in one transaction."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from newsdesk import Database, crash_point

from ..notice import Notices
from ..outbox.outbox import Claim, Outbox, Outcome

_MOST = 200
"""So many are recorded in one transaction: none waits long for the rest."""


@dataclass(frozen=True, slots=True)
class _Ended:
    """One attempt that ended, and who waits for its record."""

    claim: Claim
    outcome: Outcome
    state: asyncio.Future[str]

    @property
    def is_plain(self) -> bool:
        """Tell whether it was taken, as the one before: nothing else changes by it."""
        return self.outcome.error is None and self.claim.failing_since is None


class Clerk:
    """Records attempts, while one transaction is under way gathering those for the next; in one event loop."""

    def __init__(self, database: Database, outbox: Outbox, notices: Notices) -> None:
        """Record in `database`; what follows from a failure is told by `notices`."""
        self._database, self._outbox, self._notices = database, outbox, notices
        self._waiting: list[_Ended] = []
        self._work: asyncio.Task[None] | None = None

    async def record(self, claim: Claim, outcome: Outcome) -> str:
        """Put an attempt on record and give the state that follows. Raises what kept it from the record."""
        ended = _Ended(claim, outcome, asyncio.get_running_loop().create_future())
        self._waiting.append(ended)
        if self._work is None:
            self._work = asyncio.create_task(self._record_waiting(), name="clerk")
        return await ended.state

    async def finish(self) -> None:
        """Wait until all that ended is on record, whoever waits for it."""
        while self._work is not None:
            await asyncio.wait([self._work])

    async def _record_waiting(self) -> None:
        try:
            while self._waiting:
                batch = self._waiting[:_MOST]
                del self._waiting[:_MOST]
                await self._record(batch)
        finally:
            self._work = None

    async def _record(self, batch: Sequence[_Ended]) -> None:
        verdicts: Sequence[str | Exception]
        try:
            verdicts = await self._database.transact(lambda session: self._together(session, batch), ahead=True)
        except Exception as error:
            verdicts = [error] * len(batch)
        for ended, verdict in zip(batch, verdicts, strict=True):
            if ended.state.done():
                continue  # nobody waits any more
            if isinstance(verdict, Exception):
                ended.state.set_exception(verdict)
            else:
                ended.state.set_result(verdict)

    def _together(self, session: Session, batch: Sequence[_Ended]) -> list[str | Exception]:
        plain = [(ended.claim, ended.outcome) for ended in batch if ended.is_plain]
        taken = self._taken(session, plain) if len(plain) > 1 else {}
        verdicts = [taken.get(ended.claim.id) or self._apart(session, ended) for ended in batch]
        for _ in batch:
            crash_point("in_mark_tx")
        return verdicts

    def _taken(self, session: Session, plain: Sequence[tuple[Claim, Outcome]]) -> dict[str, str]:
        """Record all that was taken; nothing where that fails, so that each is recorded by itself."""
        try:
            with session.begin_nested():
                return self._outbox.record_taken(session, plain)
        except OperationalError:
            raise
        except Exception:
            return {}

    def _apart(self, session: Session, ended: _Ended) -> str | Exception:
        """Record one attempt; its mistake takes no other along, a lost database concerns all."""
        claim, outcome = ended.claim, ended.outcome
        try:
            with session.begin_nested():
                state = self._outbox.record(session, claim, outcome)
                self._notices.after_attempt(session, claim, outcome, state, outcome.started_at)
                return state
        except OperationalError:
            raise
        except Exception as error:
            return error
