"""Grading one submission by itself, for what runs on every push."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from dataclasses import replace
from pathlib import Path

from grader.executors.local import Batch, Graded, Settings, Watcher
from grader.submissions.repository import repository_submission


def grade_repository(
    folder: Path,
    name: str,
    settings: Settings,
    watch: Watcher,
    *,
    notebook: Path | None = None,
    trust_git: bool = False,
) -> Graded:
    """The grade of the work in ``folder``: always one, with its reason where there is no mark.

    Raises ``UserError`` for data that cannot be served.
    """
    with tempfile.TemporaryDirectory(prefix="grade-") as scratch:
        copy = Path(scratch).resolve() / "work"
        copy.mkdir()
        rubric = settings.rubric.path
        submission = repository_submission(
            folder, copy, name, notebook=notebook, rubric=rubric, trust_git=trust_git
        )
        settings = replace(settings, cache=settings.cache.absolute())
        if data := os.environ.get("GRADER_DATA"):
            os.environ["GRADER_DATA"] = str(Path(data).expanduser().absolute())
        # Python imports from the current folder first, in the processes that start kernels and that train: a
        # student's keras.py would run there, outside the sandbox.
        with contextlib.chdir(scratch):
            return asyncio.run(Batch(copy, settings).run([submission], watch))
