"""Desk: says whether an article is news, and files it, in the caller's transaction."""

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import BindParameter, bindparam, func, select, union_all, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from .addresses.urls import canonical_url, page_key, plain_addresses
from .article import Article, FiledArticle, clean
from .database import Database
from .errors import StorageError
from .filing.arrival import Arrival, Tidy, address_of
from .filing.filing import Filing, FilingKind, amend_article, file_article
from .rows import filed_article
from .tables import ADDRESSES, ARTICLES, FORGOTTEN
from .texts import cite, earlier_text, grown_stories, lone_stories, same_text

__all__ = ["Desk", "Filing", "FilingKind", "Unswept"]

_TRIES = 5
_AT_ONCE = 500

# SQLite has but one writer; any number will do that nothing else locks by.
_ONE_AT_A_TIME = select(func.pg_advisory_xact_lock(7_632_467))

_URLS: BindParameter[str] = bindparam("urls", expanding=True)
_KNOWN = union_all(
    select(ADDRESSES.c.url).where(ADDRESSES.c.url.in_(_URLS), ~ADDRESSES.c.claimed),
    select(FORGOTTEN.c.url).where(FORGOTTEN.c.url.in_(_URLS)),
)
_FORGOTTEN = select(FORGOTTEN.c.url).where(FORGOTTEN.c.url.in_(_URLS))
_BY_KEY = select(ADDRESSES.c.url).where(
    ADDRESSES.c.outlet == bindparam("outlet"),
    ADDRESSES.c.key.in_(bindparam("keys", expanding=True)),
    ~ADDRESSES.c.claimed,
)
_UNSWEPT = (
    select(ARTICLES)
    .where(ARTICLES.c.unswept.is_not(None))
    .order_by(ARTICLES.c.first_seen, ARTICLES.c.id)
    .with_for_update(skip_locked=True)
)
_UNSWEPT_SINCE = select(func.min(ARTICLES.c.first_seen)).where(ARTICLES.c.unswept == "new")
_SWEPT = update(ARTICLES).where(ARTICLES.c.id.in_(bindparam("ids", expanding=True))).values(unswept=None)
_BY_ID = select(ARTICLES).where(ARTICLES.c.id == bindparam("wanted"))
_BY_ADDRESS = (
    select(ARTICLES)
    .join(ADDRESSES, ADDRESSES.c.article_id == ARTICLES.c.id)
    .where(ADDRESSES.c.url == bindparam("wanted"))
)
_NEWEST = (
    select(ARTICLES)
    .where(ARTICLES.c.outlet == bindparam("outlet"))
    .order_by(ARTICLES.c.first_seen.desc(), ARTICLES.c.id.desc())
)
_STORY = (
    select(ARTICLES)
    .where(ARTICLES.c.story == bindparam("story"), ARTICLES.c.id != bindparam("not_id"))
    .order_by(ARTICLES.c.first_seen, ARTICLES.c.id)
)


@dataclass(frozen=True, slots=True)
class Unswept:
    """An article that the alerts have yet to look at, and why."""

    filed: FiledArticle
    reason: Literal["new", "revised"]


