"""Kernels and trainings share the processors; kernels come first, and no turn is lost."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.executors.turns import Turns


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 3), st.lists(st.booleans(), min_size=1, max_size=12))
def test_never_more_than_there_are_and_each_has_one(count: int, kinds: list[bool]) -> None:
    turns, lock = Turns(count), threading.Lock()
    now, most, done = 0, 0, 0

    def enter(step: int) -> None:
        nonlocal now, most, done
        with lock:
            now += step
            most, done = max(most, now), done + (step < 0)

    async def kernel() -> None:
        async with turns.for_kernel():
            enter(1)
            await asyncio.sleep(0.001)
            enter(-1)

    def training() -> None:
        with turns.for_training():
            enter(1)
            threading.Event().wait(0.001)
            enter(-1)

    async def all_of_them(threads: ThreadPoolExecutor) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.gather(
            *(kernel() if kind else loop.run_in_executor(threads, training) for kind in kinds)
        )

    with ThreadPoolExecutor(len(kinds)) as threads:
        asyncio.run(all_of_them(threads))
    assert done == len(kinds) and most <= count
    assert turns._free > 0


def test_kernels_come_first() -> None:
    turns, order = Turns(1), []

    async def kernel(name: str) -> None:
        async with turns.for_kernel():
            order.append(name)

    def training() -> None:
        with turns.for_training():
            order.append("training")

    async def play(threads: ThreadPoolExecutor) -> None:
        async with turns.for_kernel():
            trained = asyncio.get_running_loop().run_in_executor(threads, training)
            await asyncio.sleep(0.05)
            kernels = [asyncio.create_task(kernel(name)) for name in ("one", "two")]
            await asyncio.sleep(0.01)
            assert turns._free <= 0 and not order
        await asyncio.gather(trained, *kernels)

    with ThreadPoolExecutor(1) as threads:
        asyncio.run(play(threads))
    assert order == ["one", "two", "training"]


@pytest.mark.parametrize("given_first", [False, True])
def test_a_turn_that_is_called_off_is_somebody_elses(given_first: bool) -> None:
    turns = Turns(1)

    async def kernel() -> None:
        async with turns.for_kernel():
            await asyncio.sleep(60)

    async def play() -> None:
        async with turns.for_kernel():
            waiting = asyncio.create_task(kernel())
            await asyncio.sleep(0)
            if not given_first:
                waiting.cancel()
        # Given in this moment, and called off before it can be taken.
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        async with turns.for_kernel():
            assert turns._free <= 0

    asyncio.run(asyncio.wait_for(play(), 10))
    assert turns._free > 0


def test_at_the_end_nobody_waits() -> None:
    turns = Turns(1)

    def training() -> bool:
        with turns.for_training():
            return True

    async def play(threads: ThreadPoolExecutor) -> None:
        async with turns.for_kernel():
            waiting = threads.submit(training)
            turns.let_all_pass()
            # The event loop stands still while those threads are awaited.
            assert waiting.result(10)

    with ThreadPoolExecutor(1) as threads:
        asyncio.run(play(threads))
