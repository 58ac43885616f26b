"""The file in which a person confirms whose submission is whose: ``submission,student id,confirmed``."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from grader.errors import UserError
from grader.gradebooks.matching import Decisions, Matching
from grader.gradebooks.students import Roster, Student
from grader.gradebooks.table import Table, csv_text, read_table
from grader.reports.files import write_atomically
from grader.reports.gradebook import safe_cell
from grader.rubric.suggest import did_you_mean

HEADER = ("submission", "student id", "confirmed")
ANSWERS = {
    "yes": True,
    "y": True,
    "x": True,
    "true": True,
    "1": True,
    "no": False,
    "n": False,
    "false": False,
}
"""What may stand under ``confirmed``; an empty cell is a question still open."""


@dataclass(frozen=True)
class _Line:
    submission: str
    identifier: str
    answer: bool | None


def read_decisions(path: Path, submissions: Collection[str], roster: Roster) -> Decisions:
    """What has been confirmed and refused in a match file; nothing where there is no file yet.

    Raises:
        UserError: a line names no submission or no student, or confirms a student twice.
    """
    if not path.exists():
        return Decisions()
    table = read_table(path)
    confirmed: dict[str, Student] = {}
    refused: set[tuple[str, str]] = set()
    for row, line in _lines(table, submissions):
        if line.answer is None:
            continue
        student = _student(table, row, line, roster)
        if not line.answer:
            refused.add((line.submission, student.id))
            continue
        for submission, other in confirmed.items():
            if (submission == line.submission) != (other.id == student.id):
                raise UserError(
                    f"{table.where(row)}: “{line.submission}” is confirmed as {student}, "
                    f"but “{submission}” is as {other} above"
                )
        confirmed[line.submission] = student
    return Decisions(confirmed, frozenset(refused))


def write_open_questions(path: Path, matching: Matching, submissions: Collection[str]) -> None:
    """Add what is unmatched and not in the file yet: with the proposed student, or none, to be filled in."""
    # The lines of the person stay; a submission that they have met is not asked about again.
    lines: list[_Line] = []
    if path.exists():
        lines = [line for _, line in _lines(read_table(path), submissions)]
    known = {(line.submission, line.identifier.casefold()) for line in lines}
    asked = {line.submission for line in lines}
    proposed = {proposal.submission: proposal.student.id for proposal in matching.proposals}
    added = [
        _Line(submission, identifier, None)
        for submission in matching.unmatched
        for identifier in [proposed.get(submission, "")]
        if (submission, identifier.casefold()) not in known and (identifier or submission not in asked)
    ]
    if added:
        answers = {True: "yes", False: "no", None: ""}
        rows = [
            (safe_cell(line.submission), line.identifier, answers[line.answer]) for line in (*lines, *added)
        ]
        write_atomically(path, csv_text([HEADER, *rows]).encode("utf-8-sig"))


def _lines(table: Table, submissions: Collection[str]) -> list[tuple[int, _Line]]:
    columns = [table.column(name) for name in HEADER]
    if None in columns:
        raise UserError(f"{table.path}:1: a match file has the columns {', '.join(HEADER)}")
    # A name that looks like a formula stands there as the spreadsheet is to show it.
    shown = {safe_cell(submission): submission for submission in submissions}
    lines = []
    for row in range(len(table.rows)):
        name, identifier, answer = (table.cell(row, column) for column in columns)
        if not (name or identifier or answer):
            continue
        submission = name if name in submissions else shown.get(name)
        if submission is None:
            hint = did_you_mean(name, submissions)
            raise UserError(f"{table.where(row)}: there is no submission “{name}”{hint}")
        if answer and answer.casefold() not in ANSWERS:
            raise UserError(f"{table.where(row)}: “confirmed” should be yes, no or empty, found “{answer}”")
        lines.append((row, _Line(submission, identifier, ANSWERS.get(answer.casefold()))))
    return lines


def _student(table: Table, row: int, line: _Line, roster: Roster) -> Student:
    if not line.identifier:
        raise UserError(f"{table.where(row)}: “{line.submission}” is decided, but no student id is given")
    students = roster.find(line.identifier)
    if len(students) != 1:
        fits = "several students have" if students else "no student has"
        raise UserError(f"{table.where(row)}: {fits} the id “{line.identifier}” in {roster.table.path}")
    return students[0]
