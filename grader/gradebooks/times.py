"""When each submission was handed in: from a list, a platform's worksheet, or a platform's file names."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path

from grader.errors import UserError
from grader.gradebooks.students import Student
from grader.gradebooks.table import Table, read_table
from grader.grading.grade import SubmissionGrade
from grader.rubric.suggest import did_you_mean
from grader.submissions.lms import handed

EXAMPLE = "2026-11-20T23:59+05:45"

_PRINTED = (
    "%A, %d %B %Y, %I:%M %p",
    "%A, %B %d, %Y, %I:%M %p",
    "%A, %d %B %Y, %H:%M",
    "%d/%m/%y, %H:%M",
)
"""Moodle's ``strftimedatetime`` in English: international, American, with 24 hours; and its short form."""


SUBMITTED = "Last modified (submission)"
"""The column of Moodle's worksheet."""


@dataclass(frozen=True)
class Times:
    """All that tells when something was handed in, the surest first."""

    zone: tzinfo
    """Of times that do not name theirs."""
    listed: Mapping[str, datetime] = field(default_factory=dict)
    """By submission."""
    worksheet: Table | None = None

    def of(self, grade: SubmissionGrade, student: Student | None) -> datetime | None:
        """When a submission was handed in; None where nothing tells."""
        if grade.submission in self.listed:
            return self.listed[grade.submission]
        if student and (text := self._printed(student)) and (moment := printed_time(text, self.zone)):
            return moment
        return time_in_name(grade.handed_in_as, self.zone)

    def unreadable(self, student: Student) -> str:
        """The time in the worksheet that could not be read, if so."""
        text = self._printed(student)
        return text if text and printed_time(text, self.zone) is None else ""

    def _printed(self, student: Student) -> str:
        if self.worksheet is None:
            return ""
        text = self.worksheet.cell(student.row, self.worksheet.column(SUBMITTED))
        return "" if text == "-" else text


def read_timestamps(path: Path, submissions: Collection[str], zone: tzinfo) -> dict[str, datetime]:
    """The times in a CSV file with the columns ``submission`` and ``submitted``.

    Args:
        path: the file; a line without a time says nothing.
        submissions: names that may stand there.
        zone: of times without an offset from UTC.

    Raises:
        UserError: a line names no submission, names one twice, or its time is none.
    """
    table = read_table(path)
    name, time = table.column("submission"), table.column("submitted")
    if name is None or time is None:
        raise UserError(f"{path}:1: a file of times has the columns submission and submitted")
    times: dict[str, datetime] = {}
    for row in range(len(table.rows)):
        submission, text = table.cell(row, name), table.cell(row, time)
        if not submission and not text:
            continue
        if submission not in submissions:
            hint = did_you_mean(submission, submissions)
            raise UserError(f"{table.where(row)}: there is no submission “{submission}”{hint}")
        if submission in times:
            raise UserError(f"{table.where(row)}: “{submission}” stands twice")
        if text:
            times[submission] = _iso(text, table, row, zone)
    return times


def _iso(text: str, table: Table, row: int, zone: tzinfo) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(
            f"{table.where(row)}: “submitted” should be a time such as {EXAMPLE}, found “{text}”"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def printed_time(text: str, zone: tzinfo) -> datetime | None:
    """A time as Moodle prints it in English, ``Friday, 20 November 2026, 11:59 PM``; None for other text."""
    plain = " ".join(text.split())
    for form in _PRINTED:
        try:
            return datetime.strptime(plain, form).replace(tzinfo=zone)
        except ValueError:
            continue
    return None


def time_in_name(name: str, zone: tzinfo) -> datetime | None:
    """The time in the name of a download: Blackboard's have one, to the second."""
    download = handed(name)
    numbers = re.findall(r"\d+", download.attempt) if download else []
    if len(numbers) < 5:  # a day alone says nothing about the hour
        return None
    try:
        return datetime(*map(int, numbers[:6]), tzinfo=zone)  # type: ignore[arg-type,misc]
    except ValueError:
        return None


def late_by_name(name: str) -> bool:
    """Whether Canvas marked a download as late, which does not tell by how much."""
    download = handed(name)
    return download is not None and download.late
