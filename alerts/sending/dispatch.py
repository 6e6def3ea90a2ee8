"""Dispatch: send what is due; retry, give up, record. No slow receiver holds up another."""

import asyncio
import logging
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy.orm import Session

from newsdesk import (
    Article,
    Database,
    DeliveryError,
    DeliveryFailure,
    Desk,
    FiledArticle,
    PermanentFailure,
    TemporaryFailure,
    crash_point,
)

from ..channel import Receipt, Tools
from ..messages.payload import Told, story_payload
from ..notice import Notices
from ..outbox.outbox import SCHEDULE, Claim, Outbox, Outcome, Promise
from ..subscriptions import INVITED, Subscriptions, SubscriptionState
from ..watchlist import Watchlist
from .answers import Answers
from .clerk import Clerk
from .gathering import Gathering
from .readying import Readying
from .room import AHEAD, Door, Room
from .worded import worded

log = logging.getLogger("tocsin.alerts")


# What says that a server is slow or down, not that it refused one message.
_SERVER_TROUBLE = frozenset(
    {DeliveryFailure.NETWORK, DeliveryFailure.TIMEOUT, DeliveryFailure.TLS, DeliveryFailure.THROTTLED}
)
_QUICK = timedelta(seconds=1)
"""A server that took no longer the last time has the next few deliveries claimed before it has room for them."""
INVITATION = "invitation"
"""Stands for the channel where the mails that ask are counted: whatever mailbox strangers name, no alert is lost."""
_PATIENCE = 8.0
"""Seconds for which a claimed delivery waits for room; the rest of its lease is for the longest attempt."""


@dataclass(slots=True)
class Counters:
    """What was done since the start, for the metrics; the keys are labels."""

    attempts: Counter[tuple[str, ...]] = field(default_factory=Counter)
    """By channel, or `invitation`, and the state that followed: sent, pending, failed, late."""
    failures: Counter[tuple[str, ...]] = field(default_factory=Counter)
    """By channel and reason."""
    seconds: dict[tuple[str, ...], float] = field(default_factory=dict)
    """By channel."""

    @property
    def dead(self) -> int:
        """Give how many alerts have failed for good."""
        return sum(n for (by, state), n in self.attempts.items() if state == "failed" and by != INVITATION)


@dataclass(frozen=True, slots=True)
class TestResult:
    """How a test message to one target went."""

    __test__ = False  # no test case, for all its name

    channel: str
    address: str
    ok: bool
    detail: str


