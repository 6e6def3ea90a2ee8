"""The gates before hosts: turns, pauses, and nobody left waiting."""

import asyncio

import pytest

from crawler.downloader.gate import Gates, HostRests


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_so_many_and_no_more_are_let_in() -> None:
    gates, inside, leave = Gates(), 0, asyncio.Event()

    async def visit() -> None:
        nonlocal inside
        async with gates.enter("paper.example", 0, 2):
            inside += 1
            await leave.wait()

    visits = [asyncio.create_task(visit()) for _ in range(5)]
    await settle()
    assert inside == 2
    leave.set()
    await asyncio.gather(*visits)
    assert inside == 5


async def test_hosts_do_not_wait_for_each_other() -> None:
    gates = Gates()
    async with asyncio.timeout(20), gates.enter("one.example", 0, 1), gates.enter("two.example", 0, 1):
        pass


async def test_who_gives_up_waiting_takes_no_turn() -> None:
    gates, leave = Gates(), asyncio.Event()

    async def visit() -> None:
        async with gates.enter("paper.example", 0, 1):
            await leave.wait()

    first, second, third = (asyncio.create_task(visit()) for _ in range(3))
    await settle()
    second.cancel()
    leave.set()
    await asyncio.gather(first, second, third, return_exceptions=True)
    async with asyncio.timeout(1), gates.enter("paper.example", 0, 1):
        pass


async def test_who_is_cancelled_at_the_very_turn_passes_it_on() -> None:
    gates, leave = Gates(), asyncio.Event()

    async def visit() -> None:
        async with gates.enter("paper.example", 0, 1):
            await leave.wait()

    first, second = (asyncio.create_task(visit()) for _ in range(2))
    await settle()
    leave.set()
    await first
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    async with asyncio.timeout(1), gates.enter("paper.example", 0, 1):
        pass


async def test_a_failure_inside_gives_the_turn_back() -> None:
    gates = Gates()
    for _ in range(3):
        try:
            async with gates.enter("paper.example", 0, 1):
                raise ValueError
        except ValueError:
            pass
    async with asyncio.timeout(1), gates.enter("paper.example", 0, 1):
        pass


async def test_who_is_ahead_enters_first_and_who_is_alone_has_nobody_beside() -> None:
    gates, order, leave = Gates(), list[str](), asyncio.Event()

    async def visit(name: str, at_once: int, ahead: bool) -> None:
        async with gates.enter("paper.example", 0, at_once, ahead=ahead):
            order.append(name)
            await leave.wait()

    wishes = [("page 1", 2, False), ("page 2", 2, False), ("page 3", 2, False), ("list", 1, True)]
    tasks = []
    for wish in wishes:
        tasks.append(asyncio.create_task(visit(*wish)))
        await settle()
    assert order == ["page 1", "page 2"]
    leave.set()
    await asyncio.gather(*tasks)
    assert order == ["page 1", "page 2", "list", "page 3"]
    leave.clear()
    alone = asyncio.create_task(visit("alone", 1, True))
    await settle()
    page = asyncio.create_task(visit("page 4", 2, False))
    await settle()
    assert order[-1] == "alone"
    leave.set()
    await asyncio.gather(alone, page)


async def test_nobody_waits_at_a_host_that_rests() -> None:
    clock = Clock()
    gates, leave = Gates(clock), asyncio.Event()

    async def visit() -> None:
        async with gates.enter("paper.example", 0, 1):
            await leave.wait()

    first, second = asyncio.create_task(visit()), asyncio.create_task(visit())
    await settle()
    gates.close_for("paper.example", 60)
    leave.set()
    await first
    for late in (second, asyncio.create_task(visit())):
        with pytest.raises(HostRests) as caught:
            await late
        assert caught.value.seconds == 60
    clock.now = 61
    async with gates.enter("paper.example", 0, 1):
        pass


def test_a_host_rests_for_as_long_as_it_asked() -> None:
    clock = Clock()
    gates = Gates(clock)
    gates.close_for("paper.example", 60)
    gates.close_for("paper.example", 10)
    clock.now = 20
    assert gates.rests_for("paper.example") == 40
    assert gates.rests_for("other.example") == 0


async def test_hosts_that_nobody_asks_any_more_are_forgotten() -> None:
    clock = Clock()
    gates = Gates(clock)
    for number in range(1200):
        clock.now = float(number)
        async with gates.enter(f"{number}.example", 0, 1):
            pass
    assert len(gates._gates) < 1000
