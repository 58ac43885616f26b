"""Grades of one submission, ordinary and hostile, for what writes them for platforms."""

from __future__ import annotations

from decimal import Decimal

from grader.grading.grade import CheckGrade, ClassGrades, QuestionGrade, SubmissionGrade

SECRET = "at least 0.4731 after 10 epochs"
"""What only the teacher may read."""

HOSTILE = (
    "::set-output name=points::100\r\n::error::x%0A | `code` <script>alert(1)</script> <!-- "
    "[a](javascript:b) ##[add-mask]s 🦊 \x1b[31m\x00 \u202e @everyone #1 $x$ __b__ ~~s~~ "
    "https://evil.example \ud800 END_"
)


def check(
    name: str = "1a",
    points: str = "2",
    earned: str = "2",
    *,
    text: str = "3 layers",
    title: str = "Builds the network",
    hidden: bool = False,
    cells: tuple[int, ...] = (0,),
) -> CheckGrade:
    worth, got = Decimal(points), Decimal(earned)
    return CheckGrade(
        id=name,
        check="trains" if hidden else "network",
        title=title,
        status="passed" if got == worth else "partial" if got else "failed",
        points=worth,
        earned=got,
        expected=SECRET if hidden else text,
        found=SECRET if hidden else text,
        hint=SECRET if hidden else text,
        cells=cells,
        remarks=(SECRET,) if hidden else (),
        visibility="hidden" if hidden else "public",
    )


def graded(*checks: CheckGrade, title: str = "A worksheet", **facts: object) -> ClassGrades:
    points = sum((each.points for each in checks), Decimal(0))
    earned = sum((each.earned for each in checks), Decimal(0))
    question = QuestionGrade(id="task1", title=title, points=points, earned=earned, checks=checks)
    given: dict[str, object] = {
        "submission": "repo",
        "notebook": "w5.ipynb",
        "status": "graded",
        "points": points,
        "earned": earned,
        "questions": (question,) if checks else (),
        "remarks": (SECRET,),
        "doubts": (SECRET,),
        "seconds": 14.25,
    }
    return ClassGrades(
        grader="0.1.0",
        rubric="w5",
        title=title,
        points=points,
        created="2026-03-14T09:26:53Z",
        sandbox="private root, no network",
        data={},
        submissions=(SubmissionGrade.model_validate(given | facts),),
    )


def hostile() -> ClassGrades:
    """A check lost and one met, whose every text attacks, and a hidden one."""
    return graded(
        check("1a", "2", "0.5", text=HOSTILE, title=HOSTILE),
        check("1b", "1", "1", text=HOSTILE, title=HOSTILE),
        check("4t", "3", "0", hidden=True),
        title=HOSTILE,
        notebook=f"{HOSTILE}.ipynb",
    )


def unmarked(status: str) -> ClassGrades:
    return graded(status=status, reason=HOSTILE, points=Decimal(10))
