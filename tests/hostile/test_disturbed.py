"""Batches that are disturbed and resumed come to the end of an undisturbed one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile.faults import disturb


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_disturbed_batches_end_as_if_nothing_had_happened(tmp_path: Path) -> None:
    done = disturb(2, 1, tmp_path, lambda run: None)
    assert {run.fault: run.harm for run in done if run.harm} == {}
    assert len(done) == 2
