"""A cell's limit in seconds of its own: time spent waiting for a busy processor is not counted."""

from __future__ import annotations

import asyncio
import contextlib
import time
from pathlib import Path
from typing import Any

MOST = 4
"""A limit is stretched at most to so many times its seconds."""
_NEARLY = 0.05


async def wait_patiently(tasks: set[asyncio.Future[Any]], limit: float, pid: int | None) -> float:
    """Wait until one of ``tasks`` is done or process ``pid`` has had ``limit`` seconds; return those."""
    began, before = time.perf_counter(), queued(pid)
    had = 0.0
    while (left := min(limit - had, MOST * limit - (time.perf_counter() - began))) > _NEARLY:
        done, _ = await asyncio.wait(tasks, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        elapsed = time.perf_counter() - began
        had = max(elapsed / MOST, elapsed - max(0.0, queued(pid) - before))
        if done:
            break
    return had


def queued(pid: int | None) -> float:
    """Seconds in which threads of a process could have run and did not; 0 where that is not counted.

    The second figure of ``/proc/PID/task/*/schedstat`` (Linux, Documentation/scheduler/sched-stats.rst). Of
    several threads each one's waiting is counted, which :data:`MOST` bounds.
    """
    total = 0
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError, ValueError, IndexError):
                total += int((thread / "schedstat").read_text().split()[1])
    return total / 1e9
