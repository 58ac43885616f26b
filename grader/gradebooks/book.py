"""All that an export knows of a class: each submission with its student, its time and its mark."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from grader.gradebooks.late import Mark, marked
from grader.gradebooks.matching import Matching
from grader.gradebooks.students import Roster, Student
from grader.grading.grade import ClassGrades, SubmissionGrade
from grader.rubric.late import Late


@dataclass(frozen=True)
class Entry:
    """One submission."""

    grade: SubmissionGrade
    student: Student | None
    submitted: datetime | None
    mark: Mark | None
    """None where there is none: a submission that could not be graded is no zero."""


@dataclass(frozen=True)
class Book:
    """A class, ready for any dialect."""

    grades: ClassGrades
    entries: tuple[Entry, ...]
    roster: Roster | None
    matching: Matching | None
    policy: Late | None

    @cached_property
    def by_student(self) -> Mapping[str, Entry]:
        """The submission of each student who has one, by student id."""
        return {entry.student.id: entry for entry in self.entries if entry.student}

    @property
    def missing(self) -> tuple[Student, ...]:
        """Students without a submission."""
        students = self.roster.students if self.roster else ()
        return tuple(student for student in students if student.id not in self.by_student)


@dataclass(frozen=True)
class Written:
    """A gradebook in some dialect."""

    content: bytes
    notes: tuple[str, ...] = field(default=())
    """What a teacher should know of it, a line each."""


def bind(
    grades: ClassGrades,
    roster: Roster | None,
    matching: Matching | None,
    times: Callable[[SubmissionGrade, Student | None], datetime | None],
    policy: Late | None,
) -> Book:
    """Bring together what is known of each submission."""
    entries = []
    for grade in grades.submissions:
        student = matching.students.get(grade.submission) if matching else None
        submitted = times(grade, student)
        mark = marked(grade.points, grade.earned, submitted, policy) if grade.has_mark else None
        entries.append(Entry(grade, student, submitted, mark))
    return Book(grades, tuple(entries), roster, matching, policy)
