"""A kernel that cannot be had is asked for once more; one that never comes is told at once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from grader.execution.process import ZygoteDidNotStart
from grader.execution.provisioner import KernelDidNotStart
from grader.executors import kernels as room
from grader.executors.kernels import Kernels


class Zygote:
    """Stands for the process; notes what is started and ended."""

    log: list[str]
    starts = True

    def __init__(self) -> None:
        self.socket = f"zygote {sum(line.startswith('start') for line in self.log) + 1}"

    async def __aenter__(self) -> Zygote:
        self.log.append(f"start {self.socket}")
        if not self.starts:
            raise ZygoteDidNotStart("no TensorFlow")
        return self

    async def __aexit__(self, *fault: object) -> None:
        self.log.append(f"end {self.socket}")


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(room, "Zygote", Zygote)
    monkeypatch.setattr(Zygote, "log", [], raising=False)
    return Zygote.log


def executes(monkeypatch: pytest.MonkeyPatch, *ends: object) -> None:
    """Let executions end like this, one after another."""
    coming = iter(ends)

    async def execute(job: Any, socket: str, on_stage: object) -> object:
        end = next(coming)
        if isinstance(end, Exception):
            raise end
        return end, socket

    monkeypatch.setattr(room, "execute", execute)


def run(jobs: int) -> list[Any]:
    async def all_jobs() -> list[Any]:
        kernels = Kernels()
        try:
            return [
                (await asyncio.gather(kernels.execute(None, print), return_exceptions=True))[0]  # type: ignore[arg-type]
                for _ in range(jobs)
            ]
        finally:
            await kernels.close()

    return asyncio.run(all_jobs())


def test_one_zygote_serves_all_and_ends_last(monkeypatch: pytest.MonkeyPatch, log: list[str]) -> None:
    executes(monkeypatch, "a", "b")
    assert run(2) == [("a", "zygote 1"), ("b", "zygote 1")]
    assert log == ["start zygote 1", "end zygote 1"]


@pytest.mark.parametrize("fault", [KernelDidNotStart("gone"), ConnectionResetError("gone")])
def test_a_kernel_that_cannot_be_had_is_asked_for_again(
    monkeypatch: pytest.MonkeyPatch, log: list[str], fault: Exception
) -> None:
    executes(monkeypatch, "a", fault, "b", "c")
    assert run(3) == [("a", "zygote 1"), ("b", "zygote 2"), ("c", "zygote 2")]
    assert log == ["start zygote 1", "start zygote 2", "end zygote 1", "end zygote 2"]


def test_twice_is_enough(monkeypatch: pytest.MonkeyPatch, log: list[str]) -> None:
    executes(monkeypatch, KernelDidNotStart("gone"), KernelDidNotStart("gone again"), "b")
    first, second = run(2)
    assert str(first) == "gone again"
    assert second == ("b", "zygote 2")


def test_without_a_zygote_nobody_waits_for_another(monkeypatch: pytest.MonkeyPatch, log: list[str]) -> None:
    monkeypatch.setattr(Zygote, "starts", False)
    assert [str(end) for end in run(3)] == ["no TensorFlow"] * 3
    assert log == ["start zygote 1", "end zygote 1"]
