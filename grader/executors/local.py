"""Grading a class on this machine: notebooks executed, networks trained, results kept."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ParamSpec, Protocol, TypeVar

from nbformat import NotebookNode

from grader.checks.work import Work
from grader.errors import UserError
from grader.evidence.evidence import Evidence
from grader.evidence.store import EvidenceStore, ExecutedNotebooks, evidence_key
from grader.execution.job import Job
from grader.execution.ladder import Executed
from grader.execution.strengths import WORDS
from grader.executors.data import ClassData, prepare_data
from grader.executors.faults import in_words
from grader.executors.jobs import job_of, settings_of, work_ahead
from grader.executors.kept import KeptFindings
from grader.executors.kernels import Kernels
from grader.executors.mending import MendedRun, run_mended
from grader.executors.settings import Settings
from grader.executors.trainings import ShortTrainings
from grader.executors.turns import Turns
from grader.grading.assemble import Provenance, not_gradable, seen_of
from grader.grading.choose import Chosen, choose_notebook
from grader.grading.findings import Findings, Version, grade_of
from grader.grading.grade import ClassGrades, SubmissionGrade, Timing
from grader.grading.mark import Verdicts, mark
from grader.grading.mended import Attempt, mark_mended
from grader.grading.prepare import as_written, prepare
from grader.grading.whole_class import whole_class
from grader.scratch import Scratch, remove_abandoned, remove_unfinished
from grader.submissions.find import Submission, find_submissions
from grader.submissions.fingerprints import Fingerprints, fingerprints, fingerprints_of
from grader.submissions.source import parse_cells
from grader.timing import STAGES, Spent, spent_on, timed, waited
from grader.training.calibration import CalibrationEntry, Judgement, calibration_path, read_calibration

_UNFINISHED = 4
"""Submissions that are begun and not marked, for each notebook that is executed at a time: enough that
executions go on while trainings are awaited, few enough that a large class does not fill the memory."""

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


class Watcher(Protocol):
    """Whoever wants to see the class being graded."""

    def started(self, name: str) -> None:
        """Work on a submission begins."""

    def stage(self, name: str, text: str) -> None:
        """What is being done about it."""

    def finished(self, grade: SubmissionGrade) -> None:
        """It has a grade or a status."""


@dataclass(frozen=True)
class Graded:
    """The grades, and each submission's notebook with the outputs of its run (read when asked for)."""

    grades: ClassGrades
    executed: Mapping[str, NotebookNode | None]
    warnings: tuple[str, ...] = ()
    """What the teacher should know about this run as a whole, a line each."""


def grade_submissions(
    path: Path, settings: Settings, watch: Callable[[int], AbstractContextManager[Watcher]]
) -> Graded:
    """Grade everything below ``path``.

    ``watch`` is told the number of submissions and gives the watcher. Raises ``UserError`` for what the
    teacher can mend: nothing to grade, data that cannot be served. What goes wrong with one submission is in
    its grade.
    """
    remove_abandoned()
    remove_unfinished(settings.cache)
    with Scratch() as unpacked:
        submissions = find_submissions(path, unpacked)
        batch = Batch(path, settings)
        with watch(len(submissions)) as watcher:
            return asyncio.run(batch.run(submissions, watcher))


@dataclass(frozen=True)
class _Judged(Attempt):
    """A run's work and what the reference reached in the trainings that it is compared with."""

    references: Mapping[str, CalibrationEntry]

    @property
    def shown(self) -> Work:
        """The work as reports show it: what could not run as it is written, beside what ran."""
        if self.written is None:
            return self.work
        answers = dict(self.written.answers) | dict(self.work.answers)
        return replace(self.work, answers=answers, judgements=self.written.judgements)


class Nobody:
    """A watcher that looks away."""

    def started(self, name: str) -> None:
        """Not looked at."""

    def stage(self, name: str, text: str) -> None:
        """Not looked at."""

    def finished(self, grade: SubmissionGrade) -> None:
        """Not looked at."""


