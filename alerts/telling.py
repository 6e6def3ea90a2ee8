"""Telling: what one transaction's articles have to say to whom, by what each has heard before; written all at once."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from newsdesk import Database, Desk, FiledArticle, Unswept, what_is_new

from .digest import due
from .edits import Found
from .matcher import Match
from .outbox import Outbox, Promise
from .payload import Told, dumps, story_payload
from .pulse import Heard, Pulse
from .subscriptions import Subscription, Subscriptions
from .tables import MatchRow
from .watchlist import Kept, Watchlist


class Telling:
    """The matches of one transaction on their way to the people whom the watches tell."""

    def __init__(
        self, session: Session, database: Database, desk: Desk, watchlist: Watchlist, pulse: Pulse, now: datetime
    ) -> None:
        """Work in `session`, for the targets of `watchlist`; `pulse` counts what some watches count."""
        self._session, self._now, self._pulse = session, now, pulse
        self._desk, self._watchlist = desk, watchlist
        self._outbox, self._subscriptions = Outbox(database), Subscriptions(database)
        self._seen: dict[str, dict[str, int]] = {}
        self._matches: list[dict[str, Any]] = []
        self._heard: list[Heard] = []
        self._promises: dict[tuple[str, str], Promise] = {}
        self._threads: dict[tuple[str, str, str], str] = {}
        self._cards: dict[tuple[str, str, str], Subscription] = {}
        self._texts: dict[str, list[str]] = {}
        self._contexts: dict[str, dict[str, Any]] = {}

    def recall(self, articles: Sequence[str]) -> None:
        """Remember which matches of these articles are already on record."""
        for watch, article, revision in self._session.execute(_SEEN, {"articles": articles}):
            seen = self._seen.setdefault(article, {})
            seen[watch] = max(revision, seen.get(watch, 0))

    def seen(self, article: str) -> Mapping[str, int]:
        """Give the latest revision of an article on record for each watch that has matched it."""
        return self._seen.get(article, {})

    def earlier(self, filed: FiledArticle) -> Callable[[int], FiledArticle | None]:
        """Give what gives the article as it read at an earlier revision; each is asked for once."""
        return cache(lambda revision: self._desk.earlier(self._session, filed, revision))

    def take(self, entry: Unswept, found: Found) -> int:
        """Note whom an article concerns, and promise it to each who has not heard of it; gives to how many."""
        told = sum(self.tell(entry, found, kept) for kept in self._watchlist.targets(found.match.watch.slug))
        self.note(entry, found, told)
        return told

    def note(self, entry: Unswept, found: Found, told: int) -> None:
        """Note a match that `told` targets are promised, or that an article is no match any more."""
        filed, watch = entry.filed, found.match.watch
        if self._is_known(entry, found):
            return
        outcome = "alerted" if told else "heard" if self._watchlist.targets(watch.slug) else "nobody"
        if not watch.tells_each:
            self._heard.append(Heard(watch, filed, entry.reason))
            outcome = "counted"
        self._matches.append(
            {
                "watch": watch.slug,
                "article": filed.id,
                "revision": filed.revision,
                "story": filed.story,
                "reason": entry.reason,
                "outcome": outcome if found.fits else "gone",
                "spans": dumps(_spans(found.match) if found.fits else []),
                "matched_at": self._now,
            }
        )

    def write(self) -> int:
        """Put everything on record; gives how many are promised what only numbers, silences and firsts lead to."""
        if self._matches:
            self._session.execute(insert(MatchRow), self._matches)
        self._outbox.promise(self._session, list(self._promises.values()), self._now)
        self._desk.cite(self._session, (one.article for one in self._promises.values() if one.article))
        return self._pulse.hear(self._session, self._heard, self._now)

    def tell(self, entry: Unswept, found: Found, kept: Kept) -> bool:
        """Promise what an article has to say to one target, unless it has heard that; tells whether."""
        watch, filed = found.match.watch, entry.filed
        if not watch.tells_each or self._is_known(entry, found):
            return False
        card = self._card(watch.slug, kept)
        news = self._news(card.id, filed, found) if card.is_active else None
        if news is None:
            return False
        id = delivery_id(card.id, news)
        told = Told(
            id=id,
            reason=entry.reason,
            watch={"slug": watch.slug, "name": watch.name, "query": watch.query_text},
            filed=filed,
            matches=_spans(found.match),
            edit=found.edit,
            **self._context(filed),
        )
        self._promises[card.id, news] = Promise(
            id=id,
            subscription=card.id,
            endpoint=kept.target.endpoint,
            type="story.matched",
            payload=story_payload(told, self._now, with_body=kept.target.with_body),
            due=due(kept.target.plan, self._now),
            story=filed.story,
            news=news,
            article=filed.id,
            thread=self._thread(filed.story, *kept.key, id),
        )
        return True

    def _news(self, card: str, filed: FiledArticle, found: Found) -> str | None:
        """Give what an article would tell a subscription: its text, or else what an edit did to it; None if neither.

        Copies have one text, and an update has its own: who has heard of the story hears of the update, too.
        """
        if found.fits and not self._has_heard(card, self._text(filed)):
            return filed.original
        edited = f"{filed.id}@{filed.revision}"
        return None if found.edit is None or self._has_heard(card, [edited]) else edited

    def _has_heard(self, card: str, news: Sequence[str]) -> bool:
        promised = any((card, one) in self._promises for one in news)
        return promised or self._outbox.has_heard(self._session, card, *news)

    def _text(self, filed: FiledArticle) -> list[str]:
        if filed.id not in self._texts:
            self._texts[filed.id] = self._desk.same_text(self._session, filed)
        return self._texts[filed.id]

    def _context(self, filed: FiledArticle) -> dict[str, Any]:
        """Give who else carries a text, and of an update what it tells that the earlier report did not."""
        if filed.id not in self._contexts:
            story = self._desk.also_in(self._session, filed.story, filed.id)
            updated = filed.update_of or next((one.update_of for one in story if one.id == filed.copy_of), None)
            earlier = next((one for one in story if one.id == updated), None)
            self._contexts[filed.id] = {
                "also_in": [one for one in story if one.original == filed.original],
                "earlier": earlier,
                "what_is_new": what_is_new(earlier.article, filed.article) if earlier else (),
            }
        return self._contexts[filed.id]

    def _is_known(self, entry: Unswept, found: Found) -> bool:
        return self.seen(entry.filed.id).get(found.match.watch.slug, 0) >= entry.filed.revision

    def _card(self, slug: str, kept: Kept) -> Subscription:
        key = (slug, *kept.key)
        if key not in self._cards:
            self._cards[key] = self._subscriptions.ensure(self._session, *key, self._now)
        return self._cards[key]

    def _thread(self, story: str, channel: str, address: str, id: str) -> str | None:
        """Give the first delivery about a story to an address, promised before or in this batch."""
        key = (story, channel, address)
        first = self._threads.get(key) or self._outbox.thread(self._session, *key)
        self._threads[key] = first or id
        return first


_SEEN = select(MatchRow.watch, MatchRow.article, MatchRow.revision).where(
    MatchRow.article.in_(bindparam("articles", expanding=True))
)


def _spans(match: Match) -> list[dict[str, Any]]:
    return [span._asdict() for span in match.spans]


def delivery_id(subscription: str, news: str) -> str:
    """Give the id that a delivery keeps over all attempts; it holds no dot, as signatures are made of dotted parts."""
    return f"alert-{hashlib.blake2b(f'{subscription} {news}'.encode(), digest_size=16).hexdigest()}"
