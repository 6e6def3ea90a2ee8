"""Vigil: looks at every outlet now and then, keeps its health on record, and says what the operator is to be told."""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from newsdesk import Database, insert_missing

from ..cadence.habit import Habit
from ..state import SITE
from ..tables import OutletRow, SourceRow, VigilRow
from ..visits import hosts
from . import silence
from .rot import Pages, Seen
from .silence import Quiet, Silences, Stretch
from .trouble import Facts, Health, ListFacts, Standing, Trouble, find_trouble, hasten, judge, to_tell
from .witness import Witness

_PAUSE = timedelta(minutes=10)
"""A pause between two looks that was longer than this was none of the outlets' silence: we were away."""
_KEEP = timedelta(days=120)
_LATER = timedelta(hours=1)

_STANDING = tuple(Standing.__dataclass_fields__)
_OF_LIST = tuple(name for name in ListFacts.__dataclass_fields__ if name != "items")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletState:
    """How one outlet does, for people."""

    outlet: str
    health: Health = Health.OK
    since: datetime | None = None
    reason: str | None = None
    told: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """One outlet whose trouble began, or is over (`until`)."""

    outlet: str
    health: Health
    since: datetime
    reason: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ListCase:
    """One list that is gone (410) or has moved for good (`to`)."""

    outlet: str
    url: str
    to: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What the operator is to be told after one look."""

    troubled: tuple[Case, ...] = ()
    over: tuple[Case, ...] = ()
    widespread: bool = False
    lists: tuple[ListCase, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether there is anything to tell."""
        return bool(self.troubled or self.over or self.lists)


@dataclass(slots=True)
class _Outlet:
    """One outlet in the course of a look."""

    slug: str
    lists: list[ListFacts]
    standing: Standing
    is_new: bool
    news_at: datetime | None
    silences: Silences
    pages: Pages
    told_of: frozenset[str]
    news: dict[str, Any] = field(default_factory=dict)
    """What changed on record of its silences."""


@dataclass(frozen=True, slots=True)
class _Survey:
    """What one look saw, and what is to be on record of it."""

    changes: Mapping[str, dict[str, Any]]
    new: Sequence[str]
    report: Report


class Vigil:
    """Watches over the outlets; what it remembers between two looks only spares work."""

    def __init__(self, database: Database, witness: Witness | None = None) -> None:
        """Watch over the outlets on record in `database`; `witness` has met their pages."""
        self._database = database
        self._witness = witness or Witness()
        self._again: dict[str, datetime] = {}
        self._lasting: dict[tuple[str, datetime], tuple[Quiet, datetime]] = {}

    async def look(self, slugs: Iterable[str], now: datetime, tell: Callable[[Session, Report], None]) -> Report:
        """Look at these outlets; what is to be told goes to `tell` in the transaction that records it as told."""
        pages = self._witness.take()
        looking = await self._database.transact(lambda session: _look_up(session, pages, now))
        survey = await asyncio.to_thread(self._survey, list(slugs), now, looking)
        if survey.changes or survey.new:
            await self._database.transact(lambda session: _keep(session, survey, now, tell))
        return survey.report

    def _survey(self, slugs: Sequence[str], now: datetime, looking: bool) -> _Survey:
        if len(self._lasting) > 4 * len(slugs) + 100:
            self._lasting.clear()
        with self._database.read() as session:
            outlets = _outlets(session, slugs, now)
            stretches = attention(session)
            troubles = self._troubles(session, outlets, stretches, now)
        judged = {one.slug: judge(one.standing, troubles[one.slug], now, looking=looking) for one in outlets}
        for slug in hasten(judged, troubles, now):
            trouble = troubles[slug]
            assert trouble
            at_once = Trouble(trouble.health, trouble.since, trouble.reason)
            judged[slug] = judge(judged[slug], at_once, now)
        return _survey(outlets, judged, now)

    def _troubles(
        self, session: Session, outlets: Sequence[_Outlet], stretches: Sequence[Stretch], now: datetime
    ) -> dict[str, Trouble | None]:
        wanted = [one.slug for one in outlets if self._needs_habit(one, now)]
        habits = _habits(session, wanted)
        found = {}
        for one in outlets:
            mine, quiet = habits.get(one.slug, []), None
            if mine:
                _note_news(one, mine, stretches, now)
                quiet = self._quiet(one, mine, stretches, now)
            elif one.standing.health is Health.DARK and _news_at(one) == one.news_at:
                quiet = Quiet()  # goes on as it was
            facts = Facts(
                lists=one.lists,
                news_at=one.news_at,
                quiet=quiet,
                rotten=one.pages.rotten,
                walled=one.pages.walled,
            )
            found[one.slug] = find_trouble(facts, now)
        return found

    def _needs_habit(self, one: _Outlet, now: datetime) -> bool:
        """Tell whether an outlet's silence ended, or may have grown beyond chance: habits are long to read."""
        news = _news_at(one)
        if news is None:
            return False
        if news != one.news_at:
            return True
        is_long = now - news >= silence.FLOOR and one.silences.count >= silence.EVIDENCE
        return is_long and one.standing.health is not Health.DARK and now >= self._again.get(one.slug, now)

    def _quiet(
        self, one: _Outlet, habits: Sequence[Habit], stretches: Sequence[Stretch], now: datetime
    ) -> Quiet | None:
        """Give the silence under way where chance does not explain it; it lasts to the latest list that was had."""
        if one.news_at is None:
            return None
        had = max((each.last_success for each in one.lists if each.last_success), default=one.news_at)
        lasting, measured = self._lasting.get((one.slug, one.news_at), (Quiet(), one.news_at))
        lasting = lasting.longer(habits, silence.within(stretches, measured, min(had, now)))
        most = silence.most_by_chance(one.silences, habits, now)
        if silence.is_dark(lasting, most, now - min(each.added_at for each in one.lists)):
            return lasting
        self._lasting[one.slug, one.news_at] = lasting, max(measured, min(had, now))
        # Asked again when it has grown by a tenth: the longer it is, the slower that matters.
        self._again[one.slug] = now + min((now - one.news_at) / 10, _LATER)
        return None


