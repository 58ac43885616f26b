"""What a notebook takes in all, beyond what each of its processes may have."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from grader.execution import guard

MIB = 1 << 20
FILLING = "import time; kept = b'x' * (80 << 20); print(flush=True); time.sleep(60)"


def found(pid: int, scratch: Path, memory: int = 1000 * MIB) -> str:
    """What is found within a second and a half; nothing else ends the looking."""

    async def look() -> str:
        try:
            return await asyncio.wait_for(guard.breach(pid, memory, scratch), 1.5)
        except TimeoutError:
            return ""

    return asyncio.run(look())


@pytest.fixture
def kernel() -> Iterator[int]:
    """A process that started two others, each of which fills 80 MiB, as a kernel's keeper does."""
    starting = f"import subprocess, sys; c = [sys.executable, '-c', {FILLING!r}]; ps = [subprocess.Popen(c) for _ in c[:2]]; ps[0].wait()"
    with subprocess.Popen([sys.executable, "-c", starting], stdout=subprocess.PIPE) as keeper:
        assert keeper.stdout is not None
        for _ in range(2):
            keeper.stdout.readline()
        children = psutil.Process(keeper.pid).children()
        try:
            yield children[0].pid
        finally:
            for process in (*children, keeper):
                process.kill()


def test_within_its_limits_it_is_left_alone(kernel: int, tmp_path: Path) -> None:
    (tmp_path / "io").mkdir()
    (tmp_path / "events.jsonl").write_bytes(bytes(MIB))
    assert found(kernel, tmp_path) == ""


def test_memory_is_all_its_processes_together(
    kernel: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "_LIBRARIES", 0)
    assert found(kernel, tmp_path, 250 * MIB) == ""
    assert found(kernel, tmp_path, 130 * MIB) == "its processes together took more than 130 MiB"


def test_processes_are_counted(kernel: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "PROCESSES", 1)
    assert found(kernel, tmp_path) == "it had more than 1 processes"


def test_so_is_what_it_writes_past_its_own_file_system(
    kernel: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "_DISK", MIB)
    (tmp_path / "io").mkdir()
    (tmp_path / "io" / "filled").write_bytes(b"x" * 2 * MIB)
    assert found(kernel, tmp_path) == "it wrote more than 1 MiB past its own file system"


def test_a_notebook_that_has_ended_takes_nothing(tmp_path: Path) -> None:
    with subprocess.Popen(["true"]) as ended:
        ended.wait()
    began = time.monotonic()
    assert found(ended.pid, tmp_path) == ""
    assert time.monotonic() - began < 5
