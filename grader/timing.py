"""Where the seconds of a submission go: each belongs to one stage of its way."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal, get_args

# fmt: off
Stage = Literal[
    "data", "reading", "waiting", "imports", "kernel", "cells", "evidence", "training", "marking", "class",
    "reports",
]
# fmt: on
"""Making the *data* ready; *reading* the notebook and what is kept of it; *waiting* until others are done;
the *imports* of TensorFlow and all that notebooks use, once for the class; starting and ending a *kernel*;
running *cells*; putting *evidence* together and keeping it; short *training* with the wait for it;
*marking*; what only the *class* shows; writing *reports*."""

STAGES: tuple[Stage, ...] = get_args(Stage)


@dataclass
class Spent:
    """Seconds of wall time by stage, and how many times each was entered."""

    seconds: dict[Stage, float] = field(default_factory=dict)
    times: dict[Stage, int] = field(default_factory=dict)
    _open: list[float] = field(default_factory=list)
    """For each stage that is under way, the seconds that stages within it took."""


_current: ContextVar[Spent] = ContextVar("spent")
"""Of the submission that this task works on: asyncio gives each task its own."""


@contextlib.contextmanager
def timed() -> Iterator[Spent]:
    """Collect what this task spends until the end of the block."""
    spent = Spent()
    token = _current.set(spent)
    try:
        yield spent
    finally:
        _current.reset(token)


@contextlib.contextmanager
def spent_on(stage: Stage) -> Iterator[None]:
    """Count the block's seconds to ``stage``, but for those of stages within it."""
    spent = _current.get(None)
    if spent is None:
        yield
        return
    began = time.perf_counter()
    spent._open.append(0.0)
    try:
        yield
    finally:
        took, within = time.perf_counter() - began, spent._open.pop()
        if spent._open:
            spent._open[-1] += took
        spent.seconds[stage] = spent.seconds.get(stage, 0.0) + took - within
        spent.times[stage] = spent.times.get(stage, 0) + 1


@contextlib.asynccontextmanager
async def waited(turn: AbstractAsyncContextManager[object]) -> AsyncIterator[None]:
    """Enter ``turn``; the time until that is done counts as waiting."""
    async with contextlib.AsyncExitStack() as stack:
        with spent_on("waiting"):
            await stack.enter_async_context(turn)
        yield
