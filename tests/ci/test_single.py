"""A student's folder is graded from elsewhere: nothing that lies in it is imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from grader.datasets.provision import data_folder
from grader.executors import single
from grader.executors.local import Graded, Nobody
from grader.executors.settings import Settings
from grader.rubric.load import load_rubric, shipped_rubrics
from grader.submissions.find import Submission


def test_a_students_modules_are_not_imported_by_what_grading_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRADER_DATA", "course/data")
    Path("w5.ipynb").write_text("{}")
    Path("keras.py").write_text("")
    seen: dict[str, Any] = {}

    class Batch:
        def __init__(self, path: Path, settings: Settings) -> None:
            seen["path"], seen["cache"] = path, settings.cache

        async def run(self, submissions: list[Submission], watch: object) -> Graded:
            (seen["submission"],) = submissions
            # As the zygote is started, and as multiprocessing spawns a worker.
            for way in (["-m", "site"], ["-c", "import sys; print(sys.path)"]):
                done = subprocess.run([sys.executable, *way], capture_output=True, text=True)
                assert str(tmp_path) not in done.stdout
            assert not Path("keras.py").exists()
            assert data_folder() == tmp_path / "course" / "data"
            return Graded(grades=None, executed={})  # type: ignore[arg-type]

    monkeypatch.setattr(single, "Batch", Batch)
    settings = Settings(load_rubric(shipped_rubrics() / "worksheet5.yaml"), cache=Path("cache"))
    single.grade_repository(Path(), "anna", settings, Nobody())
    assert Path.cwd() == tmp_path and seen["cache"] == tmp_path / "cache"
    assert [path.relative_to(seen["path"]) for path in seen["submission"].notebooks] == [Path("w5.ipynb")]
