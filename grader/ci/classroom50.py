"""Classroom 50's ``result.json``, which its runner validates and its gradebook collects.

Source: github.com/foundation50/classroom50, ``schemas/result-v1.schema.json`` and ``validate_result`` in
``cli/gh-teacher/skeleton/dotgithub/scripts/runner.py``; the variables are those that ``run_entrypoint`` there
gives an ``autograder.py``. Scores are integers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from grader.ci.marks import whole_marks
from grader.errors import UserError
from grader.grading.grade import ClassGrades
from grader.reports.student_view import explanation
from grader.reports.text import checks
from grader.visible import one_line

REQUIRED = ("CLASSROOM", "ASSIGNMENT", "SUBMISSION_TAG", "COMMIT_URL", "RELEASE_URL")
"""Variables that the runner sets for every ``autograder.py``."""


def result(
    grades: ClassGrades, environment: Mapping[str, str], when: datetime, points: int | None = None
) -> dict[str, Any]:
    """The object for the one submission of ``grades``, which are as students see them.

    ``when`` is the submission's instant; the runner puts the commit's in its place, as it does with owner and
    type. Raises ``UserError`` where the runner's variables are missing.
    """
    if missing := [name for name in REQUIRED if not environment.get(name)]:
        raise UserError(
            f"--protocol classroom50: {', '.join(missing)} not set; run it from Classroom 50's autograder.py"
        )
    owner = environment.get("OWNER") or environment.get("USERNAME") or ""
    if not owner:
        raise UserError("--protocol classroom50: OWNER not set; run it from Classroom 50's autograder.py")
    (grade,) = grades.submissions
    marks = whole_marks(grade, points)
    rows = zip(checks(grade), marks.by_check, marks.points_by_check, strict=True) if grade.has_mark else ()
    tests = [
        {
            "test-name": one_line(f"{check.id}: {check.title}", 120),
            "passed": check.earned >= check.points,
            "score": int(score),
            "max-score": int(most),
            "message": explanation(check),
        }
        for check, score, most in rows
    ]
    if not grade.has_mark:
        # Without a test the runner would take the submission for one that nobody grades, and pass it.
        tests = [
            {
                "test-name": one_line(grades.title, 120),
                "passed": False,
                "score": 0,
                "max-score": int(marks.points),
                "message": one_line(grade.reason, 600),
            }
        ]
    return {
        "schema": "classroom50/result/v1",
        "classroom": environment["CLASSROOM"],
        "assignment": environment["ASSIGNMENT"],
        "assignment_type": environment.get("ASSIGNMENT_TYPE") or "individual",
        "owner": owner,
        "submission": environment["SUBMISSION_TAG"],
        "commit": environment["COMMIT_URL"],
        "release": environment["RELEASE_URL"],
        "review": environment.get("REVIEW_URL") or environment["COMMIT_URL"],
        "datetime": when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "score": int(marks.earned),
        "max-score": int(marks.points),
        "tests": tests,
    }
