"""Grouping: one message a story and person, which names all watches that match; programs get one a watch."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from sqlalchemy.orm import Session

from ..digest import Cadence, due
from ..messages.edits import Edit
from ..messages.payload import Told, joined, overtaken, story_payload
from ..outbox.earlier import Earlier, amend, lately, of_story
from ..outbox.fates import FateState, Verdict
from ..outbox.outbox import Promise
from ..query import Doc
from ..subscriptions import Subscription
from ..watchlist import Kept, Watchlist

_FOR_OTHERS = "for other watches"
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What one match has to say to one whom its watch tells."""

    card: Subscription
    kept: Kept
    told: Told
    """Its id is that of the delivery, should it get one of its own."""
    doc: Doc
    """The article as queries see it."""
    news: str
    """What it tells ..."""
    texts: Sequence[str]
    """... and all names under which that may have been told before."""

    @property
    def is_for_a_person(self) -> bool:
        """Tell whether it may go out in one message with those of other watches."""
        return self.kept.channel.is_for_people and self.kept.target.when is Cadence.NOW


@dataclass(frozen=True, slots=True)
class _When:
    """When a message goes out, whether by itself, and why not at once."""

    at: datetime
    by_itself: bool = False
    why: str | None = None


@dataclass(slots=True)
class _Draft:
    """A delivery in the making."""

    letter: Letter
    when: "_When"
    thread: str | None
    watches: list[Any] = field(default_factory=list)
    matches: list[Any] = field(default_factory=list)
    edit: Edit | None = None

    def takes(self, told: Told) -> bool:
        """Tell whether what another watch has to say fits into this message."""
        ours, theirs = self.edit, told.edit
        if ours is None or theirs is None:
            return ours is theirs
        return (ours.revision, ours.fitted, ours.fits) == (theirs.revision, theirs.fitted, theirs.fits)

    def is_about(self, letter: Letter) -> bool:
        """Tell whether a letter goes to the same person and is of the same story."""
        own = self.letter
        return own.kept.key == letter.kept.key and own.told.filed.story == letter.told.filed.story

    def join(self, told: Told) -> None:
        """Name another watch, and mark its words, too."""
        self.watches.append(told.watch)
        own = self.letter.told.filed
        if (told.filed.id, told.filed.revision) == (own.id, own.revision):
            self.matches += [match for match in told.matches if match not in self.matches]
        if self.edit and told.edit:
            self.edit = _merged(self.edit, told.edit)

    def go_on(self, told: Told) -> None:
        """Tell a later report of the story, which goes on from the one that was to be told."""
        self.letter = replace(self.letter, told=replace(told, id=self.letter.told.id))
        self.matches = list(told.matches)
        if all(watch["slug"] != told.watch["slug"] for watch in self.watches):
            self.watches.append(told.watch)

    def promise(self, now: datetime) -> Promise:
        """Give it with its words frozen."""
        letter = self.letter
        told = letter.told
        if len(self.watches) > 1:
            told = replace(told, watches=self.watches, matches=sorted(self.matches, key=_place), edit=self.edit)
        return Promise(
            id=told.id,
            subscription=letter.card.id,
            endpoint=letter.kept.target.endpoint,
            type="story.matched",
            payload=story_payload(told, now, with_body=letter.kept.target.with_body),
            due=self.when.at,
            story=told.filed.story,
            news=letter.news,
            article=told.filed.id,
            thread=self.thread,
            by_itself=self.when.by_itself,
        )


