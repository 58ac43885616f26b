"""What works but is probably not meant: warnings beside the errors of loading."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from grader.rubric.document import Path as Place
from grader.rubric.document import Problem
from grader.rubric.load import RubricError, find_rubric, load_with_document
from grader.rubric.schema import ImageFolder, Question, Rubric, plain


@dataclass(frozen=True)
class LintReport:
    """A rubric's errors, with which it cannot be used, and its warnings, with which it can."""

    path: Path
    errors: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def lint_rubric(name_or_path: str | Path) -> LintReport:
    """Examine one rubric.

    Raises:
        UserError: there is no such rubric, or it cannot be read.
    """
    path = find_rubric(name_or_path)
    try:
        rubric, content = load_with_document(path)
    except RubricError as error:
        return LintReport(path, errors=error.problems)
    warnings = [Problem(content.lines[content.locate(place)], text) for place, text in _doubts(rubric)]
    return LintReport(path, warnings=tuple(sorted(warnings, key=lambda problem: problem.line)))


def _doubts(rubric: Rubric) -> list[tuple[Place, str]]:
    doubts: list[tuple[Place, str]] = []
    if rubric.path is not None and rubric.id != rubric.path.stem:
        doubts.append(
            (("id",), f'the id "{rubric.id}" is not the name of the file, by which the rubric is found')
        )
    if rubric.student_copy:
        pass  # the rubric that it was made of has the solution, and uses its networks
    elif rubric.reference_path is None:
        doubts.append(((), "no reference solution: nothing shows that correct work gets full marks"))
    elif not rubric.reference_path.is_file():
        doubts.append((("reference",), f"there is no file {rubric.reference}, seen from the rubric's folder"))
    if rubric.total is None and not rubric.student_copy:
        doubts.append(((), f"no total: a slip in the points (now {plain(rubric.worth)}) goes unnoticed"))
    for name, data in rubric.data.items():
        if isinstance(data, ImageFolder) and data.classes is None:
            doubts.append(
                (("data", name), "no classes: no stand-in can be drawn where the real data is absent")
            )
    any_of = {name for line in rubric.checks for name in line.any_of}
    for name in rubric.networks.keys() - _named(rubric, "network") - _named(rubric, "networks") - any_of:
        if not rubric.student_copy:
            doubts.append((("networks", name), f'no check uses the network "{name}"'))
    for index, question in enumerate(rubric.questions):
        doubts += [(("questions", index, *place), text) for place, text in _doubts_about(question)]
    return doubts


def _named(rubric: Rubric, parameter: str) -> set[str]:
    names: set[str] = set()
    for line in rubric.checks:
        value = line.arguments.get(parameter)
        names.update(value if isinstance(value, list) else [value] if isinstance(value, str) else [])
    return names


def _doubts_about(question: Question) -> list[tuple[Place, str]]:
    if not question.checks and question.later:
        return []
    if not question.checks:
        return [((), f'the question "{question.id}" has no checks: it is worth nothing')]
    doubts: list[tuple[Place, str]] = [
        (("checks", index, "points"), f'the check "{line.id}" is worth 0 points')
        for index, line in enumerate(question.checks)
        if line.points == 0
    ]
    doubts += [
        (("checks", index), f'the check "{line.id}" runs code of yours and has no hint for students')
        for index, line in enumerate(question.checks)
        if line.check == "python" and line.hint is None
    ]
    return doubts
