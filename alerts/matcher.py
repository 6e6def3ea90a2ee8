"""Matcher: an article against all watches, each match with its spans."""

from collections.abc import Callable, Iterable, Mapping

from newsdesk import Article, FiledArticle

from .query import Doc, Query, Span, WatchIndex
from .watch import Watch

OnError = Callable[[str, Exception], None]

_NO_TAGS: Mapping[str, Iterable[str]] = {}


class Match:
    """An article is what a watch asks for."""

    __slots__ = ("_doc", "_spans", "watch")

    def __init__(self, watch: Watch, doc: Doc) -> None:
        """Take both."""
        self.watch = watch
        self._doc = doc
        self._spans: tuple[Span, ...] | None = None

    @property
    def spans(self) -> tuple[Span, ...]:
        """The words that show it, none where only filters decided; found when they are first asked for."""
        if self._spans is None:
            self._spans = self.watch.query.spans(self._doc)
        return self._spans


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
        on_error: OnError | None = None,
    ) -> list[Match]:
        """Give the matches in the order of the watches' slugs; `tags` are those of each outlet, by its slug.

        With `on_error`, a watch that fails is told to it, and the others go on.
        """
        doc = ready(article, tags)
        watches = [self._watches[slug] for slug in sorted(self._index.matching(doc, on_error))]
        return [Match(watch, doc) for watch in watches if not watch.is_filtered or _covers(watch, doc, on_error)]

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
