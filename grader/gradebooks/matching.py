"""Whose submission is whose: for certain, or as a proposal that a person confirms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from grader.gradebooks.names import Near, spaced
from grader.gradebooks.students import Roster, Student
from grader.grading.grade import SubmissionGrade
from grader.submissions.lms import handed

NEAR = 0.8
"""From this likeness on a student is proposed: a letter or two, a missing middle name."""


@dataclass(frozen=True)
class Proposal:
    """A student whose name is near a submission's."""

    submission: str
    student: Student
    likeness: float


@dataclass(frozen=True)
class Decisions:
    """What a person has said about submissions and students."""

    confirmed: Mapping[str, Student] = field(default_factory=dict)
    refused: frozenset[tuple[str, str]] = frozenset()
    """Submission and student id."""


@dataclass(frozen=True)
class Matching:
    """The student of each submission, as far as it is known."""

    students: Mapping[str, Student]
    """By submission."""
    proposals: tuple[Proposal, ...]
    """Of the unmatched ones, at most one each."""
    unmatched: Mapping[str, str]
    """Why nobody is certain, by submission."""

    def accepting_proposals(self) -> Matching:
        """With every proposal taken as true."""
        near = {proposal.submission: proposal.student for proposal in self.proposals}
        left = {name: why for name, why in self.unmatched.items() if name not in near}
        return Matching({**self.students, **near}, (), left)


def match(grades: Sequence[SubmissionGrade], roster: Roster, decisions: Decisions = Decisions()) -> Matching:
    """Match submissions with students.

    In this order: what a person confirmed; the number in a download's file name; an id, login or e-mail
    address; the name. The first of them that fits anyone decides. Where two students fit a submission, or two
    submissions a student, none is taken: a mark that nobody gets is found, one in the wrong row is not.
    """
    found = dict(decisions.confirmed)
    unmatched: dict[str, str] = {}
    near: list[str] = []
    names = {grade.submission for grade in grades}
    for grade in grades:
        if grade.submission in found:
            continue
        students = [
            student
            for student in _certain(grade, roster, names)
            if (grade.submission, student.id) not in decisions.refused
        ]
        if len(students) == 1:
            found[grade.submission] = students[0]
        elif students:
            unmatched[grade.submission] = f"fits several students: {_listed(students)}"
        else:
            unmatched[grade.submission] = "fits no student"
            near.append(grade.submission)
    for submission, why in _claimed_twice(found, decisions):
        del found[submission]
        unmatched[submission] = why
    order = {grade.submission: at for at, grade in enumerate(grades)}
    taken = {student.id for student in found.values()}
    free = [student for student in roster.students if student.id not in taken]
    proposals = _proposals(
        [_named(grade, names) for grade in grades if grade.submission in near], free, decisions
    )
    return Matching(
        found,
        tuple(sorted(proposals, key=lambda each: order[each.submission])),
        dict(sorted(unmatched.items(), key=lambda each: order[each[0]])),
    )


def _certain(grade: SubmissionGrade, roster: Roster, names: set[str]) -> Sequence[Student]:
    download = handed(grade.handed_in_as)
    if download and download.number and download.platform == roster.platform:
        # A number decides alone: who is not in the list has left the course, and a namesake is somebody else.
        return roster.listed(download.number)
    _, name = _named(grade, names)
    return roster.find(name) or roster.called(spaced(name))


def _named(grade: SubmissionGrade, names: set[str]) -> tuple[str, str]:
    """The submission and the name in it: without the number that tells namesakes apart in a class."""
    numbered = re.fullmatch(r"(.+) \(\d+\)", grade.submission)
    return grade.submission, numbered[1] if numbered and numbered[1] in names else grade.submission


def _claimed_twice(found: Mapping[str, Student], decisions: Decisions) -> Iterator[tuple[str, str]]:
    by_student = sorted(found, key=lambda submission: found[submission].id)
    for _, group in groupby(by_student, key=lambda submission: found[submission].id):
        claims = list(group)
        for submission in claims:
            others = [other for other in claims if other != submission]
            if others and submission not in decisions.confirmed:
                yield submission, f"fits {found[submission]}, whom {_quoted(others)} fits as well"


def _proposals(
    named: Iterable[tuple[str, str]], free: Sequence[Student], decisions: Decisions
) -> Iterator[Proposal]:
    best: dict[str, list[Proposal]] = {}
    for submission, name in named:
        to_name = Near(name)
        near = [
            Proposal(submission, student, likeness)
            for student in free
            if (submission, student.id) not in decisions.refused and (likeness := _likeness(to_name, student))
        ]
        if first := _first_alone(near):
            best.setdefault(first.student.id, []).append(first)
    for rivals in best.values():
        if winner := _first_alone(rivals):
            yield winner


def _first_alone(proposals: Sequence[Proposal]) -> Proposal | None:
    """The likeliest one, unless another is as likely."""
    ranked = sorted(proposals, key=lambda proposal: proposal.likeness, reverse=True)
    if not ranked or (len(ranked) > 1 and ranked[1].likeness == ranked[0].likeness):
        return None
    return ranked[0]


def _likeness(to_name: Near, student: Student) -> float:
    mailbox = student.email.partition("@")[0]
    return max(to_name.likeness(other, NEAR) for other in (student.name, student.login, mailbox))


def _listed(students: Iterable[Student]) -> str:
    return ", ".join(map(str, students))


def _quoted(submissions: Iterable[str]) -> str:
    return ", ".join(f"“{submission}”" for submission in submissions)
