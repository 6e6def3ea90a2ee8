"""Inventory: the furniture known of each outlet, learnt from the record as articles come in, and taken out of it.

The first pages of an outlet are read before anything is known of it; once something is, its newest texts on record
are tidied too. That is no revision: nobody is told that a newsletter box was taken out of a text.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from newsdesk import Article, Desk, insert_missing

from .furniture import FEWEST, MOST, WINDOW, Text, furniture_of, learn
from .reading.furniture import Furniture, without_furniture
from .tables import FurnitureRow

_KEPT = timedelta(days=60)
_REMEMBERED = 2000
_GROWTH = 1.5
_MOST_BETWEEN = 40
_MOST_SEEN = 4 * MOST
_NOTHING = Furniture()


@dataclass(slots=True)
class _Known:
    """What is remembered of one outlet; all but the furniture may be lost."""

    furniture: Furniture = _NOTHING
    filed: int = 0
    """New articles since they were last looked at."""
    wait: int = FEWEST
    """After how many the next look is due."""
    met: set[int] = field(default_factory=set)
    """Marks that were met since the last look."""


class Inventory:
    """The furniture of all outlets; that of the outlets read last is held in memory."""

    def __init__(self, desk: Desk) -> None:
        """Learn from what `desk` has on record."""
        self._desk = desk
        self._outlets: OrderedDict[str, _Known] = OrderedDict()

    def knows(self, outlet: str) -> bool:
        """Tell whether an outlet's furniture is in memory."""
        return outlet in self._outlets

    def load(self, session: Session, outlet: str) -> Furniture:
        """Give an outlet's furniture, from the database where it is not in memory."""
        return self._known(session, outlet).furniture

    def of(self, outlet: str) -> Furniture:
        """Give an outlet's furniture as far as it is in memory."""
        known = self._outlets.get(outlet)
        return known.furniture if known else _NOTHING

    def met(self, outlet: str, marks: Iterable[int]) -> None:
        """Take note of furniture that stood on a page."""
        known = self._outlets.get(outlet)
        if known is not None and len(known.met) < _MOST_SEEN:
            known.met.update(marks)

    def tidy(self, outlet: str, body: str) -> str:
        """Give a text without the furniture of its outlet; paragraphs are separated by a blank line."""
        furniture = self.of(outlet)
        kept, dropped = without_furniture(body.split("\n\n"), furniture) if furniture else ([], ())
        return "\n\n".join(kept) if dropped else body

    def tidied(self, session: Session, article: Article) -> Article:
        """Give an article without the furniture that is known by now, which may be more than when its page was read."""
        if not self.load(session, article.outlet):
            return article
        return replace(article, body=self.tidy(article.outlet, article.body))

    def filed(self, session: Session, outlet: str, new: int, now: datetime) -> bool:
        """Count new articles; where enough have come since the last look, learn from the newest and tidy them.

        The first look comes after 5 articles, each further one after half as many again, up to 40.
        """
        known = self._known(session, outlet)
        known.filed += new
        if known.filed < known.wait:
            return False
        known.filed, known.wait = 0, min(_MOST_BETWEEN, int(known.wait * _GROWTH) + 1)
        self._look(session, outlet, known, now)
        return True

    def _look(self, session: Session, outlet: str, known: _Known, now: datetime) -> None:
        newest = self._desk.newest(session, outlet, WINDOW)
        found = learn([Text(one.article.title, one.article.authors, one.article.body.split("\n\n")) for one in newest])
        new = {mark: what for mark, what in found.items() if mark not in known.furniture.anywhere}
        met, known.met = known.met, set()
        _refresh(session, outlet, met | new.keys(), now)
        _store(session, outlet, new, now)
        _forget(session, outlet, now - _KEPT)
        known.furniture = _stored(session, outlet)
        for filed in newest if new else ():
            texts = (filed.article.body, filed.article.lede or "")
            if any(self.tidy(outlet, text) != text for text in texts):
                self._desk.amend(session, filed.id, partial(self.tidy, outlet), now)

    def _known(self, session: Session, outlet: str) -> _Known:
        known = self._outlets.get(outlet)
        if known is None:
            known = self._outlets[outlet] = _Known(_stored(session, outlet))
            if len(self._outlets) > _REMEMBERED:
                self._outlets.popitem(last=False)
        self._outlets.move_to_end(outlet)
        return known


def _stored(session: Session, outlet: str) -> Furniture:
    query = select(FurnitureRow.mark, FurnitureRow.anywhere).where(FurnitureRow.outlet == outlet)
    newest = query.order_by(FurnitureRow.last_at.desc(), FurnitureRow.pages.desc()).limit(MOST)
    return furniture_of((mark, anywhere) for mark, anywhere in session.execute(newest))


def _refresh(session: Session, outlet: str, marks: set[int], now: datetime) -> None:
    if marks:
        session.execute(
            update(FurnitureRow)
            .where(FurnitureRow.outlet == outlet, FurnitureRow.mark.in_(marks))
            .values(last_at=now)
            .execution_options(synchronize_session=False)
        )


def _store(session: Session, outlet: str, found: dict[int, tuple[int, bool]], now: datetime) -> None:
    rows = [
        {"outlet": outlet, "mark": mark, "pages": pages, "anywhere": anywhere, "first_at": now, "last_at": now}
        for mark, (pages, anywhere) in found.items()
    ]
    if rows:
        insert_missing(session, FurnitureRow, rows)
    if sure := [mark for mark, (_, anywhere) in found.items() if anywhere]:
        session.execute(
            update(FurnitureRow)
            .where(FurnitureRow.outlet == outlet, FurnitureRow.mark.in_(sure))
            .values(anywhere=True)
            .execution_options(synchronize_session=False)
        )


def _forget(session: Session, outlet: str, before: datetime) -> None:
    """Forget what was not met for long, and of the rest what was not met last."""
    mine = FurnitureRow.outlet == outlet
    session.execute(
        delete(FurnitureRow).where(mine, FurnitureRow.last_at < before).execution_options(synchronize_session=False)
    )
    kept = select(FurnitureRow.mark).where(mine).order_by(FurnitureRow.last_at.desc(), FurnitureRow.pages.desc())
    session.execute(
        delete(FurnitureRow)
        .where(mine, FurnitureRow.mark.not_in(kept.limit(MOST)))
        .execution_options(synchronize_session=False)
    )
