"""When an alert goes out: slots, clock changes, quiet hours; and what fits in one digest."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from alerts.digest import Cadence, Plan, due, packed

BERLIN, NEW_YORK, KATHMANDU = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("Asia/Kathmandu")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(text: str, zone: ZoneInfo, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


def slots(plan: Plan, start: datetime, end: datetime) -> list[datetime]:
    found, moment = [], start
    while (moment := due(plan, moment)) < end:
        found.append(moment)
    return found


def test_an_alert_goes_out_at_once_when_nothing_holds_it() -> None:
    assert due(Plan(), utc("2026-11-21T14:05:09")) == utc("2026-11-21T14:05:09")


def test_an_hourly_digest_goes_out_at_the_next_full_hour_of_its_zone() -> None:
    assert due(Plan(Cadence.HOURLY), utc("2026-11-21T14:05:09")) == utc("2026-11-21T15:00")
    assert due(Plan(Cadence.HOURLY), utc("2026-11-21T15:00")) == utc("2026-11-21T16:00")
    assert due(Plan(Cadence.HOURLY, zone=KATHMANDU), utc("2026-11-21T14:05")) == utc("2026-11-21T14:15")


def test_an_hourly_digest_skips_and_doubles_no_hour_when_clocks_change() -> None:
    for day in ("2026-03-29", "2026-10-25"):
        found = slots(Plan(Cadence.HOURLY, zone=BERLIN), utc(day), utc(day) + timedelta(days=1))
        assert [b - a for a, b in pairwise(found)] == [timedelta(hours=1)] * 22


def test_a_daily_digest_goes_out_at_its_hour_in_its_zone() -> None:
    plan = Plan(Cadence.DAILY, time(8), zone=BERLIN)
    assert due(plan, local("2026-11-21T07:59", BERLIN)) == local("2026-11-21T08:00", BERLIN)
    assert due(plan, local("2026-11-21T08:00", BERLIN)) == local("2026-11-22T08:00", BERLIN)


@pytest.mark.parametrize("zone", [BERLIN, NEW_YORK, KATHMANDU])
@pytest.mark.parametrize("at", [time(2, 30), time(1, 30), time(0), time(23, 59)])
def test_a_daily_digest_goes_out_once_on_each_day_of_the_year(zone: ZoneInfo, at: time) -> None:
    found = slots(
        Plan(Cadence.DAILY, at, zone=zone),
        local("2026-01-01T00:00", zone) - timedelta(seconds=1),
        local("2027-01-01T00:00", zone),
    )
    assert len(found) == len({moment.astimezone(zone).date() for moment in found}) == 365


def test_a_weekly_digest_goes_out_on_its_day() -> None:
    plan = Plan(Cadence.WEEKLY, time(8), "friday", BERLIN)
    assert due(plan, local("2026-11-21T12:00", BERLIN)) == local("2026-11-27T08:00", BERLIN)
    assert due(plan, local("2026-11-27T07:00", BERLIN)) == local("2026-11-27T08:00", BERLIN)


def test_quiet_hours_hold_until_their_end_and_nothing_else() -> None:
    plan = Plan(zone=BERLIN, quiet=(time(22), time(7)))
    morning = local("2026-11-22T07:00", BERLIN)
    assert due(plan, local("2026-11-21T22:00", BERLIN)) == morning
    assert due(plan, local("2026-11-22T06:59", BERLIN)) == morning
    assert due(plan, morning) == morning
    noon = Plan(zone=BERLIN, quiet=(time(12), time(13)))
    assert due(noon, local("2026-11-22T12:30", BERLIN)) == local("2026-11-22T13:00", BERLIN)
    assert due(noon, local("2026-11-22T11:59", BERLIN)) == local("2026-11-22T11:59", BERLIN)


def test_a_digest_whose_hour_is_quiet_waits_for_the_end_of_quiet() -> None:
    plan = Plan(Cadence.DAILY, time(6), zone=BERLIN, quiet=(time(22), time(7)))
    assert due(plan, local("2026-11-21T12:00", BERLIN)) == local("2026-11-22T07:00", BERLIN)


def test_quiet_that_ends_in_the_doubled_hour_does_not_last_another_day() -> None:
    plan = Plan(zone=BERLIN, quiet=(time(22), time(2, 45)))
    second = local("2026-10-25T02:30", BERLIN, fold=1)
    assert due(plan, second) == local("2026-10-25T02:45", BERLIN, fold=1)


def test_groups_hold_no_more_than_fits_and_lose_nothing() -> None:
    assert list(packed("abcde", [1, 1, 1, 9, 1], most=2, room=5)) == [["a", "b"], ["c"], ["d"], ["e"]]
    assert list(packed("", [], most=2, room=5)) == []
