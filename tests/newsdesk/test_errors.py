"""Every error tells the user what is wrong and where."""

from pathlib import Path

import pytest

from newsdesk import (
    AddressRefused,
    ConfigError,
    DeliveryError,
    DeliveryFailure,
    FetchError,
    FetchFailure,
    PermanentFailure,
    Problem,
    QueryError,
    ReadingError,
    StorageError,
    TemporaryFailure,
    TocsinError,
)


def test_a_problem_tells_file_line_column_and_remedy() -> None:
    problem = Problem(Path("config/tocsin.yaml"), 4, 13, "poll_every: soon", "write a number and a unit")
    assert str(problem) == "config/tocsin.yaml:4:13: poll_every: soon; write a number and a unit"
    assert str(Problem("tocsin.yaml", 0, 0, "cannot be read")) == "tocsin.yaml: cannot be read"


def test_wrong_configuration_shows_every_mistake_on_a_line_of_its_own() -> None:
    problems = [Problem("a.yaml", 1, 2, "one"), Problem("b.yaml", 3, 4, "two", "do")]
    error = ConfigError(iter(problems))
    assert error.problems == tuple(problems)
    assert str(error) == "a.yaml:1:2: one\nb.yaml:3:4: two; do"


def test_a_refused_query_keeps_the_place_of_the_mistake() -> None:
    error = QueryError("a parenthesis is left open", 7, 'close it with ")"')
    assert (error.position, error.message, error.remedy) == (7, "a parenthesis is left open", 'close it with ")"')
    assert str(error) == 'a parenthesis is left open; close it with ")"'
    assert str(QueryError("empty", 0)) == "empty"


def test_failures_carry_a_reason_from_a_closed_list() -> None:
    assert FetchError(FetchFailure.TIMEOUT, "30 s").reason == "timeout"
    assert PermanentFailure(DeliveryFailure.GONE, "410").reason == "gone"
    throttled = TemporaryFailure(DeliveryFailure.THROTTLED, "429", retry_after=12.5)
    assert (str(throttled), throttled.reason, throttled.retry_after) == ("429", "throttled", 12.5)
    assert TemporaryFailure(DeliveryFailure.NETWORK, "refused").retry_after is None


@pytest.mark.parametrize(
    "kind", [AddressRefused, ConfigError, DeliveryError, FetchError, QueryError, ReadingError, StorageError]
)
def test_every_error_is_tocsin_s_own(kind: type[Exception]) -> None:
    assert issubclass(kind, TocsinError)


def test_an_alert_fails_for_now_or_for_good() -> None:
    assert issubclass(TemporaryFailure, DeliveryError)
    assert issubclass(PermanentFailure, DeliveryError)
