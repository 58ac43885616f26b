"""Grading a class on this machine: notebooks executed and networks trained side by side, each kept once done."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from nbformat import NotebookNode

from grader import __version__
from grader.checks.work import Work
from grader.datasets.arrays import ARRAY_SETS, serve_array
from grader.errors import UserError
from grader.evidence.evidence import Evidence, Rung
from grader.evidence.settings import RecorderSettings
from grader.evidence.store import EvidenceStore, ExecutedNotebooks, evidence_key
from grader.execution.ladder import Executed, Job, execute
from grader.execution.limits import Limits
from grader.execution.process import Zygote, ZygoteDidNotStart
from grader.execution.provisioner import KernelDidNotStart
from grader.execution.sandbox import namespaces_work
from grader.executors.data import ClassData, prepare_data
from grader.grading.assemble import Provenance, assemble, not_gradable
from grader.grading.choose import Chosen, choose_notebook
from grader.grading.grade import ClassGrades, SubmissionGrade
from grader.grading.mark import mark
from grader.grading.prepare import as_written, prepare
from grader.grading.recipes import recipe_of
from grader.rubric.schema import Rubric
from grader.submissions.find import Submission, find_submissions
from grader.training.calibration import (
    CalibrationEntry,
    Judgement,
    calibration_path,
    find_entry,
    judge,
    read_calibration,
)
from grader.training.configuration import CannotTrain
from grader.training.result import TrainingResult
from grader.training.workers import Trainers


class Watcher(Protocol):
    """Whoever wants to see the class being graded."""

    def started(self, name: str) -> None:
        """Work on a submission begins."""

    def stage(self, name: str, text: str) -> None:
        """What is being done about it."""

    def finished(self, grade: SubmissionGrade) -> None:
        """It has a grade or a status."""


@dataclass(frozen=True)
class Settings:
    """How a class is graded."""

    rubric: Rubric
    cache: Path
    jobs: int = 1
    limits: Limits = field(default_factory=Limits)
    sandbox: bool = True
    recorder: RecorderSettings = field(default_factory=RecorderSettings)


@dataclass(frozen=True)
class Graded:
    """The grades, and each submission's notebook with the outputs of its run (read when asked for)."""

    grades: ClassGrades
    executed: Mapping[str, NotebookNode | None]


def sandbox_available() -> bool:
    """Whether notebooks can be given private roots on this machine."""
    return namespaces_work()


def grade_submissions(
    path: Path, settings: Settings, watch: Callable[[int], AbstractContextManager[Watcher]]
) -> Graded:
    """Grade everything below ``path``.

    ``watch`` is told the number of submissions and gives the watcher. Raises ``UserError`` for what the teacher can
    mend: nothing to grade, data that cannot be served. What goes wrong with one submission is in its grade.
    """
    with tempfile.TemporaryDirectory(prefix="grade-") as unpacked:
        submissions = find_submissions(path, Path(unpacked))
        with watch(len(submissions)) as watcher:
            return asyncio.run(_Batch(path, settings).run(submissions, watcher))


async def work_of(notebook: Path, settings: Settings) -> tuple[Work, dict[str, ClassData]]:
    """One notebook executed and prepared for checking, without marks; raises ``UserError`` if it cannot be."""
    batch = _Batch(notebook.parent, settings)
    submission = Submission(notebook.stem, (notebook,))
    chosen = choose_notebook(submission, settings.rubric, notebook.parent)
    if chosen.notebook is None:
        raise UserError(f"{notebook}: {chosen.problem}")
    try:
        evidence, _ = await batch.evidence(submission, chosen, chosen.notebook, _Nobody())
    except (KernelDidNotStart, ZygoteDidNotStart) as fault:
        raise UserError(f"{notebook}: no kernel could be started: {fault}") from fault
    finally:
        await batch.close()
    return prepare(evidence, chosen.notebook, settings.rubric, batch.facts, batch.indexes), batch.data


class _Nobody:
    """A watcher that looks away."""

    def started(self, name: str) -> None:
        pass

    def stage(self, name: str, text: str) -> None:
        pass

    def finished(self, grade: SubmissionGrade) -> None:
        pass


