"""Novelty: what a later report says that an earlier one of the same story did not."""

import re
from collections.abc import Iterator, Set

from ..article import Article
from .fingerprint import Fingerprint
from .overlap import Group, covered, group_size, groups

_OLD = 0.6
"""A sentence of which so much stood in the earlier text was only worded anew."""

_BLANK_LINE = re.compile(r"\n\s*\n\s*")
# Not behind short words: most of those are abbreviations, and two sentences too many do no harm.
_SENTENCE_END = re.compile(
    "(?<=\\w{4})[.!?…]+[\"'”’»)]*\\s+|(?<=[0-9%])[.!?…]+[\"'”’»)]*\\s+|[。！？]+[”」』）]*|[।؟]\\s*"
)


def what_is_new(earlier: Article, later: Article) -> tuple[str, ...]:
    """Give the passages of `later` that `earlier` lacks, in order: of each paragraph its new sentences, joined.

    A number that the earlier text did not have makes a sentence new, however little else was changed.
    """
    before = Fingerprint.of(_text(earlier))
    size = group_size(before)
    known = _Known(groups(before.tokens, size), frozenset(before.tokens), size)
    return tuple(filter(None, (known.new_in(paragraph) for paragraph in _paragraphs(later))))


class _Known:
    """What the earlier text said."""

    def __init__(self, others: Set[Group], tokens: Set[str], size: int) -> None:
        self._groups = others
        self._tokens = tokens
        self._size = size

    def new_in(self, paragraph: str) -> str:
        return "".join(sentence for sentence in _sentences(paragraph) if not self._has(sentence)).strip()

    def _has(self, sentence: str) -> bool:
        tokens = Fingerprint.of(sentence).tokens
        if any(token not in self._tokens for token in tokens if any(map(str.isdecimal, token))):
            return False
        if len(tokens) < self._size:
            return all(token in self._tokens for token in tokens)
        return sum(covered(tokens, self._groups, self._size)) >= _OLD * len(tokens)


def _text(article: Article) -> str:
    return f"{article.title}\n\n{article.lede or ''}\n\n{article.body}"


def _paragraphs(article: Article) -> list[str]:
    lede = [article.lede] if article.lede else []
    return [*lede, *filter(None, _BLANK_LINE.split(article.body))]


def _sentences(paragraph: str) -> Iterator[str]:
    start = 0
    for end in _SENTENCE_END.finditer(paragraph):
        yield paragraph[start : end.end()]
        start = end.end()
    yield paragraph[start:]
