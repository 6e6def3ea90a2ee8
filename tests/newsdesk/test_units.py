"""Durations and sizes are read as people write them."""

from datetime import timedelta

import pytest
from pydantic import BaseModel, ValidationError

from newsdesk import Duration, Size, parse_duration, parse_size, show_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("5m", 300), ("1.5h", 5400), ("7d", 604_800), ("2w", 1_209_600), ("250ms", 0.25), (" 5 m ", 300)],
)
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("wrong", ["5", 5, "5 minutes", "", "m", "-5m", "1e3s", "5m5s", None, True, "9" * 400 + "d"])
def test_another_form_of_duration_is_refused_with_the_remedy(wrong: object) -> None:
    with pytest.raises(ValueError, match="write a number and a unit, like 90s"):
        parse_duration(wrong)


def test_a_duration_beyond_all_calendars_is_refused() -> None:
    with pytest.raises(ValueError, match="no duration may be so long"):
        parse_duration("999999999999999d")


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("10MB", 10_000_000),
        ("512kB", 512_000),
        ("512KB", 512_000),
        ("1.5KiB", 1536),
        ("1GiB", 2**30),
        ("7B", 7),
        (7, 7),
    ],
)
def test_a_size_is_a_number_and_a_unit(text: object, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "wrong", ["10", "10 megabytes", "", "-1B", -1, True, None, "kB", "1mB", "1TB", "9" * 400 + "B"]
)
def test_another_form_of_size_is_refused_with_the_remedy(wrong: object) -> None:
    with pytest.raises(ValueError, match="write a number and a unit, like 512kB"):
        parse_size(wrong)


@pytest.mark.parametrize("text", ["90s", "5m", "36h", "14d", "0.5s", "0s"])
def test_a_duration_is_shown_as_it_would_be_written(text: str) -> None:
    assert show_duration(parse_duration(text)) == text


def test_a_duration_is_shown_in_its_largest_whole_unit() -> None:
    assert [show_duration(timedelta(seconds=seconds)) for seconds in (60, 3600, 86_400, 3601)] == [
        "1m",
        "1h",
        "1d",
        "3601s",
    ]


def test_settings_hold_durations_and_sizes() -> None:
    class Settings(BaseModel):
        every: Duration
        most: Size

    assert Settings.model_validate({"every": "5m", "most": "1kB"}) == Settings(every=timedelta(minutes=5), most=1000)
    with pytest.raises(ValidationError, match="2 validation errors"):
        Settings.model_validate({"every": "soon", "most": "much"})
