"""A student's own check before handing in: one notebook, again and again, with the kernels kept warm.

It grades with the students' copy of the rubric and in the way that a class is graded, so that what is met
here is met there. Only the code is executed, and only when it changed: of what is written between the cells a
run knows nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Protocol

from nbformat import NotebookNode

from grader.errors import UserError
from grader.evidence.evidence import Evidence
from grader.execution.job import Job
from grader.execution.ladder import Executed
from grader.execution.process import ZygoteDidNotStart
from grader.executors.code_cells import among_texts, code_alone, code_bytes, with_outputs
from grader.executors.kernels import Kernels
from grader.executors.local import Batch, Watcher
from grader.executors.settings import Settings
from grader.executors.single import away
from grader.grading.choose import Chosen
from grader.grading.grade import ClassGrades, SubmissionGrade
from grader.grading.mark import mark
from grader.grading.points import questions_of
from grader.grading.prepare import prepare
from grader.rubric.student_copy import student_copy
from grader.scratch import Scratch
from grader.submissions.find import Submission, find_submissions
from grader.submissions.repository import repository_submission

_PAUSE = 0.5
"""Seconds at least between two looks at a run that is not at its end: they take time from it."""
_DEBOUNCE = 300
"""Milliseconds in which several writes are one save."""


class Watching(Watcher, Protocol):
    """Whoever wants to see a notebook being checked."""

    def met(self, checks: frozenset[str]) -> None:
        """The checks that are met by what has run until now; a later cell can still undo one."""


@dataclass(frozen=True)
class Checked:
    """The grade by the students' copy, and the notebook with the outputs of its run."""

    grades: ClassGrades
    notebook: NotebookNode | None
    seconds: float
    warnings: tuple[str, ...] = ()

    @property
    def grade(self) -> SubmissionGrade:
        """The one there is."""
        (grade,) = self.grades.submissions
        return grade