def _look_up(session: Session, pages: Sequence[tuple[str, Seen | str]], now: datetime) -> bool:
    """Put on record that somebody looks, and how pages read; tell whether somebody has looked all along."""
    _note_pages(session, pages, now)
    last = session.scalar(select(VigilRow).order_by(VigilRow.seen_at.desc()).limit(1))
    if last is not None and last.seen_at >= now - _PAUSE:
        last.seen_at = max(last.seen_at, now)
        return True
    session.execute(delete(VigilRow).where(VigilRow.seen_at < now - _KEEP))
    session.add(VigilRow(began_at=now, seen_at=now))
    return False


def attention(session: Session) -> list[Stretch]:
    """Give the stretches of time in which a daemon was looking, oldest first."""
    rows = session.execute(select(VigilRow.began_at, VigilRow.seen_at).order_by(VigilRow.began_at))
    return [(begin, end) for begin, end in rows]


def _outlets(session: Session, slugs: Sequence[str], now: datetime) -> list[_Outlet]:
    wanted = set(slugs)
    columns = [getattr(SourceRow, name) for name in _OF_LIST]
    rows = session.execute(
        select(SourceRow.outlet, *columns, SourceRow.items.is_not(None).label("items"))
        .where(SourceRow.state != "resting")
        .order_by(SourceRow.outlet, SourceRow.id)
    )
    kept = [getattr(OutletRow, name) for name in ("slug", "news_at", "silences", "told_of", "reading", *_STANDING)]
    known = {row.slug: row for row in session.execute(select(*kept))}
    found = []
    for slug, mine in groupby(rows, key=lambda row: row.outlet):
        if slug in wanted:
            lists = [ListFacts(**{name: getattr(row, name) for name in ListFacts.__dataclass_fields__}) for row in mine]
            found.append(_outlet(slug, lists, known.get(slug), now))
    return found


def _outlet(slug: str, lists: list[ListFacts], row: Any, now: datetime) -> _Outlet:
    # The search for lists on an outlet's site matters only as long as it has found none.
    lists = [one for one in lists if one.kind != SITE] or lists
    if row is None:
        return _Outlet(slug, lists, Standing(since=now), True, None, Silences(), Pages(), frozenset())
    standing = Standing(
        **{name: getattr(row, name) for name in _STANDING if name != "health"}, health=Health(row.health)
    )
    told = frozenset(json.loads(row.told_of or "[]"))
    return _Outlet(
        slug, lists, standing, False, row.news_at, Silences.loads(row.silences), _odd_pages(row.reading), told
    )


def _odd_pages(reading: str | None) -> Pages:
    """Read how pages read where that is odd in any way: it is long, and of no use here where it is not."""
    return Pages.loads(reading) if reading and ('"rotten"' in reading or '"refused"' in reading) else Pages()


def _habits(session: Session, slugs: Sequence[str]) -> dict[str, list[Habit]]:
    found: dict[str, list[Habit]] = {}
    for start in range(0, len(slugs), 500):
        chunk = slugs[start : start + 500]
        rows = session.execute(
            select(SourceRow.outlet, SourceRow.habit).where(
                SourceRow.outlet.in_(chunk), SourceRow.habit.is_not(None), SourceRow.state != "resting"
            )
        )
        for slug, habit in rows:
            found.setdefault(slug, []).append(Habit.loads(habit))
    return found


