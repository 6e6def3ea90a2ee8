"""Health: whether an outlet is in trouble, since when, and when that is told; pure functions of facts and `now`.

A trouble must last before it is believed, and its end must hold before it is told: so one notice when it begins and one
when it is over, and none for what comes and goes. What several outlets meet within minutes is told together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from .silence import Quiet

GATHER = timedelta(minutes=5)
"""How long a trouble, and its end, waits for others to be told of in one notice."""
_AN_HOUR = timedelta(hours=1)
_HALF_AN_HOUR = timedelta(minutes=30)
_SEVERAL = 3
_SOON = timedelta(minutes=15)


class Health(StrEnum):
    """How an outlet does."""

    OK = "ok"
    DARK = "dark"
    """No new article for longer than chance explains."""
    FAILING = "failing"
    """Its lists, or all its pages, cannot be had."""
    ROTTEN = "rotten"
    """Its lists or pages no longer read as they used to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFacts:
    """What one list of an outlet showed lately."""

    id: int
    kind: str
    url: str
    state: str
    failures: int
    interval: float
    last_error: str | None
    last_success: datetime | None
    last_new_at: datetime | None
    added_at: datetime
    bare_since: datetime | None
    moved_to: str | None
    items: bool
    """Whether it has ever named anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of an outlet at one moment."""

    lists: Sequence[ListFacts]
    news_at: datetime | None = None
    quiet: Quiet | None = None
    """Its silence, where chance does not explain it."""
    rotten: str = ""
    walled: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A trouble as it looks now; it is one when it lasts for `patience`."""

    health: Health
    since: datetime
    reason: str
    patience: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is on record of an outlet's health."""

    health: Health = Health.OK
    since: datetime
    reason: str | None = None
    told: bool = False
    noticed_at: datetime | None = None
    suspect: str | None = None
    suspect_since: datetime | None = None


def find_trouble(facts: Facts, now: datetime) -> Trouble | None:
    """Give the worst that the facts show."""
    lists = [one for one in facts.lists if one.state != "resting"]
    if not lists:
        return None
    return _failing(lists, now) or _walled(facts, now) or _dark(facts) or _bare(lists) or _rotten(facts, now)


def _failing(lists: Sequence[ListFacts], now: datetime) -> Trouble | None:
    if any(one.failures == 0 and one.state != "gone" for one in lists):
        return None
    since = max((one.last_success or one.added_at for one in lists), default=now)
    gone = all(one.state == "gone" for one in lists)
    said = dict.fromkeys(one.last_error or "no answer" for one in lists)
    which = "its list cannot" if len(lists) == 1 else "none of its lists can"
    reason = f"{which} be had: {'; '.join(said)}"
    patience = timedelta(0) if gone else max(_AN_HOUR, min(_AN_HOUR * 6, 3 * timedelta(seconds=_shortest(lists))))
    return Trouble(Health.FAILING, since, reason[:500], patience)


def _shortest(lists: Sequence[ListFacts]) -> float:
    """Give the usual interval of the list that is asked most often: its pauses double with each failure."""
    return min(one.interval * 0.5 ** max(one.failures - 1, 0) for one in lists)


def _walled(facts: Facts, now: datetime) -> Trouble | None:
    if not facts.walled:
        return None
    return Trouble(Health.FAILING, now, f"none of its pages can be had: {facts.walled}"[:500], _HALF_AN_HOUR)


def _dark(facts: Facts) -> Trouble | None:
    if facts.quiet is None or facts.news_at is None:
        return None
    expected = f"{facts.quiet.expected:.0f} were to be expected"
    return Trouble(Health.DARK, facts.news_at, f"no new article in {_span(facts.quiet.watched)}, where {expected}")


def _bare(lists: Sequence[ListFacts]) -> Trouble | None:
    for one in lists:
        # A sitemap of news is empty when there was none for two days.
        if one.bare_since and one.kind != "sitemap" and (one.items or one.last_new_at):
            return Trouble(Health.ROTTEN, one.bare_since, f"{one.kind} {one.url} names nothing any more", _AN_HOUR)
    return None


def _rotten(facts: Facts, now: datetime) -> Trouble | None:
    return Trouble(Health.ROTTEN, now, facts.rotten, _HALF_AN_HOUR) if facts.rotten else None


def judge(standing: Standing, trouble: Trouble | None, now: datetime, *, looking: bool = True) -> Standing:
    """Give what is to be on record now; without `looking` all along, what is suspected begins anew."""
    if trouble is None:
        over = standing.health is not Health.OK
        cleared = replace(standing, suspect=None, suspect_since=None)
        return replace(cleared, health=Health.OK, noticed_at=now) if over else cleared
    if standing.health is trouble.health:
        return replace(standing, suspect=None, suspect_since=None)
    since = standing.suspect_since if looking and standing.suspect == trouble.health else None
    if now - (since or now) < trouble.patience:
        return replace(standing, suspect=trouble.health, suspect_since=since or now)
    began = min(trouble.since, since or now)
    if standing.health is not Health.OK or standing.told:
        began = min(began, standing.since)
    return replace(
        standing,
        health=trouble.health,
        since=began,
        reason=trouble.reason,
        noticed_at=now if standing.health is Health.OK else standing.noticed_at,
        suspect=None,
        suspect_since=None,
    )


@dataclass(frozen=True, slots=True)
class Telling:
    """Which outlets the operator is to be told of now."""

    troubled: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    widespread: bool = False
    """So many at once that our own connection may be what is down."""


def to_tell(standings: Mapping[str, Standing], now: datetime) -> Telling:
    """Give what is to be told now: each trouble once, each end once, those of a few minutes together."""
    new = [slug for slug, one in standings.items() if one.health is not Health.OK and not one.told]
    # What begins to look like trouble again is not over.
    over = [slug for slug, one in standings.items() if one.health is Health.OK and one.told and not one.suspect]
    new = new if any(_is_ripe(standings[slug], now) for slug in new) else []
    over = over if any(_is_ripe(standings[slug], now) for slug in over) else []
    alike = [slug for slug in new if standings[slug].health in (Health.DARK, Health.FAILING)]
    return Telling(tuple(sorted(new)), tuple(sorted(over)), len(alike) >= _SEVERAL)


def _is_ripe(standing: Standing, now: datetime) -> bool:
    return standing.noticed_at is None or now - standing.noticed_at >= GATHER


def hasten(standings: Mapping[str, Standing], troubles: Mapping[str, Trouble | None], now: datetime) -> set[str]:
    """Give the outlets whose failing is believed early, since most others fail as well: one notice tells of all."""
    suspected = {slug for slug, one in standings.items() if one.suspect == Health.FAILING and troubles.get(slug)}
    failing = {slug for slug, one in standings.items() if one.health is Health.FAILING and not one.told}
    if not failing or len(failing | suspected) < max(_SEVERAL, len(standings) / 2):
        return set()
    return {slug for slug in suspected if now - (standings[slug].suspect_since or now) >= _SOON}


def _span(span: timedelta) -> str:
    minutes = round(span.total_seconds() / 60)
    if minutes >= 2 * 24 * 60:
        return f"{minutes // (24 * 60)} days"
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
