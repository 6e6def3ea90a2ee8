"""Telling: what one transaction's articles have to say to whom, by what each has heard before; written all at once."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import Table, bindparam, insert, select
from sqlalchemy.orm import Session

from newsdesk import Database, Desk, FiledArticle, Unswept, what_is_new

from ..matcher import Match
from ..messages.edits import Found
from ..messages.payload import Told, dumps
from ..outbox import fates
from ..outbox.fates import Fate, FateState, Verdict
from ..outbox.outbox import Outbox
from ..silences import in_force, silence_of
from ..subscriptions import Subscription, Subscriptions
from ..tables import MatchRow
from ..trends.pulse import Heard, Pulse
from ..watchlist import Kept, Watchlist
from .grouping import Grouping, Letter, delivery_id


class Telling:
    """The matches of one transaction on their way to the people whom the watches tell."""

    def __init__(
        self, session: Session, database: Database, desk: Desk, watchlist: Watchlist, pulse: Pulse, now: datetime
    ) -> None:
        """Work in `session`, for the targets of `watchlist`; `pulse` counts what some watches count."""
        self._session, self._now, self._pulse = session, now, pulse
        self._desk, self._watchlist = desk, watchlist
        self._outbox, self._subscriptions = Outbox(database), Subscriptions(database)
        self._grouping = Grouping(session, watchlist, now)
        self._silences = in_force(session, now)
        self._seen: dict[str, dict[str, int]] = {}
        self._unheard: set[str] = set()
        """Articles that are all there is of their stories, and that nobody can have been told of."""
        self._matches: list[dict[str, Any]] = []
        self._heard: list[Heard] = []
        self._fates: list[Fate] = []
        self._cards: dict[tuple[str, str, str], Subscription] = {}
        self._remembered: set[str] = set()
        self._texts: dict[str, list[str]] = {}
        self._contexts: dict[str, dict[str, Any]] = {}

    def recall(self, unswept: Sequence[Unswept]) -> None:
        """Remember what is already on record of these articles: which matches, and of which there is nothing at all."""
        articles = [entry.filed.id for entry in unswept]
        for watch, article, revision in self._session.execute(_SEEN, {"articles": articles}):
            seen = self._seen.setdefault(article, {})
            seen[watch] = max(revision, seen.get(watch, 0))
        begun = [entry.filed.id for entry in unswept if entry.reason == "new" and entry.filed.id == entry.filed.story]
        self._unheard = self._desk.alone(self._session, begun) - fates.noted(self._session, begun)
        self._grouping.expect_nothing_of(self._unheard)

    def seen(self, article: str) -> Mapping[str, int]:
        """Give the latest revision of an article on record for each watch that has matched it."""
        return self._seen.get(article, {})

    def earlier(self, filed: FiledArticle) -> Callable[[int], FiledArticle | None]:
        """Give what gives the article as it read at an earlier revision; each is asked for once."""
        return cache(lambda revision: self._desk.earlier(self._session, filed, revision))

    def take(self, entry: Unswept, found: Found) -> int:
        """Decide of a match for each whom its watch tells; gives how many are promised a message of their own."""
        slug = found.match.watch.slug
        kept = self._watchlist.targets(slug)
        if len(kept) > 1 and slug not in self._remembered:
            self._remembered.add(slug)
            cards = self._subscriptions.of_watch(self._session, slug)
            self._cards |= {(slug, *key): card for key, card in cards.items()}
        states = [verdict.state for one in kept if (verdict := self.tell(entry, found, one))]
        self.note(entry, found, states)
        return states.count(FateState.PROMISED)

    def note(self, entry: Unswept, found: Found, states: Sequence[FateState]) -> None:
        """Note a match of which this was decided, or that an article is no match any more."""
        filed, watch = entry.filed, found.match.watch
        if self._is_known(entry, found):
            return
        outcome = _outcome(states)
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
                "targets": len(states),
            }
        )

    def write(self) -> int:
        """Put everything on record; gives how many are promised what only numbers, silences and firsts lead to."""
        if self._matches:
            self._session.execute(_MATCH, self._matches)
        promises = self._grouping.promises()
        self._outbox.promise(self._session, promises, self._now)
        fates.write(self._session, self._fates, self._now)
        self._desk.cite(self._session, (one.article for one in promises if one.article))
        return self._pulse.hear(self._session, self._heard, self._now)

    def tell(self, entry: Unswept, found: Found, kept: Kept) -> Verdict | None:
        """Decide what an article has to say to one target; nothing where that was decided before."""
        watch, filed = found.match.watch, entry.filed
        if not watch.tells_each or self._is_known(entry, found):
            return None
        card = self._card(watch.slug, kept)
        verdict = self._hushed(found, card) or self._told(entry, found, kept, card)
        self._fates.append(fates.fate_of(filed, watch.slug, card.id, verdict))
        return verdict

    def _hushed(self, found: Found, card: Subscription) -> Verdict | None:
        silence = next((one for one in self._silences if one.covers(found.match)), None)
        if silence is not None:
            return Verdict(FateState.SILENCED, None, silence.reason)
        return None if card.is_active else Verdict(FateState.SILENCED, None, str(card.state))

    def _told(self, entry: Unswept, found: Found, kept: Kept, card: Subscription) -> Verdict:
        """Decide by what a subscription has heard: its text, or else what an edit did to it.

        Copies have one text, and an update has its own: who has heard of the story hears of the update, too.
        """
        filed = entry.filed
        heard = self._verdict(found, card, self._text(filed)) if found.fits else None
        if found.fits and heard is None:
            return self._grouping.take(self._letter(entry, found, kept, card, filed.original, self._text(filed)))
        if found.edit is None:
            assert heard is not None
            return heard
        edited = f"{filed.id}@{filed.revision}"
        heard = self._verdict(found, card, [edited])
        return heard or self._grouping.take(self._letter(entry, found, kept, card, edited, [edited]))

    def _verdict(self, found: Found, card: Subscription, news: Sequence[str]) -> Verdict | None:
        """Give why none of these, which are one, is told again; nothing where it was not told."""
        said = self._grouping.said(card.id, news)
        if said is None and self._unheard.issuperset(news):
            return None
        if said := said or self._outbox.heard(self._session, card.id, *news):
            return Verdict(FateState.HEARD, said, "told before")
        earlier = fates.told(self._session, card.watch, card.id, news)
        if passed := next((one for one in earlier if one.delivery is not None), None):
            return Verdict(FateState.HEARD, passed.delivery, "told before")
        return next((one for one in earlier if self._still_silent(found, one)), None)

    def _still_silent(self, found: Found, verdict: Verdict) -> bool:
        """Tell whether what a silence kept from being told stays so: but for another outlet's, where it was for one."""
        silence = silence_of(self._session, verdict.reason)
        doc = found.match.doc
        return silence is not None and silence.fits_outlet(doc.outlet, doc.host, doc.tags)

    def _letter(
        self, entry: Unswept, found: Found, kept: Kept, card: Subscription, news: str, texts: Sequence[str]
    ) -> Letter:
        watch, filed = found.match.watch, entry.filed
        told = Told(
            id=delivery_id(card.id, news),
            reason=entry.reason,
            watch={"slug": watch.slug, "name": watch.name, "query": watch.query_text},
            filed=filed,
            matches=_spans(found.match),
            edit=found.edit,
            **self._context(filed),
        )
        return Letter(card=card, kept=kept, told=told, doc=found.match.doc, news=news, texts=texts)

    def _text(self, filed: FiledArticle) -> list[str]:
        if filed.id in self._unheard:
            return [filed.id]
        if filed.id not in self._texts:
            self._texts[filed.id] = self._desk.same_text(self._session, filed)
        return self._texts[filed.id]

    def _context(self, filed: FiledArticle) -> dict[str, Any]:
        """Give who else carries a text, and of an update what it tells that the earlier report did not."""
        if filed.id in self._unheard:
            return {}
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


_MATCH = insert(cast(Table, MatchRow.__table__))
_SEEN = select(MatchRow.watch, MatchRow.article, MatchRow.revision).where(
    MatchRow.article.in_(bindparam("articles", expanding=True))
)


def _spans(match: Match) -> list[dict[str, Any]]:
    return [span._asdict() for span in match.spans]


def _outcome(states: Sequence[FateState]) -> str:
    """Say what came of a match as a whole, by what is best of it."""
    if {FateState.PROMISED, FateState.GROUPED} & set(states):
        return "alerted"
    return next((str(state) for state in (FateState.HEARD, FateState.SILENCED) if state in states), "nobody")