def _news_at(one: _Outlet) -> datetime | None:
    return max((each.last_new_at for each in one.lists if each.last_new_at), default=None)


def _note_news(one: _Outlet, habits: Sequence[Habit], stretches: Sequence[Stretch], now: datetime) -> None:
    """Take in a silence that ended."""
    news = _news_at(one)
    if news is None or news == one.news_at:
        return
    if one.news_at is not None:
        is_dark = one.standing.health is Health.DARK
        most = silence.most_by_chance(one.silences, habits, now) if is_dark else float("inf")
        ended = silence.expected(habits, silence.within(stretches, one.news_at, news))
        one.silences = one.silences.learn(ended, most)
    one.news_at = news
    one.news = {"news_at": news, "silences": one.silences.dumps()}


def _survey(outlets: Sequence[_Outlet], judged: Mapping[str, Standing], now: datetime) -> _Survey:
    telling = to_tell(judged, now)
    changes: dict[str, dict[str, Any]] = {}
    lists: list[ListCase] = []
    for one in outlets:
        standing = judged[one.slug]
        change = {
            name: getattr(standing, name)
            for name in _STANDING
            if getattr(standing, name) != getattr(one.standing, name)
        }
        change |= one.news
        marks = _marks(one)
        if marks.keys() != one.told_of:
            lists += [case for mark, case in marks.items() if mark not in one.told_of]
            change["told_of"] = json.dumps(sorted(marks))
        if one.slug in telling.troubled:
            change["told"] = True
        if one.slug in telling.over:
            change |= {"told": False, "since": standing.noticed_at or now, "reason": None, "noticed_at": None}
        if change:
            changes[one.slug] = change
    report = Report(
        tuple(_case(slug, judged[slug]) for slug in telling.troubled),
        tuple(_case(slug, judged[slug]) for slug in telling.over),
        telling.widespread,
        tuple(lists),
    )
    return _Survey(changes, [one.slug for one in outlets if one.is_new], report)


def _case(slug: str, standing: Standing) -> Case:
    is_over = standing.health is Health.OK
    return Case(slug, standing.health, standing.since, standing.reason or "", standing.noticed_at if is_over else None)


def _marks(one: _Outlet) -> dict[str, ListCase]:
    gone = {f"gone {each.id}": ListCase(one.slug, each.url) for each in one.lists if each.state == "gone"}
    moved = {
        f"moved {each.id} {each.moved_to}": ListCase(one.slug, each.url, each.moved_to)
        for each in one.lists
        if each.moved_to
    }
    return gone | moved


def _keep(session: Session, survey: _Survey, now: datetime, tell: Callable[[Session, Report], None]) -> None:
    _ensure(session, survey.new, now)
    for slug, change in survey.changes.items():
        session.execute(update(OutletRow).where(OutletRow.slug == slug).values(**change))
    if survey.report:
        tell(session, survey.report)


def _ensure(session: Session, slugs: Iterable[str], now: datetime) -> None:
    blank = {"health": Health.OK.value, "since": now, "told": False, "pages": 0}
    if rows := [{"slug": slug, **blank} for slug in slugs]:
        insert_missing(session, OutletRow, rows)


def _note_pages(session: Session, pages: Sequence[tuple[str, Seen | str]], now: datetime) -> None:
    """Take in how pages read, or why they could not be had, each with its outlet's slug."""
    ordered = sorted(pages, key=lambda page: page[0])  # in one order, so that two transactions never wait crosswise
    for slug, mine in groupby(ordered, key=lambda page: page[0]):
        of_slug = select(OutletRow.reading).where(OutletRow.slug == slug).with_for_update()
        row = session.execute(of_slug).first()
        if row is None:
            _ensure(session, [slug], now)
        kept = Pages.loads(row.reading if row else None)
        for _, page in mine:
            kept = kept.lacked(page) if isinstance(page, str) else kept.had(page)
        session.execute(update(OutletRow).where(OutletRow.slug == slug).values(reading=kept.dumps()))


def outlet_states(database: Database) -> dict[str, OutletState]:
    """Give how every outlet on record does, by its slug."""
    with database.read() as session:
        columns = (OutletRow.slug, OutletRow.health, OutletRow.since, OutletRow.reason, OutletRow.told)
        return {
            slug: OutletState(outlet=slug, health=Health(health), since=since, reason=reason, told=told)
            for slug, health, since, reason, told in session.execute(select(*columns))
        }


def closed_hosts(database: Database) -> dict[str, datetime]:
    """Give the hosts whose robots.txt cannot be had, which closes them, and since when."""
    with database.read() as session:
        return hosts.closed(session)
