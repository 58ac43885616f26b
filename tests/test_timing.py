"""Where seconds are counted: to the stage that is under way, of the task that it belongs to."""

import asyncio
import time

from hypothesis import given
from hypothesis import strategies as st

from grader import timing
from grader.timing import STAGES, Spent, spent_on, timed, waited

ways = st.recursive(
    st.tuples(st.sampled_from(STAGES), st.floats(0, 10)),
    lambda inner: st.tuples(st.sampled_from(STAGES), st.lists(inner, min_size=1, max_size=4)),
)
"""A stage and the seconds it takes, or the stages within it."""


def walk(way, clock):
    stage, what = way
    with spent_on(stage):
        if isinstance(what, float):
            clock[0] += what
        else:
            for inner in what:
                walk(inner, clock)
                clock[0] += 1


@given(st.lists(ways, max_size=5))
def test_every_second_belongs_to_one_stage(all_ways):
    clock = [0.0]
    before, timing.time = timing.time, type("Clock", (), {"perf_counter": staticmethod(lambda: clock[0])})
    try:
        with timed() as spent:
            for way in all_ways:
                walk(way, clock)
    finally:
        timing.time = before
    assert abs(sum(spent.seconds.values()) - clock[0]) < 1e-6 * max(1.0, clock[0])
    assert spent.seconds.keys() == spent.times.keys()


def test_tasks_are_counted_apart_and_waiting_for_a_turn_is_told():
    async def submission(turns: asyncio.Semaphore) -> Spent:
        with timed() as spent:
            async with waited(turns):
                with spent_on("cells"):
                    await asyncio.sleep(0.02)
        return spent

    async def both() -> list[Spent]:
        turns = asyncio.Semaphore(1)
        return list(await asyncio.gather(submission(turns), submission(turns)))

    first, second = asyncio.run(both())
    assert first.times == second.times == {"waiting": 1, "cells": 1}
    assert first.seconds["waiting"] < second.seconds["waiting"] >= 0.01


def test_where_nobody_asks_nothing_is_counted():
    with spent_on("cells"):
        began = time.perf_counter()
    assert time.perf_counter() >= began
    with timed() as spent:
        pass
    assert spent == Spent()
