"""The plain gradebook (``gradebook.csv``) with students, times and late penalties, for spreadsheets."""

from __future__ import annotations

import csv
import io

from grader.gradebooks.book import Book, Entry, Written
from grader.gradebooks.students import Student
from grader.gradebooks.table import csv_text
from grader.reports.gradebook import gradebook, safe_cell
from grader.reports.text import number

ADDED = (
    "student id",
    "student name",
    "student email",
    "handed in",
    "days late",
    "late penalty",
    "final mark",
)
"""With a space in each, so that no question and no check can have the same name."""


def plain(book: Book) -> Written:
    """The gradebook's columns, then the student's; at the end the students who handed in nothing.

    A spreadsheet runs what looks like a formula, in names too: there they get an apostrophe, as in
    :func:`grader.reports.gradebook.safe_cell`.
    """
    header, *rows = csv.reader(io.StringIO(gradebook(book.grades), newline=""))
    written = [[*header, *ADDED]]
    for row, entry in zip(rows, book.entries, strict=True):
        written.append([*row, *_student(entry.student), *_mark(entry, book)])
    for student in book.missing:
        nothing = ["", "", "no submission", *[""] * (len(header) - 3)]
        written.append([*nothing, *_student(student), *[""] * 4])
    return Written(csv_text(written).encode("utf-8-sig", "replace"), (f"{len(written) - 1} rows",))


def _student(student: Student | None) -> list[str]:
    found = (student.id, student.name, student.email) if student else ("", "", "")
    return [safe_cell(text) for text in found]


def _mark(entry: Entry, book: Book) -> list[str]:
    submitted = entry.submitted.isoformat() if entry.submitted else ""
    if entry.mark is None:
        return [submitted, "", "", ""]
    days = str(entry.mark.days) if entry.submitted and book.policy else ""
    return [submitted, days, number(entry.mark.penalty), number(entry.mark.after)]
