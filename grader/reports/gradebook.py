"""``gradebook.csv``: one row a submission, for spreadsheets and learning platforms."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from pathlib import Path

from grader.grading.grade import ClassGrades, SubmissionGrade
from grader.reports.files import write_atomically
from grader.reports.text import number
from grader.visible import one_line

FIXED = ("submission", "notebook", "status", "points", "earned")


def write_gradebook(grades: ClassGrades, path: Path) -> None:
    """Write the gradebook to ``path``; raises :class:`grader.errors.CannotWriteError` where it cannot.

    UTF-8 with a byte-order mark: without one, Excel takes the file for its local code page and spoils every
    name beyond ASCII; LibreOffice, Google Sheets, Moodle and pandas (``utf-8-sig``) read past it.
    """
    write_atomically(path, gradebook(grades).encode("utf-8-sig", "replace"))


def gradebook(grades: ClassGrades) -> str:
    """The CSV text (RFC 4180): fixed columns, then points earned for each question, followed by its checks.

    A submission without a mark has empty cells, not zeros. No cell can start a formula.
    """
    columns = _columns(grades)
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow([*FIXED, *(safe_cell(_title(kind, name, columns)) for kind, name in columns)])
    for grade in grades.submissions:
        earned = _earned(grade)
        writer.writerow(
            [
                safe_cell(grade.submission),
                safe_cell(grade.notebook),
                grade.status,
                number(grade.points),
                number(grade.earned) if grade.has_mark else "",
                *(number(earned[column]) if column in earned else "" for column in columns),
            ]
        )
    return written.getvalue()


def safe_cell(text: str) -> str:
    """``text`` on one line, with an apostrophe before whatever a spreadsheet would run as a formula.

    The leading characters are those of OWASP's "CSV Injection" page, their full-width forms included.
    """
    line = one_line(text.replace("\r", " ").replace("\n", " ").replace("\t", " "), limit=1000)
    return f"'{line}" if line.lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠")) else line


Column = tuple[str, str]
"""``question`` or ``check``, and its id."""


def _columns(grades: ClassGrades) -> list[Column]:
    checks: dict[str, dict[str, None]] = {}
    for grade in grades.submissions:
        for question in grade.questions:
            checks.setdefault(question.id, {}).update((check.id, None) for check in question.checks)
    return [
        column
        for question, ids in checks.items()
        for column in [("question", question), *(("check", identifier) for identifier in ids)]
    ]


def _title(kind: str, name: str, columns: list[Column]) -> str:
    ambiguous = name in FIXED or ("check" if kind == "question" else "question", name) in columns
    return f"{kind} {name}" if ambiguous else name


def _earned(grade: SubmissionGrade) -> dict[Column, Decimal]:
    if not grade.has_mark:
        return {}
    earned: dict[Column, Decimal] = {}
    for question in grade.questions:
        earned["question", question.id] = question.earned
        for check in question.checks:
            earned["check", check.id] = check.earned
    return earned
