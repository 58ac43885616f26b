"""What a new grading of a class changes in the marks of an earlier one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from grader.grading.grade import CheckGrade, ClassGrades, SubmissionGrade


@dataclass(frozen=True)
class Moved:
    """A check that is worth something else to a submission now; None where it was or is not in the rubric."""

    id: str
    title: str
    before: Decimal | None
    after: Decimal | None

    @property
    def by(self) -> Decimal:
        """Points gained, or lost below zero."""
        return (self.after or Decimal(0)) - (self.before or Decimal(0))


@dataclass(frozen=True)
class Regraded:
    """The same notebook with another result."""

    submission: str
    before: SubmissionGrade
    after: SubmissionGrade
    moved: tuple[Moved, ...]
    """In the rubric's order, those of new checks last."""

    @property
    def by(self) -> Decimal:
        """Points gained, or lost below zero."""
        return self.after.earned - self.before.earned


@dataclass(frozen=True)
class Changes:
    """The difference between two gradings of a class, each part in the order of its grading."""

    regraded: tuple[Regraded, ...] = ()
    handed_in_anew: tuple[str, ...] = ()
    """Submissions whose notebook is another one."""
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    """Submissions that only the earlier grading has."""

    @property
    def want_consent(self) -> bool:
        """Whether a mark that somebody may have been told changes, or is lost."""
        return bool(self.regraded or self.gone)


def changes(before: ClassGrades, after: ClassGrades) -> Changes:
    """Compare two gradings of a class by the names of the submissions.

    A mark that comes where there was none (the grader had failed, the notebook could not be read) changes
    nobody's; a mark that another notebook gets is the student's own doing.
    """
    earlier = {grade.submission: grade for grade in before.submissions}
    now = {grade.submission: grade for grade in after.submissions}
    both = [(earlier[name], now[name]) for name in now if name in earlier]
    return Changes(
        regraded=tuple(
            _regraded(old, new) for old, new in both if _same_notebook(old, new) and _differ(old, new)
        ),
        handed_in_anew=tuple(new.submission for old, new in both if not _same_notebook(old, new)),
        new=tuple(name for name in now if name not in earlier),
        gone=tuple(name for name in earlier if name not in now),
    )


def _same_notebook(old: SubmissionGrade, new: SubmissionGrade) -> bool:
    # What could not be read has no digest: whether it is another notebook is then not known.
    return old.digest == new.digest or not (old.digest and new.digest)


def _differ(old: SubmissionGrade, new: SubmissionGrade) -> bool:
    if not old.has_mark:
        return False
    return not new.has_mark or (old.points, old.earned) != (new.points, new.earned) or any(_moved(old, new))


def _regraded(old: SubmissionGrade, new: SubmissionGrade) -> Regraded:
    return Regraded(new.submission, old, new, tuple(_moved(old, new)))


def _moved(old: SubmissionGrade, new: SubmissionGrade) -> Iterator[Moved]:
    before, after = _checks(old), _checks(new)
    for name, check in (before | after).items():
        was, is_now = (each[name].earned if name in each else None for each in (before, after))
        if was != is_now:
            yield Moved(name, check.title, was, is_now)


def _checks(grade: SubmissionGrade) -> dict[str, CheckGrade]:
    return {check.id: check for question in grade.questions for check in question.checks}
