"""From evidence to work: cells parsed, errors blamed, data recognised, networks assigned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from nbformat import NotebookNode

from grader.checks.work import ServedFacts, Work
from grader.datasets.index import ImageIndex
from grader.evidence.evidence import Cell, Evidence
from grader.grading.answers import answers_of
from grader.grading.views import views_of
from grader.grading.written import written_evidence
from grader.grading.written_models import without_mistaken
from grader.rubric.schema import Rubric
from grader.submissions.answers import written_texts
from grader.submissions.causes import Failure, Status, Verdict, causes_of
from grader.submissions.sections import cells_of, sections
from grader.submissions.source import CellSource, parse_cells
from grader.submissions.topics import Question

_FAULTS: Mapping[str, Status] = {"timeout": "timeout", "killed": "died"}


def prepare(
    evidence: Evidence,
    notebook: NotebookNode,
    rubric: Rubric,
    data: Mapping[str, ServedFacts],
    indexes: Mapping[str, ImageIndex],
    files: tuple[str, ...] = (),
) -> Work:
    """The work of one submission; pure but for reading what it is given."""
    sources = parse_cells(notebook)
    causes = _causes(evidence, sources, files)
    evidence, mistaken = without_mistaken(evidence, sources, _failed(evidence, causes))
    work = Work(
        evidence=evidence,
        sources=sources,
        causes=causes,
        mistaken=mistaken,
        texts=written_texts(notebook, sources),
        templates=rubric.templates,
        questions=_questions(rubric),
        expected={name: network.expected() for name, network in rubric.networks.items()},
        homes=_homes(rubric, notebook),
        data={name: facts.on(evidence.rung) for name, facts in data.items()},
        folder=rubric.folder,
    )
    return _seen(work, indexes)


def _questions(rubric: Rubric) -> tuple[Question, ...]:
    lines = [line for line in rubric.checks if line.check == "answered"]
    return tuple(Question(**line.parameters.model_dump()) for line in lines)


def _homes(rubric: Rubric, notebook: NotebookNode) -> dict[str, frozenset[int]]:
    """The cells in which each network is asked for, where rubric and notebook have headings for it."""
    known = sections(notebook)
    homes: dict[str, frozenset[int]] = {}
    for question in rubric.questions if known else ():
        cells = frozenset(cells_of(known, question.section)) if question.section else frozenset()
        for name in {*(line.builds for line in question.checks), *(each.builds for each in question.later)}:
            if cells and name:
                homes[name] = homes.get(name, frozenset()) | cells
    return homes


def as_written(work: Work, indexes: Mapping[str, ImageIndex]) -> Work:
    """The same work as if its failed cells had done what is written in them."""
    answer, served = next(iter(work.answers.values()), None), tuple(work.data.values())
    failed = _failed(work.evidence, work.causes)
    printed = {
        cell: "\n".join(text.text for text in work.texts if text.kind == "printed" and text.cell == cell)
        for cell in failed
    }
    evidence = written_evidence(
        work.evidence, work.sources, failed, answer.model if answer else None, served, printed
    )
    return _seen(replace(work, evidence=evidence, written=failed), indexes)


def _seen(work: Work, indexes: Mapping[str, ImageIndex]) -> Work:
    viewed = replace(work, views=views_of(work, indexes))
    return replace(viewed, answers=answers_of(viewed, viewed.expected))


def _failed(evidence: Evidence, causes: Mapping[int, Verdict]) -> frozenset[int]:
    return frozenset(causes) | {cell.index for cell in evidence.cells if cell.status == "not_run"}


def _causes(
    evidence: Evidence, sources: tuple[CellSource, ...], files: tuple[str, ...]
) -> dict[int, Verdict]:
    return {verdict.cell: verdict for verdict in causes_of(failures_of(evidence), sources, files)}


def failures_of(evidence: Evidence) -> list[Failure]:
    """The cells that failed in a run, in document order."""
    return [_failure(cell) for cell in evidence.cells if cell.status in ("failed", "timeout", "killed")]


def _failure(cell: Cell) -> Failure:
    error = cell.error
    memory = error is not None and error.name in ("MemoryError", "ResourceExhaustedError")
    return Failure(
        cell=cell.index,
        name=error.name if error else "",
        message=error.message if error else "",
        traceback=error.traceback if error else "",
        status="memory" if memory else _FAULTS.get(cell.status, "raised"),
    )
