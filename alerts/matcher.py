"""Matcher: an article against all watches, each match with its spans."""

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter

from newsdesk import Article, FiledArticle

from .query import Doc, Query, Span, WatchIndex
from .watch import Watch

OnError = Callable[[str, Exception], None]

_NO_TAGS: Mapping[str, Iterable[str]] = {}


class Match:
    """An article is what a watch asks for."""

    __slots__ = ("_spans", "doc", "watch")

    def __init__(self, watch: Watch, doc: Doc) -> None:
        """Take both."""
        self.watch = watch
        self.doc = doc
        self._spans: tuple[Span, ...] | None = None

    @property
    def spans(self) -> tuple[Span, ...]:
        """The words that show it, none where only filters decided; found when they are first asked for."""
        if self._spans is None:
            self._spans = self.watch.query.spans(self.doc)
        return self._spans


class Matcher:
    """The watches, made ready so that an article is tried only against those that could match."""

    def __init__(self, watches: Iterable[Watch] = ()) -> None:
        """Take the watches."""
        self._watches: list[Watch] = []
        self._numbers: dict[str, int] = {}
        self._free: list[int] = []
        self._is_in_order = True
        """Whether the numbers follow the slugs, as they do where watches come from a folder."""
        self._filtered: set[int] = set()
        self._index = WatchIndex()
        for watch in watches:
            self.add(watch)

    def __len__(self) -> int:
        """Count the watches."""
        return len(self._numbers)

    def add(self, watch: Watch) -> None:
        """Take a watch in, or its new form in place of the old one."""
        self.remove(watch.slug)
        if self._free:
            number = self._free.pop()
            self._is_in_order &= self._watches[number].slug == watch.slug
            self._watches[number] = watch
        else:
            number = len(self._watches)
            self._is_in_order &= not number or self._watches[-1].slug < watch.slug
            self._watches.append(watch)
        self._numbers[watch.slug] = number
        if watch.outlets or watch.languages:
            self._filtered.add(number)
        self._index.add(number, watch.query.root)

    def remove(self, slug: str) -> None:
        """Leave a watch out."""
        number = self._numbers.pop(slug, None)
        if number is not None:
            self._free.append(number)
            self._filtered.discard(number)
            self._index.remove(number)

    def match(
        self,
        article: FiledArticle | Article,
        tags: Mapping[str, Iterable[str]] = _NO_TAGS,
        on_error: OnError | None = None,
    ) -> list[Match]:
        """Give the matches in the order of the watches' slugs; `tags` are those of each outlet, by its slug.

        With `on_error`, a watch that fails is told to it, and the others go on.
        """
        doc = ready(article, tags)
        watches = self._watches
        failed = None if on_error is None else (lambda number, error: on_error(watches[number].slug, error))
        numbers = self._index.matching(doc, failed)
        numbers -= {number for number in numbers & self._filtered if not _covers(watches[number], doc, on_error)}
        found = [watches[number] for number in sorted(numbers)]  # near each other in memory
        if not self._is_in_order:
            found.sort(key=attrgetter("slug"))
        return [Match(watch, doc) for watch in found]

    @staticmethod
    def match_one(
        query: Query, article: FiledArticle | Article, tags: Mapping[str, Iterable[str]] = _NO_TAGS
    ) -> tuple[Span, ...] | None:
        """Give the spans of one query in one article, or None where it does not match."""
        return query.find(ready(article, tags))


def _covers(watch: Watch, doc: Doc, on_error: OnError | None) -> bool:
    try:
        return watch.covers(doc)
    except Exception as error:
        if on_error is None:
            raise
        on_error(watch.slug, error)
        return False


def ready(article: FiledArticle | Article, tags: Mapping[str, Iterable[str]]) -> Doc:
    """Give an article as queries see it."""
    outlet = article.article.outlet if isinstance(article, FiledArticle) else article.outlet
    return Doc.of(article, tags.get(outlet, ()))
