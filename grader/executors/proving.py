"""Testing a rubric: variants of its reference are graded like a class, by the same machinery."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from grader.checks.work import Work
from grader.errors import UserError
from grader.evidence.evidence import Evidence, Rung
from grader.evidence.settings import RecorderSettings
from grader.execution.job import Job
from grader.executors.local import Batch, Nobody, Watcher
from grader.executors.settings import Settings
from grader.executors.trainings import Judged, ShortTrainings
from grader.grading.assemble import Provenance, assemble
from grader.grading.choose import Chosen
from grader.grading.grade import SubmissionGrade
from grader.grading.points import questions_of
from grader.grading.prepare import prepare
from grader.proving import MUTANTS
from grader.proving.generate import variants_of
from grader.proving.proof import Loss, Proof, Result, checks_of, judge
from grader.proving.reference import Reference
from grader.proving.variant import Variant
from grader.submissions.find import Submission
from grader.submissions.read import read_notebook
from grader.submissions.source import parse_cells
from grader.training.calibration import Judgement


def prove(
    settings: Settings,
    watch: Callable[[int], AbstractContextManager[Watcher]],
    *,
    only: str = "",
    most: int | None = MUTANTS,
    keep: Path | None = None,
) -> Proof:
    """Grade equivalents and mutants of a rubric's reference.

    Args:
        settings: As for grading a class; the rubric among them.
        watch: Is told the number of variants and gives the watcher.
        only: Words that a kind must hold to be tried; empty for all.
        most: Mutants that are run at most, beside one of each kind; None for all that can be made.
        keep: A folder for the variants' notebooks.

    Raises:
        UserError: the rubric has no reference, or one that cannot be graded.
    """
    path = settings.rubric.reference_path
    if path is None or not path.is_file():
        raise UserError(
            f"{settings.rubric.id}: there is no reference notebook ({path}); name it in reference:"
        )
    reading = read_notebook(path)
    if reading.notebook is None:
        raise UserError(f"{path}: {reading.problem}")
    return asyncio.run(_Proving(settings, path).run(reading.notebook, watch, only, most, keep))


class _Trainings(ShortTrainings):
    """Trains the networks of the variants that a training is to judge; others take the reference's result."""

    def __init__(
        self, trainings: ShortTrainings, trained: Collection[str], reference: Mapping[str, Judgement | str]
    ) -> None:
        self.trainings, self.trained, self.reference = trainings, trained, reference

    async def judge(
        self, work: Work, on_stage: Callable[[str], None], known: Collection[str] = frozenset()
    ) -> Judged:
        if work.evidence.notebook in self.trained:
            return await self.trainings.judge(work, on_stage, known)
        taken = {
            name: result
            for name, result in self.reference.items()
            if name not in known and work.fit(name) is not None
        }
        return Judged(judgements=taken)


_WORK = 0.4
"""Share of a student's budget for work in the kernel that a variant gets: there are a hundred of them, and a
verdict is wanted of each, no good network."""
_FULL = RecorderSettings()
_THRIFTY = _FULL.model_copy(
    update={name: _WORK * getattr(_FULL, name) for name in ("fit_work", "forward_work", "notebook_work")}
)


class _Variants(Batch):
    """Variants run at the size at which their reference does: what fails there is the mutation's doing."""

    size: Rung | None = None

    async def job(self, submission: Submission, chosen: Chosen, notebook: NotebookNode) -> Job:
        return replace(await super().job(submission, chosen, notebook), only=self.size)


