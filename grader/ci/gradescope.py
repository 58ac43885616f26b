"""Gradescope's ``results.json``.

Source: gradescope-autograders.readthedocs.io/en/latest/specs ("Output format"). As long as a test's
``visibility`` keeps it from students, it keeps the total score from them too.
"""

from __future__ import annotations

from typing import Any

from grader.ci import Visibility
from grader.ci.marks import Marks
from grader.grading.grade import CheckGrade, ClassGrades
from grader.reports.student_view import explanation
from grader.reports.text import cell_number, checks
from grader.visible import one_line


def results(grades: ClassGrades, marks: Marks, hidden_checks: Visibility = "visible") -> dict[str, Any]:
    """The object for the one submission of ``grades``, which are as students see them.

    Hidden checks are shown by title and points, or not at all, as ``hidden_checks`` says. Texts are marked as
    plain: a student's output is shown, never rendered.
    """
    (grade,) = grades.submissions
    told: dict[str, Any] = {
        "score": float(marks.earned),
        "execution_time": round(grade.seconds, 1),
        "output": _words(grades),
        "output_format": "text",
        "visibility": "visible",
    }
    if not grade.has_mark:
        return told
    rows = zip(marks.by_check, marks.points_by_check, strict=True)
    numbers = [
        f"{first}.{second}"
        for first, question in enumerate(grade.questions, start=1)
        for second, _ in enumerate(question.checks, start=1)
    ]
    return told | {
        "tests": [
            {
                "number": place,
                "name": one_line(f"{check.id}: {check.title}", 200),
                "score": float(score),
                "max_score": float(most),
                "status": "passed" if check.earned >= check.points else "failed",
                "output": _output(check),
                "output_format": "text",
                "visibility": hidden_checks if check.visibility == "hidden" else "visible",
            }
            for place, check, (score, most) in zip(numbers, checks(grade), rows, strict=True)
        ]
    }


def _output(check: CheckGrade) -> str:
    review = "Your teacher reads this; the points are proposed. " if check.status == "needs_review" else ""
    return review + explanation(check, 4000)


def _words(grades: ClassGrades) -> str:
    (grade,) = grades.submissions
    lines = [one_line(grades.title)]
    if not grade.has_mark:
        lines.append(f"Not graded: {one_line(grade.reason, 600)}")
    if grade.status == "needs_review":
        lines.append("Part of the points are proposed: your teacher confirms or changes them.")
    lines += [
        f"Cell {cell_number(issue.cell)} stopped with {one_line(issue.error)}. {one_line(issue.explanation)}"
        for issue in grade.cell_issues
    ]
    lines += [f"Mended to see the rest run: {one_line(mend.words)}" for mend in grade.mends]
    return "\n".join(lines)
