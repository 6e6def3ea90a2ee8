"""Articles: the archive, searched in the watch language; one of them with its earlier texts."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from pydantic import Field

from alerts import Query, parse
from newsdesk import Archive, Desk, FiledArticle, did_you_mean
from tocsin.searching.found import Found, Where, candidates, hit_json, matching

from ...page import House
from ..endpoint import Asked, AsksByAge, Endpoint, Gives, GivesPage
from ..listing import AsksById, expected
from ..problem import Fault, Refusal
from ..texts import Article, article
from ..values import Line, Lines, Moment, When, cursor_of

MOST_LOOKED_AT = 5_000
"""So many articles one page looks at; a query that finds less among them goes on by the cursor."""
_INSTANT = timedelta(microseconds=1)


class AsksForArticles(AsksByAge):
    """Which articles."""

    q: Lines | None = Field(default=None, description="A query in the watch language.")
    outlet: Line | None = Field(default=None, description="Only of this outlet.")
    since: Moment | None = Field(default=None, description="Only first seen since then.")
    until: Moment | None = Field(default=None, description="Only first seen before then.")
    body: bool = Field(default=True, description="With their whole texts.")


class Match(Gives):
    """Where a query matched: code points in that field of the article."""

    field: str
    start: int
    end: int
    text: str
    term: str


class Hit(Article):
    """An article, and where the query matched it."""

    matches: list[Match]
    excerpt: str = Field(description="Text around the matches.")


class Articles(GivesPage):
    """Articles, newest first; a page of a search can hold fewer than it may, or none, and still have a next."""

    items: list[Hit]


class EarlierText(Gives):
    """A text that a later reading replaced."""

    revision: int
    title: str
    lede: str | None
    body: str
    published: When | None
    modified: When | None
    replaced: When


class ArticleWithHistory(Article):
    """An article with its earlier texts, oldest first."""

    earlier: list[EarlierText]


def _articles(asked: Asked[AsksForArticles]) -> Articles:
    wanted, house = asked.params, asked.house
    query = parse(wanted.q) if wanted.q is not None else None
    if wanted.outlet is not None:
        _expect_outlet(house, wanted.outlet)
    tags = {outlet.slug: tuple(outlet.tags) for outlet in house.outlets}
    items: list[Hit] = []
    last: FiledArticle | None = None
    for looked_at, filed in enumerate(_after(asked, query, tags)):
        if last and (len(items) == wanted.limit or looked_at == MOST_LOOKED_AT or asked.is_late()):
            return Articles(items=items, next=cursor_of(last.first_seen, last.id))
        last = filed
        if (spans := matching(query, filed, tags)) is not None:
            items.append(Hit.model_validate(hit_json(Found(filed, spans), with_body=wanted.body)))
    return Articles(items=items, next=None)


def _after(
    asked: Asked[AsksForArticles], query: Query | None, tags: Mapping[str, tuple[str, ...]]
) -> Iterator[FiledArticle]:
    """Give what the query may match, from where the cursor is on."""
    wanted, cursor = asked.params, asked.params.cursor
    until = wanted.until
    if cursor is not None:
        place = cursor[0] + _INSTANT
        until = min(until, place) if until else place
    for filed in candidates(asked.house.database, query, tags, Where(wanted.outlet, wanted.since, until)):
        if cursor is None or (filed.first_seen, filed.id) < cursor:
            yield filed


def _expect_outlet(house: House, slug: str) -> None:
    """Raise Refusal for an outlet that neither is polled nor ever had an article."""
    slugs = {outlet.slug for outlet in house.outlets}
    if slug in slugs:
        return
    slugs |= set(Archive(house.database).counts())
    if slug not in slugs:
        fault = Fault(field="outlet", detail=f"{slug} is not an outlet; {did_you_mean(slug, sorted(slugs))}")
        raise Refusal(422, "There is no such outlet.", faults=[fault])


def _article(asked: Asked[AsksById]) -> ArticleWithHistory:
    database = asked.house.database
    with database.read() as session:
        filed = expected(Desk(database).find(session, asked.params.id), "article")
    earlier = [EarlierText.model_validate(one) for one in Archive(database).history(filed.id)]
    return ArticleWithHistory.model_validate(article(filed, earlier=earlier))


ARTICLES = Endpoint(
    path="/articles", summary="Search the archive, newest first.", asks=AsksForArticles, gives=Articles, reads=_articles
)
ARTICLE = Endpoint(
    path="/articles/{id}",
    summary="Give one article with its earlier texts.",
    asks=AsksById,
    gives=ArticleWithHistory,
    reads=_article,
    refusals=(404,),
)
