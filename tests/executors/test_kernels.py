"""A kernel that cannot be had is asked for once more; one that never comes is told at once."""

from __future__ import annotations

import asyncio
from typing import Any

import nbformat
import pytest

from grader.evidence.evidence import Cell, CellError, Evidence
from grader.execution.ladder import Executed
from grader.execution.process import KernelDidNotStart, ZygoteDidNotStart
from grader.executors import kernels as room
from grader.executors.kernels import Kernels

FINE = Evidence(notebook="n.ipynb", cells=(Cell(index=0, type="code", source="1", status="ok"),))
"""What a notebook without faults leaves behind."""


def failing(message: str, cells: int = 1) -> Evidence:
    error = CellError(name="ValueError", message=message, traceback="File keras/src/layers.py")
    failed = (Cell(index=i, type="code", source="1", status="failed", error=error) for i in range(cells))
    return Evidence(notebook="n.ipynb", cells=tuple(failed))


class Zygote:
    """Stands for the process; notes what is started and ended."""

    log: list[str]
    starts = True
    killed = 0
    """How many are killed while they start."""

    def __init__(self, *, legacy: bool = False) -> None:
        kind = "Keras 2 zygote" if legacy else "zygote"
        self.socket = f"{kind} {sum(line.startswith('start') for line in self.log) + 1}"

    async def __aenter__(self) -> Zygote:
        self.log.append(f"start {self.socket}")
        if not self.starts:
            raise ZygoteDidNotStart("no TensorFlow")
        if sum(line.startswith("start") for line in self.log) <= self.killed:
            refusal = ZygoteDidNotStart("signal 9 ended the zygote")
            refusal.was_killed = True
            raise refusal
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

    async def execute(job: Any, socket: str, on_stage: object, on_run: object) -> object:
        end = next(coming)
        if isinstance(end, Exception):
            raise end
        assert isinstance(end, Evidence)
        return Executed(end.model_copy(update={"sandbox": socket}), nbformat.v4.new_notebook())

    monkeypatch.setattr(room, "execute", execute)


def run(jobs: int) -> list[Any]:
    async def all_jobs() -> list[Any]:
        kernels = Kernels()
        try:
            ends = [
                (await asyncio.gather(kernels.execute(None, print), return_exceptions=True))[0]  # type: ignore[arg-type]
                for _ in range(jobs)
            ]
            return [end.evidence if isinstance(end, Executed) else end for end in ends]
        finally:
            await kernels.close()

    return asyncio.run(all_jobs())


def test_one_zygote_serves_all_and_ends_last(monkeypatch: pytest.MonkeyPatch, log: list[str]) -> None:
    executes(monkeypatch, FINE, FINE)
    assert [end.sandbox for end in run(2)] == ["zygote 1", "zygote 1"]
    assert log == ["start zygote 1", "end zygote 1"]


@pytest.mark.parametrize("fault", [KernelDidNotStart("gone"), ConnectionResetError("gone")])
def test_a_kernel_that_cannot_be_had_is_asked_for_again(
    monkeypatch: pytest.MonkeyPatch, log: list[str], fault: Exception
) -> None:
    executes(monkeypatch, FINE, fault, FINE, FINE)
    assert [end.sandbox for end in run(3)] == ["zygote 1", "zygote 2", "zygote 2"]
    assert log == ["start zygote 1", "start zygote 2", "end zygote 1", "end zygote 2"]


def test_twice_is_enough(monkeypatch: pytest.MonkeyPatch, log: list[str]) -> None:
    executes(monkeypatch, KernelDidNotStart("gone"), KernelDidNotStart("gone again"), FINE)
    first, second = run(2)
    assert str(first) == "gone again"
    assert second.sandbox == "zygote 2"


def test_without_a_zygote_nobody_waits_for_another(monkeypatch: pytest.MonkeyPatch, log: list[str]) -> None:
    monkeypatch.setattr(Zygote, "starts", False)
    assert [str(end) for end in run(3)] == ["no TensorFlow"] * 3
    assert log == ["start zygote 1", "end zygote 1"]


def test_a_zygote_that_is_killed_while_it_starts_is_replaced_once(
    monkeypatch: pytest.MonkeyPatch, log: list[str]
) -> None:
    executes(monkeypatch, FINE)
    monkeypatch.setattr(Zygote, "killed", 1)
    assert run(1)[0].sandbox == "zygote 2"


def test_two_zygotes_that_are_killed_while_they_start_are_enough(
    monkeypatch: pytest.MonkeyPatch, log: list[str]
) -> None:
    monkeypatch.setattr(Zygote, "killed", 3)
    assert [str(end) for end in run(2)] == ["signal 9 ended the zygote"] * 2
    assert sum(line.startswith("start") for line in log) == 2


OLD = "cannot import name 'np_utils' from 'keras.utils'"


def test_what_fails_as_old_code_does_is_run_on_keras_2_and_counts_if_less_fails_there(
    monkeypatch: pytest.MonkeyPatch, log: list[str]
) -> None:
    executes(monkeypatch, failing(OLD, 2), failing("something else"))
    (ran,) = run(1)
    assert ran.legacy
    assert ran.sandbox == "Keras 2 zygote 2"
    assert len(ran.cells) == 1


def test_as_many_failures_on_keras_2_leave_the_run_on_keras_3(
    monkeypatch: pytest.MonkeyPatch, log: list[str]
) -> None:
    executes(monkeypatch, failing(OLD), failing("something else"))
    (ran,) = run(1)
    assert not ran.legacy
    assert ran.sandbox == "zygote 1"


def test_other_failures_start_no_second_zygote(monkeypatch: pytest.MonkeyPatch, log: list[str]) -> None:
    executes(monkeypatch, failing("name 'x' is not defined"))
    run(1)
    assert log == ["start zygote 1", "end zygote 1"]


def test_without_a_kernel_for_keras_2_the_run_on_keras_3_counts(
    monkeypatch: pytest.MonkeyPatch, log: list[str]
) -> None:
    gone = KernelDidNotStart("gone")
    executes(monkeypatch, failing(OLD), gone, gone)
    (ran,) = run(1)
    assert not ran.legacy
