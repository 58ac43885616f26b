"""What a student may see: everything about a public check, of a hidden one its title and points."""

from __future__ import annotations

from grader.grading.grade import CheckGrade, ClassGrades, Resemblances, SubmissionGrade
from grader.reports.text import CHECK_WORDS, plain, shortened

NOT_TOLD = "This check is hidden: your teacher sees what it looks at."


def as_students_see(grades: ClassGrades) -> ClassGrades:
    """The grades without what hidden checks ask for, and without what is for the teacher."""
    submissions = tuple(_seen(grade) for grade in grades.submissions)
    told = {"submissions": submissions, "statistics": (), "resemblances": Resemblances()}
    return grades.model_copy(update=told)


def explanation(check: CheckGrade, limit: int = 600) -> str:
    """In one paragraph, why a check cost points; nothing for one that cost none."""
    if check.earned >= check.points and check.status == "passed":
        return ""
    if check.visibility == "hidden":
        return NOT_TOLD
    parts = [
        f"Expected: {check.expected}." if check.expected else "",
        f"Found: {check.found}." if check.found else "",
        check.hint,
    ]
    told = " ".join(" ".join(plain(part).split()) for part in parts if part)
    return shortened(told, limit).replace("\n", " ") or CHECK_WORDS[check.status]


def _seen(grade: SubmissionGrade) -> SubmissionGrade:
    hidden = [
        check for question in grade.questions for check in question.checks if check.visibility == "hidden"
    ]
    questions = tuple(
        question.model_copy(update={"checks": tuple(_check(check) for check in question.checks)})
        for question in grade.questions
    )
    told: dict[str, object] = {"questions": questions, "remarks": (), "doubts": ()}
    if any(check.check == "trains" for check in hidden):
        told["trainings"] = ()  # they show the threshold, and the reference's curve
    if any(check.check != "trains" for check in hidden):
        told["networks"] = ()  # they show the layers asked for, perhaps those of a hidden check
    return grade.model_copy(update=told)


def _check(check: CheckGrade) -> CheckGrade:
    if check.visibility != "hidden":
        return check
    return CheckGrade(
        id=check.id,
        check=check.check,
        title=check.title,
        status=check.status,
        points=check.points,
        earned=check.earned,
        expected=NOT_TOLD,
        found=CHECK_WORDS[check.status],
        visibility="hidden",
    )
