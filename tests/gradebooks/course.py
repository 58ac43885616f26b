"""A course for the tests: the made-up class, the students that a platform lists, and the platform's files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from classroom import NAMES, class_grades

from grader.cli.main import main
from grader.grading.grade import ClassGrades
from grader.reports.json_report import write_grades

CLASS = class_grades()
TITLE = "Worksheet 5 (1234)"
GUEST = "Guest, who never came"
ABSENT = ("zoe", "CON")
"""Submissions whose students are in no list."""

LISTED = [name for name in NAMES if name not in (*ABSENT, "anna lindqvist")] + [GUEST]
"""Names of the students as the platform has them; one is nobody's submission."""

RUBRIC = """\
rubric: 1
id: worksheet5
title: Own
questions: [{id: a, title: A}]
late: {due: 2026-11-20T23:59+05:45, grace: 15min, per_day: 10%, cap: 50%}
"""


def named(*names: str, handed_in_as: Sequence[str] = ()) -> ClassGrades:
    """A class of these submissions, all graded alike."""
    first = CLASS.submissions[0]
    places = handed_in_as or [""] * len(names)
    submissions = tuple(
        first.model_copy(update={"submission": name, "handed_in_as": place})
        for name, place in zip(names, places, strict=True)
    )
    return CLASS.model_copy(update={"submissions": submissions})


def csv_of(rows: Iterable[Sequence[object]], delimiter: str = ",") -> str:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter).writerows(rows)
    return written.getvalue()


def rows_of(path: Path) -> list[list[str]]:
    """What any reader of RFC 4180 makes of a file."""
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def canvas_file(names: Sequence[str] = LISTED) -> str:
    """What Canvas's exporter writes: posting policies, points, students, totals."""
    header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Notes", "Quiz 1 (99)", TITLE]
    rows: list[list[object]] = [
        [*header, "Quiz Current Score", "Final Score"],
        ["", "", "", "", "", "", "", "Manual Posting", "", ""],
        ["    Points Possible", "", "", "", "", "", "10.00", "100.00", "(read only)", "(read only)"],
    ]
    for number, name in enumerate(names, 1001):
        rows.append([name, number, f"S{number}", f"u{number}", "A, B", "=1+1", "7.50", "", "75.00", "75.00"])
    return csv_of(rows)


def worksheet_file(names: Sequence[str] = LISTED, maximum: str = "100.00") -> str:
    """What Moodle writes for offline grading, with a column of the site's own."""
    header = [
        "Identifier",
        "Full name",
        "Email address",
        "Status",
        "House",
        "Grade",
        "Maximum Grade",
        "Grade can be changed",
        "Last modified (submission)",
        "Last modified (grade)",
        "Feedback comments",
    ]
    rows: list[list[object]] = [header]
    for number, name in enumerate(names, 1001):
        status = "Submitted for grading - "
        time = "Saturday, 21 November 2026, 9:30 AM"
        rows.append(
            [
                f"Participant {number}",
                name,
                f"u{number}@example.org",
                status,
                "North",
                "",
                maximum,
                "Yes",
                time,
                "-",
                "",
            ]
        )
    return csv_of(rows)


def roster_file(names: Sequence[str] = LISTED) -> str:
    """A list of students as Moodle's grade export begins."""
    rows: list[list[object]] = [["ID number", "Full name", "Username", "Email address"]]
    rows += [
        [f"N{number}", name, f"u{number}", f"u{number}@example.org"]
        for number, name in enumerate(names, 1001)
    ]
    return csv_of(rows)


@dataclass
class Desk:
    """The current folder of a teacher who exports."""

    folder: Path
    capture: pytest.CaptureFixture[str]
    out: str = ""
    err: str = ""
    given: dict[str, Path] = field(default_factory=dict)

    def write(self, name: str, text: str) -> Path:
        (self.folder / name).write_bytes(text.encode())
        return self.folder / name

    def grades(self, grades: ClassGrades) -> None:
        write_grades(grades, self.folder / "results/grades.json")

    def export(self, to: str, *options: str) -> int:
        code = main(["export", "results", "--to", to, *options])
        self.out, self.err = self.capture.readouterr()
        return code

    def rows(self, to: str) -> list[list[str]]:
        return rows_of(self.folder / f"results/gradebook-{to}.csv")

    def summary(self, to: str) -> str:
        return (self.folder / f"results/gradebook-{to}-summary.txt").read_text()
