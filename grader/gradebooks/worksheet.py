"""Moodle's offline grading worksheet, filled in.

Moodle reads it back by the column names (mod/assign/feedback/offline/importgradeslib.php and locallib.php,
https://github.com/moodle/moodle/tree/main/mod/assign/feedback/offline): ``Identifier``, ``Grade`` and ``Last
modified (grade)`` must be there, feedback is in ``Feedback comments``; marks above the maximum are skipped,
and so are those of students whose grade in Moodle is newer than the time in the worksheet.
"""

from __future__ import annotations

from datetime import datetime

from grader.errors import UserError
from grader.gradebooks.book import Book, Written
from grader.gradebooks.feedback import feedback, is_ours
from grader.gradebooks.fill import decimal, kept
from grader.gradebooks.late import scaled
from grader.reports.text import number

DOWNLOAD = "in Moodle: the assignment → View all submissions → Grading action → Download grading worksheet"

GRADE = "Grade"
MAXIMUM = "Maximum Grade"
CHANGEABLE = "Grade can be changed"
MODIFIED = "Last modified (grade)"
COMMENTS = "Feedback comments"


def worksheet(book: Book, downloaded: datetime) -> Written:
    """Fill in grade, feedback and when the grade was changed; all else is as it was downloaded.

    Args:
        book: its roster is the downloaded file.
        downloaded: stands as the time of the grades. With it Moodle still refuses what a colleague has graded
            since then; with a later one that would be overwritten.

    Raises:
        UserError: the file is no such worksheet, or a maximum cannot be read.
    """
    assert book.roster is not None
    table = book.roster.table
    grade, maximum, modified = (table.column(name) for name in (GRADE, MAXIMUM, MODIFIED))
    if book.roster.platform != "moodle" or grade is None or maximum is None or modified is None:
        raise UserError(
            f"{table.path}:1: not Moodle's grading worksheet ({GRADE}, {MAXIMUM}, {MODIFIED}, …); "
            f"get it, with the site in English, {DOWNLOAD}"
        )
    comments = table.column(COMMENTS)
    filled: dict[tuple[int, int], str] = {}
    left: dict[str, str] = {}
    locked, commented, maxima = [], [], set()
    for student in book.roster.students:
        entry = book.by_student.get(student.id)
        if entry is None or entry.mark is None:
            if before := table.cell(student.row, grade):
                left[str(student)] = before
            continue
        if table.cell(student.row, table.column(CHANGEABLE)).casefold() == "no":
            locked.append(str(student))
            continue
        most = decimal(table.cell(student.row, maximum), table, student.row, table.header[maximum])
        maxima.add(most)
        filled[student.row, grade] = number(scaled(entry.mark.after, entry.mark.points, most))
        filled[student.row, modified] = downloaded.isoformat(timespec="seconds")
        said = table.cell(student.row, comments)
        if said and not is_ours(said):
            commented.append(str(student))
        elif comments is not None:
            filled[student.row, comments] = feedback(entry)
    notes = [f"{sum(1 for _, column in filled if column == grade)} rows filled"]
    notes += [
        f"marks out of {number(book.grades.points)} are scaled to {number(most)}"
        for most in sorted(maxima)
        if most != book.grades.points
    ]
    if locked:
        notes.append(f"left alone, for Moodle does not let their grade be changed: {'; '.join(locked)}")
    if commented:
        notes.append(f"feedback left as a person wrote it: {'; '.join(commented)}")
    if comments is None:
        notes.append("no feedback: the assignment has no feedback comments")
    return Written(table.filled(filled), (*notes, *kept(left)))