class Desk:
    """Where articles are filed."""

    def __init__(self, database: Database) -> None:
        """Serve the tables of `database`; every method works in the session that it is given."""
        self.database = database

    def file(
        self,
        session: Session,
        article: Article,
        *,
        now: datetime,
        quiet: bool = False,
        revision: int = 1,
        archived: bool = False,
        tidy: Tidy | None = None,
    ) -> Filing:
        """File what a page says; `quiet` leaves no mark for the alerts, `revision` is what an unknown one starts with.

        Raises StorageError. With `archived` it is what a page said once, as an import brings it: KNOWN, and no
        revision back, if it is an earlier text of an article on record. Where the text on record differs by nothing
        but what `tidy` takes out of it, it is tidied and the article is KNOWN, not REVISED.

        One process files at a time, until its transaction ends, so that two near-copies cannot miss each other; and
        unique keys decide: who loses takes its own half-written filing back and looks again.
        """
        arrival = Arrival.of(article, tidy)
        connection = session.connection()
        is_postgres = self.database.is_postgres
        if is_postgres:
            connection.execute(_ONE_AT_A_TIME)
        for _ in range(_TRIES):
            try:
                # SQLite would write its index of terms out at each savepoint: there each article takes itself back.
                with connection.begin_nested() if is_postgres else nullcontext():
                    return file_article(connection, arrival, now, quiet=quiet, revision=revision, archived=archived)
            except IntegrityError as error:
                lost = error
        raise StorageError(f"{arrival.own} could not be filed: {lost.orig}") from lost

    def newest(self, session: Session, outlet: str, limit: int) -> list[FiledArticle]:
        """Give the articles of an outlet that were seen last, newest first."""
        return [filed_article(row) for row in session.execute(_NEWEST.limit(limit), {"outlet": outlet})]

    def amend(self, session: Session, article_id: str, tidy: Tidy, now: datetime) -> bool:
        """Put the text of an article through `tidy`, as no revision; tells whether that changed it."""
        return amend_article(session.connection(), article_id, tidy, now)

    def known(self, session: Session, urls: Sequence[str], outlet: str = "") -> set[str]:
        """Give those of the addresses that are on record, or were until they were forgotten.

        What a page only claims for its address is not: another may stand there. With an outlet, other
        spellings of the pages it has on record count, too: http, `www.`, AMP, mobile.
        """
        asked = {url: address_of(url) for url in urls}
        addresses = list(set(asked.values()))
        known = self._on_record(session, addresses)
        if outlet:
            known |= self._by_name(session, [address for address in addresses if address not in known], outlet)
        return {url for url, address in asked.items() if address in known}

    def _on_record(self, session: Session, addresses: Sequence[str]) -> set[str]:
        known: set[str] = set()
        for start in range(0, len(addresses), _AT_ONCE):
            known.update(session.scalars(_KNOWN, {"urls": addresses[start : start + _AT_ONCE]}))
        return known

    def _by_name(self, session: Session, addresses: Sequence[str], outlet: str) -> set[str]:
        keys = list({page_key(address) for address in addresses})
        names: set[str] = set()
        for start in range(0, len(keys), _AT_ONCE):
            found = session.scalars(_BY_KEY, {"outlet": outlet, "keys": keys[start : start + _AT_ONCE]})
            names.update(map(canonical_url, found))
        # Of what was forgotten there is nothing but the address.
        spelled = {spelling: address for address in addresses for spelling in plain_addresses(address)}
        wanted = list(spelled)
        known = {address for address in addresses if canonical_url(address) in names}
        for start in range(0, len(wanted), _AT_ONCE):
            found = session.scalars(_FORGOTTEN, {"urls": wanted[start : start + _AT_ONCE]})
            known.update(spelled[url] for url in found)
        return known

    def unswept(self, session: Session, limit: int = 100) -> list[Unswept]:
        """Give the articles that the alerts have yet to look at, oldest first.

        On PostgreSQL they are locked until the transaction ends, and those that another process looks at are left out.
        """
        return [Unswept(filed_article(row), row.unswept) for row in session.execute(_UNSWEPT.limit(limit))]

    def unswept_since(self, session: Session) -> datetime | None:
        """Give when the oldest news that the alerts have yet to look at was filed, None where there is none."""
        since: datetime | None = session.scalar(_UNSWEPT_SINCE)
        return since

    def mark_swept(self, session: Session, ids: Iterable[str]) -> None:
        """End the mark of these articles."""
        if swept := list(ids):
            session.execute(_SWEPT, {"ids": swept})

    def also_in(self, session: Session, story: str, not_id: str) -> list[FiledArticle]:
        """Give the other articles of a story, oldest first."""
        return [filed_article(row) for row in session.execute(_STORY, {"story": story, "not_id": not_id})]

    def same_text(self, session: Session, filed: FiledArticle) -> list[str]:
        """Give the ids of all articles that have one text, its original first: under any of them it may be told."""
        return same_text(session, filed)

    def earlier(self, session: Session, filed: FiledArticle, revision: int) -> FiledArticle | None:
        """Give an article as it read at an earlier revision; None where that text is not on record."""
        return earlier_text(session, filed, revision)

    def grown(self, session: Session, stories: Sequence[str], since: datetime) -> set[str]:
        """Give those of the stories that an article was added to since then."""
        return grown_stories(session, stories, since)

    def alone(self, session: Session, stories: Sequence[str]) -> set[str]:
        """Give those of the stories that one article tells, and no other."""
        return lone_stories(session, stories)

    def cite(self, session: Session, ids: Iterable[str]) -> None:
        """Note that an alert told of these articles: they outlive the retention of their outlet."""
        cite(session, ids)

    def find(self, session: Session, id_or_url: str) -> FiledArticle | None:
        """Give an article by its id or by any address that leads to it."""
        by_address = "://" in id_or_url
        wanted = address_of(id_or_url) if by_address else clean(id_or_url)
        row = session.execute(_BY_ADDRESS if by_address else _BY_ID, {"wanted": wanted}).first()
        return None if row is None else filed_article(row)
