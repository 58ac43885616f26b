"""GitHub Classroom's runner protocol: the ``result`` of an autograding step.

One line of base64 around JSON. ``classroom-resources/autograding-grading-reporter`` reads it from the
variable ``<ID>_RESULTS`` of each step that its input ``runners`` names (``src/main.js``), adds up
``tests[].score`` without looking whether there is one (``src/notify-classroom.js``; a missing score makes the
sum NaN), needs ``tests`` (``src/console-results.js``), fails the job for the ``status`` fail or error, and
reports no points at all where ``max_score`` is 0. The shape is that of
``classroom-resources/autograding-command-grader``.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from grader.ci.marks import Marks
from grader.grading.grade import ClassGrades, SubmissionGrade
from grader.reports.student_view import explanation
from grader.reports.text import checks
from grader.visible import one_line

LARGEST = 100_000
"""Bytes of the line: it becomes a variable of the environment, and Linux takes 128 KiB for one."""

_MESSAGE_LENGTHS = (600, 200, 60, 0)


def result_line(grades: ClassGrades, marks: Marks, *, passed: bool) -> str:
    """The value of the step's output ``result``, with messages as long as there is room for."""
    line = ""
    for length in _MESSAGE_LENGTHS:
        content = json.dumps(result(grades, marks, passed=passed, longest=length), separators=(",", ":"))
        line = base64.b64encode(content.encode("ascii")).decode("ascii")
        if len(line) <= LARGEST:
            break
    return line


def result(grades: ClassGrades, marks: Marks, *, passed: bool, longest: int = 600) -> dict[str, Any]:
    """The protocol's object for the one submission of ``grades``, which are as students see them.

    ``passed`` decides the colour of the check, the scores decide the points. A fault of the grader's is
    worth no points out of none, so that nothing is reported in place of the mark that is to come.
    """
    (grade,) = grades.submissions
    if not grade.has_mark:
        return _unmarked(grades, grade, marks, longest)
    tests = [
        _test(
            f"{check.id}: {check.title}",
            "pass" if check.earned >= check.points else "fail",
            float(score),
            explanation(check, longest) if longest else "",
            grade,
        )
        for check, score in zip(checks(grade), marks.by_check, strict=True)
    ]
    return {
        "version": 1,
        "status": "pass" if passed else "fail",
        "max_score": float(marks.points),
        "tests": tests,
    }


def _unmarked(grades: ClassGrades, grade: SubmissionGrade, marks: Marks, longest: int) -> dict[str, Any]:
    ours = grade.status == "failed"
    status = "error" if ours else "fail"
    return {
        "version": 1,
        "status": status,
        "max_score": 0.0 if ours else float(marks.points),
        "tests": [_test(grades.title, status, 0.0, one_line(grade.reason, max(longest, 1)), grade)],
    }


def _test(name: str, status: str, score: float, message: str, grade: SubmissionGrade) -> dict[str, Any]:
    return {
        "name": one_line(name, 120),
        "status": status,
        "score": score,
        "message": message,
        "test_code": "",
        "filename": one_line(grade.notebook),
        "line_no": 0,
        "execution_time": 0,
    }
