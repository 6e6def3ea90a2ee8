"""Faults of the wall clock, by libfaketime: it leaps on an hour, back two, or over a digest while it is down."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.crashworld import CrashWorld, printing
from benchmarks.faulttools import at_work, case, mails, polled, skipped, verdict_of, wait, wrongs

LIBRARY = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))), None)
HOUR = 3600


def at_its_own_time(world: CrashWorld) -> Callable[[int], None]:
    """Let each daemon of this world go by a clock that can be set, its timers by the true one; gives what sets it."""
    offset, usual = world.folder / "offset", world.command
    faked = {
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }

    def put(seconds: int) -> None:
        offset.with_suffix(".new").write_text(f"{seconds:+d}")
        offset.with_suffix(".new").replace(offset)

    put(0)
    world.command = lambda folder: ["env", *(f"{name}={value}" for name, value in faked.items()), *usual(folder)]
    return put


def leap(folder: Path, by: int) -> str:
    """Set the clock while a receiver answers 503: polls, and what waits for its second attempt, must go on."""
    if LIBRARY is None:
        return skipped("libfaketime")
    with at_work(folder) as (world, process):
        world.end(process)
        put = at_its_own_time(world)
        process = world.start()
        polled(world, 2)
        world.hook.answers = lambda _path, _body: 503
        with printing(world, 2):
            wait(lambda: mails(world) > 1 and world.hook.calls)
            put(by)
            world.hook.answers = lambda _path, _body: 204
            before, began = len(world.paper.asked("/feed.xml")), time.monotonic()
            goes_on = polled(world, 2, 60)
            time.sleep(5)
            polls, seconds = len(world.paper.asked("/feed.xml")) - before, time.monotonic() - began
        apart = timestamps_of(world, by)
        world.publish(2)
        wrong = verdict_of(world, process)
        off = max(apart)
        print(
            f"  {polls} polls in {seconds:.0f} s after the leap, due each second; webhook-timestamp off by {off:.1f} s"
        )
        storm, false = polls > seconds + 2 and polls, off > 60 and off
        return wrong or wrongs(storm=storm, standstill=not goes_on, webhook_timestamp=false)


def timestamps_of(world: CrashWorld, by: int) -> list[float]:
    """Give the list of how far each webhook-timestamp is from the faked clock, in seconds; it grows with the calls."""
    apart, receive = [0.0], world.hook.receive

    def timed(path: str, headers: Mapping[str, str], body: bytes) -> int:
        apart.append(abs(float(headers["webhook-timestamp"]) - time.time() - by))
        return receive(path, headers, body)

    world.hook.receive = timed  # type: ignore[method-assign]
    return apart


@case("F27")
def on_an_hour(folder: Path) -> str:
    """The wall clock leaps on an hour: no storm of polls, nothing lost, nothing repeated."""
    return leap(folder, HOUR)


@case("F28")
def back_two_hours(folder: Path) -> str:
    """The wall clock leaps back two hours: polls and what waits for its next attempt do not stop for two hours."""
    return leap(folder, -2 * HOUR)


@case("F30")
def down_over_a_digest(folder: Path) -> str:
    """Down for 26 hours over the time of a daily digest: it is sent once, soon after the start."""
    if LIBRARY is None:
        return skipped("libfaketime")
    with at_work(folder) as (world, process):
        world.end(process)
        put = at_its_own_time(world)
        watch = folder / "watches" / "harbour.yaml"
        at = time.strftime("%H:%M", time.gmtime(time.time() + 6 * HOUR))
        daily = f"desk@example.org\n    when: daily\n    at: '{at}'\n"
        watch.write_text(watch.read_text().replace("desk@example.org\n", daily))
        process = world.start()
        with printing(world, 3):
            wait(lambda: len(world.hook.accepted()) > 6)
        wait(lambda: len({code for call in world.hook.accepted() for code in [call.id]}) >= 8, 30)
        world.end(process)
        early = [mail for mail in world.mailbox.mails if mail.recipient == "desk@example.org"]
        put(26 * HOUR)
        process = world.start()
        wrong = verdict_of(world, process)
        digests = [mail.subject for mail in world.mailbox.mails if mail.recipient == "desk@example.org"]
        print(f"  digests: {digests}")
        return wrong or wrongs(early=early, digests=len(digests) != 1 and digests)
