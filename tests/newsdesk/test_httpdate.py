"""What servers write of instants and waits."""

from datetime import UTC, datetime

import pytest

from newsdesk import http_date, retry_after

NOW = datetime(2026, 11, 21, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Sat, 21 Nov 2026 14:05:00 GMT", 300),
        ("Sat, 21 Nov 2020 14:05:00 GMT", 0),
        ("-5", None),
        ("soon", None),
        ("", None),
        (None, None),
        ("9" * 40, 1e9),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


def test_a_date_without_a_zone_is_in_utc_and_nonsense_is_none() -> None:
    assert http_date("Sat, 21 Nov 2026 14:00:00 GMT") == NOW
    assert http_date("Sat, 21 Nov 2026 14:00:00") == NOW
    assert http_date("tomorrow") is None
