"""Kinship: which articles on record have an arrival's text, or an earlier state of it, found by sampled word groups."""

from collections import Counter
from collections.abc import Set
from datetime import datetime
from functools import cached_property, partial
from itertools import chain, repeat
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select

from ..article import Article
from ..likeness.fingerprint import PROBES, STORED, Fingerprint
from ..likeness.overlap import Group, groups
from ..likeness.verdict import Relation, Text, Verdict, judge
from ..numbers import newest_period, number_from, period_of
from ..tables import ARTICLES, SHINGLES
from .arrival import Arrival, raw_text, text_of

_CANDIDATES = 4
_POPULAR = 20
"""A word group that so many articles are found by is a phrase of the language or a page's furniture: no more are."""
_NEIGHBOURS = 12
"""So many other articles of an outlet show what it repeats:"""
_STANDING = 2
"""what stands in so many of their stories,"""
_MOST = 3
"""or in half of them and so many at least, which stories that grew together by it could hide."""
_PERIODS = 2
"""So many months back, and forward, copies are looked for."""

_BY_NUMBERS = select(ARTICLES).where(ARTICLES.c.number.in_(bindparam("numbers", expanding=True)))
_BY_ID = select(ARTICLES).where(ARTICLES.c.id == bindparam("original"))
# As many parameters each time: a list of another length is another statement.
_BY_SHINGLES = select(SHINGLES.c.hash, SHINGLES.c.article).where(
    SHINGLES.c.period.in_([bindparam(f"period{place}") for place in range(2 * _PERIODS + 1)]),
    SHINGLES.c.hash.in_([bindparam(f"hash{place}") for place in range(PROBES)]),
)
_LATEST = (
    select(*(ARTICLES.c[name] for name in ("id", "story", "copy_of", "lede", "body")))
    .where(ARTICLES.c.outlet == bindparam("outlet"))
    .order_by(ARTICLES.c.first_seen.desc(), ARTICLES.c.id.desc())
    .limit(_NEIGHBOURS)
)
_FORGET_SHINGLES = delete(SHINGLES).where(
    SHINGLES.c.period == bindparam("old_period"),
    SHINGLES.c.hash.in_(bindparam("hashes", expanding=True)),
    SHINGLES.c.article == bindparam("old_number"),
)


def shared_words(later: Article, earlier: Article) -> str:
    """Tell people how much two articles have in common, as it was judged when the later one was filed."""
    text, other = (Text.of(raw_text(one.lede, one.body)) for one in (later, earlier))
    return judge(text, other).why


def _is_longer(text: Text, other: Text) -> bool:
    return len(text.fingerprint.tokens) > len(other.fingerprint.tokens)


class Kinship:
    """One arrival among the texts on record."""

    def __init__(self, connection: Connection, arrival: Arrival, now: datetime) -> None:
        """Look around the month of `now`."""
        self._connection = connection
        self._arrival = arrival
        self._now = now

    def nearest(self) -> tuple[Relation, Row[Any] | None]:
        """Find an article, of any outlet, that the arrival is a near-copy of, else the one that it tells most of."""
        best, most = None, 0.0
        text = Text(self._arrival.raw, self._arrival.text)
        for row in self._numbered(self._candidates()):
            earlier = Text.of(raw_text(row.lede, row.body))
            verdict = judge(text, earlier, partial(self._standing, row))
            if verdict.relation is Relation.COPY and row.copy_of and _is_longer(text, earlier):
                row, verdict = self._by_original(text, row, verdict)
            if verdict.relation is Relation.COPY:
                return Relation.COPY, row
            if verdict.relation is Relation.UPDATE and verdict.share > most:
                best, most = row, verdict.share
        return (Relation.UPDATE if best else Relation.SEPARATE), best

    def _by_original(self, text: Text, row: Row[Any], verdict: Verdict) -> tuple[Row[Any], Verdict]:
        """Judge what holds a whole copy by the original, of which the copy may be cut too short to show what is new."""
        original = self._connection.execute(_BY_ID, {"original": row.copy_of}).first()
        if original is None:
            return row, verdict
        found = judge(text, Text.of(raw_text(original.lede, original.body)), partial(self._standing, original))
        return (original, found) if found.relation is Relation.UPDATE else (row, verdict)

    def remember(self, article: int) -> None:
        """Keep the word groups that the arrival will be found by, under its number."""
        times = Counter(hash for hash, other in self._shingles if other != article)
        telling = [hash for hash in self._arrival.text.probes if times[hash] < _POPULAR]
        rows = [{"period": period_of(article), "hash": hash, "article": article} for hash in telling[:STORED]]
        if rows:
            self._connection.execute(insert(SHINGLES), rows)

    def remember_instead(self, row: Row[Any]) -> None:
        """Keep the arrival's word groups in place of those of the text on record."""
        old = text_of(row.lede, row.body)
        if old.digest != self._arrival.text.digest:
            gone = {"old_period": period_of(row.number), "old_number": row.number, "hashes": old.probes}
            self._connection.execute(_FORGET_SHINGLES, gone)
            self.remember(row.number)

    def _standing(self, row: Row[Any], size: int) -> Set[Group]:
        """Give what the two outlets repeat: in several other stories, or in most of their other texts."""
        texts: dict[str, tuple[str, str]] = {}
        for outlet in {row.outlet, self._arrival.article.outlet}:
            for other in self._connection.execute(_LATEST, {"outlet": outlet}):
                texts[other.copy_of or other.id] = (other.story, raw_text(other.lede, other.body))
        texts.pop(row.copy_of or row.id, None)
        often: Counter[Group] = Counter()
        stories: dict[str, set[Group]] = {}
        for story, raw in texts.values():
            found = groups(Fingerprint.of(raw).tokens, size)
            often.update(found)
            if story != row.story:
                stories.setdefault(story, set()).update(found)
        apart = Counter(chain.from_iterable(stories.values()))
        most = max(_MOST, len(texts) / 2)
        return {group for group, times in often.items() if apart[group] >= _STANDING or times >= most}

    def _candidates(self) -> list[int]:
        """Give who shares most of the sampled word groups; a single one in common is often mere language."""
        shared = Counter(article for _, article in self._shingles)
        often = [article for article, times in shared.items() if times > 1]
        ranked = sorted(often or shared, key=lambda article: (-shared[article], article))
        return ranked[: _CANDIDATES if often else _CANDIDATES // 2]

    @cached_property
    def _shingles(self) -> list[tuple[int, int]]:
        probes = self._arrival.text.probes
        if not probes:
            return []
        period = period_of(number_from(self._now))
        last = min(period + _PERIODS, newest_period(self._connection))
        asked = {f"hash{place}": probe for place, probe in enumerate((*probes, *repeat(-1, PROBES - len(probes))))}
        for place in range(2 * _PERIODS + 1):
            asked[f"period{place}"] = min(period - _PERIODS + place, last)
        return [(hash, article) for hash, article in self._connection.execute(_BY_SHINGLES, asked)]

    def _numbered(self, numbers: list[int]) -> list[Row[Any]]:
        if not numbers:
            return []
        rows = {row.number: row for row in self._connection.execute(_BY_NUMBERS, {"numbers": numbers})}
        return [rows[one] for one in numbers if one in rows]