class _Batch:
    """One class at work."""

    def __init__(self, path: Path, settings: Settings) -> None:
        self.path, self.settings, self.rubric = path, settings, settings.rubric
        self.data: dict[str, ClassData] = prepare_data(settings.rubric, settings.cache / "data")
        self.indexes = {name: data.index for name, data in self.data.items()}
        self.facts = {name: data.facts for name, data in self.data.items()}
        self.store = EvidenceStore(settings.cache / "evidence")
        self.slots = asyncio.Semaphore(settings.jobs)
        self.calibrations = read_calibration(calibration_path(self.rubric.path)) if self.rubric.path else ()
        self.keys: dict[str, str] = {}
        self.unsaved: dict[str, NotebookNode] = {}
        self._zygote: Zygote | None = None
        self._zygote_lock = asyncio.Lock()

    async def run(self, submissions: Sequence[Submission], watch: Watcher) -> Graded:
        with Trainers(self.settings.jobs, self.settings.cache / "trainings") as trainers:
            self.trainers = trainers
            try:
                grades = await asyncio.gather(*(self._submission(each, watch) for each in submissions))
            finally:
                await self.close()
        return Graded(
            ClassGrades(
                grader=__version__,
                rubric=self.rubric.id,
                title=self.rubric.title,
                points=self.rubric.worth,
                created=datetime.now(UTC).isoformat(timespec="seconds"),
                sandbox="private root, no network" if self.settings.sandbox else "none",
                data={name: data.facts.description for name, data in self.data.items()},
                submissions=tuple(grades),
            ),
            ExecutedNotebooks(self.store, self.keys, self.unsaved),
        )

    async def close(self) -> None:
        """End the zygote."""
        if self._zygote is not None:
            zygote, self._zygote = self._zygote, None
            await zygote.__aexit__(None, None, None)

    async def _submission(self, submission: Submission, watch: Watcher) -> SubmissionGrade:
        grade = await self._graded(submission, watch)
        watch.finished(grade)
        return grade

    async def _graded(self, submission: Submission, watch: Watcher) -> SubmissionGrade:
        bare = Provenance(submission.name, "")
        if submission.problem:
            return not_gradable(self.rubric, bare, submission.problem)
        chosen = choose_notebook(submission, self.rubric, self.path)
        bare = Provenance(submission.name, chosen.name, chosen.remarks)
        if chosen.notebook is None:
            return not_gradable(self.rubric, bare, chosen.problem)
        try:
            evidence, stored = await self.evidence(submission, chosen, chosen.notebook, watch)
            return await self._grade(bare, submission, chosen.notebook, evidence, stored, watch)
        except UserError:
            raise
        except Exception as fault:
            # Whatever happens to one submission, the others go on.
            return not_gradable(self.rubric, bare, _in_words(fault), ours=True)

    async def evidence(
        self, submission: Submission, chosen: Chosen, notebook: NotebookNode, watch: Watcher
    ) -> tuple[Evidence, bool]:
        job = self._job(submission, chosen, notebook)
        key = evidence_key(chosen.raw, _settings_of(job))
        self.keys[submission.name] = key
        kept = self.store.get(key)
        if kept is not None:
            return kept, True
        async with self.slots:
            watch.started(submission.name)
            executed = await self._execute(job, lambda stage: watch.stage(submission.name, stage))
        try:
            self.store.put(key, executed.evidence, executed.notebook)
        except OSError as fault:
            # Grading goes on without the store; only the next run will have to execute this notebook again.
            self.unsaved[submission.name] = executed.notebook
            problem = f"what was seen could not be kept ({fault.strerror}): the next run executes this notebook again"
            problems = (*executed.evidence.problems, problem)
            return executed.evidence.model_copy(update={"problems": problems}), False
        return executed.evidence, False

    async def _execute(self, job: Job, on_stage: Callable[[str], None]) -> Executed:
        """Execute, with a second try on a fresh zygote when no kernel could be had from the first."""
        zygote = await self._ready_zygote()
        try:
            return await execute(job, zygote.socket, on_stage)
        except (KernelDidNotStart, OSError):
            async with self._zygote_lock:
                if self._zygote is zygote:
                    await self.close()
            return await execute(job, (await self._ready_zygote()).socket, on_stage)

    async def _ready_zygote(self) -> Zygote:
        async with self._zygote_lock:
            if self._zygote is None:
                self._zygote = await Zygote().__aenter__()
            return self._zygote

    def _job(self, submission: Submission, chosen: Chosen, notebook: NotebookNode) -> Job:
        named = [name for name in ARRAY_SETS if any(name in cell.source for cell in notebook.cells)]
        arrays: dict[Rung, tuple[tuple[str, str], ...]] = {
            "reduced": tuple((name, str(self._array(name, "reduced"))) for name in named),
            "full": tuple((name, str(self._array(name, "full"))) for name in named),
        }
        beside = submission.folder if submission.files else None
        return Job(
            notebook=notebook,
            name=chosen.name,
            strings=chosen.strings,
            data=tuple(data.execution for data in self.data.values()),
            arrays=arrays,
            files=str(beside) if beside is not None else None,
            limits=self.settings.limits,
            recorder=self.settings.recorder,
            threads=1,
            sandbox=self.settings.sandbox,
            hidden=_hidden(),
        )

    def _array(self, name: str, size: Rung) -> Path:
        return serve_array(name, size, self.settings.cache / "data")

    async def _grade(
        self,
        provenance: Provenance,
        submission: Submission,
        notebook: NotebookNode,
        evidence: Evidence,
        stored: bool,
        watch: Watcher,
    ) -> SubmissionGrade:
        files = tuple(file.name for file in submission.files)
        work = prepare(evidence, notebook, self.rubric, self.facts, self.indexes, files)
        written = as_written(work, self.indexes) if _has_failures(work) else None
        judgements, references = await self._judgements(work, submission.name, watch)
        work = replace(work, judgements=judgements)
        if written is not None:
            untried, more = await self._judgements(written, submission.name, watch, known=judgements)
            written, references = replace(written, judgements=judgements | untried), references | more
        questions = mark(self.rubric, work, written)
        if written is not None:
            # What could not run is shown as it is written, beside what ran.
            work = replace(
                work, answers=dict(written.answers) | dict(work.answers), judgements=written.judgements
            )
        return assemble(self.rubric, replace(provenance, from_store=stored), work, questions, references)

    async def _judgements(
        self, work: Work, name: str, watch: Watcher, known: Mapping[str, Judgement | str] | None = None
    ) -> tuple[dict[str, Judgement | str], dict[str, CalibrationEntry]]:
        """The outcome of the short training of each network that the rubric wants trained and that is not ``known``."""
        judgements: dict[str, Judgement | str] = {}
        references: dict[str, CalibrationEntry] = {}
        for line in self.rubric.checks:
            if line.check != "trains":
                continue
            network, data, epochs = (line.arguments[key] for key in ("network", "data", "epochs"))
            if network in (known or {}):
                continue
            recipe = recipe_of(work, network, self.facts[data], epochs)
            if recipe is None:
                continue
            if isinstance(recipe, CannotTrain):
                judgements[network] = _refusal(recipe)
                continue
            entry = find_entry(self.calibrations, recipe)
            if entry is None:
                judgements[network] = (
                    f"there is no threshold for this data: run grade calibrate {self.rubric.id}"
                )
                continue
            references[network] = entry
            async with self.slots:
                watch.stage(name, "short training")
                root = self.data[data].served.root
                judgements[network] = await asyncio.to_thread(
                    judge, recipe, root, entry, self.trainers.submit
                )
        return judgements, references


