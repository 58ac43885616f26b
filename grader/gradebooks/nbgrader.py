"""What ``nbgrader export`` writes, for scripts that read it.

The columns are those of its ``CsvExportPlugin``:
https://github.com/jupyter/nbgrader/blob/main/nbgrader/plugins/export.py. Times are UTC without an offset, as
there. It differs on purpose in two things: cells are quoted where they must be, and who has no mark has empty
cells where nbgrader writes 0.0.
"""

from __future__ import annotations

from datetime import UTC, datetime

from grader.gradebooks.book import Book, Entry, Written
from grader.gradebooks.students import Student
from grader.gradebooks.table import csv_text
from grader.reports.text import number

COLUMNS = (
    "assignment",
    "duedate",
    "timestamp",
    "student_id",
    "last_name",
    "first_name",
    "email",
    "raw_score",
    "late_submission_penalty",
    "score",
    "max_score",
)


def nbgrader(book: Book, title: str | None) -> Written:
    """A row for each student of the list; without a list, for each submission under its own name."""
    assignment = title or book.grades.rubric
    due = _utc(book.policy.due if book.policy else None)
    found: list[tuple[Student, Entry | None]]
    if book.roster is not None:
        found = [(student, book.by_student.get(student.id)) for student in book.roster.students]
    else:
        found = [(Student(row, entry.grade.submission), entry) for row, entry in enumerate(book.entries)]
    rows = [
        (assignment, due, *_person(student, entry), *_scores(entry), number(book.grades.points))
        for student, entry in found
    ]
    return Written(csv_text([COLUMNS, *rows], ending="\n").encode("utf-8"), (f"{len(rows)} rows",))


def _person(student: Student, entry: Entry | None) -> tuple[str, str, str, str, str]:
    last, first = student.last, student.first
    if not (last or first):
        # A full name is not cut: where the family name begins, no program can know.
        last, _, first = (
            student.name.partition(",") if student.name.count(",") == 1 else (student.name, "", "")
        )
    return (
        _utc(entry.submitted if entry else None),
        student.id,
        last.strip(),
        first.strip(),
        student.email,
    )


def _scores(entry: Entry | None) -> tuple[str, str, str]:
    if entry is None or entry.mark is None:
        return "", "", ""
    return number(entry.mark.before), number(entry.mark.penalty), number(entry.mark.after)


def _utc(moment: datetime | None) -> str:
    return str(moment.astimezone(UTC).replace(tzinfo=None)) if moment else ""
