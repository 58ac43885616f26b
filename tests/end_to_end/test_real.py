"""Real notebooks with real photographs, where somebody has them; the repository holds neither."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from desk import WORKSHEET5, Desk

FRUITS, NOTEBOOKS = (os.environ.get(f"GRADER_TEST_{name}") for name in ("FRUITS", "NOTEBOOKS"))


@pytest.mark.real
@pytest.mark.timeout(3600)
@pytest.mark.skipif(
    not (FRUITS and NOTEBOOKS), reason="GRADER_TEST_FRUITS and GRADER_TEST_NOTEBOOKS are not set"
)
def test_every_real_notebook_ends_as_a_grade_or_not_gradable(desk: Desk) -> None:
    assert FRUITS and NOTEBOOKS
    data = desk.folder / "photographs"
    desk.environment["GRADER_DATA"] = str(data)
    added = desk.run("data", "add", "fruits", Path(FRUITS).absolute())
    assert added.code == 0, added.err
    told = desk.grade(Path(NOTEBOOKS).absolute(), "--rubric", WORKSHEET5, seconds=3600)
    assert told.code == 0
    assert told.err == ""
    assert set(told.statuses.values()) <= {"graded", "needs_review", "not_gradable"}
