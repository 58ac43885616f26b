"""What a teacher asks about a class: how the marks lie, where the points went, who needs a look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from grader.grading.grade import (
    CheckGrade,
    CheckStatistics,
    ClassGrades,
    QuestionGrade,
    SubmissionGrade,
)
from grader.reports.text import lost

BINS = 10
"""Bars of the distribution: tenths of the points."""


@dataclass(frozen=True)
class Marks:
    """The marks of those submissions that have one."""

    count: int
    median: Decimal
    mean: Decimal
    lowest: Decimal
    highest: Decimal


@dataclass(frozen=True)
class QuestionShare:
    """What the class earned at one question, in points a submission."""

    id: str
    title: str
    points: Decimal
    mean: Decimal

    @property
    def share(self) -> float:
        """Part of the points earned, 0 to 1."""
        return float(self.mean / self.points) if self.points else 1.0


@dataclass(frozen=True)
class Loss:
    """What one check cost the class."""

    id: str
    title: str
    total: Decimal
    hit: tuple[tuple[SubmissionGrade, CheckGrade], ...]
    """Whom it cost points, the dearest first."""


def marks(grades: ClassGrades) -> Marks | None:
    """The class's marks in five figures; None when nobody has one. Mean and median are rounded to a tenth."""
    earned = [grade.earned for grade in grades.submissions if grade.has_mark]
    if not earned:
        return None
    return Marks(
        len(earned),
        _tenth(median(earned)),
        _tenth(sum(earned, Decimal()) / len(earned)),
        min(earned),
        max(earned),
    )


def distribution(grades: ClassGrades) -> list[int]:
    """How many marks lie in each tenth of the points; full marks count in the last."""
    counts = [0] * BINS
    for grade in grades.submissions:
        if grade.has_mark and grade.points > 0:
            counts[min(BINS - 1, max(0, int(grade.earned * BINS / grade.points)))] += 1
    return counts


def question_shares(grades: ClassGrades) -> list[QuestionShare]:
    """What the class earned at each question, in the rubric's order."""
    earned: dict[str, list[Decimal]] = {}
    questions: dict[str, QuestionGrade] = {}
    for grade in grades.submissions:
        if grade.has_mark:
            for question in grade.questions:
                earned.setdefault(question.id, []).append(question.earned)
                questions.setdefault(question.id, question)
    return [
        QuestionShare(
            question.id,
            question.title,
            question.points,
            _tenth(sum(earned[name], Decimal()) / len(earned[name])),
        )
        for name, question in questions.items()
    ]


def losses(grades: ClassGrades) -> list[Loss]:
    """The checks that cost the class points, dearest first."""
    hit: dict[str, list[tuple[SubmissionGrade, CheckGrade]]] = {}
    for grade in grades.submissions:
        if not grade.has_mark:
            continue
        for question in grade.questions:
            for check in question.checks:
                if lost(check) > 0:
                    hit.setdefault(check.id, []).append((grade, check))
    found = [
        Loss(
            name,
            pairs[0][1].title,
            sum((lost(check) for _, check in pairs), Decimal()),
            tuple(sorted(pairs, key=lambda pair: lost(pair[1]), reverse=True)),
        )
        for name, pairs in hit.items()
    ]
    return sorted(found, key=lambda loss: loss.total, reverse=True)


@dataclass(frozen=True)
class CheckRow:
    """One check as the class page lists it."""

    id: str
    title: str
    points: Decimal
    loss: Loss | None
    """None for a check that cost nobody anything."""
    statistics: CheckStatistics | None
    """None in results of an older version."""

    @property
    def lost(self) -> Decimal:
        """Points that it cost the class."""
        return self.loss.total if self.loss else Decimal(0)


def check_rows(grades: ClassGrades) -> list[CheckRow]:
    """All checks, those that cost the class most first."""
    costly = {loss.id: loss for loss in losses(grades)}
    figures = {each.id: each for each in grades.statistics}
    rows = [
        CheckRow(name, loss.title, loss.hit[0][1].points, loss, figures.get(name))
        for name, loss in costly.items()
    ]
    return rows + [
        CheckRow(each.id, each.title, each.points, None, each)
        for each in grades.statistics
        if each.id not in costly
    ]


def undefined(grades: ClassGrades) -> str:
    """Why no check's discrimination can be told, where that is one reason for all; empty otherwise."""
    reasons = {each.undefined for each in grades.statistics}
    return reasons.pop() if len(reasons) == 1 else ""


def with_status(grades: ClassGrades, *statuses: str) -> Sequence[SubmissionGrade]:
    """The submissions that ended in one of ``statuses``."""
    return [grade for grade in grades.submissions if grade.status in statuses]


def _tenth(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"))