class Grouping:
    """The letters of one transaction, made into as few messages as may be."""

    def __init__(self, session: Session, watchlist: Watchlist, now: datetime) -> None:
        """Work in `session`, for the targets of `watchlist`."""
        self._session, self._watchlist, self._now = session, watchlist, now
        self._drafts: list[_Draft] = []
        self._people: dict[tuple[str, str, str], _Draft] = {}
        self._said: dict[tuple[str, str], str] = {}
        self._earlier: dict[tuple[str, str, str], list[Earlier]] = {}
        self._untold: Collection[str] = ()
        self._threads: dict[tuple[str, str, str], str] = {}
        self._lately: dict[tuple[str, str], int] = {}

    def expect_nothing_of(self, stories: Collection[str]) -> None:
        """Look for no earlier messages about these stories: there are none."""
        self._untold = stories

    def said(self, card: str, news: Iterable[str]) -> str | None:
        """Give the delivery by which this transaction tells a subscription any of these."""
        return next((self._said[card, one] for one in news if (card, one) in self._said), None)

    def take(self, letter: Letter) -> Verdict:
        """Put a letter into a message that goes to the same person, or make one of it."""
        verdict = self._join(letter) if self._may_join(letter) else None
        verdict = verdict or self._open(letter)
        if verdict.delivery is not None:
            self._said |= {(letter.card.id, one): verdict.delivery for one in (letter.news, *letter.texts)}
        return verdict

    def _may_join(self, letter: Letter) -> bool:
        """Tell whether a letter goes into one message with others: not one that waits for the end of a snooze."""
        return letter.is_for_a_person and not letter.card.is_snoozed(self._now)

    def promises(self) -> list[Promise]:
        """Give what is to be delivered."""
        for draft in self._drafts:
            named = {watch["slug"] for watch in draft.watches}
            if draft.when.why == _FOR_OTHERS and not self._awaits(draft.letter, named):
                draft.when = _When(self._now)
        return [draft.promise(self._now) for draft in self._drafts]

    def _awaits(self, letter: Letter, named: Iterable[str]) -> bool:
        """Tell whether a person has a watch of other outlets or languages, which was not asked about this text yet."""
        others = (one for one in self._watchlist.elsewhere(letter.kept.key) if one.slug not in named)
        return any(not one.covers(letter.doc) for one in others)

    def _join(self, letter: Letter) -> Verdict | None:
        for text in letter.texts:
            draft = self._people.get((*letter.kept.key, text))
            if draft is not None and draft.takes(letter.told):
                draft.join(letter.told)
                return Verdict(FateState.GROUPED, draft.letter.told.id, "one message for several watches")
        for earlier in self._of_story(letter):
            if earlier.news in letter.texts and (verdict := self._join_earlier(earlier, letter)):
                return verdict
        return self._go_on(letter)

    def _go_on(self, letter: Letter) -> Verdict | None:
        """Have a message that waits tell the update of its story, which shows what the first report did not tell."""
        told = letter.told
        into: str | None = None
        if told.earlier is None or told.edit is not None:
            return None
        for draft in self._drafts:
            if draft.when.by_itself and draft.when.at > self._now and draft.is_about(letter):
                draft.go_on(told)
                into = draft.letter.told.id
                self._people |= {(*letter.kept.key, text): draft for text in letter.texts}
                break
        else:
            waiting = (one for one in self._of_story(letter) if one.waits(self._now))
            into = next((one.id for one in waiting if self._overtake(one.id, told)), None)
        return Verdict(FateState.GROUPED, into, "told as the latest report of its story") if into else None

    def _join_earlier(self, earlier: Earlier, letter: Letter) -> Verdict | None:
        """Join a message that waits, or leave it at one that has gone out; what failed has told nobody."""
        kept = self._watchlist.target(earlier.watch, *letter.kept.key)
        told = letter.told
        if kept is None or kept.target.when is not Cadence.NOW or earlier.state == "failed":
            return None
        if earlier.rests(self._now):
            return None
        if told.reason == "revised":  # the earlier message shows the words that it had then
            return None
        if earlier.is_unsent and told.edit is None and self._amend(earlier.id, told):
            return Verdict(FateState.GROUPED, earlier.id, "one message for several watches")
        return Verdict(FateState.HEARD, earlier.id, f"told before, of the watch {earlier.watch}")

    def _amend(self, id: str, told: Told) -> bool:
        return amend(self._session, id, lambda payload: joined(payload, told))

    def _overtake(self, id: str, told: Told) -> bool:
        words = story_payload(replace(told, id=id), self._now)
        return amend(self._session, id, lambda payload: overtaken(payload, words), article=told.filed.id)

    def _open(self, letter: Letter) -> Verdict:
        when, told = self._due(letter), letter.told
        draft = _Draft(letter, when, self._thread(letter), [told.watch], list(told.matches), told.edit)
        self._drafts.append(draft)
        if self._may_join(letter):
            for one in letter.texts:
                self._people.setdefault((*letter.kept.key, one), draft)
        return Verdict(FateState.PROMISED, told.id, when.why)

    def _due(self, letter: Letter) -> _When:
        """Give when a letter goes out."""
        plan, now = letter.kept.target.plan, self._now
        at = letter.card.due(plan, now)
        if at > now or not letter.is_for_a_person:
            return _When(at, why=self._why_held(letter) if at > now else None)
        if self._is_too_many(letter):
            why = f"more than {self._watchlist.alerts.most_per_hour} in an hour"
            return _When(due(replace(plan, when=Cadence.HOURLY), now), why=why)
        wanted = max((self._after_others(letter), self._after_the_last(letter)), key=attrgetter("at"))
        at = due(plan, wanted.at)
        return wanted if at == wanted.at else _When(at, why="for quiet hours")

    def _why_held(self, letter: Letter) -> str:
        if letter.card.is_snoozed(self._now):
            return "snoozed"
        when = letter.kept.target.when
        return "for quiet hours" if when is Cadence.NOW else f"for the {when} digest"

    def _after_others(self, letter: Letter) -> _When:
        """Wait for the other watches of a person, where there are any that the story may yet match."""
        wait = self._watchlist.alerts.group_wait
        if not wait or letter.told.edit is not None or not self._awaits(letter, [letter.card.watch]):
            return _When(self._now)
        return _When(self._now + wait, by_itself=True, why=_FOR_OTHERS)

    def _after_the_last(self, letter: Letter) -> _When:
        """Leave a pause after the last message about a story, but for an edit."""
        interval = self._watchlist.alerts.group_interval
        if not interval or letter.told.edit is not None:
            return _When(self._now)
        last = max((one.due_at for one in self._of_story(letter) if one.state != "failed"), default=None)
        at = max(self._now, last + interval) if last else self._now
        return _When(at, by_itself=True, why="soon after the last of its story")

    def _is_too_many(self, letter: Letter) -> bool:
        """Count a letter, and tell whether its receiver has had as many in this hour as one is to get."""
        most, key = self._watchlist.alerts.most_per_hour, letter.kept.key
        if not most:
            return False
        if key not in self._lately:
            self._lately[key] = lately(self._session, *key, self._now - _HOUR)
        if self._lately[key] >= most:
            return True
        self._lately[key] += 1
        return False

    def _thread(self, letter: Letter) -> str | None:
        """Give the first delivery about a story to an address, promised before or in this transaction."""
        key = (letter.told.filed.story, *letter.kept.key)
        earlier = self._of_story(letter)
        first = self._threads.get(key) or (earlier[0].id if earlier else None)
        self._threads[key] = first or letter.told.id
        return first

    def _of_story(self, letter: Letter) -> list[Earlier]:
        key = (letter.told.filed.story, *letter.kept.key)
        if letter.told.filed.story in self._untold:
            return []
        if key not in self._earlier:
            self._earlier[key] = of_story(self._session, *key)
        return self._earlier[key]


def _place(match: Mapping[str, Any]) -> tuple[int, int, int]:
    fields = ("title", "lede", "body")
    return fields.index(match["field"]) if match["field"] in fields else 3, match["start"], match["end"]


def _merged(ours: Edit, theirs: Edit) -> Edit:
    """Give what an edit did to the words of two watches."""
    return replace(
        ours,
        shifts=tuple(dict.fromkeys((*ours.shifts, *theirs.shifts))),
        gone=tuple(dict.fromkeys((*ours.gone, *theirs.gone))),
        changes=ours.changes if len(ours.changes) >= len(theirs.changes) else theirs.changes,
    )


def delivery_id(subscription: str, news: str) -> str:
    """Give the id that a delivery keeps over all attempts; it holds no dot, as signatures are made of dotted parts."""
    return f"alert-{hashlib.blake2b(f'{subscription} {news}'.encode(), digest_size=16).hexdigest()}"