class Dispatch:
    """Sends what is due, many at once, few to one server; runs that are under way are kept here."""

    def __init__(
        self,
        database: Database,
        watchlist: Watchlist,
        *,
        schedule: Sequence[timedelta] = SCHEDULE,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        at_once: int = 200,
        per_endpoint: int = 5,
        answers: Path | None = None,
    ) -> None:
        """Send to the targets of `watchlist`; try again by `schedule`; note what was taken in the file `answers`."""
        self.counters = Counters()
        self._database = database
        self._watchlist = watchlist
        self._desk = Desk(database)
        self._outbox = Outbox(database, schedule)
        self._subscriptions = Subscriptions(database)
        self._clerk = Clerk(database, self._outbox, Notices(database, watchlist))
        self._answers = Answers(answers)
        self._gathering = Gathering(self._desk, self._outbox, watchlist)
        self._readying = Readying(self._desk, self._outbox, watchlist)
        self._clock = clock
        self._at_once, self._per_endpoint = at_once, per_endpoint
        self._tools = Tools(watchlist.guard)
        self._running: dict[asyncio.Task[None], Claim] = {}
        self._busy: Counter[str] = Counter()
        self._failing: set[str] = set()
        self._quick: set[str] = set()
        self._doors: dict[str, Door] = {}
        self._claiming = asyncio.Lock()
        self._refilling: asyncio.Task[None] | None = None
        self._again = False
        self._more = False
        """Whether something due may have found no place."""
        self._closing = False

    async def recall(self) -> None:
        """Put on record what a process that was killed had sent, before anything is sent again."""
        left = self._answers.open()
        count = await self._database.transact(lambda session: self._outbox.recall(session, left)) if left else 0
        if count:
            log.info("sent before a process was killed", extra={"deliveries": count})
        self._answers.clear()

    async def run(self, now: datetime) -> int:
        """Begin to send what is due and give how many were begun; does not wait for them to end."""
        return await self._begin(now, gathers=True)

    async def _begin(self, now: datetime, *, gathers: bool = False) -> int:
        async with self._claiming:
            if self._closing or (places := self._at_once - len(self._running)) <= 0:
                if gathers:
                    await self.gather(now)
                return 0
            room = Room(
                self._per_endpoint,
                self._at_once // 2,
                Counter(self._busy),
                frozenset(self._failing),
                frozenset(self._quick - self._failing),
            )
            mine = [claim.id for claim in self._running.values()]
            take = partial(self._claim, now=now, places=places, room=room, mine=mine, gathers=gathers)
            self._more = True  # for what ends meanwhile
            claims, self._more = await self._database.transact(take, ahead=True)
            crash_point("claimed")
            for claim in claims:
                self._busy[claim.endpoint] += 1
                task = asyncio.create_task(self._deliver(claim), name=f"deliver-{claim.id}")
                self._running[task] = claim
                task.add_done_callback(self._ended)
            return len(claims)

    def _claim(
        self, session: Session, now: datetime, places: int, room: Room, mine: Sequence[str], *, gathers: bool
    ) -> tuple[list[Claim], bool]:
        """Lease what is due, as it is to go out, in one transaction with what becomes due by being gathered.

        Tells, too, whether more may be due than found a place.
        """
        if gathers:
            self._gathering.run(session, now)
        left = room.copy()
        claims = self._outbox.claim(session, now, places, left.admits, room.full(), mine)
        return self._readying.run(session, claims, now), len(claims) == places or bool(left.full())

    async def drain(self, deadline: float | None = None) -> None:
        """Wait until nothing is under way or due; at `deadline` (seconds) give back what has not ended."""
        try:
            async with asyncio.timeout(deadline):
                while self._running or self._refilling:
                    waiting = [*self._running, *([self._refilling] if self._refilling else [])]
                    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        except TimeoutError:
            await self._give_back()

    async def close(self, deadline: float | None = 5.0) -> None:
        """Begin nothing more, wait for what is under way, and close what the channels keep open."""
        self._closing = True
        async with self._claiming:  # a claim that is under way still begins what it took
            pass
        await self.drain(deadline)
        await self._tools.close()
        self._answers.close()

    async def gather(self, now: datetime) -> int:
        """Release the held deliveries whose time has come, those of one subscription as one; gives how many go out."""
        return await self._database.transact(lambda session: self._gathering.run(session, now))

    async def test(self, slug: str, address: str | None = None) -> list[TestResult]:
        """Send a test message to each target that a watch's file names, or to one address, now and once.

        Raises KeyError for an unknown watch.
        """
        watch = next((watch for watch in self._watchlist.watches if watch.slug == slug), None)
        if watch is None:
            raise KeyError(slug)
        face = {"slug": watch.slug, "name": watch.name, "query": watch.query_text}
        now = self._clock()
        claims = await self._database.transact(lambda session: self._promise_tests(session, face, address, now))
        return await self._try(claims)

    async def send(self, ids: Sequence[str]) -> list[TestResult]:
        """Try these deliveries now, but for those that another process has under way."""
        now = self._clock()
        return await self._try(await self._database.transact(lambda session: self._outbox.lease(session, ids, now)))

    async def _try(self, claims: Sequence[Claim]) -> list[TestResult]:
        outcomes = [
            await self._record(claim, outcome)
            for claim, outcome in zip(
                claims, await asyncio.gather(*(self._attempt(claim) for claim in claims)), strict=True
            )
        ]
        return [
            TestResult(claim.channel, claim.address, outcome.error is None, outcome.excerpt or outcome.status)
            for claim, outcome in zip(claims, outcomes, strict=True)
        ]

    async def _deliver(self, claim: Claim) -> None:
        door = self._doors.setdefault(claim.endpoint, Door(self._per_endpoint))
        began, waits = time.monotonic(), door.is_full
        much_waits = self._busy[claim.endpoint] >= self._per_endpoint + AHEAD or 2 * len(self._running) >= self._at_once
        try:
            async with door.passed(in_turn=not much_waits):
                if waits and (claim.endpoint in self._failing or time.monotonic() - began > _PATIENCE):
                    outcome = None
                else:
                    outcome = await self._attempt(claim)
                    self._judge(claim.endpoint, outcome)
            if outcome is None:
                await self._database.transact(lambda session: self._outbox.release(session, [claim]))
            else:
                await self._record(claim, outcome)
        except Exception:
            # The lease ends by itself and another attempt follows.
            log.exception("attempt not recorded", extra={"delivery": claim.id})

    def _judge(self, endpoint: str, outcome: Outcome) -> None:
        """Take note of how a server fares."""
        if outcome.error is None:
            self._failing.discard(endpoint)
        elif outcome.error.reason in _SERVER_TROUBLE:
            self._failing.add(endpoint)
        if outcome.error is None and outcome.duration < _QUICK:
            self._quick.add(endpoint)
        else:
            self._quick.discard(endpoint)

    async def _attempt(self, claim: Claim) -> Outcome:
        """Send one delivery, unless it was taken before and only its record had failed."""
        if before := self._answers.of(claim):
            return before
        started, began = self._clock(), time.monotonic()
        error: DeliveryError
        crash_point("before_send")
        try:
            receipt = await self._send(claim, started)
            taken = Outcome(started, _since(began), receipt.status, receipt.detail)
            self._answers.note(claim, taken)
            crash_point("answered")
            return taken
        except DeliveryError as failure:
            error = failure
        except Exception as unexpected:
            log.exception("channel broke", extra={"delivery": claim.id, "channel": claim.channel})
            error = TemporaryFailure(DeliveryFailure.REJECTED, f"unexpected: {type(unexpected).__name__}")
        return Outcome(started, _since(began), str(error.reason), str(error), error)

    async def _record(self, claim: Claim, outcome: Outcome) -> Outcome:
        """Put on record how an attempt went."""
        state = await self._clerk.record(claim, outcome)
        self._answers.settle(claim)
        crash_point("after_mark")
        self._count(claim, outcome, state)
        return outcome

    async def _send(self, claim: Claim, moment: datetime) -> Receipt:
        if claim.state != SubscriptionState.ACTIVE:
            gone = claim.state == SubscriptionState.GONE
            reason = DeliveryFailure.GONE if gone else DeliveryFailure.UNSUBSCRIBED
            raise PermanentFailure(reason, f"the subscription is {claim.state}")
        watchlist = self._watchlist
        kept = watchlist.target(claim.watch, claim.channel, claim.address)
        if kept is None:
            raise PermanentFailure(DeliveryFailure.MISCONFIGURED, "the watch no longer names this target")
        message = worded(claim, kept, watchlist, moment)
        tools = replace(self._tools, guard=watchlist.guard, settings=watchlist.settings)
        return await kept.channel.send(message, kept.target, tools)

    def _count(self, claim: Claim, outcome: Outcome, state: str) -> None:
        seconds = outcome.duration.total_seconds()
        channel = INVITATION if claim.watch == INVITED else claim.channel
        self.counters.attempts[channel, state] += 1
        self.counters.seconds[(channel,)] = self.counters.seconds.get((channel,), 0.0) + seconds
        told = {"delivery": claim.id, "watch": claim.watch, "channel": channel, "attempt": claim.attempts}
        told |= {"seconds": round(seconds, 3), "state": state}
        if outcome.error is None:
            log.info("delivered", extra=told)
            return
        self.counters.failures[channel, str(outcome.error.reason)] += 1
        level = logging.ERROR if state == "failed" else logging.WARNING
        log.log(
            level, "not delivered", extra=told | {"reason": str(outcome.error.reason), "detail": str(outcome.error)}
        )

    def _ended(self, task: asyncio.Task[None]) -> None:
        claim = self._running.pop(task)
        self._busy[claim.endpoint] -= 1
        if self._busy[claim.endpoint] <= 0:
            del self._busy[claim.endpoint]
            self._doors.pop(claim.endpoint, None)
        if not self._more or self._busy[claim.endpoint] > AHEAD // 2:
            return  # nothing waits for the place, or enough is claimed for this server as it is
        self._again = True
        if self._refilling is None and not self._closing:
            self._refilling = asyncio.create_task(self._refill(), name="refill")

    async def _refill(self) -> None:
        """Give the places that became free to what waits for them."""
        try:
            while self._again:
                self._again = False
                await self._begin(self._clock())
        except Exception:
            log.exception("no further deliveries claimed")
        finally:
            self._refilling = None

    async def _give_back(self) -> None:
        claims = list(self._running.values())
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._clerk.finish()
        if claims:
            await self._database.transact(lambda session: self._outbox.release(session, claims))

    def _promise_tests(
        self, session: Session, watch: dict[str, str], address: str | None, now: datetime
    ) -> list[Claim]:
        slug, ids = watch["slug"], []
        for kept in self._watchlist.targets(slug):
            # Readers did not ask to see how alerts look: they get a test where they are meant alone.
            if not (self._watchlist.is_named(slug, *kept.key) if address is None else kept.key[1] == address):
                continue
            subscription = self._subscriptions.ensure(session, slug, *kept.key, now)
            id = f"test-{uuid.uuid4().hex}"
            told = Told(id=id, reason="new", watch=watch, filed=_sample(now), matches=_SAMPLE_MATCHES)
            payload = story_payload(told, now, type="test")
            endpoint = kept.target.endpoint
            promise = Promise(
                id=id, subscription=subscription.id, endpoint=endpoint, type="test", payload=payload, due=now
            )
            self._outbox.promise(session, [promise], now)
            ids.append(id)
        return self._outbox.lease(session, ids, now)


def _since(began: float) -> timedelta:
    return timedelta(seconds=time.monotonic() - began)


_SAMPLE_TITLE = "The bell works: this is how an alert looks"
_SAMPLE_BODY = (
    "This message was sent to try out a watch. A real one holds the article's headline, the text around the words "
    "that matched, a link to the article, and the other outlets that carry the same story."
)
_SAMPLE_MATCHES = (
    {"field": "title", "start": 4, "end": 8, "text": "bell", "term": "bell"},
    {"field": "body", "start": 44, "end": 49, "text": "watch", "term": "watch"},
)


def _sample(now: datetime) -> FiledArticle:
    url = "https://example.org/tocsin-test"
    article = Article(
        outlet="tocsin",
        url=url,
        canonical_url=url,
        title=_SAMPLE_TITLE,
        body=_SAMPLE_BODY,
        language="en",
        published=now,
    )
    return FiledArticle(id="test", article=article, first_seen=now, revision=1, story="test")
