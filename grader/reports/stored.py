"""Results of an earlier run: found, read, and their pages written where they are missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from grader.errors import UserError
from grader.evidence.store import EvidenceStore, ExecutedNotebooks
from grader.grading.grade import ClassGrades, SubmissionGrade
from grader.reports.html import write_reports
from grader.reports.json_report import read_grades
from grader.reports.text import file_names
from grader.rubric.suggest import did_you_mean
from grader.visible import one_line

_MAKE_SOME = "`grade SUBMISSIONS --rubric NAME` makes some"


@dataclass(frozen=True)
class Stored:
    """A graded class and where its reports are."""

    folder: Path
    grades: ClassGrades

    @property
    def class_page(self) -> Path:
        """The teacher's page."""
        return self.folder / "index.html"

    def student_page(self, grade: SubmissionGrade) -> Path:
        """The page of one submission of this class."""
        return self._student_pages()[self.grades.submissions.index(grade)]

    def _student_pages(self) -> list[Path]:
        names = file_names(grade.submission for grade in self.grades.submissions)
        return [self.folder / "students" / f"{name}.html" for name in names]

    @property
    def complete(self) -> bool:
        """Whether every page is there."""
        return all(page.is_file() for page in (self.class_page, *self._student_pages()))


def find_results(path: Path | None, around: Path = Path("results")) -> Stored:
    """The results at ``path``, a folder or its ``grades.json``; else those below ``around`` written last.

    Raises :class:`grader.errors.UserError` where there are none.
    """
    if path is None:
        found = sorted(around.glob("*/grades.json"), key=lambda file: file.stat().st_mtime_ns)
        if not found:
            raise UserError(f"{around}: no results there yet; {_MAKE_SOME}, or name their folder")
        path = found[-1]
    file = path / "grades.json" if path.is_dir() else path
    if not file.is_file() or file.name != "grades.json":
        raise UserError(f"{path}: no results there: it holds no grades.json; {_MAKE_SOME}")
    return Stored(file.parent, read_grades(file))


def find_student(grades: ClassGrades, name: str) -> SubmissionGrade:
    """The submission of that name, capitals aside, or the only one whose name holds it.

    Raises :class:`grader.errors.UserError` where there is none, or more than one.
    """
    exact = [grade for grade in grades.submissions if grade.submission == name]
    alike = [grade for grade in grades.submissions if grade.submission.casefold() == name.casefold()]
    holding = [grade for grade in grades.submissions if name.casefold() in grade.submission.casefold()]
    found = next((each for each in (exact, alike, holding) if each), [])
    if len(found) == 1:
        return found[0]
    if found:
        raise UserError(f"{name}: several submissions are meant: {_listed(found)}")
    hint = did_you_mean(name, [one_line(grade.submission) for grade in grades.submissions])
    known = hint or f"; there are: {_listed(grades.submissions)}"
    raise UserError(f"{name}: no submission of that name{known}")


def _listed(grades: Sequence[SubmissionGrade]) -> str:
    named = ", ".join(one_line(grade.submission) for grade in grades[:8])
    return f"{named}, …" if len(grades) > 8 else named


class _Kept(ExecutedNotebooks):
    """Executed notebooks, and whose are kept no more."""

    def __init__(self, store: EvidenceStore, grades: ClassGrades) -> None:
        super().__init__(store, {grade.submission: grade.run for grade in grades.submissions})
        self.lost: list[str] = []

    def __getitem__(self, submission: str) -> NotebookNode | None:
        notebook = super().__getitem__(submission)
        if notebook is None:
            self.lost.append(submission)
        return notebook


def write_pages(stored: Stored, cache: Path, *, anew: bool) -> tuple[str, ...]:
    """Write the missing pages, or all of them ``anew``, from the grades and the runs kept in ``cache``.

    Returns the submissions with a mark whose run is not kept there: their pages are without the notebook.
    Raises :class:`grader.errors.CannotWriteError` where the folder cannot be written.
    """
    kept = _Kept(EvidenceStore(cache / "evidence"), stored.grades)
    write_reports(stored.grades, kept, stored.folder, anew=anew)
    marked = {grade.submission for grade in stored.grades.submissions if grade.has_mark}
    return tuple(name for name in kept.lost if name in marked)
