"""When an alert goes out: slots, clock changes, quiet hours; and what fits in one digest."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.digest import WEEKDAYS, Cadence, Plan, due, is_quiet, packed

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


ZONES = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)
CHANGE = st.sampled_from(("2026-03-08", "2026-03-28", "2026-03-29", "2026-04-05", "2026-10-24", "2026-11-01"))
"""Days around which many zones change their clocks; some do so at midnight, some by half an hour."""
CLOCK = st.times(timezones=st.none()).map(lambda at: time(at.hour, at.minute))


@given(zone=ZONES, day=CHANGE, at=CLOCK, weekday=st.sampled_from((None, *WEEKDAYS)))
@settings(max_examples=60)
def test_no_zone_skips_or_doubles_a_day_or_a_week(zone: ZoneInfo, day: str, at: time, weekday: str | None) -> None:
    plan = Plan(Cadence.DAILY if weekday is None else Cadence.WEEKLY, at, weekday or "monday", zone)
    start, end = utc(day) - timedelta(days=9), utc(day) + timedelta(days=9)
    walls = (datetime.combine(start.date() + timedelta(days=n), at, zone) for n in range(-2, 22))
    wanted = [wall.astimezone(UTC) for wall in walls if weekday in (None, WEEKDAYS[wall.weekday()])]
    assert slots(plan, start, end) == [moment for moment in wanted if start < moment < end]


@given(zone=ZONES, day=CHANGE, minutes=st.integers(0, 2 * 24 * 60), quiet=st.tuples(CLOCK, CLOCK))
@settings(max_examples=60)
def test_in_no_zone_anything_goes_out_in_quiet_hours(
    zone: ZoneInfo, day: str, minutes: int, quiet: tuple[time, time]
) -> None:
    now = utc(day) + timedelta(minutes=minutes)
    plan = Plan(zone=zone, quiet=quiet)
    moment = due(plan, now)
    assert now <= moment <= now + timedelta(days=1, hours=2)
    assert not is_quiet(plan, moment)
    assert moment == now or is_quiet(plan, now)


def test_a_weekly_digest_at_an_hour_that_the_clock_skips_at_the_end_of_its_day_comes_that_week() -> None:
    nuuk = ZoneInfo("America/Nuuk")
    plan = Plan(Cadence.WEEKLY, time(23, 30), "saturday", nuuk)
    assert due(plan, utc("2026-03-24")) == local("2026-03-29T00:30", nuuk)


def test_quiet_that_ends_in_the_skipped_hour_lasts_until_after_it() -> None:
    plan = Plan(zone=BERLIN, quiet=(time(22), time(2, 30)))
    assert due(plan, local("2026-03-28T23:00", BERLIN)) == local("2026-03-29T03:30", BERLIN)


def test_quiet_that_ends_in_the_doubled_hour_does_not_last_another_day() -> None:
    plan = Plan(zone=BERLIN, quiet=(time(22), time(2, 45)))
    second = local("2026-10-25T02:30", BERLIN, fold=1)
    assert due(plan, second) == local("2026-10-25T02:45", BERLIN, fold=1)


def test_groups_hold_no_more_than_fits_and_lose_nothing() -> None:
    assert list(packed("abcde", [1, 1, 1, 9, 1], most=2, room=5)) == [["a", "b"], ["c"], ["d"], ["e"]]
    assert list(packed("", [], most=2, room=5)) == []
