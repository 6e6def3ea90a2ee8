"""How an article is filed: what is asked of the record, in which order, and what is written."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from ..addresses.urls import canonical_url, clean_url, is_view_url, names_article, page_key
from ..article import Article, FiledArticle
from ..likeness.fingerprint import Fingerprint
from ..likeness.verdict import Relation
from ..numbers import next_number
from ..rows import article_values, filed_article
from ..search.index import enter, enter_anew
from ..tables import ADDRESSES, ARTICLES, REVISIONS
from .arrival import Arrival, Tidy, address_of, fingerprints, text_of
from .editions import is_edition
from .kinship import Kinship
from .stories import comes_first, original_of, put_first

_COPY = 0.8
"""From this share of common word groups on, a text is a copy; below it there is usually something new to read."""
_SAME_PAGE = 0.35
"""Enough to believe an address that the page only claims, when its text was changed meanwhile."""
_SAME_LIST = 0.6
"""Needed where what a page claims looks like a front page or a list, which the pages of a series may all do."""
_CANDIDATES = 4

# Built once: building a statement costs more than running it.
_BY_ADDRESS = select(ADDRESSES.c.url, ADDRESSES.c.article_id, ADDRESSES.c.claimed).where(
    ADDRESSES.c.url.in_(bindparam("urls", expanding=True))
)
_BY_IDS = select(ARTICLES).where(ARTICLES.c.id.in_(bindparam("ids", expanding=True)))
_BY_CONTENT = select(ARTICLES).where(ARTICLES.c.content_key == bindparam("content_key"))
_BY_KEY = (
    select(ADDRESSES.c.url, ADDRESSES.c.article_id)
    .where(ADDRESSES.c.outlet == bindparam("outlet"), ADDRESSES.c.key.in_(bindparam("keys", expanding=True)))
    .limit(4 * _CANDIDATES)
)
_TAKE_OVER = (
    update(ADDRESSES)
    .where(ADDRESSES.c.url == bindparam("address"))
    .values(article_id=bindparam("new_id"), outlet=bindparam("new_outlet"), claimed=False)
)
_FETCHED = update(ADDRESSES).where(ADDRESSES.c.url.in_(bindparam("urls", expanding=True))).values(claimed=False)
_DISOWN = (
    update(ARTICLES)
    .where(ARTICLES.c.id == bindparam("loser"), ARTICLES.c.canonical_url == bindparam("lost"))
    .values(canonical_url=bindparam("instead"), indexed=None)
)
_TAKE_BACK = delete(ARTICLES).where(ARTICLES.c.id == bindparam("spoilt"))
_REVISE = update(ARTICLES).where(ARTICLES.c.id == bindparam("revised_id"))


class FilingKind(StrEnum):
    """What filing an article came to."""

    NEW = "new"
    REVISED = "revised"
    UPDATE = "update"
    COPY = "copy"
    KNOWN = "known"


_KIND_OF = {
    Relation.SEPARATE: FilingKind.NEW,
    Relation.UPDATE: FilingKind.UPDATE,
    Relation.COPY: FilingKind.COPY,
}


@dataclass(frozen=True, slots=True)
class Filing:
    """The outcome of filing: what it was, and the article as the record now holds it."""

    kind: FilingKind
    article: FiledArticle


def file_article(
    connection: Connection, arrival: Arrival, now: datetime, *, quiet: bool, revision: int = 1, archived: bool = False
) -> Filing:
    """File once; an IntegrityError says that somebody else has filed the same meanwhile."""
    desk = _Filing(connection, arrival, now, None if quiet else "new")
    known = desk.by_address() or desk.by_page_key() or desk.by_content()
    if known is not None:
        return desk.meet(known, revision, archived=archived)
    return desk.add(revision)


def amend_article(connection: Connection, article_id: str, tidy: Tidy, now: datetime) -> bool:
    """Put the text on record through `tidy`, as no revision; tells whether that changed it."""
    row = connection.execute(_BY_IDS, {"ids": [article_id]}).first()
    if row is None or (article := _tidied(row, tidy)) is None:
        return False
    _Filing(connection, Arrival.of(article), now, None).amend(row)
    return True


class _Filing:
    """One arrival against the record."""

    def __init__(self, connection: Connection, arrival: Arrival, now: datetime, mark: str | None) -> None:
        self._connection = connection
        self._arrival = arrival
        self._now = now
        self._mark = mark
        self._kinship = Kinship(connection, arrival, now)
        self._taken: dict[str, str] = {}
        self._reached: list[str] = []
        """Addresses that a page only claimed so far, and that were fetched now."""
        self._loser: Row[Any] | None = None
        """Who holds this article's own address without a right to it."""

    def by_address(self) -> Row[Any] | None:
        """Find the article that one of the addresses leads to and that may be believed to be this one."""
        arrival = self._arrival
        found = self._connection.execute(_BY_ADDRESS, {"urls": arrival.addresses}).all()
        self._taken = {url: article_id for url, article_id, _ in found}
        self._reached = [url for url, _, claimed in found if claimed and url != arrival.claim]
        if not self._taken:
            return None
        rows = {row.id: row for row in self._connection.execute(_BY_IDS, {"ids": list(set(self._taken.values()))})}
        for address in arrival.addresses:
            row = rows.get(self._taken.get(address, ""))
            if row is not None and self._believes(address, row):
                return row
        return None

    def _believes(self, address: str, row: Row[Any]) -> bool:
        arrival = self._arrival
        fetched = address == arrival.own
        if row.outlet == arrival.article.outlet:
            # A redirect or a claim can lead many articles to one address: then the text has to agree.
            own = address_of(row.url), "" if address in self._reached else address_of(row.canonical_url)
            itself = fetched and address in own
            believed = itself or self._alike(row, _least(address, fetched=fetched))
        else:
            # Another outlet's article: it read this very page, or it only claimed an address that was not its own.
            believed = fetched and address == address_of(row.url)
        if fetched and not believed:
            self._loser = row
        return believed

    def by_page_key(self) -> Row[Any] | None:
        """Find an article of the outlet whose address looks like this one's and whose text confirms it."""
        addresses = self._arrival.addresses
        keys = list({page_key(address) for address in addresses})
        found = self._connection.execute(_BY_KEY, {"outlet": self._arrival.article.outlet, "keys": keys}).all()
        if not found:
            return None
        names: dict[str, float] = {}
        for address in addresses:
            names.setdefault(canonical_url(address), _least(address, fetched=address == self._arrival.own))
        least: dict[str, float] = {}
        for url, article_id in found:
            least[article_id] = min(least.get(article_id, _COPY), names.get(canonical_url(url), _COPY))
        nearest = sorted(least, key=lambda article_id: least[article_id])[:_CANDIDATES]
        return next((row for row in self._rows(nearest) if self._alike(row, least[row.id])), None)

    def by_content(self) -> Row[Any] | None:
        """Find the article of the outlet that says the same, word for word."""
        if self._arrival.content_key is None:
            return None
        return self._connection.execute(_BY_CONTENT, {"content_key": self._arrival.content_key}).first()

    def meet(self, row: Row[Any], revision: int, *, archived: bool) -> Filing:
        """File what is already on record: as known, or as a revision of it."""
        arrival = self._arrival
        self._add_addresses(row.id, row.outlet)
        if not self._may_revise(row):
            return Filing(FilingKind.KNOWN, filed_article(row))
        if self._is_untidy(row):
            self.amend(row)
            return Filing(FilingKind.KNOWN, replace(filed_article(row), article=arrival.article))
        if not is_edition(self._connection, row, arrival.article, self._now, revision, archived=archived):
            return Filing(FilingKind.KNOWN, filed_article(row))
        with self._connection.begin_nested():
            return self._revise(row, revision)

    def _revise(self, row: Row[Any], revision: int) -> Filing:
        arrival = self._arrival
        self._keep_text(row)
        article = _merged(filed_article(row).article, arrival.article)
        values = article_values(article) | self._content_values(row)
        number = max(revision, row.revision + 1)
        values |= {"revision": number, "unswept": row.unswept or (self._mark and "revised")}
        values["indexed"] = enter_anew(self._connection, row, article)
        self._connection.execute(_REVISE, values | {"revised_id": row.id})
        self._kinship.remember_instead(row)
        filed = replace(filed_article(row), article=article, revision=number)
        return Filing(FilingKind.REVISED, filed)

    def amend(self, row: Row[Any]) -> None:
        """Store the arrival's text in place of the one on record, which says the same: nobody is told."""
        article = self._arrival.article
        values = {"lede": article.lede, "body": article.body} | self._content_values(row)
        amended = replace(filed_article(row).article, lede=article.lede, body=article.body)
        values["indexed"] = enter_anew(self._connection, row, amended)
        self._connection.execute(_REVISE, values | {"revised_id": row.id})
        self._kinship.remember_instead(row)

    def _is_untidy(self, row: Row[Any]) -> bool:
        """Tell whether the text on record differs by nothing but what `tidy` takes out of it."""
        if self._arrival.tidy is None or (article := _tidied(row, self._arrival.tidy)) is None:
            return False
        return fingerprints(article.title, article.lede, article.body)[0].digest == self._arrival.content.digest

    def _content_values(self, row: Row[Any]) -> dict[str, Any]:
        arrival = self._arrival
        clash = self._connection.execute(_BY_CONTENT, {"content_key": arrival.content_key}).first()
        is_free = arrival.content_key is not None and (clash is None or clash.id == row.id)
        key = f"{row.outlet}:{arrival.content.digest}" if is_free else None
        return {"content": arrival.content.digest, "content_key": key}

    def add(self, revision: int) -> Filing:
        """File what is not on record yet: as new, or as a copy or an update that shares the story of another."""
        relation, kin = self._kinship.nearest()
        arrival = self._arrival
        article = arrival.article
        original = original_of(self._connection, kin) if kin else None
        leads = relation is Relation.COPY and original is not None and comes_first(article, original)
        if self._taken.get(address_of(article.canonical_url)):
            article = replace(article, canonical_url=clean_url(article.url))
        number = next_number(self._connection, self._now)
        filed = FiledArticle(
            id=arrival.id,
            article=article,
            first_seen=self._now,
            revision=revision,
            story=kin.story if kin else arrival.id,
            **_descent(relation, kin, original if leads else None),
        )
        values = article_values(article) | {
            "id": filed.id,
            "number": number,
            "outlet": article.outlet,
            "url": article.url,
            "canonical_url": article.canonical_url,
            "first_seen": filed.first_seen,
            "revision": revision,
            "story": filed.story,
            "copy_of": filed.copy_of,
            "update_of": filed.update_of,
            "content": arrival.content.digest,
            "content_key": arrival.content_key,
            "unswept": self._mark,
            "indexed": enter(self._connection, number, article),
        }
        if leads and original is not None:
            with self._connection.begin_nested():
                self._write(values)
                put_first(self._connection, filed.id, original)
        else:
            self._write(values)
        return Filing(_KIND_OF[relation], filed)

    def _write(self, values: dict[str, Any]) -> None:
        """Write a new article; whether it may be filed, the first statement decides."""
        self._connection.execute(insert(ARTICLES), values)
        try:
            self._add_addresses(values["id"], values["outlet"])
            self._kinship.remember(values["number"])
        except IntegrityError:
            if self._connection.dialect.name == "sqlite":
                self._connection.execute(_TAKE_BACK, {"spoilt": values["id"]})
            raise

    def _may_revise(self, row: Row[Any]) -> bool:
        arrival = self._arrival
        if row.outlet != arrival.article.outlet:
            return False
        if row.body and not arrival.article.body:
            return False  # the page was there, its text was not: a wall or a fault, no news
        if arrival.own == address_of(row.url):
            return True
        # The mobile form of a page reads a little differently; only the page itself can revise it.
        if is_view_url(arrival.own):
            return False
        pages = (_page_of(arrival.own), _page_of(arrival.article.canonical_url))
        itself = _page_of(row.canonical_url) in pages and not is_view_url(row.url)
        return itself or not self._alike(row, _COPY)

    def _alike(self, row: Row[Any], least: float) -> bool:
        arrival = self._arrival
        if row.content == arrival.content.digest:
            return True
        other = text_of(row.lede, row.body)
        if arrival.text.is_enough and other.is_enough:
            return arrival.text.containment(other) >= least
        return least < _COPY and Fingerprint.of(row.title).digest == Fingerprint.of(arrival.article.title).digest

    def _rows(self, ids: list[str]) -> list[Row[Any]]:
        if not ids:
            return []
        rows = {row.id: row for row in self._connection.execute(_BY_IDS, {"ids": ids})}
        return [rows[one] for one in ids if one in rows]

    def _keep_text(self, row: Row[Any]) -> None:
        kept = {name: getattr(row, name) for name in ("revision", "title", "lede", "body", "published", "modified")}
        self._connection.execute(insert(REVISIONS), kept | {"article_id": row.id, "replaced": self._now})

    def _add_addresses(self, article_id: str, outlet: str) -> None:
        if self._loser is not None:
            own = self._arrival.own
            self._connection.execute(_TAKE_OVER, {"address": own, "new_id": article_id, "new_outlet": outlet})
            instead = clean_url(self._loser.url)
            self._connection.execute(_DISOWN, {"loser": self._loser.id, "lost": own, "instead": instead})
        rows = [
            {"url": address, "outlet": outlet, "key": page_key(address), "article_id": article_id}
            | {"claimed": address == self._arrival.claim}
            for address in self._arrival.addresses
            if address not in self._taken
        ]
        if self._reached:
            self._connection.execute(_FETCHED, {"urls": self._reached})
        if rows:
            self._connection.execute(insert(ADDRESSES), rows)


