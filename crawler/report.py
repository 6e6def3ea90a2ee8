"""Reports of what polling brings: for the one who asked for a visit, and as counts since the start."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from newsdesk import FilingKind

Counters = dict[str, Counter[tuple[str, ...]]]
"""Counts by name; the labels of each name are in COUNTED."""

COUNTED: dict[str, tuple[str, ...]] = {
    "visits": ("outlet", "result"),
    "leads": ("outlet",),
    "filings": ("outlet", "kind"),
    "lead_failures": ("outlet", "reason"),
    "looks": ("outlet", "result"),
    "page_bytes": ("outlet",),
    "list_bytes": ("outlet",),
    "gaps": ("outlet",),
    "pushes": ("outlet", "result"),
}

_MOST_PROBLEMS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class PollReport:
    """What one visit to one outlet brought, so far or in all (`done`)."""

    outlet: str
    lists: int = 0
    lists_read: int = 0
    not_modified: int = 0
    leads: int = 0
    new: int = 0
    """With the updates of stories that were on record: they are news."""
    revised: int = 0
    copies: int = 0
    known: int = 0
    set_aside: int = 0
    failed: int = 0
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """Which pages were set aside, and why: no articles, gone, or not for us; and where news may have been missed."""
    done: bool = False

    @property
    def ended(self) -> int:
        """Count the leads that came to an end; `leads` is the whole."""
        return self.new + self.revised + self.copies + self.known + self.set_aside + self.failed


_COUNT_OF = {
    FilingKind.NEW: "new",
    FilingKind.UPDATE: "new",
    FilingKind.REVISED: "revised",
    FilingKind.COPY: "copies",
    FilingKind.KNOWN: "known",
}


@dataclass(slots=True)
class Tally:
    """A report in the making; tells each change to whoever follows it."""

    report: PollReport
    follow: Callable[[PollReport], None] | None = None
    setbacks: dict[str, str] = field(default_factory=dict)
    """Leads that failed and wait for another try, with the reason."""

    def list_began(self) -> None:
        """Count a list that is asked for."""
        self._change(lists=self.report.lists + 1)

    def list_read(self, leads: int, *, not_modified: bool) -> None:
        """Count a list that was read, and what it added."""
        self._change(
            lists_read=self.report.lists_read + 1,
            not_modified=self.report.not_modified + not_modified,
            leads=self.report.leads + leads,
        )

    def problem(self, text: str) -> None:
        """Keep what went wrong."""
        if len(self.report.problems) < _MOST_PROBLEMS:
            self._change(problems=(*self.report.problems, text))

    def note(self, text: str) -> None:
        """Keep what is worth knowing and is no failure."""
        if text and len(self.report.notes) < _MOST_PROBLEMS:
            self._change(notes=(*self.report.notes, text))

    def filed(self, url: str, kind: FilingKind) -> None:
        """Count a lead that is on record."""
        self.setbacks.pop(url, None)
        name = _COUNT_OF[kind]
        self._change(**{name: getattr(self.report, name) + 1})

    def set_aside(self, url: str, why: str) -> None:
        """Count a lead whose page is none that could be filed, through nobody's fault."""
        self.setbacks.pop(url, None)
        self._change(set_aside=self.report.set_aside + 1)
        self.note(f"{url}: {why}")

    def failed(self, url: str, why: str, *, later: bool) -> None:
        """Count a lead that failed; one that is tried again counts only when the report ends before that."""
        if later:
            self.setbacks[url] = why
            return
        self.setbacks.pop(url, None)
        self._change(failed=self.report.failed + 1)
        self.problem(f"{url}: {why}")

    def end(self) -> PollReport:
        """Close the report."""
        for url, why in self.setbacks.items():
            self._change(failed=self.report.failed + 1)
            self.problem(f"{url}: {why}; will be tried again")
        self.setbacks.clear()
        # Leads of earlier visits are ended here too.
        self._change(leads=max(self.report.leads, self.report.ended), done=True)
        return self.report

    def _change(self, **values: object) -> None:
        self.report = replace(self.report, **values)  # type: ignore[arg-type]
        if self.follow:
            self.follow(self.report)
