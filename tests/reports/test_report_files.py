"""One batch at a time on one folder of results."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.errors import CannotWriteError
from grader.reports.files import alone_in


def test_a_second_batch_is_told_to_wait_and_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "results/hello"
    with alone_in(folder):
        (folder / "grades.json").write_text("the first one's")
        with (
            pytest.raises(CannotWriteError, match="another grade is at work on these results"),
            alone_in(folder),
        ):
            pass
    assert (folder / "grades.json").read_text() == "the first one's"
    with alone_in(folder):
        pass


def test_a_batch_without_results_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), alone_in(tmp_path / "results/hello"):
        raise KeyboardInterrupt
    assert not (tmp_path / "results").exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWriteError, match="Not a directory"), alone_in(tmp_path / "file/results"):
        pass
