"""Watches of volumes, silences and first mentions: counted by story, told once, explained, and safe from crashes."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from alerts import Watch
from alerts.occasion import First, Per, Silence, Volume
from alerts.tables import DeliveryRow, MentionRow
from tests.alerts.pulsing import Desk
from tests.world.newsroom import START, Newsroom

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
HOURLY = Volume(3.0)


@pytest.fixture
def desk(room: Newsroom) -> Desk:
    return Desk(room)


async def test_a_volume_is_told_as_soon_as_it_is_one_and_once(desk: Desk) -> None:
    desk.fills(28)
    desk.keeps(HOURLY)
    await desk.passes()
    assert desk.row().state == "calm"
    for _ in range(12):
        await desk.hears()
    (alert,) = desk.told()
    data = alert["data"]
    assert alert["type"] == "watch.volume"
    assert 3 <= data["count"] == data["threshold"] <= 8
    assert data["begin"], data["end"] == ("2026-11-21T14:00:00Z", "2026-11-21T15:00:00Z")
    assert data["usual"]["high"] < data["threshold"]
    assert 0.25 < data["usual"]["mean"] < 1  # one at 14:05 each day, none in the hours beside
    assert data["learnt_from_days"] == 28
    assert f"3 sigma begins at {data['threshold']}" in data["explanation"][0]
    assert "usual for the whole hour from 14:00 on a Saturday is 0.4" in data["explanation"][0]
    assert len(data["stories"]) == min(data["count"], 5)
    assert data["stories"][0]["matches"][0]["text"] == "Lavrov"
    assert desk.why().startswith("high: ")


async def test_copies_of_one_story_count_once(desk: Desk) -> None:
    desk.fills(28)
    desk.keeps(HOURLY)
    await desk.passes()
    body = " ".join(f"word{number}" for number in range(80))
    for number in range(12):
        await desk.hears(outlet=f"paper{number}", body=body)
    assert desk.told() == []


async def test_an_episode_is_over_after_three_usual_hours_and_the_next_is_told(desk: Desk) -> None:
    desk.fills(28)
    desk.keeps(HOURLY)
    await desk.passes()
    await desk.hears(12)
    await desk.passes(hours=2)
    await desk.hears(12)
    assert desk.types() == ["watch.volume"]
    await desk.passes(hours=3)
    assert desk.row().state == "high"
    await desk.passes(hours=1)
    assert desk.row().state == "calm"
    await desk.hears(20)
    assert desk.types() == ["watch.volume", "watch.volume"]


async def test_stories_of_the_hour_before_still_count_for_it(desk: Desk) -> None:
    desk.fills(28)
    desk.keeps(HOURLY)
    await desk.passes()
    for _ in range(12):
        desk.files("Lavrov speaks", START - HOUR, quiet=False)
    await desk.passes()
    assert desk.told()[0]["data"]["begin"] == "2026-11-21T13:00:00Z"


async def test_what_is_fetched_after_an_outage_is_no_volume_of_now(desk: Desk) -> None:
    desk.fills(28)
    desk.keeps(HOURLY)
    await desk.passes()
    for hours in range(30):
        desk.files("Lavrov speaks", START - 2 * HOUR - hours * HOUR, quiet=False)
    await desk.passes()
    assert desk.told() == []


async def test_a_young_archive_judges_no_volume_and_says_so(desk: Desk) -> None:
    desk.fills(3)
    desk.keeps(HOURLY)
    await desk.passes()
    await desk.hears(30)
    assert desk.told() == []
    assert desk.why() == "calm: not enough history yet: 3 of 7 days"
    await desk.passes(days=5)
    await desk.hears(60)
    assert desk.types() == ["watch.volume"]


async def test_days_are_counted_in_the_zone_of_the_target(desk: Desk) -> None:
    desk.fills(28, each=12 * HOUR)
    desk.keeps(Volume(3.0, Per.DAY), timezone="Asia/Kolkata")
    await desk.passes()
    await desk.hears(20)
    data = desk.told()[0]["data"]
    assert (data["begin"], data["end"]) == ("2026-11-20T18:30:00Z", "2026-11-21T18:30:00Z")
    assert data["headline"].endswith(" stories on 21 November; usual is 2")
    assert "by 19:35 IST" in data["explanation"][0]


async def test_at_least_so_many_make_a_volume(desk: Desk) -> None:
    desk.fills(28)
    desk.keeps(Volume(2.0, least=15))
    await desk.passes()
    await desk.hears(14)
    assert desk.told() == []
    await desk.hears()
    assert desk.told()[0]["data"]["threshold"] == 15


async def test_a_silence_is_told_when_it_begins_and_when_it_ends(desk: Desk) -> None:
    desk.fills(10)
    desk.keeps(Silence(WEEK))
    await desk.passes()
    assert desk.why().startswith("calm: last mentioned 2026-11-21")
    await desk.passes(days=6)
    assert desk.told() == []
    await desk.passes(days=1)
    await desk.passes(days=2)
    (silence,) = desk.told()
    assert silence["type"] == "watch.silence"
    assert silence["data"]["headline"] == "No mention for 7 days"
    assert silence["data"]["explanation"] == ["The last was on 21 November 2026, 10:05 UTC: “Lavrov speaks”."]
    assert [one["article"]["title"] for one in silence["data"]["stories"]] == ["Lavrov speaks"]
    await desk.hears(2, "Lavrov is back")
    silence, heard = desk.told()
    assert heard["type"] == "watch.heard"
    assert heard["data"]["headline"] == "Mentioned again: Lavrov is back"
    await desk.passes(days=8)
    assert desk.types() == ["watch.silence", "watch.heard", "watch.silence"]


async def test_the_hours_in_which_nobody_looked_are_no_silence(desk: Desk) -> None:
    desk.fills(10)
    desk.keeps(Silence(2 * DAY))
    await desk.passes()
    begin = desk.room.now
    desk.stretches = [(begin - 10 * DAY, begin + DAY)]
    await desk.passes(days=3)
    assert desk.told() == []
    desk.stretches = [*desk.stretches, (desk.room.now, desk.room.now + 2 * DAY)]
    await desk.passes(hours=19)
    assert desk.told() == []
    await desk.passes(hours=1)
    assert desk.types() == ["watch.silence"]


async def test_a_silence_that_the_archive_shows_is_told_at_once_and_an_old_article_does_not_end_it(desk: Desk) -> None:
    desk.files("Lavrov speaks", START - 20 * DAY)
    desk.keeps(Silence(WEEK))
    await desk.passes()
    assert desk.types() == ["watch.silence"]
    desk.files("Lavrov spoke", START - 9 * DAY, quiet=False)
    await desk.passes(minutes=1)
    assert desk.types() == ["watch.silence"]
    desk.room.waits(minutes=1)
    await desk.hears()
    assert desk.types() == ["watch.silence", "watch.heard"]


async def test_what_was_never_mentioned_is_silent_since_the_record_begins(desk: Desk) -> None:
    desk.fills(10)
    desk.keeps(Silence(WEEK), "Quartet")
    await desk.passes()
    (silence,) = desk.told()
    assert "None is known since 11 November 2026" in silence["data"]["explanation"][0]
    assert silence["data"]["stories"] == []


async def test_the_first_mention_is_told_and_no_other(desk: Desk) -> None:
    desk.fills(3)
    desk.keeps(First(), "Quartet")
    await desk.passes()
    assert desk.why() == "calm: no mention yet"
    await desk.hears(1, "The Quartet meets")
    assert desk.pulse.asks_archive
    await desk.passes()
    await desk.hears(2, "The Quartet meets again")
    await desk.passes(hours=1)
    (alert,) = desk.told()
    assert (alert["type"], alert["data"]["reason"]) == ("story.matched", "first")
    assert alert["data"]["article"]["title"] == "The Quartet meets"
    assert desk.why() == "done: first mentioned on 21 November 2026, 14:05 UTC"


async def test_what_the_archive_already_held_is_no_first_mention(desk: Desk) -> None:
    desk.files("The Quartet meets", START - 300 * DAY)
    desk.fills(3)
    desk.keeps(First(), "Quartet")
    await desk.passes()
    await desk.hears(1, "The Quartet meets again")
    assert desk.told() == []
    assert desk.why() == "done: the archive already held one, of 25 January 2026, 14:05 UTC"


async def test_what_a_first_visit_brought_is_asked_before_a_mention_is_called_the_first(desk: Desk) -> None:
    desk.keeps(First(), "Quartet")
    desk.keeps(Silence(WEEK), "Quartet", slug="silence")
    await desk.passes()
    desk.files("The Quartet meets", START + DAY)
    await desk.passes(days=3)
    await desk.hears(1, "The Quartet meets again")
    await desk.passes(minutes=1)
    assert desk.told() == []
    assert desk.why().startswith("done: the archive already held one, of 22 November 2026")


async def test_what_a_first_visit_brought_is_asked_before_a_silence_is_called_one(desk: Desk) -> None:
    desk.keeps(Silence(WEEK), "Quartet")
    await desk.passes()
    desk.files("The Quartet meets", START + 3 * DAY)
    await desk.passes(days=7, hours=1)
    await desk.passes(minutes=1)
    assert desk.told() == []
    assert desk.why().startswith("calm: last mentioned 2026-11-24")
    await desk.passes(days=3)
    assert desk.types() == ["watch.silence"]


async def test_a_first_mention_that_comes_while_the_archive_is_read_is_told(desk: Desk) -> None:
    desk.keeps(First(), "Quartet")
    await desk.hears(1, "The Quartet meets")
    assert desk.told() == []
    await desk.passes(minutes=1)
    assert [one["data"]["reason"] for one in desk.told()] == ["first"]


async def test_a_long_archive_is_read_step_by_step_and_gone_on_with_after_a_crash(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerts.trends.round._STEP", 10)
    monkeypatch.setattr("alerts.trends.round._AT_MOST", 20)
    desk.fills(10)
    desk.keeps(Silence(WEEK))
    await desk.passes()
    assert desk.row().state == "learning"
    assert "read up to 2026-11-1" in desk.why()
    desk.restart()
    await desk.passes()
    desk.restart()
    for _ in range(4):
        await desk.passes()
    assert desk.row().state == "calm"
    with desk.room.database.read() as session:
        assert session.scalar(select(func.count()).select_from(MentionRow)) == 60


async def test_another_query_is_learnt_anew(desk: Desk) -> None:
    desk.fills(10)
    desk.keeps(First(), "Quartet")
    await desk.passes()
    desk.keeps(First(), "Lavrov")
    await desk.passes()
    assert desk.why().startswith("done: the archive already held one")


async def test_what_a_crash_took_back_is_told_once(desk: Desk) -> None:
    desk.fills(28)
    desk.keeps(HOURLY)
    await desk.passes()

    class Crash(Exception):
        pass

    for _ in range(12):
        desk.files("Lavrov speaks", desk.room.now, quiet=False)
    with pytest.raises(Crash), desk.room.database.begin() as session:
        assert desk.room.sweeper.batch(session, desk.room.now).deliveries == 1
        raise Crash
    assert desk.told() == []
    desk.restart()
    await desk.passes()
    desk.restart()
    await desk.passes()
    assert desk.types() == ["watch.volume"]


async def test_reports_obey_the_hours_of_their_target_and_go_out_together(desk: Desk) -> None:
    desk.fills(28)
    desk.keeps(HOURLY, when="daily", at="08:00")
    await desk.passes()
    await desk.hears(12)
    await desk.passes(hours=5)
    await desk.hears(25)
    assert desk.room.states() == ["held", "held"]
    desk.room.waits(days=1)
    await desk.room.send()
    (call,) = desk.room.hook.calls
    assert call.json["type"] == "digest"
    assert [item["type"] for item in call.json["data"]["items"]] == ["watch.volume", "watch.volume"]
    assert len(call.body) < 20_000


async def test_a_report_is_below_20_kb_however_long_its_stories(desk: Desk) -> None:
    desk.fills(28)
    desk.keeps(HOURLY)
    await desk.passes()
    await desk.hears(12, "Лавров Lavrov " + "и другие " * 400)
    with desk.room.database.read() as session:
        payload = session.scalars(select(DeliveryRow.payload)).one()
    assert len(payload.encode()) < 20_000
    assert json.loads(payload)["data"]["stories"]


async def test_each_match_is_on_record_as_counted(desk: Desk) -> None:
    desk.keeps(HOURLY)
    filed = desk.files("Lavrov speaks", desk.room.now, quiet=False)
    await desk.passes()
    assert [one.outcome for one in desk.room.ledger.matches(filed.id)] == ["counted"]


async def test_the_round_asks_the_database_for_nothing_but_what_is_due(desk: Desk) -> None:
    desk.room.keeps(*(Watch(f"w{n}", "w", desk.keeps(Silence(WEEK)).query, occasion=Silence(WEEK)) for n in range(50)))
    await desk.passes()
    pulses: list[str] = []
    original = desk.pulse._is_silent

    def counted(session: Session, watch: Watch, *rest: Any) -> int:
        pulses.append(watch.slug)
        return original(session, watch, *rest)

    desk.pulse._is_silent = counted  # type: ignore[method-assign]
    await desk.passes(minutes=1)
    assert pulses == []
    await desk.passes(days=7)
    await desk.passes(minutes=1)
    assert len(pulses) == 50


async def test_a_watch_that_was_away_goes_on_where_it_stood(desk: Desk) -> None:
    desk.fills(10)
    watch = desk.keeps(Silence(WEEK))
    await desk.passes()
    desk.room.keeps()
    await desk.passes(days=8)
    assert desk.told() == []
    desk.room.keeps(watch)
    await desk.passes(minutes=1)
    assert desk.types() == ["watch.silence"]


async def test_many_new_watches_are_judged_some_at_a_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alerts.trends.round._JUDGED", 3)
    desk.fills(10)
    query = desk.keeps(HOURLY).query
    desk.room.keeps(*(Watch(f"w{n}", "w", query, occasion=First()) for n in range(10)))
    await desk.passes()
    assert {desk.row(f"w{n}").state for n in range(10)} == {"done"}
