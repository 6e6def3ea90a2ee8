"""How a volume, a silence and its end look in the mail and on the wire."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from alerts.messages.payload import report_payload
from alerts.occasion import First, Per, Volume
from alerts.trends.trend import Usual, bucket_of
from alerts.trends.wording import Excess, number, span, word_silence, word_volume
from tests.alerts.pulsing import Desk
from tests.world.newsroom import Newsroom

NOW = datetime(2026, 11, 21, 13, 40, tzinfo=UTC)


@pytest.fixture
def desk(room: Newsroom) -> Desk:
    return Desk(room)


def cited(desk: Desk) -> int:
    with desk.room.database.read() as session:
        return session.scalar(text("SELECT count(*) FROM articles WHERE cited")) or 0


async def test_the_mail_of_a_volume_explains_it_and_shows_marked_stories(desk: Desk) -> None:
    desk.fills(28)
    desk.room.watch("Lavrov", desk.room.mail(), occasion=Volume())
    await desk.passes()
    await desk.hears(8, "Lavrov <b>speaks</b> & leaves")
    await desk.room.send()
    (mail,) = desk.room.mailbox.mails
    assert mail.subject == "[Quartet] 8 stories since 14:00; usual is 0.4"
    assert "8 stories on 21 November between 14:00 and 14:05 UTC; usual for the whole hour" in mail.text
    assert "*Lavrov* <b>speaks</b> & leaves" in mail.text
    assert "&lt;b&gt;speaks&lt;/b&gt; &amp; leaves" in mail.html
    assert ">Lavrov</strong>" in mail.html
    assert mail.html.count("Read at RT") == 5
    assert cited(desk) == 5
    assert "https://tocsin.example/unsubscribe/" in mail.text
    assert mail.message["List-Id"] == "<quartet.tocsin.news.example>"


async def test_several_go_out_as_one_mail(desk: Desk) -> None:
    desk.fills(28)
    desk.room.watch("Lavrov", desk.room.mail(when="daily", at="08:00"), occasion=Volume())
    await desk.passes()
    await desk.hears(8)
    await desk.passes(hours=6)
    await desk.hears(8)
    desk.room.waits(days=1)
    await desk.room.send()
    (mail,) = desk.room.mailbox.mails
    assert mail.subject == "[Quartet] 2 alerts"
    assert mail.text.index("since 20:00") < mail.text.index("since 14:00")
    assert mail.html.count("Read at RT") == 4
    assert {one.title for one in desk.room.deliveries() if one.type == "digest"} == {"2 alerts"}


async def test_the_first_mention_is_marked_as_such_in_the_mail(desk: Desk) -> None:
    desk.room.watch("Quartet", desk.room.mail(), occasion=First())
    await desk.passes()
    await desk.hears(1, "The Quartet meets")
    await desk.passes()
    await desk.room.send()
    (mail,) = desk.room.mailbox.mails
    assert mail.subject == "[Quartet] The Quartet meets"
    assert "| first mention" in mail.text
    assert "First mention</div>" in mail.html
    assert cited(desk) == 1


def test_a_day_is_worded_as_one() -> None:
    bucket = bucket_of(NOW, Per.DAY, UTC)
    excess = Excess(bucket, 17, Usual(6.0, 0.2), 17, 28, NOW)
    worded = word_volume(excess, Volume(3.0, Per.DAY, 17), UTC)
    assert worded.headline == "17 stories on 21 November; usual is 6"
    assert worded.lines[0] == (
        "17 stories on 21 November by 13:40 UTC; usual for a whole Saturday is 6 (1–15), "
        "and 3 sigma begins at 17 (at_least: 17)."
    )
    assert worded.lines[1].endswith("You will hear of it again after a usual day.")


def test_a_silence_without_any_mention_names_where_the_record_begins() -> None:
    worded = word_silence(timedelta(hours=36), None, NOW, UTC)
    assert str(worded) == (
        "No mention for 36 hours. None is known since 21 November 2026, 13:40 UTC, when the record begins."
    )


@pytest.mark.parametrize(
    ("mean", "shown"), [(0.04, "less than 0.1"), (0.42, "0.4"), (6.0, "6"), (9.94, "9.9"), (9.96, "10"), (41.5, "42")]
)
def test_a_mean_has_no_more_digits_than_it_deserves(mean: float, shown: str) -> None:
    assert number(mean) == shown


@pytest.mark.parametrize(("hours", "shown"), [(1, "1 hour"), (24, "24 hours"), (48, "2 days"), (50, "50 hours")])
def test_a_silence_is_told_in_days_or_hours(hours: int, shown: str) -> None:
    assert span(timedelta(hours=hours)) == shown


def test_a_report_without_stories_is_one() -> None:
    watch = {"slug": "a", "name": "A", "query": "x " * 5000}
    payload = report_payload("alert-1", "watch.silence", watch, {"headline": "No mention", "explanation": []}, [], NOW)
    assert '"stories":[]' in payload
    assert len(payload.encode()) < 20_000
