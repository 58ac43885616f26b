"""Canvas: the gradebook that a teacher has downloaded, with one assignment's column filled in.

The file's columns and how Canvas reads it back are those of its own exporter and importer,
https://github.com/instructure/canvas-lms/blob/master/lib/gradebook_exporter.rb and ``gradebook_importer.rb``:
``Student, ID, SIS User ID, SIS Login ID, Section``, columns of the teacher's own, ``Title (id)`` for each
assignment, then totals that are read only; a row ``Points Possible`` below the header, sometimes a row of
posting policies before it; ``EX`` for an excused student, ``N/A`` for one who was not given the assignment.
"""

from __future__ import annotations

import re
from decimal import Decimal

from grader.errors import UserError
from grader.gradebooks.book import Book, Written
from grader.gradebooks.fill import decimal, kept
from grader.gradebooks.late import scaled
from grader.gradebooks.table import Table
from grader.reports.text import number
from grader.rubric.suggest import did_you_mean

DOWNLOAD = "in Canvas: Grades → Export → Export Entire Gradebook"

_ASSIGNMENT = re.compile(r"(?P<title>.+) \((?P<id>\d+)\)\s*", re.DOTALL)


def canvas(book: Book, title: str | None) -> Written:
    """Fill the assignment's column.

    Args:
        book: its roster is the downloaded file.
        title: the assignment's heading, title or number; by default the worksheet's title.

    Raises:
        UserError: no column or several are meant, or the assignment's points cannot be read.
    """
    assert book.roster is not None
    table = book.roster.table
    if book.roster.platform != "canvas" or table.column("ID") is None:
        raise UserError(
            f"{table.path}:1: not Canvas's gradebook (Student, ID, …, Section); get it {DOWNLOAD}"
        )
    column = _assignment(table, title, book.grades.title)
    possible = _possible(table, column)
    filled: dict[tuple[int, int], str] = {}
    left: dict[str, str] = {}
    for student in book.roster.students:
        entry = book.by_student.get(student.id)
        before = table.cell(student.row, column)
        if before.upper() in ("EX", "N/A") or entry is None or entry.mark is None:
            if before:
                left[str(student)] = before
        else:
            filled[student.row, column] = number(scaled(entry.mark.after, entry.mark.points, possible))
    notes = [f"{len(filled)} cells filled in column “{table.header[column]}”"]
    if possible != book.grades.points:
        notes.append(f"marks out of {number(book.grades.points)} are scaled to {number(possible)} points")
    return Written(table.filled(filled), (*notes, *kept(left)))


def _assignment(table: Table, title: str | None, default: str) -> int:
    wanted = (title or default).strip()
    headings = {at: found for at, name in enumerate(table.header) if (found := _ASSIGNMENT.fullmatch(name))}
    if not headings:
        raise UserError(
            f"{table.path}:1: no assignment's column, such as “Worksheet 5 (1234)”; get it {DOWNLOAD}"
        )
    for part in (0, "id", "title"):
        meant = [at for at, found in headings.items() if found[part].strip().casefold() == wanted.casefold()]
        if len(meant) == 1:
            return meant[0]
        if meant:
            several = " or ".join(f'--title "{table.header[at]}"' for at in meant)
            raise UserError(
                f"{table.path}:1: several assignments are called “{wanted}”; say which: {several}"
            )
    names = [found[0] for found in headings.values()]
    hint = did_you_mean(wanted, names)
    raise UserError(
        f"{table.path}:1: no assignment “{wanted}”{hint or '; there are: ' + ', '.join(names)}; "
        'say which: --title "Title (id)"'
    )


def _possible(table: Table, column: int) -> Decimal:
    for row in range(len(table.rows)):
        if "Points Possible" in table.cell(row, 0):
            text = table.cell(row, column)
            if "read only" in text:
                raise UserError(f"{table.where(row)}: Canvas has “{table.header[column]}” as read only")
            return decimal(text, table, row, "Points Possible")
    raise UserError(f"{table.path}: no row “Points Possible”; get the whole gradebook {DOWNLOAD}")
