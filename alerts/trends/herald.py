"""Herald: promises what a volume, a silence or a first mention leads to, to each target of a watch, once."""

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from newsdesk import Database, Desk, FiledArticle

from ..messages.payload import Told, report_payload, story_payload
from ..outbox import fates
from ..outbox.fates import FateState, Verdict
from ..outbox.outbox import Outbox, Promise
from ..query import Span
from ..silences import in_force
from ..subscriptions import Subscriptions
from ..watch import Watch
from ..watchlist import Watchlist
from .wording import Worded

log = logging.getLogger("tocsin.alerts")


class Herald:
    """Tells the targets of a watch; works in the session that it is given."""

    def __init__(self, database: Database, desk: Desk, watchlist: Watchlist) -> None:
        """Tell whom `watchlist` names."""
        self._desk, self._watchlist = desk, watchlist
        self._outbox = Outbox(database)
        self._subscriptions = Subscriptions(database)

    def told(self, session: Session, watch: Watch, filed: FiledArticle, reason: str) -> Told:
        """Give an article as an alert shows it, with the words that match."""
        spans = self._watchlist.matcher.match_one(watch.query, filed, self._watchlist.outlet_tags) or ()
        return Told(
            id="",
            reason=reason,
            watch=_face(watch),
            filed=filed,
            matches=tuple(_span(one) for one in spans),
            also_in=self._desk.also_in(session, filed.story, filed.id),
        )

    def story(self, session: Session, watch: Watch, told: Told, now: datetime) -> int:
        """Promise one story; gives to how many targets."""

        def payload(id: str, with_body: bool) -> str:
            return story_payload(replace(told, id=id), now, with_body=with_body)

        count = self._promise(session, watch, "story.matched", told.filed.story, payload, now, told.filed)
        self._desk.cite(session, [told.filed.id] if count else [])
        return count

    def report(
        self,
        session: Session,
        watch: Watch,
        type: str,
        key: str,
        worded: Worded,
        facts: Mapping[str, Any],
        found: Sequence[Told],
        now: datetime,
    ) -> int:
        """Promise a report of the given type, once for what `key` names; gives to how many targets."""
        report = {"headline": worded.headline, "explanation": list(worded.lines), **facts}

        def payload(id: str, _with_body: bool) -> str:
            return report_payload(id, type, _face(watch), report, found, now)

        count = self._promise(session, watch, type, f"{type} {key}", payload, now)
        self._desk.cite(session, [told.filed.id for told in found] if count else [])
        return count

    def _promise(
        self,
        session: Session,
        watch: Watch,
        type: str,
        key: str,
        payload: Callable[[str, bool], str],
        now: datetime,
        filed: FiledArticle | None = None,
    ) -> int:
        if any(silence.covers_all_of(watch.slug) for silence in in_force(session, now)):
            log.info("silenced", extra={"watch": watch.slug, "type": type, "about": key})
            return 0
        promises, told = [], []
        for kept in self._watchlist.targets(watch.slug):
            card = self._subscriptions.ensure(session, watch.slug, *kept.key, now)
            if not card.is_active or self._outbox.has_heard(session, card.id, key):
                continue
            id = f"alert-{hashlib.blake2b(f'{card.id} {key}'.encode(), digest_size=16).hexdigest()}"
            promises.append(
                Promise(
                    id=id,
                    subscription=card.id,
                    endpoint=kept.target.endpoint,
                    type=type,
                    payload=payload(id, kept.target.with_body),
                    due=card.due(kept.target.plan, now),
                    story=key,
                    article=filed.id if filed else None,
                    thread=self._outbox.thread(session, key, *kept.key) if filed else None,
                )
            )
            if filed is not None:
                told.append(fates.fate_of(filed, watch.slug, card.id, Verdict(FateState.PROMISED, id)))
        self._outbox.promise(session, promises, now)
        fates.write(session, told, now)
        return len(promises)


def _face(watch: Watch) -> dict[str, str]:
    return {"slug": watch.slug, "name": watch.name, "query": watch.query_text}


def _span(span: Span) -> dict[str, Any]:
    return {"field": span.field, "start": span.start, "end": span.end, "text": span.text, "term": span.term}
