"""Stories: one event as it was told: the first text, who carries it, what was told more."""

from collections.abc import Sequence

from newsdesk import Desk, FiledArticle

from ..endpoint import Asked, Endpoint, Gives
from ..listing import AsksById, expected
from ..texts import Article, Carrier, article, carrier


class Text(Gives):
    """One text, and who else carries it."""

    article: Article
    also_in: list[Carrier]


class Story(Gives):
    """A story: its first text, and the updates that tell more, oldest first."""

    id: str
    original: Article
    also_in: list[Carrier]
    updates: list[Text]


def _story(asked: Asked[AsksById]) -> Story:
    database, id = asked.house.database, asked.params.id
    with database.read() as session:
        told = expected(Desk(database).also_in(session, id, "") or None, "story")
    texts = _texts(told)
    first = next((one for one in texts if one[0].update_of is None), texts[0])
    return Story(
        id=id,
        original=_whole(first[0]),
        also_in=[carrier(one) for one in first[1:]],
        updates=[
            Text(article=_whole(one[0]), also_in=[carrier(other) for other in one[1:]])
            for one in texts
            if one is not first
        ],
    )


def _texts(told: Sequence[FiledArticle]) -> list[list[FiledArticle]]:
    """Part the articles of a story by their texts, each with its original first."""
    parted: dict[str, list[FiledArticle]] = {}
    for one in told:
        parted.setdefault(one.original, []).append(one)
    return [sorted(same, key=lambda one: one.copy_of is not None) for same in parted.values()]


def _whole(filed: FiledArticle) -> Article:
    return Article.model_validate(article(filed))


STORY = Endpoint(
    path="/stories/{id}",
    summary="Give a story: its first text, who else carries it, and its updates.",
    asks=AsksById,
    gives=Story,
    reads=_story,
    refusals=(404,),
)
