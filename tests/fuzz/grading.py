"""What a run left behind, graded and reported on as the grader does, without a kernel and without training."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from evidence_builder import World
from nbformat import NotebookNode

from grader.checks.work import ServedFacts
from grader.datasets.index import ImageIndex
from grader.evidence.evidence import Evidence
from grader.evidence.journal import Journal
from grader.evidence.settings import RecorderSettings
from grader.evidence.store import EvidenceStore
from grader.execution.job import Job
from grader.execution.ladder import _Ladder
from grader.execution.limits import Limits
from grader.execution.run import Run
from grader.executors.mending import propose
from grader.executors.trainings import budget_of
from grader.grading.assemble import Provenance, assemble, seen_of
from grader.grading.mark import mark
from grader.grading.points import questions_of
from grader.grading.prepare import as_written, prepare
from grader.grading.recipes import recipe_of
from grader.grading.whole_class import whole_class
from grader.reports.gradebook import gradebook
from grader.reports.html import class_page, student_page
from grader.reports.json_report import read_grades, write_grades
from grader.reports.student_view import as_students_see
from grader.rubric.load import load_rubric
from grader.rubric.schema import Rubric
from grader.submissions.fingerprints import fingerprints
from grader.submissions.mending import mend_notebook
from grader.submissions.source import parse_cells
from grader.training.configuration import CannotTrain
from grader.training.recipe import key


@functools.cache
def folder() -> Path:
    """A place for files, for as long as this process lives."""
    return Path(tempfile.mkdtemp(prefix="fuzz-"))


@functools.cache
def world() -> World:
    """A small served data set."""
    return World.drawn(folder() / "served" / "data")


@dataclass(frozen=True)
class Served:
    """A rubric, and the small data set in place of each of its data sets."""

    rubric: Rubric
    facts: Mapping[str, ServedFacts]
    indexes: Mapping[str, ImageIndex]


@functools.cache
def served(name: str) -> Served:
    """A rubric that comes with the grader, without its reference, which would be read for each example."""
    rubric = load_rubric(name).model_copy(update={"reference": None})
    facts = {data: replace(world().facts, name=data, kind=each.kind) for data, each in rubric.data.items()}
    return Served(rubric, facts, dict.fromkeys(facts, world().index))


def run_of(notebook: NotebookNode, journal: Journal, failed: frozenset[int] = frozenset()) -> Run:
    """A run of which the notebook has the outputs already."""
    status = tuple("failed" if index in failed else "ok" for index in range(len(notebook.cells)))
    return Run(notebook, status, tuple(0.5 for _ in status), journal, None, "")


def evidence_of(handed_in: NotebookNode, run: Run) -> Evidence:
    """The evidence of a run, kept and read again."""
    sources = parse_cells(handed_in)
    job = Job(
        notebook=handed_in,
        name="work.ipynb",
        strings=tuple(text for cell in sources for text in cell.strings),
        data=(),
        arrays={"reduced": (), "full": ()},
        files=None,
        limits=Limits(),
        recorder=RecorderSettings(),
        threads=1,
        sandbox="none",
        hidden=(),
    )
    ladder = _Ladder(job, "", lambda stage: None, lambda so_far: None)
    ladder._learn(run)
    evidence = ladder._evidence(run, "full", None)
    store = EvidenceStore(folder() / "evidence")
    store.put("key", evidence, run.notebook)
    kept, executed = store.get("key"), store.executed("key")
    assert kept is not None and executed is not None, "what is kept cannot be read again"
    return kept


def graded(handed_in: NotebookNode, run: Run, by: Served) -> None:
    """Mark a run by a rubric and write all reports; no check may fail by a fault of its own."""
    evidence = evidence_of(handed_in, run)
    work = prepare(evidence, handed_in, by.rubric, by.facts, by.indexes)
    written = as_written(work, by.indexes)
    for line in by.rubric.checks:
        if line.check != "trains":
            continue
        facts = by.facts[line.arguments["data"]]
        made = [
            recipe_of(each, line.arguments["network"], facts, budget_of(line)) for each in (work, written)
        ]
        for recipe in made:
            if recipe is not None and not isinstance(recipe, CannotTrain):
                key(recipe)
    questions = questions_of(by.rubric, mark(by.rubric, work, written if work.causes else None))
    for check in (check for question in questions for check in question.checks):
        if check.status == "error":
            mark_again(by.rubric, check.id, work, written if work.causes else None)
    proposed = propose(handed_in, evidence, ())
    again = mend_notebook(handed_in, proposed) if proposed else None
    if again is not None:
        parse_cells(again)
        evidence = evidence.model_copy(update={"mends": tuple(each.mend for each in proposed)})
        work = replace(work, evidence=evidence)
    earned = sum(question.earned for question in questions)
    assert 0 <= earned <= by.rubric.worth
    grade = assemble(
        by.rubric,
        Provenance("student", "work.ipynb"),
        seen_of(work, {}, work if proposed else None),
        questions,
        by.rubric.worth if proposed else None,
    )
    code = {"student": fingerprints(parse_cells(handed_in))}
    grades = whole_class(by.rubric, [grade], code, sandbox="", data={})
    path = folder() / "grades.json"
    write_grades(grades, path)
    shown = read_grades(path)
    for seen in (shown, as_students_see(shown)):
        student_page(seen, seen.submissions[0], run.notebook)
        class_page(seen, ["student"])
        gradebook(seen).encode("utf-8", "replace")


def mark_again(rubric: Rubric, identifier: str, work: object, written: object) -> None:
    """Raise what a check raised, which the marker tells as its status only."""
    from grader.grading.mark import outcome_of

    line = next(line for line in rubric.checks if line.id == identifier)
    outcome_of(line, work, written)  # type: ignore[arg-type]
    raise AssertionError(f"{identifier} is an error, and is not when it is looked at again")
