"""Grading one submission by itself, for what runs on every push."""

from __future__ import annotations

import asyncio
import tempfile
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
        return asyncio.run(Batch(copy, settings).run([submission], watch))
