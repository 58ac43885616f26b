"""A limit counts a kernel's own seconds: neighbours on a busy machine cost nobody a cell."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from grader.execution.patience import MOST, queued, wait_patiently

WORKS = "import time\nwhile time.process_time() < 1.2: pass\nprint(flush=True)\ntime.sleep(60)"
SPINS = "while True: pass"


@pytest.fixture
def neighbours() -> Iterator[int]:
    """A processor that two others keep busy."""
    processor = min(os.sched_getaffinity(0))
    busy = [start(SPINS, processor) for _ in range(2)]
    yield processor
    for process in busy:
        process.kill()
        process.wait()


def start(code: str, processor: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        preexec_fn=lambda: os.sched_setaffinity(0, {processor}),
    )


def watch(process: subprocess.Popen[bytes], limit: float) -> tuple[bool, float]:
    """Whether the process said in time that it is done, and the seconds that it had."""

    async def waited() -> tuple[bool, float]:
        assert process.stdout is not None
        end = asyncio.ensure_future(asyncio.to_thread(process.stdout.readline))
        had = await wait_patiently({end}, limit, process.pid)
        ended = end.done()
        process.kill()
        await end
        return ended, had

    return asyncio.run(waited())


def test_waiting_for_a_busy_processor_is_not_counted(neighbours: int) -> None:
    if not queued(os.getpid()):
        pytest.skip("this kernel does not count how long threads wait for a processor")
    began = time.perf_counter()
    ended, had = watch(start(WORKS, neighbours), limit=2.0)
    assert ended
    assert had < 2.2
    assert time.perf_counter() - began > 2.4, "three on one processor take longer than the limit"


def test_sleeping_is_counted() -> None:
    sleeper = start("import time; time.sleep(60)", min(os.sched_getaffinity(0)))
    began = time.perf_counter()
    ended, _ = watch(sleeper, limit=0.5)
    assert not ended
    assert time.perf_counter() - began < 0.5 * MOST


def test_patience_has_an_end(neighbours: int) -> None:
    began = time.perf_counter()
    ended, _ = watch(start(SPINS, neighbours), limit=0.5)
    assert not ended
    assert time.perf_counter() - began < 0.5 * MOST + 1


def test_a_process_that_is_gone_has_not_waited() -> None:
    assert queued(None) == 0
    assert queued(2**22 + 1) == 0
