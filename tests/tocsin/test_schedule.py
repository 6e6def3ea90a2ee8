"""What the schedule promises: late jobs run once, one run at a time, a fault stops its run only."""

import asyncio
import logging

import pytest

from tocsin.schedule import Schedule


class Clock:
    """A wall clock that can be set."""

    def __init__(self) -> None:
        self.leap = 0.0
        self._loop = asyncio.get_running_loop()

    def wall(self) -> float:
        return self._loop.time() + self.leap


async def within(event: asyncio.Event, seconds: float = 10) -> bool:
    await asyncio.wait_for(event.wait(), seconds)
    return True


async def test_a_job_runs_at_the_start_without_waiting_for_its_interval():
    schedule, ran = Schedule(), asyncio.Event()

    async def job() -> None:
        ran.set()

    schedule.every("hourly", 3600, job)
    await schedule.start()
    assert await within(ran)
    await schedule.stop()


async def test_a_woken_job_runs_again_at_once():
    schedule, runs = Schedule(), asyncio.Queue()

    async def job() -> None:
        runs.put_nowait(1)

    schedule.every("hourly", 3600, job)
    await schedule.start()
    await asyncio.wait_for(runs.get(), 10)
    schedule.wake("hourly")
    await asyncio.wait_for(runs.get(), 10)
    await schedule.stop()


async def test_a_job_that_is_woken_twice_in_its_run_runs_once_more_and_never_beside_itself():
    schedule, begun, go, done = Schedule(), asyncio.Event(), asyncio.Event(), asyncio.Event()
    beside, most, runs = 0, 0, 0

    async def job() -> None:
        nonlocal beside, most, runs
        beside, runs = beside + 1, runs + 1
        most = max(most, beside)
        begun.set()
        await go.wait()
        beside -= 1
        if runs == 2:
            done.set()

    schedule.every("hourly", 3600, job)
    await schedule.start()
    await within(begun)
    schedule.wake("hourly")
    schedule.wake("hourly")
    await asyncio.sleep(0)
    go.set()
    await within(done)
    await schedule.stop()
    assert (runs, most) == (2, 1)


async def test_a_job_can_be_woken_from_another_thread():
    schedule, runs = Schedule(), asyncio.Queue()

    async def job() -> None:
        runs.put_nowait(1)

    schedule.every("hourly", 3600, job)
    await schedule.start()
    await asyncio.wait_for(runs.get(), 10)
    await asyncio.to_thread(schedule.wake, "hourly")
    await asyncio.wait_for(runs.get(), 10)
    await schedule.stop()


async def test_waking_before_the_start_or_after_the_end_does_nothing():
    schedule = Schedule()
    schedule.wake("nothing")
    await schedule.start()
    schedule.wake("nothing")
    await schedule.stop()
    schedule.wake("nothing")
    await schedule.stop()


async def test_an_exception_is_logged_and_counted_and_the_job_runs_again(caplog):
    told, failing, again = [], asyncio.Event(), asyncio.Event()

    def on_run(name: str, seconds: float, failed: bool) -> None:
        told.append((name, failed))
        failing.set()

    schedule = Schedule(on_run)

    async def job() -> None:
        if not told:
            raise ZeroDivisionError("planted")
        again.set()

    schedule.every("shaky", 3600, job)
    await schedule.start()
    await within(failing)
    schedule.wake("shaky")
    await within(again)
    await schedule.stop()
    assert told == [("shaky", True), ("shaky", False)]
    assert schedule.jobs["shaky"].errors == 1
    assert any(record.exc_info and record.levelno == logging.ERROR for record in caplog.records)


async def test_a_job_that_keeps_failing_is_named_and_does_not_fill_the_log(caplog):
    runs: asyncio.Queue[int] = asyncio.Queue()
    schedule = Schedule(lambda name, seconds, failed: runs.put_nowait(1))

    async def job() -> None:
        if schedule.jobs["broken"].runs < 8:
            raise ZeroDivisionError("planted")

    schedule.every("broken", 3600, job)
    await schedule.start()
    for _ in range(8):
        await asyncio.wait_for(runs.get(), 10)
        schedule.wake("broken")
    assert schedule.failing() == ["broken"]
    await asyncio.wait_for(runs.get(), 10)
    await schedule.stop()
    assert schedule.failing() == []
    assert [bool(record.exc_info) for record in caplog.records] == [True, False, False, False]


async def test_stopping_waits_for_a_run_under_way():
    schedule, begun, go, ended = Schedule(), asyncio.Event(), asyncio.Event(), []

    async def job() -> None:
        begun.set()
        await go.wait()
        ended.append(True)

    schedule.every("slow", 3600, job)
    await schedule.start()
    await within(begun)
    stopping = asyncio.create_task(schedule.stop(10))
    await asyncio.sleep(0)
    go.set()
    await stopping
    assert ended


async def test_stopping_cancels_a_run_that_takes_too_long():
    schedule, begun, cancelled = Schedule(), asyncio.Event(), asyncio.Event()

    async def job() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    schedule.every("endless", 3600, job)
    await schedule.start()
    await within(begun)
    await schedule.stop(0.01)
    assert await within(cancelled)


async def test_a_run_that_is_cut_off_may_still_give_back_what_it_holds():
    schedule, begun, given_back = Schedule(), asyncio.Event(), []

    async def job() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.to_thread(given_back.append, True)

    schedule.every("endless", 3600, job)
    await schedule.start()
    await within(begun)
    await schedule.stop(0.01)
    assert given_back


async def test_when_the_wall_clock_steps_back_two_hours_jobs_do_not_wait_two_hours(caplog):
    clock = Clock()
    schedule, runs = Schedule(wall=clock.wall, monotonic=clock._loop.time), asyncio.Queue()

    async def job() -> None:
        runs.put_nowait(1)

    schedule.every("daily", 86400, job)
    await schedule.start()
    await asyncio.wait_for(runs.get(), 10)
    clock.leap = -7200
    await asyncio.wait_for(runs.get(), 10)
    await schedule.stop()
    assert "the clock leapt" in caplog.text


async def test_the_beat_tells_that_the_clock_runs():
    schedule = Schedule()
    assert not schedule.ticking()
    await schedule.start()
    assert schedule.ticking(within=30)
    assert not schedule.ticking(within=0)
    await schedule.stop()


async def test_a_cron_expression_is_understood_in_its_zone_and_a_wrong_one_refused():
    schedule = Schedule()

    async def job() -> None: ...

    schedule.cron("paper", "*/5 6-22 * * mon-fri", job, "Europe/Moscow")
    with pytest.raises(ValueError, match="Wrong number of fields"):
        schedule.cron("wrong", "every day", job)
    schedule.remove("paper")
    assert "paper" not in schedule.jobs