def _refusal(reason: CannotTrain) -> Judgement | str:
    if reason.fault == "own":
        result = TrainingResult(problem=str(reason), fault="own")
        return Judgement(passed=False, accuracy=None, threshold=0.0, tries=(result,), problem=str(reason))
    return f"not trained: {reason}"


def _has_failures(work: Work) -> bool:
    return bool(work.causes) or any(cell.status == "not_run" for cell in work.evidence.cells)


def _in_words(fault: Exception) -> str:
    lines = str(fault).strip().splitlines() or [type(fault).__name__]
    if isinstance(fault, KernelDidNotStart | ZygoteDidNotStart):
        return f"no kernel could be started: {lines[-1]}"
    return f"the grader failed on it ({type(fault).__name__}: {lines[-1]})"[:300]


def _hidden() -> tuple[str, ...]:
    """What lies below the Python installation and is none of a notebook's business: this package and its rubrics."""
    package = Path(__file__).resolve().parents[1]
    return tuple(
        str(folder)
        for folder in (package, package.parent / "rubrics", package.parent / "reference_solutions")
    )


def _settings_of(job: Job) -> dict[str, object]:
    """Everything beside the notebook that its evidence depends on."""
    beside = hashlib.sha256()
    if job.files:
        for file in sorted(path for path in Path(job.files).rglob("*") if path.is_file()):
            beside.update(str(file.relative_to(job.files)).encode() + file.read_bytes())
    return {
        "limits": job.limits.model_dump(),
        "recorder": job.recorder.model_dump(),
        "data": [(data.digest, data.names.aliases, data.full == data.reduced) for data in job.data],
        "arrays": [name for name, _ in job.arrays["full"]],
        "files": beside.hexdigest(),
        "sandbox": job.sandbox,
    }
