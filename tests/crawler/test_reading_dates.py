"""Dates are read in the forms that pages use, and never claimed more exactly than they were said."""

from datetime import UTC, datetime

import pytest

from crawler.reading.dates import only_a_date, read_date, read_stamp
from crawler.reading.published import day_of_address
from newsdesk import Precision


@pytest.mark.parametrize(
    ("raw", "zone", "value", "precision"),
    [
        ("2019-11-20T05:47:13+00:00", None, "2019-11-20T05:47:13", "second"),
        ("2019-11-20T05:47:00Z", None, "2019-11-20T05:47", "minute"),
        ("2019-11-18T21:17+0300", None, "2019-11-18T18:17", "minute"),
        ("2019-11-18T21:17", "Europe/Moscow", "2019-11-18T18:17", "minute"),
        ("2019-11-18T21:17", None, "2019-11-18", "day"),
        ("2019-11-18T00:00:00+03:00", None, "2019-11-18", "day"),
        ("9 Dec, 2009 12:18", "UTC", "2009-12-09T12:18", "minute"),
        ("9 Dec, 2009 12:18", None, "2009-12-09", "day"),
        ("14:05 16.11.2006", "Europe/Moscow", "2006-11-16T11:05", "minute"),
        ("03:32 GMT 28.02.2023", "Europe/Moscow", "2023-02-28T03:32", "minute"),
        ("Nov. 20, 2019, 5:47 p.m. EST", None, "2019-11-20T22:47", "minute"),
        ("Wed, 20 Nov 2019 05:47:09 GMT", None, "2019-11-20T05:47:09", "second"),
        ("16 ноября 2006, 14:05", "Europe/Moscow", "2006-11-16T11:05", "minute"),
        ("2019年11月20日 05:47", "Asia/Tokyo", "2019-11-19T20:47", "minute"),
        ("18. März 2019 um 14:30 Uhr", "Europe/Berlin", "2019-03-18T13:30", "minute"),
        ("20191120T054713Z", None, "2019-11-20T05:47:13", "second"),
        ("2006-11", None, "2006-11-01", "month"),
        ("December 2020", None, "2020-12-01", "month"),
        ("1163675107", None, "2006-11-16T11:05:07", "second"),
        ("1163675107000", None, "2006-11-16T11:05:07", "second"),
    ],
)
def test_a_date_is_read_with_its_precision(raw: str, zone: str | None, value: str, precision: str) -> None:
    moment = read_date(raw, zone)
    assert moment is not None
    assert (moment.value, moment.precision) == (
        datetime.fromisoformat(value).replace(tzinfo=UTC),
        Precision(precision),
    )
    assert moment.raw == raw


@pytest.mark.parametrize(
    "raw",
    ["", None, "3/4/2020", "yesterday", "5 minutes ago", "2019-13-45", "99999999999999999999", "x" * 500, "12:30"],
)
def test_what_is_no_sure_date_gives_none(raw: str | None) -> None:
    assert read_date(raw) is None


def test_an_unknown_zone_is_worth_no_more_than_none() -> None:
    moment = read_date("2019-11-18T21:17", "Mars/Olympus")
    assert moment is not None
    assert moment.precision is Precision.DAY


@pytest.mark.parametrize(
    ("url", "day", "precision"),
    [
        ("https://a.example/20061116/55705985.html", "2006-11-16", "day"),
        ("https://a.example/columnists/201911181077343476-slug/", "2019-11-18", "day"),
        ("https://a.example/2019/nov/18/slug", "2019-11-18", "day"),
        ("https://a.example/2019/11/slug.html", "2019-11-01", "month"),
    ],
)
def test_an_address_can_name_the_day(url: str, day: str, precision: str) -> None:
    moment = day_of_address(url)
    assert moment is not None
    assert (moment.value.date().isoformat(), moment.precision) == (day, precision)


@pytest.mark.parametrize(
    "url", ["https://a.example/news/473849-slug/", "https://a.example/20231399/x", "http://[bad/2019/11/18/"]
)
def test_an_address_without_a_day_names_none(url: str) -> None:
    assert day_of_address(url) is None


@pytest.mark.parametrize("line", ["Published: 20 Nov 2019, 7:05 AM", "20.11.2019", "Updated 12:03 GMT, Nov 20, 2019"])
def test_a_line_can_be_only_a_date(line: str) -> None:
    assert only_a_date(line)


@pytest.mark.parametrize("line", ["On 20 November 2019 the council met", "2019", "Chapter 4", "no digits"])
def test_a_sentence_with_a_date_is_not_only_a_date(line: str) -> None:
    assert not only_a_date(line)


def test_a_stamp_is_only_a_number() -> None:
    assert read_stamp("2006-11-16") is None
