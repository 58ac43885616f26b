"""Temporary folders go with their grader, or with the next one."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from grader.execution import guard
from grader.execution.guard import refuse_full_disk
from grader.scratch import Scratch, remove_abandoned, remove_unfinished

KILLED = """
import os, signal
from grader.scratch import Scratch
(Scratch().path / "rest").write_text("of a run")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_folder_is_there_as_long_as_it_is_needed(room: Path) -> None:
    with Scratch() as folder:
        (folder / "file").write_text("something")
        assert folder.parent == room
    assert not list(room.iterdir())


def test_what_a_killed_grader_left_the_next_one_removes(room: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED], env={**os.environ, "TMPDIR": str(room)})
    assert list(room.glob("*/rest"))
    remove_abandoned()
    assert not list(room.iterdir())


def test_what_another_grader_works_in_and_what_is_none_of_ours_stays(room: Path) -> None:
    (room / "grade-mine").mkdir()
    (room / "grade-mine/marks.txt").write_text("kept")
    with Scratch() as folder:
        remove_abandoned()
        assert folder.is_dir()
    assert [path.name for path in room.iterdir()] == ["grade-mine"]


def test_what_was_never_finished_goes_from_the_cache_after_a_day(room: Path) -> None:
    names = (
        "evidence/ab/.new-1",
        "findings/ef/.g.json.4.part",
        "trainings/cd/.draft-2",
        "data/datasets/.making-3",
    )
    for folder in (*names, *(f"{name}now" for name in names), "evidence/ab/abcd"):
        (room / folder).mkdir(parents=True)
    for name in (*names, "evidence/ab/abcd"):
        os.utime(room / name, (time.time() - 90_000,) * 2)
    remove_unfinished(room)
    left = {str(path.relative_to(room)) for path in room.glob("*/*/*")} | {
        str(path.relative_to(room)) for path in room.glob("*/*/.*")
    }
    assert left == {*(f"{name}now" for name in names), "evidence/ab/abcd"}


def test_a_full_disk_is_told_before_marks_are_made_of_half_a_journal(
    room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_full_disk(room)
    monkeypatch.setattr(guard, "_ROOM", 1 << 60)
    with pytest.raises(OSError, match="No space left on device"):
        refuse_full_disk(room / "..")
