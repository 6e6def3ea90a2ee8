"""What each page says: alive, ready, metrics, the overview."""

import re

import pytest

from tests.world.house import plain_house


@pytest.fixture
def house(tmp_path):
    with plain_house(tmp_path) as house:
        yield house


async def test_healthz_is_ok_whatever_troubles_there_are(house):
    house.trouble = ["the database is not reachable"]
    assert (await house.ask("/healthz")).text == "ok\n"


async def test_readyz_is_ok_without_troubles_and_names_them_with_503_otherwise(house):
    assert (await house.ask("/readyz")).status_code == 200
    house.trouble = ["the schedule does not run"]
    answer = await house.ask("/readyz")
    assert (answer.status_code, answer.text) == (503, "the schedule does not run\n")
    assert answer.headers["retry-after"]


async def test_metrics_are_named_after_tocsin_in_base_units_with_help(house):
    house.metrics.job_ended("poll_at:rt:0", 0.2, failed=True)
    house.metrics.job_ended("sweep", 0.2, failed=False)
    house.metrics.counts("tocsin_polls", "Visits.", ["result"], lambda: {("new",): 2})
    house.metrics.gauges("tocsin_deliveries", "Deliveries.", ["state"], lambda: {("pending",): 3})
    answer = await house.ask("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'tocsin_job_errors_total{job="poll_at"} 1.0' in answer.text
    assert 'tocsin_polls_total{result="new"} 2.0' in answer.text
    assert 'tocsin_deliveries{state="pending"} 3.0' in answer.text
    names = re.findall(r"^# HELP (\S+) (.+)$", answer.text, re.MULTILINE)
    assert all(name.startswith(("tocsin_", "process_")) for name, _ in names)


async def test_a_measure_that_cannot_be_taken_is_left_out_and_the_others_stay(house):
    def broken() -> dict[tuple[str, ...], float]:
        raise ZeroDivisionError("planted")

    house.metrics.gauges("tocsin_broken", "Broken.", [], broken)
    answer = await house.ask("/metrics")
    assert answer.status_code == 200
    assert "tocsin_build_info" in answer.text
    assert "tocsin_broken{" not in answer.text