class SelfCheck:
    """Checks one notebook; an asynchronous context manager, on leaving which the kernels end.

    Example::

        async with SelfCheck(Path("worksheet5.ipynb"), settings) as check:
            first = await check.run(watcher)
            ...  # the student edits
            second = await check.run(watcher)
    """

    def __init__(self, path: Path, settings: Settings) -> None:
        """``path`` is a notebook, or a folder or zip with one student's work.

        Raises ``UserError`` for a rubric of which students have no copy.
        """
        self.path = path.absolute()
        self.copy = student_copy(settings.rubric)
        self.settings = replace(settings, rubric=self.copy, jobs=1)
        self._stack = contextlib.ExitStack()
        self._batch: _OneNotebook | None = None

    async def __aenter__(self) -> SelfCheck:
        """Let TensorFlow be loaded while the notebook is read."""
        self.settings = self._stack.enter_context(away(self.settings))[1]
        self._kernels = Kernels()
        self._starting = asyncio.create_task(self._start())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End what was started."""
        self._starting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._starting
        await (self._batch or self._kernels).close()
        self._stack.close()

    async def ready(self) -> None:
        """Wait for what is made ready once: the data, and kernels that are a fork away.

        :meth:`run` does so by itself, for kernels only where there is code to run.
        """
        await self._served()
        await asyncio.shield(self._starting)

    async def run(self, watch: Watching) -> Checked:
        """Check the notebook as it is now.

        Raises ``UserError`` when there is not one notebook to check, and for data that cannot be served.
        """
        began = time.monotonic()
        with Scratch() as unpacked:
            submission = self._submission(unpacked)
            watch.started(submission.name)
            batch = await self._served()
            grade = await batch.checked(submission, watch)
        result = batch.result([grade])
        executed, shown = result.executed.get(grade.submission), batch.shown
        return Checked(
            grades=result.grades,
            notebook=with_outputs(shown, executed) if shown is not None and executed is not None else shown,
            seconds=time.monotonic() - began,
            warnings=result.warnings,
        )

    async def _served(self) -> _OneNotebook:
        """The data, which is made ready once, and with it all that checking needs."""
        if self._batch is None:
            self._batch = await asyncio.to_thread(_batch_of, self.path.parent, self.settings)
            self._batch.kernels = self._kernels
            self._batch.trainings = self._stack.enter_context(self._batch.short_trainings())
        return self._batch

    def _submission(self, scratch: Path) -> Submission:
        if self.path.is_dir():
            return repository_submission(self.path, scratch, self.path.name, rubric=self.copy.path)
        found = find_submissions(self.path, scratch)
        if len(found) != 1:
            raise UserError(f"{self.path} holds {len(found)} submissions: name one notebook")
        return found[0]

    async def _start(self) -> None:
        with contextlib.suppress(ZygoteDidNotStart):
            await self._kernels.warm_up()


class _OneNotebook(Batch):
    """A class of one, of whose notebooks only the code counts as changed or the same."""

    shown: NotebookNode | None = None
    """The notebook that the verdicts are about, perhaps mended."""
    _looking: asyncio.Task[None] | None = None

    async def checked(self, submission: Submission, watch: Watching) -> SubmissionGrade:
        """The grade, and meanwhile to ``watch`` what is met already."""
        self.shown, self._watch, self._next_look = None, watch, time.monotonic() + _PAUSE
        try:
            return (await self._graded(submission, watch))[0]
        finally:
            if self._looking is not None:
                self._looking.cancel()
                self._looking = None

    async def job(self, submission: Submission, chosen: Chosen, notebook: NotebookNode) -> Job:
        job = await super().job(submission, chosen, notebook)
        # No other notebook waits for the processor, but a person does.
        return replace(job, threads=len(os.sched_getaffinity(0)), patient=False)

    async def key(self, submission: Submission, job: Job, raw: bytes) -> str:
        self.shown, code = job.notebook, code_alone(job.notebook)
        return await super().key(submission, replace(job, notebook=code), code_bytes(code))

    async def evidence(
        self, submission: Submission, job: Job, raw: bytes, watch: Watcher
    ) -> tuple[Evidence, bool]:
        self._whole = job.notebook
        code = code_alone(job.notebook)
        found, stored = await super().evidence(
            submission, replace(job, notebook=code), code_bytes(code), watch
        )
        return among_texts(found, job.notebook), stored

    async def execute(self, submission: Submission, job: Job, watch: Watcher) -> Executed:
        whole = self._whole

        def on_run(so_far: Callable[[], Evidence]) -> None:
            now = time.monotonic()
            if now > self._next_look and (self._looking is None or self._looking.done()):
                self._looking = asyncio.create_task(self._look(among_texts(so_far(), whole), whole))

        watch.stage(submission.name, "loading TensorFlow")
        await self.kernels.warm_up()
        return await self.kernels.execute(job, lambda stage: watch.stage(submission.name, stage), on_run)

    async def _look(self, evidence: Evidence, notebook: NotebookNode) -> None:
        """Tell what is met by a run that is not at its end. The grade is made of all of it, later."""
        began = time.monotonic()
        with contextlib.suppress(Exception):  # what cannot be told yet is told at the end
            self._watch.met(await self._aside(self._met, evidence, notebook))
        now = time.monotonic()
        self._next_look = now + max(_PAUSE, 2 * (now - began))

    def _met(self, evidence: Evidence, notebook: NotebookNode) -> frozenset[str]:
        work = prepare(evidence, notebook, self.rubric, self.facts, self.indexes)
        questions = questions_of(self.rubric, mark(self.rubric, work, None))
        return frozenset(
            check.id for question in questions for check in question.checks if check.status == "passed"
        )


def _batch_of(base: Path, settings: Settings) -> _OneNotebook:
    import scipy.optimize  # noqa: F401  # marking needs it, and nobody waits for that yet

    return _OneNotebook(base, settings)


async def saves(path: Path) -> AsyncIterator[None]:
    """Come round at once, and then whenever a notebook, or anything below a folder, was saved and changed.

    What is saved while the caller is busy counts.
    """
    from watchfiles import Change, DefaultFilter, awatch

    path = path.resolve()
    ours = DefaultFilter(ignore_dirs=(*DefaultFilter.ignore_dirs, ".ipynb_checkpoints"))

    def is_saved(change: Change, changed: str) -> bool:
        there = Path(changed)
        is_it = there == path or (path in there.parents and ours(change, changed))
        return is_it and change != Change.deleted

    # An editor may put a new file in the place of the old one, so that the folder has to be watched.
    folder = path if path.is_dir() else path.parent
    noticed = awatch(folder, watch_filter=is_saved, recursive=path.is_dir(), debounce=_DEBOUNCE)
    coming = asyncio.ensure_future(anext(noticed))
    try:
        await asyncio.sleep(0)  # with its first step the watch is on
        before = _content(path)
        yield
        while True:
            await coming
            coming = asyncio.ensure_future(anext(noticed))
            if path.is_dir() or (now := _content(path)) != before:
                before = None if path.is_dir() else now
                yield
    finally:
        coming.cancel()


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