def _descent(relation: Relation, kin: Row[Any] | None, follower: FiledArticle | None) -> dict[str, str | None]:
    """Give whose copy or update an article is; one that takes the place of its follower carries on what that did."""
    if kin is None or relation is Relation.SEPARATE:
        return {}
    if follower is not None:
        return {"update_of": follower.update_of}
    return {"copy_of" if relation is Relation.COPY else "update_of": kin.copy_of or kin.id}


def _least(address: str, *, fetched: bool) -> float:
    """Give how much of the text has to agree with that of an article which the address leads to."""
    return _SAME_PAGE if fetched or names_article(address) else _SAME_LIST


def _page_of(address: str) -> str:
    """Give the name of the page; that its text was believed already has shown that a slash at the end is nothing."""
    return canonical_url(address).rstrip("/")


def _tidied(row: Row[Any], tidy: Tidy) -> Article | None:
    """Give an article on record with its text put through `tidy`; None where that changes nothing."""
    article = filed_article(row).article
    tidied = replace(article, body=tidy(article.body), lede=tidy(article.lede) or None if article.lede else None)
    return None if tidied == article else tidied


def _merged(old: Article, new: Article) -> Article:
    """Take the new reading, and from the old one what the new does not say; the addresses stay."""
    return replace(
        new,
        outlet=old.outlet,
        url=old.url,
        canonical_url=old.canonical_url,
        authors=new.authors or old.authors,
        dateline=new.dateline or old.dateline,
        section=new.section or old.section,
        language=new.language or old.language,
        published=new.published or old.published,
        published_precision=new.published_precision if new.published else old.published_precision,
        published_raw=new.published_raw if new.published else old.published_raw,
        modified=new.modified or old.modified,
    )
