"""When a story counts, and that it counts once."""

from datetime import UTC, datetime, timedelta

import pytest

import alerts.tables  # noqa: F401  (its tables are to be made)
from alerts.trends import mentions
from alerts.trends.mentions import Mention, moment_of
from newsdesk import Article, Database, FiledArticle, Precision

SEEN = datetime(2026, 11, 21, 14, 5, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


def filed(published: datetime | None, precision: Precision | None) -> FiledArticle:
    url = "https://rt.example/1"
    article = Article(
        outlet="rt",
        url=url,
        canonical_url=url,
        title="Lavrov speaks",
        body="",
        published=published,
        published_precision=precision,
    )
    return FiledArticle(id="1", article=article, first_seen=SEEN, revision=1, story="1")


@pytest.mark.parametrize(
    ("published", "precision", "moment"),
    [
        (SEEN - HOUR, Precision.MINUTE, SEEN - HOUR),
        (SEEN - 30 * DAY, Precision.SECOND, SEEN - 30 * DAY),
        (SEEN + HOUR, Precision.MINUTE, SEEN),  # a date to come is no date
        (SEEN.replace(hour=0, minute=0), Precision.DAY, SEEN),
        (NOON.replace(hour=0), Precision.DAY, NOON),
        (NOON, Precision.MONTH, SEEN),
        (None, None, SEEN),
    ],
)
def test_a_story_counts_when_it_was_published_where_that_is_known_well_enough(
    published: datetime | None, precision: Precision | None, moment: datetime
) -> None:
    assert moment_of(filed(published, precision)) == moment


def test_what_a_revision_says_counts_when_it_was_revised() -> None:
    assert moment_of(filed(SEEN - DAY, Precision.MINUTE), revised_at=SEEN) == SEEN


def test_a_story_is_noted_once_a_watch_and_forgotten_in_the_end(database: Database) -> None:
    first, again = Mention("a", "s", SEEN, "1"), Mention("a", "s", SEEN + HOUR, "2")
    other = Mention("b", "s", SEEN, "1")
    with database.begin() as session:
        assert mentions.note(session, [first, again]) == [first]
        assert mentions.note(session, [again, other]) == [other]
        assert mentions.edge(session, "a", latest=True) == first
        assert mentions.is_known(session, "a", "s")
        mentions.forget_watch(session, "b")
        assert mentions.edge(session, "b", latest=False) is None
        mentions.forget(session, SEEN + DAY)
        assert mentions.edge(session, "a", latest=True) is None
