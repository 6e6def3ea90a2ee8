"""Matcher: an article against all watches, each match with its spans."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from newsdesk import Article, FiledArticle

from .query import Doc, Query, Span, WatchIndex
from .watch import Watch

_NO_TAGS: Mapping[str, Iterable[str]] = {}


@dataclass(frozen=True, slots=True)
class Match:
    """An article is what a watch asks for; `spans` are the words that show it, none where only filters decided."""

    watch: Watch
    spans: tuple[Span, ...]


class Matcher:
    """The watches, made ready so that an article is tried only against those that could match."""

    def __init__(self, watches: Iterable[Watch] = ()) -> None:
        """Take the watches."""
        self._watches: dict[str, Watch] = {}
        self._index = WatchIndex()
        for watch in watches:
            self.add(watch)

    def __len__(self) -> int:
        """Count the watches."""
        return len(self._watches)

    def add(self, watch: Watch) -> None:
        """Take a watch in, or its new form in place of the old one."""
        self._watches[watch.slug] = watch
        self._index.add(watch.slug, watch.query.root)

    def remove(self, slug: str) -> None:
        """Leave a watch out."""
        self._watches.pop(slug, None)
        self._index.remove(slug)

    def match(
        self,
        article: FiledArticle | Article,
        tags: Mapping[str, Iterable[str]] = _NO_TAGS,
        on_error: Callable[[str, Exception], None] | None = None,
    ) -> list[Match]:
        """Give the matches in the order of the watches' slugs; `tags` are those of each outlet, by its slug.

        With `on_error`, a watch that fails is told to it, and the others go on.
        """
        doc = ready(article, tags)
        found = []
        for slug in sorted(self._index.candidates(doc)):
            watch = self._watches[slug]
            try:
                spans = watch.query.find(doc) if watch.covers(doc) else None
            except Exception as error:
                if on_error is None:
                    raise
                on_error(slug, error)
                continue
            if spans is not None:
                found.append(Match(watch, spans))
        return found

    @staticmethod
    def match_one(
        query: Query, article: FiledArticle | Article, tags: Mapping[str, Iterable[str]] = _NO_TAGS
    ) -> tuple[Span, ...] | None:
        """Give the spans of one query in one article, or None where it does not match."""
        return query.find(ready(article, tags))


def ready(article: FiledArticle | Article, tags: Mapping[str, Iterable[str]]) -> Doc:
    """Give an article as queries see it."""
    outlet = article.article.outlet if isinstance(article, FiledArticle) else article.outlet
    return Doc.of(article, tags.get(outlet, ()))
