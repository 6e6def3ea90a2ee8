"""Related: reports of one event in different words, found by the rare words and names that they share.

The likeness of two reports is the cosine of their words weighted by tf-idf: how often a word stands in headline, lede
and first paragraphs, and how few articles of the time hold it. It is explained by the words that make most of it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log, sqrt

from ..article import Article, FiledArticle
from ..spelling.text import Word, words

RELATED_WITHIN = timedelta(days=3)
"""Reports of one event are published no farther apart."""

LEAST = 0.2
"""Of 17 pairs above it, 14 told of one event or running story, among 102 pages of three days in November 2019; a
lower bound finds few more and errs as often as not."""

_LEAST_SHARED = 3
_OPENING = 1000
"""Code points of the body: what follows is background, which reports of other events have as well."""
_IN_TITLE = 2.0
_NAME = 2.0
_TOLD = 8
_SHORT = 3


@dataclass(frozen=True, slots=True)
class Related:
    """A report that is like another one: how much, from 0 to 1, and by which words, those that say most first."""

    filed: FiledArticle
    score: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Theme:
    """A word of an article: how much it stands out there, and how it is written."""

    weight: float
    written: str


class Rarity:
    """How rare words are, counted in some articles of the time."""

    def __init__(self, articles: Iterable[FiledArticle]) -> None:
        """Count the articles that hold each word."""
        self._total = 0
        self._holding: Counter[str] = Counter()
        for filed in articles:
            self._total += 1
            self._holding.update(_themes(filed.article).keys())

    def of(self, word: str) -> float:
        """Give how much a word says: the logarithm of all articles to those that hold it."""
        return log((self._total + 2) / (self._holding[word] + 1))


def rare_words(filed: FiledArticle, rarity: Rarity, most: int = 15) -> tuple[str, ...]:
    """Give the words by which reports of the same event are looked for, the most telling first.

    They are folded; where words do not stand apart, each is two characters with a blank between.
    """
    telling = {word: theme.weight for word, theme in _weighted(_themes(filed.article), rarity).items()}
    return tuple(sorted(telling, key=lambda word: (-telling[word], word))[:most])


def related_to(
    filed: FiledArticle, candidates: Iterable[FiledArticle], rarity: Rarity, most: int = 10
) -> tuple[Related, ...]:
    """Give the candidates that tell of the same event, the likest first; neither copies nor what is far in time."""
    own = _weighted(_themes(filed.article), rarity)
    found = [
        one
        for other in candidates
        if other.story != filed.story and abs(_moment(other) - _moment(filed)) <= RELATED_WITHIN
        if (one := _compared(own, other, rarity)) is not None
    ]
    found.sort(key=lambda one: (-one.score, one.filed.first_seen, one.filed.id))
    return tuple(_one_a_story(found))[:most]


def _one_a_story(found: Iterable[Related]) -> Iterator[Related]:
    seen: set[str] = set()
    for one in found:
        if one.filed.story not in seen:
            seen.add(one.filed.story)
            yield one


def _moment(filed: FiledArticle) -> datetime:
    """Give when a report came out: an archive that was imported was first seen in one hour."""
    return filed.article.published or filed.first_seen


def _compared(own: Mapping[str, _Theme], other: FiledArticle, rarity: Rarity) -> Related | None:
    theirs = _weighted(_themes(other.article), rarity)
    shares = {word: own[word].weight * theirs[word].weight for word in own.keys() & theirs.keys()}
    telling = sorted((word for word in shares if shares[word] > 0), key=lambda word: (-shares[word], word))
    if len(telling) < _LEAST_SHARED:
        return None
    score = sum(shares.values()) / (_length(own) * _length(theirs))
    if score < LEAST:
        return None
    return Related(other, round(score, 3), tuple(own[word].written for word in telling[:_TOLD]))


def _weighted(themes: Mapping[str, _Theme], rarity: Rarity) -> dict[str, _Theme]:
    return {word: _Theme(theme.weight * rarity.of(word), theme.written) for word, theme in themes.items()}


def _length(themes: Mapping[str, _Theme]) -> float:
    return sqrt(sum(theme.weight**2 for theme in themes.values())) or 1.0


def _themes(article: Article) -> dict[str, _Theme]:
    """Give the words of headline, lede and opening, each with what it counts for there."""
    counts: Counter[str] = Counter()
    written: dict[str, str] = {}
    names: set[str] = set()
    for text, weight in ((article.title, _IN_TITLE), (article.lede or "", 1.0), (article.body[:_OPENING], 1.0)):
        for term, stretch, is_name in _terms(text):
            counts[term] += weight  # type: ignore[assignment]
            written.setdefault(term, stretch)
            if is_name:
                names.add(term)
    return {
        term: _Theme((1 + log(count)) * (_NAME if term in names else 1.0), written[term])
        for term, count in counts.items()
    }


def _terms(text: str) -> Iterator[tuple[str, str, bool]]:
    """Give each word, as it is compared and as it is written, and whether it is a name or a number.

    Where words do not stand apart, each two neighbouring characters are one.
    """
    before: Word | None = None
    for word in words(text):
        stretch = text[word.start : word.end]
        if before is not None and before.end == word.start:
            yield f"{before.text} {word.text}", text[before.start : word.end], False
        else:
            is_name = _is_name(text, word, before)
            # Short words without a capital say nothing in any language; where there are no capitals, names are short.
            if len(word.text) > (_SHORT if stretch.islower() else 1) or is_name:
                yield word.text, stretch, is_name
        before = word


def _is_name(text: str, word: Word, before: Word | None) -> bool:
    """Tell a number, or a word with a capital that does not begin a sentence."""
    if word.text[0].isdigit():
        return True
    if before is None or not text[word.start].isupper():
        return False
    return not any(mark in '.!?:\n"“”«»' for mark in text[before.end : word.start])
