"""What verdicts are worth: points by the rubric, added up exactly."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from grader.grading.grade import CheckGrade, QuestionGrade
from grader.grading.mark import Verdict, Verdicts
from grader.rubric.schema import CheckLine, Rubric

_FINEST = Decimal("0.001")


def questions_of(rubric: Rubric, verdicts: Verdicts) -> tuple[QuestionGrade, ...]:
    """The questions of ``rubric`` graded."""
    graded: list[QuestionGrade] = []
    for question in rubric.questions:
        checks = tuple(_grade(line, verdicts[line.id]) for line in question.checks)
        graded.append(
            QuestionGrade(
                id=question.id,
                title=question.title,
                points=question.worth,
                earned=sum((check.earned for check in checks), Decimal(0)),
                checks=checks,
            )
        )
    return tuple(graded)


def earned_points(points: Decimal, score: Fraction) -> Decimal:
    """``points × score`` to a thousandth of a point, halves rounded up (in the student's favour)."""
    exact = points * Decimal(score.numerator) / Decimal(score.denominator)
    return exact.quantize(_FINEST, rounding=ROUND_HALF_UP).normalize() + Decimal(0)


def _grade(line: CheckLine, verdict: Verdict) -> CheckGrade:
    outcome = verdict.outcome
    return CheckGrade(
        id=line.id,
        check=line.check,
        title=line.title,
        status="error" if verdict.failed else outcome.status,
        points=line.points,
        earned=earned_points(line.points, outcome.score),
        expected=outcome.expected,
        found=outcome.found,
        hint=(line.hint or outcome.hint) if outcome.score < 1 else "",
        cells=outcome.cells,
        cause=outcome.cause,
        rung=verdict.rung,
        visibility=line.visibility,
        remarks=outcome.remarks,
    )
