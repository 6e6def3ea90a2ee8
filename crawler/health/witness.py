"""Witness: remembers how pages read until the vigil takes it down; what a crash forgets of it is missed by nobody."""

from collections import deque

from newsdesk import FetchFailure

from ..page import Reading, ReadingKind
from .rot import ARTICLE, DATED, SELECTED, SIGNED, TITLED, Seen

_MOST = 20_000
_WALLS = frozenset({ReadingKind.CHALLENGE, ReadingKind.CONSENT_WALL, ReadingKind.NOT_FOUND})
"""Not those that ask for money: of an outlet that sells its pages, some are always closed."""
_NOTHING_FOUND = "gave nothing here"
_LACKING = frozenset(FetchFailure) - {FetchFailure.TOO_LARGE, FetchFailure.REFUSED_ADDRESS}


class Witness:
    """What pages showed since somebody last asked, by their outlets."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._pages: deque[tuple[str, Seen | str]] = deque(maxlen=_MOST)

    def read(self, outlet: str, reading: Reading) -> None:
        """Remember a page that was read; a wall that stood in its place is a page that could not be had."""
        if reading.kind in _WALLS:
            self._pages.append((outlet, "; ".join(reading.notes) or reading.kind.value))
        else:
            self._pages.append((outlet, seen(reading)))

    def lacked(self, outlet: str, reason: str, detail: str) -> None:
        """Remember a page that could not be had at the first try, for its server's refusal or silence."""
        if reason in _LACKING:
            self._pages.append((outlet, detail))

    def take(self) -> list[tuple[str, Seen | str]]:
        """Give all and forget it."""
        taken = list(self._pages)
        self._pages.clear()
        return taken


def seen(reading: Reading) -> Seen:
    """Give the traits of one page."""
    traits = {
        ARTICLE: reading.kind is ReadingKind.ARTICLE,
        DATED: reading.published is not None,
        TITLED: bool(reading.title),
        SIGNED: bool(reading.authors),
        SELECTED: not any(_NOTHING_FOUND in note for note in reading.notes),
    }
    return Seen(sum(trait for trait, has in traits.items() if has), len(reading.body))
