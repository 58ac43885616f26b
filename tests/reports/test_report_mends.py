"""What a student and a teacher read of a slip that was mended."""

from __future__ import annotations

from decimal import Decimal

from classroom import class_grades
from page_reader import Page

from grader.grading.grade import ClassGrades, MendGrade, SubmissionGrade
from grader.reports.html import class_page, student_page

IMPORT = MendGrade(
    cell=9,
    kind="import",
    after="from tensorflow.keras import layers",
    words="`from tensorflow.keras import layers` added in cell 10",
    costs=True,
)
UNUSED = MendGrade(
    cell=1, kind="unused_import", before="import x", words="`import x` in cell 2 left out", costs=False
)


def mended_class(*mends: MendGrade) -> tuple[ClassGrades, SubmissionGrade]:
    grades = class_grades()
    first, *others = grades.submissions
    first = first.model_copy(update={"mends": mends, "earned_unmended": Decimal("71.5")})
    return grades.model_copy(update={"submissions": (first, *others)}), first


def words(page: bytes) -> str:
    return Page(page.decode()).text


def test_a_student_reads_what_was_mended_and_what_it_gave() -> None:
    text = words(student_page(*mended_class(IMPORT), None))
    assert "With from tensorflow.keras import layers added in cell 10, the rest runs." in text
    assert "As handed in, it would be 71.5." in text
    assert "costs part of this cell's own points" in text


def test_an_unused_import_costs_nothing_and_says_so() -> None:
    text = words(student_page(*mended_class(UNUSED), None))
    assert "With import x in cell 2 left out, which nothing needs, the cell runs." in text
    assert "costs nothing" in text


def test_a_teacher_sees_whose_notebooks_were_mended_and_both_marks() -> None:
    grades, _ = mended_class(IMPORT, UNUSED)
    text = words(class_page(grades, [f"s{n}" for n in range(len(grades.submissions))]))
    assert "Slips mended" in text
    assert "import x in cell 2 left out" in text
    assert "100 of 100, as handed in 71.5" in text


def test_without_mends_nothing_is_said_of_them() -> None:
    grades = class_grades()
    names = [f"s{n}" for n in range(len(grades.submissions))]
    assert "mended" not in words(class_page(grades, names))
    assert "mended" not in words(student_page(grades, grades.submissions[0], None))