class _Proving:
    def __init__(self, settings: Settings, path: Path) -> None:
        # A mend would hide what a mutation breaks.
        self.settings, self.path = replace(settings, mending=False, recorder=_THRIFTY), path
        self.batch = _Variants(path.parent, self.settings)

    async def run(
        self,
        notebook: NotebookNode,
        watch: Callable[[int], AbstractContextManager[Watcher]],
        only: str,
        most: int | None,
        keep: Path | None,
    ) -> Proof:
        start = time.monotonic()
        with self.batch.short_trainings() as trainings:
            try:
                self.batch.trainings = trainings
                reference, judgements = await self._reference(notebook, trainings)
                self.batch.size = reference.work.evidence.rung
                variants = variants_of(reference, only, most)
                if keep is not None:
                    _write(variants, keep)
                trained = {_name(each) for each in variants if self._is_trained(each)}
                self.batch.trainings = _Trainings(trainings, trained, judgements)
                with watch(len(variants)) as watcher:
                    results = await asyncio.gather(
                        *(self._result(each, reference, watcher) for each in variants)
                    )
            finally:
                await self.batch.close()
        intended = frozenset[str]().union(*(each.intended for each in variants))
        return Proof(
            rubric=self.settings.rubric.id,
            reference_losses=tuple(
                Loss(check.id, check.found, intended=False, allowed=False)
                for check in reference.grades.values()
                if check.earned < check.points
            ),
            results=tuple(results),
            unexercised=()
            if only
            else tuple(line.id for line in self.settings.rubric.checks if line.id not in intended),
            seconds=time.monotonic() - start,
        )

    def _is_trained(self, variant: Variant) -> bool:
        """Whether a short training is to tell something of it; an equivalent trains as the reference does."""
        training = {line.id for line in self.settings.rubric.checks if line.check == "trains"}
        return not variant.is_mutant or bool(training & variant.intended)

    async def _reference(
        self, notebook: NotebookNode, trainings: ShortTrainings
    ) -> tuple[Reference, Mapping[str, Judgement | str]]:
        submission, chosen = _handed_in("reference", notebook)
        job = await self.batch.job(submission, chosen, notebook)
        watcher = Nobody()
        evidence, _ = await self.batch.evidence(submission, job, chosen.raw, watcher)
        work = prepare(evidence, notebook, self.settings.rubric, self.batch.facts, self.batch.indexes)
        judged = await trainings.judge(work, lambda stage: None)
        grade = await self._marked(
            Provenance("reference", str(self.path)), submission, notebook, evidence, watcher
        )
        grades = {check.id: check for check in checks_of(grade)}
        return Reference(self.settings.rubric, notebook, work, grades), judged.judgements

    async def _result(self, variant: Variant, reference: Reference, watcher: Watcher) -> Result:
        async with self.batch.unfinished:
            grade = await self._grade(variant, reference, watcher)
        watcher.finished(grade)
        return judge(variant, grade, reference.grades, self.settings.rubric.proof.exceptions)

    async def _grade(self, variant: Variant, reference: Reference, watcher: Watcher) -> SubmissionGrade:
        submission, chosen = _handed_in(_name(variant), variant.notebook)
        if not variant.only_words:
            return (await self.batch.graded(submission, chosen, watcher))[0]
        evidence = _with_other_words(reference, variant.notebook)
        provenance = Provenance(submission.name, chosen.name)
        return await self._marked(provenance, submission, variant.notebook, evidence, watcher)

    async def _marked(
        self,
        provenance: Provenance,
        submission: Submission,
        notebook: NotebookNode,
        evidence: Evidence,
        watcher: Watcher,
    ) -> SubmissionGrade:
        (version,) = await self.batch.marked(submission, notebook, evidence, None, watcher)
        rubric = self.settings.rubric
        return assemble(rubric, provenance, version.seen, questions_of(rubric, version.verdicts))


def _with_other_words(reference: Reference, notebook: NotebookNode) -> Evidence:
    """What a notebook leaves behind that differs from the reference in its words only."""
    evidence = reference.work.evidence
    cells = [
        cell.model_copy(update={"source": new.source})
        for cell, new in zip(evidence.cells, notebook.cells, strict=True)
    ]
    return evidence.model_copy(update={"cells": tuple(cells)})


def _handed_in(name: str, notebook: NotebookNode) -> tuple[Submission, Chosen]:
    """A notebook in memory, as if a student had handed it in."""
    sources = [[cell.cell_type, cell.source] for cell in notebook.cells]
    strings = tuple(text for cell in parse_cells(notebook) for text in cell.strings)
    return Submission(name), Chosen(notebook, name, json.dumps(sources).encode(), strings)


def _name(variant: Variant) -> str:
    """Equal for equal notebooks, so that kept evidence belongs to it."""
    text = "\0".join(cell.source for cell in variant.notebook.cells)
    return f"{variant.kind} {hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _write(variants: list[Variant], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, variant in enumerate(variants, 1):
        words = "-".join(variant.kind.replace(",", "").split())
        nbformat.write(variant.notebook, folder / f"{number:03d}-{words}.ipynb")
