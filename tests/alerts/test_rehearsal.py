"""When a watch would have told: the same sentences as in earnest, over mentions of the past."""

from datetime import UTC, datetime, timedelta

from alerts.occasion import First, Per, Silence, Volume
from alerts.trends.rehearsal import Rehearsed, Sighting, history_needed, rehearse, sightings
from newsdesk import Article, FiledArticle

NOW = datetime(2026, 11, 21, 14, 5, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONTHS = NOW - 60 * DAY


def seen(at: datetime, story: str = "", title: str = "Lavrov speaks") -> tuple[datetime, FiledArticle]:
    article = Article(
        outlet="rt", url="https://rt.example/1", canonical_url="https://rt.example/1", title=title, body=""
    )
    id = story or at.isoformat()
    return at, FiledArticle(id=id, article=article, first_seen=at, revision=1, story=id)


def steady(each: timedelta) -> list[tuple[datetime, FiledArticle]]:
    return [seen(MONTHS + number * each) for number in range(int((NOW - MONTHS) / each))]


def told(occasion: Volume | Silence | First, met: list[Sighting]) -> list[Rehearsed]:
    return rehearse(occasion, met, MONTHS, NOW - 30 * DAY, NOW, UTC)


def test_a_burst_is_told_once_at_the_story_that_made_it_one() -> None:
    burst = [seen(NOW - 5 * DAY + n * timedelta(minutes=2), f"burst {n}") for n in range(20)]
    (one,) = told(Volume(3.0), sightings([*steady(4 * HOUR), *burst]))
    assert one.type == "watch.volume"
    assert NOW - 5 * DAY < one.at < NOW - 5 * DAY + 20 * timedelta(minutes=2)
    assert "3 sigma begins at" in one.worded.lines[0]


def test_copies_make_no_burst_and_steady_news_none_either() -> None:
    copies = [seen(NOW - 5 * DAY + n * timedelta(minutes=2), "one story") for n in range(20)]
    assert told(Volume(3.0), sightings([*steady(4 * HOUR), *copies])) == []
    assert told(Volume(3.0, Per.DAY), sightings(steady(HOUR))) == []


def test_a_young_archive_shows_no_burst() -> None:
    burst = sightings(seen(NOW - n * timedelta(minutes=1), f"burst {n}") for n in range(20))
    assert rehearse(Volume(3.0), burst, NOW - 3 * DAY, NOW - 30 * DAY, NOW, UTC) == []


def test_silences_are_told_with_their_ends() -> None:
    met = sightings([*[one for one in steady(4 * HOUR) if one[0] < NOW - 20 * DAY], seen(NOW - 9 * DAY, title="Back")])
    assert [(one.type, one.worded.headline) for one in told(Silence(7 * DAY), met)] == [
        ("watch.silence", "No mention for 7 days"),
        ("watch.heard", "Mentioned again: Back"),
        ("watch.silence", "No mention for 7 days"),
    ]


def test_the_first_mention_is_told_if_it_was_lately() -> None:
    assert [one.at for one in told(First(), sightings([seen(NOW - DAY), seen(NOW - HOUR)]))] == [NOW - DAY]
    assert told(First(), sightings([seen(NOW - 50 * DAY), seen(NOW - HOUR)])) == []
    assert told(First(), []) == []


def test_no_more_of_the_archive_is_read_than_matters() -> None:
    assert history_needed(First(), NOW) is None
    assert history_needed(Silence(7 * DAY), NOW) == NOW - 7 * DAY
    assert history_needed(Volume(), NOW) == NOW - 28 * DAY
