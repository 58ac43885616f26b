"""The students of a course, from whatever list of them a teacher can download."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from grader.errors import UserError
from grader.gradebooks.names import spellings
from grader.gradebooks.table import Table, read_table

Platform = Literal["canvas", "moodle", ""]

COLUMNS = {
    "id": ("id", "identifier", "student id", "student_id", "user id"),
    "number": ("id number", "idnumber", "student number"),
    "sis": ("sis user id",),
    "login": ("sis login id", "username", "user name", "login", "login id"),
    "email": ("email address", "email", "e-mail", "e-mail address"),
    "name": ("student", "full name", "fullname", "name", "student name"),
    "first": ("first name", "firstname", "first_name", "given name"),
    "last": ("last name", "lastname", "last_name", "surname", "family name"),
}
"""Names of columns by what they hold: Canvas's, Moodle's, nbgrader's and those that people choose."""

IDENTIFYING = ("id", "number", "sis", "login", "email")
"""What belongs to one student alone; the first that all students have names them in match files."""


@dataclass(frozen=True)
class Student:
    """One row of a list of students."""

    row: int
    """Its position in the table."""
    id: str
    number: str = ""
    """The ID number that the school gives."""
    sis: str = ""
    login: str = ""
    email: str = ""
    name: str = ""
    first: str = ""
    last: str = ""
    listed: str = ""
    """The number by which the platform's downloads name the student."""

    @property
    def identifiers(self) -> frozenset[str]:
        """Everything that is theirs alone, in small letters."""
        return frozenset(
            text.casefold() for text in (self.id, self.number, self.sis, self.login, self.email) if text
        )

    @property
    def spellings(self) -> frozenset[str]:
        """The forms of their name."""
        return spellings(self.name, self.first, self.last)

    def __str__(self) -> str:
        """Name and id, for people."""
        return f"{self.name} ({self.id})" if self.name and self.name != self.id else self.id


@dataclass(frozen=True)
class Roster:
    """A list of students and the file it comes from."""

    table: Table
    students: tuple[Student, ...]
    platform: Platform

    def find(self, identifier: str) -> tuple[Student, ...]:
        """The students to whom an id, login or e-mail address belongs: one, if the list is sound."""
        return self._by_identifier.get(identifier.strip().casefold(), ())

    def called(self, spelling: str) -> tuple[Student, ...]:
        """The students whose name has this spelling."""
        return self._by_spelling.get(spelling, ())

    def listed(self, number: str) -> tuple[Student, ...]:
        """The students who have this number on the platform."""
        return self._by_number.get(number, ())

    @cached_property
    def _by_identifier(self) -> Mapping[str, tuple[Student, ...]]:
        return self._by(lambda student: student.identifiers)

    @cached_property
    def _by_spelling(self) -> Mapping[str, tuple[Student, ...]]:
        return self._by(lambda student: student.spellings)

    @cached_property
    def _by_number(self) -> Mapping[str, tuple[Student, ...]]:
        return self._by(lambda student: frozenset({student.listed} - {""}))

    def _by(self, keys: Callable[[Student], frozenset[str]]) -> Mapping[str, tuple[Student, ...]]:
        found: dict[str, tuple[Student, ...]] = {}
        for student in self.students:
            for key in keys(student):
                found[key] = (*found.get(key, ()), student)
        return found


def read_roster(path: Path) -> Roster:
    """Read a list of students: Canvas's gradebook, Moodle's worksheet or grade export, or one's own.

    Raises:
        UserError: the file is no list of students, or does not tell them apart.
    """
    return roster_of(read_table(path))


def roster_of(table: Table) -> Roster:
    """The students in a table; its rows about the columns (``Points Possible``) are none."""
    at = {what: table.column(*names) for what, names in COLUMNS.items()}
    rows = [row for row in range(len(table.rows)) if _is_student(table, row, at)]
    identifying = _identifying(table, at, rows)
    platform: Platform = ""
    if at["id"] is not None and table.column("Section") is not None:
        platform = "canvas"
    elif table.column("Identifier") is not None:
        platform = "moodle"
    students = tuple(_student(table, row, at, identifying, platform) for row in rows)
    if not students:
        raise UserError(f"{table.path}: no students in it")
    return Roster(table, students, platform)


def _is_student(table: Table, row: int, at: Mapping[str, int | None]) -> bool:
    # Canvas has "    Points Possible" below the header, and a row of posting policies before it.
    if "Points Possible" in table.cell(row, 0):
        return False
    return any(table.cell(row, column) for column in at.values())


def _identifying(table: Table, at: Mapping[str, int | None], rows: list[int]) -> int:
    columns = [column for what in IDENTIFYING if (column := at[what]) is not None]
    if not columns:
        raise UserError(
            f"{table.path}:1: no column tells students apart; it should have ID, Identifier, Student ID, "
            "ID number, Username or Email address"
        )
    faults = [_fault(table, column, rows) for column in columns]
    for column, fault in zip(columns, faults, strict=True):
        if fault is None:
            return column
    raise UserError(str(faults[0]))


def _fault(table: Table, column: int, rows: list[int]) -> str | None:
    title = table.header[column].strip()
    first: dict[str, int] = {}
    for row in rows:
        if not (text := table.cell(row, column).casefold()):
            return f'{table.where(row)}: this student has no "{title}", by which students are told apart'
        if text in first:
            earlier = table.lines[first[text]]
            return f'{table.where(row)}: "{text}" stands twice under "{title}", first on line {earlier}'
        first[text] = row
    return None


def _student(
    table: Table, row: int, at: Mapping[str, int | None], identifying: int, platform: Platform
) -> Student:
    held = {what: table.cell(row, column) for what, column in at.items()}
    name = held["name"] or f"{held['first']} {held['last']}".strip()
    listed = held["id"] if platform == "canvas" else ""
    if platform == "moodle" and (number := re.search(r"\d+$", held["id"])):
        # "Participant 12345"; the word is translated, the number is that of the downloaded folders.
        listed = number[0]
    return Student(
        **{**held, "id": table.cell(row, identifying), "name": name},
        row=row,
        listed=listed,
    )
