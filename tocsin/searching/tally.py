"""Tally: what a trial has found so far, in all, by day and by clause."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from tocsin.searching.chart import Day

if TYPE_CHECKING:
    from alerts import Cause
    from tocsin.searching.search import Found


@dataclass(frozen=True, slots=True)
class ClauseCount:
    """What one clause of a query brought."""

    clause: str
    articles: int
    stories: int
    only: int | None
    """Stories that nothing but this alternative brought; None of a clause that is no alternative."""


@dataclass
class Tally:
    """Hits and stories, and the newest hits."""

    keep: int
    samples: list[Found] = field(default_factory=list)
    back_to: datetime | None = None
    """When the last article that was looked at was first seen."""
    _hits: Counter[date] = field(default_factory=Counter)
    _by_day: defaultdict[date, set[str]] = field(default_factory=lambda: defaultdict(set))
    _articles: Counter[str] = field(default_factory=Counter)
    _by_clause: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _only: dict[str, frozenset[str]] = field(default_factory=dict)
    """By story, the alternatives without which none of its articles would have matched."""
    _alternatives: set[str] = field(default_factory=set)
    stories: set[str] = field(default_factory=set)

    def add(self, found: Found, causes: Iterable[Cause]) -> bool:
        """Count one hit; tells whether its story is a new one."""
        story, day = found.filed.story, found.filed.first_seen.astimezone(UTC).date()
        self._hits[day] += 1
        self._by_day[day].add(story)
        self._count_clauses(found, tuple(causes))
        if len(self.samples) < self.keep:
            self.samples.append(found)
        is_new = story not in self.stories
        self.stories.add(story)
        return is_new

    def _count_clauses(self, found: Found, causes: tuple[Cause, ...]) -> None:
        story = found.filed.story
        self._alternatives.update(cause.clause for cause in causes)
        for clause in {" ".join(span.term.split()) for span in found.spans} | {cause.clause for cause in causes}:
            self._articles[clause] += 1
            self._by_clause[clause].add(story)
        alone = frozenset(cause.clause for cause in causes if cause.alone)
        self._only[story] = self._only.get(story, alone) & alone

    @property
    def articles(self) -> int:
        """How many articles matched."""
        return self._hits.total()

    @property
    def days(self) -> list[Day]:
        """The days with a hit, in order."""
        return [Day(day, self._hits[day], len(self._by_day[day])) for day in sorted(self._hits)]

    @property
    def clauses(self) -> list[ClauseCount]:
        """What each clause brought, that of most stories first."""
        alone = Counter(clause for clauses in self._only.values() for clause in clauses)
        counts = [
            ClauseCount(clause, self._articles[clause], len(stories), self._only_of(clause, alone))
            for clause, stories in self._by_clause.items()
        ]
        return sorted(counts, key=lambda one: (-one.stories, -one.articles, one.clause))

    def _only_of(self, clause: str, alone: Counter[str]) -> int | None:
        return alone[clause] if clause in self._alternatives else None