class Batch:
    """One class at work.

    The event loop drives kernels and nothing may hold it up: reading, marking and storing have a thread.
    """

    def __init__(self, path: Path, settings: Settings) -> None:
        """Serve the rubric's data; ``path`` is what submissions are named relative to."""
        self.path, self.settings, self.rubric = path, settings, settings.rubric
        with spent_on("data"):
            self.data: dict[str, ClassData] = prepare_data(settings.rubric, settings.cache / "data")
        self.indexes = {name: data.index for name, data in self.data.items()}
        self.facts = {name: data.facts for name, data in self.data.items()}
        self.calibrations = read_calibration(calibration_path(self.rubric.path)) if self.rubric.path else ()
        self.store = EvidenceStore(settings.cache / "evidence")
        self.kept = KeptFindings(settings.cache / "findings", settings.rubric, self.data, settings.deciding)
        self.keys: dict[str, str] = {}
        self.code: dict[str, Fingerprints] = {}
        self.unsaved: dict[str, NotebookNode] = {}
        self.warnings: dict[str, None] = {}
        self.kernels = Kernels()
        self.turns = Turns(settings.jobs)
        self.unfinished = asyncio.Semaphore(_UNFINISHED * settings.jobs)
        self.marker = ThreadPoolExecutor(1, thread_name_prefix="marking")

    async def run(self, submissions: Sequence[Submission], watch: Watcher) -> Graded:
        """Grade them all."""
        with self.short_trainings() as self.trainings:
            try:
                # Tasks begin in the order in which they are made, and what takes longest should not be last.
                tasks = {
                    each.name: asyncio.ensure_future(self._submission(each, watch))
                    for each in sorted(submissions, key=work_ahead, reverse=True)
                }
                grades = await asyncio.gather(*(tasks[each.name] for each in submissions))
            finally:
                await self.close()
        return self.result(grades)

    def result(self, grades: Sequence[SubmissionGrade]) -> Graded:
        """The grades of a class, with all that was the same for each submission."""
        with spent_on("class"):
            together = whole_class(
                self.rubric,
                [grade.model_copy(update={"run": self.keys.get(grade.submission, "")}) for grade in grades],
                self.code,
                sandbox=WORDS[self.settings.sandbox],
                data={name: data.facts.description for name, data in self.data.items()},
            )
        return Graded(
            together,
            ExecutedNotebooks(
                self.store,
                self.keys,
                {name: self.unsaved[key] for name, key in self.keys.items() if key in self.unsaved},
            ),
            tuple(self.warnings),
        )

    def short_trainings(self) -> ShortTrainings:
        """What trains the networks of the class; a context manager."""
        return ShortTrainings(
            self.rubric,
            self.data,
            self.calibrations,
            self.settings.cache / "trainings",
            self.turns,
            workers=self.settings.jobs,
            device=self.settings.device,
            waiting=_UNFINISHED * self.settings.jobs,
        )

    async def close(self) -> None:
        """End what was started."""
        await self.kernels.close()
        self.marker.shutdown(wait=False, cancel_futures=True)

    async def job(self, submission: Submission, chosen: Chosen, notebook: NotebookNode) -> Job:
        """What its execution depends on."""
        return await self._aside(job_of, submission, chosen, notebook, self.data, self.settings)

    async def key(self, submission: Submission, job: Job, raw: bytes) -> str:
        """The key of the notebook's run, which is henceforth the one that the submission's page shows."""
        self.keys[submission.name] = key = evidence_key(raw, await self._aside(settings_of, job))
        return key

    async def evidence(
        self, submission: Submission, job: Job, raw: bytes, watch: Watcher
    ) -> tuple[Evidence, bool]:
        """What the notebook's run left behind, and whether it was kept from an earlier one.

        ``raw`` are the bytes of the job's notebook.
        """
        with spent_on("reading"):
            key = await self.key(submission, job, raw)
            kept = await self._aside(self.store.get, key)
        if kept is not None:
            return kept, True
        async with waited(self.turns.for_kernel()):
            watch.started(submission.name)
            executed = await self.execute(submission, job, watch)
        try:
            with spent_on("evidence"):
                await self._aside(self.store.put, key, executed.evidence, executed.notebook)
        except OSError as fault:
            # Grading goes on without the store; only the next run will have to execute this notebook again.
            self.unsaved[key] = executed.notebook
            self.warnings[
                f"{self.store.folder}: what notebooks did cannot be kept ({in_words(fault)}): "
                "the next run executes them again"
            ] = None
        return executed.evidence, False

    async def execute(self, submission: Submission, job: Job, watch: Watcher) -> Executed:
        """Run the notebook, because nothing is kept of it."""
        return await self.kernels.execute(job, lambda stage: watch.stage(submission.name, stage))

    async def _submission(self, submission: Submission, watch: Watcher) -> SubmissionGrade:
        with timed() as spent:
            async with waited(self.unfinished):
                with spent_on("reading"):
                    key = await self._aside(self.kept.key, submission, self.path)
                    grade = await self._aside(self._again, submission, key) if key else None
                if grade is None:
                    grade, found = await self._graded(submission, watch)
                    if key and found is not None and found.are_lasting:
                        await self._aside(self.kept.put, key, found)
        grade = grade.model_copy(update={"timings": timings(spent)})
        watch.finished(grade)
        return grade

    def _again(self, submission: Submission, key: str) -> SubmissionGrade | None:
        """The grade by what was found before, if the run that it tells of is still there to be shown."""
        found = self.kept.get(key)
        if found is None:
            return None
        provenance = Provenance(submission.name, "", handed_in_as=submission.handed_in_as, from_store=True)
        grade, run = grade_of(self.rubric, provenance, found)
        if self.store.digest(run) != found.entries[found.runs.index(run)]:
            return None
        self.keys[submission.name], self.code[submission.name] = run, fingerprints_of(found.code)
        return grade

    async def _graded(
        self, submission: Submission, watch: Watcher
    ) -> tuple[SubmissionGrade, Findings | None]:
        provenance = Provenance(submission.name, "", handed_in_as=submission.handed_in_as)
        if submission.problem:
            return not_gradable(self.rubric, provenance, submission.problem), None
        try:
            with spent_on("reading"):
                chosen = await self._aside(choose_notebook, submission, self.rubric, self.path)
        except Exception as fault:
            return not_gradable(self.rubric, provenance, in_words(fault), ours=True), None
        return await self.graded(submission, chosen, watch)

    async def graded(
        self, submission: Submission, chosen: Chosen, watch: Watcher
    ) -> tuple[SubmissionGrade, Findings | None]:
        """The grade of a submission's notebook, executed, mended where that helps, and marked; with what was
        found out about it, where there is a mark."""
        digest = hashlib.sha256(chosen.raw).hexdigest() if chosen.raw else ""
        provenance = Provenance(submission.name, chosen.name, chosen.remarks, submission.handed_in_as, digest)
        if chosen.notebook is None:
            return not_gradable(self.rubric, provenance, chosen.problem), None
        try:
            with spent_on("reading"):
                code = self.code[submission.name] = await self._aside(fingerprints, chosen.sources)
                job = await self.job(submission, chosen, chosen.notebook)
            evidence, stored = await self.evidence(submission, job, chosen.raw, watch)
            with spent_on("reading"):
                mended = await self.mended(submission, chosen, job, evidence, watch)
            with spent_on("marking"):
                versions = await self.marked(submission, chosen.notebook, evidence, mended, watch)
            notebooks = [chosen.notebook, *([mended.notebook] if mended is not None else [])]
            runs = [await self.key(submission, *_variant(job, chosen, each)) for each in notebooks]
            found = Findings(
                notebook=chosen.name,
                digest=digest,
                remarks=chosen.remarks,
                code=tuple(map(int, code)),
                handed_in=versions[0],
                mended=versions[1] if versions[1:] else None,
                runs=tuple(runs),
                entries=tuple([await self._aside(self.store.digest, run) for run in runs]),
            )
            grade, run = grade_of(self.rubric, replace(provenance, from_store=stored), found)
            await self.key(submission, *_variant(job, chosen, notebooks[runs.index(run)]))
            return grade, found
        except UserError:
            raise  # the teacher's to mend, and the same for all: a rubric's own function that is not there
        except Exception as fault:
            # Whatever happens to one submission, the others go on.
            return not_gradable(self.rubric, provenance, in_words(fault), ours=True), None

    async def mended(
        self, submission: Submission, chosen: Chosen, job: Job, evidence: Evidence, watch: Watcher
    ) -> MendedRun | None:
        """The notebook's run with its slips mended; None when that is switched off, or nothing is to mend."""
        if not self.settings.mending or self.rubric.mending == "off":
            return None

        async def execute(notebook: NotebookNode) -> Evidence:
            variant, raw = _variant(job, chosen, notebook)
            return (await self.evidence(submission, replace(variant, before=evidence), raw, watch))[0]

        files = tuple(file.name for file in submission.files)
        return await run_mended(job.notebook, evidence, files, execute)

    async def marked(
        self,
        submission: Submission,
        notebook: NotebookNode,
        evidence: Evidence,
        mended: MendedRun | None,
        watch: Watcher,
    ) -> list[Version]:
        """What ran, and what ran mended, marked."""

        def on_stage(text: str) -> None:
            watch.stage(submission.name, text)

        files = tuple(file.name for file in submission.files)
        handed_in = await self._judged(evidence, notebook, files, on_stage)
        on_stage("marking")
        verdicts = await self._aside(mark, self.rubric, handed_in.work, handed_in.written)
        versions = [await self._version(verdicts, handed_in)]
        if mended is not None:
            again = await self._judged(mended.evidence, mended.notebook, files, on_stage)
            on_stage("marking")
            verdicts = await self._aside(mark_mended, self.rubric, handed_in, again)
            versions.append(await self._version(verdicts, again, handed_in.work))
        return versions

    async def _version(self, verdicts: Verdicts, judged: _Judged, unmended: Work | None = None) -> Version:
        seen = await self._aside(seen_of, judged.shown, judged.references, unmended)
        return Version(verdicts=dict(verdicts), seen=seen, is_lasting=_are_lasting(judged.shown.judgements))

    async def _judged(
        self,
        evidence: Evidence,
        notebook: NotebookNode,
        files: tuple[str, ...],
        on_stage: Callable[[str], None],
    ) -> _Judged:
        """A run's work, ready to be marked, with its short trainings done."""
        on_stage("checking")
        work = await self._aside(prepare, evidence, notebook, self.rubric, self.facts, self.indexes, files)
        written = await self._aside(as_written, work, self.indexes) if _has_failures(work) else None
        judged = await self.trainings.judge(work, on_stage)
        work, references = replace(work, judgements=judged.judgements), judged.references
        if written is not None:
            untried = await self.trainings.judge(written, on_stage, known=work.judgements)
            written = replace(written, judgements=dict(work.judgements) | untried.judgements)
            references = references | untried.references
        return _Judged(work, written, references)

    async def _aside(
        self, function: Callable[Given, Answer], *args: Given.args, **kwargs: Given.kwargs
    ) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(
            self.marker, lambda: function(*args, **kwargs)
        )


def _variant(job: Job, chosen: Chosen, notebook: NotebookNode) -> tuple[Job, bytes]:
    """The job of a submission's notebook, handed in or mended, with the bytes that tell the two apart."""
    if notebook is chosen.notebook:
        return job, chosen.raw
    strings = tuple(text for cell in parse_cells(notebook) for text in cell.strings)
    sources = json.dumps([cell.source for cell in notebook.cells]).encode()
    return replace(job, notebook=notebook, strings=strings), chosen.raw + sources


def timings(spent: Spent) -> tuple[Timing, ...]:
    """What was spent, in the order of the stages."""
    return tuple(
        Timing(stage=stage, seconds=round(spent.seconds[stage], 3), times=spent.times[stage])
        for stage in STAGES
        if stage in spent.seconds
    )


def _has_failures(work: Work) -> bool:
    return bool(work.causes) or any(cell.status == "not_run" for cell in work.evidence.cells)


def _are_lasting(judgements: Mapping[str, Judgement | str]) -> bool:
    return all(
        result.lasting
        for judgement in judgements.values()
        if not isinstance(judgement, str)
        for result in judgement.tries
    )
