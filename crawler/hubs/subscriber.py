"""Subscriber: asks hubs for their pushes, answers them, and takes in what they push."""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import AsyncIterable, Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from newsdesk import Database, Desk, FetchError, Guard, ReadingError, retry_after

from ..document import Document
from ..downloader.answer import Answer
from ..downloader.fetch import Fetcher, HostResting
from ..lead import Lead
from ..leads import leads
from ..leads.leads import Queued
from ..outlet import Outlet
from ..report import Counters
from ..settings import CrawlSettings
from ..sites import Sites
from ..workers.tasks import read_list
from ..workers.workers import Workers
from . import rows as hubs
from .rows import HubRequest, Subscription
from .websub import Mode, Reply, is_genuine, judge, read_question

Begin = Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]]

_MOST_REQUESTS = 20
_MOST_IN_HAND = 4
_MOST_AT_ALL = 32
_MOST_A_MINUTE = 60
_MINUTE = timedelta(minutes=1)
_SECONDS_TO_SEND = 20.0
_SECONDS_TO_ANSWER = 2.0
"""How long a hub waits at most for its push to be on record; then it is told that the push was accepted."""
_LONGEST_WISH = 86400.0
_MOST_REASON = 300

log = logging.getLogger("tocsin.crawler")


class Subscriber:
    """The subscriptions of one daemon; `callback` None: no hub can reach it, so none is asked."""

    def __init__(
        self,
        database: Database,
        desk: Desk,
        guard: Guard,
        fetcher: Fetcher,
        workers: Workers,
        callback: str | None,
        *,
        place: Callable[[str], tuple[Outlet, CrawlSettings] | None],
        begin: Begin,
        on_queued: Callable[[], None],
        counters: Counters,
        clock: Callable[[], datetime],
        sites: Sites | None = None,
    ) -> None:
        """Work for the outlets that `place` knows; `begin` starts work that a stop waits for."""
        self._database, self._desk, self._guard = database, desk, guard
        self._sites = sites or Sites()
        self._fetcher, self._workers, self._callback = fetcher, workers, callback
        self._place, self._begin, self._on_queued = place, begin, on_queued
        self._counters, self._clock = counters, clock
        self._in_hand: Counter[str] = Counter()
        self._lately: Counter[str] = Counter()
        self._minute: datetime | None = None
        self._moved = False

    async def run(self) -> None:
        """Make the requests that are due: subscribe, renew, and take leave of what is polled no more."""
        callback = self._callback
        if callback is None:
            return
        now, dice = self._clock(), _dice()
        if not self._moved:
            await self._database.transact(lambda session: hubs.move(session, callback, now))
            self._moved = True
        await self._database.transact(lambda session: hubs.leave_unwanted(session, now))
        requests: Sequence[HubRequest] = await self._database.transact(
            lambda session: hubs.claim_due(session, self._guard, callback, _MOST_REQUESTS, now, dice)
        )
        await asyncio.gather(*(self._ask(request, callback) for request in requests))

    async def _ask(self, request: HubRequest, callback: str) -> None:
        found = self._place(request.outlet)
        settings = found[1] if found else CrawlSettings()
        try:
            answer = await self._fetcher.post_form(request.hub, request.form, settings)
        except FetchError as error:
            reply, reason, wish = Reply.FAILED, str(error), error.seconds if isinstance(error, HostResting) else None
        else:
            reply, wish = judge(answer.status), retry_after(answer.headers.get("retry-after"), self._clock())
            reason = f"the hub answered {answer.status}{_said(answer)}"
        now, dice = self._clock(), _dice()
        kept = None if reply is Reply.ACCEPTED else reason
        later = None if wish is None else now + timedelta(seconds=min(wish, _LONGEST_WISH))
        await self._database.transact(
            lambda session: hubs.end_request(session, request, callback, reply, kept, later, now, dice)
        )
        facts = {"outlet": request.outlet, "hub": request.hub, "topic": request.topic, "mode": request.mode.value}
        if kept is None:
            log.info("hub asked", extra=facts)
        else:
            log.warning("hub refuses" if reply is Reply.REFUSED else "hub fails", extra={**facts, "detail": kept})

    async def confirm(self, token: str, query: bytes) -> bytes | None:
        """Answer a hub that asks whether a request was meant: gives what it wants to hear, None when it was not."""
        question, callback = read_question(query), self._callback
        # Strangers are sent away by a look: only who knows a token may have something written.
        if question is None or callback is None or await asyncio.to_thread(self._find, token) is None:
            return None
        now, dice = self._clock(), _dice()
        outlet = await self._database.transact(
            lambda session: hubs.answer(session, self._guard, callback, token, question, now, dice)
        )
        if outlet is None:
            log.info("hub asks for what was not requested", extra={"topic": question.topic[:200]})
            return None
        facts = {"outlet": outlet, "topic": question.topic, "mode": question.mode.value}
        if question.mode is Mode.DENIED:
            log.warning("hub denies", extra={**facts, "detail": question.reason})
            return b""
        log.info("hub confirms", extra=facts)
        return question.challenge

    async def take(self, token: str, signature: str, kind: str | None, sent: AsyncIterable[bytes]) -> int:
        """Take in a push; gives the HTTP status to answer with (WebSub 7 and 7.1.2)."""
        subscription = await asyncio.to_thread(self._find, token)
        found = self._place(subscription.outlet) if subscription else None
        if subscription is None or self._callback is None:
            return 404
        if found is None or subscription.state == hubs.LEAVING:
            return 410
        if not self._admits(token):
            self._count(subscription, "busy")
            return 429
        self._in_hand[token] += 1
        try:
            body = await _whole(sent, found[1].max_page)
            if body is None:
                self._count(subscription, "too_large")
                return 413
            return await self._accept(subscription, found[0], signature, kind, body)
        except TimeoutError:
            return 408
        finally:
            self._in_hand[token] -= 1
            self._in_hand += Counter()

    async def _accept(
        self, subscription: Subscription, outlet: Outlet, signature: str, kind: str | None, body: bytes
    ) -> int:
        facts = {"outlet": outlet.slug, "hub": subscription.hub}
        if not is_genuine(subscription.secret, signature, body):
            # Acknowledged all the same: whoever forges learns nothing from the answer.
            log.warning("push with a wrong signature dropped", extra=facts)
            self._count(subscription, "forged")
        elif not (subscription.confirmed and subscription.is_read):
            log.info("push before its time dropped", extra=facts)
            self._count(subscription, "early")
        else:
            task = self._begin(self._read(subscription, outlet, Document(subscription.address, body, kind)), "push")
            await asyncio.wait((task,), timeout=_SECONDS_TO_ANSWER)
        return 202

    async def _read(self, subscription: Subscription, outlet: Outlet, document: Document) -> None:
        facts = {"outlet": outlet.slug, "hub": subscription.hub}
        try:
            listing = await self._workers.run(outlet.slug, read_list, subscription.kind, document, outlet)
            now = self._clock()
            queued = await self._database.transact(
                lambda session: self._record(session, subscription, listing.leads, now)
            )
        except ReadingError as error:
            log.warning("push could not be read", extra={**facts, "detail": str(error)})
            self._count(subscription, "unreadable")
            return
        except Exception:
            log.exception("a push was lost", extra=facts)
            self._count(subscription, "lost")
            return
        self._count(subscription, "read")
        self._counters["leads"][(outlet.slug,)] += queued.new
        log.info("push read", extra={**facts, "leads": len(listing.leads), "new": queued.new, "again": queued.again})
        self._on_queued()

    def _record(self, session: Session, subscription: Subscription, found: tuple[Lead, ...], now: datetime) -> Queued:
        found = self._sites.own(subscription.outlet, found)
        queued = leads.queue(session, self._desk, subscription.outlet, subscription.source_id, found, now=now)
        hubs.note_push(session, subscription, queued.fresh, now)
        return queued

    def _find(self, token: str) -> Subscription | None:
        with self._database.read() as session:
            return hubs.find(session, token)

    def _admits(self, token: str) -> bool:
        """Tell whether there is room for one more push: few at once, so many a minute of each hub."""
        now = self._clock()
        if self._minute is None or not timedelta(0) <= now - self._minute < _MINUTE:
            self._minute = now
            self._lately.clear()
        self._lately[token] += 1
        full = self._in_hand[token] >= _MOST_IN_HAND or self._in_hand.total() >= _MOST_AT_ALL
        return not full and self._lately[token] <= _MOST_A_MINUTE

    def _count(self, subscription: Subscription, result: str) -> None:
        self._counters["pushes"][subscription.outlet, result] += 1


async def _whole(sent: AsyncIterable[bytes], most: int) -> bytes | None:
    """Give what is sent, or None when it is more than `most` bytes. Raises TimeoutError."""
    body = bytearray()
    async with asyncio.timeout(_SECONDS_TO_SEND):
        async for chunk in sent:
            body += chunk
            if len(body) > most:
                return None
    return bytes(body)


def _said(answer: Answer) -> str:
    """Give what a hub says of its refusal, where it says so in plain words."""
    if not answer.headers.get("content-type", "").startswith("text/plain"):
        return ""
    said = " ".join(answer.body[:_MOST_REASON].decode("utf-8", "replace").split())
    return f": {said}" if said and said.isprintable() else ""


def _dice() -> float:
    return random.random()  # noqa: S311  (spreads starts, guards no secret)
