"""Grading one submission by itself, for what runs on every push."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from grader.executors.local import Batch, Graded, Watcher
from grader.executors.settings import Settings
from grader.scratch import Scratch, remove_abandoned
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
    root = folder.absolute()
    with away(settings) as (scratch, settings):
        copy = scratch / "work"
        copy.mkdir()
        rubric = settings.rubric.path
        submission = repository_submission(
            root, copy, name, notebook=notebook, rubric=rubric, trust_git=trust_git
        )
        return asyncio.run(Batch(copy, settings).run([submission], watch))


@contextlib.contextmanager
def away(settings: Settings) -> Iterator[tuple[Path, Settings]]:
    """A scratch folder to work in, and the settings as they are meant from where one was.

    Python imports from the current folder first, in the processes that start kernels and that train: a
    student's keras.py would run there, outside the sandbox.
    """
    settings = replace(settings, cache=settings.cache.absolute())
    if data := os.environ.get("GRADER_DATA"):
        os.environ["GRADER_DATA"] = str(Path(data).expanduser().absolute())
    remove_abandoned()
    with Scratch() as folder, contextlib.chdir(folder):
        yield folder.resolve(), settings
