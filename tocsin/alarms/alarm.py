"""Alarm: words what the vigil and the crawler have to tell the operator, and says which watches it concerns."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from alerts import Notice, Notices, Watch
from crawler import Case, ListCase, Outlet, Report
from newsdesk import instant

from ..log import logger

_NAMED = 5
_LISTED = 20
"""How many outlets one notice goes into."""

log = logger("alarm")


@dataclass(frozen=True)
class Alarm:
    """Tells the operator what a look at the outlets has shown: by notices, and in the log in any case."""

    notices: Notices
    outlets: Sequence[Outlet]
    watches: Sequence[Watch]

    def tell(self, session: Session, report: Report, now: datetime) -> None:
        """Promise what is to be told, in the transaction that puts the change on record."""
        for notice in self.word(report, now):
            _log(notice)
            self.notices.promise(session, notice, now)

    def word(self, report: Report, now: datetime) -> list[Notice]:
        """Give the notices of a report: one for all that began, one for all that is over, one a list."""
        found = [self._list(case, now) for case in report.lists]
        if report.troubled:
            found.append(self._trouble(report.troubled, report.widespread, now))
        if report.over:
            found.append(self._over(report.over, now))
        return found

    def _trouble(self, cases: Sequence[Case], widespread: bool, now: datetime) -> Notice:
        lines = []
        if widespread:
            lines.append("So many at once: is our own connection down?")
        if len(cases) == 1:
            lines += [_sentence(self._affected(cases)), _sentence(cases[0].reason)]
        else:
            lines.append(_sentence(self._affected(cases)))
            lines += _few([_sentence(f"{self._state(case, now)}: {case.reason}") for case in cases])
        lines.append("`tocsin outlets` shows how each does. You will hear when it is over.")
        facts = {**self._all_facts(cases), "widespread": widespread}
        return Notice(
            type="outlet.trouble",
            key=_key("trouble", cases),
            subject=self._state(cases[0], now) if len(cases) == 1 else self._many(cases),
            lines=lines,
            facts=facts,
        )

    def _over(self, cases: Sequence[Case], now: datetime) -> Notice:
        def span(case: Case) -> str:
            return f"in trouble from {_clock(case.since, now)} to {_clock(case.until or now, now)} UTC"

        if len(cases) == 1:
            subject = f"{self._name(cases[0].outlet)} is back"
            lines = [_sentence(f"It was {span(cases[0])}: {cases[0].reason}"), _sentence(self._affected(cases))]
        else:
            subject = f"{len(cases)} outlets are back"
            lines = _few([_sentence(f"{self._name(case.outlet)} was {span(case)}: {case.reason}") for case in cases])
        return Notice(
            type="outlet.recovered",
            key=_key("over", cases),
            subject=subject,
            lines=lines,
            facts=self._all_facts(cases),
            about=_key("trouble", cases),
        )

    def _list(self, case: ListCase, now: datetime) -> Notice:
        name = self._name(case.outlet)
        facts: dict[str, Any] = {"outlet": case.outlet, "url": case.url}
        if case.to is None:
            return Notice(
                type="source.gone",
                key=f"gone {case.outlet} {case.url} {instant(now)}",
                subject=f"{name}: a source is gone",
                lines=[
                    f"{case.url} answered 410, gone for good: it was switched off.",
                    f"Take it out of outlets/{case.outlet}.yaml, or name another; "
                    f"`tocsin poll {case.outlet}` asks it once more.",
                ],
                facts=facts,
            )
        return Notice(
            type="source.moved",
            key=f"moved {case.outlet} {case.url} {case.to}",
            subject=f"{name}: a source has moved",
            lines=[
                f"{case.url} has moved for good, to {case.to}, and is asked there.",
                f"Write the new address into outlets/{case.outlet}.yaml when that is right.",
            ],
            facts=facts | {"to": case.to},
        )

    def _many(self, cases: Sequence[Case]) -> str:
        kinds = {case.health.value for case in cases}
        how = kinds.pop() if len(kinds) == 1 else "in trouble"
        return f"{len(cases)} outlets {how}: {_enumerated([self._name(case.outlet) for case in cases], 3)}"

    def _state(self, case: Case, now: datetime) -> str:
        return f"{self._name(case.outlet)} {case.health} since {_clock(case.since, now)} UTC"

    def _affected(self, cases: Iterable[Case]) -> str:
        names = [watch.name for watch in self._watches(case.outlet for case in cases)]
        if not names:
            return "no watch is affected"
        if len(names) == 1:
            return f"watch {names[0]} is affected"
        return f"watches {_enumerated(names, _NAMED)} are affected"

    def _watches(self, slugs: Iterable[str]) -> list[Watch]:
        concerned = [one for one in map(self._outlet, slugs) if one]
        return [watch for watch in self.watches if any(_asks(watch, outlet) for outlet in concerned)]

    def _all_facts(self, cases: Sequence[Case]) -> dict[str, Any]:
        return {"outlets": [self._facts(case) for case in cases[:_LISTED]], "outlet_count": len(cases)}

    def _facts(self, case: Case) -> dict[str, Any]:
        watches = [watch.slug for watch in self._watches([case.outlet])]
        return {
            "slug": case.outlet,
            "name": self._name(case.outlet),
            "health": case.health.value,
            "since": instant(case.since),
            "until": instant(case.until),
            "reason": case.reason,
            "watches": watches[:_LISTED],
            "watch_count": len(watches),
        }

    def _outlet(self, slug: str) -> Outlet | None:
        return next((outlet for outlet in self.outlets if outlet.slug == slug), None)

    def _name(self, slug: str) -> str:
        outlet = self._outlet(slug)
        return outlet.name if outlet else slug


def _asks(watch: Watch, outlet: Outlet) -> bool:
    tags = {tag.casefold() for tag in outlet.tags}
    return watch.asks(outlet.slug, urlsplit(outlet.site).hostname or "", tags)


def _key(what: str, cases: Sequence[Case]) -> str:
    return f"{what} {' '.join(f'{case.outlet} {instant(case.since)}' for case in cases)}"


def _few(lines: Sequence[str]) -> list[str]:
    more = len(lines) - _LISTED
    return [*lines[:_LISTED], f"… and {more} more."] if more > 0 else list(lines)


def _enumerated(names: Sequence[str], most: int) -> str:
    shown, more = list(names[:most]), len(names) - most
    if more > 0:
        return f"{', '.join(shown)} and {more} more"
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else "".join(shown)


def _clock(moment: datetime, now: datetime) -> str:
    """Give the time of day, with the date where that is another than today's."""
    moment, today = moment.astimezone(UTC), now.astimezone(UTC).date()
    if moment.date() == today:
        return f"{moment:%H:%M}"
    year = "" if moment.year == today.year else f" {moment.year}"
    return f"{moment.day} {moment:%b}{year} {moment:%H:%M}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _log(notice: Notice) -> None:
    tell: Callable[..., None] = log.info if notice.type in ("outlet.recovered", "source.moved") else log.warning
    tell(notice.subject, kind=notice.type, detail=" ".join(notice.lines))
