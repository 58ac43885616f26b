"""Kernels that somebody else kills: no cell is blamed for it that is not killed for it twice."""

from __future__ import annotations

from collections.abc import Callable

import psutil
import pytest

from grader.execution import guard
from grader.execution.ladder import KernelWasKilled

CELLS = ("kept = 20", "import time; time.sleep(0.3); print('on')", "time.sleep(0.3); print(kept + 1)")


def killer(kernels, *stages: str) -> Callable[[str], None]:
    """On each of these stages in turn, the kernel that runs then is killed."""
    coming = list(stages)

    def on_stage(stage: str) -> None:
        if coming and stage == coming[0]:
            del coming[0]
            for child in psutil.Process(kernels.zygote._process.pid).children(recursive=True):
                if not child.children():
                    child.kill()

    return on_stage


def test_a_kernel_that_was_killed_once_changes_nothing(kernels):
    evidence = kernels.climb(*CELLS, on_stage=killer(kernels, "cell 2 of 3")).evidence
    assert [cell.status for cell in evidence.cells] == ["ok"] * 3
    assert [cell.text for cell in evidence.cells] == ["", "on\n", "21\n"]
    assert evidence.problems == ()


def test_a_cell_in_which_kernels_are_killed_again_is_left_out_and_the_reason_told(kernels):
    evidence = kernels.climb(*CELLS, on_stage=killer(kernels, "cell 2 of 3", "cell 2 of 3")).evidence
    assert [cell.status for cell in evidence.cells][:2] == ["ok", "killed"]
    assert evidence.problems == (
        "cell 2 was ended: its kernel was killed from outside, twice: it may have taken more memory than the "
        "machine has",
    )


def test_kernels_killed_in_different_cells_are_no_fault_of_the_notebook(kernels):
    with pytest.raises(KernelWasKilled, match="different cells"):
        kernels.climb(*CELLS, on_stage=killer(kernels, "cell 2 of 3", "cell 3 of 3"))


def test_a_run_on_a_full_disk_is_no_run(kernels, monkeypatch):
    monkeypatch.setattr(guard, "_ROOM", 1 << 60)
    with pytest.raises(OSError, match="No space left"):
        kernels.climb("1")
