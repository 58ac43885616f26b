"""Moodle's grade import: a CSV file with students, grade and feedback.

https://docs.moodle.org/en/Grade_import: students are found by ID number, username or e-mail address (in the
very capitals that Moodle has), the teacher maps the other columns; grade and feedback belong together, as
importing the one alone loses the other. By the importer itself (grade/import/csv/classes/load_data.php in
https://github.com/moodle/moodle) an empty grade deletes one and an unknown student ends the import: so there
are rows only for marks, and only of students in the list.
"""

from __future__ import annotations

from grader.errors import UserError
from grader.gradebooks.book import Book, Written
from grader.gradebooks.feedback import feedback
from grader.gradebooks.table import csv_text
from grader.reports.text import number

DOWNLOAD = "in Moodle: Grades → Export → Plain text file"

MAPPABLE = {"number": "ID number", "login": "Username", "email": "Email address"}
"""What Moodle can map students by, and its names for it."""


def moodle(book: Book, title: str | None) -> Written:
    """The file to import, with every column of the list by which Moodle can find a student.

    Raises:
        UserError: the list has no such column.
    """
    assert book.roster is not None
    students = book.roster.students
    by = [what for what in MAPPABLE if any(getattr(student, what) for student in students)]
    if not by:
        raise UserError(
            f"{book.roster.table.path}:1: Moodle finds students by ID number, Username or Email address, "
            f"and the list has none of them; get one {DOWNLOAD}"
        )
    heading = title or book.grades.title
    rows = [[*(MAPPABLE[what] for what in by), "Full name", heading, f"{heading} (feedback)"]]
    for student in students:
        entry = book.by_student.get(student.id)
        if entry is not None and entry.mark is not None:
            keys = [getattr(student, what) for what in by]
            rows.append([*keys, student.name, number(entry.mark.after), feedback(entry)])
    notes = (
        f"{len(rows) - 1} rows; marks are out of {number(book.grades.points)}, "
        "as the grade item in Moodle should be",
    )
    return Written(csv_text(rows).encode("utf-8"), notes)
